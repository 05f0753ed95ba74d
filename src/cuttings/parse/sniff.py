"""What a document is, and its text: the bytes are asked first, the declared media type second.

Pure.  Standards: RFC 7303 3 and the WHATWG Encoding Standard (labels), as
STANDARDS 15 (EN-1 to EN-5) orders them; THREATS H-38, H-47, H-48, H-49.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Literal, NamedTuple

from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.text import packing

Kind = Literal["syndication", "jsonfeed", "page", "plaintext", "opml", "sitemap"]

LARGEST = 52_428_800  # bytes that a packed file may hold: what a sitemap may (sitemaps.org)
_HEAD = 65_536  # bytes that are looked at to tell what a document is
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image or a sound"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "packed with gzip"),
    (b"(\xb5/\xfd", "packed with Zstandard"),
    (b"ID3", "an MP3 sound"),
    (b"OggS", "an Ogg file"),
    (b"\x7fELF", "a program"),
    (b"\0asm", "a program"),
    (b"\xd0\xcf\x11\xe0", "an Office document"),
)
_FEEDS = {"rss", "rdf", "feed", "channel", "entry"}
_PAGE = {"html", "head", "body"}
_OPML = {"opml", "outlinedocument"}
_SITEMAP = {"urlset", "sitemapindex"}
_HTML = re.compile(
    r"html|head|body|title|meta|link|script|style|base|noscript|main|article|section|header|footer|nav|aside|div|p|a|b|i"
    r"|span|h[1-6]|[uod]l|table|img|br|hr|center|font|form|iframe|blockquote|pre|em|strong"
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))  # UTF-16 without a BOM (XML 1.0, appendix F)
_REFUSED = (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<", b"Lo\xa7\x94", b"+/v8", b"+/v9", b"+/v+", b"+/v/")
_LABELS = {  # labels that mean more than they say (EN-2)
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1", "us-ascii", "ascii"), "cp1252"),
    **dict.fromkeys(("gb2312", "gb_2312-80", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean"), "cp949"),
    "big5": "big5hkscs",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
}
_REFUSED_LABELS = re.compile(r"utf-?7|unicode-1-1-utf-7|utf-?32|ucs-?4|iso-10646-ucs-4|iso-2022-(?:cn|kr)|ebcdic")
_ONE_BYTE = re.compile(r"cp125\d|iso8859|latin|koi8|mac|ascii")
_KNOWN = re.compile(r"utf-8|iso8859-|cp12\d\d|cp932|cp949|cp874|cp866|koi8|gb|big5|euc|shift|mac|iso2022_jp|hz|johab")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]{1,40})""", re.IGNORECASE)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:+-]{1,40})["']""")
_META = re.compile(rb"""<meta\s[^>]{0,200}?charset\s*=\s*["']?([\w.:+-]{1,40})""", re.IGNORECASE)
_PROLOG = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)", re.DOTALL | re.IGNORECASE)
_HTML_DOCTYPE = re.compile(r"\s*<!doctype\s+html", re.IGNORECASE)
_ROOT = re.compile(r"\s*<((?:[a-z_][\w.-]{0,60}:)?([a-z_][\w.-]{0,60}))(?=[\s/>])", re.IGNORECASE)
_BURIED = re.compile(r"<(?:\?xml\s|(?:rss|rdf:rdf|feed)[\s>])", re.IGNORECASE)  # below a program's warnings
_MENDED = "cuttings-mended"  # the name of our error handler
_CONTROLS = [chr(code) for code in (*range(9), 11, 12, *range(14, 32), 127)]


class Decoded(NamedTuple):
    """A document's text, and what was tolerated to get it."""

    text: str
    warnings: tuple[str, ...] = ()


def kind(document: Document) -> Kind:
    """Tell which of our readers a document is for.

    Raises ParseError, saying what it is, for what none of them reads.
    """
    head = _head(document)
    if not head.strip("\ufeff \t\r\n"):
        blank = not document.body[:_HEAD].strip(b"\xef\xbb\xbf \t\r\n")
        raise ParseError(document.url, "an empty body" if blank else "neither text nor markup")
    if head.lstrip()[0] in "{[":
        return _json(document, head)
    root = root_of(head)
    if root:
        return _marked_up(document, root, head)
    if _BURIED.search(head[:4096]):
        return "syndication"
    if sum(document.body.count(control.encode(), 0, _HEAD) for control in _CONTROLS) * 50 > len(head):
        raise ParseError(document.url, "neither text nor markup")
    return "page" if "html" in document.media_type or re.search(r"</(?:p|div|a|h\d)>", head) else "plaintext"


def unpacked(document: Document) -> Document:
    """Return what a file that is packed itself holds (sitemap.xml.gz), any other document as it is.

    Raises ParseError where that cannot be had within bounds.
    """
    if not document.body.startswith(b"\x1f\x8b"):
        return document
    try:
        return replace(document, body=packing.unpacked(document.body, "gzip", LARGEST))
    except packing.PackingError as error:
        raise ParseError(document.url, f"packed with gzip, and cannot be unpacked: {error}") from error


