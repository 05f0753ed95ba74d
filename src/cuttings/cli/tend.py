"""Tend the archive: reread."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

from cuttings.cli.common import Settings, command
from cuttings.cli.records import Since, moment
from cuttings.cli.river import DryRun, SourceNames, named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from cuttings.app import App
    from cuttings.flow.reread import Reread
    from cuttings.model.article import SourceKey


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "reread",
        "cuttings reread --dry-run        what today's reader would make of all that was captured",
        "cuttings reread truthout",
        "cuttings --json reread --since 2026-11-01 | jq .fields",
    )(reread)


def reread(settings: Settings, sources: SourceNames = None, since: Since = None, dry_run: DryRun = False) -> int:
    """Read what was captured again, with today's reader; nothing is fetched.

    What differs becomes a revision by us, never an edit of the author's. What recurs in a source's articles is
    counted over all of them first. A reading that was cut short is taken up again where it was.
    """
    import asyncio

    from cuttings import app
    from cuttings.cli import tell
    from cuttings.errors import ArchiveError

    config = settings.load()
    start = moment(since, config)
    tally: Counter[str] = Counter()

    async def read_again() -> None:
        async with app.opened(config) as opened, _working(opened, dry_run):
            names = await opened.source_names()
            chosen = _chosen(names, sources)
            with tell.progress("records", None, settings.json) as step:
                for key in chosen:
                    try:
                        async for one in opened.rereader.reread(key, start, dry_run=dry_run):
                            step()
                            tally[one.result] += 1
                            _tell(settings, one, names)
                    except ArchiveError as error:
                        tally["failed"] += 1
                        tell.aside(f"{names.get(key, 'one-off records') if key else 'one-off records'}: {error}")

    asyncio.run(read_again())
    if not settings.json:
        tell.aside(_summary(tally, dry_run))
    return int(bool(tally["failed"]))


def _working(opened: "App", dry_run: bool) -> "AbstractAsyncContextManager[None]":
    from contextlib import nullcontext

    return nullcontext() if dry_run else opened.archive.working()


def _chosen(names: "Mapping[SourceKey, str]", wanted: "Sequence[str] | None") -> "Sequence[SourceKey | None]":
    """Return the sources to read again, by name; None stands for the records without one."""
    if not wanted:
        return [*sorted(names, key=names.__getitem__), None]
    keys = {name: key for key, name in names.items()}
    return [keys[name] for name in named(wanted, [(name, str(key)) for key, name in names.items()], "source")]


def _tell(settings: Settings, one: "Reread", names: "Mapping[SourceKey, str]") -> None:
    from cuttings.cli import tell

    if one.result == "same":
        return
    if settings.json:
        tell.json_line(_as_json(one, names))
    elif one.revision is None:
        tell.line(f"{one.record.id}  unreadable: {one.problem}  {one.record.title}")
    else:
        words = f", {one.record.words} words -> {one.revision.words}" if "text" in one.fields else ""
        tell.line(f"{one.record.id}  {', '.join(one.fields)}{words}  {one.revision.title}")


def _as_json(one: "Reread", names: "Mapping[SourceKey, str]") -> dict[str, Any]:
    return {
        "id": one.record.id,
        "source": names.get(one.record.source) if one.record.source else None,
        "result": one.result,
        "fields": list(one.fields),
        "words": [one.record.words, one.revision.words] if one.revision else None,
        "problem": one.problem,
    }


def _summary(tally: Counter[str], dry_run: bool) -> str:
    looked_at = tally["same"] + tally["changed"] + tally["unreadable"]
    verb = "would change" if dry_run else "changed"
    unreadable = f", {tally['unreadable']} could not be read again and stay as they are" if tally["unreadable"] else ""
    return f"{looked_at} records read again: {tally['changed']} {verb}{unreadable}"
