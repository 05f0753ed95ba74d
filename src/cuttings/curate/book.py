"""A feed's ledger while it is being decided on: what was, and over it what is decided so far.

Pure; it keeps the ledger whole (numbers, open lines, snapshots, ids), and
leaves it to `places` what is to happen.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from cuttings.curate.ids import published_ids
from cuttings.curate.terms import RESERVED, Terms, least
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.feed import (
    NEWER,
    Address,
    Candidate,
    Decision,
    Edition,
    LedgerHead,
    Line,
    Page,
    PageItem,
    Place,
    Taking,
)
from cuttings.model.reason import Reason
from cuttings.model.source import Extent
from cuttings.ports import View
from cuttings.text.digest import digest


class Book:
    """The ledger as it will be: a view, and over it what was decided so far.

    `places` are the places that differ from the view's, `lines` those
    appended or closed; `unlined` have lost the lines that the view has.
    """

    def __init__(self, view: View, terms: Terms, now: datetime, head: LedgerHead | None = None) -> None:
        """Begin with what the view has; `head`, if given, stands in the place of the view's."""
        self.view, self.terms, self.head = view, terms, head or view.head
        self.time = event_time(self.head, now)
        self.rules = terms.rules
        self.ceilings = digest(*(f"{key} {extent}" for key, extent in sorted(terms.ceilings.items()))).hex()
        self.places: dict[RecordId, Place] = {}
        self.lines: dict[int, Line] = {}
        self.unlined: set[RecordId] = set()
        self.pages: list[Page] = []
        self.changed_pages: dict[int, Page] = {}
        self.reasons: list[Reason] = []
        self.waiting: tuple[RecordId, ...] = ()  # who may enter, and waits for company
        self._line_number, self._place_number = self.head.lines, self.head.places
        self._open = {line.record: line for line in view.open_lines()}  # oldest first; a record has one at most
        self._candidates: dict[RecordId, Candidate | None] = {}
        self._ids: set[str] = set()

    def candidate(self, record: RecordId) -> Candidate | None:
        """Look a record up once."""
        if record not in self._candidates:
            self._candidates[record] = self.view.candidate(record)
        return self._candidates[record]

    # -- places

    def place(self, record: RecordId) -> Place | None:
        return self.places.get(record) or self.view.place(record)

    def known(self, record: RecordId) -> Place:
        place = self.place(record)
        assert place is not None
        return place

    def put(self, place: Place) -> None:
        if place != self.place(place.record):
            self.places[place.record] = place

    def enter(self, candidate: Candidate, why: str, *, live: bool) -> None:
        self._place_number += 1
        self._candidates[candidate.id] = candidate
        self.places[candidate.id] = Place(
            record=candidate.id,
            published_id=self._published_id(candidate),
            at=self.time,
            live=live,
            number=self._place_number,
            shown=self.terms.shown(candidate, candidate.revision, None, self.terms.also(candidate, self.view)),
            updated=min(candidate.order_date.replace(microsecond=0), self.time),
            order_date=candidate.order_date,
            announced=self.view.commit,
        )
        self.append(candidate.id, live=live)
        self.explain(candidate.id, "live" if live else "quiet", f"entered as no. {self._place_number}: {why}")

    def take_over(self, taking: Taking, candidate: Candidate) -> None:
        """Let a record in as another program has published it."""
        self.enter(candidate, "taken over from another program's document", live=True)
        place, date = self.known(candidate.id), self.head.adopted[candidate.id]
        updated = min((taking.updated or candidate.order_date).replace(microsecond=0), self.time)
        self.put(replace(place, published_id=taking.published_id, order_date=date, updated=updated))

    def judge(self, place: Place, candidate: Candidate) -> bool:
        """Look at a placed record anew, and tell whether it is visible."""
        date = self.head.adopted.get(place.record)
        refusal = None if place.withdrawn else self.terms.hidden(candidate, self.view, is_adopted=date is not None)
        visible = not place.withdrawn and refusal is None
        due = place.due and visible
        self.put(replace(place, visible=visible, order_date=date or candidate.order_date, due=due))
        if refusal is not None and place.visible:
            self.explain(place.record, refusal[0], f"off the document: {refusal[1]}")
        elif visible and not place.visible:
            self.explain(place.record, "shown", "may stand in the document again")
        return visible

    def withdraw(self, place: Place) -> None:
        self.put(replace(place, withdrawn=True, visible=False, due=False))
        self.unline(place.record)
        for page in self.view.pages_with(place.record):
            items = self._page(page).items
            self._change(page, tuple(item for item in items if item.record != place.record))
        self.explain(place.record, "withdraw", "out of the document and all pages")

    def lower(self, page: Page, source: SourceKey, ceiling: Extent) -> None:
        """Show no more of a source in a page than its ceiling allows."""
        self._lower(page, [item for item in self._page(page).items if item.source == source], ceiling)

    def hold_back(self, place: Place) -> Place:
        """Show no more of a record in pages than its publisher, who reserves it by now, allows; return its place."""
        for page in self.view.pages_with(place.record):
            self._lower(page, [item for item in self._page(page).items if item.record == place.record], RESERVED)
        return self.known(place.record)

    def _lower(self, page: Page, bound: Sequence[PageItem], ceiling: Extent) -> None:
        items = self._page(page).items
        over = [item for item in bound if item.shown.extent != least(item.shown.extent, ceiling)]
        for place in (self.known(item.record) for item in over):
            extent = least(place.shown.extent, ceiling)
            self.put(replace(place, shown=replace(place.shown, extent=extent)))
            self.explain(place.record, "republish", f"page {page.number} gives no more than its {ceiling}")
        if over:
            self._change(page, tuple(_lowered(item, ceiling) if item in over else item for item in items))

    # -- lines

    def append(self, record: RecordId, *, live: bool) -> None:
        self._line_number += 1
        line = Line(number=self._line_number, record=record, live=live)
        self.lines[line.number] = self._open[record] = line

    def unline(self, record: RecordId) -> None:
        self.unlined.add(record)
        self._open.pop(record, None)

    def open_line(self, record: RecordId) -> Line | None:
        return self._open.get(record)

    def open_lines(self) -> list[Line]:
        return list(self._open.values())

    def close(self, lines: Sequence[Line]) -> None:
        number = self.head.pages + len(self.pages) + 1
        items = tuple(self._item(self.known(line.record)) for line in lines)
        self.pages.append(Page(number=number, closed=self.time, changed=self.time, head=self.terms.head, items=items))
        for line in lines:
            self.lines[line.number] = replace(line, page=number)
            del self._open[line.record]

    # -- what the document is made of

    def newest_live(self) -> Iterator[Place]:
        """Yield the visible places of live lines, newest line first; a place with two of them comes twice."""
        own = [line for place in self._own_visible() for line in self._lines(place) if line.live]
        own.sort(key=lambda line: -line.number)
        theirs = (line for line in self.view.live_lines() if line.record not in self.places)
        return (self.known(line.record) for line in heapq.merge(theirs, own, key=lambda line: -line.number))

    def by_date(self) -> Iterator[Place]:
        """Yield all visible places, newest order date first."""
        own = sorted(self._own_visible(), key=_by_date, reverse=True)
        theirs = (place for place in self.view.places_by_date() if place.record not in self.places)
        return heapq.merge(theirs, own, key=_by_date, reverse=True)

    def decision(self, members: Sequence[Place]) -> Decision:
        """Return all that happened; the clock of the ledger moves only if a file does."""
        old = self.head
        address = self.terms.address
        edition = Edition(
            items=tuple(map(self._item, members)),
            pages=old.pages + len(self.pages),
            head=self.terms.head,
            address=address,
            updated=old.edition.updated if old.edition else self.time,
        )
        if edition != old.edition:
            edition = replace(edition, updated=self.time)
        moved = edition != old.edition or self.pages or self.changed_pages or self.unlined
        head = replace(
            old,
            time=self.time if moved else old.time,
            mark=self.view.commit,
            rules=self.rules,
            ceilings=self.ceilings,
            verdicts=dict(self.terms.verdicts),
            address=address,
            addressed=self.time if _moves_pages(old.address, address) else old.addressed,
            edition=edition,
            pages=edition.pages,
            lines=self._line_number,
            places=self._place_number,
            waiting=self.waiting,
        )
        return Decision(
            head=head,
            places=tuple(self.places.values()),
            lines=tuple(line for _, line in sorted(self.lines.items())),
            unlined=tuple(sorted(self.unlined)),
            pages=tuple(self.pages),
            changed_pages=tuple(self.changed_pages.values()),
            reasons=tuple(self.reasons),
        )

    def explain(self, record: RecordId, rule: str, fact: str) -> None:
        """Note why something happened to a record in this feed."""
        self.reasons.append(Reason(subject=record, step="place", rule=rule, fact=f"{self.terms.feed.name}: {fact}"))

    def _own_visible(self) -> list[Place]:
        return [place for place in self.places.values() if place.visible]

    def _lines(self, place: Place) -> list[Line]:
        is_new = place.number > self.head.places
        kept = () if is_new or place.record in self.unlined else self.view.lines(place.record)
        newer = self._open.get(place.record)
        return [*kept, *((newer,) if newer is not None and newer.number in self.lines else ())]

    def _published_id(self, candidate: Candidate) -> str:
        """Return the id under which a record is known to readers: minted once, whichever feed is first."""
        known = self.view.published_id(candidate.id)
        if known is not None:
            return known
        free = (i for i in published_ids(candidate) if i not in self._ids and not self.view.published_id_taken(i))
        chosen = next(free)
        self._ids.add(chosen)
        return chosen

    def _item(self, place: Place) -> PageItem:
        candidate = self.candidate(place.record)
        return PageItem(
            record=place.record,
            source=candidate.source if candidate else None,
            published_id=place.published_id,
            shown=place.shown,
            updated=place.updated,
        )

    def _page(self, page: Page) -> Page:
        return self.changed_pages.get(page.number, page)

    def _change(self, page: Page, items: tuple[PageItem, ...]) -> None:
        self.changed_pages[page.number] = replace(page, items=items, changed=self.time)


def event_time(head: LedgerHead, now: datetime) -> datetime:
    """Return when what is decided now happens: in whole seconds, after the last event even if the clock went back."""
    now = now.replace(microsecond=0)
    return now if head.time is None else max(now, head.time + NEWER)


def _moves_pages(old: Address | None, new: Address) -> bool:
    """Tell whether closed pages link elsewhere now; hubs stand in the documents alone."""
    return old is None or replace(old, hubs=()) != replace(new, hubs=())


def _by_date(place: Place) -> tuple[datetime, RecordId]:
    return place.order_date, place.record


def _lowered(item: PageItem, ceiling: Extent) -> PageItem:
    extent = least(item.shown.extent, ceiling)
    return replace(item, shown=replace(item.shown, extent=extent))
