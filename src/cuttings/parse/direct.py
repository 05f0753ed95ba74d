"""Reads one entry's tree as feedparser would, where it holds nothing but what we know how feedparser reads.

Pure.  It gives the very same strings, lists and mappings, at a twentieth of
the cost; for anything else it gives None, and feedparser is asked.  So
feedparser stays the arbiter: `tests/long/test_direct.py` compares the two over all
of the corpora.
Standards: RSS 0.9x to 2.0, RFC 4287, Atom 0.3; Dublin Core, Media RSS, iTunes, content.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cuttings.text import xml
from cuttings.text.xml import Element

Raw = dict[str, Any]

# feedparser's prefix of each namespace that is written into real feeds; lower case, as it compares them.
_PREFIXES = {
    "": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://purl.org/rss/1.0/": "",
    "http://purl.org/rss/1.0/modules/rss091#": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://purl.org/atom/ns#": "",
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
}
_PASSED_OVER = {  # what feedparser makes of these namespaces, we do not ask for
    "http://purl.org/rss/1.0/modules/slash/",
    "http://purl.org/rss/1.0/modules/syndication/",
    "http://purl.org/rss/1.0/modules/threading/",
    "http://purl.org/syndication/thread/1.0",
    "http://wellformedweb.org/commentapi/",
    "http://madskills.com/public/xml/rss/module/trackback/",
    "http://madskills.com/public/xml/rss/module/pingback/",
    "http://prismstandard.org/namespaces/1.2/basic/",
    "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "http://www.georss.org/georss",
    "http://podlove.org/simple-chapters",
}
# Prefixes that mean something to feedparser whatever they stand for: those that we read, and others.
_READ = frozenset(_PREFIXES.values())
_HANDLED = frozenset(("admin", "cc", "creativecommons", "georss", "gml", "image", "psc", "rdf", "xhtml", "xml"))
_STRANGE = {  # names that mean something to feedparser, and are rare in an entry
    *("authors", "body", "channel", "cloud", "entry", "feed", "generator", "image", "info", "item", "links"),
    *("newlocation", "rss", "svg", "math", "tags", "textinput"),
}
_TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
}
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_BASE = "xml:base"
_BASED = ("base", "lang", "mode")
_CDF = frozenset(("href", "lastmod", "HREF", "LASTMOD"))  # it writes into attributes what others have elements for
_LIKE_HTML = re.compile(r"</\w|&#?\w+;")  # what feedparser looks for first to tell a plain text from HTML
_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_TOO_MANY_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)")
_C1 = re.compile("[\x80-\x9f]")
_WINDOWS_1252 = {code: char for code in range(0x80, 0xA0) if (char := bytes([code]).decode("cp1252", "ignore"))}


class _Unusual(Exception):
    pass


def raw(entry: Element, like_html: Callable[[str], bool] | None) -> Raw | None:
    """Return what feedparser would of an entry, as far as we ask for it; None where only feedparser can tell.

    `like_html` is feedparser's own test of a text; None for a document whose
    plain texts it does not test so.
    """
    if entry.base is not None or not _CDF.isdisjoint(entry.attrib):
        return None
    reader = _Reader(entry, like_html)
    try:
        reader.children(entry, 0)
    except _Unusual:
        return None
    return reader.raw


class _Reader:
    """What was read of an entry so far.  Its methods are named after feedparser's: `title`, `dc_title`."""

    def __init__(self, entry: Element, like_html: Callable[[str], bool] | None) -> None:
        self.raw: Raw = {}
        self._like_html, self._language = like_html, _language_in_force(entry)
        self._depths: dict[str, int] = {}  # of the elements that gave the values
        self._title_depth = -1
        self._has_content = False

    def children(self, parent: Element, depth: int) -> None:
        for child in parent:
            tag: Any = child.tag
            if isinstance(tag, str):
                self._element(child, *_name(child, tag), depth)

    def _element(self, child: Element, prefix: str | None, local: str, depth: int) -> None:
        read = _READERS.get(f"{prefix}_{local}" if prefix else local) if prefix is not None else None
        if read is None:
            _must_be_passed_over(child, prefix, local)
            return
        attributes = _attributes(child)
        if _BASE in attributes and read not in (_Reader.content, _Reader.summary):
            raise _Unusual
        read(self, child, attributes, depth)

    def title(self, child: Element, attributes: Raw, depth: int) -> None:
        if self._titled(child, attributes, depth):
            self._title_depth = depth

    def media_title(self, child: Element, attributes: Raw, depth: int) -> None:
        self._titled(child, attributes, depth)

    def _titled(self, child: Element, attributes: Raw, depth: int) -> str:
        value, detail = self._content(child, attributes, "text/plain", asked=False)
        if not -1 < self._title_depth <= depth:
            self._store("title", value, depth, detail)
        return value

    def description(self, child: Element, attributes: Raw, depth: int, otherwise: str = "text/html") -> None:
        if "summary" in self.raw and not self._has_content:
            self.content(child, attributes, depth)
        else:
            self._store("summary", *self._in_order(child, attributes, otherwise, depth))

    def summary(self, child: Element, attributes: Raw, depth: int) -> None:
        self.description(child, attributes, depth, "text/plain")

    def content(self, child: Element, attributes: Raw, depth: int, otherwise: str = "text/plain") -> None:
        self._has_content = True
        value, detail = self._content(child, attributes, otherwise)
        if "src" in attributes:
            detail["src"] = attributes["src"]
        self.raw.setdefault("content", []).append({**detail, "value": value})
        self.raw.setdefault("summary", value)

    def encoded(self, child: Element, attributes: Raw, depth: int) -> None:
        self.content(child, {name: value for name, value in attributes.items() if name != "src"}, depth, "text/html")

    def subtitle(self, child: Element, attributes: Raw, depth: int) -> None:
        self._store("subtitle", *self._in_order(child, attributes, "text/plain", depth))

    def rights(self, child: Element, attributes: Raw, depth: int) -> None:
        self._store("rights", *self._in_order(child, attributes, "text/plain", depth))

    def link(self, child: Element, attributes: Raw, depth: int) -> None:
        attributes.setdefault("rel", "alternate")
        attributes.setdefault("type", "application/atom+xml" if attributes["rel"] == "self" else "text/html")
        link = _with_href(attributes)
        self.raw.setdefault("links", []).append(link)
        if "href" in link:
            link["href"] = _joined(link["href"])
            _leaf(child)
        elif text := _REFERENCE.sub(r"&\g<1>", _mended(_joined(_text(child))).replace("&amp;", "&")):
            link["href"] = text

    def enclosure(self, child: Element, attributes: Raw, depth: int) -> None:
        _leaf(child)
        self.raw.setdefault("links", []).append({**_with_href(attributes), "rel": "enclosure"})

    def published(self, child: Element, attributes: Raw, depth: int) -> None:
        self._store("published", _mended(_text(child)), depth)

    def updated(self, child: Element, attributes: Raw, depth: int) -> None:
        self._store("updated", _mended(_text(child)), depth)

    def created(self, child: Element, attributes: Raw, depth: int) -> None:
        self._store("created", _mended(_text(child)), depth)

    def language(self, child: Element, attributes: Raw, depth: int) -> None:
        self._store("language", _mended(_text(child)), depth)

    def comments(self, child: Element, attributes: Raw, depth: int) -> None:
        text = _mended(_joined(_text(child)))
        self._store("comments", text, depth) if not attributes else self.raw.update(comments=attributes)

    def feedburner_origlink(self, child: Element, attributes: Raw, depth: int) -> None:
        text = _mended(_text(child))
        self._store("feedburner_origlink", text, depth) if not attributes else None

    def source(self, child: Element, attributes: Raw, depth: int) -> None:
        """RSS's own; Atom's, with all that may be in it, is feedparser's."""
        _leaf(child)
        self._title_depth = -1

    def category(self, child: Element, attributes: Raw, depth: int) -> None:
        scheme = attributes.get("scheme", attributes.get("domain"))
        self._add_tag(attributes.get("term"), scheme, attributes.get("label"))
        self._tag_text(_mended(_text(child)))

    def media_category(self, child: Element, attributes: Raw, depth: int) -> None:
        attributes.setdefault("scheme", "http://search.yahoo.com/mrss/category_schema")
        self.category(child, attributes, depth)

    def itunes_category(self, child: Element, attributes: Raw, depth: int) -> None:
        self._add_tag(attributes.get("text"), "http://www.itunes.com/", None)
        self._tag_text(_mended(_text(child)))

    def keywords(self, child: Element, attributes: Raw, depth: int, scheme: str | None = None) -> None:
        terms = () if attributes else _mended(_text(child)).split(",")
        for term in terms:
            if term.strip():
                self._add_tag(term.strip(), scheme, None)

    def itunes_keywords(self, child: Element, attributes: Raw, depth: int) -> None:
        self.keywords(child, attributes, depth, "http://www.itunes.com/")

    def media_group(self, child: Element, attributes: Raw, depth: int) -> None:
        self.children(child, depth + 1)

    def media_content(self, child: Element, attributes: Raw, depth: int) -> None:
        self.raw.setdefault("media_content", []).append(attributes)
        self.children(child, depth + 1)

    def media_thumbnail(self, child: Element, attributes: Raw, depth: int) -> None:
        text = _mended(_joined(_text(child)))
        self.raw.setdefault("media_thumbnail", []).append(attributes)
        if text:
            attributes.setdefault("url", text)

    def itunes_image(self, child: Element, attributes: Raw, depth: int) -> None:
        _leaf(child)
        if address := attributes.get("href") or attributes.get("url"):
            self.raw["image"] = {"href": address}

    def person(self, child: Element, attributes: Raw, depth: int) -> None:
        """Passed over: `parse.people` has read it."""
        for part in child.iterdescendants("*"):
            prefix, local = _name(part, str(part.tag))
            if local not in ("name", "uri", "url", "email", "homepage"):
                _must_be_passed_over(part, prefix, local)

    def _in_order(self, child: Element, attributes: Raw, otherwise: str, depth: int) -> tuple[str, int, Raw]:
        value, detail = self._content(child, attributes, otherwise)
        return value, depth, detail

    def _content(self, child: Element, attributes: Raw, otherwise: str, asked: bool = True) -> tuple[str, Raw]:
        """Return a text and what is said of it; nobody asks what RSS thinks that a title is."""
        kind = _TYPES.get(attributes.get("type", otherwise).lower())
        if kind is None:
            raise _Unusual
        text = _text(child)
        if asked and kind == "text/plain" and _LIKE_HTML.search(text):
            if self._like_html is None:
                raise _Unusual
            kind = "text/html" if self._like_html(text) else kind
        said = child.get(xml.XML_LANG)
        language = self._language if said is None else said
        base = _joined(attributes.get(_BASE, ""))
        return _mended(text), {
            "type": kind,
            "language": language.replace("_", "-") if language else None,
            "base": base,
        }

    def _store(self, key: str, value: str, depth: int, detail: Raw | None = None) -> None:
        if depth <= self._depths.get(key, depth):
            self._depths[key] = depth
            self.raw[key] = value
        if detail is not None:
            self.raw[key + "_detail"] = detail

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        tags = self.raw.setdefault("tags", [])
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and tag not in tags:
            tags.append(tag)

    def _tag_text(self, text: str) -> None:
        if text and self.raw["tags"] and not self.raw["tags"][-1]["term"]:
            self.raw["tags"][-1]["term"] = text
        elif text:
            self._add_tag(text, None, None)


