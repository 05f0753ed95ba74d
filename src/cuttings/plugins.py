"""Source kinds and formats by name.  Ours come in by the same door as others'.

A source kind is `read(document, known) -> Parsed`; a format is a
`model.feed.Format`.  Code is imported only when it is named.  A package adds
its own by the entry points `cuttings.sources` and `cuttings.formats`; it
cannot take the name of one of ours.
"""

from collections.abc import Callable, Mapping, Set
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from cuttings.errors import UsageError
from cuttings.model.article import Parsed
from cuttings.model.capture import Document
from cuttings.model.feed import Format
from cuttings.text.digest import sha256

SourceKind = Callable[[Document, Set[bytes]], Parsed]

_SOURCES: Mapping[str, str] = {
    "syndication": "cuttings.parse.syndication:read",
    "jsonfeed": "cuttings.parse.jsonfeed:read",
    "page": "cuttings.parse.page:read",
    "plaintext": "cuttings.parse.plaintext:read",
    "sitemap": "cuttings.parse.sitemap:read",
    "listing": "cuttings.parse.listing:read",
}
_FORMATS: Mapping[str, str] = {
    "rss": "cuttings.render.syndication:RSS",
    "atom": "cuttings.render.syndication:ATOM",
    "json": "cuttings.render.jsonfeed:FORMAT",
    "html": "cuttings.render.html:FORMAT",
}


def source_kind(name: str) -> SourceKind:
    """Return the function that reads this kind of source.  Raises UsageError for an unknown one."""
    kind: SourceKind = _named("source kind", name, _table("cuttings.sources", _SOURCES))
    return kind


def format_named(name: str) -> Format:
    """Return a format.  Raises UsageError for an unknown one."""
    found: Format = _named("format", name, _table("cuttings.formats", _FORMATS))
    return found


def format_names() -> tuple[str, ...]:
    """Return the names of all formats, ours first."""
    return tuple(sorted(_table("cuttings.formats", _FORMATS), key=lambda name: name not in _FORMATS))


@cache
def reader() -> str:
    """Name the reader of documents as it is: another name says that what was captured may be read otherwise."""
    package = Path(__file__).parent
    rooms = ("text", "parse", "normalise")
    files = sorted(file for room in rooms for file in (package / room).rglob("*") if file.suffix != ".pyc")
    contents = (file.read_bytes() for file in files if file.is_file())
    return sha256(b"".join(map(sha256, contents))).hex()[:16]


def _table(group: str, ours: Mapping[str, str]) -> Mapping[str, str]:
    return {**_others(group), **ours}


@cache
def _others(group: str) -> Mapping[str, str]:
    return {point.name: point.value for point in entry_points(group=group)}


def _named(what: str, name: str, table: Mapping[str, str]) -> Any:
    place = table.get(name)
    if place is None:
        raise UsageError(f"no {what} is called {name!r}; known are {', '.join(sorted(table))}")
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute.strip())
