"""Reads RSS 0.9x, 1.0, 2.0 and Atom 0.3, 1.0.  The one door to feedparser.

Pure: a document in, the entries that are not known out.  What lxml can cut
safely is cut down to those first; anything else goes to feedparser whole.
Standards: RSS 2.0 and its Profile, RFC 4287, Media RSS, iTunes, the
syndication module; STANDARDS 1.2, 2.2, 7, 15, 16; THREATS 1.3.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator, Set
from datetime import timedelta
from typing import Any, Literal

import feedparser

from cuttings.errors import ParseError
from cuttings.model.article import Channel, Enclosure, Entry, Image, Parsed, Person, Trace
from cuttings.model.capture import Document
from cuttings.parse import expat, people, sniff, unseen
from cuttings.parse.mended import mended
from cuttings.text import markup, urls
from cuttings.text.digest import digest

MOST_ENTRIES = 10_000  # H-46
MOST_LINKS = 50  # of one entry
LONGEST_GENERATOR = 200

_Kind = Literal["text", "html"]
_Raw = dict[str, Any]  # what feedparser gives: strings, and lists and mappings of them, whatever the wild put there

_HEADERS = {"content-type": "application/xml; charset=utf-8"}  # we decode; feedparser is not to guess again
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_DC_DATE = re.compile(r"<(/?)dc:date\b", re.IGNORECASE)  # a modification to feedparser; see parse.unseen
_BEGINNING = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_LONG_AUTHOR = re.compile(
    r"(<(?:\w+:)?(?:author|creator|name|email|contributor|publisher|managingEditor)\b[^>]{0,200}>\s*(?:<!\[CDATA\[)?"
    rf"[^<\]]{{{people.LONGEST}}})[^<\]]+",
    re.IGNORECASE,
)
_SKIP = re.compile(r"<(skip(?:Hours|Days))>(.{0,2000}?)</\1>", re.DOTALL | re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}  # in hours
_HISTORY = ("fh", "history", "h")  # prefixes of RFC 5005; iTunes has another `complete`
_OPENSEARCH = ("_totalresults", "_startindex", "_itemsperpage")
_PROXIES = re.compile(r"https?://(?:feeds\d?\.feedburner\.com|feedproxy\.google\.com)/", re.IGNORECASE)
_AVATAR = re.compile(r"https?://(?:\w+\.)?gravatar\.com/avatar/", re.IGNORECASE)  # the author's face

_like_html: Callable[[str], bool] = feedparser.mixin._FeedParserMixin.looks_like_html
feedparser.api.PREFERRED_XML_PARSERS[:] = [expat.__name__]  # its own choice is a module that is nowhere any more


def read(document: Document, known: Set[bytes]) -> Parsed:
    """Return the channel of an RSS or Atom document and, in document order, its entries not in `known`.

    Raises ParseError where there is no feed in it, and for what is beyond our
    bounds or made to hurt.
    """
    text, notes = sniff.decode(document)
    text, root, problem = mended(document.url, text)
    notes = (*notes, problem) if problem else notes
    cut = None if root is None else unseen.cut(root, known, document.url, MOST_ENTRIES, _like_html)
    if cut is not None:
        feed = _feedparser(document, cut.body)
        if len(feed.entries) == sum(found.raw is None for found in cut.fresh):
            return _parsed_from_cut(document, text, feed, cut, notes)
    return _parsed_whole(document, text, known, notes)


def _parsed_from_cut(document: Document, text: str, feed: Any, cut: unseen.Cut, notes: tuple[str, ...]) -> Parsed:
    channel = _channel(feed, document.url, text)
    asked = iter(feed.entries)
    found = ((next(asked) if fresh.raw is None else fresh.raw, fresh) for fresh in cut.fresh)
    return Parsed(
        channel=channel,
        entries=tuple(_entry(raw, fresh, feed.version, channel) for raw, fresh in found),
        present=cut.present,
        left_out=cut.left_out,
        warnings=(*notes, *_over(cut.left_out)),
    )


def _parsed_whole(document: Document, text: str, known: Set[bytes], notes: tuple[str, ...]) -> Parsed:
    """Let feedparser read all of it: what cannot be cut safely."""
    shortened, left_out = _first_entries(_LONG_AUTHOR.sub(r"\1", _DC_DATE.sub(r"<\1pubDate", text)))
    if not shortened.strip():
        raise ParseError(document.url, "an empty body")
    feed = _feedparser(document, shortened.encode())
    if not feed.entries and not feed.version and not feed.feed.get("title"):
        raise ParseError(document.url, f"no feed in it ({notes[-1]})" if notes else "no feed in it")
    channel = _channel(feed, document.url, text)
    found = [unseen.Found(_trace(raw, document.url), document.url, _people(raw, document.url)) for raw in feed.entries]
    entries = (
        _entry(raw, each, feed.version, channel)
        for raw, each in zip(feed.entries, found, strict=True)
        if each.trace.digest not in known
    )
    return Parsed(
        channel=channel,
        entries=tuple(entries),
        present=tuple(each.trace for each in found),
        left_out=left_out,
        warnings=(*notes, *_over(left_out)),
    )


def _first_entries(text: str) -> tuple[str, int]:
    """Return a text that cannot be cut as a tree, down to the first MOST_ENTRIES, and how many there were more."""
    starts = [found.start() for found in _BEGINNING.finditer(text)]
    return (text[: starts[MOST_ENTRIES]], len(starts) - MOST_ENTRIES) if len(starts) > MOST_ENTRIES else (text, 0)


def _over(left_out: int) -> tuple[str, ...]:
    return (f"{left_out} entries beyond the first {MOST_ENTRIES} were left out",) if left_out else ()


def _feedparser(document: Document, body: bytes) -> Any:
    """Let feedparser read bytes in UTF-8 (a stream: it would open a file of that name); its own errors end here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return feedparser.parse(
                io.BytesIO(body), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
            )
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:
        raise ParseError(document.url, f"feedparser could not read it: {type(error).__name__}: {error}") from error