_READERS: dict[str, Callable[[_Reader, Element, Raw, int], None]] = {
    **dict.fromkeys(("title", "dc_title"), _Reader.title),
    "media_title": _Reader.media_title,
    **dict.fromkeys(("link",), _Reader.link),
    **dict.fromkeys(("description", "dc_description", "media_description"), _Reader.description),
    **dict.fromkeys(("summary", "abstract", "itunes_summary"), _Reader.summary),
    "content": _Reader.content,
    **dict.fromkeys(("content_encoded", "fullitem"), _Reader.encoded),
    **dict.fromkeys(("subtitle", "tagline", "itunes_subtitle"), _Reader.subtitle),
    **dict.fromkeys(("rights", "copyright", "dc_rights"), _Reader.rights),
    "enclosure": _Reader.enclosure,
    **dict.fromkeys(("published", "pubdate", "issued", "dcterms_issued"), _Reader.published),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), _Reader.updated),
    **dict.fromkeys(("created", "dcterms_created"), _Reader.created),
    **dict.fromkeys(("language", "dc_language"), _Reader.language),
    "comments": _Reader.comments,
    "feedburner_origlink": _Reader.feedburner_origlink,
    "source": _Reader.source,
    **dict.fromkeys(("category", "keywords", "dc_subject"), _Reader.category),
    "media_category": _Reader.media_category,
    "itunes_category": _Reader.itunes_category,
    "media_keywords": _Reader.keywords,
    "itunes_keywords": _Reader.itunes_keywords,
    "media_group": _Reader.media_group,
    "media_content": _Reader.media_content,
    "media_thumbnail": _Reader.media_thumbnail,
    **dict.fromkeys(("itunes_image", "itunes_link"), _Reader.itunes_image),
    **dict.fromkeys(
        ("author", "contributor", "managingeditor", "dc_creator", "dc_author", "dc_contributor", "itunes_author"),
        _Reader.person,
    ),
}


