"""Reads a page that lists articles: a link to one becomes an entry of an address, a title, and a date if one is near.

    links ──► of one address together ──► those that look like an article's, and their likes ──► entries

Pure: a page in, the entries that are not known out.  With a CSS selector
nothing is weighed: what it selects are the articles' links, or holds them.
Standards: HTML, Selectors 3; THREATS H-57, H-88.
"""

from collections.abc import Iterator, Sequence, Set

from cuttings.errors import ParseError
from cuttings.model.article import Channel, Entry, Parsed, Trace
from cuttings.model.capture import Document
from cuttings.parse import posing
from cuttings.parse.discovery import base_of, feed_pairs, tree_of
from cuttings.parse.listing.cards import Link, gathered
from cuttings.parse.listing.marks import articles
from cuttings.text import markup, urls, xml
from cuttings.text.digest import digest
from cuttings.text.xml import Element

MOST_ENTRIES = 100  # in the order of the page: lists begin with the newest


def read(document: Document, known: Set[bytes], selector: str | None = None) -> Parsed:
    """Return the articles that a page lists, without those in `known`.

    Raises ParseError where it lists none, and says so where it is a page to
    log in at, or one that sells the site's name.
    """
    root, warnings = tree_of(document)
    base = base_of(root, document.url)
    chosen = _selected(root, base, document.url, selector) if selector else _found(root, base, document.url)
    if not chosen:
        raise _nothing(document, selector)
    traced = [(link, _trace(link)) for link in chosen[:MOST_ENTRIES]]
    return Parsed(
        channel=_channel(root, base, document.url),
        entries=tuple(_entry(link, trace) for link, trace in traced if trace.digest not in known),
        present=tuple(trace for _, trace in traced),
        warnings=warnings,
    )


def _nothing(document: Document, selector: str | None) -> ParseError:
    came = posing.what(document)
    if came != "page":
        return ParseError(document.url, f"{posing.WORDS[came]}, not one that lists articles", came)
    if selector is not None:
        return ParseError(document.url, f"`selector` finds no link on it: {selector}")
    return ParseError(document.url, "it lists no articles that we can tell; a `selector` says where they are")


def _found(root: Element, base: str, url: str) -> Sequence[Link]:
    return articles(gathered(root.iter("a"), base, url), url)


def _selected(root: Element, base: str, url: str, selector: str) -> Sequence[Link]:
    """Return the links that a selector selects, or the first link in each element that it does."""
    try:
        return gathered(_anchors(xml.select(root, selector)), base, url, anywhere=True)
    except ValueError as error:
        raise ParseError(url, str(error)) from error


def _anchors(elements: Sequence[Element]) -> Iterator[Element]:
    for element in elements:
        found = next(element.iter("a"), None)
        if found is not None:
            yield found


def _trace(link: Link) -> Trace:
    """The address alone: what stands beside it ("3 hours ago", "12 comments") changes, and says nothing of an edit."""
    return Trace(guid=None, link=link.url, title=link.title or None, digest=digest("listing", link.url))


def _entry(link: Link, trace: Trace) -> Entry:
    return Entry(trace=trace, base=link.url, title=trace.title, published=link.date)


def _channel(root: Element, base: str, url: str) -> Channel:
    named = (e.get("content") for e in root.iter("meta") if e.get("property") == "og:site_name")
    titled = (xml.text_of(element) for element in root.iter("title"))
    title = next(filter(None, (markup.plain(one or "", "text") for one in (*named, *titled))), None)
    language = root.get("lang")
    return Channel(
        title=title,
        link=urls.absolute("", url),
        self_url=next(_named(root, "self", base), None),
        hubs=tuple(_named(root, "hub", base)),
        language=language,
        links=feed_pairs(root, base),
    )


def _named(root: Element, rel: str, base: str) -> Iterator[str]:
    """Yield what the page's head links to by this relation; its body may be anybody's words (WS-2)."""
    for head in root.findall("head")[:1]:
        for link in head.iter("link"):
            found = (
                urls.absolute(base, link.get("href") or "") if rel in (link.get("rel") or "").lower().split() else None
            )
            if found is not None:
                yield found
