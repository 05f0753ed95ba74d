"""Sources from an OPML file.

Pure.  Bounded, and nothing that the file points to is followed: an outline
of type `include` is named in the warnings (THREATS H-90, H-91).

Standards: OPML 2.0, 1.1 and 1.0, as files in the wild have them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5

from cuttings.text import urls, xml

LARGEST = 32 * 2**20  # bytes; 100,000 outlines with everything they may say
MOST = 20_000  # sources of one file
DEEPEST = 50  # folders within folders

_AMPERSAND = re.compile(rb"&(?!#\d+;|#x[0-9a-fA-F]+;|(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,30};)?")


@dataclass(frozen=True, slots=True)
class Outline:
    """One subscription: its address, its name if it has one, and the folders and categories it stands in."""

    url: str
    title: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlines:
    """What an OPML file lists, each address once, and what was passed over (for people)."""

    found: tuple[Outline, ...]
    warnings: tuple[str, ...]


def read(body: bytes) -> Outlines:
    """Return the subscriptions in document order.

    An address that comes twice is one subscription with the tags of both.
    Raises ValueError where the body is not OPML.
    """
    if len(body) > LARGEST:
        raise ValueError(f"larger than {LARGEST // 2**20} MiB")
    root = _root(body)
    if xml.local_name(root).lower() != "opml":
        raise ValueError(f"not OPML: its root is <{xml.local_name(root)[:40]}>")
    return _gathered(root)


def _root(body: bytes) -> xml.Element:
    """Return the root; a bare & or an HTML entity (in half of the lists in the wild) is no reason to refuse one."""
    try:
        return xml.parse(body)
    except ValueError:
        repaired = _AMPERSAND.sub(_reference, body)
        if repaired == body or b"<!ENTITY" in body:
            raise
        return xml.parse(repaired)


def _reference(found: re.Match[bytes]) -> bytes:
    character = html5.get((found[1] or b"").decode("ascii"))
    return b"&amp;" + (found[1] or b"") if character is None else "".join(f"&#{ord(c)};" for c in character).encode()


def _gathered(root: xml.Element) -> Outlines:
    found: dict[str, Outline] = {}
    warnings: list[str] = []
    for outline, folders in _outlines(root):
        made = _subscription(outline, folders)
        if isinstance(made, str):
            warnings.append(made)
        elif made is not None:
            before = found.get(made.url)
            found[made.url] = made if before is None else _joined(before, made)
            if len(found) > MOST:
                raise ValueError(f"more than {MOST:,} sources")
    return Outlines(tuple(found.values()), tuple(warnings))


def _outlines(root: xml.Element) -> Iterator[tuple[xml.Element, tuple[str, ...]]]:
    """Yield outlines in document order with the names of the folders around them."""
    waiting: list[tuple[xml.Element, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, folders = waiting.pop()
        if xml.local_name(element).lower() == "outline":
            yield element, folders
            if (label := _label(element)) and _address(element) is None:
                folders = (*folders, label)
        if len(folders) <= DEEPEST:
            waiting += [(child, folders) for child in reversed(element) if xml.local_name(child)]


def _subscription(outline: xml.Element, folders: tuple[str, ...]) -> Outline | str | None:
    """Return a subscription, a warning, or None for a folder."""
    label = _label(outline)
    if _attribute(outline, "type").lower() == "include":
        return f"{label or 'an outline'}: includes another file, which is not followed"
    if (address := _address(outline)) is None:
        return None
    try:
        parsed = urls.parse(address)
    except urls.UrlError as error:
        return f"{label or urls.masked(address)}: {error}"
    if parsed.userinfo is not None:
        return f"{label or parsed.host}: a name or password in an address is not available in this version"
    return Outline(address, label, _unique((*folders, *_categories(outline))))


def _address(outline: xml.Element) -> str | None:
    return _attribute(outline, "xmlurl") or None


def _label(outline: xml.Element) -> str | None:
    """Return `text`, else `title` (SubsNoTitleAttributes and its like have only one), on one line."""
    return _attribute(outline, "text") or _attribute(outline, "title") or None


def _categories(outline: xml.Element) -> tuple[str, ...]:
    listed = _attribute(outline, "category").split(",")
    return tuple(part.strip().strip("/") for part in listed if part.strip().strip("/"))


def _attribute(outline: xml.Element, name: str) -> str:
    """Return an attribute whatever its case, controls and line breaks as blanks; "" where it is missing."""
    for key, value in outline.attrib.items():
        if str(key).lower() == name:
            return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())[:2000]
    return ""


def _joined(one: Outline, other: Outline) -> Outline:
    return Outline(one.url, one.title or other.title, _unique((*one.tags, *other.tags)))


def _unique(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag[:200] for tag in tags))
