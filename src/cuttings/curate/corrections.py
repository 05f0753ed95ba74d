"""A feed of corrections: what its decision sees, so that it is decided as any other feed.

Pure.  Its items are the material revisions by their authors of the records
that have a place in another feed; each is known by the id of its revision,
so its place, published id and lines are its own.  It looks no farther ahead
than the other feed did, so that a correction is never judged before its
article was; and what is refused or withdrawn there is so here.
Serves PLACES (`kind: revisions`: the place's key is record and revision).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cuttings.curate.terms import Terms, is_refused
from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.feed import Candidate, Line, Page, Place, Verdict, parted, revision_id
from cuttings.ports import View


def applied(view: View, terms: Terms) -> tuple[View, Terms]:
    """Return what a decision on a feed sees, and the terms it goes by; those of any other feed stay as they are."""
    if not terms.feed.of or isinstance(view, Corrections):
        return view, terms
    corrections = Corrections(view, view.beside(terms.feed.of))
    feed = replace(terms.feed, revisions="ignore", duplicates="keep")  # a revision has neither
    return corrections, replace(terms, feed=feed, verdicts=corrections.verdicts())


def ids_of(view: View, record: RecordId) -> Sequence[RecordId]:
    """Return the ids by which a feed may know a record: the record's own, or those of its corrections."""
    return [one.id for one in view.of(record)] if isinstance(view, Corrections) else [record]


class Corrections:
    """Keeps `ports.View` of the corrections of what stands in another feed; `other` None: it was never published."""

    def __init__(self, view: View, other: View | None) -> None:
        self._view, self._other = view, other
        self.head, self.newest_seen = view.head, view.newest_seen
        self.commit = (other.head.mark or 0) if other else 0

    def of(self, record: RecordId) -> Iterator[Candidate]:
        """Yield all corrections of one record, the oldest first."""
        base = self._view.candidate(record)
        numbers = range(2, base.revision + 1) if base is not None and base.authored > 1 else ()
        return filter(None, (self.candidate(revision_id(record, number)) for number in numbers))

    def verdicts(self) -> Mapping[RecordId, Verdict]:
        """Return what people decided there against records whose corrections have a place here."""
        refused = self._other.head.verdicts.items() if self._other else ()
        return {
            one.id: Verdict(action=verdict.action)
            for record, verdict in refused
            if is_refused(verdict)
            for one in self.of(record)
            if self.place(one.id) is not None
        }

    def arrivals(self, after: int) -> Iterator[Candidate]:
        """See `ports.View`."""
        for base in self._view.arrivals(after):
            if base.authored > 1 and self._stands(base.id):
                yield from self.of(base.id)

    def candidate(self, record: RecordId) -> Candidate | None:
        """See `ports.View`."""
        of, number = parted(record)
        base, revision = self._view.candidate(of), self.record(record)
        if base is None or revision is None or number is None or not _is_correction(revision):
            return None
        return replace(
            base,
            id=record,
            guid=None,
            story=record,
            revision=number,
            authored=number,
            news=base.news if revision.arrival == "ordinary" else 0,
            order_date=_seen(revision),
        )

    def record(self, record: RecordId) -> Record | None:
        """See `ports.View`."""
        of, number = parted(record)
        return None if number is None else self._view.revision(of, number)

    def revision(self, record: RecordId, number: int) -> Record | None:
        """See `ports.View`."""
        return self._view.revision(parted(record)[0], number)

    def beside(self, names: Sequence[str]) -> View | None:
        """See `ports.View`."""
        return self._view.beside(names)

    def twins(self, story: str) -> Iterator[Candidate]:
        """See `ports.View`; a correction tells no story."""
        return iter(())

    def story_is_placed(self, story: str) -> bool:
        """See `ports.View`."""
        return False

    def place(self, record: RecordId) -> Place | None:
        """See `ports.View`."""
        return self._view.place(record)

    def published_id(self, record: RecordId) -> str | None:
        """See `ports.View`."""
        return self._view.published_id(record)

    def published_id_taken(self, published_id: str) -> bool:
        """See `ports.View`."""
        return self._view.published_id_taken(published_id)

    def lines(self, record: RecordId) -> Sequence[Line]:
        """See `ports.View`."""
        return self._view.lines(record)

    def live_lines(self) -> Iterator[Line]:
        """See `ports.View`."""
        return self._view.live_lines()

    def places_by_date(self) -> Iterator[Place]:
        """See `ports.View`."""
        return self._view.places_by_date()

    def visible_before(self, date: datetime) -> Iterator[Place]:
        """See `ports.View`."""
        return self._view.visible_before(date)

    def open_lines(self) -> Sequence[Line]:
        """See `ports.View`."""
        return self._view.open_lines()

    def due(self) -> Sequence[Place]:
        """See `ports.View`."""
        return self._view.due()

    def pages_with(self, record: RecordId) -> Sequence[Page]:
        """See `ports.View`."""
        return self._view.pages_with(record)

    def pages_of(self, source: SourceKey) -> Iterator[Page]:
        """See `ports.View`."""
        return self._view.pages_of(source)

    def _stands(self, record: RecordId) -> bool:
        """Tell whether the other feed has let a record in, and nobody has taken it out of its history."""
        place = self._other.place(record) if self._other else None
        return place is not None and not place.withdrawn


def _is_correction(revision: Record) -> bool:
    return revision.cause == "author" and revision.edit is not None and bool(revision.edit.material)


def _seen(revision: Record) -> datetime:
    """Return when a revision was seen, by our clock."""
    at = revision.edit.at if revision.edit else None
    return at or revision.order_date
