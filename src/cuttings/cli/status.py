"""How it all is: status."""

from typing import TYPE_CHECKING, Any

import typer

from cuttings.cli.common import Settings, command

if TYPE_CHECKING:
    from cuttings.app import App
    from cuttings.cli.report import Report

SHOWN = 20  # sources in trouble that people are told


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "status",
        "cuttings status",
        "cuttings --json status | jq .sources",
        "watch -n 60 cuttings status",
    )(status)


def status(settings: Settings) -> int:
    """Say how everything is.

    Whether the daemon runs, what is kept, what the disk holds, what is overdue, which sources are in trouble and what
    to do about them.
    """
    import asyncio

    from cuttings import app
    from cuttings.cli import report, tell

    config = settings.load()

    async def gathered() -> "Report":
        async with app.opened(config) as opened:
            return await _gathered(opened)

    found = asyncio.run(gathered())
    if settings.json:
        tell.json_line(report.as_json(found))
    else:
        _print(found, config.site.timezone)
    return 0


async def _gathered(opened: "App") -> "Report":
    import asyncio
    import shutil

    from cuttings import app
    from cuttings.archive.locks import daemon_lives
    from cuttings.cli import disk, listed, report

    config = opened.config
    used = await asyncio.to_thread(disk.used, config.archive)
    return report.made(
        sources=config.followed,
        states=await opened.sources.states(),
        counts=await opened.archive.counts(),
        checks=(await opened.archive.checks.counts())[0],
        heads={feed.name: await opened.archive.begun((feed.name, *feed.formerly)) for feed in config.feeds},
        lists=await listed.found(opened),
        used=used,
        free=shutil.disk_usage(config.archive).free,
        daemon=daemon_lives(config.archive),
        now=app.utc_now(),
    )


def _print(found: "Report", zone: str) -> None:
    from cuttings.cli import report, tell

    for name, words in report.lines(found, zone):
        tell.line(f"{name:<10}{words}")
    troubled = found.troubled
    for one in troubled[:SHOWN]:
        tell.line(f"  {one.source.name}: {_words(one, zone)}")
        if one.health.advice:
            tell.line(f"    {one.health.advice}")
    if len(troubled) > SHOWN:
        tell.line(f"  … and {len(troubled) - SHOWN} more: `cuttings source list`")


def _words(one: Any, zone: str) -> str:
    from cuttings.cli import tell
    from cuttings.cli.health import told

    again = f"; next try {tell.when(one.next, zone)}" if one.next and one.health.word == "failing" else ""
    return told(one.health, one.state, zone) + again
