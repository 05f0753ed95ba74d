"""What should have come, and did not: gaps."""

from typing import TYPE_CHECKING, Any

import typer

from cuttings.cli.common import Settings, command
from cuttings.cli.records import Since, moment
from cuttings.cli.river import SourceNames, named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cuttings.config.values import Config
    from cuttings.flow.coverage import Lack, Standing

DAYS = 30  # looked at where nobody says since when


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "gaps",
        "cuttings gaps",
        "cuttings gaps truthout --since 2026-11-01    with what was expected, and what came",
        "cuttings --json gaps | jq '.gaps[] | select(.why == \"rolled\") | .source'",
    )(gaps)


def gaps(settings: Settings, sources: SourceNames = None, since: Since = None) -> int:
    """List the articles that were probably missed, and the sources that have gone quiet against their habit.

    How many, between when and when, why, and what to do. Without --since the last thirty days are looked at.
    """
    import asyncio
    from datetime import timedelta

    from cuttings import app
    from cuttings.cli import tell

    config, now = settings.load(), app.utc_now()
    names = named(sources, [(one.name, one.address) for one in config.sources], "source") if sources else None
    begin = moment(since, config) or now - timedelta(days=DAYS)
    found, standings = asyncio.run(_found(config, names, begin, now))
    if settings.json:
        tell.json_line(_as_json(found, standings, begin, now))
    else:
        _print(found, standings if names else (), begin, now, config.site.timezone)
    return 0


async def _found(
    config: "Config", names: "Sequence[str] | None", since: "datetime", now: "datetime"
) -> "tuple[Sequence[Lack], Sequence[Standing]]":
    """Return what was missed, and how those sources stand that are named, or miss something."""
    from cuttings import app
    from cuttings.cli.health import states_by_name
    from cuttings.flow import coverage

    async with app.opened(config) as opened:
        states = states_by_name(config.sources, await opened.sources.states())
        known = [(one, states[one.name]) for one in config.sources if one.name in states]
        asked = [(one, state) for one, state in known if names is None or one.name in names]
        found = await coverage.lacks(asked, opened.archive.coverage, since, now)
        told = set(names or ()) | {lack.source.name for lack in found}
        shown = [pair for pair in asked if pair[0].name in told]
        return found, [await coverage.standing(*pair, opened.archive.coverage, since) for pair in shown]


def _print(
    found: "Sequence[Lack]", standings: "Sequence[Standing]", since: "datetime", now: "datetime", zone: str
) -> None:
    from cuttings.cli import tell

    for one in standings:
        tell.line(f"{one.source.name}: {_stands(one)}")
    for lack in found:
        tell.line(f"{lack.source.name}: {_words(lack, zone)}")
        tell.line(f"  {_advice(lack, now)}")
    if not found:
        tell.aside(f"nothing was missed since {tell.when(since, zone)}, as far as can be told")


def _stands(one: "Standing") -> str:
    said = f"about {one.expected:.0f} expected, {one.seen} came, {one.visits} visits"
    pushed = f" ({one.pushed} of them pushed)" if one.pushed else ""
    said = said.replace(" came", f" came{pushed}", 1) + (f" ({one.failed} of them failed)" if one.failed else "")
    if one.overlap is not None:
        said += f"; at least {one.overlap:.0%} of a document with news was known"
    return said + ("; its document may drop articles before the next visit" if one.at_risk else "")


def _words(lack: "Lack", zone: str) -> str:
    from cuttings.cli import tell

    missed = lack.missed
    count = f"about {missed.count:,} article" + ("" if missed.count == 1 else "s")
    begin, end = tell.when(missed.since, zone), tell.when(missed.until, zone)
    times = f", {missed.times} times" if missed.times > 1 else ""
    match missed.why:
        case "rolled":
            return f"{count} missed between {begin} and {end}: its document held nothing of before any more{times}"
        case "unpushed":
            return f"{count} came late between {begin} and {end}: its hub did not send what a visit found{times}"
        case "unread":
            return f"cannot be read since {begin}, {count} expected meanwhile: {lack.state.error}"
    return f"has gone quiet: nothing since {begin}, {count} expected meanwhile"


def _advice(lack: "Lack", now: "datetime") -> str:
    from cuttings.cli import advice
    from cuttings.text import urls

    name, address = lack.source.name, urls.masked(lack.source.address)
    match lack.missed.why:
        case "rolled":
            return f"`cuttings backfill {name}` brings them where it keeps its past; a shorter `every` comes sooner"
        case "unpushed":
            return "nothing to do: they are here, and it is visited by its rhythm until its hub has shown that it sends"
        case "unread":
            return advice.of(lack.source, lack.state, now) or f"it is tried again; look at {address} if it lasts"
    return f"look whether it goes on elsewhere, or has ended: {address}"


def _as_json(
    found: "Sequence[Lack]", standings: "Sequence[Standing]", since: "datetime", now: "datetime"
) -> dict[str, Any]:
    from cuttings.cli.health import moment as at

    return {
        "since": at(since),
        "until": at(now),
        "gaps": [
            {
                "source": lack.source.name,
                "why": lack.missed.why,
                "since": at(lack.missed.since),
                "until": at(lack.missed.until),
                "articles": lack.missed.count,
                "times": lack.missed.times,
                "error": lack.state.error if lack.missed.why == "unread" else None,
                "advice": _advice(lack, now),
            }
            for lack in found
        ],
        "coverage": [
            {
                "source": one.source.name,
                "expected": round(one.expected, 1),
                "seen": one.seen,
                "pushed": one.pushed,
                "visits": one.visits,
                "failed": one.failed,
                "overlap": one.overlap,
                "at_risk": one.at_risk,
            }
            for one in standings
        ],
    }
