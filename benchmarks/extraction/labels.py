"""Which blocks of a page are in its gold text.

The gold has no marks of where its sentences stood on the page, and a page
repeats itself; so the heaviest chain of blocks that occur in the gold in the
page's order is served first, and others then take what is left of the gold.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

_RUN = 4  # words that make a likeness
_PLACES = 6  # places in the gold that a block is tried at
_LIKELY, _ENOUGH, _POSSIBLE = 0.5, 0.5, 0.3  # shares of a block's runs that are in the gold


class _Candidate(NamedTuple):
    block: int
    place: int  # word of the gold
    weight: float  # words that are alike


def labels(blocks: Sequence[Sequence[str]], gold: Sequence[str]) -> list[bool]:
    """Return for each block, given by its words, whether it is in the gold, given by its words."""
    left = Counter(_runs(gold))
    shares = [_share(block, left) for block in blocks]
    chain = _chain(_candidates(blocks, shares, gold), len(gold))
    found = [False] * len(blocks)
    for n in [*sorted(chain), *(n for n in range(len(blocks)) if n not in chain)]:
        if len(blocks[n]) < _RUN:
            found[n] = n in chain
        elif shares[n] >= _POSSIBLE:
            found[n] = _take(blocks[n], left)
    return found


def segments(blocks: Sequence[str], wanted: Sequence[str], unwanted: Sequence[str]) -> list[bool | None]:
    """Return for each block whether it holds a segment that the text must have, or must not have; None: neither."""
    wanted, unwanted = [" ".join(s.split()) for s in wanted], [" ".join(s.split()) for s in unwanted]
    return [
        True if any(s in block for s in wanted) else False if any(s in block for s in unwanted) else None
        for block in blocks
    ]


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)]


def _share(words: Sequence[str], gold: Counter[tuple[str, ...]]) -> float:
    runs = _runs(words)
    return sum(run in gold for run in runs) / len(runs) if runs else 0.0


def _take(words: Sequence[str], left: Counter[tuple[str, ...]]) -> bool:
    """Take a block's runs from what is left of the gold, if enough of them are there."""
    runs = _runs(words)
    there = [run for run in runs if left[run] > 0]
    if len(there) < _ENOUGH * len(runs):
        return False
    left.subtract(there)
    return True


def _candidates(blocks: Sequence[Sequence[str]], shares: Sequence[float], gold: Sequence[str]) -> list[_Candidate]:
    """Return where each block may stand in the gold; by block, the last place first."""
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for length in range(1, _RUN + 1):
        for n in range(len(gold) - length + 1):
            places[tuple(gold[n : n + length])].append(n)
    found = []
    for n, (words, share) in enumerate(zip(blocks, shares, strict=True)):
        if 0 < len(words) < _RUN:
            run, weight = tuple(words), 0.9 * len(words)
        elif share >= _LIKELY:
            run = next(run for run in _runs(words) if run in places)
            weight = len(words) * share
        else:
            continue
        found += [_Candidate(n, place, weight) for place in reversed(places[run][:_PLACES])] if run in places else []
    return found


def _chain(candidates: Sequence[_Candidate], length: int) -> set[int]:
    """Return the blocks of the heaviest chain in which blocks and places both increase."""
    best: list[tuple[float, int]] = [(0.0, -1)] * (length + 2)  # a Fenwick tree of maxima, by place
    before, totals = [-1] * len(candidates), [0.0] * len(candidates)
    waiting: list[int] = []  # candidates of the block at hand: they do not follow one another
    for n, candidate in enumerate(candidates):
        if waiting and candidates[waiting[0]].block != candidate.block:
            _enter(best, candidates, totals, waiting)
            waiting = []
        weight, before[n] = _heaviest(best, candidate.place)
        totals[n] = weight + candidate.weight
        waiting.append(n)
    chain = set()
    at = max(range(len(candidates)), key=totals.__getitem__, default=-1)
    while at >= 0:
        chain.add(candidates[at].block)
        at = before[at]
    return chain


def _heaviest(best: Sequence[tuple[float, int]], place: int) -> tuple[float, int]:
    found = (0.0, -1)
    while place > 0:
        found = max(found, best[place], key=lambda pair: pair[0])
        place -= place & -place
    return found


def _enter(
    best: list[tuple[float, int]], candidates: Sequence[_Candidate], totals: Sequence[float], entered: Sequence[int]
) -> None:
    for n in entered:
        place = candidates[n].place + 1
        while place < len(best):
            if totals[n] > best[place][0]:
                best[place] = (totals[n], n)
            place += place & -place
