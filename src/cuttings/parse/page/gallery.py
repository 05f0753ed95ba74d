"""Which pictures of a page belong to its article, and what their captions are.

A picture belongs to the article where it stands in a kept block, between kept
blocks, or beside them, and neither it nor what stands with it is a link to
something else.  Pure; the tree is not changed.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from cuttings.parse.page import images
from cuttings.parse.page.blocks import Block
from cuttings.text import urls
from cuttings.text.xml import Element

_CAPTIONS = ("caption", "bildunterschrift", "legende", "imagecredit", "image-credit", "photo-credit", "photocredit")
_CAPTION_DEPTH = 4  # elements from a block up to what says that it is a caption
_CALLED_DEPTH = 3  # elements from a block that a class calls a caption up to what its picture stands in too
_FIGURE_DEPTH = 8  # elements from a picture up to what its caption stands in too
_BESIDE = frozenset(("nav", "footer", "form", "aside", "button"))
_NEAR_DEPTH = 8  # elements from a picture before or after the text up to what most of the text stands in
_MOST_LOST = 30  # dropped words that stand with a picture: more are a box of their own
_LINKED = 0.5  # share of a block's characters: more is a link to something else
_BEFORE, _AFTER = 60, 12  # dropped words between a picture and the text it opens or ends
_MAIN = 0.5  # share of the kept words that stand beside a picture before or after the text
_LONGEST_CAPTION = 2_000  # characters
_MOST_CREDIT = 5  # words of a link that names who made a picture
_MOST = 500  # pictures, captions of one figure
_SHORT = 60  # words of a dropped block in which a picture is looked for


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of the article; `captions` are the numbers of the blocks that tell what it shows."""

    element: Element
    url: str
    captions: tuple[int, ...] = ()


class Gallery:
    """The pictures that go with the kept blocks of a page.

    `shown` has them by the number of the block they stand in, `captions` the
    numbers of all blocks that are captions: these are no text.
    """

    def __init__(self, blocks: Sequence[Block], kept: Sequence[bool], base: str) -> None:
        self._blocks, self._base = blocks, base
        self._grouped = _captions(blocks)
        self.captions = frozenset(n for group in self._grouped.values() for n in group)
        self._kept = [
            keep and bool(b.words) and n not in self.captions
            for n, (b, keep) in enumerate(zip(blocks, kept, strict=True))
        ]
        self._weigh()
        self._known: set[str] = set()
        self._used: set[int] = set()
        self.shown: dict[int, list[Shown]] = {}
        if any(self._kept):
            self._hang()

    def is_text(self, number: int) -> bool:
        """Tell whether a block is kept, and no caption."""
        return self._kept[number]

    def share(self, element: Element) -> float:
        """How much of the kept words stands in an element, 0 to 1."""
        return self._mass[element] / self._total

    def words(self, element: Element) -> int:
        """How many kept words stand in an element."""
        return self._mass[element]

    def holds(self, element: Element) -> bool:
        """Tell whether text stands in an element."""
        return element in self._mass

    def count(self, element: Element) -> int:
        """How many kept blocks stand in an element."""
        return self._pieces[element]

    def _weigh(self) -> None:
        """Count the words kept and dropped in each element, and the links to something else."""
        self._mass: Counter[Element] = Counter()
        self._pieces: Counter[Element] = Counter()
        self._lost: Counter[Element] = Counter()
        self._links: Counter[Element] = Counter()
        dropped = []
        for n, block in enumerate(self._blocks):
            words = len(block.words)
            dropped.append(0 if self._kept[n] or n in self.captions else words)
            if self._kept[n]:
                for element in block.chain:
                    self._mass[element] += words
                    self._pieces[element] += 1
            elif dropped[-1]:
                linked = block.linked > _LINKED * len(block.text)
                for element in block.chain[-12:]:
                    self._lost[element] += words
                    self._links[element] += linked
        self._before = list(accumulate(dropped, initial=0))  # words dropped before each block
        self._total = max(1, sum(len(b.words) for n, b in enumerate(self._blocks) if self._kept[n]))

    def _hang(self) -> None:
        first = self._kept.index(True)
        last = len(self._kept) - 1 - self._kept[::-1].index(True)
        for n, block in enumerate(self._blocks):
            if n in self.captions or (len(block.words) > _SHORT and not self._kept[n]):
                continue
            found = [p for node in block.nodes if not isinstance(node, str) for p in images.pictures(node)]
            if found and len(self.shown) < _MOST and (self._kept[n] or self._belongs(n, first, last)):
                self._show(n, found)

    def _belongs(self, n: int, first: int, last: int) -> bool:
        """Tell whether the pictures of a block that is no text itself belong to the article."""
        block = self._blocks[n]
        if block.linked > _LINKED * len(block.text) and block.words:
            return False
        own = self._alone(block)
        if any(element.tag in _BESIDE for element in own) or (own and not self._stands_alone(own[0])):
            return False
        if first < n < last:
            return True
        if max(map(self.share, block.chain[: -_NEAR_DEPTH - 1 : -1])) < _MAIN:
            return False
        if n < first:
            return self._before[first] - self._before[n] <= _BEFORE
        return self._before[n] - self._before[last] <= _AFTER

    def _alone(self, block: Block) -> tuple[Element, ...]:
        """The elements around a block that no text stands in, the outermost first."""
        at = next((at for at, element in enumerate(block.chain) if element not in self._mass), len(block.chain))
        return block.chain[at:]

    def _stands_alone(self, outermost: Element) -> bool:
        return self._lost[outermost] <= _MOST_LOST and not self._links[outermost]

    def _show(self, n: int, found: Sequence[Element]) -> None:
        around = self._alone(self._blocks[n])
        for element in found[:_MOST]:
            url = images.address(element, self._base)
            if url is None or images.is_ornament(element, url, around) or self._leads_away(n, element):
                continue
            captions = self._caption(n)
            if images.key(url) in self._known and not captions and not self._kept[n]:
                continue
            self._known.add(images.key(url))
            self.shown.setdefault(n, []).append(Shown(element, url, captions))

    def _leads_away(self, n: int, image: Element) -> bool:
        """Tell whether an image that stands apart from the text is one of a list of links to other pages."""
        link = next(image.iterancestors("a"), None)
        if link is None or self._kept[n] or any(e.tag == "figure" for e in self._blocks[n].chain[-_FIGURE_DEPTH:]):
            return False
        target = urls.absolute(self._base, link.get("href") or "")
        own = self._alone(self._blocks[n])
        return bool(target) and not images.is_picture_file(target or "") and bool(own) and self._lost[own[0]] > 0

    def _caption(self, n: int) -> tuple[int, ...]:
        """The blocks that are the caption of what stands in a block: those nearest to it, once."""
        for element in self._blocks[n].chain[: -_FIGURE_DEPTH - 1 : -1]:
            group = self._grouped.get(element)
            if group:
                fresh = tuple(m for m in group if m not in self._used)
                near = _nearest(fresh, n) if len(fresh) > 1 else fresh
                self._used.update(near)
                return near
            if element.tag == "figure" or element in self._mass:
                return ()
        return ()


