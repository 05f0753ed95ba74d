"""What a page says of itself, gathered once: its meta tags, its linked data, its marked elements.

Pure; the tree is not changed.  What is made of it stands in the modules beside.
Standards: JSON-LD 1.1 (top-level objects, @graph, @id), schema.org Article,
HTML microdata, Open Graph, Dublin Core.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from cuttings.text import markup, urls
from cuttings.text.xml import Element

LARGEST_JSON = 1_000_000  # characters of one JSON-LD block; hydration data is not meant for us
MOST = 20  # names, pictures, tags of one witness
_MOST_THINGS = 500
_NAME = 6  # words of an outlet's name that a heading of its pages may show, too
_NO_TEXT = ("style", "script", "noscript", "template")
_BEFORE, _AFTER = 120, 260  # elements around the headline in which its byline and date stand

Said = tuple[str, str]
"""(witness, text)."""

_ARTICLES = re.compile(r"(?:Article|Posting|Report|Review|Recipe|HowTo|CreativeWork|WebPage)$")
_PAGES = re.compile(r"WebPage$")
_BESIDE = re.compile(
    r"(?<![a-z])(?:related|recommend\w*|comments?|sidebar|footer|widget|teasers|teaser-?_*list|promo|bio|biography|popular|trending|(?<!h-)cards?"
    r"|repl(?:y|ies)|newsletter|calendar|weather|most-?read|read-?more)(?![a-z])"
)
_LIBRARY = re.compile(r"(?<!\S)(dc|dcterms):")  # written with a colon or a full stop
_WRAPPED = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$")


@dataclass(frozen=True, eq=False)
class Heard:
    """A page's tree with what was gathered from it; `article` is {} where no linked data tells of one."""

    root: Element
    base: str
    metas: Mapping[str, Sequence[str]]
    things: Mapping[str, dict[str, Any]]  # by @id
    article: dict[str, Any]
    all: Sequence[Element]  # the elements of its body, in document order

    @cached_property
    def site(self) -> str | None:
        """What the page calls its site or publisher."""
        return first(self._outlets)

    @cached_property
    def outlets(self) -> frozenset[str]:
        """How the outlet is called, folded: by the names that the page gives it, and by its host."""
        host = self.base.partition("://")[2].partition("/")[0].partition(":")[0].lower().removeprefix("www.")
        labels = [host, host.rpartition(".")[0], host.rpartition(".")[0].rpartition(".")[2]]
        named = [plain(name) for name in self._outlets]
        return frozenset(name for name in map(folded, (*named, *labels)) if len(name) > 2)

    @cached_property
    def _outlets(self) -> list[str]:
        """What the page calls them; a headline of its own that it puts in their place is none."""
        named = [*self.meta("og:site_name"), named_of(self.linked("publisher")), *self.meta("application-name")]
        headlines = {folded(text(e, 500)) for e in self.headings}
        return [name for name in named if name and (len(name.split()) <= _NAME or folded(name) not in headlines)]

    @cached_property
    def headings(self) -> list[Element]:
        """Its headings of the first level that have a text, and what is marked as the headline.

        No site's name that leads home; those of navigation and of what stands beside only where there is no other.
        """
        found = [e for e in self.all if e.tag == "h1" or (e.get("itemprop") and "headline" in props(e))]
        found = [e for e in found if text(e, 500) and not self._leads_home(e)]
        return ([e for e in found if not _is_apart(e)] or found)[:MOST]

    def _leads_home(self, heading: Element) -> bool:
        """Tell whether all of a heading is a link to the site's first page, and this is another page."""
        link = next((e for e in heading.iter("a") if text(e, 500) == text(heading, 500)), None)
        path = urls.absolute(self.base, (link.get("href") or "") if link is not None else "") or ""
        return link is not None and _path(path) == "" != _path(self.base) and bool(path)

    def meta(self, *names: str) -> list[str]:
        """Return what the meta tags of these names say, in the order of the names."""
        return [content for name in names for content in self.metas.get(name, ())]

    def metas_said(self, *names: str) -> list[Said]:
        """Return the same with who said so."""
        return [(f"meta {name}", content) for name in names for content in self.metas.get(name, ())]

    def linked(self, name: str) -> Any:
        """Return a property of the linked article, what it refers to put in its place."""
        value = self.article.get(name)
        if isinstance(value, list):
            return [self._resolved(one) for one in value[:MOST]]
        return self._resolved(value)

    def linked_said(self, *names: str) -> list[Said]:
        """Return the texts that the linked article has under these names."""
        return [(f"JSON-LD {name}", value) for name in names for value in strings(self.linked(name))]

    def props(self, name: str) -> list[Element]:
        """Return the elements of the body that carry a microdata property, those of comments left out."""
        return [e for e in self._described if name in props(e)][:MOST]

    @cached_property
    def _described(self) -> list[Element]:
        return [e for e in self.all if e.get("itemprop") or e.get("property")]

    def around(self, headline: Element | None) -> list[Element]:
        """Return the elements near the headline, those after it first; the first of the page where there is none."""
        after, before = self.around_apart(headline)
        return [*after, *before]

    def around_apart(self, headline: Element | None) -> tuple[list[Element], list[Element]]:
        """Return the elements soon after the headline, and those before it, the nearest first."""
        if headline is None:
            return list(self.all[:_AFTER]), []
        at = next((n for n, e in enumerate(self.all) if e is headline), 0)
        return list(self.all[at + 1 : at + _AFTER]), list(reversed(self.all[max(0, at - _BEFORE) : at]))

    def is_beside(self, element: Element) -> bool:
        """Tell whether an element belongs to something beside the article: comments, related articles, a footer."""
        passed: list[Element] = []
        around: Element | None = element
        while around is not None and around not in self._beside:
            passed.append(around)
            around = around.getparent()
        beside = around is not None and self._beside[around]
        for one in reversed(passed):
            beside = beside or one.tag in ("aside", "footer") or bool(_BESIDE.search(marks(one)))
            self._beside[one] = beside
        return beside

    def is_headed_by(self, headline: Element | None) -> None:
        """Take note that all that holds the headline is part of the article."""
        if headline is not None:
            self._beside.update(dict.fromkeys((headline, *headline.iterancestors()), False))

    @cached_property
    def _beside(self) -> dict[Element, bool]:
        return {}

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, dict) and set(value) <= {"@id", "@type"}:
            return self.things.get(str(value.get("@id")), value)
        return value


