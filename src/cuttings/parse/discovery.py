"""What a page offers to follow, and the ground that all readers of pages stand on: its tree and its base.

Pure.  Serves STANDARDS 12 (AD-1, AD-3), THREATS H-57, H-88, H-89.
"""

from dataclasses import dataclass

from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.parse.sniff import decode
from cuttings.text import markup, urls, xml
from cuttings.text.xml import Element

MOST_FEED_LINKS = 20  # a page may name ten thousand (H-88)

_FEED_TYPES = (
    *("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"),
    *("application/json", "application/xml"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A document that a page offers to follow; whether it is one shows when it is fetched."""

    url: str  # absolute
    title: str | None
    media_type: str


def feeds_in(document: Document) -> tuple[FeedLink, ...]:
    """Return the feeds that a page offers, in its order; those of comments and of other sites come last."""
    root, _ = tree_of(document)
    return tuple(sorted(_feed_links(root, base_of(root, document.url)), key=lambda link: _is_aside(link, document.url)))


def tree_of(document: Document) -> tuple[Element, tuple[str, ...]]:
    """Return the page's root, and what was tolerated to read it."""
    text, warnings = decode(document)
    try:
        return xml.parse_html(text), warnings
    except ValueError as error:
        raise ParseError(document.url, f"not a page that can be read: {error}") from error


def base_of(root: Element, url: str) -> str:
    """What references resolve against; a base on another site is no base (H-57)."""
    written = next((base.get("href") for base in root.iter("base") if base.get("href")), None)
    base = urls.absolute(url, written) if written else None
    if base is None or (urls.absolute("", url) and urls.origin(base) != urls.origin(url)):
        return url
    return base


def _feed_links(root: Element, base: str) -> list[FeedLink]:
    links = [e for e in root.iter("link") if {"alternate", "feed"} & set((e.get("rel") or "").lower().split())]
    return [link for element in links[:MOST_FEED_LINKS] if (link := _feed_link(element, base))]


def feed_pairs(root: Element, base: str) -> tuple[tuple[str, str], ...]:
    return tuple(("alternate", link.url) for link in _feed_links(root, base))


def _feed_link(element: Element, base: str) -> FeedLink | None:
    kind = (element.get("type") or "").partition(";")[0].strip().lower()
    url = urls.absolute(base, element.get("href") or "") if element.get("href") else None
    if url is None or kind not in _FEED_TYPES:
        return None
    return FeedLink(url=url, title=markup.plain(element.get("title") or "", "text") or None, media_type=kind)


def _is_aside(link: FeedLink, url: str) -> tuple[bool, bool]:
    comments = "comments" in urls.clean(link.url).lower() or "comments" in (link.title or "").lower()
    return comments, bool(urls.absolute("", url)) and urls.origin(link.url) != urls.origin(url)
