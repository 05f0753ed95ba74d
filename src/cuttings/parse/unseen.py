"""Cuts an RSS or Atom document down to the entries that are not known yet.

An entry is known by the digest of its markup.  So a poll that brings one new
entry of twenty costs one entry's reading; and a thorough, slow parser can be
used on what remains.
Standards: RSS 0.9x to 2.0, Atom 0.3 and 1.0; XML Base; THREATS H-46, H-57, H-60, H-78.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import lru_cache
from typing import Any, NamedTuple

from cuttings.model.article import Person, Trace
from cuttings.parse import direct, people
from cuttings.text import urls, xml
from cuttings.text.digest import sha256
from cuttings.text.xml import Element

MOST_CATEGORIES = 200  # H-79; it compares each with all

# Namespaces whose elements are a feed's own; lower case, the wild is not exact.
_CORE = {
    "",
    "http://www.w3.org/2005/atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/",
    "http://backend.userland.com/rss",
    "http://backend.userland.com/rss2",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://purl.org/rss/1.0/modules/rss091#",
}
_MEDIA = ("http://search.yahoo.com/mrss", "http://search.yahoo.com/mrss/")
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_DC_DATE = "{http://purl.org/dc/elements/1.1/}date"
_ENTRIES = ("{*}item", "{*}entry", "{*}Item", "{*}Entry", "{*}ITEM", "{*}ENTRY")
_AUTHORS = tuple(
    f"{{*}}{name}" for name in ("author", "creator", "name", "email", "contributor", "publisher", "managingEditor")
)
_CATEGORIES = ("{*}category", "{*}subject", "{*}keywords")
_MEDIA_DESCRIPTIONS = tuple(f"{{{space}}}description" for space in _MEDIA)
_TEXTS = ("description", "summary", "content", "encoded", "body", "abstract", "fullitem")
_PAGES = ("", "text/html", "application/xhtml+xml", "html")
# How often an entry was answered is no change of it, and would make a busy feed new at each visit.
_COUNTERS = re.compile(rb"<(slash:comments|thr:total)\b[^>]*>\s*\d*\s*</\1>")


class Found(NamedTuple):
    """An entry that is not known: its trace, what its relative references resolve against, and who wrote it.

    `raw` is what feedparser would say of it; None where it has to be asked.
    """

    trace: Trace
    base: str
    authors: tuple[Person, ...]
    raw: direct.Raw | None = None


class Cut(NamedTuple):
    """What is left of a document: `fresh` are the entries in order, those in `body` without `raw`; `present` all."""

    body: bytes
    present: tuple[Trace, ...]
    fresh: tuple[Found, ...]
    left_out: int  # entries over the limit


class Link(NamedTuple):
    """A link of an entry, resolved; `type` "" where none is given."""

    rel: str
    type: str
    url: str


def cut(root: Element, known: Set[bytes], url: str, limit: int, like_html: Callable[[str], bool]) -> Cut | None:
    """Take the known entries, and those beyond the first `limit`, out of a tree, and write the rest.

    Out are also the entries that can be read directly; `like_html` is
    feedparser's test of a text in RSS.  None where that is not safe: no entries, or entries in entries.  The tree
    is used up.
    """
    entries = [element for element in root.iter(*_ENTRIES) if _is_entry(element)]
    if not entries or any(True for e in entries for _ in e.iterancestors(*_ENTRIES)) or entries[0] is root:
        return None
    holders = {entry.getparent(): None for entry in entries}
    asked = like_html if xml.local_name(root).lower() == "rss" else None  # in Atom never, in RDF it depends
    present, fresh = [], []
    for element in entries[:limit]:
        trace = _trace(element, url)
        present.append(trace)
        if trace.digest in known:
            _remove(element)
        else:
            _tame(element)
            base, raw = base_of(element, url), direct.raw(element, asked)
            fresh.append(Found(trace, base, people.authors_of(element, base), raw))
            if raw is not None:
                _remove(element)
    for element in entries[limit:]:
        _remove(element)
    _clear_categories(holders)
    return Cut(xml.serialise_document(root), tuple(present), tuple(fresh), len(entries[limit:]))


def base_of(element: Element, url: str) -> str:
    """Return what references in an element resolve against: its xml:base, else the document's URL (XB-1, XB-4)."""
    return (urls.absolute(url, element.base) if element.base else None) or url


