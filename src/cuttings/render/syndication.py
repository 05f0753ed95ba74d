"""RSS 2.0 and Atom, through feedgen and extensions of ours; the one door to feedgen.

Pure; no "now" anywhere.  An entry is rendered once; a document is a head
without entries, the entries' bytes, and a tail: byte for byte what feedgen
builds as a whole.  feedgen writes what it can; what it loses or does not know
(all links of an entry but the first, `atom:source`, RFC 5005) the extensions
add to its trees.  Elements of Atom stand there without a namespace.
Serves RFC 4287, RFC 5005, RFC 6721, WebSub 4, RSS 2.0 and its Profile; STANDARDS 1.1, 2.1, 4.1, 14, 16.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator

from cuttings.model.article import Enclosure
from cuttings.model.feed import Format, Item, Presentation, Sheet
from cuttings.render import wording
from cuttings.text import dates, markup, xml
from cuttings.text.xml import Element

RSS_TYPE, ATOM_TYPE = "application/rss+xml", "application/atom+xml"

ATOM_NS = "http://www.w3.org/2005/Atom"
CONTENT_NS = "http://purl.org/rss/1.0/modules/content/"
DC_NS = "http://purl.org/dc/elements/1.1/"
HISTORY_NS = "http://purl.org/syndication/history/1.0"
TOMBSTONES_NS = "http://purl.org/atompub/tombstones/1.0"
MEDIA_NS = "http://search.yahoo.com/mrss/"

_ATOM_PREFIXES: Mapping[str | None, str] = {"fh": HISTORY_NS, "media": MEDIA_NS}
_RSS_PREFIXES: Mapping[str | None, str] = {**_ATOM_PREFIXES, "dc": DC_NS}
_RSS_ROOT: Mapping[str | None, str] = {
    **_RSS_PREFIXES,
    "atom": ATOM_NS,
    "content": CONTENT_NS,
}  # feedgen adds the last two
_OURS = "ours"  # the name our extensions go by in feedgen


def rss_entry(presentation: Presentation, item: Item) -> bytes:
    """Return the `item` element, ended by a line feed."""
    return _alone("rss", _RSS_ROOT, rss_item(presentation, item).rss_entry())


def atom_entry(presentation: Presentation, item: Item) -> bytes:
    """Return the `entry` element, ended by a line feed; of an article that was removed a tombstone (RFC 6721)."""
    if wording.is_gone(item):
        return _alone("feed", _ATOM_PREFIXES, _tombstone(item))
    return _alone("feed", _ATOM_PREFIXES, atom_item(presentation, item).atom_entry())


def rss_document(presentation: Presentation, sheet: Sheet, parts: Sequence[bytes]) -> bytes:
    """Return the RSS document that holds these entries."""
    head: bytes = rss_channel(presentation, sheet).rss_str()
    return _joined(head, parts, b"</channel></rss>")


def atom_document(presentation: Presentation, sheet: Sheet, parts: Sequence[bytes]) -> bytes:
    """Return the Atom document that holds these entries."""
    head: bytes = atom_feed(presentation, sheet).atom_str()
    return _joined(head, parts, b"</feed>")


RSS = Format(name="rss", suffix="rss", media_type=RSS_TYPE, version=1, entry=rss_entry, document=rss_document)
ATOM = Format(name="atom", suffix="atom", media_type=ATOM_TYPE, version=1, entry=atom_entry, document=atom_document)


def rss_channel(presentation: Presentation, sheet: Sheet) -> Any:
    """Return feedgen's feed for a channel without items."""
    feed = _feed(_RssHead, presentation, sheet, "rss", RSS_TYPE)
    feed.title(_rss_text(wording.feed_title(presentation)))
    feed.description(_rss_text(f"{wording.feed_title(presentation)} · {wording.line(presentation.site_title)}"))
    feed.link(href=wording.address(presentation, None, "html"), rel="alternate")  # RSS takes the last link for its own
    return feed


def atom_feed(presentation: Presentation, sheet: Sheet) -> Any:
    """Return feedgen's feed for an Atom feed without entries."""
    feed = _feed(_AtomHead, presentation, sheet, "atom", ATOM_TYPE)
    feed.id(presentation.feed_id)
    feed.title(wording.feed_title(presentation))
    feed.author(name=wording.line(presentation.site_title) or presentation.name, uri=presentation.site_url)
    feed.link(href=wording.address(presentation, None, "html"), rel="alternate", type="text/html")
    return feed


