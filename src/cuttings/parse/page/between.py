"""What stands within a text belongs to it: headings, lists, tables and quotations among its paragraphs, its notes.

A model that learned from news doubts what news has little of.  Where it
stands decides: beside kept paragraphs, in the same element as they; for
notes, that the text points to them.  Pure; the tree is not changed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median

from cuttings.parse.page.blocks import Block
from cuttings.text import dates
from cuttings.text.xml import Element

UNITS = frozenset(("table", "ul", "ol", "dl", "blockquote", "pre"))
LARGEST_UNIT = 0.5  # share of the page's words: a table that holds more is the page's layout

_LAID_OUT = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "form", "article", "section")
_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
_HEADING_DEPTH = 3  # elements from a block up to the heading it stands in
_POSSIBLE_HEADING, _POSSIBLE_UNIT = 0.1, 0.03  # probabilities; below them the model is sure
_ENCLOSED_HEADING = 0.05  # of one that stands between what is kept
_POSSIBLE_END = 0.1  # of lists and headings with which an element of paragraphs ends
_FEWEST_PARAGRAPHS = 2  # that make it one
_LINKED = 0.4  # share of a unit's characters: more is a list of links to something else
_NEAR = 4  # parts of a page from a unit to the paragraphs before and after it
_LONGEST_MARK = 5  # characters of a link to a note: [12]
_LONGEST_BYLINE = 10  # words, its date among them
_NOTE_DEPTH = 5  # elements from a block up to what a link to a note names


@dataclass(slots=True)
class _Part:
    """A paragraph, a heading, or all blocks of one list, table or quotation; `parent` is what it stands in."""

    parent: Element
    blocks: list[int]
    unit: Element | None = None
    heading: bool = False

    @property
    def may_end(self) -> bool:
        """Whether a text may end with it though it is no paragraph."""
        return self.heading or self.unit is not None

    def is_kept(self, kept: Sequence[bool]) -> bool:
        return all(kept[n] for n in self.blocks)


def between(blocks: Sequence[Block], probabilities: Sequence[float], kept: Sequence[bool]) -> list[bool]:
    """Keep the heading of a kept paragraph or unit that follows it, and a unit between kept paragraphs."""
    changed = list(kept)
    parts = _parts(blocks)
    for at, part in reversed(list(enumerate(parts))):  # a heading may head another one
        if (part.unit is None and not part.heading) or part.is_kept(kept):
            continue
        likely = median(probabilities[n] for n in part.blocks)  # one likely item makes no likely list
        if part.heading and _heads_signed(blocks, parts[at : at + 3], kept):
            within = likely >= _POSSIBLE_HEADING
        elif _is_linked(blocks, part):
            continue
        elif part.heading:
            within = _heads(parts, at, changed, likely)
        else:
            around = (reversed(parts[max(0, at - _NEAR) : at]), parts[at + 1 : at + 1 + _NEAR])
            within = likely >= _POSSIBLE_UNIT and all(_stands_beside(some, part, kept) for some in around)
        if within:
            for n in part.blocks:
                changed[n] = True
    return changed


def endings(blocks: Sequence[Block], probabilities: Sequence[float], kept: Sequence[bool]) -> list[bool]:
    """Keep the lists and headings with which an element of kept paragraphs ends, where nothing else follows in it."""
    changed = list(kept)
    parts = _parts(blocks)
    paragraphs = Counter(part.parent for part in parts if not part.may_end and part.is_kept(kept))
    for at, part in enumerate(parts):
        if paragraphs[part.parent] < _FEWEST_PARAGRAPHS or part.may_end or not part.is_kept(kept):
            continue
        rest = [other for other in parts[at + 1 : at + 2 + _NEAR] if part.parent in blocks[other.blocks[0]].chain]
        if len(rest) <= _NEAR and all(_may_end(blocks, probabilities, other, part.parent) for other in rest):
            for n in (n for other in rest for n in other.blocks):
                changed[n] = True
    return changed


def _may_end(blocks: Sequence[Block], probabilities: Sequence[float], part: _Part, parent: Element) -> bool:
    likely = median(probabilities[n] for n in part.blocks)
    return part.parent is parent and part.may_end and likely > _POSSIBLE_END and not _is_linked(blocks, part)


def bereft(blocks: Sequence[Block], before: Sequence[bool], after: Sequence[bool]) -> list[int]:
    """Return the kept headings under which, in their element, something was kept before and nothing is after."""
    parts = _parts(blocks)
    found: list[int] = []
    for at, part in enumerate(parts):
        if part.heading and part.is_kept(after):
            under = _under(blocks, parts, at)
            if any(before[n] for n in under) and not any(after[n] for n in under):
                found += part.blocks
    return found


def _under(blocks: Sequence[Block], parts: Sequence[_Part], at: int) -> list[int]:
    """Return the blocks from a heading to the next one or the end of its element."""
    under: list[int] = []
    for part in islice(parts, at + 1, None):
        if part.heading or parts[at].parent not in blocks[part.blocks[0]].chain:
            break
        under += part.blocks
    return under


def notes(blocks: Sequence[Block], _: Sequence[float], kept: Sequence[bool]) -> list[bool]:
    """Keep the notes that kept blocks point to, the whole list they stand in, and its heading."""
    changed = list(kept)
    named = {name for block, keep in zip(blocks, kept, strict=True) if keep for name in _pointed_to(block)}
    if not named:
        return changed
    parts = _parts(blocks)
    for at, part in enumerate(parts):
        if not part.is_kept(kept) and any(_is_named(blocks[n], named) for n in part.blocks):
            heading = parts[at - 1].blocks if at and parts[at - 1].heading else []
            for n in (*heading, *part.blocks):
                changed[n] = True
    return changed


def units(blocks: Sequence[Block]) -> list[int | None]:
    """Return where in each block's chain its outermost list, table or quotation is; None outside of any.

    One that holds most of the page's words is its layout, and none, but for a
    table of data.
    """
    words: Counter[Element] = Counter()
    for block in blocks:
        for element in block.chain:
            if element.tag in UNITS:
                words[element] += len(block.words)
    most = LARGEST_UNIT * sum(len(block.words) for block in blocks)
    layout = {element for element, count in words.items() if count >= most and not _has_data(element)}
    return [
        next((at for at, e in enumerate(block.chain) if e.tag in UNITS and e not in layout), None) for block in blocks
    ]


def _has_data(element: Element) -> bool:
    """Tell whether this is a table with heads, or of nothing but short cells, and no table in it."""
    if element.tag != "table" or len(list(element.iter("table"))) > 1:
        return False
    return next(element.iter("th"), None) is not None or next(element.iter(*_LAID_OUT), None) is None


def _parts(blocks: Sequence[Block]) -> list[_Part]:
    """Return what a page's blocks make, in document order."""
    parts: list[_Part] = []
    for n, (block, at) in enumerate(zip(blocks, units(blocks), strict=True)):
        if not block.words:
            continue
        if at is not None and parts and parts[-1].unit is block.chain[at]:
            parts[-1].blocks.append(n)
        else:
            parts.append(_part(n, block, at))
    return parts


