"""A replay: what stands in another feed, told again from its beginning, an instalment at a time.

Pure.  Its items are the records that have a visible place in the other feed,
the oldest first; each is known by an id of its own, so its place, published id
and lines are its own, and it is dated by when its turn came.  One comes at a
time; turns that went by while nobody published are not made up for, so that
readers never get more than was promised.  What is refused or withdrawn in the
other feed is so here.
Serves PLACES (`kind: replay`: the place's key is the instalment).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cuttings.curate.book import event_time
from cuttings.curate.derived import Derived
from cuttings.curate.terms import Terms
from cuttings.model.article import Record, RecordId
from cuttings.model.feed import Candidate, Decision, LedgerHead, instalment_id, parted
from cuttings.ports import View

AFTER_ALL = datetime.max.replace(tzinfo=UTC)


class Replay(Derived):
    """Keeps `ports.View` of the instalments of another feed."""

    def __init__(self, view: View, other: View | None, terms: Terms, now: datetime) -> None:
        super().__init__(view, other)
        self.head = replace(view.head, mark=view.head.mark or 0)  # its first instalment is as new as any
        self.terms, self.time = terms, event_time(view.head, now)

    @property
    def is_due(self) -> bool:
        """Whether the next instalment's turn has come."""
        return is_due(self.head, self.terms.feed.every, self.time)

    def of(self, record: RecordId) -> Iterator[Candidate]:
        """Yield the instalment that a record of the other feed is, or will be."""
        one = instalment_id(record)
        if self._stands(record) or self.place(one) is not None:
            yield from filter(None, [self.candidate(one)])

    def arrivals(self, after: int) -> Iterator[Candidate]:
        """See `ports.View`: those told already, where there is something new about them, and whose turn has come."""
        for base in self._view.arrivals(after):
            if self.place(instalment_id(base.id)) is not None:
                yield from filter(None, [self.candidate(instalment_id(base.id))])
        if self.is_due:
            yield from self._next()

    def candidate(self, record: RecordId) -> Candidate | None:
        """See `ports.View`."""
        base, place = self._view.candidate(parted(record)[0]), self.place(record)
        if base is None or record != instalment_id(base.id):
            return None
        news = self.commit + 1 if place is None else base.news  # who waits for a turn is new when it comes
        date = place.order_date if place else self.time
        return replace(base, id=record, guid=None, story=record, news=news, order_date=date)

    def record(self, record: RecordId) -> Record | None:
        """See `ports.View`."""
        return self._view.record(parted(record)[0])

    def _next(self) -> Iterator[Candidate]:
        """Yield the oldest one that was not told yet."""
        for place in self._other.visible_before(AFTER_ALL) if self._other else ():
            candidate = self.candidate(instalment_id(place.record))
            if candidate and self.place(candidate.id) is None and self.terms.is_wanted(candidate, self):
                yield candidate
                return


def is_due(head: LedgerHead, every: timedelta | None, now: datetime) -> bool:
    """Tell whether the next instalment's turn has come; turns are counted from the first one's."""
    return every is not None and (head.instalment is None or now >= head.instalment + every)


def counted(view: View, decision: Decision) -> Decision:
    """Return a decision that knows when the next instalment is due: at once, where one was due and there was none."""
    if not isinstance(view, Replay) or not view.is_due:
        return decision
    told = decision.head.places > view.head.places
    turn = _turn(view.head.instalment, view.terms.feed.every, view.time) if told else None
    return replace(decision, head=replace(decision.head, instalment=turn))


def _turn(last: datetime | None, every: timedelta | None, now: datetime) -> datetime:
    """Return when the turn that goes on now began."""
    return now if last is None or not every else last + (now - last) // every * every