def rss_item(presentation: Presentation, item: Item) -> Any:
    """Return feedgen's entry for an RSS item."""
    title, description = wording.title(item), _description(item)
    entry = _entry(_RssMore, presentation, item)
    if title or not description:  # one of them must be there (RSS-P2)
        entry.title(_rss_text(title or wording.web(item.link) or item.published_id))
    if description:
        entry.description(description)
    if content := wording.annotated(item):
        entry.content(content)
    if link := wording.web(item.link):
        entry.link(href=link)
    for file in wording.enclosures(item)[:1]:  # the Profile allows one; the others are links
        entry.enclosure(file.url, file.length or 0, file.type)
    entry.category([{"term": _rss_text(category)} for category in wording.categories(item)])
    if url := wording.origin_url(item) or wording.web(item.origin.home):
        entry.source(url, _rss_text(wording.origin_title(item) or url))
    return entry


def atom_item(presentation: Presentation, item: Item) -> Any:
    """Return feedgen's entry for an Atom entry."""
    entry = _entry(_AtomMore, presentation, item)
    entry.title(wording.title(item) or "-")  # feedgen refuses the empty one, which _AtomMore puts back
    entry.updated(item.updated)
    link, summary = wording.web(item.link), wording.summary(item)
    if link:
        entry.link(href=link)
    if content := wording.annotated(item):
        entry.content(content, type="html")
    elif not link:
        entry.content(summary or wording.title(item), type="text")
    if summary and (link or content):
        entry.summary(summary)
    for person in wording.authors(item):
        entry.author({"name": person.name, **({"uri": person.url} if person.url else {})})
    entry.category([{"term": category} for category in wording.categories(item)])
    entry.rights(wording.rights(item))
    return entry


class _RssHead(BaseExtension):  # type: ignore[misc]
    """What feedgen does not write into a channel: the links of RFC 5005, dates in GMT."""

    presentation: Presentation
    sheet: Sheet

    def extend_ns(self) -> Mapping[str | None, str]:
        return _RSS_PREFIXES

    def extend_rss(self, root: Element) -> Element:
        channel = root[0]
        _set(channel, "lastBuildDate", dates.rfc822(self.sheet.updated))
        for url in self.sheet.hubs:
            xml.child(channel, f"{{{ATOM_NS}}}link", rel="hub", href=url)
        for rel, url in _history(self.presentation, self.sheet, "rss"):
            xml.child(channel, f"{{{ATOM_NS}}}link", rel=rel, type=RSS_TYPE, href=url)
        if self.sheet.number is not None:
            xml.child(channel, f"{{{HISTORY_NS}}}archive")
        root.text = "\n"
        xml.break_lines(channel)
        return root


class _AtomHead(BaseExtension):  # type: ignore[misc]
    """What feedgen does not write into an Atom feed as we want it: the marks of RFC 5005, dates in Z."""

    presentation: Presentation
    sheet: Sheet

    def extend_ns(self) -> Mapping[str | None, str]:
        return _ATOM_PREFIXES

    def extend_atom(self, root: Element) -> Element:
        _set(root, "updated", dates.rfc3339(self.sheet.updated))
        for url in self.sheet.hubs:
            xml.child(root, "link", rel="hub", href=url)
        for rel, url in _history(self.presentation, self.sheet, "atom"):
            xml.child(root, "link", rel=rel, type=ATOM_TYPE, href=url)
        if self.sheet.number is not None:
            xml.child(root, f"{{{HISTORY_NS}}}archive")
        xml.break_lines(root)
        return root


