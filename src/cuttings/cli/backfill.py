"""Into the past: backfill."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cuttings.cli.common import Settings, command
from cuttings.cli.records import Since, moment
from cuttings.cli.river import SourceNames, named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cuttings.app import App
    from cuttings.config.values import Config
    from cuttings.flow.backfill import Limits, Walked
    from cuttings.model.article import SourceKey
    from cuttings.model.source import Source

AT_ONCE = 16  # sources; each at its own hosts' pace
EVERY = 10.0  # seconds between two lines that say how far it is
FRESH = 3600  # seconds: who was visited since then is not visited first

Pages = Annotated[
    int | None, typer.Option("--pages", min=1, metavar="N", help="Ask for at most N documents of each source.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Ask for nothing; tell where each walk would begin.")]


def register(group: typer.Typer) -> None:
    """Add the command of this module."""
    command(
        group,
        "backfill",
        "cuttings backfill --dry-run      where each source's past begins",
        "cuttings backfill truthout --since 2020-01-01",
        "cuttings --json backfill | jq .new",
    )(backfill)


def backfill(
    settings: Settings,
    sources: SourceNames = None,
    pages: Pages = None,
    since: Since = None,
    dry_run: DryRun = False,
) -> int:
    """Walk through the past of sources: older pages of their feeds, archives, sitemaps.

    What is found enters feeds quietly. A walk that was cut short, at any moment, goes on where it was; one that is done
    brings, the next time, only what it did not know.
    """
    import asyncio

    config = settings.load()
    names = named(sources, [(one.name, one.address) for one in config.sources], "source") if sources else None
    found = asyncio.run(_walked(settings, config, names, pages, moment(since, config), dry_run))
    return int(any(one.result in ("partly", "waiting") for one in found) and not dry_run)


async def _walked(
    settings: Settings,
    config: "Config",
    names: "Sequence[str] | None",
    pages: int | None,
    since: "datetime | None",
    dry_run: bool,
) -> "Sequence[Walked]":
    from cuttings import app
    from cuttings.cli import tell
    from cuttings.flow.backfill import Limits
    from cuttings.flow.walks import MOST_DOCUMENTS

    async with app.opened(config, following=True) as opened:
        chosen = {key: one for key, one in opened.declared.items() if _is_meant(one, names)}
        if dry_run:
            found = [await opened.backfiller.planned(source, key) for key, source in chosen.items()]
            for one in found:
                _tell(settings, one)
            return found
        progress = _Progress(len(chosen), quiet=settings.json)
        limits = Limits(documents=pages or MOST_DOCUMENTS, since=since)
        async with opened.archive.working():
            found = [*await _all(settings, opened, chosen, limits, progress)]
        while await opened.archive.index():
            pass
    if not settings.json:
        new = sum(one.new for one in found)
        tell.aside(f"{len(found)} {'source' if len(found) == 1 else 'sources'}: {new} articles of the past are new")
    return found


def _is_meant(source: "Source", names: "Sequence[str] | None") -> bool:
    if names is not None:
        return source.name in names
    return source.kind != "list" and source.folder is None and not source.paused


async def _stale(opened: "App", chosen: "dict[SourceKey, Source]") -> "set[SourceKey]":
    """Return who was not visited of late: where a source's past begins, its present says."""
    from datetime import timedelta

    late = opened.clock() - timedelta(seconds=FRESH)
    seen = {state.key: state.last_success for state in await opened.archive.states()}
    return {key for key, one in chosen.items() if not one.paused and ((at := seen.get(key)) is None or at < late)}


async def _all(
    settings: Settings, opened: "App", chosen: "dict[SourceKey, Source]", limits: "Limits", progress: "_Progress"
) -> "Sequence[Walked]":
    import asyncio

    seats, stale = asyncio.Semaphore(AT_ONCE), await _stale(opened, chosen)

    async def one(key: "SourceKey", source: "Source") -> "Walked":
        async with seats:
            if key in stale:
                await opened.collect([source.name])
            async for walked in opened.backfiller.backfill(source, key, limits):
                progress.note(walked)
        _tell(settings, walked)
        return walked

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(key, source)) for key, source in chosen.items()]
    return [task.result() for task in tasks]


class _Progress:
    """Says now and then how far all walks are, on stderr."""

    def __init__(self, sources: int, *, quiet: bool) -> None:
        import time

        self._sources, self._quiet, self._monotonic = sources, quiet, time.monotonic
        self._said = self._monotonic()
        self._at: dict[str, Walked] = {}

    def note(self, walked: "Walked") -> None:
        from cuttings.cli import tell

        self._at[walked.source] = walked
        if self._quiet or self._monotonic() - self._said < EVERY:
            return
        self._said = self._monotonic()
        tell.aside(self._words())

    def _words(self) -> str:
        all_ = self._at.values()
        done = sum(one.result is not None for one in all_)
        documents, new = sum(one.documents for one in all_), sum(one.new for one in all_)
        left = sum(one.left or 0 for one in all_ if one.result is None)
        more = f", about {left} documents left where that can be told" if left else ""
        return f"{done} of {self._sources} sources, {documents} documents, {new} new articles{more}"


def _tell(settings: Settings, one: "Walked") -> None:
    from cuttings.cli import tell

    if settings.json:
        tell.json_line(asdict(one))
        return
    error = f": {one.error}" if one.error else ""
    if one.result is None:
        left = f", about {one.left} documents" if one.left else ""
        tell.line(f"{one.source}: {one.way or 'no way'}, from {one.next or 'nowhere'}{left}")
    elif one.result == "nothing":
        tell.line(f"{one.source}: nothing to walk through{error}")
    else:
        whole = ", complete" if one.complete else ""
        tell.line(f"{one.source}: {one.result}{whole}, {one.new} new in {one.documents} documents{error}")
