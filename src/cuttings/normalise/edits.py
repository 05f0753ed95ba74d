"""What an author changed in an article, told from what changes by itself.

Pure.  Noise is what `normalise.noise` says of a paragraph, paragraphs that
are links alone (related articles come and go), a headline that returns to one
it had (publishers try two of them), and a text that is only cut short, which
is a paywall's or a feed's doing.  The rest is an edit: which paragraphs
changed, and why that is more than a slip.
Serves DESIGN 6 (Revisions).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from cuttings.model.article import Change, Draft, Edit, Record
from cuttings.normalise import noise, weights
from cuttings.text import blocks, difference

MOST_CHANGES = 100  # paragraphs that an edit tells of; the revisions themselves are kept whole
LONGEST = 4_000  # characters of a paragraph as an edit tells of it
MOST_TITLES = 10  # headlines that are remembered
LINKED = 0.8  # the share of a paragraph's characters inside links that makes it a list of links
GONE = Edit(material=("removed",))
"""The whole article is no longer where it was published."""

_Pair = tuple[int, str, str]


def judged(old: Record | Draft, new: Record | Draft) -> Edit | None:
    """Return what a newer reading of an article changed; None where it is noise."""
    titles = old.titles if isinstance(old, Record) else ()
    headline = _headline(old.title, new.title, titles, new.language)
    found = [] if old.text == new.text else _changed(old, new)
    returned = old.status == "gone" != new.status
    if not found and headline is None:
        return Edit(material=("text",)) if returned else None
    if headline is None and not returned and _is_cut_short(old, new, found):
        return None
    reasons = {reason for _, was, now in found[:MOST_CHANGES] for reason in _weight(was, now, new.language)}
    told = [reason for reason in weights.REASONS if reason in reasons or (reason == "headline" and headline)]
    changes = tuple(Change(at=at, old=was[:LONGEST], new=now[:LONGEST]) for at, was, now in found[:MOST_CHANGES])
    return Edit(material=tuple(told), changes=changes)


def weighed(old: Record, new: Record) -> list[tuple[Change, tuple[str, ...] | None]]:
    """Return every paragraph that differs, noise too, with what makes it material; None: it is noise."""
    found = difference.paragraphs(old.text.split("\n\n"), new.text.split("\n\n"))
    return [(Change(at=at, old=was, new=now), _reasons(was, now, new.language)) for at, was, now in found]


def titles_of(old: Record, new: Draft) -> tuple[str, ...]:
    """Return the headlines that an article had before the one it has now, the newest last."""
    if noise.typed(old.title) == noise.typed(new.title):
        return old.titles
    return (*(title for title in old.titles if title != old.title), old.title)[-MOST_TITLES:]


def gone(record: Record, now: datetime) -> Record:
    """Return the revision that says of an article that its page is no more; what it said is kept."""
    edit = Edit(material=GONE.material, at=now)
    return record.followed_by_itself(status="gone", cause="author", arrival="ordinary", edit=edit)


def _headline(old: str, new: str, before: Sequence[str], language: str | None) -> bool | None:
    """Tell whether a changed headline is material; None where it says the same, or what it said once."""
    was, now = noise.typed(old), noise.typed(new)
    if was == now or not now or now in map(noise.typed, before):
        return None
    return not weights.is_slip(was, now, language)


def _weight(old: str, new: str, language: str | None) -> frozenset[str]:
    return weights.weight(noise.typed(old), noise.typed(new), language)


def _reasons(old: str, new: str, language: str | None) -> tuple[str, ...] | None:
    if noise.said(old) == noise.said(new):
        return None
    found = _weight(old, new, language)
    return tuple(reason for reason in weights.REASONS if reason in found)


def _changed(old: Record | Draft, new: Record | Draft) -> list[_Pair]:
    """Return the paragraphs that changed, without those that only moved; moved ones, if that is all."""
    before, after = _told(old), _told(new)
    places = [*(place for place, _ in after), new.text.count("\n\n") + 1]
    found = [
        (places[at], was, now)
        for at, was, now in difference.paragraphs([one for _, one in before], [one for _, one in after], noise.said)
    ]
    gone = Counter(noise.said(was) for _, was, now in found if not now)
    come = Counter(noise.said(now) for _, was, now in found if not was)
    moved = gone & come
    left = [pair for pair in found if (pair[1] and pair[2]) or not moved[noise.said(pair[1] or pair[2])]]
    return left or [(at, now, now) for at, was, now in found if now]


def _told(article: Record | Draft) -> list[tuple[int, str]]:
    """Return the paragraphs that somebody wrote, numbered; link lists count where there is nothing else."""
    told = [(place, one) for place, one in enumerate(article.text.split("\n\n")) if noise.said(one)]
    linked = {part.text for part in blocks.parts(article.content) if part.linked >= LINKED * len(part.text)}
    return [(place, one) for place, one in told if " ".join(one.split()) not in linked] or told


def _is_cut_short(old: Record | Draft, new: Record | Draft, found: Sequence[_Pair]) -> bool:
    """Tell whether a whole text is followed by a part of it."""
    if old.status != "full" or new.status not in ("feed", "partial"):
        return False
    return all(was.startswith(now.rstrip(" .…[]")) for _, was, now in found)
