"""What a publish would change in a feed, and by which rule.  Pure; the decision is made and thrown away."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cuttings.curate import seen
from cuttings.curate.places import decide
from cuttings.curate.terms import Terms
from cuttings.model.article import RecordId
from cuttings.model.feed import Decision, Edition, LedgerHead, PageItem
from cuttings.model.reason import Reason
from cuttings.ports import View

What = Literal["enters", "leaves", "returns", "changes", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would happen to one record: it enters the feed; it leaves, returns to or changes in the document."""

    what: What
    record: RecordId
    title: str
    rule: str
    fact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What one publish would do: to records, how many pages would close, and whether all links are made anew."""

    feed: str
    changes: Sequence[Change] = ()
    pages: int = 0
    moved: bool = False


def preview(view: View, terms: Terms, now: datetime) -> Preview:
    """Return what publishing the feed now would change."""
    view, terms = seen.applied(view, terms, now)
    decision = decide(view, terms, now)
    told = ((what, record, *_why(decision, record, fact)) for what, record, fact in _happened(view.head, decision))
    changes = [
        Change(what=what, record=record, title=_title(view, terms, record), rule=rule, fact=fact)
        for what, record, rule, fact in told
    ]
    moved = view.head.address not in (None, decision.head.address)
    return Preview(feed=terms.feed.name, changes=changes, pages=len(decision.pages), moved=moved)


def _happened(before: LedgerHead, decision: Decision) -> Iterator[tuple[What, RecordId, tuple[str, str]]]:
    """Yield what happens to which record, with what is to be said where the decision gave no reason."""
    had, has = _items(before.edition), _items(decision.head.edition)
    entered = dict.fromkeys(place.record for place in decision.places if place.number > before.places)
    withdrawn = {place.record for place in decision.places if place.withdrawn} & set(decision.unlined)
    for record in entered:
        yield "enters", record, ("select", "")
    for record in sorted(withdrawn):
        yield "withdrawn", record, ("withdraw", "")
    for record in (one for one in had if one not in has and one not in withdrawn):
        yield "leaves", record, ("size", "newer ones fill the document")
    for record in (one for one in has if one not in had and one not in entered):
        yield "returns", record, ("size", "there is room for it")
    for record in (one for one in has if one in had and has[one] != had[one]):
        yield "changes", record, ("shown", _difference(had[record], has[record]))


def _why(decision: Decision, record: RecordId, otherwise: tuple[str, str]) -> tuple[str, str]:
    reasons: Mapping[RecordId, Reason] = {RecordId(one.subject): one for one in decision.reasons}
    reason = reasons.get(record)
    return (reason.rule, reason.fact.split(": ", 2)[-1]) if reason else otherwise  # without feed and what happened


def _items(edition: Edition | None) -> Mapping[RecordId, PageItem]:
    return {item.record: item for item in edition.items} if edition else {}


def _difference(old: PageItem, new: PageItem) -> str:
    names = ("revision", "title", "note", "extent", "origin")
    changed = [name for name in names if getattr(old.shown, name) != getattr(new.shown, name)]
    values = {name: (getattr(old.shown, name), getattr(new.shown, name)) for name in changed if name != "origin"}
    told = [f"{name} {was or 'none'} -> {now or 'none'}" for name, (was, now) in values.items()]
    return ", ".join(told + ["the source's credits"] * ("origin" in changed)) or "when it was last updated"


def _title(view: View, terms: Terms, record: RecordId) -> str:
    picked = terms.verdict(record).title
    found = None if picked else view.record(record)
    return picked or (found.title if found else "")
