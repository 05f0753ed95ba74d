"""The text blocks of a page: runs of inline content in a block element, in document order.

    <div>One<br><br>two <b>three</b><p>four</p></div>   ->   One | two three | four

A block keeps its nodes of the tree, so that what is kept of a page keeps its
markup by construction.  Pure; the tree is not changed.
Standards: HTML 3.2.5.2.5 (phrasing content), 15.3 (what browsers show as a block).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cuttings.text.xml import Element

UNSHOWN = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "head",
        "object",
        "embed",
        "canvas",
        "select",
        "option",
        "textarea",
        "input",
        "math",
        "audio",
        "video",
        "source",
        "track",
        "map",
        "area",
        "link",
        "meta",
        "base",
        "button",
    ]
)
"""Elements whose inside is no text of a page."""

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
IMAGES = frozenset(("img", "amp-img"))

_WORD = re.compile(r"\w+")
_DEEPEST = 200  # ancestors of a block


@dataclass(slots=True, eq=False)
class Block:
    """A run of inline content.

    `chain` are the elements around it, from the root down to the block
    element it stands in.  `nodes` are its strings and inline elements in
    order; an element's tail is a string of its own.  `text` has its white
    space collapsed; `words` is empty where it holds pictures only.  `linked`
    and `bold` count its characters inside links and bold type.
    """

    chain: tuple[Element, ...]
    nodes: Sequence[Element | str]
    text: str = ""
    words: list[str] = field(default_factory=list)
    linked: int = 0
    bold: int = 0

    @property
    def element(self) -> Element:
        """The block element it stands in."""
        return self.chain[-1]


def blocks(root: Element) -> list[Block]:
    """Return all blocks of a tree that have words or pictures."""
    return _Cutter(root).cut()


class _Cutter:
    def __init__(self, root: Element) -> None:
        self._root = root
        self._parted = _parted(root)
        self._found: list[Block] = []

    def cut(self) -> list[Block]:
        self._walk(self._root, ())
        return self._found

    def _walk(self, element: Element, above: tuple[Element, ...]) -> None:
        chain = (*above, element)
        run: list[Element | str] = [element.text] if element.text else []
        broken = False
        for child in element:
            tag = child.tag
            if tag == "br":
                if broken:
                    self._flush(chain, run)
                    run = []
                run.append(child)
                broken = True
            elif tag in UNSHOWN:
                pass
            elif tag in BLOCKS or child in self._parted:
                self._flush(chain, run)
                run = []
                if len(chain) < _DEEPEST and tag != "hr":
                    self._walk(child, chain)
                broken = False
            elif isinstance(tag, str):
                run.append(child)
                broken = False
            if child.tail:
                run.append(child.tail)
                broken = broken and not child.tail.strip()
        self._flush(chain, run)

    def _flush(self, chain: tuple[Element, ...], run: list[Element | str]) -> None:
        if not run:
            return
        parts: list[str] = []
        block = Block(chain, run)
        pictured = False
        for node in run:
            if isinstance(node, str):
                parts.append(node)
            else:
                pictured = _read(node, parts, block, False, False) or pictured
        block.text = " ".join("".join(parts).split())
        block.words = _WORD.findall(block.text)
        if block.words or pictured:
            self._found.append(block)


def _read(element: Element, parts: list[str], block: Block, linked: bool, bold: bool) -> bool:
    """Add an inline element's text to `parts`; tell whether a picture stands in it."""
    tag = element.tag
    if tag == "br":
        parts.append("\n")
        return False
    if tag in IMAGES:
        return True
    linked, bold = linked or tag == "a", bold or tag in ("b", "strong")
    pictured = False
    for text, child in _inside(element):
        if text:
            parts.append(text)
            if linked or bold:
                length = len(text.strip())
                block.linked += length * linked
                block.bold += length * bold
        if child is not None and child.tag not in UNSHOWN and isinstance(child.tag, str):
            pictured = _read(child, parts, block, linked, bold) or pictured
    return pictured


def _inside(element: Element) -> Iterator[tuple[str | None, Element | None]]:
    """Yield what stands in an element: a text and the child after it."""
    text = element.text
    for child in element:
        yield text, child
        text = child.tail
    yield text, None


def _parted(root: Element) -> set[Element]:
    """The inline elements that blocks, or two line breaks on end, stand in: they are walked as blocks are."""
    parted: set[Element] = set()
    for element in root.iter(*BLOCKS):
        _mark(element.getparent(), parted)
    for element in root.iter("br"):
        follower = element.getnext()
        if follower is not None and follower.tag == "br" and not (element.tail or "").strip():
            _mark(element.getparent(), parted)
    return parted


def _mark(element: Element | None, parted: set[Element]) -> None:
    while element is not None and element not in parted:
        parted.add(element)
        element = element.getparent()
