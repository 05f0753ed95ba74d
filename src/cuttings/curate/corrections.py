"""A feed of corrections: what its decision sees, so that it is decided as any other feed.

Pure.  Its items are the material revisions by their authors of the records
that have a place in another feed; each is known by the id of its revision,
so its place, published id and lines are its own.  It looks no farther ahead
than the other feed did, so that a correction is never judged before its
article was; and what is refused or withdrawn there is so here.
Serves PLACES (`kind: revisions`: the place's key is record and revision).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from cuttings.curate.derived import Derived
from cuttings.model.article import Record, RecordId
from cuttings.model.feed import Candidate, parted, revision_id
from cuttings.ports import View


class Corrections(Derived):
    """Keeps `ports.View` of the corrections of what stands in another feed."""

    def __init__(self, view: View, other: View | None) -> None:
        super().__init__(view, other)
        self.commit = (other.head.mark or 0) if other else 0

    def of(self, record: RecordId) -> Iterator[Candidate]:
        """Yield all corrections of one record, the oldest first."""
        base = self._view.candidate(record)
        numbers = range(2, base.revision + 1) if base is not None and base.authored > 1 else ()
        return filter(None, (self.candidate(revision_id(record, number)) for number in numbers))

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


def _is_correction(revision: Record) -> bool:
    return revision.cause == "author" and revision.edit is not None and bool(revision.edit.material)


def _seen(revision: Record) -> datetime:
    """Return when a revision was seen, by our clock."""
    at = revision.edit.at if revision.edit else None
    return at or revision.order_date