def decode(document: Document) -> Decoded:
    """Return the text of a document, whatever its bytes.

    In the order BOM, HTTP, what the document declares, UTF-8: the first that
    decodes strictly; else UTF-8, in which what is none is read as
    windows-1252.  What only a page's `<meta>` declares yields to what is UTF-8:
    saving a page changes its encoding and leaves the `<meta>`; one that stands far
    down is asked after it.  Controls become
    blanks, what is no character U+FFFD.
    Raises ParseError for encodings that we refuse (EN-4).
    """
    body = document.body
    if body.startswith(_REFUSED):
        raise ParseError(document.url, "in an encoding that is refused (UTF-7, UTF-32 or EBCDIC)")
    first = None
    for encoding, mark in _candidates(document):
        first = first or encoding
        if _is_left_behind(document, encoding):
            continue
        with suppress(UnicodeDecodeError):
            # its marks leave no doubt of UTF-16, whatever is broken in it
            text = body[mark:].decode(encoding, "replace" if encoding.startswith("utf-16") else "strict")
            return Decoded(
                _fit(text), () if encoding == first else (f"not in {first} as declared: read as {encoding}",)
            )
    return Decoded(_fit(_mended(body)), (f"not in {first} as declared: odd bytes read as windows-1252",))


def decoded(document: Document) -> str:
    """Return the text alone; as `decode`."""
    return decode(document).text


def root_of(text: str) -> str | None:
    """Return the name of the first element as written, below declarations, comments and a doctype; None: no element."""
    at = len(text) - len(text.lstrip("\ufeff"))
    page = None
    while found := _PROLOG.match(text, at):
        at = found.end()
        if _HTML_DOCTYPE.match(found[0]):
            page = "html"
    root = _ROOT.match(text, at)
    if root and (page is None or root[2].lower() in _FEEDS):  # feeds under a page's doctype are seen in the wild
        return root[1]
    return page


def _head(document: Document) -> str:
    for magic, what in _MAGIC:
        if document.body.startswith(magic):
            raise ParseError(document.url, f"{what}, not a feed or a page")
    return decoded(replace(document, body=document.body[:_HEAD])).lstrip("\ufeff")


def _json(document: Document, head: str) -> Kind:
    declared = "json" in document.media_type
    if declared or "jsonfeed.org/version" in head or re.match(r'\s*\{\s*"', head):
        return "jsonfeed"
    return "page" if "html" in document.media_type else "plaintext"


def _marked_up(document: Document, root: str, head: str) -> Kind:
    name = root.lower().rpartition(":")[2]
    if name in _FEEDS:
        return "syndication"
    if name in _OPML:
        return "opml"
    if name in _SITEMAP:
        return "sitemap"
    if name not in _PAGE and not _HTML_DOCTYPE.match(head) and _BURIED.search(head[1:4096]):
        return "syndication"
    if _HTML.fullmatch(name) or "html" in document.media_type:
        return "page"
    raise ParseError(document.url, f"XML, but no feed: its root is {root}")


def _candidates(document: Document) -> Iterator[tuple[str, int]]:
    """Yield encodings to try, each with how many bytes its BOM takes."""
    body = document.body
    for marks, skip in ((_BOMS, True), (_UNMARKED, False)):
        for mark, encoding in marks:
            if body.startswith(mark):
                yield encoding, len(mark) if skip else 0
    told = _CHARSET.search(document.headers.get("content-type", ""))
    for label in (told[1] if told else None, _declared(document)):
        codec = _encoding(document, label) if label else None
        if codec:
            yield codec, 0
    yield "utf-8", 0
    late = _META.search(document.body, 1024, _HEAD)  # scripts put before it by a proxy or an archive
    codec = _encoding(document, late[1].decode()) if late else None
    if codec:
        yield codec, 0


def _declared(document: Document) -> str | None:
    head = document.body[:1024]
    found = _DECLARED.match(head) or _META.search(head)
    return found[1].decode() if found else None


def _is_left_behind(document: Document, encoding: str) -> bool:
    """Tell whether only a page's `<meta>` says that it is in this encoding of one byte, while it is UTF-8."""
    body = document.body
    if not _ONE_BYTE.match(encoding) or body.isascii() or _DECLARED.match(body[:1024]):
        return False
    if _CHARSET.search(document.headers.get("content-type", "")):
        return False
    with suppress(UnicodeDecodeError):
        return bool(body.decode("utf-8"))
    return False


def _encoding(document: Document, label: str) -> str | None:
    """Return the codec of a label; None for one that is unknown, or cannot be since the label itself was readable."""
    label = label.lower().strip()
    if re.match(
        r"utf-?7|unicode-1-1-utf-7|utf-?32|ucs-?4|iso-10646-ucs-4|iso-2022-(?:cn|kr)|ebcdic|cp037|ibm037", label
    ):
        raise ParseError(document.url, f"in an encoding that is refused: {label}")
    try:
        name = codecs.lookup(_LABELS.get(label, label)).name
    except (LookupError, ValueError):
        return None
    return name if _KNOWN.match(name) else None


def _mended(body: bytes) -> str:
    """Read bytes that are no UTF-8: as windows-1252 all of them, or only the odd ones where most make sense."""
    body = body.removeprefix(codecs.BOM_UTF8)
    sensible = [char for char in body.decode("utf-8", "ignore") if char > "\x7f"]
    odd = sum(byte > 0x7F for byte in body) - len("".join(sensible).encode())
    if odd > len(sensible):
        return body.decode("cp1252", _MENDED)
    return body.decode("utf-8", _MENDED)


def _fit(text: str) -> str:
    for control in _CONTROLS:  # looked for one by one: many times faster than a character class
        if control in text:
            text = text.replace(control, " ")
    return text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    odd = error.object[error.start : error.end]
    return "".join(bytes([byte]).decode("cp1252", "replace") for byte in odd), error.end


codecs.register_error(_MENDED, _as_windows_1252)
