"""The state of an archive at one moment, as `status` tells it.  Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cuttings.cli import listed
from cuttings.cli.disk import Used
from cuttings.cli.health import Health, health, moment, next_visit, states_by_name
from cuttings.cli.listed import Listed
from cuttings.flow import moves
from cuttings.flow.coverage import Lack, tally
from cuttings.flow.moves import Moving
from cuttings.model.feed import LedgerHead
from cuttings.model.push import STANDINGS, Subscription
from cuttings.model.source import Source, SourceState
from cuttings.ports import Counts
from cuttings.schedule import pushing

TROUBLE = ("gone", "failing")


@dataclass(frozen=True, slots=True)
class Standing:
    """One source: how it does, and when it is visited next."""

    source: Source
    state: SourceState | None
    health: Health
    next: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # asyncio asks for the repr of what a run returns
class Report:
    """All of it; `overdue` are the times since when sources wait to be visited, `no_room` why nothing is collected."""

    now: datetime
    daemon: bool
    standings: Sequence[Standing]
    overdue: Sequence[datetime]
    counts: Counts
    pending: int  # pages that did not come yet
    checks: int  # pages that will be looked at again, for edits and removals
    heads: Mapping[str, LedgerHead | None]  # None: nothing was published yet
    lists: Sequence[Listed] = ()  # of sources, that live elsewhere
    moves: Sequence[Moving] = ()  # that the configuration does not have yet
    lacks: Sequence[Lack] = ()  # what was probably missed lately
    listeners: int = 0  # subscribers of our hub, and other hubs
    subscriptions: Sequence[Subscription] = ()  # ours, at the hubs of sources
    used: Used
    free: int
    no_room: str | None = None

    @property
    def troubled(self) -> Sequence[Standing]:
        """The sources that fail or are gone, the longest first."""
        found = [one for one in self.standings if one.health.word in TROUBLE]
        return sorted(found, key=lambda one: one.health.since or self.now)

    @property
    def pushed(self) -> int:
        """How many sources have a hub that we rely on."""
        return sum(one.state is not None and pushing.is_relied_on(one.state, self.now) for one in self.standings)

    @property
    def unheard(self) -> Sequence[tuple[Standing, Subscription]]:
        """The sources whose hub will not tell us of what is new, or does not say, by name."""
        failing = {one.source: one for one in self.subscriptions if one.standing == "failing"}
        known = [(one, failing.get(one.state.key)) for one in self.standings if one.state is not None]
        return sorted(((one, of) for one, of in known if of is not None), key=lambda pair: pair[0].source.name)

    @property
    def walking(self) -> Sequence[str]:
        """The names of sources whose past is walked through, or was until the walk was cut short."""
        pasts = [(one.source.name, one.state.past) for one in self.standings if one.state is not None]
        return [name for name, past in pasts if past is not None and past.ended is None]

    @property
    def walked(self) -> int:
        """Of how many sources all is here that was there before."""
        states = [one.state for one in self.standings if one.state is not None]
        return sum(state.past is not None and state.past.whole is not None for state in states)

    @property
    def words(self) -> Mapping[str, int]:
        """How many sources there are of each health."""
        return Counter(one.health.word for one in self.standings)


def made(
    *,
    sources: Sequence[Source],
    states: Sequence[SourceState],
    counts: Counts,
    checks: int = 0,
    heads: Mapping[str, LedgerHead | None],
    lists: Sequence[Listed] = (),
    lacks: Sequence[Lack] = (),
    listeners: int = 0,
    subscriptions: Sequence[Subscription] = (),
    used: Used,
    free: int,
    no_room: str | None = None,
    daemon: bool,
    now: datetime,
) -> Report:
    """Return the report of what was found."""
    known = states_by_name(sources, states)
    standings = [
        Standing(one, known.get(one.name), health(one, known.get(one.name), now), next_visit(one, known.get(one.name)))
        for one in sources
    ]
    return Report(
        now=now,
        daemon=daemon,
        standings=standings,
        overdue=sorted(one.next for one in standings if one.next is not None and one.next < now),
        counts=counts,
        checks=checks,
        pending=sum(len(state.pending) for state in known.values()),
        heads=heads,
        lists=lists,
        moves=moves.found(sources, known),
        lacks=lacks,
        listeners=listeners,
        subscriptions=subscriptions,
        used=used,
        free=free,
        no_room=no_room,
    )


def size_of(count: float) -> str:
    """Return bytes as people read them."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def as_json(found: Report) -> dict[str, Any]:
    """Return the report in its public form."""
    standings, missed = Counter(one.standing for one in found.subscriptions), tally(found.lacks)
    lag = (found.now - found.overdue[0]).total_seconds() if found.overdue else 0
    return {
        "time": moment(found.now),
        "daemon": found.daemon,
        "sources": {"all": len(found.standings), **{word: found.words.get(word, 0) for word in _WORDS}},
        "overdue": {"sources": len(found.overdue), "seconds": round(lag)},
        "records": found.counts.records,
        "unindexed": found.counts.unindexed,
        "pending_pages": found.pending,
        "checks": found.checks,
        "disk": {
            "total": found.used.total,
            **found.used.parts,
            "free": found.free,
            "captures_by_month": dict(sorted(found.used.months.items())),
            "whole": found.used.whole,
        },
        "feeds": [
            {
                "feed": name,
                "places": head.places if head else 0,
                "pages": head.pages if head else 0,
                "published": moment(head.time if head else None),
            }
            for name, head in found.heads.items()
        ],
        "lists": [listed.as_json(one) for one in found.lists],
        "trouble": [_trouble(one) for one in found.troubled],
        "push": {
            "sources": found.pushed,
            "listeners": found.listeners,
            "subscriptions": {state: standings[state] for state in STANDINGS},
        },
        "missed": {why: {"sources": sources, "entries": count} for why, (sources, count) in missed.items()},
        "backfill": {"under_way": list(found.walking), "whole": found.walked},
    }


_WORDS = ("good", "failing", "waiting", "gone", "paused", "new")


def _trouble(one: Standing) -> dict[str, Any]:
    return {
        "source": one.source.name,
        "health": one.health.word,
        "since": moment(one.health.since),
        "failures": one.state.failures if one.state else 0,
        "error": one.state.error if one.state else None,
        "ever_succeeded": one.state is not None and one.state.last_success is not None,
        "next": moment(one.next),
        "advice": one.health.advice,
    }
