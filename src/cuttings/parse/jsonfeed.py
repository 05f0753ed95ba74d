"""Reads JSON Feed 1.0 and 1.1.

Pure: a document in, the entries that are not known out.
Standards: JSON Feed 1.1 (jsonfeed.org/version/1.1); STANDARDS 3; THREATS H-54.
"""

import json
from collections.abc import Iterator, Set
from typing import Any, NoReturn

from cuttings.errors import ParseError
from cuttings.model.article import Channel, Enclosure, Entry, Image, Parsed, Person, Trace
from cuttings.model.capture import Document
from cuttings.parse import sniff
from cuttings.text import markup, urls
from cuttings.text.digest import digest

MOST_ENTRIES = 10_000  # H-46
DEEPEST = 64  # levels of objects and arrays
LARGEST_NUMBER = 2**63  # and no more digits than it has: reading a longer one costs quadratic time

_Item = dict[str, Any]


def read(document: Document, known: Set[bytes]) -> Parsed:
    """Return the channel of a JSON Feed and, in document order, its entries not in `known`.

    An item that is no object, or has neither a usable id nor a url, is
    skipped: one bad item must not cost us the rest, and one without an id is
    still an article (JSON Feed 1.1 would discard it).  Raises ParseError when the document as a whole is
    not a JSON Feed.
    """
    text, notes = sniff.decode(document)
    feed = _object(document.url, text.lstrip("\ufeff"))
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise ParseError(document.url, "JSON, but not a JSON Feed: no items")
    items = feed["items"][:MOST_ENTRIES]
    usable = [item for item in items if isinstance(item, dict) and (_id(item) or _is_linked(item))]
    entries = [_entry(item, document.url, feed) for item in usable]
    left_out = len(feed["items"]) - len(items)
    skipped = len(items) - len(usable)
    return Parsed(
        channel=_channel(feed, document.url),
        entries=tuple(entry for entry in entries if entry.trace.digest not in known),
        present=tuple(entry.trace for entry in entries),
        left_out=left_out,
        warnings=(*notes, *_said(skipped, "items without id and url were skipped"), *_said(left_out, "items left out")),
    )


def _object(url: str, text: str) -> Any:
    try:
        feed = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_refused, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise ParseError(url, f"not JSON that we read: {reason}") from error
    if _too_deep(feed):
        raise ParseError(url, f"JSON nested deeper than {DEEPEST} levels")
    return feed


def _channel(feed: _Item, url: str) -> Channel:
    hubs = (_url(hub, "url", url) for hub in _objects(feed, "hubs"))
    following = _url(feed, "next_url", url)
    return Channel(
        title=_plain(feed, "title"),
        link=_url(feed, "home_page_url", url),
        self_url=_url(feed, "feed_url", url),
        language=_string(feed, "language"),
        authors=_people(feed, url),
        hubs=tuple(hub for hub in hubs if hub),
        links=(("next", following),) if following else (),
    )


def _entry(item: _Item, base: str, feed: _Item) -> Entry:
    html, text = _string(item, "content_html"), _string(item, "content_text")
    link, external = _url(item, "url", base), _url(item, "external_url", base)
    return Entry(
        trace=Trace(
            guid=_id(item),
            link=link or external,
            title=_string(item, "title"),
            digest=digest("json", json.dumps(item, sort_keys=True)),
        ),
        base=link or base,
        title=_string(item, "title"),
        title_type="text",
        summary=_string(item, "summary"),
        summary_type="text",
        content=html or text,
        content_type="html" if html else "text",
        authors=_people(item, base) or _people(feed, base),
        published=_string(item, "date_published"),
        modified=_string(item, "date_modified"),
        language=_string(item, "language") or _string(feed, "language"),
        categories=tuple(_tags(item)),
        image=_image(item, base),
        enclosures=tuple(_attachments(item, base)),
        links=(("related", external),) if link and external and external != link else (),
    )


def _is_linked(item: _Item) -> bool:
    return isinstance(item.get("url"), str) and bool(item["url"].strip())


def _id(item: _Item) -> str | None:
    """Return an item's id: a number is meant as a string; blank is none."""
    value = item.get("id")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def _string(item: _Item, key: str) -> str | None:
    value = item.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _plain(item: _Item, key: str) -> str | None:
    return markup.plain(_string(item, key) or "", "text") or None


def _url(item: _Item, key: str, base: str) -> str | None:
    value = _string(item, key)
    return urls.absolute(base, value) if value else None


def _objects(item: _Item, key: str) -> list[_Item]:
    value = item.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _people(item: _Item, base: str) -> tuple[Person, ...]:
    """Return `authors`, else the one `author` of version 1.0."""
    authors = _objects(item, "authors") or [author for author in (item.get("author"),) if isinstance(author, dict)]
    named = ((_plain(author, "name"), _url(author, "url", base)) for author in authors)
    return tuple(Person(name=name, url=url) for name, url in named if name)


def _tags(item: _Item) -> Iterator[str]:
    tags = item.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str) and (name := markup.plain(tag, "text")):
            yield name


def _image(item: _Item, base: str) -> Image | None:
    url = _url(item, "image", base) or _url(item, "banner_image", base)
    return Image(url=url) if url else None


def _attachments(item: _Item, base: str) -> Iterator[Enclosure]:
    for attachment in _objects(item, "attachments"):
        if url := _url(attachment, "url", base):
            yield Enclosure(url=url, type=_string(attachment, "mime_type"), length=_size(attachment))


def _size(attachment: _Item) -> int | None:
    """Return a size in bytes; None for what is none (H-80)."""
    size = attachment.get("size_in_bytes")
    return int(size) if isinstance(size, int | float) and 1 <= size < LARGEST_NUMBER else None


def _without_doubles(pairs: list[tuple[str, Any]]) -> _Item:
    """Return an object; one that says two things under one name is refused, since others would read the other."""
    item = dict(pairs)
    if len(item) != len(pairs):
        raise ValueError("a name twice in one object")
    return item


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _integer(digits: str) -> int:
    if len(digits) > len(str(-LARGEST_NUMBER)):
        raise ValueError("a number of too many digits")
    return int(digits)


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (inner for inner in value.values() if isinstance(inner, dict | list))
    elif isinstance(value, list):
        yield from (inner for inner in value if isinstance(inner, dict | list))


def _said(count: int, what: str) -> tuple[str, ...]:
    return (f"{count} {what}",) if count else ()
