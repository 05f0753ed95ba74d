"""XML and HTML trees: safe reading, building, writing.  The one door to lxml.

Entities are never expanded, DTDs and the network never touched; depth and text
nodes are bounded by libxml2 itself (256 levels, 10 MB).  Run on foreign bytes
only in the sandbox.
Standards: XML 1.0 (2.2, 2.8), Namespaces in XML 1.0; STANDARDS 15 (EN-4, EN-7).
"""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

Element: TypeAlias = etree._Element

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_BLANK = b" \t\r\n\v\f\0"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_REFUSED = {"utf-7", "utf7", "unicode-1-1-utf-7", "utf-32", "ucs-4", "iso-10646-ucs-4", "iso-2022-cn", "iso-2022-kr"}
_BOUNDS = re.compile(r"[Ee]xcessive depth|huge|[Aa]mplification|too (?:long|large|many)|loop|limit|out of memory")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TooMuch(ValueError):
    """A document beyond the bounds of what we read: too deep, too long, blown up."""


def parse(body: bytes) -> Element:
    """Return the root of a well-formed document.

    White space and a BOM before it are passed over.  Raises ValueError where
    it is not well-formed, in an encoding we refuse (EN-4), or declares
    entities; TooMuch where a bound of libxml2 is met.
    """
    try:
        root = etree.fromstring(trimmed(body), _parser())
    except (etree.LxmlError, LookupError, AssertionError) as error:
        raise (TooMuch if _BOUNDS.search(str(error)) else ValueError)(_one_line(error)) from error
    if root is None:
        raise ValueError("no element in it")
    if _declares_entities(root):
        raise ValueError("declares entities")
    return root


def parse_html(body: bytes | str, charset: str | None = None) -> Element:
    """Return the root of an HTML page, mended as libxml2 does; `charset` goes before what the page says of itself.

    Raises ValueError where there is nothing to read.
    """
    try:
        if isinstance(body, str):
            return document_fromstring(body.encode("utf-8", "replace"), parser=_html_parser("utf-8"))
        return document_fromstring(body, parser=_html_parser(_known(charset)))
    except (etree.LxmlError, LookupError, AssertionError) as error:
        raise ValueError(_one_line(error)) from error


def select(root: Element, selector: str) -> list[Element]:
    """Return the elements of an HTML page that a CSS selector selects, in document order.

    Raises ValueError for what is no selector, or has what only a browser knows
    (`::before`).
    """
    from lxml.cssselect import CSSSelector, SelectorError  # noqa: PLC0415 - few have a selector

    try:
        found: Any = CSSSelector(selector, translator="html")(root)
    except (SelectorError, etree.XPathError, NotImplementedError) as error:
        raise ValueError(f"not a selector: {_one_line(error)}") from error
    return list(found)


def trimmed(body: bytes) -> bytes:
    """Return a document without what stands before its first `<`: white space and BOMs, seen in the wild.

    UTF-16 is returned as it is.  Raises ValueError for an encoding that we
    refuse.
    """
    if body.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\0\0\0<", b"<\0\0\0", b"+/v", b"Lo\xa7\x94")):
        raise ValueError("its encoding is refused")  # UTF-32, UTF-7, EBCDIC
    if body.startswith(_UTF16_BOMS) or body[:2] in (b"<\0", b"\0<"):
        return body
    while (rest := body.lstrip(_BLANK).removeprefix(_UTF8_BOM)) != body:
        body = rest
    declared = _DECLARED.match(body)
    if declared and declared[1].decode().lower() in _REFUSED:
        raise ValueError(f"its encoding is refused: {declared[1].decode()}")
    return body


def serialise(element: Element, *, declaration: bool = False) -> bytes:
    """Return an element as XML in UTF-8, without its tail."""
    return etree.tostring(element, encoding="utf-8", xml_declaration=declaration, with_tail=False)


def serialise_document(element: Element) -> bytes:
    """Return the whole document that an element stands in as XML in UTF-8, with its declaration."""
    return etree.tostring(element.getroottree(), encoding="utf-8", xml_declaration=True)


def serialise_html(element: Element) -> str:
    """Return an element as HTML, without its tail."""
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def text_of(element: Element) -> str:
    """Return all text inside an element, in document order, without comments."""
    return "".join(map(str, element.itertext(etree.Element)))


def local_name(element: Element) -> str:
    """Return an element's name without its namespace; "" for comments, instructions and entities."""
    return _name(element).rpartition("}")[2]


def namespace(element: Element) -> str:
    """Return an element's namespace; "" for none, and for what is no element."""
    name = _name(element)
    return name[1:].partition("}")[0] if name.startswith("{") else ""


def make(
    tag: str,
    text: str | None = None,
    attributes: Mapping[str, str] | None = None,
    nsmap: Mapping[str | None, str] | None = None,
) -> Element:
    """Return a new element; `tag` and attributes may be in `{namespace}name` form, texts are made fit for XML."""
    spaces: Any = dict(nsmap or {})  # the stubs know no default namespace
    element = etree.Element(tag, {name: fit(value) for name, value in (attributes or {}).items()}, nsmap=spaces)
    element.text = None if text is None else fit(text)
    return element


def child(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """Append a new element to `parent` and return it; as `make`."""
    element = make(tag, text, attributes)
    parent.append(element)
    return element


def break_lines(parent: Element) -> None:
    """End each child with a line feed: people read documents too, and line by line they compare better."""
    parent.text = "\n"
    for element in parent:
        element.tail = "\n"


def fit(text: str) -> str:
    """Return a text with U+FFFD for what XML 1.0 (2.2, Char) cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False, remove_pis=True
    )


def _html_parser(encoding: str | None) -> HTMLParser:
    """Without comments: they would cut a sentence's text in two."""
    return HTMLParser(encoding=encoding, remove_comments=True, remove_pis=True)


def _declares_entities(root: Element) -> bool:
    subset: Any = root.getroottree().docinfo.internalDTD
    return subset is not None and next(iter(subset.iterentities()), None) is not None


def _name(element: Element) -> str:
    tag: Any = element.tag  # a function for comments, instructions and entities
    return tag if isinstance(tag, str) else ""


def _known(charset: str | None) -> str | None:
    try:
        "".encode(charset or "")
    except (LookupError, ValueError):
        return None
    return charset


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or "not well-formed"
