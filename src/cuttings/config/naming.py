"""What sources are called that a person gave no name.  Pure."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cuttings.model.source import Source
from cuttings.text import urls


def with_free_name(source: Source, used: set[str]) -> Source:
    """Return the source with the name it brings, else its host or folder, with a number where that is taken."""
    wanted = source.name[:200] or _derived(source)
    name, count = wanted, 1
    while name in used:
        count += 1
        name = f"{wanted}-{count}"
    used.add(name)
    return replace(source, name=name)


def with_free_names(sources: Sequence[Source], used: set[str]) -> tuple[Source, ...]:
    """Return sources with a name each, that nobody else has."""
    return tuple(with_free_name(source, used) for source in sources)


def _derived(source: Source) -> str:
    if source.url is None:
        return Path(source.folder or "").name or "folder"
    return urls.parse(source.url).host.removeprefix("www.")
