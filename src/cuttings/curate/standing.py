"""How a record stands in a feed now: its place, what it is shown as, or what keeps it out.

Pure.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cuttings.curate import seen
from cuttings.curate.places import KNOWN_STORY
from cuttings.curate.terms import Terms, is_picked, is_refused
from cuttings.model.article import RecordId
from cuttings.model.feed import Candidate, Place, Verdict
from cuttings.model.reason import Reason
from cuttings.ports import View
from cuttings.text.dates import rfc3339


def standing(view: View, terms: Terms, record: RecordId, now: datetime) -> Sequence[Reason]:
    """Return how a record stands in a feed, step by step; nothing for a record that is not in the archive.

    Without a place it is told what keeps it out, or that the next publish
    lets it in.
    """
    view, terms = seen.applied(view, terms, now)
    found = filter(None, map(view.candidate, seen.ids_of(view, record)))
    told = [reason for candidate in found for reason in _told(view, terms, candidate)]
    return [Reason(subject=record, step="feed", rule=rule, fact=f"{terms.feed.name}: {fact}") for rule, fact in told]


def _told(view: View, terms: Terms, candidate: Candidate) -> Iterator[tuple[str, str]]:
    place = view.place(candidate.id)
    return _outside(view, terms, candidate) if place is None else _inside(view, terms, candidate, place)


def _outside(view: View, terms: Terms, candidate: Candidate) -> Iterator[tuple[str, str]]:
    refusal = terms.kept_out(candidate, view)
    if refusal is not None:
        yield refusal[0], f"kept out: {refusal[1]}"
    elif _has_twin(view, terms, candidate):
        yield "story", KNOWN_STORY
    elif terms.feed.every is not None:
        yield "replay", "waits for its turn"
    else:
        yield "select", "enters when the feed is published next"


def _has_twin(view: View, terms: Terms, candidate: Candidate) -> bool:
    if terms.feed.duplicates == "keep" or is_picked(terms.verdict(candidate.id)):
        return False
    twins = (twin for twin in view.twins(candidate.story) if twin.id != candidate.id)
    return view.story_is_placed(candidate.story) or any(is_refused(terms.verdict(twin.id)) for twin in twins)


def _inside(view: View, terms: Terms, candidate: Candidate, place: Place) -> Iterator[tuple[str, str]]:
    how = "live" if place.live else "quiet"
    yield how, f"no. {place.number}, entered {rfc3339(place.at)} as {place.published_id}"
    if place.withdrawn:
        yield "withdraw", "withdrawn from the document and all pages; its place and id stay taken"
        return
    yield from _picked(terms.verdict(place.record))
    refusal = terms.hidden(candidate, view, is_adopted=place.record in view.head.adopted)
    if refusal is not None:
        yield refusal[0], f"off the document: {refusal[1]}"
    elif view.head.edition and any(item.record == place.record for item in view.head.edition.items):
        yield "document", f"stands in the document with revision {place.shown.revision}, {place.shown.extent}"
    else:
        yield "size", "not in the document: newer ones fill it"
    if place.due:
        yield "announce", "its new revision waits for room at the front"
    pages = [str(page.number) for page in view.pages_with(place.record)]
    if pages:
        yield "page", f"stands in page {', '.join(pages)}"


def _picked(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Tell what a person decided besides keeping a record out, which is a refusal."""
    if verdict.action == "add":
        yield "add", "a person let it in, whatever the rules say"
    if verdict.pin:
        yield "pin", "a person put it first in the document"
    if verdict.title is not None:
        yield "retitle", f"a person calls it: {verdict.title}"
    if verdict.note is not None:
        yield "note", f"a person says of it: {verdict.note}"
