"""What an article page says of itself, outside its text: in meta tags, JSON-LD and marked elements.

Pure.  Witnesses are asked in a fixed order, the most deliberate first; what
none of them says is None.  Nothing is guessed from the text or the address.
Serves DESIGN 6 (Dates: what the page says, never "now"); schema.org Article,
Open Graph, Dublin Core.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile, islice
from typing import Any

from cuttings.model.article import Image, Person
from cuttings.text import dates, markup, urls
from cuttings.text.xml import Element, text_of

_LARGEST_JSON = 1_000_000  # characters of one JSON-LD block; hydration data is not meant for us
_ARTICLES = re.compile(r"(?:Article|Posting|Report|CreativeWork|WebPage)$")
_MOST_NAMES = 20
_NEAR = 200  # elements after the headline in which its subtitle stands
_SHORTEST_HEADING = 10  # characters: below, it is a section's or the site's name

_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title")
_DESCRIPTIONS = ("og:description", "description", "twitter:description", "dc.description", "sailthru.description")
_PUBLISHED = (
    *("article:published_time", "datepublished", "og:article:published_time", "dcterms.created", "dc.date.issued"),
    *("dcterms.issued", "parsely-pub-date", "sailthru.date", "publish_date", "publish-date", "publishdate", "pubdate"),
    *("cxenseparse:recs:publishtime", "date", "dc.date", "citation_publication_date", "originalpublicationdate"),
)
_MODIFIED = ("article:modified_time", "datemodified", "og:updated_time", "dcterms.modified", "lastmod", "last-modified")
_AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "byl", "dc.creator", "dcterms.creator")
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")

_SEPARATOR = re.compile(r"\s+[|\-–—·•»«:/]+\s+|\s*[|»]\s*")
_BYLINE = re.compile(r"^(?:by|von|par|por|di|door|av|af)[\s:]+", re.IGNORECASE)
_NAMES = re.compile(r"\s*(?:,|;|\||&|\band\b|\bund\b|\bet\b)\s*")
_DEK = re.compile(r"(?<![a-z])(?:dek|standfirst|sub-?title|sub-?head(?:line|ing)?|deck)(?![a-z])", re.IGNORECASE)
_DATED = re.compile(r"publish|entry-date|post-?date|dt-published|article-?date|pubdate", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A page's word for itself: texts are plain, URLs absolute, dates as they stand there."""

    title: str | None
    subtitle: str | None
    description: str | None
    authors: tuple[Person, ...]
    published: str | None
    modified: str | None
    canonical: str | None
    language: str | None
    image: Image | None
    categories: tuple[str, ...]
    site: str | None


def metadata(root: Element, base: str) -> Metadata:
    """Return what a page's tree says; relative URLs resolve against `base`."""
    metas, linked = _metas(root), _linked_data(root)
    site = _first([*_all(metas, "og:site_name"), _name(linked.get("publisher")), *_all(metas, "application-name")])
    return Metadata(
        title=_title(root, metas, linked, site),
        subtitle=_subtitle(root, linked),
        description=_first([*_all(metas, *_DESCRIPTIONS), _string(linked.get("description"))]),
        authors=_authors(root, metas, linked, base, site),
        published=_date(
            [_string(linked.get("datePublished")), *_all(metas, *_PUBLISHED), *_times(root, "datePublished")]
        ),
        modified=_date([_string(linked.get("dateModified")), *_all(metas, *_MODIFIED), *_times(root, "dateModified")]),
        canonical=_canonical(root, metas, base),
        language=_first(
            [root.get("lang"), *_all(metas, "content-language", "og:locale"), _string(linked.get("inLanguage"))]
        ),
        image=_image(metas, linked, base),
        categories=_categories(metas, linked),
        site=site,
    )


def _metas(root: Element) -> dict[str, list[str]]:
    """All meta tags, microdata ones included, by lower-case name."""
    found: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = (meta.get("content") or "").strip()
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _linked_data(root: Element) -> dict[str, Any]:
    """The first thing in the JSON-LD that is an article and has a headline; {} when there is none."""
    things = (thing for script in root.iter("script") if _is_json(script) for thing in _things(_loaded(script.text)))
    articles = [thing for thing in things if any(map(_ARTICLES.search, _strings(thing.get("@type"))))]
    headed = [thing for thing in articles if thing.get("headline")]
    return next(iter(headed), {}) or next((thing for thing in articles if thing.get("datePublished")), {})