def _channel(feed: Any, url: str, text: str) -> Channel:
    raw: _Raw = feed.feed
    links = [(rel, link) for rel, _, link in _links(raw, url)]
    skipped = {name.lower(): inside for name, inside in _SKIP.findall(text)} if "<skip" in text else {}
    return Channel(
        title=_plain(raw, "title", feed.version),
        link=_url(raw, "link", url) or unseen.chosen(list(_links(raw, url))),
        self_url=next((link for rel, link in links if rel == "self"), None),
        id=_string(raw, "id") if feed.version.startswith("atom") else None,
        language=_string(raw, "language"),
        rights=_plain(raw, "rights", feed.version),
        updated=_string(raw, "updated") or _string(raw, "published"),
        authors=_people(raw, url),
        ttl=_minutes(_string(raw, "ttl")),
        skip_hours=frozenset(int(hour) % 24 for hour in re.findall(r">\s*(\d\d?)\s*<", skipped.get("skiphours", ""))),
        skip_days=frozenset(n for n, day in enumerate(_DAYS) if day in skipped.get("skipdays", "").lower()),
        update_every=_update_every(raw),
        hubs=tuple(link for rel, link in links if rel == "hub"),
        links=tuple((rel, link) for rel, link in links if rel not in ("alternate", "self", "hub"))[:MOST_LINKS],
        generator=_generator(raw),
        complete=any(dict.get(raw, f"{prefix}_complete") is not None for prefix in _HISTORY),
        window=_window(raw),
    )


def _generator(raw: _Raw) -> str | None:
    """Return what a feed says it was made by, its address before its name."""
    said = _string(_mapping(raw, "generator_detail"), "href") or _string(raw, "generator")
    return said[:LONGEST_GENERATOR] if said else None


def _window(raw: _Raw) -> tuple[int, int, int] | None:
    """Return OpenSearch's totalResults, startIndex and itemsPerPage; None where one of them is missing or nonsense."""
    said = {key.rpartition("_")[2]: key for key in raw if key.endswith(_OPENSEARCH)}  # whatever the prefix
    total, first, size = (_length(_string(raw, said.get(name[1:], ""))) for name in _OPENSEARCH)
    return (total, first, size) if total and first and size else None