def heard(root: Element, base: str) -> Heard:
    """Return what a page's tree says, gathered."""
    things = [thing for script in root.iter("script") if _is_json(script) for thing in _things(_loaded(script.text))]
    things = things[:_MOST_THINGS]
    named = {str(thing["@id"]): thing for thing in reversed(things) if thing.get("@id") and len(thing) > 2}
    body = root.find("body")
    elements = list((root if body is None else body).iter("*"))
    return Heard(root, base, _metas(root), named, _article(things, base), elements)


def text(element: Element, limit: int = 10_000) -> str:
    """Return an element's text as one line; what is longer is cut. Style sheets and scripts in it are no text."""
    parts: list[str] = []
    for part in _strings(element):
        parts.append(part)
        limit -= len(part)
        if limit < 0:
            break
    return markup.plain("".join(parts), "text") if parts else ""


def opening(element: Element) -> str:
    """Return the first words that stand in an element, or in the first one in it."""
    for part in islice(_strings(element), 3):
        if part.strip():
            return " ".join(part[:200].split())
    return ""


def marks(element: Element) -> str:
    """Return by what names an element is marked, its own among them, in lower case."""
    get = element.get
    return f"{element.tag} {get('class') or ''} {get('id') or ''} {get('itemprop') or ''} {get('data-testid') or ''}"[
        :300
    ].lower()


def props(element: Element) -> list[str]:
    """Return the microdata properties that an element is."""
    return (element.get("itemprop") or element.get("property") or "").replace("schema:", "").split()