def _is_json(script: Element) -> bool:
    return (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json"


def _loaded(text: str | None) -> Any:
    text = (text or "").strip()
    if len(text) > _LARGEST_JSON:
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _things(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the objects at the top of a JSON-LD document, in its graph, and what a page is about."""
    if isinstance(value, list) and depth < 4:
        for one in value:
            yield from _things(one, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        yield value
        yield from _things(value.get("@graph"), depth + 1)
        yield from _things(value.get("mainEntity"), depth + 1)


def _title(root: Element, metas: dict[str, list[str]], linked: dict[str, Any], site: str | None) -> str | None:
    """A lone heading is what readers see; the others are often written for search engines."""
    headings = [heading for heading in map(_text, root.iter("h1")) if heading]
    lone = headings[0] if len(headings) == 1 and len(headings[0]) >= _SHORTEST_HEADING else None
    page = next((title for title in map(_text, root.iter("title")) if title), None)
    for candidate in (lone, *_all(metas, *_TITLES), _string(linked.get("headline")), page, *headings[:1]):
        plain = _plain(candidate or "")
        if plain and _folded(plain) != _folded(site or ""):
            return _without_site(plain, site, headings)
    return site


def _without_site(title: str, site: str | None, headings: list[str]) -> str:
    """Cut "Headline - Site" down to the headline, where the page names its site or heads itself so."""
    for cut in _SEPARATOR.finditer(title):
        head, tail = title[: cut.start()].strip(), title[cut.end() :].strip()
        if head and (_folded(tail) == _folded(site or "") or head in headings):
            return head
        if tail and (_folded(head) == _folded(site or "") or tail in headings):
            return tail
    return title


def _subtitle(root: Element, linked: dict[str, Any]) -> str | None:
    """The line under the headline: what is marked as one soon after it."""
    after = dropwhile(lambda element: element.tag != "h1", root.iter())
    for element in islice(after, _NEAR):
        if element.tag in ("h2", "p", "div", "span") and _DEK.search(_marks(element)):
            return _text(element)[:1000] or None
    return _first([_string(linked.get("alternativeHeadline"))])


def _marks(element: Element) -> str:
    return f"{element.get('class') or ''} {element.get('itemprop') or ''}"


def _authors(
    root: Element, metas: dict[str, list[str]], linked: dict[str, Any], base: str, site: str | None
) -> tuple[Person, ...]:
    named = [_person(author, base) for author in _listed(linked.get("author"))]
    if not any(named):
        named = [Person(name=name) for text in _all(metas, *_AUTHORS)[:_MOST_NAMES] for name in _names(text)]
    if not any(named):
        named = [Person(name=name) for text in _bylines(root) for name in _names(text)]
    unique = {person.name.casefold(): person for person in reversed(named) if person}
    unique.pop(_folded(site or ""), None)
    return tuple(reversed(unique.values()))[:_MOST_NAMES]


def _person(author: Any, base: str) -> Person | None:
    name = _plain(_name(author) or "")
    if not name or "://" in name or len(name) > 200:
        return None
    url = _string(author.get("url")) if isinstance(author, dict) else None
    return Person(name=_BYLINE.sub("", name), url=urls.absolute(base, url) if url else None)


def _names(text: str) -> list[str]:
    """The people in "By Jane Doe and John Roe"; addresses and handles are none."""
    parts = (_BYLINE.sub("", part.strip()) for part in _NAMES.split(_BYLINE.sub("", _plain(text)[:500])))
    return [part for part in parts if part and "/" not in part and "@" not in part and len(part) <= 100]


def _bylines(root: Element) -> list[str]:
    marked = (e for e in root.iter() if e.get("itemprop") == "author" or e.get("rel") == "author")
    return [text for element in islice(marked, _MOST_NAMES) if (text := _text(element)) and len(text) < 200]


def _date(candidates: Iterable[str | None]) -> str | None:
    """The first that can be read as a date, as it stands there."""
    return next((raw for raw in candidates if raw and dates.parse(raw)), None)


def _times(root: Element, prop: str) -> list[str]:
    found = [e for e in root.iter("time", "span", "abbr") if prop in (e.get("itemprop") or "").split()]
    if prop == "datePublished":
        found += [e for e in root.iter("time") if e.get("pubdate") is not None or _DATED.search(e.get("class") or "")]
    return [value for e in found if (value := e.get("datetime") or e.get("content") or e.get("title"))]


def _canonical(root: Element, metas: dict[str, list[str]], base: str) -> str | None:
    """What the page names as its own address."""
    links = [e.get("href") for e in root.iter("link") if "canonical" in (e.get("rel") or "").lower().split()]
    resolved = (urls.absolute(base, candidate) for candidate in (*links, *_all(metas, "og:url")) if candidate)
    return next((url for url in resolved if url and not _is_home_of_another(url, base)), None)


def _is_home_of_another(url: str, base: str) -> bool:
    """Articles that name the home page as canonical are seen in the wild."""
    return urls.canonical(url) != urls.canonical(base) and not url.partition("://")[2].partition("/")[2]


def _image(metas: dict[str, list[str]], linked: dict[str, Any], base: str) -> Image | None:
    pictures = (_string(p.get("url")) if isinstance(p, dict) else _string(p) for p in _listed(linked.get("image")))
    for candidate in (*_all(metas, *_IMAGES), *pictures):
        if candidate and (url := urls.absolute(base, candidate)):
            return Image(url=url, alt=_first(_all(metas, "og:image:alt", "twitter:image:alt")))
    return None


def _categories(metas: dict[str, list[str]], linked: dict[str, Any]) -> tuple[str, ...]:
    sections = [*_all(metas, "article:section"), *_strings(linked.get("articleSection"))]
    words = [*_all(metas, "article:tag"), *_strings(linked.get("keywords"))]
    split = [word for text in words for word in text.split(",")]
    return tuple(dict.fromkeys(plain for text in (*sections, *split) if (plain := _plain(text))))


def _all(metas: dict[str, list[str]], *names: str) -> list[str]:
    return [content for name in names for content in metas.get(name, ())]


def _first(candidates: Iterable[str | None]) -> str | None:
    return next((plain for text in candidates if text and (plain := _plain(text))), None)


def _listed(value: Any) -> list[Any]:
    return value[:_MOST_NAMES] if isinstance(value, list) else [] if value is None else [value]


def _strings(value: Any) -> list[str]:
    return [text for text in _listed(value) if isinstance(text, str)]


def _string(value: Any) -> str | None:
    return next(iter(_strings(value)), None)


def _name(value: Any) -> str | None:
    if isinstance(value, list):
        return _name(next(iter(value), None))
    return _string(value.get("name")) if isinstance(value, dict) else _string(value)


def _plain(text: str) -> str:
    return markup.plain(text[:10_000], markup.kind_of(text[:10_000]))


def _text(element: Element) -> str:
    return markup.plain(text_of(element)[:10_000], "text")


def _folded(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
