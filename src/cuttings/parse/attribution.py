"""What the entries of a planet's document say of where they came from, and what they are called, as it is written.

Pure; beside `syndication`, which reads the articles themselves.
Serves RFC 4287 4.2.11 (atom:source), RSS 2.0 (source, guid, link).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cuttings.model.capture import Document
from cuttings.text import urls, xml
from cuttings.text.xml import Element

ENTRIES = ("entry", "item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One entry's names, raw, and its source's: its own id, where its feed and its home page are, absolute."""

    guid: str | None = None
    link: str | None = None
    source_id: str | None = None
    source_url: str | None = None
    source_home: str | None = None


def read(document: Document) -> tuple[Credit, ...]:
    """Return what each entry says, in document order; nothing of what is no well-formed XML."""
    try:
        root = xml.parse(document.body)
    except ValueError:
        return ()
    return tuple(_credit(entry, document.url) for entry in _entries(root))


def _entries(root: Element) -> Iterator[Element]:
    """Yield the entries, which stand in a feed, a channel, or (RSS 1.0) beside one."""
    for element in root:
        if xml.local_name(element) in ENTRIES:
            yield element
        elif xml.local_name(element) == "channel":
            yield from (one for one in element if xml.local_name(one) in ENTRIES)


def _credit(entry: Element, base: str) -> Credit:
    source = _child(entry, "source")
    return Credit(
        guid=_text(entry, "id") or _text(entry, "guid"),
        link=_text(entry, "link"),
        **({} if source is None else _said_of(source, base)),
    )


def _said_of(source: Element, base: str) -> dict[str, str | None]:
    """Return what an atom:source says, or the one attribute of an RSS source."""
    if source.get("url"):
        return {"source_url": urls.absolute(base, source.get("url") or "")}
    links = {one.get("rel") or "alternate": one.get("href") or "" for one in source if xml.local_name(one) == "link"}
    return {
        "source_id": _text(source, "id"),
        "source_url": urls.absolute(base, links["self"]) if links.get("self") else None,
        "source_home": urls.absolute(base, links["alternate"]) if links.get("alternate") else None,
    }


def _child(parent: Element, name: str) -> Element | None:
    return next((one for one in parent if xml.local_name(one) == name), None)


def _text(parent: Element, name: str) -> str | None:
    found = _child(parent, name)
    return None if found is None else xml.text_of(found).strip() or None
