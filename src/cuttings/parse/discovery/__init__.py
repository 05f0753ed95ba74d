"""What a page offers to follow, and the ground that all readers of pages stand on: its tree and its base.

    Link: header ──┐
    <link> in head ┤
    platform ──────┼──► offers, the best first
    <a> links ─────┘

Pure.  Serves STANDARDS 12 (AD-1 to AD-4), THREATS H-57, H-88, H-89.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.parse.discovery import header, platforms, written
from cuttings.parse.discovery.offer import MOST as MOST_FEED_LINKS
from cuttings.parse.discovery.offer import FeedLink, ranked
from cuttings.parse.sniff import decode
from cuttings.text import urls, xml
from cuttings.text.xml import Element

__all__ = ["MOST_FEED_LINKS", "FeedLink", "base_of", "feed_pairs", "feeds_at", "feeds_in", "guesses", "tree_of"]

_USUAL = ("feed", "atom.xml", "rss.xml", "index.xml", "feed.json")  # AD-4


def feeds_in(document: Document) -> tuple[FeedLink, ...]:
    """Return the feeds that a page offers, the best first; see `offer.ranked`."""
    root, _ = tree_of(document)
    return ranked(_offers(document, root), document.url)


def feeds_at(url: str) -> tuple[FeedLink, ...]:
    """Return what an address alone gives away, where nothing came from it."""
    return ranked(platforms.known(url), url)


def guesses(url: str) -> tuple[str, ...]:
    """Return the usual addresses of a site's feed, the likeliest first: six at most."""
    folder = urlsplit(url).path.rpartition("/")[0].strip("/")
    own = [f"/{folder}/{_USUAL[0]}"] if folder else []
    found = (urls.absolute(url, path) for path in (*own, *(f"/{name}" for name in _USUAL)))
    return tuple(dict.fromkeys(one for one in found if one))


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


def feed_pairs(root: Element, base: str) -> tuple[tuple[str, str], ...]:
    """Return the feeds that a page names in its head, as (rel, URL)."""
    return tuple(("alternate", link.url) for link in written.in_head(root, base))


def _offers(document: Document, root: Element) -> Iterator[FeedLink]:
    yield from header.feeds_in(document.headers.get("link", ""), document.url)
    yield from written.in_head(root, document.url)
    yield from platforms.known(document.url, root)
    yield from written.links(root, base_of(root, document.url))
