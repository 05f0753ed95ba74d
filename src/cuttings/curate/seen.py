"""What the decision on a feed sees: the archive, or what is made of another feed.

Pure.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cuttings.curate.corrections import Corrections
from cuttings.curate.derived import Derived
from cuttings.curate.replay import Replay
from cuttings.curate.terms import Terms
from cuttings.model.article import RecordId
from cuttings.ports import View


def applied(view: View, terms: Terms, now: datetime) -> tuple[View, Terms]:
    """Return what a decision on a feed sees, and the terms it goes by; those of a feed of articles stay as they are."""
    if not terms.feed.of or isinstance(view, Derived):
        return view, terms
    other = view.beside(terms.feed.of)
    if terms.feed.every is None:
        feed = replace(terms.feed, revisions="ignore", duplicates="keep")  # a revision has neither
        corrections = Corrections(view, other)
        return corrections, replace(terms, feed=feed, verdicts=corrections.verdicts())
    feed = replace(terms.feed, revisions="update", duplicates="keep")  # the other feed saw to both
    told = replace(terms, feed=feed)
    replay = Replay(view, other, told, now)
    return replay, replace(told, verdicts=replay.verdicts())


def ids_of(view: View, record: RecordId) -> Sequence[RecordId]:
    """Return the ids by which a feed may know a record: the record's own, or those of what is made of it."""
    return [one.id for one in view.of(record)] if isinstance(view, Derived) else [record]