def chosen(links: Sequence[Link]) -> str | None:
    """Return the link of an entry: the first that leads to its page, else the first alternate."""
    alternates = [link for link in links if link.rel == "alternate"]
    pages = [link for link in alternates if link.type in _PAGES]
    return next((link.url for link in pages or alternates), None)


def _is_entry(element: Element) -> bool:
    return _own_name(element.tag, element.prefix) != ""


@lru_cache(maxsize=1024)
def _own_name(tag: str, prefix: str | None) -> str:
    """Return the lower-case local name of a feed's own element, "" for others'.  A default namespace is its own."""
    space, _, local = tag[1:].rpartition("}") if tag[:1] == "{" else ("", "", tag)
    own = space.lower() in _CORE or not prefix or "backend.userland.com/rss" in space.lower()
    return local.lower() if own else ""


def _own_children(element: Element) -> Iterator[tuple[str, Element]]:
    for child in element:
        tag: Any = child.tag  # a function for comments and the like
        if isinstance(tag, str) and (name := _own_name(tag, child.prefix)):
            yield name, child


def _trace(element: Element, url: str) -> Trace:
    texts: dict[str, str] = {}
    links: list[Element] = []
    for name, child in _own_children(element):
        if name == "link" and (child.get("rel") or "alternate").strip().lower() == "alternate":
            links.append(child)
        elif name in ("guid", "id", "title") and name not in texts and (text := xml.text_of(child).strip()):
            texts[name] = text
            if name == "guid" and (child.get("isPermaLink") or "true").lower() != "false":
                texts["permalink"] = text
    about = element.get(_ABOUT)
    return Trace(
        guid=texts.get("guid") or texts.get("id") or (about or "").strip() or None,
        link=_link(links, url) or _address(texts.get("permalink") or about or element.get("href")),
        title=texts.get("title"),
        digest=sha256(_COUNTERS.sub(b"", xml.serialise(element)))[:16],
    )


def _link(links: Sequence[Element], url: str) -> str | None:
    """Return what `chosen` would of these alternates, resolving no more of them than it takes."""
    for link in sorted(links, key=lambda link: (link.get("type") or "").strip().lower() not in _PAGES):
        reference = link.get("href") or link.get("url") or xml.text_of(link).strip()
        reference = reference.replace("&amp;", "&")  # escaped twice
        if reference and (resolved := urls.absolute(base_of(link, url), reference)):
            return resolved
    return None


def _address(reference: str | None) -> str | None:
    """Return a guid, an rdf:about or CDF's href where it is a URL itself."""
    return urls.absolute("", reference) if reference else None


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _clear_categories(channels: Iterable[Element | None]) -> None:
    """Take out a channel's categories: nobody asks for them, and there are feeds with a thousand (seen in the wild)."""
    for channel in channels:
        for category in [] if channel is None else list(channel.iterchildren(*_CATEGORIES)):
            _remove(category)


def _tame(element: Element) -> None:
    """Cut what feedparser chokes on, and say plainly what it would misread."""
    for author in element.iter(*_AUTHORS):  # its search for e-mail addresses is quadratic (H-78)
        if author.text and len(author.text) > people.LONGEST:
            author.text = author.text[: people.LONGEST]
    for category in list(element.iterchildren(*_CATEGORIES))[MOST_CATEGORIES:]:
        element.remove(category)
    names = {xml.local_name(child).lower() for child in element if xml.namespace(child) not in _MEDIA}
    _date_as_published(element, "pubdate" in names)
    _descriptions_of_media(element, not names.isdisjoint(_TEXTS))


def _date_as_published(element: Element, dated: bool) -> None:
    """Make dc:date, to feedparser a modification, the date of publication where there is no other."""
    for date in element.findall(_DC_DATE):
        if dated:
            element.remove(date)
        else:
            date.tag = "pubDate"


def _descriptions_of_media(element: Element, described: bool) -> None:
    """Take out what Media RSS says of a picture where the entry has a text; else it is text, to feedparser HTML."""
    for description in list(element.iter(*_MEDIA_DESCRIPTIONS)):
        if described:
            _remove(description)
        elif not description.get("type"):
            description.set("type", "plain")
