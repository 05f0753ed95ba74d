"""The blocks of a clean HTML fragment: what each says, where it stands, and the fragment without some of them.

Works on what `markup.sanitised` returned, whose tags a pattern takes apart
exactly.  The texts are those that `markup.text_of` parts by blank lines.
Pure.
"""

import html as entities
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from cuttings.text.markup import BLOCK_NAMES

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>")
_EMPTY = re.compile(
    r"<(p|div|figure|section|article|aside|header|footer|blockquote|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th"
    r"|h[1-6]|pre|details|strong|em|b|i|a|span|small)(?: [^<>]*)?>\s*(?:<br>\s*)*</\1>"
)
_VOID = frozenset(("br", "hr", "img", "wbr"))
RECURS = 4  # words: shorter blocks may stand on each page in their own right
_DEEPEST_EMPTY = 8  # elements around what was taken out that may be left empty within each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One block: its text with white space collapsed, and the span of the fragment it takes without its own tags.

    `names` are the elements around it, outermost first; `linked` counts the
    characters of its text inside links.
    """

    text: str
    start: int
    end: int
    names: tuple[str, ...] = ()
    linked: int = 0


def parts(html: str) -> list[Part]:
    """Return the blocks of a clean fragment, captions left out, in order."""
    return [part for part in _Reader(html).read() if "figcaption" not in part.names]


def without(html: str, taken: Collection[Part]) -> str:
    """Return a clean fragment without some of its blocks, and without the elements that they leave empty."""
    for part in sorted(taken, key=lambda one: one.start, reverse=True):
        html = html[: part.start] + _unclosed(html[part.start : part.end]) + html[part.end :]
    for _ in range(_DEEPEST_EMPTY if taken else 0):
        emptied = _EMPTY.sub("", html)
        if emptied == html:
            break
        html = emptied
    return html.strip()


class _Reader:
    """Walks the tags of a fragment, and parts it where a block begins or ends, and where two line breaks stand."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._open: list[str] = []
        self._texts: list[tuple[str, bool]] = []
        self._start = 0

    def read(self) -> Iterator[Part]:
        at, links, broken = 0, 0, False
        for tag in _TAG.finditer(self._html):
            self._add(self._html[at : tag.start()], links > 0)
            broken = broken and not self._html[at : tag.start()].strip()
            at = tag.end()
            closing, name = tag[1], tag[2]
            if name in BLOCK_NAMES or (name == "br" and broken):
                yield from self._part(tag.start(), tag.end())
                self._nest(closing, name)
                broken = False
            elif name == "a":
                links = max(0, links + (-1 if closing else 1))
            elif name in ("br", "td", "th"):
                broken = name == "br"
                self._add(" ", False)
        self._add(self._html[at:], links > 0)
        yield from self._part(len(self._html), len(self._html))

    def _add(self, text: str, linked: bool) -> None:
        if text:
            self._texts.append((entities.unescape(text), linked))

    def _part(self, end: int, following: int) -> Iterator[Part]:
        text = " ".join("".join(text for text, _ in self._texts).split())
        if text:
            linked = sum(len(" ".join(text.split())) for text, linked in self._texts if linked)
            yield Part(text=text, start=self._start, end=end, names=tuple(self._open), linked=linked)
        self._texts, self._start = [], following

    def _nest(self, closing: str, name: str) -> None:
        if not closing and name not in _VOID:
            self._open.append(name)
        elif closing and name in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(name) :]


def _unclosed(html: str) -> str:
    """Return the tags of a span whose partners stand outside of it."""
    kept: list[re.Match[str]] = []
    for tag in _TAG.finditer(html):
        if tag[2] in _VOID:
            continue
        if tag[1] and kept and kept[-1][2] == tag[2] and not kept[-1][1]:
            kept.pop()
        else:
            kept.append(tag)
    return "".join(tag[0] for tag in kept)


def texts(found: Sequence[Part]) -> list[str]:
    """Return what the blocks say."""
    return [part.text for part in found]


def joined(fragments: Sequence[str]) -> str:
    """Return the clean fragments of an article's pages as one, without what a page repeats of those before it."""
    said: set[str] = set()
    whole: list[str] = []
    for fragment in fragments:
        found = parts(fragment)
        whole.append(
            without(fragment, [part for part in found if part.text in said and len(part.text.split()) >= RECURS])
        )
        said.update(texts(found))
    return "".join(whole)
