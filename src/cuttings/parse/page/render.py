"""The kept blocks of a page as HTML: their words, their structure and the pictures among them.

    ul > li > "One", "Two" kept   ->   <ul><li>One</li></ul> …

The elements around a block say what it is: a list's item, a quotation, a
table's cell, a heading.  Those that lay a page out, and all without a meaning
of their own, are left out.  Pure; the tree is not changed.
Standards: HTML 4.3 (sections), 4.4 (grouping), 4.9 (tables).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cuttings.model.article import Image
from cuttings.parse.page import inline
from cuttings.parse.page.blocks import BLOCKS, Block
from cuttings.parse.page.gallery import Gallery, Shown
from cuttings.parse.page.images import is_symbol
from cuttings.parse.page.missed import with_all_pictures
from cuttings.text import markup
from cuttings.text.xml import Element

_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "h6": "h6"}  # h1 is the article's own
_GROUPS = frozenset(("ul", "ol", "dl", "blockquote", "table", "pre"))
_BELONGS = {
    "li": ("ul", "ol"),
    "dt": ("dl",),
    "dd": ("dl",),
    "caption": ("table",),
    "thead": ("table",),
    "tbody": ("table",),
    "tfoot": ("table",),
    "tr": ("table", "thead", "tbody", "tfoot"),
    "td": ("tr",),
    "th": ("tr",),
}  # fmt: skip
_BARE = frozenset(("li", "dt", "dd", "td", "th", "caption", "pre"))  # a text stands in them without a paragraph
_SPANS = ("colspan", "rowspan")
_TOLD = {"ol": ("start", "type", "reversed"), "li": ("value",), "td": _SPANS, "th": (*_SPANS, "scope")}
_LAYOUT = 0.8  # share of the text: a list, table or quotation that holds more, in several blocks, lays the page out
_SEVERAL = 3  # blocks; emphasis around more than these was left open by mistake
_LONG_CELL = 60  # words a cell of a table of figures and facts has at most, on average
_PARTED = "<br><br>"


@dataclass(frozen=True, slots=True)
class Rendered:
    """`images` are the pictures in the text, in order; `opens` says that the first stands before any of its words.

    `captions` are the numbers of the blocks that became captions.
    """

    html: str
    images: tuple[Image, ...] = ()
    opens: bool = False
    captions: frozenset[int] = frozenset()


def render(blocks: Sequence[Block], kept: Sequence[bool], base: str) -> Rendered:
    """Return the kept blocks, and the pictures that go with them, as HTML in absolute URLs; not yet sanitised."""
    shown, numbers = with_all_pictures(blocks)
    gallery = Gallery(shown, [n is not None and kept[n] for n in numbers], base)
    page = _Page(shown, gallery, base)
    for n in range(len(shown)):
        page.add(n)
    return page.done(numbers)


class _Page:
    def __init__(self, blocks: Sequence[Block], gallery: Gallery, base: str) -> None:
        self._blocks, self._gallery, self._base = blocks, gallery, base
        self._frames: dict[Element, bool] = {}  # what lays the page out
        self._parts: list[str] = []
        self._open: list[tuple[Element, str]] = []
        self._bare: Element | None = None  # the element whose bare text was written last
        self._images: list[Image] = []
        self._worded = self._opens = False
        self._captions: set[int] = set()
        self._cells: dict[Element, Element] = {}  # the last cell written of each row that is open

    def add(self, n: int) -> None:
        """Write a block, if it is text or has pictures of the article."""
        if self._gallery.is_text(n):
            self._add_text(n)
        else:
            for shown in self._gallery.shown.get(n, ()):
                self._add_picture(n, shown)

    def done(self, numbers: Sequence[int | None]) -> Rendered:
        self._go_to(())
        captions = frozenset(before for n in self._captions if (before := numbers[n]) is not None)
        return Rendered("".join(self._parts), tuple(self._images), self._opens, captions)

    def _add_text(self, n: int) -> None:
        block = self._blocks[n]
        path = self._path(block.chain)
        self._go_to(path)
        around = path[-1] if path else None
        pre = any(name == "pre" for _, name in path)
        standing = {shown.element: shown for shown in self._gallery.shown.get(n, ())}
        captioned = [shown for shown in standing.values() if shown.captions]
        inner = inline.rendered(
            block.nodes, self._base, lambda image: self._inline_picture(image, standing), verbatim=pre
        )
        for element in reversed(block.chain):
            if element.tag not in BLOCKS and self._gallery.count(element) <= _SEVERAL:
                opens, closes = inline.opening(element, self._base)
                inner = f"{opens}{inner}{closes}"
        self._write(inner, block, around)
        self._worded = True
        for shown in captioned:
            self._parts.append(self._figure(shown))

    def _write(self, inner: str, block: Block, around: tuple[Element, str] | None) -> None:
        heading = _heading(block.chain)
        if heading and not (around and around[1] in ("pre", "dt", "caption", "th")):
            self._parts.append(f"<{heading}>{inner}</{heading}>\n")
            self._bare = None
        elif around and around[1] in _BARE and not self._is_paragraph(block, around[0]):
            if self._bare is around[0]:
                self._parts.append("\n" if around[1] == "pre" else _PARTED)
            self._parts.append(inner)
            self._bare = around[0]
        else:
            self._parts.append(f"<p>{inner}</p>\n")
            self._bare = None

    def _is_paragraph(self, block: Block, around: Element) -> bool:
        """Tell whether a text in an item or cell is one of several paragraphs in it."""
        return around.tag != "pre" and block.element.tag == "p" and self._gallery.count(around) > 1

    def _inline_picture(self, image: Element, standing: dict[Element, Shown]) -> str:
        shown = standing.get(image)
        if shown is None:
            return markup.escaped(image.get("alt") or "")[:16] if is_symbol(image) else ""
        return "" if shown.captions else self._image(shown)

    def _add_picture(self, n: int, shown: Shown) -> None:
        chain = self._blocks[n].chain
        inside = [element for element in chain if self._gallery.holds(element)]
        self._go_to(self._path(tuple(inside)))
        self._parts.append(self._figure(shown))
        self._bare = None

    def _figure(self, shown: Shown) -> str:
        tag = self._image(shown)
        link = next(shown.element.iterancestors("a"), None)
        opens, closes = inline.opening(link, self._base) if link is not None else ("", "")
        caption = self._caption(shown)
        return f"<figure>{opens}{tag}{closes}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>\n"

    def _image(self, shown: Shown) -> str:
        alt = " ".join((shown.element.get("alt") or "").split())
        caption = " ".join(self._blocks[n].text for n in shown.captions)
        self._opens = self._opens or not (self._worded or self._images)
        self._images.append(Image(url=shown.url, alt=alt or None, caption=caption or None))
        return f'<img src="{markup.escaped(shown.url)}" alt="{markup.escaped(alt)}">'

    def _caption(self, shown: Shown) -> str:
        self._captions.update(shown.captions)
        texts = (inline.rendered(self._blocks[n].nodes, self._base, lambda _: "") for n in shown.captions)
        return " ".join(texts)

    def _path(self, chain: tuple[Element, ...]) -> tuple[tuple[Element, str], ...]:
        """The elements around a block that mean something, with the names they get."""
        path: list[tuple[Element, str]] = []
        for element in chain:
            tag = str(element.tag)
            if tag in _GROUPS:
                if not self._is_frame(element):
                    path.append((element, tag))
            elif tag in _BELONGS and path and _stands_in(tag, path):
                path.append((element, tag))
        return tuple(path)

    def _is_frame(self, element: Element) -> bool:
        """Tell whether a list, table or quotation only lays the page out."""
        known = self._frames.get(element)
        if known is None:
            most = self._gallery.share(element) >= _LAYOUT and self._gallery.count(element) > _SEVERAL
            if element.tag == "table":
                known = not _is_data(element, self._gallery)
            elif element.tag in ("ul", "ol", "dl"):
                known = most and any(self._gallery.share(child) >= _LAYOUT for child in element)
            else:
                known = most and element.tag == "blockquote" and self._gallery.share(element) >= 1
            self._frames[element] = known
        return known

    def _go_to(self, path: Sequence[tuple[Element, str]]) -> None:
        """Close what a block does not stand in, and open what it does."""
        common = 0
        while common < min(len(path), len(self._open)) and path[common][0] is self._open[common][0]:
            common += 1
        while len(self._open) > common:
            self._close()
        for element, name in path[common:]:
            self._start(element, name)

    def _start(self, element: Element, name: str) -> None:
        if name in ("td", "th"):
            self._fill(element)
        self._parts.append(f"<{name}{_told(element, _TOLD.get(name, ()))}>" + ("<code>" if _is_code(element) else ""))
        self._open.append((element, name))
        self._bare = None

    def _close(self) -> None:
        element, name = self._open.pop()
        if name == "tr":
            last = self._cells.pop(element, None)
            self._parts += [_empty(cell) for cell in _cells_after(element, last)]
        self._parts.append(("</code>" if _is_code(element) else "") + f"</{name}>\n")
        self._bare = None

    def _fill(self, cell: Element) -> None:
        """Write the cells of a row that nothing stands in, so that columns stay where they are."""
        row = cell.getparent()
        if row is not None:
            for other in _cells_after(row, self._cells.get(row)):
                if other is cell:
                    break
                self._parts.append(_empty(other))
            self._cells[row] = cell


def _heading(chain: Sequence[Element]) -> str | None:
    """Return the heading that a block is, by the element nearest to it that says so."""
    for element in chain[:-5:-1]:
        if element.tag in _HEADINGS:
            return _HEADINGS[str(element.tag)]
        if element.get("role") == "heading":
            level = element.get("aria-level") or "2"
            return f"h{level}" if level in ("2", "3", "4", "5", "6") else "h2"
    return None


def _stands_in(tag: str, path: Sequence[tuple[Element, str]]) -> bool:
    """Tell whether the last element of a path, or for an item the last list, takes this one."""
    return path[-1][1] in _BELONGS[tag]


def _is_data(table: Element, gallery: Gallery) -> bool:
    """Tell whether a table holds data, as its elements say or its shape, rather than the page's layout."""
    if table.get("role") in ("presentation", "none") or next(table.iterdescendants("table"), None) is not None:
        return False
    if next(table.iter("th", "caption", "thead"), None) is not None:
        return True
    rows = [[cell for cell in row if cell.tag == "td"] for row in table.iter("tr")]
    cells = sum(map(len, rows))
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return False
    return gallery.words(table) <= _LONG_CELL * cells


def _cells_after(row: Element, last: Element | None) -> Iterator[Element]:
    return row.iterchildren("td", "th") if last is None else last.itersiblings("td", "th")


def _empty(cell: Element) -> str:
    return f"<{cell.tag}{_told(cell, _SPANS)}></{cell.tag}>"


def _told(element: Element, names: Sequence[str]) -> str:
    given = ((name, element.get(name)) for name in names)
    return "".join(f' {name}="{markup.escaped(value)}"' for name, value in given if value is not None)


def _is_code(element: Element) -> bool:
    """Tell whether a preformatted text is to be marked as code: it does not say so itself."""
    return element.tag == "pre" and next(element.iter("code"), None) is None