def _name(element: Element, tag: str) -> tuple[str | None, str]:
    """Return feedparser's prefix of an element, None for a namespace that means nothing to it, and its local name."""
    space, _, local = tag[1:].rpartition("}") if tag[:1] == "{" else ("", "", tag)
    space = space.lower()
    if "backend.userland.com/rss" in space:
        space = ""
    if space in _PASSED_OVER:
        return None, local.lower()
    prefix = _PREFIXES.get(space)
    if prefix is None:
        given = (element.prefix or "").lower()
        prefix = given if given in _READ else None
        if prefix is None and given in _HANDLED:
            raise _Unusual
    return prefix, local.lower()


def _must_be_passed_over(element: Element, prefix: str | None, local: str) -> None:
    """Raise where an element without reader, or one in it, may mean something to feedparser."""
    if prefix in ("content", "feedburner") or (prefix == "" and local in _STRANGE):
        raise _Unusual
    for part in element.iterdescendants("*"):
        inner, name = _name(part, str(part.tag))
        if prefix == "" or inner == "" or ((f"{inner}_{name}" if inner else name) in _READERS and inner is not None):
            raise _Unusual


def _attributes(element: Element) -> Raw:
    """Return an element's attributes as feedparser has them."""
    found: Raw = {}
    for name, value in element.attrib.items():
        key = _BASE if name == _XML_BASE else str(name).lower()
        if key in _BASED or (key[0] == "{" and name != xml.XML_LANG):
            raise _Unusual
        found[key] = str(value).lower() if key in ("rel", "type") else str(value)
    return found


def _with_href(attributes: Raw) -> Raw:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if not href:
        return attributes
    return {**{name: value for name, value in attributes.items() if name not in ("url", "uri")}, "href": href}


def _leaf(element: Element) -> None:
    if len(element):  # an element, a comment, an entity that nobody knows
        raise _Unusual


def _text(element: Element) -> str:
    _leaf(element)
    return (element.text or "").strip()


def _mended(text: str) -> str:
    """Return a text as feedparser does that was encoded twice, or in windows-1252 and said to be ISO 8859-1."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_WINDOWS_1252) if _C1.search(text) else text


def _joined(address: str) -> str:
    """Return an address as feedparser does, that resolves it against nothing."""
    return _TOO_MANY_SLASHES.sub(r"\1", address)


def _language_in_force(entry: Element) -> str | None:
    for element in (entry, *entry.iterancestors()):
        said = element.get(xml.XML_LANG, element.get("lang"))
        if said is not None:
            return str(said)
    return None
