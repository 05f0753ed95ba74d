"""What a publisher reserves: that a document be kept, but not given on in full.

Pure, on foreign bytes.  Standards: STANDARDS RB-8 and NB-2 (X-Robots-Tag and
`robots` noarchive, no-store), the TDM Reservation Protocol of the W3C community
group, `podcast:locked` of the podcast namespace.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from cuttings.model.article import TOLD_ONLY
from cuttings.model.capture import Document

MOST_READ = 131_072  # bytes; a head is shorter
OURS = ("robots", "cuttings")

_META = re.compile(rb"<meta\s([^>]{1,1000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rb"""(name|content)\s{0,9}=\s{0,9}("[^"]{0,500}"|'[^']{0,500}'|[^\s"'>]{1,500})""", re.IGNORECASE
)
_LOCKED = re.compile(rb"<podcast:locked(?:\s[^>]{0,300})?>\s{0,99}(?:yes|true)\s{0,99}</", re.IGNORECASE)


def of(document: Document) -> tuple[str, ...]:
    """Return what is reserved, by name ("noarchive", "no-store", "tdm", "locked"), each once and in order."""
    said = [*_of_headers(document.headers)]
    head = document.body[:MOST_READ]
    if "html" in document.media_type or b"<meta" in head[:4096].lower():
        said += _of_metas(head)
    if b"podcast:locked" in head and _LOCKED.search(head):
        said.append("locked")
    return tuple(dict.fromkeys(said))


def meaning(reserved: Sequence[str]) -> str:
    """Return what becomes of an article of which this is reserved, in words."""
    return "kept" if set(reserved) <= set(TOLD_ONLY) else "kept, and not given on in full"


def _of_headers(headers: Mapping[str, str]) -> Iterator[str]:
    if "noarchive" in _rules(headers.get("x-robots-tag", "")):
        yield "noarchive"
    if "no-store" in _words(headers.get("cache-control", "")):
        yield "no-store"
    if headers.get("tdm-reservation", "").strip() == "1":
        yield "tdm"


def _of_metas(head: bytes) -> Iterator[str]:
    for found in _META.finditer(head):
        said = {one[1].lower(): one[2].strip(b"\"'").decode("latin-1").lower() for one in _ATTRIBUTE.finditer(found[1])}
        name, content = said.get(b"name", ""), said.get(b"content", "")
        if name in OURS and "noarchive" in _words(content):
            yield "noarchive"
        elif name == "tdm-reservation" and content.strip() == "1":
            yield "tdm"


def _rules(value: str) -> set[str]:
    """The rules for all and for us: `otherbot: noarchive` speaks to another, up to the next name."""
    rules, agent = set(), "robots"
    for word in value.lower().split(","):
        name, colon, rest = word.partition(":")
        if colon and name.strip() != "unavailable_after" and not name.strip().startswith("max-"):
            agent, word = name.strip(), rest
        if agent in OURS:
            rules.add(word.strip())
    return rules


def _words(value: str) -> set[str]:
    return {word.strip() for word in value.lower().split(",")}
