"""What should have come from a source, beside what came: the ledger of its days, and what is missing in it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

KEPT_DAYS = 400  # of each source's ledger

Hole = Literal[
    "rolled",  # its document held nothing that we knew: what was between is not in it any more
    "unpushed",  # a visit found what its hub should have sent
]
Missing = Hole | Literal["unread", "quiet"]
"""Those, and what lasts until now: it cannot be read; nothing came for longer than ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Where entries were missed: about so many, published between two moments; those of one day are one."""

    why: Hole
    since: datetime
    until: datetime
    count: int
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day (UTC) of a source: what its habit had us expect, and what came.

    `overlap` is the least share of entries that we knew in a document with
    new ones, None where there was none.
    """

    number: int  # days since 1970-01-01
    expected: float = 0.0
    seen: int = 0  # new entries, by their date where it is of the time since the visit before
    pushed: int = 0  # of these, by a hub
    visits: int = 0
    failed: int = 0  # of these
    overlap: float | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def date(self) -> date:
        """The day."""
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=self.number)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A source's ledger between visits.

    `days` are those that the last visit says something of, whole, the newest
    last.  `silent` is how many entries its habit had us expect since something
    came last; `habit` (entries a day), `heaps` (for each entry) and `known`
    (heaps it was learned from) are as they were then.
    """

    until: datetime  # all is counted up to here
    days: tuple[Day, ...] = ()
    since: datetime  # when something came last, or we met it
    silent: float = 0.0
    longest: float = 0.0  # the longest silence that ended, in entries expected
    habit: float = 0.0
    heaps: float = 0.5
    known: float = 0.0

    @property
    def lasting(self) -> tuple[Day, ...]:
        """The days that are kept beside the state: all but the one that is not over, unless something was missed."""
        return self.days if self.days and self.days[-1].gaps else self.days[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Something that a person should know of: about `count` entries were probably missed, or are late.

    `until` is None where it lasts.
    """

    why: Missing
    since: datetime
    until: datetime | None = None
    count: int = 0
    times: int = 1
