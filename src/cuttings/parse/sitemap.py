"""Reads sitemaps: lists of addresses, indexes of such lists, and the lines of a robots.txt that name them.

Pure: a document in, the entries that are not known out.  An entry of a news
sitemap has a title and a date; any other is an address and when it last
changed.
Standards: sitemaps.org 0.9 (urlset, sitemapindex, robots.txt), Google's news and image extensions.
"""

import re
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from cuttings.errors import ParseError
from cuttings.model.article import Channel, Entry, Image, Parsed, Trace
from cuttings.model.capture import Document
from cuttings.parse import sniff
from cuttings.text import dates, urls, xml
from cuttings.text.digest import digest
from cuttings.text.xml import Element

MOST_ENTRIES = 10_000  # of the 50,000 that a sitemap may have: the newest (H-46)
MOST_PARTS = 500  # of an index: the newest
LONGEST = 500  # characters of what stands beside an address
LONGEST_ROBOTS = 512_000  # bytes of a robots.txt that are looked at (RFC 9309 2.5)

_NEWS, _IMAGE = "news", "image"
_LINE = re.compile(r"(?im)^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})")


class _Said(NamedTuple):
    """What a sitemap says of one address, raw; of the news extension where it has it."""

    url: str
    changed: str | None
    title: str | None = None
    published: str | None = None
    language: str | None = None
    keywords: tuple[str, ...] = ()
    site: str | None = None
    image: str | None = None


def read(document: Document, known: Set[bytes]) -> Parsed:
    """Return a sitemap's entries not in `known`, the newest first; of an index, or a robots.txt, the parts alone.

    Raises ParseError where the document is no sitemap.
    """
    if sniff.kind(document) == "plaintext":
        return Parsed(channel=Channel(parts=_named(document)), entries=(), present=())
    try:
        root = xml.parse(document.body)
    except ValueError as error:
        raise ParseError(document.url, f"a sitemap that is not well-formed: {error}") from error
    if xml.local_name(root).lower() == "sitemapindex":
        return Parsed(channel=Channel(parts=_parts(root, document.url)), entries=(), present=())
    return _entries(root, document.url, known)


def _named(document: Document) -> tuple[tuple[str, str | None], ...]:
    """Return what the `Sitemap:` lines of a robots.txt name; it may stand on another site."""
    text = document.body[:LONGEST_ROBOTS].decode("utf-8", "replace").removeprefix("\ufeff")
    found = (urls.absolute(document.url, line[1]) for line in _LINE.finditer(text))
    return tuple((url, None) for url in dict.fromkeys(found) if url)[:MOST_PARTS]


def _parts(root: Element, base: str) -> tuple[tuple[str, str | None], ...]:
    """Return the sitemaps of an index, the last changed first; where it does not say, those at both ends."""
    said = {one.url: one.changed for one in _all(root, "sitemap", base)}
    moments = [(_moment(changed), (url, changed)) for url, changed in said.items()]
    dated = sorted((pair for pair in moments if pair[0]), key=lambda pair: pair[0] or 0.0, reverse=True)
    undated = [part for moment, part in moments if not moment]
    return tuple([*(part for _, part in dated), *_from_both_ends(undated)][:MOST_PARTS])


def _entries(root: Element, url: str, known: Set[bytes]) -> Parsed:
    newest = _newest(list({one.url: one for one in _all(root, "url", url)}.values()))
    traced = [(one, _trace(one)) for one in newest[:MOST_ENTRIES]]
    return Parsed(
        channel=Channel(title=next((one.site for one in newest if one.site), None)),
        entries=tuple(_entry(one, trace) for one, trace in traced if trace.digest not in known),
        present=tuple(trace for _, trace in traced),
        left_out=len(newest) - len(traced),
    )


def _newest(said: Sequence[_Said]) -> list[_Said]:
    """Order by date; without any, from the end: lists grow there."""
    moments = [(_moment(one.published) or _moment(one.changed), one) for one in said]
    dated = sorted((pair for pair in moments if pair[0]), key=lambda pair: pair[0] or 0.0, reverse=True)
    return [one for _, one in (*dated, *(pair for pair in reversed(moments) if not pair[0]))]


def _entry(said: _Said, trace: Trace) -> Entry:
    return Entry(
        trace=trace,
        base=said.url,
        title=said.title,
        published=said.published,
        modified=said.changed,
        language=said.language,
        categories=said.keywords,
        image=Image(url=said.image) if said.image else None,
    )


def _trace(said: _Said) -> Trace:
    parts = (said.url, said.changed or "", said.title or "", said.published or "")
    return Trace(guid=None, link=said.url, title=said.title, digest=digest("sitemap", *parts))


def _all(root: Element, name: str, base: str) -> Iterator[_Said]:
    for element in root:
        if xml.local_name(element).lower() == name and (said := _said(element, base)):
            yield said


def _said(element: Element, base: str) -> _Said | None:
    url = urls.absolute(base, _text(element, "loc") or "") if _text(element, "loc") else None
    if url is None:
        return None
    news, image = _child(element, _NEWS), _child(element, _IMAGE)
    publication = _child(news, "publication")
    return _Said(
        url=url,
        changed=_text(element, "lastmod"),
        title=_text(news, "title"),
        published=_text(news, "publication_date"),
        language=_text(publication, "language"),
        keywords=tuple(word.strip() for word in (_text(news, "keywords") or "").split(",") if word.strip()),
        site=_text(publication, "name"),
        image=urls.absolute(base, _text(image, "loc") or "") if _text(image, "loc") else None,
    )


def _child(element: Element | None, name: str) -> Element | None:
    if element is None:
        return None
    return next((child for child in element if xml.local_name(child).lower() == name), None)


def _text(element: Element | None, name: str) -> str | None:
    found = _child(element, name)
    if found is None:
        return None
    longest = urls.LONGEST if name == "loc" else LONGEST
    return " ".join(xml.text_of(found).split())[:longest] or None


def _moment(raw: str | None) -> float | None:
    moment = dates.parse(raw) if raw else None
    return moment.timestamp() if moment else None


def _from_both_ends(parts: Sequence[tuple[str, str | None]]) -> Iterator[tuple[str, str | None]]:
    """Yield last, first, last but one …: indexes grow at one of their ends."""
    for number in range(len(parts)):
        yield parts[-1 - number // 2] if number % 2 == 0 else parts[number // 2]