def _entry(raw: _Raw, found: unseen.Found, version: str, channel: Channel) -> Entry:
    summary, content = _summary(raw), _content(raw)
    if content and summary and content[1] == "text" and summary[1] == "html" and len(content[0]) <= len(summary[0]):
        content = None  # itunes:summary, a plain copy of the description
    base = _base(raw, found, channel)
    return Entry(
        trace=found.trace,
        base=base,
        title=_string(raw, "title"),
        title_type=_title_type(raw, version),
        subtitle=_string(raw, "subtitle"),
        summary=summary[0] if summary else None,
        summary_type=summary[1] if summary else "html",
        content=content[0] if content else None,
        content_type=content[1] if content else "html",
        authors=found.authors or _inherited(raw, base, version, channel),
        published=_string(raw, "published") or _string(raw, "created"),
        modified=_string(raw, "updated"),
        language=_language(raw),
        categories=tuple(_categories(raw)),
        rights=_string(raw, "rights"),
        image=_image(raw, base),
        enclosures=tuple(_enclosures(raw, base)),
        canonical=_url(raw, "feedburner_origlink", base),
        links=tuple(_further(raw, base, found.trace.link))[:MOST_LINKS],
    )


def _trace(raw: _Raw, url: str) -> Trace:
    guid, title = _string(raw, "id"), _string(raw, "title")
    link = unseen.chosen(list(_links(raw, url))) or _url(raw, "link", url)
    summary, content = _summary(raw), _content(raw)
    words = (summary and summary[0], content and content[0])
    dates = (_string(raw, "published"), _string(raw, "updated"))
    return Trace(guid=guid, link=link, title=title, digest=digest("entry", guid, link, title, *words, *dates))


def _string(raw: _Raw, key: str) -> str | None:
    """Return a text of feedparser's, None where it is empty or something else (`dict.get`: its own maps keys)."""
    value = dict.get(raw, key)
    return value.strip() or None if isinstance(value, str) else None


def _url(raw: _Raw, key: str, base: str) -> str | None:
    value = _string(raw, key)
    return urls.absolute(base, value) if value else None


def _mapping(raw: _Raw, key: str) -> _Raw:
    value = dict.get(raw, key)
    return value if isinstance(value, dict) else {}


