"""Appeals that stand in a box of their own among an article's paragraphs, and go with all that is in it.

A site that asks its readers for money speaks of itself ("we", "our work"), and
few of its sentences name money.  What holds them together is the element they
stand in.  An article that speaks so all along is left alone.  Pure.
"""

from collections.abc import Iterator, Sequence

from cuttings.parse.page.blocks import Block
from cuttings.text.phrases.lexicon import Reading, read
from cuttings.text.xml import Element

_FEWEST = 3  # blocks of a box: what asks alone is judged by its own words
_SHORTEST = 4  # words of a block that tells something
_BELOW = 20  # blocks after the text in which what asks may stand
_LARGEST = 0.5  # of the text's words
_SPOKEN = 0.6  # of a box's blocks that speak of the site or to the reader
_VOICE = 0.25  # of the other blocks that may do so
_PLEA = 2  # phrases of the block that asks


def appeals(found: Sequence[Block], kept: Sequence[bool], language: str | None) -> frozenset[int]:
    """Return the kept blocks, by number, that stand in a box with an appeal, which may itself be left out already."""
    chosen = [n for n, keep in enumerate(kept) if keep]
    if not chosen:
        return frozenset()
    around = range(chosen[0], min(chosen[-1] + _BELOW, len(found)))
    said = {n: read(found[n].text, language) for n in around if len(found[n].words) >= _SHORTEST}
    own = _Text([n for n in chosen if n in said], found, said)
    taken: set[int] = set()
    for n, reading in said.items():
        if n not in taken and _pleads(reading):
            taken.update(next((box for box in _boxes(found, list(said), n) if own.is_appeal(box)), ()))
    return frozenset(n for n in taken if kept[n])


def _pleads(said: Reading) -> bool:
    return "appeal" in said.kinds and said.phrases >= _PLEA and said.we


def _boxes(found: Sequence[Block], text: Sequence[int], n: int) -> Iterator[list[int]]:
    """Yield what stands in each element around a block, the largest first."""
    seen = 0
    for depth, element in enumerate(found[n].chain):
        box = [other for other in text if _stands_in(found[other], element, depth)]
        if _FEWEST <= len(box) != seen:
            yield box
        seen = len(box)


def _stands_in(block: Block, element: Element, depth: int) -> bool:
    return depth < len(block.chain) and block.chain[depth] is element


class _Text:
    """What is kept of a page, which a box is held against."""

    def __init__(self, chosen: Sequence[int], found: Sequence[Block], said: dict[int, Reading]) -> None:
        self._chosen, self._said = chosen, said
        self._words = {n: len(found[n].words) for n in chosen}

    def is_appeal(self, box: Sequence[int]) -> bool:
        within = set(box)
        if sum(self._words.get(n, 0) for n in box) > _LARGEST * sum(self._words.values()):
            return False
        others = [n for n in self._chosen if n not in within]
        return self._voiced(box) >= _SPOKEN * len(box) and self._voiced(others) <= _VOICE * len(others)

    def _voiced(self, numbers: Sequence[int]) -> int:
        said = (self._said[n] for n in numbers)
        return sum(one.we or one.addressed or bool(one.kinds) for one in said)
