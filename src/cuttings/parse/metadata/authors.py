"""Who wrote an article, as its page says.

Pure.  Linked data first, then microdata, meta tags, and the byline that
readers see near the headline.  People go before the outlet.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from cuttings.model.article import Person
from cuttings.parse.metadata import names
from cuttings.parse.metadata.heard import MOST, Heard, folded, listed, marks, opening, plain, props, strings, text
from cuttings.text import dates, urls
from cuttings.text.xml import Element

_METAS = (
    *(
        "dc.creator",
        "author",
        "article:author",
        "article:author:name",
        "og:article:author",
        "parsely-author",
        "sailthru.author",
    ),
    *("byl", "dcterms.creator", "dc.contributor", "citation_author", "authors", "article.author"),
    *("cxenseparse:author", "vr:author", "article_author", "og:author"),
)
_LIBRARIES = ("dc.creator", "dcterms.creator", "citation_author")  # write the last name first
_MARKED = re.compile(
    r"(?<![a-z])(?:by-?line|author|autor|auteur|autore|writer|redakteur|verfasser|contributor|writtenby|written-by)"
    r"(?:s|e|en|es|i)?(?:[-_]{0,2}(?:name|names|link|s|info|wrapper|text))?(?![a-z])"
)
_NAMED = re.compile(r"(?<![a-z])(?:fn|author-?_*name|author|byline|entry-author)(?![a-z])")
_SAID_BY = re.compile(
    r"(?:^|(?:\b(?:posted|published|written|story|report|beitrag|artikel|kolumne|kommentar|interview|text|analyse|reportage"
    r"|essay|column|gastbeitrag|uhr|\d{4}|\d\d:\d\d(?:\s?[ap]m)?)|[|•·,–—:-])\s*)"
    r"(?:(?:by|von|par|por|di|door|от|автор|بقلم|作者|written by|text|autorin|author|autor)(?:\s*[:：/|]\s*|\s+)"
    r"|(?:文|글)[/ ])\S",
    re.IGNORECASE,
)
_SAID_FIRST = re.compile(
    r"^(?:(?:posted|written|published)\s)?(?:by|von|par|por|author|autor)\b|\d\s(?:by|von|par|por)\s", re.IGNORECASE
)
_CLOSE = 60  # elements after the headline among which a name needs no further mark than a date beside it
_LINES = frozenset("p div span address small em strong b i a li td h3 h4 h5 h6 byline time header".split())  # noqa: SIM905
_LONGEST_LINE = 150
_BYLINE = "the byline"
_GUESSED = "a name beside the headline"
_COMPLETE = ("meta author", "rel author")  # witnesses who may name more people than those asked before them
_MOST_AUTHORS = 6  # that a byline names
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:en|es|in)?|auteurs?|autori|profile|staff|people|journalists?|contributors?|by)/[^/]"
)

_Named = tuple[tuple[Person, ...], str]


def authors_of(heard: Heard, headline: Element | None) -> tuple[tuple[Person, ...], str]:
    """Return the authors, each once, and who named them; the outlet where it is named as one and nobody else."""
    outlet: _Named = (), ""
    first: _Named = (), ""
    for who, people in _told(heard, headline):
        found = _distinct(people)
        others = _people(person for person in found if folded(person.name) not in heard.outlets)
        if first[0] and others:
            return (others, who) if _is_better(others, first[0]) else first
        if others and _is_unsure(others):
            first = others, who
        elif others and not (who == _GUESSED and outlet[0]):
            return _completed(others, who, heard, headline)
        if found and not others and not outlet[0] and who not in (_BYLINE, _GUESSED) and "meta" not in who:
            outlet = found[:1], who
    return outlet if outlet[0] and (not first[0] or first[1] in (_BYLINE, _GUESSED)) else first


def _people(named: Iterable[Person]) -> tuple[Person, ...]:
    """Those who look like people, where some do; agencies and the like are named beside them."""
    found = tuple(named)
    return (tuple(person for person in found if names.is_person(person.name)) or found)[:MOST]


def _completed(people: tuple[Person, ...], who: str, heard: Heard, headline: Element | None) -> _Named:
    """All the authors, where the first who names them names only some of those whom the others name."""
    known = {folded(person.name) for person in people}
    for name, told in _stated(heard, heard.around(headline)):
        fuller = _people(_distinct(told)) if name in _COMPLETE and name != who else ()
        if len(known) < len(fuller) <= _MOST_AUTHORS and known < {folded(person.name) for person in fuller}:
            return fuller, name
    return people, who


def _is_unsure(people: Sequence[Person]) -> bool:
    """Tell whether it is one word, as bloggers sign, or an agency or a desk: others may name the person."""
    if not names.has_case(people[0].name):
        return False
    if len(people) == 1 and " " not in people[0].name:
        return True
    return not any(names.is_person(person.name) for person in people)


def _is_better(others: Sequence[Person], first: Sequence[Person]) -> bool:
    """Tell whether others are who an unsure name stands for: the whole of one word, people instead of an agency's."""
    if len(first) == 1 and " " not in first[0].name and not first[0].name.isupper():
        return any(first[0].name.casefold() in person.name.casefold().split() for person in others)
    return all(names.has_case(person.name) and names.is_person(person.name) for person in others)