def _list(raw: _Raw, key: str) -> list[_Raw]:
    value = dict.get(raw, key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _kind(detail: _Raw) -> _Kind:
    return "html" if detail.get("type") in _HTML_TYPES else "text"


def _title_type(raw: _Raw, version: str) -> _Kind:
    """Atom says what its title is; RSS has to be looked at (STANDARDS 16)."""
    if version.startswith("atom"):
        return _kind(_mapping(raw, "title_detail"))
    return markup.kind_of(_string(raw, "title") or "")


def _plain(raw: _Raw, key: str, version: str) -> str | None:
    value = _string(raw, key)
    if value is None:
        return None
    atom = version.startswith("atom")
    return markup.plain(value, _kind(_mapping(raw, f"{key}_detail")) if atom else markup.kind_of(value)) or None


def _summary(raw: _Raw) -> tuple[str, _Kind] | None:
    """Return the entry's own summary; feedparser puts a copy of the content there, but without detail."""
    detail = _mapping(raw, "summary_detail")
    value = _string(raw, "summary") if detail else None
    return (value, _kind(detail)) if value else None


def _content(raw: _Raw) -> tuple[str, _Kind] | None:
    """Return the content; of several the marked up one, then the longest."""
    contents = [
        (value, _kind(content))
        for content in _list(raw, "content")
        if (value := _string(content, "value")) and str(content.get("type", "")).startswith(("text/", "application/x"))
    ]
    return max(contents, key=lambda content: (content[1] == "html", len(content[0])), default=None)


def _base(raw: _Raw, found: unseen.Found, channel: Channel) -> str:
    """Return what references in the text resolve against: the text's own xml:base first (XB-1, XB-2)."""
    details = [*_list(raw, "content"), _mapping(raw, "summary_detail")]
    said = next((value for detail in details if (value := _string(detail, "base"))), None)
    inner = urls.absolute(found.base, said) if said else None
    if inner is None and (not found.base or _PROXIES.match(found.base)):
        return found.trace.link or channel.link or found.base
    return inner or found.base


def _links(raw: _Raw, base: str) -> Iterator[unseen.Link]:
    for link in _list(raw, "links"):
        if url := _url(link, "href", base):
            yield unseen.Link((_string(link, "rel") or "alternate").lower(), _string(link, "type") or "", url)


def _further(raw: _Raw, base: str, link: str | None) -> Iterator[tuple[str, str]]:
    """Yield the links that are neither the entry's own nor files."""
    for rel, _, url in _links(raw, base):
        if rel != "enclosure" and not (rel == "alternate" and url == link):
            yield rel, url
    if comments := _url(raw, "comments", base):
        yield "replies", comments
    for content in _list(raw, "content"):
        if source := _url(content, "src", base):
            yield "content", source


def _people(raw: _Raw, base: str) -> tuple[Person, ...]:
    """Return the authors as feedparser has them; who has an address only is named by it."""
    authors = ((_string(author, "name") or _string(author, "email") or "", author) for author in _list(raw, "authors"))
    return people.distinct(
        Person(name=name, url=_url(author, "href", base)) for text, author in authors if (name := people.named(text))
    )


def _inherited(raw: _Raw, base: str, version: str, channel: Channel) -> tuple[Person, ...]:
    """Return the authors of the entry's source, else the feed's (RFC 4287 4.2.1); RSS inherits none."""
    return (_people(_mapping(raw, "source"), base) or channel.authors) if version.startswith("atom") else ()


def _language(raw: _Raw) -> str | None:
    """Return the language in force where the text stands (XL-1)."""
    details = [*_list(raw, "content"), _mapping(raw, "summary_detail"), _mapping(raw, "title_detail")]
    return _string(raw, "language") or next((said for detail in details if (said := _string(detail, "language"))), None)


def _categories(raw: _Raw) -> Iterator[str]:
    for tag in _list(raw, "tags"):
        term = _string(tag, "term") or _string(tag, "label") or ""
        if name := markup.plain(term, markup.kind_of(term)):
            yield name


def _enclosures(raw: _Raw, base: str) -> Iterator[Enclosure]:
    """Yield the files that go along, each once: enclosures, then sounds and films of Media RSS."""
    seen = set()
    files = [(link, "href", "length") for link in _list(raw, "links") if link.get("rel") == "enclosure"]
    files += [
        (media, "url", "filesize") for media in _list(raw, "media_content") if _medium(media) in ("audio", "video")
    ]
    for file, address, size in files:
        url = _url(file, address, base)
        if url and url not in seen:
            seen.add(url)
            yield Enclosure(url=url, type=_media_type(file), length=_length(_string(file, size)))


def _medium(media: _Raw) -> str:
    return _string(media, "medium") or (_string(media, "type") or "").partition("/")[0]


def _media_type(file: _Raw) -> str | None:
    """Return a file's type; text/html is what feedparser says of a link that has none."""
    value = (_string(file, "type") or "").partition(";")[0].strip().lower()
    return value if re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", value) and value != "text/html" else None


def _length(value: str | None) -> int | None:
    """Return a size in bytes; None for what is none: 0, negative, "12 MB", 1e400 (H-80)."""
    return int(value) or None if value and value.isascii() and value.isdigit() and len(value) < 16 else None


def _image(raw: _Raw, base: str) -> Image | None:
    """Return the lead image: of Media RSS, iTunes, a thumbnail, a picture among the enclosures."""
    enclosed = [link for link in _list(raw, "links") if link.get("rel") == "enclosure" and _medium(link) == "image"]
    candidates = (
        *(_string(media, "url") for media in _list(raw, "media_content") if _medium(media) == "image"),
        _string(_mapping(raw, "image"), "href"),
        *(_string(thumbnail, "url") for thumbnail in _list(raw, "media_thumbnail")),
        *(_string(link, "href") for link in enclosed),
    )
    found = (urls.absolute(base, candidate) for candidate in candidates if candidate)
    return next((Image(url=url) for url in found if url and not _AVATAR.match(url)), None)


def _minutes(value: str | None) -> timedelta | None:
    """Return a ttl: whole minutes, at most a year; None for none and nonsense."""
    minutes = int(value) if value and value.isascii() and value.isdigit() and len(value) < 9 else 0
    return timedelta(minutes=min(minutes, 365 * 24 * 60)) if minutes else None


def _update_every(raw: _Raw) -> timedelta | None:
    """Return the syndication module's period over its frequency; daily and once are its defaults."""
    period, often = _string(raw, "sy_updateperiod"), _string(raw, "sy_updatefrequency")
    if period is None and often is None:
        return None
    hours = _PERIODS.get((period or "daily").lower())
    times = int(often) if often and often.isascii() and often.isdigit() and len(often) < 6 else 1
    return timedelta(hours=hours) / max(times, 1) if hours else None
