"""What the decision on a feed made of another one sees: a view with items of its own over what is kept.

Pure; see `corrections` and `replay`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cuttings.curate.terms import is_refused
from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.feed import Candidate, Line, Page, Place, Verdict, parted
from cuttings.ports import View


class Derived(ABC):
    """Keeps `ports.View` of what is made of another feed's articles; `other` None: that was never published.

    What is left open is which items there are: `of`, `arrivals`, `candidate`.
    """

    def __init__(self, view: View, other: View | None) -> None:
        self._view, self._other = view, other
        self.head, self.commit, self.newest_seen = view.head, view.commit, view.newest_seen

    @abstractmethod
    def of(self, record: RecordId) -> Iterator[Candidate]:
        """Yield all items that are made of one record, the oldest first."""

    @abstractmethod
    def arrivals(self, after: int) -> Iterator[Candidate]:
        """See `ports.View`."""

    @abstractmethod
    def candidate(self, record: RecordId) -> Candidate | None:
        """See `ports.View`."""

    @abstractmethod
    def record(self, record: RecordId) -> Record | None:
        """See `ports.View`."""

    def verdicts(self) -> Mapping[RecordId, Verdict]:
        """Return what people decided there against records whose items have a place here."""
        refused = self._other.head.verdicts.items() if self._other else ()
        return {
            one.id: Verdict(action=verdict.action)
            for record, verdict in refused
            if is_refused(verdict)
            for one in self.of(record)
            if self.place(one.id) is not None
        }

    def revision(self, record: RecordId, number: int) -> Record | None:
        """See `ports.View`."""
        return self._view.revision(parted(record)[0], number)

    def beside(self, names: Sequence[str]) -> View | None:
        """See `ports.View`."""
        return self._view.beside(names)

    def twins(self, story: str) -> Iterator[Candidate]:
        """See `ports.View`; what is told again has none."""
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