def plain(value: str) -> str:
    """Return an undeclared text as one line."""
    return markup.plain(value[:10_000], markup.kind_of(value[:10_000]))


def first(candidates: Iterable[str | None]) -> str | None:
    """Return the first that says something, plain."""
    return next((said for value in candidates if value and (said := plain(value))), None)


def first_said(candidates: Iterable[Said]) -> tuple[str | None, str]:
    """Return the first that says something, plain, and who said it."""
    return next(((said, who) for who, value in candidates if value and (said := plain(value))), (None, ""))


def strings(value: Any) -> list[str]:
    """Return the texts in a value of linked data."""
    return [one for one in listed(value) if isinstance(one, str)]


def listed(value: Any) -> list[Any]:
    """Return a value of linked data as a list, bounded."""
    return value[:MOST] if isinstance(value, list) else [] if value is None else [value]


def named_of(value: Any) -> str | None:
    """Return the name of a thing in linked data."""
    one = next(iter(listed(value)), None)
    return (
        next(iter(strings(one.get("name"))), None) if isinstance(one, dict) else one if isinstance(one, str) else None
    )


def folded(value: str) -> str:
    """Return what two ways to write the same words share."""
    return "".join(letter for letter in value.casefold() if letter.isalnum())


def _is_apart(heading: Element) -> bool:
    if heading.get("aria-hidden") == "true":
        return True
    return any(e.tag in ("nav", "aside", "footer") for e in islice(heading.iterancestors(), 8))


def _path(url: str) -> str:
    return url.partition("://")[2].partition("/")[2].partition("#")[0].partition("?")[0]


def _strings(element: Element) -> Iterator[str]:
    if next(element.iter(*_NO_TEXT), None) is None:
        yield from map(str, element.itertext())
    else:
        yield from _shown(element)


def _shown(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag not in _NO_TEXT:
            yield from _shown(child)
        yield child.tail or ""


def _metas(root: Element) -> dict[str, list[str]]:
    """All meta tags, microdata ones included, by lower-case name; a tag of several names counts for each."""
    found: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = (meta.get("content") or "").strip()
        for one in _LIBRARY.sub(r"\1.", (name or "").lower()).split()[:5] if content else ():
            if len(found.setdefault(one, [])) < MOST:
                found[one].append(content)
    return found


def _article(things: Sequence[dict[str, Any]], base: str) -> dict[str, Any]:
    """The thing that is this page's article: with a headline, of its address, no mere page."""
    articles = [thing for thing in things if any(map(_ARTICLES.search, strings(thing.get("@type"))))]
    said = [thing for thing in articles if thing.get("headline") or thing.get("datePublished")]
    return max(said, key=lambda thing: _aptness(thing, base), default={})


def _aptness(thing: Mapping[str, Any], base: str) -> tuple[bool, bool, bool]:
    is_page = any(map(_PAGES.search, strings(thing.get("@type"))))
    about = thing.get("mainEntityOfPage")
    addresses = [thing.get("url"), about.get("@id") if isinstance(about, dict) else about]
    here = urls.canonical(base)
    return not is_page, bool(thing.get("headline")), any(a for a in addresses if isinstance(a, str) and _is(a, here))


def _is(address: str, here: str | None) -> bool:
    return here is not None and urls.canonical(address) == here


def _is_json(script: Element) -> bool:
    return (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json"


def _loaded(source: str | None) -> Any:
    source = (source or "").strip()
    if len(source) > LARGEST_JSON:
        return None
    for attempt in (source, _WRAPPED.sub("", source)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _things(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the objects at the top of a JSON-LD document, in its graph, and what a page is about."""
    if isinstance(value, list) and depth < 4:
        for one in value[:_MOST_THINGS]:
            yield from _things(one, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        yield value
        yield from _things(value.get("@graph"), depth + 1)
        yield from _things(value.get("mainEntity"), depth + 1)
        yield from _things(value.get("mainEntityOfPage"), depth + 1)
