"""Who wrote an article, as its page says.

Pure.  Linked data first, then microdata, meta tags, and the byline that
readers see near the headline.  An outlet is no author of its own articles.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from cuttings.model.article import Person
from cuttings.parse.metadata import names
from cuttings.parse.metadata.heard import MOST, Heard, folded, listed, marks, opening, plain, props, strings, text
from cuttings.text import urls
from cuttings.text.xml import Element

_METAS = (
    *("author", "article:author", "article:author:name", "og:article:author", "parsely-author", "sailthru.author"),
    *("byl", "dc.creator", "dcterms.creator", "dc.contributor", "citation_author", "authors", "article.author"),
    *("cxenseparse:author", "vr:author", "article_author", "og:author"),
)
_MARKED = re.compile(
    r"(?<![a-z])(?:by-?line|author|autor|auteur|autore|writer|redakteur|verfasser|contributor|writtenby|written-by)"
    r"(?:s|e|en|es|i)?(?:[-_]{0,2}(?:name|names|link|s|info|wrapper|text))?(?![a-z])"
)
_NAMED = re.compile(r"(?<![a-z])(?:fn|author-?_*name|author|byline|entry-author)(?![a-z])")
_SAID_BY = re.compile(
    r"^\s*(?:(?:by|von|par|por|di|door|от|автор|بقلم|作者|written by|text)(?:\s*[:：/|]\s*|\s+)|(?:文|글)[/ ])\S",
    re.IGNORECASE,
)
_LINES = frozenset(("p", "div", "span", "address", "small", "em", "strong", "b", "li", "td", "h4", "h5"))
_LONGEST_LINE = 150


def authors_of(heard: Heard, headline: Element | None) -> tuple[tuple[Person, ...], str]:
    """Return the authors, each once, and who named them."""
    for who, people in _told(heard, headline):
        found = _distinct(people, heard)
        if found:
            return found[:MOST], who
    return (), ""


def _told(heard: Heard, headline: Element | None) -> Iterator[tuple[str, list[Person]]]:
    near = heard.around(headline)
    yield "JSON-LD author", [person for author in listed(heard.linked("author")) for person in _linked(author, heard)]
    for name in _METAS:
        yield f"meta {name}", [Person(name=one) for said in heard.meta(name)[:MOST] for one in _declared(said, heard)]
    yield "microdata author", list(_marked_up(heard))
    yield "rel author", list(_linked_names(near, heard))
    yield "the byline", [Person(name=name) for name in _byline(near, heard)]
    yield "JSON-LD creator", [person for one in listed(heard.linked("creator")) for person in _linked(one, heard)]
    yield "the byline", [Person(name=name) for name in _spoken(near)]
    yield "the byline", [Person(name=name) for name in _single(near, heard)]
    yield "rel author", list(islice(_linked_names(heard.all, heard), 1))


def _declared(said: str, heard: Heard) -> list[str]:
    """The people in a meta tag; one that names the outlet names its place besides, and no people."""
    people = names.people_in(plain(said))
    outlets = _outlets(heard)
    return [] if any(folded(name) in outlets for name in people) else people


def _linked(author: Any, heard: Heard) -> list[Person]:
    """The people of an author in linked data: a name, several in one text, a thing or a reference to one."""
    if isinstance(author, dict):
        author = heard.things.get(str(author.get("@id")), author) if "name" not in author else author
        found = strings(author.get("name"))
        address = next(iter(strings(author.get("url"))), None)
    else:
        found, address = strings(author), None
    people = [one for name in found for one in names.people_in(plain(name))]
    url = urls.absolute(heard.base, address) if address else None
    return [Person(name=name, url=url if len(people) == 1 else None) for name in people]


def _marked_up(heard: Heard) -> Iterator[Person]:
    for element in _together([e for e in heard.props("author") if not heard.is_beside(e)]):
        inner = next((e for e in element.iter() if e is not element and "name" in props(e)), None)
        shown = element if inner is None else inner
        line = shown.get("content") or text(shown)
        if len(line) <= _LONGEST_LINE:
            yield from (Person(name=name) for name in names.people_in(line, visible=inner is None))


def _linked_names(elements: Iterable[Element], heard: Heard) -> Iterator[Person]:
    links = [
        e for e in elements if e.tag == "a" and "author" in (e.get("rel") or "").split() and not heard.is_beside(e)
    ]
    for link in _together(links):
        for name in names.people_in(text(link)):
            yield Person(name=name, url=urls.absolute(heard.base, link.get("href") or "") or None)


def _together(elements: list[Element]) -> list[Element]:
    """The first and those that stand beside it: of one byline, not of a list of articles."""
    around = [] if not elements else list(islice(elements[0].iterancestors(), 2))
    return [e for e in elements[:MOST] if any(a in around for a in islice(e.iterancestors(), 2))]


def _byline(near: Iterable[Element], heard: Heard) -> list[str]:
    """The names in what is marked as a byline, nearest the headline first; the first that has any is it."""
    for element in near:
        if _MARKED.search(marks(element)) and not heard.is_beside(element):
            line = _line(element)
            if 2 < len(line) <= _LONGEST_LINE and (people := names.people_in(line, visible=True)):
                return people
    return []


def _single(near: Iterable[Element], heard: Heard) -> list[str]:
    """The name of one word, as bloggers have, that is all the text of what is marked as an author's name."""
    for element in near:
        marked = marks(element)
        if (
            "vcard" in marked or _NAMED.search(marked) or "/author/" in (element.get("href") or "")
        ) and not heard.is_beside(element):
            line = names.unprefixed(text(element))
            if 1 < len(line) <= 30 and len(line.split()) <= 2 and names.is_name(line):
                return [line]
    return []


def _line(element: Element) -> str:
    """The text of a byline, its pieces parted: in each there is a name at most, or a part of one line."""
    links = [text(e) for e in islice(element.iter("a"), MOST)]
    linked = [link for link in links if names.is_person(link)]
    if linked:
        return ", ".join(linked)
    return plain(" | ".join(piece for piece in map(str.strip, _pieces(element)) if piece))


def _pieces(element: Element) -> Iterator[str]:
    for e in islice(element.iter(), 60):
        if e.tag not in ("style", "script", "svg"):
            yield e.text or ""
        if e is not element:
            yield e.tail or ""


def _spoken(near: Iterable[Element]) -> list[str]:
    """The names of the first short line near the headline that begins as bylines do."""
    for element in near:
        if element.tag in _LINES and _SAID_BY.match(f"{opening(element)} x"):
            line = text(element, _LONGEST_LINE)
            found = names.people_in(line, visible=True) if len(line) <= _LONGEST_LINE and _SAID_BY.match(line) else []
            if found:
                return found
    return []


def _distinct(people: Iterable[Person], heard: Heard) -> tuple[Person, ...]:
    """Each person once; the outlet is none, unless it is called by a person's name."""
    outlets = _outlets(heard)
    unique: dict[str, Person] = {}
    for person in people:
        if (key := folded(person.name)) and (key not in outlets or names.is_person(person.name)):
            unique.setdefault(key, person)
    return tuple(unique.values())


def _outlets(heard: Heard) -> set[str]:
    """How the outlet is called: by its name, and by its host."""
    host = heard.base.partition("://")[2].partition("/")[0].removeprefix("www.")
    return {folded(heard.site or ""), folded(host), folded(host.rpartition(".")[0])}
