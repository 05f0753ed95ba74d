"""The state of an archive at one moment, as `status` tells it.  Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cuttings.cli import listed, tell
from cuttings.cli.disk import Used
from cuttings.cli.health import Health, health, moment, next_visit, states_by_name
from cuttings.cli.listed import Listed
from cuttings.model.feed import LedgerHead
from cuttings.model.source import Source, SourceState
from cuttings.ports import Counts

TROUBLE = ("gone", "failing")


@dataclass(frozen=True, slots=True)
class Standing:
    """One source: how it does, and when it is visited next."""

    source: Source
    state: SourceState | None
    health: Health
    next: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it; `overdue` are the times since when sources wait to be visited."""

    now: datetime
    daemon: bool
    standings: Sequence[Standing]
    overdue: Sequence[datetime]
    counts: Counts
    pending: int  # pages that did not come yet
    checks: int  # pages that will be looked at again, for edits and removals
    heads: Mapping[str, LedgerHead | None]  # None: nothing was published yet
    lists: Sequence[Listed] = ()  # of sources, that live elsewhere
    used: Used
    free: int

    @property
    def troubled(self) -> Sequence[Standing]:
        """The sources that fail or are gone, the longest first."""
        found = [one for one in self.standings if one.health.word in TROUBLE]
        return sorted(found, key=lambda one: one.health.since or self.now)

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
    used: Used,
    free: int,
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
        used=used,
        free=free,
    )


def lines(found: Report, zone: str) -> Iterator[tuple[str, str]]:
    """Yield names and words for people."""
    yield "daemon", "running" if found.daemon else "not running"
    yield "records", _records(found)
    yield "disk", _disk(found)
    for name, head in found.heads.items():
        yield "feed", f"{name}: {_published(head, zone)}"
    yield "due", _due(found, zone)
    yield "sources", _sources(found)
    for one in found.lists:
        yield "list", listed.words(one, zone)


def _sources(found: Report) -> str:
    named = {"good": "good", "failing": "failing", "gone": "gone", "waiting": "waiting", "paused": "paused"}
    named["new"] = "not visited yet"
    parts = [f"{found.words[word]} {words}" for word, words in named.items() if found.words.get(word)]
    return f"{len(found.standings):,}" + (": " + ", ".join(parts) if parts else "")


def _published(head: LedgerHead | None, zone: str) -> str:
    if head is None or head.time is None:
        return "not published yet"
    return f"{head.places:,} articles, {head.pages} closed pages, published {tell.when(head.time, zone)}"


def _due(found: Report, zone: str) -> str:
    if found.overdue:
        return f"{len(found.overdue)} overdue, the first since {tell.when(found.overdue[0], zone)}"
    ahead = [one.next for one in found.standings if one.next is not None]
    return f"nothing overdue; the next visit is at {tell.when(min(ahead), zone)}" if ahead else "nothing"


def _records(found: Report) -> str:
    parts = [f"{found.counts.records:,}"]
    if found.counts.unindexed:
        parts.append(f"search is {found.counts.unindexed:,} behind")
    if found.pending:
        parts.append(f"{found.pending:,} pages will be tried again")
    if found.checks:
        parts.append(f"{found.checks:,} will be looked at again for edits")
    return ", ".join(parts)


def _disk(found: Report) -> str:
    months = sorted(found.used.months)[-3:]
    told = [f"{part} {size_of(size)}" for part, size in found.used.parts.items() if size]
    grown = [f"{month} {size_of(found.used.months[month])}" for month in months]
    more = "" if found.used.whole else "more than "
    by_month = f"; captures by month: {', '.join(grown)}" if grown else ""
    return f"{more}{size_of(found.used.total)} ({', '.join(told)}), {size_of(found.free)} free{by_month}"


def size_of(count: float) -> str:
    """Return bytes as people read them."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def as_json(found: Report) -> dict[str, Any]:
    """Return the report in its public form."""
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
