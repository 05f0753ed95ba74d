"""Looking into the archive: list, show."""

from typing import TYPE_CHECKING, Annotated

import typer

from cuttings.cli import complete
from cuttings.cli.common import Settings, command, hint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cuttings.app import App
    from cuttings.config.load import Config
    from cuttings.model.article import Record, RecordId, SourceKey
    from cuttings.model.feed import FeedKey
    from cuttings.ports import Query

Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME", help="Only of this source; repeatable.", autocompletion=complete.sources),
]
FeedName = Annotated[
    str | None,
    typer.Option("--feed", metavar="NAME", help="Only what stands in this feed.", autocompletion=complete.feeds),
]
Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="From this day or time on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Before this day or time.")]
Language = Annotated[str | None, typer.Option("--language", metavar="TAG", help="en also finds en-GB.")]
Tag = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only with this category.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=0, metavar="N", help="How many; 0 is all.")]
RecordArgument = Annotated[
    str, typer.Argument(metavar="ID", help="A record's id, or the beginning of it.", autocompletion=complete.ids)
]


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
    import asyncio

    from cuttings import app

    config = settings.load()
    span = (_moment(since, config), _moment(until, config))

    async def listed() -> None:
        async with app.opened(config) as opened:
            query = await _query(opened, source or [], feed, span, language, tag, limit or None)
            await _print_list(settings, opened, query, config.site.timezone)

    asyncio.run(listed())
    return 0


def show(settings: Settings, record: RecordArgument) -> int:
    """Print one record.

    Readable for people; with --json all of it.
    """
    import asyncio

    from cuttings import app

    config = settings.load()

    async def shown() -> None:
        async with app.opened(config) as opened:
            found = await _found(opened, record)
            name = (await opened.source_names()).get(found.source) if found.source else None
            _print_record(settings, found, name, config.site.timezone)

    asyncio.run(shown())
    return 0


async def _query(
    opened: "App",
    sources: list[str],
    feed: str | None,
    span: "tuple[datetime | None, datetime | None]",
    language: str | None,
    tag: str | None,
    limit: int | None,
) -> "Query":
    from cuttings.ports import Query

    names = await opened.source_names() if sources else {}
    return Query(
        sources=[_key(names, name) for name in sources],
        feed=await _feed(opened, feed) if feed else None,
        language=language,
        tag=tag,
        since=span[0],
        until=span[1],
        limit=limit,
    )


async def _feed(opened: "App", name: str) -> "FeedKey":
    from cuttings.errors import UsageError

    key = await opened.feed_key(name)
    if key is None:
        raise UsageError(f"no feed is named {name}{hint(name, [feed.name for feed in opened.config.feeds])}")
    return key


def _key(names: "Mapping[SourceKey, str]", name: str) -> "SourceKey":
    from cuttings.errors import UsageError

    for key, known in names.items():
        if name in (known, key):
            return key
    raise UsageError(f"no source is named {name}{hint(name, list(names.values()))}")


def _moment(written: str | None, config: "Config") -> "datetime | None":
    """Return a day's beginning or a time, in the site's zone where it names none."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from cuttings.errors import UsageError

    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise UsageError(f"{written} is no date; write 2026-11-24 or 2026-11-24T08:00Z") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(config.site.timezone))).astimezone(UTC)


async def _print_list(settings: Settings, opened: "App", query: "Query", timezone: str) -> None:
    from cuttings.cli import tell
    from cuttings.model.article import as_json

    names = await opened.source_names()
    rows = []
    async for record in opened.archive.newest(query):
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


async def _found(opened: "App", written: str) -> "Record":
    """Return the record whose id begins as written.  Raises UsageError where that is none or several."""
    from cuttings.errors import UsageError

    ids = await opened.archive.find(written.lower())
    exact: RecordId | None = next((one for one in ids if one == written.lower()), None)
    if exact is None and len(ids) > 1:
        raise UsageError(f"{written} is the beginning of several ids: {', '.join(ids)}")
    record = await opened.archive.get(exact or ids[0]) if ids else None
    if record is None:
        raise UsageError(f"no record's id begins with {written}; `cuttings list` shows some")
    return record


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