def _told(heard: Heard, headline: Element | None) -> Iterator[tuple[str, list[Person]]]:
    """Who names whom: what is said in so many words, then what readers see, the surest first."""
    near = heard.around(headline)
    yield from _stated(heard, near)
    yield _BYLINE, [Person(name=name) for name in _byline(near, heard)]
    yield "author link", list(_profiled(near, heard))
    yield "JSON-LD creator", [person for one in listed(heard.linked("creator")) for person in _linked(one, heard)]
    yield _BYLINE, [Person(name=name) for name in _spoken(near)]
    yield _GUESSED, [Person(name=name) for name in _dated(near, heard)]
    yield _GUESSED, [Person(name=name) for name in _single(near, heard)]
    yield "rel author", list(islice(_linked_names(heard.all, heard), 1))
    yield "microdata author", list(islice(_marked_up(heard, beside=True), 1))


def _stated(heard: Heard, near: Sequence[Element]) -> Iterator[tuple[str, list[Person]]]:
    yield "JSON-LD author", [person for author in listed(heard.linked("author")) for person in _linked(author, heard)]
    for name in _METAS:
        said = map(names.turned, heard.meta(name)) if name in _LIBRARIES else heard.meta(name)
        yield f"meta {name}", [Person(name=one) for line in islice(said, MOST) for one in _declared(line, heard)]
    yield "microdata author", list(_marked_up(heard))
    yield "rel author", list(_linked_names(near, heard))


def _declared(said: str, heard: Heard) -> list[str]:
    """The people in a meta tag; one that names the outlet names its place besides, and no people."""
    people = names.people_in(plain(said))
    return [] if any(folded(name) in heard.outlets for name in people) else people


def _linked(author: Any, heard: Heard) -> list[Person]:
    """The people of an author in linked data: a name, several in one text, a thing or a reference to one."""
    if isinstance(author, dict):
        author = heard.things.get(str(author.get("@id")), author) if "name" not in author else author
        found = strings(author.get("name"))
        address = next(iter(strings(author.get("url"))), None)
    else:
        found, address = strings(author), None
    people = [one for name in found for one in names.people_in(plain(name)) or names.nickname_in(plain(name))]
    url = urls.absolute(heard.base, address) if address else None
    return [Person(name=name, url=url if len(people) == 1 else None) for name in people]


def _marked_up(heard: Heard, *, beside: bool = False) -> Iterator[Person]:
    for element in _together([e for e in heard.props("author") if beside or not heard.is_beside(e)]):
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
        line = text(link, _LONGEST_LINE)
        for name in names.people_in(line) or names.nickname_in(line):
            yield Person(name=name, url=urls.absolute(heard.base, link.get("href") or "") or None)


def _profiled(near: Iterable[Element], heard: Heard) -> Iterator[Person]:
    """The people whose pages are linked soon after the headline."""
    links = [e for e in islice(near, _CLOSE) if e.tag == "a" and _PROFILE.search((e.get("href") or "").lower())]
    for link in _together([e for e in links if not heard.is_beside(e)]):
        if names.is_person(name := names.unprefixed(text(link, _LONGEST_LINE))):
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
        marked = _NAMED.search(marks(element)) or "/author/" in (element.get("href") or "")
        if marked and not heard.is_beside(element):
            line = names.unprefixed(text(element, _LONGEST_LINE))
            if names.is_single(line):
                return [line]
    return []


def _dated(near: Iterable[Element], heard: Heard) -> list[str]:
    """The person whose name alone stands in an element beside a date."""
    for element in islice(near, _CLOSE):
        if element.tag in _LINES and (name := opening(element)) and len(name) <= 40 and names.is_person(name):
            around = element.getparent()
            line = " | ".join(_pieces(around)) if around is not None else ""
            if len(line) <= _LONGEST_LINE and dates.found(line) and not heard.is_beside(element):
                return [name]
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
    """The names of the first short line near the headline that tells by whom the text is."""
    for element in near:
        if element.tag in _LINES:
            for line in _lines(element):
                said = _SAID_BY.search(line)
                found = names.people_in(line[said.end() - 1 :], visible=True) if said else []
                single = names.unprefixed(line[said.end() - 1 :]) if said else ""
                if found or (single and _SAID_FIRST.match(line) and names.is_single(single)):
                    return found or [single]
    return []


def _lines(element: Element) -> Iterator[str]:
    """The short lines of an element: its whole text, where that is one, and what follows its children."""
    if len(opening(element)) <= _LONGEST_LINE:
        line = text(element, _LONGEST_LINE)
        if len(line) <= _LONGEST_LINE:
            yield line
    for child in islice(element, 10):
        tail = " ".join((child.tail or "")[:_LONGEST_LINE].split())
        if 5 <= len(tail) < _LONGEST_LINE:
            yield tail


def _distinct(people: Iterable[Person]) -> tuple[Person, ...]:
    unique: dict[str, Person] = {}
    for person in people:
        if key := folded(person.name):
            unique.setdefault(key, person)
    return tuple(unique.values())
