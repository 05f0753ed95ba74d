"""What works, but perhaps not as someone thinks.  Pure, but for whether a folder is there."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from cuttings.model.feed import Feed
from cuttings.model.source import Source


def of_sources(sources: Sequence[Source], at_least: timedelta, at_most: timedelta) -> Iterator[str]:
    """Yield doubts about sources, visited at intervals between these two."""
    for source in sources:
        if source.folder is not None and not Path(source.folder).is_dir():
            yield f"{source.name}: there is no folder {source.written}"
        if source.own is not None and (source.url or "").lower().startswith("http:"):
            yield f"{source.name}: what it has sent along goes over the network unprotected: its address is no https"
        if source.every is not None and not at_least <= source.every <= at_most:
            yield f"{source.name}: `every` is a wish between schedule.at_least and schedule.at_most"


def of_feed(feed: Feed, sources: Sequence[Source]) -> Iterator[str]:
    """Yield whose full text a feed gives out though nobody said that it may."""
    if feed.content != "full" or feed.of:
        return
    selected = [one for one in sources if not feed.select.sources or one.name in feed.select.sources]
    silent = [one.name for one in selected if one.republish is None]
    if silent:
        more = f" and {len(silent) - 5} more" if len(silent) > 5 else ""
        names = ", ".join(silent[:5]) + more
        yield f"feed {feed.name} gives out the full text of {names}: say `republish: full` there if you may"