def _part(n: int, block: Block, at: int | None) -> _Part:
    chain = block.chain
    if at is not None:
        return _Part(chain[max(0, at - 1)], [n], unit=chain[at])
    heading = next(
        (at for at in range(-1, -min(_HEADING_DEPTH, len(chain)) - 1, -1) if chain[at].tag in _HEADINGS), None
    )
    own = -1 if heading is None else heading
    return _Part(chain[max(own - 1, -len(chain))], [n], heading=heading is not None)


def _is_linked(blocks: Sequence[Block], part: _Part) -> bool:
    """Tell whether a part is mostly links to something else than the page itself."""
    linked = sum(blocks[n].linked for n in part.blocks if not _leads_nowhere(blocks[n]))
    return linked > _LINKED * sum(len(blocks[n].text) for n in part.blocks)


def _leads_nowhere(block: Block) -> bool:
    """Tell whether all links of a block lead into the page itself."""
    return all((link.get("href") or "#").startswith("#") for link in _links(block))


def _links(block: Block) -> Iterator[Element]:
    for node in block.nodes:
        if not isinstance(node, str):
            yield from node.iter("a")
    yield from (element for element in block.chain[-_HEADING_DEPTH:] if element.tag == "a")


def _heads(parts: Sequence[_Part], at: int, kept: Sequence[bool], likely: float) -> bool:
    """Tell whether what follows a heading is kept, in the same element, or what stands before it as well."""
    if at + 1 >= len(parts) or not parts[at + 1].is_kept(kept):
        return False
    if at > 0 and parts[at - 1].is_kept(kept):
        return likely >= _ENCLOSED_HEADING
    return likely >= _POSSIBLE_HEADING and parts[at + 1].parent is parts[at].parent


def _heads_signed(blocks: Sequence[Block], parts: Sequence[_Part], kept: Sequence[bool]) -> bool:
    """Tell whether a heading is that of an article among others: a byline follows in its element, then kept text.

    That it is a link to the article by itself says nothing against it.
    """
    if len(parts) < 3 or parts[1].may_end or len(parts[1].blocks) > 1 or not parts[2].is_kept(kept):
        return False
    line, parent = blocks[parts[1].blocks[0]], parts[0].parent
    is_signed = len(line.words) <= _LONGEST_BYLINE and dates.found(line.text) is not None
    return is_signed and parts[1].parent is parent and parent in blocks[parts[2].blocks[0]].chain


def _stands_beside(others: Iterator[_Part] | Sequence[_Part], part: _Part, kept: Sequence[bool]) -> bool:
    """Tell whether the nearest paragraph in the same element is kept."""
    paragraphs = (o for o in others if o.parent is part.parent and o.unit is None and not o.heading)
    return any(other.is_kept(kept) for other in paragraphs)


def _pointed_to(block: Block) -> Iterator[str]:
    """The names that a block's marks of notes point to."""
    for link in _links(block):
        name = (link.get("href") or "").partition("#")[2]
        if name and 0 < len("".join(map(str, link.itertext())).strip()) <= _LONGEST_MARK:
            yield name


def _is_named(block: Block, names: set[str]) -> bool:
    return any(element.get("id") in names for element in block.chain[-_NOTE_DEPTH:])
