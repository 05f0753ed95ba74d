"""Structural checks of what we publish, by the rule ids of STANDARDS 1 to 4.

Each function takes the bytes of one document and returns what it breaks, as
"RULE: what"; nothing returned is a pass.  Written from the standards alone, by
another reader (lxml, json) than what wrote the document.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

A = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
FH = "{http://purl.org/syndication/history/1.0}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} (GMT|[+-]\d{4})")
RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})")
IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"]+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+( \(.+\))?")
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+( *;.*)?")
ITEM_ELEMENTS = {
    *("title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"),
}
CHANNEL_ELEMENTS = {
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"),
    *("lastBuildDate", "category", "generator", "docs", "cloud", "ttl", "image", "rating", "skipHours", "skipDays"),
    "item",
}
HISTORY = {"prev-archive", "next-archive", "current", "next", "previous", "first", "last"}


def rss(body: bytes) -> list[str]:
    """Return what an RSS document breaks."""
    return sorted(_rss(body))


def atom(body: bytes) -> list[str]:
    """Return what an Atom document breaks."""
    return sorted(_atom(body))


def json_feed(body: bytes) -> list[str]:
    """Return what a JSON Feed breaks."""
    return sorted(_json_feed(body))


def _rss(body: bytes) -> Iterator[str]:
    root = _parsed(body)
    if root is None:
        yield "RSS-P17: not well-formed"
        return
    channel = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or channel is None or len(root) != 1:
        yield "RSS-P1: not one rss 2.0 with one channel"
        return
    for tag in ("title", "link", "description"):
        if len(channel.findall(tag)) != 1 or not _text(channel, tag):
            yield f"RSS-P1: not one {tag} in the channel"
    items = channel.findall("item")
    if items and list(channel)[-len(items) :] != items:
        yield "RSS-P15: items before other children"
    if not RFC822.fullmatch(_text(channel, "lastBuildDate") or ""):
        yield "RSS-P15: no lastBuildDate"
    if not _self_link(channel, A, "application/rss+xml"):
        yield "RSS-P11: no link to itself"
    yield from (f"RSS-P5: guid twice: {guid}" for guid in _repeated(_text(item, "guid") for item in items))
    yield from _plain_elements(channel, CHANNEL_ELEMENTS)
    for item in items:
        yield from _rss_item(item)
    yield from _history(channel, items)


def _rss_item(item: Any) -> Iterator[str]:
    if not (_text(item, "title") or _text(item, "description")):
        yield "RSS-P2: neither title nor description"
    if len(item.findall("enclosure")) > 1:
        yield "RSS-P3: two enclosures"
    for enclosure in item.iter("enclosure"):
        sound = _web(enclosure.get("url")) and (enclosure.get("length") or "").isdecimal()
        if not sound or not MEDIA_TYPE.fullmatch(enclosure.get("type") or ""):
            yield f"RSS-P3: {dict(enclosure.attrib)}"
    guid = item.find("guid")
    if guid is None or not guid.text:
        yield "RSS-P5: no guid"
    elif guid.get("isPermaLink", "true") == "true" and not _web(guid.text):
        yield f"RSS-P4: not a link: {guid.text}"
    for date in item.iterchildren("pubDate"):
        if not RFC822.fullmatch(date.text or "") or parsedate_to_datetime(date.text).strftime("%a") != date.text[:3]:
            yield f"RSS-P6: {date.text}"
    for source in item.iterchildren("source"):
        if not _web(source.get("url")) or not source.text:
            yield "RSS-P7: source without url or title"
    for author in item.iterchildren("author"):
        if not EMAIL.fullmatch(author.text or ""):
            yield f"RSS-P8: {author.text}"
    tags = [child.tag for child in item]
    if f"{CONTENT}encoded" in tags and "description" in tags[tags.index(f"{CONTENT}encoded") :]:
        yield "RSS-P13: content before description"
    for link in item.iterchildren("link"):
        if not _web(link.text):
            yield f"RSS-P14: {link.text}"
    yield from _plain_elements(item, ITEM_ELEMENTS)


def _plain_elements(parent: Any, known: set[str]) -> Iterator[str]:
    for child in parent:
        if "}" not in child.tag and child.tag not in known:
            yield f"RSS-P16: {child.tag}"
        if child.tag != "item" and len(child) and "}" not in child.tag:
            yield f"RSS-P12: markup in {child.tag}"
    for tag in ("title", "guid", "pubDate", "source", "enclosure"):
        if len(parent.findall(tag)) > 1:
            yield f"RSS-P16: {tag} twice"


def _atom(body: bytes) -> Iterator[str]:
    root = _parsed(body)
    if root is None or root.tag != f"{A}feed":
        yield "AT-1: not a well-formed Atom feed"
        return
    for tag in ("id", "title", "updated"):
        if len(root.findall(A + tag)) != 1:
            yield f"AT-5: not one {tag}"
    for tag in ("generator", "icon", "logo", "rights", "subtitle"):
        if len(root.findall(A + tag)) > 1:
            yield f"AT-5: {tag} twice"
    entries = root.findall(f"{A}entry")
    if root.find(f"{A}author") is None and any(entry.find(f"{A}author") is None for entry in entries):
        yield "AT-6: no author"
    if not _self_link(root, A, "application/atom+xml"):
        yield "AT-7: no link to itself"
    yield from (f"AT-8: id twice: {found}" for found in _repeated(_text(entry, f"{A}id") for entry in entries))
    for entry in entries:
        yield from _atom_entry(entry, root)
    yield from _atom_everywhere(root)
    yield from _history(root, entries)


def _atom_entry(entry: Any, root: Any) -> Iterator[str]:
    for tag in ("id", "title", "updated"):
        if len(entry.findall(A + tag)) != 1:
            yield f"AT-9: not one {tag}"
    for tag in ("content", "published", "rights", "source", "summary"):
        if len(entry.findall(A + tag)) > 1:
            yield f"AT-9: {tag} twice"
    rels = [link.get("rel", "alternate") for link in entry.iterchildren(f"{A}link")]
    if entry.find(f"{A}content") is None and "alternate" not in rels:
        yield "AT-10: neither content nor a link"
    if not any(place.find(f"{A}author") is not None for place in (entry, *entry.iterchildren(f"{A}source"), root)):
        yield "AT-12: no author"
    for source in entry.iterchildren(f"{A}source"):
        if any(len(source.findall(A + tag)) != 1 for tag in ("id", "title", "updated")):
            yield "AT-16: source without id, title or updated"
        if entry.find(f"{A}author") is None and source.find(f"{A}author") is None:
            yield "AT-16: taken for ours"


def _atom_everywhere(root: Any) -> Iterator[str]:
    for element in root.iter(*(A + tag for tag in ("title", "summary", "subtitle", "rights", "content"))):
        kind = element.get("type", "text")
        if kind in ("text", "html") and len(element):
            yield f"AT-2: children in {element.tag}"
        if kind not in ("text", "html", "xhtml") and element.tag != f"{A}content":
            yield f"AT-2: type {kind}"
    for person in root.iter(f"{A}author", f"{A}contributor"):
        if len(person.findall(f"{A}name")) != 1 or not _text(person, f"{A}name") or len(person.findall(f"{A}uri")) > 1:
            yield "AT-3: person"
    for date in root.iter(f"{A}updated", f"{A}published"):
        if not RFC3339.fullmatch(date.text or ""):
            yield f"AT-4: {date.text}"
    for found in root.iter(f"{A}id"):
        if not IRI.fullmatch(found.text or ""):
            yield f"AT-15: {found.text}"
    for link in root.iter(f"{A}link"):
        if not _web(link.get("href")) or not MEDIA_TYPE.fullmatch(link.get("type", "a/b")):
            yield f"AT-14: {dict(link.attrib)}"
    for category in root.iter(f"{A}category"):
        if not category.get("term"):
            yield "AT-14: category without term"


def _history(head: Any, entries: list[Any]) -> Iterator[str]:
    links = {link.get("rel"): link.get("href") for link in head.iterchildren(f"{A}link")}
    is_page = head.find(f"{FH}archive") is not None
    if head.find(f"{FH}complete") is not None:
        yield "FH-3: complete and archived at once"
    if is_page and "current" not in links:
        yield "FH-2: a page without current"
    if not is_page and "next-archive" in links:
        yield "FH-4: next-archive where nothing follows"
    targets = [url for rel, url in links.items() if rel in ("self", "prev-archive", "next-archive")]
    if len(set(targets)) != len(targets):
        yield "FH-1: a link to itself in the chain"
    for entry in entries:
        if any(link.get("rel") in HISTORY for link in entry.iter(f"{A}link")):
            yield "FH-12: history in an entry"


def _json_feed(body: bytes) -> Iterator[str]:
    feed = json.loads(body)
    if feed.get("version") != "https://jsonfeed.org/version/1.1" or not feed.get("title"):
        yield "JF-1: version or title"
    items = feed.get("items")
    if not isinstance(items, list):
        yield "JF-1: no items"
        return
    yield from (f"JF-2: id twice: {found}" for found in _repeated(item.get("id") for item in items))
    if feed.get("next_url", "") == feed.get("feed_url"):
        yield "JF-6: next_url is feed_url"
    for key in ("home_page_url", "feed_url"):
        if not _web(feed.get(key)):
            yield f"JF-10: {key}"
    for place in (feed, *items):
        yield from _json_everywhere(place)
    for item in items:
        yield from _json_item(item)


def _json_item(item: dict[str, Any]) -> Iterator[str]:
    if not isinstance(item.get("id"), str) or not item["id"]:
        yield "JF-2: no id"
    if not (item.get("content_html") or item.get("content_text")):
        yield "JF-2: no content"
    for key in ("date_published", "date_modified"):
        if key in item and not RFC3339.fullmatch(item[key]):
            yield f"JF-4: {item[key]}"
    for attachment in item.get("attachments", []):
        sound = _web(attachment.get("url")) and MEDIA_TYPE.fullmatch(attachment.get("mime_type", ""))
        if not sound or not isinstance(attachment.get("size_in_bytes", 0), int):
            yield f"JF-5: {attachment}"
    for key in ("url", "external_url", "image", "banner_image"):
        if key in item and not _web(item[key]):
            yield f"JF-15: {key}"


def _json_everywhere(place: dict[str, Any]) -> Iterator[str]:
    for author in place.get("authors", []):
        if not {"name", "url", "avatar"} & author.keys():
            yield "JF-7: empty author"
    for key, value in place.items():
        if value is None:
            yield f"JF-1: {key} is null"
        if key.startswith("_") and not (re.fullmatch(r"_[A-Za-z][^.]*", key) and value.get("about")):
            yield f"JF-8: {key}"


def _parsed(body: bytes) -> Any:
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


def _text(parent: Any, tag: str) -> str | None:
    found: str | None = parent.findtext(tag)
    return found


def _self_link(parent: Any, namespace: str, kind: str) -> bool:
    links = [link for link in parent.iterchildren(f"{namespace}link") if link.get("rel") == "self"]
    return len(links) == 1 and links[0].get("type") == kind and _web(links[0].get("href"))


def _repeated(values: Iterator[Any]) -> list[Any]:
    return [value for value, times in Counter(values).items() if times > 1]


def _web(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", url or "")