def _nearest(group: Sequence[int], n: int) -> tuple[int, ...]:
    """Of captions, those in a row after a block, else those before it."""
    after = [m for m in group if m > n]
    run = after or [m for m in group if m < n]
    taken = [run[0]] if run else []
    for m in run[1:]:
        if m - taken[-1] > 1:
            break
        taken.append(m)
    return tuple(taken)


def _captions(blocks: Sequence[Block]) -> dict[Element, tuple[int, ...]]:
    """Return the caption blocks in each element that might hold a picture too.

    One that only a class calls so is a caption where a picture stands nearby.
    """
    found: defaultdict[Element, list[int]] = defaultdict(list)
    known: dict[Element, bool] = {}
    pictured: set[Element] | None = None
    for n, block in enumerate(blocks):
        depth = _caption_depth(block, known)
        if depth is None:
            continue
        around = block.chain[-depth - 2 :: -1][:_FIGURE_DEPTH]
        if block.chain[-depth - 1].tag != "figcaption":
            pictured = _pictured(blocks) if pictured is None else pictured
            if pictured.isdisjoint(around[:_CALLED_DEPTH]):
                continue
        figure = next((at for at, element in enumerate(around) if element.tag == "figure"), len(around))
        for outer in around[: figure + 1]:
            if len(found[outer]) < _MOST:
                found[outer].append(n)
    return {element: tuple(group) for element, group in found.items()}


def _caption_depth(block: Block, known: dict[Element, bool]) -> int | None:
    """How far above a block the element stands that says it is a caption; None where there is none."""
    if not block.words or len(block.text) > _LONGEST_CAPTION or _is_title(block):
        return None
    for depth, element in enumerate(block.chain[: -_CAPTION_DEPTH - 1 : -1]):
        if element not in known:
            known[element] = _is_caption(element)
        if known[element]:
            return depth
    return None


def _pictured(blocks: Sequence[Block]) -> set[Element]:
    """The elements that a picture stands in, a few levels up."""
    return {
        element
        for block in blocks
        if any(not isinstance(node, str) and next(images.pictures(node), None) is not None for node in block.nodes)
        for element in block.chain[: -_CALLED_DEPTH - 2 : -1]
    }


def _is_caption(element: Element) -> bool:
    if element.tag == "figcaption":
        return True
    if element.tag in ("figure", "caption", "table", "body", "article"):
        return False
    said = f"{element.get('class') or ''} {element.get('itemprop') or ''}"[:400].lower()
    return any(word in said for word in _CAPTIONS) and next(images.pictures(element), None) is None


def _is_title(block: Block) -> bool:
    """Tell whether a text under a picture is the title of another article: a link of some words."""
    return block.linked > _LINKED * len(block.text) and len(block.words) > _MOST_CREDIT
