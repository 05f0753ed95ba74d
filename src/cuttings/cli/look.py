"""Looking into the archive: list, search, show."""

from typing import TYPE_CHECKING, Annotated

import typer

from cuttings.cli import records
from cuttings.cli.common import Settings, command
from cuttings.cli.records import FeedName, Filters, Language, Limit, RecordArgument, Since, Sources, Tag, Until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from cuttings.app import App
    from cuttings.model.article import Record
    from cuttings.ports import Query

Words = Annotated[list[str], typer.Argument(metavar="QUERY...", help="Words that all must be there.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "list",
        "cuttings list --limit 50",
        "cuttings list --source truthout --since 2026-11-01",
        "cuttings --json list --limit 0 > records.jsonl",
    )(list_records)
    command(
        group,
        "search",
        "cuttings search high tide",
        "cuttings search --feed front-page --since 2026-11-01 tide",
        "cuttings --json search tide --limit 0 | jq -r .url",
    )(search)
    command(
        group,
        "show",
        "cuttings show h3gkut4e              the first letters will do",
        "cuttings --json show h3gkut4e | jq -r .text",
    )(show)


def list_records(
    settings: Settings,
    source: Sources = None,
    feed: FeedName = None,
    since: Since = None,
    until: Until = None,
    language: Language = None,
    tag: Tag = None,
    limit: Limit = 20,
) -> int:
    """List records, newest first."""
    filters = Filters(source or (), feed, since, until, language, tag, limit)
    return _listed(settings, filters, lambda opened, query: opened.archive.newest(query))


def search(
    settings: Settings,
    words: Words,
    source: Sources = None,
    feed: FeedName = None,
    since: Since = None,
    until: Until = None,
    language: Language = None,
    tag: Tag = None,
    limit: Limit = 20,
) -> int:
    """Search title, summary and text of each record's newest revision.

    All words must be there, in any order and as whole words; accents and case do not matter. The best matches come
    first.
    """
    filters = Filters(source or (), feed, since, until, language, tag, limit)
    return _listed(settings, filters, lambda opened, query: _matches(opened, " ".join(words), query))


def show(settings: Settings, record: RecordArgument) -> int:
    """Print one record.

    Readable for people; with --json all of it.
    """
    import asyncio

    from cuttings import app

    config = settings.load()

    async def shown() -> None:
        async with app.opened(config) as opened:
            found = await records.found(opened, record)
            name = (await opened.source_names()).get(found.source) if found.source else None
            _print_record(settings, found, name, config.site.timezone)

    asyncio.run(shown())
    return 0


def _listed(settings: Settings, filters: Filters, find: "Callable[[App, Query], AsyncIterator[Record]]") -> int:
    import asyncio

    from cuttings import app

    config = settings.load()

    async def listed() -> None:
        async with app.opened(config) as opened:
            query = await records.query(opened, filters)
            await _print_list(settings, opened, find(opened, query), config.site.timezone)

    asyncio.run(listed())
    return 0


async def _matches(opened: "App", words: str, query: "Query") -> "AsyncIterator[Record]":
    from cuttings.cli import tell

    ids = await opened.archive.search(words, query)
    for record in ids:
        if (found := await opened.archive.get(record)) is not None:
            yield found
    if behind := (await opened.archive.counts()).unindexed:
        tell.aside(f"search does not know the newest {behind:,} yet; a daemon, or the next collect, goes on with them")


async def _print_list(settings: Settings, opened: "App", found: "AsyncIterator[Record]", timezone: str) -> None:
    from cuttings.cli import tell
    from cuttings.model.article import as_json

    names = await opened.source_names()
    rows: list[Sequence[str]] = []
    async for record in found:
        name = names.get(record.source) if record.source else None
        if settings.json:
            tell.json_line(as_json(record, name))
        else:
            rows.append((record.id, tell.when(record.order_date, timezone), name or "–", record.title or "(no title)"))
    if settings.json:
        return
    if rows:
        tell.table(("id", "date", "source", "title"), rows)
    else:
        tell.aside("no such records")


def _print_record(settings: Settings, record: "Record", source: str | None, timezone: str) -> None:
    from cuttings.cli import tell
    from cuttings.model.article import as_json

    if settings.json:
        tell.json_line(as_json(record, source))
        return
    tell.text("\n\n".join(part for part in (record.title or "(no title)", record.subtitle) if part))
    for name, value in _facts(record, source, timezone):
        if value:
            tell.line(f"{name:<12}{value}")
    print()
    if record.summary:
        tell.text(record.summary)
    tell.text(record.text or "(no text)")


def _facts(record: "Record", source: str | None, timezone: str) -> list[tuple[str, str | None]]:
    from cuttings.cli import tell

    return [
        ("by", ", ".join(one.name for one in record.authors)),
        ("published", tell.when(record.published, timezone) if record.published else "unknown"),
        ("modified", tell.when(record.modified, timezone) if record.modified else None),
        ("first seen", tell.when(record.first_seen, timezone)),
        ("source", source or "archived one-off"),
        ("url", record.url),
        ("tags", ", ".join(record.categories)),
        ("language", record.language),
        ("image", record.image.url if record.image else None),
        ("files", ", ".join(one.url for one in record.enclosures)),
        ("rights", record.rights),
        ("id", f"{record.id}, revision {record.revision}, {record.status}, {record.words} words"),
        ("capture", ", ".join(f"{one.file} at {one.offset}" for one in record.captures)),
    ]