class _RssMore(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen does not write into an RSS item, or writes in the process's locale."""

    presentation: Presentation
    item: Item

    def extend_rss(self, entry: Element) -> Element:
        item = self.item
        if published := wording.published(item):
            xml.child(entry, "pubDate", dates.rfc822(published))
        xml.child(entry, f"{{{ATOM_NS}}}updated", dates.rfc3339(item.updated))
        for person in wording.authors(item):
            xml.child(entry, f"{{{DC_NS}}}creator", _rss_text(person.name))
        if rights := wording.rights(item):
            xml.child(entry, f"{{{DC_NS}}}rights", _rss_text(rights))
        if language := wording.other_language(self.presentation, item):
            xml.child(entry, f"{{{DC_NS}}}language", language)
        for file in wording.enclosures(item)[1:]:
            xml.child(entry, f"{{{ATOM_NS}}}link", **_enclosure(file))
        for url, title in wording.also(item):
            xml.child(entry, f"{{{ATOM_NS}}}link", rel="related", title=title, href=url)
        _picture(entry, item)
        entry.tail = "\n"
        return entry


class _AtomMore(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen does not write into an Atom entry, or loses the attributes of."""

    presentation: Presentation
    item: Item

    def extend_atom(self, entry: Element) -> Element:
        item = self.item
        _set(entry, "title", wording.title(item))
        _set(entry, "updated", dates.rfc3339(item.updated))
        if published := wording.published(item):
            xml.child(entry, "published", dates.rfc3339(published))
        if language := wording.other_language(self.presentation, item):
            entry.set(xml.XML_LANG, xml.fit(language))
        for file in wording.enclosures(item):
            xml.child(entry, "link", **_enclosure(file))
        for url, title in wording.also(item):
            xml.child(entry, "link", rel="related", title=title, href=url)
        _origin(entry, item)
        _picture(entry, item)
        entry.tail = "\n"
        return entry


def _tombstone(item: Item) -> Element:
    when = dates.rfc3339(item.updated)
    entry = xml.make(f"{{{TOMBSTONES_NS}}}deleted-entry", nsmap={"at": TOMBSTONES_NS})
    entry.set("ref", xml.fit(item.published_id))
    entry.set("when", when)
    xml.child(entry, f"{{{TOMBSTONES_NS}}}comment", " ".join(filter(None, (wording.note(item), wording.title(item)))))
    entry.tail = "\n"
    return entry


def _feed(extension: type[BaseExtension], presentation: Presentation, sheet: Sheet, suffix: str, kind: str) -> Any:
    feed = FeedGenerator()
    feed.register_extension(_OURS, extension)
    feed.ours.presentation, feed.ours.sheet = presentation, sheet
    feed.updated(sheet.updated)
    feed.language(xml.fit(presentation.language))
    feed.generator("cuttings")
    feed.link(href=wording.address(presentation, sheet.number, suffix), rel="self", type=kind)
    return feed


def _entry(extension: type[BaseEntryExtension], presentation: Presentation, item: Item) -> Any:
    entry = FeedEntry()
    entry.register_extension(_OURS, extension)
    entry.ours.presentation, entry.ours.item = presentation, item
    entry.id(xml.fit(item.published_id))
    return entry


def _alone(root: str, prefixes: Mapping[str | None, str], entry: Element) -> bytes:
    """Serialise an entry as it looks below a root that declares the prefixes (alone it would declare its own)."""
    frame = xml.make(root, nsmap=prefixes)
    frame.append(entry)
    whole = xml.serialise(frame)
    return whole[whole.index(b">") + 1 : whole.rindex(b"</")]


def _joined(head: bytes, parts: Sequence[bytes], tail: bytes) -> bytes:
    return b"".join([head.removesuffix(tail), *parts, tail])


def _history(presentation: Presentation, sheet: Sheet, suffix: str) -> Iterator[tuple[str, str]]:
    """Yield (rel, URL) of the neighbours in the chain (FH-1, FH-2)."""
    if sheet.number is not None:
        yield "current", wording.address(presentation, None, suffix)
    if sheet.prev is not None:
        yield "prev-archive", wording.address(presentation, sheet.prev, suffix)
    if sheet.next is not None:
        yield "next-archive", wording.address(presentation, sheet.next, suffix)


def _rss_text(text: str) -> str:
    """Return plain text so that readers who look for markup in RSS find the same text (STANDARDS 16)."""
    return markup.escaped(text) if markup.kind_of(text) == "html" else text


def _description(item: Item) -> str:
    """The summary as HTML, which a description always is; the editor's note a paragraph of its own."""
    parts = [part for part in (wording.note(item), wording.extract(item)) if part]
    return markup.paragraphs("\n\n".join(parts)) if len(parts) > 1 else markup.escaped("".join(parts))


def _enclosure(file: Enclosure) -> dict[str, str]:
    length = {} if file.length is None else {"length": str(file.length)}
    return {"rel": "enclosure", "type": file.type or wording.UNKNOWN_TYPE, **length, "href": file.url}


def _origin(entry: Element, item: Item) -> None:
    """Say where the entry was found: `via`, and `atom:source` with what it must have (AT-16, AT-20).

    Its author is the publication, so that an entry without one is not
    taken for ours (RFC 4287 4.2.1).
    """
    origin, url, title = item.origin, wording.origin_url(item), wording.origin_title(item)
    if url:
        xml.child(entry, "link", rel="via", href=url)
    if not (origin.id or url) or title is None:
        return
    source = xml.child(entry, "source")
    xml.child(source, "id", origin.id or url)
    xml.child(source, "title", title)
    xml.child(source, "updated", dates.rfc3339(item.updated))
    xml.child(xml.child(source, "author"), "name", title)
    if url:
        xml.child(source, "link", rel="self", href=url)
    if home := wording.web(origin.home):
        xml.child(source, "link", rel="alternate", href=home)


def _picture(entry: Element, item: Item) -> None:
    if picture := wording.image(item):
        media = xml.child(entry, f"{{{MEDIA_NS}}}content", medium="image", url=picture.url or "")
        if about := picture.caption or picture.alt:
            xml.child(media, f"{{{MEDIA_NS}}}description", about, type="plain")


def _set(parent: Element, tag: str, text: str) -> None:
    for element in parent.iterchildren(tag):
        element.text = text
