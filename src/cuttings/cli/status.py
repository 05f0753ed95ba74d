"""How it all is: status."""

from typing import TYPE_CHECKING, Annotated

import typer

from cuttings.cli.common import Settings, command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cuttings.app import App
    from cuttings.cli.report import Report
    from cuttings.flow.coverage import Lack
    from cuttings.model.source import SourceState

GAP_DAYS = 7  # what was missed before is history: `cuttings gaps --since`

All = Annotated[bool, typer.Option("--all", help="Every source and every trouble, however many there are.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "status",
        "cuttings status",
        "cuttings status --all | grep ^decide",
        "cuttings --json status | jq .sources",
        "watch -n 60 cuttings status",
    )(status)


def status(settings: Settings, everything: All = False) -> int:
    """Say how everything is.

    What waits for your decision, what is late, and how the rest is: whether the daemon runs, what is kept, what the
    disk holds; and of the sources that are visited next, when they publish, and why they are visited just then.
    """
    import asyncio

    from cuttings import app
    from cuttings.cli import glance, report, tell

    config = settings.load()
    zone = config.site.timezone

    async def gathered() -> "Report":
        async with app.opened(config) as opened:
            return await _gathered(opened)

    found = asyncio.run(gathered())
    if settings.json:
        tell.json_line(report.as_json(found) | glance.as_json(found, zone))
    else:
        _print(found, zone, everything)
    return 0


async def _gathered(opened: "App") -> "Report":
    import asyncio
    import shutil

    from cuttings import app
    from cuttings.archive.locks import daemon_lives
    from cuttings.cli import disk, listed, report

    config, now = opened.config, app.utc_now()
    states = await opened.sources.states()
    used = await asyncio.to_thread(disk.used, config.archive)
    return report.made(
        sources=config.followed,
        states=states,
        counts=await opened.archive.counts(),
        checks=(await opened.archive.checks.counts())[0],
        heads={feed.name: await opened.archive.begun((feed.name, *feed.formerly)) for feed in config.feeds},
        lists=await listed.found(opened),
        lacks=await _lacks(opened, states, now),
        listeners=await opened.archive.listeners.count(),
        subscriptions=await opened.archive.subscriptions.all(),
        used=used,
        free=shutil.disk_usage(config.archive).free,
        no_room=opened.no_room(),
        daemon=daemon_lives(config.archive),
        now=now,
    )


async def _lacks(opened: "App", states: "Sequence[SourceState]", now: "datetime") -> "Sequence[Lack]":
    from datetime import timedelta

    from cuttings.cli.health import states_by_name
    from cuttings.flow import coverage

    known = states_by_name(opened.config.sources, states)
    followed = [(one, known[one.name]) for one in opened.config.sources if one.name in known]
    return await coverage.lacks(followed, opened.archive.coverage, now - timedelta(days=GAP_DAYS), now)


def _print(found: "Report", zone: str, everything: bool) -> None:
    import sys

    from cuttings.cli import screen, tell

    if not sys.stdout.isatty():
        for line in screen.lines(found, zone, everything):
            tell.line(line)
        return
    from rich.console import Console

    screen.draw(found, zone, Console(highlight=False), everything)
