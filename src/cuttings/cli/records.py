"""Which records a command is about: the filters that `list` and `search` share, and ids by their beginnings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cuttings.cli import complete
from cuttings.cli.common import hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from cuttings.app import App
    from cuttings.config.values import Config
    from cuttings.model.article import Record, RecordId, SourceKey
    from cuttings.model.feed import FeedKey
    from cuttings.ports import Query

SHORTEST = 4  # letters that an id and a mistyped one must share, so that one is named for the other

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


@dataclass(frozen=True, slots=True)
class Filters:
    """What `list` and `search` look among, as it was written; `limit` 0 is all."""

    sources: "Sequence[str]" = ()
    feed: str | None = None
    since: str | None = None
    until: str | None = None
    language: str | None = None
    tag: str | None = None
    limit: int = 20


async def query(opened: "App", filters: Filters) -> "Query":
    """Return what the filters ask for.  Raises UsageError where a name or a date is none."""
    from cuttings.ports import Query

    names = await opened.source_names() if filters.sources else {}
    return Query(
        sources=[_key(names, name) for name in filters.sources],
        feed=await _feed(opened, filters.feed) if filters.feed else None,
        language=filters.language,
        tag=filters.tag,
        since=moment(filters.since, opened.config),
        until=moment(filters.until, opened.config),
        limit=filters.limit or None,
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


def moment(written: str | None, config: "Config") -> "datetime | None":
    """Return a day's beginning or a time, in the site's zone where it names none."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from cuttings.errors import UsageError

    if written is None:
        return None
    try:
        parsed = datetime.fromisoformat(written)
    except ValueError as error:
        raise UsageError(f"{written} is no date; write 2026-11-24 or 2026-11-24T08:00Z") from error
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(config.site.timezone))).astimezone(UTC)


async def found(opened: "App", written: str) -> "Record":
    """Return the record whose id begins as written.  Raises UsageError where that is none, or several."""
    from cuttings.errors import UsageError

    ids = await opened.archive.find(written.lower())
    exact: RecordId | None = next((one for one in ids if one == written.lower()), None)
    if exact is None and len(ids) > 1:
        raise UsageError(f"{written} is the beginning of several ids: {', '.join(ids)}")
    record = await opened.archive.get(exact or ids[0]) if ids else None
    if record is None:
        raise UsageError(f"no record's id begins with {written}{await _nearest(opened, written.lower())}")
    return record


async def _nearest(opened: "App", written: str) -> str:
    """Return what to add to "there is none": the record whose id shares most letters with what was written."""
    for length in range(len(written) - 1, SHORTEST - 1, -1):
        for record in await opened.archive.find(written[:length]):
            known = await opened.archive.get(record)
            return f"; did you mean {record} ({known.title or 'no title' if known else ''})?"
    return "; `cuttings list` shows some"
