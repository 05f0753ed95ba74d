"""Who wrote an entry, from its markup.

Pure.  feedparser is not asked: of several authors it mixes the last two, and
it cuts e-mail addresses at four letters of their domain, in quadratic time.
Standards: RFC 4287 3.2, 4.2.1; RSS 2.0 author and its Profile; Dublin Core
creator; the iTunes author; STANDARDS 1.1 (RSS-P8), THREATS H-78.
"""

import re
from collections.abc import Iterable

from cuttings.model.article import Person
from cuttings.text import markup, urls, xml
from cuttings.text.xml import Element

LONGEST = 1_000  # characters of a name

_AUTHORS = ("author", "creator")  # of RSS and Atom, of Dublin Core and iTunes
_SPACES = ("http://purl.org/dc/elements/1.1/", "http://www.itunes.com/dtds/podcast-1.0.dtd")
_ADDRESS = r"(?:mailto:)?[^\s@<>()]+@[^\s@<>()]+"
_BY = re.compile(r"^(?:by|von|par|por|door|автор:)\s+(?=[^\W\d_]+\s+\S)", re.IGNORECASE)
_WITH_ADDRESS = re.compile(rf"{_ADDRESS}\s*\((?P<after>[^()]+)\)|(?P<before>[^<>()@]+?)\s*[<(]{_ADDRESS}[>)]")


def authors_of(entry: Element, base: str) -> tuple[Person, ...]:
    """Return the authors among an entry's children, each name once; who gives an address only is named by it."""
    return distinct(_person(child, base) for child in entry.iterchildren("*") if _is_author(child))


def named(text: str) -> str:
    """Return the name in `ann@example.org (Ann)`, `Ann <ann@example.org>`, `By Ann Lee`; other text is one itself."""
    text = text[:LONGEST].strip()
    found = _WITH_ADDRESS.fullmatch(text)
    name = (found["after"] or found["before"]).strip() if found else text
    return _BY.sub("", markup.plain(name, markup.kind_of(name)))


def distinct(people: Iterable[Person | None]) -> tuple[Person, ...]:
    """Return the people, each name once, the first one's address."""
    by_name: dict[str, Person] = {}
    for person in people:
        if person is not None:
            by_name.setdefault(person.name, person)
    return tuple(by_name.values())


def _is_author(child: Element) -> bool:
    return xml.local_name(child).lower() in _AUTHORS and (
        not child.prefix or xml.namespace(child).lower() in _SPACES or xml.namespace(child).endswith("/Atom")
    )


def _person(author: Element, base: str) -> Person | None:
    parts = {xml.local_name(part).lower(): xml.text_of(part).strip() for part in author.iterchildren("*")}
    name = named(parts.get("name") or parts.get("email") or xml.text_of(author) if parts else xml.text_of(author))
    address = parts.get("uri") or parts.get("url") or parts.get("homepage")
    return Person(name=name, url=urls.absolute(base, address) if address else None) if name else None
