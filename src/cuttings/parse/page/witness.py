"""Who else says what the text of a page is: trafilatura, the page's own JSON-LD, its head.

Pure.  The one door to trafilatura, which works on a copy of the tree.
Standards: schema.org Article (articleBody, wordCount).
"""

import copy
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trafilatura import bare_extraction
from trafilatura.settings import Document as Extracted

from cuttings.text import xml
from cuttings.text.xml import Element

_LARGEST_JSON = 1_000_000  # characters of one JSON-LD block
_DEEPEST, _MOST_VALUES = 8, 50  # of JSON-LD: a page's graph is small
_SHORTEST_BODY = 100  # characters: below, an articleBody is a teaser
_FEWEST, _MOST = 30, 30_000  # words that a wordCount is believed for
_RUN = 4  # words that make a likeness

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its complaints about pages are no news


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a page says of its article outside its text; "", 0 and () where it says nothing."""

    title: str = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()  # articleBody of JSON-LD
    length: int = 0  # words, by wordCount of JSON-LD


class Witness:
    """A text, asked how much of another one it holds."""

    def __init__(self, words: Sequence[Sequence[str]]) -> None:
        """`words` are the words of the text's lines."""
        self.length = sum(map(len, words))
        self._lines = {tuple(line) for line in words if len(line) < _RUN}
        flat = [word for line in words for word in line]
        self._runs = set(zip(flat, flat[1:], flat[2:], flat[3:], strict=False))

    def share(self, words: Sequence[str]) -> float:
        """Return the share of a text's runs of four words that are here; of a shorter one, whether it is a line."""
        if len(words) < _RUN:
            return float(tuple(words) in self._lines)
        runs = list(zip(words, words[1:], words[2:], words[3:], strict=False))
        return sum(map(self._runs.__contains__, runs)) / len(runs)


def by_trafilatura(root: Element) -> str:
    """Return the text that trafilatura finds on a page, a line a paragraph; "" where it finds none."""
    found = bare_extraction(copy.deepcopy(root), with_metadata=False, include_comments=False, favor_precision=True)
    return found.text or "" if isinstance(found, Extracted) else ""


def told(root: Element, title: str | None, description: str | None, authors: Sequence[str]) -> Said:
    """Return what a page says: these of its metadata, and what its JSON-LD says of the text."""
    bodies: list[str] = []
    lengths: list[int] = []
    for name, value in _of_the_text(root):
        if name == "articleBody" and isinstance(value, str) and len(value) > _SHORTEST_BODY:
            bodies.append(value)
        elif name == "wordCount" and (count := _count(value)):
            lengths.append(count)
    return Said(
        title=title or "",
        description=description or "",
        authors=tuple(authors),
        bodies=tuple(bodies),
        length=lengths[0] if lengths else 0,
    )


def _of_the_text(root: Element) -> Iterator[tuple[str, Any]]:
    """Yield the articleBody and wordCount properties of a page's JSON-LD."""
    for script in root.iter("script"):
        if not (script.get("type") or "").strip().lower().startswith("application/ld+json"):
            continue
        text = xml.text_of(script)[: _LARGEST_JSON + 1]
        if len(text) <= _LARGEST_JSON and ('"articleBody"' in text or '"wordCount"' in text):
            try:
                yield from _properties(json.loads(text, strict=False), 0)
            except (ValueError, RecursionError):
                continue


def _properties(value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield from ((name, value[name]) for name in ("articleBody", "wordCount") if name in value)
        value = list(value.values())
    if isinstance(value, list):
        for below in value[:_MOST_VALUES]:
            if isinstance(below, dict | list):
                yield from _properties(below, depth + 1)


def _count(value: Any) -> int:
    text = str(value)[:10]
    count = int(text) if text.isdecimal() else 0
    return count if _FEWEST < count < _MOST else 0
