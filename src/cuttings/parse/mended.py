"""Makes a tree of a document that is nearly XML, where that is safe, and refuses what is made to hurt.

Pure: text in, tree out.  Nothing is guessed about elements: what needs that
is left to a parser made for it.
Standards: XML 1.0 (2.8, 4.4); STANDARDS 15 (EN-5, EN-7); THREATS 1.3, H-40, H-41, H-49, H-52, H-53.
"""

import re
from html.entities import name2codepoint
from typing import NamedTuple

from cuttings.errors import ParseError
from cuttings.parse import sniff
from cuttings.text import xml

LARGEST_EXPANSION = 1_000_000  # characters that declared entities may grow a document by (H-40)

_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,300}\?>")
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]{1,8})|([0-9]{1,9}));?", re.IGNORECASE)
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,9});")
_SUBSET = re.compile(r"<!DOCTYPE[^\[>]{0,1000}\[(.*?)\]\s*>", re.DOTALL | re.IGNORECASE)
_ELEMENT = re.compile(r"<[A-Za-z_]")
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.:-]+)\s+(?:"([^"]*)"|'([^']*)')""")
_PARAMETER = re.compile(r"""<!ENTITY\s+%\s+[\w.:-]+\s+["']""")  # with a value; RSS 1.0's boilerplate names a file
_NESTED = re.compile(r"&(?!#\w+;|(?:amp|lt|gt|quot|apos);)")
_XML_NAMES = {"amp", "lt", "gt", "quot", "apos"}
_HTML_NAMES = {name: chr(code) for name, code in name2codepoint.items() if name not in _XML_NAMES}


class Mended(NamedTuple):
    """A text, its tree (None: it is not XML, and `problem` says why), and what was passed over."""

    text: str
    root: xml.Element | None
    problem: str | None = None


def mended(url: str, text: str) -> Mended:
    """Return a document's text without its XML declaration, as well-formed as is safe, and its tree.

    Entities that it declares are put in their places, and its DTD taken out.
    Only where it is not well-formed, HTML's names for characters are too, and
    what stands before the document or after its end is cut off.  Raises
    ParseError for what is beyond our bounds.
    """
    text = _expanded(url, _DECLARATION.sub("", _from_the_start(text), count=1))
    first = _tree(url, text)
    if first.problem is None:
        return first
    better = _NAMED.sub(_character, _legal_references(text))
    second = first if better == text else _tree(url, better)
    if second.problem and "Extra content" in second.problem:
        return Mended(better, _tree(url, _first_document(better)).root, second.problem)
    return Mended(better, second.root, first.problem)


def _from_the_start(text: str) -> str:
    """Return the text without what a program said before the document began (a warning, seen in the wild)."""
    start = text.find("<?xml", 0, 4096)
    return text[start:] if start > 0 else text.lstrip("\ufeff \t\r\n")


def _expanded(url: str, text: str) -> str:
    """Put declared entities in their places; one that stands for others, or for very much, is made to hurt."""
    element, subset = _ELEMENT.search(text), _SUBSET.search(text, 0, 1 << 20)
    if not subset or not element or element.start() < subset.start() or "<!ENTITY" not in subset[1]:
        return text
    values = {name: double or single for name, double, single in _ENTITY.findall(subset[1])}
    if _PARAMETER.search(subset[1]) or any(_NESTED.search(value) for value in values.values()):
        raise ParseError(url, "its DTD builds entities of entities")
    text = text[: subset.start()] + text[subset.end() :]
    if sum(len(value) * text.count(f"&{name};") for name, value in values.items()) > LARGEST_EXPANSION:
        raise ParseError(url, "its entities grow beyond measure")
    return re.sub(r"&([\w.:-]{1,100});", lambda found: values.get(found[1], found[0]), text)


def _tree(url: str, text: str) -> Mended:
    try:
        return Mended(text, xml.parse(text.encode()))
    except xml.TooMuch as error:
        raise ParseError(url, f"beyond what we read: {error}") from error
    except ValueError as error:
        return Mended(text, None, f"not well-formed: {error}")


def _legal_references(text: str) -> str:
    """Return the text with U+FFFD for references to what is no character (H-49): they stop any parser."""

    def legal(found: re.Match[str]) -> str:
        code = int(found[1], 16) if found[1] else int(found[2])
        return found[0] if code < 0x110000 and chr(code) == xml.fit(chr(code)) else "\ufffd"

    return _REFERENCE.sub(legal, text)


def _character(found: re.Match[str]) -> str:
    return _HTML_NAMES.get(found[1], found[0])


def _first_document(text: str) -> str:
    root = sniff.root_of(text)
    end = re.search(rf"</{re.escape(root)}\s*>", text) if root else None
    return text[: end.end()] if end else text
