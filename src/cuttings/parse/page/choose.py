"""Which blocks of a page are the article's text.

A model says how likely each is; then what is one thing stays together, what
stands there twice stays once, and the headline is no text.  Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cuttings.parse.page.between import UNITS, bereft, between, endings, notes, units
from cuttings.parse.page.blocks import Block
from cuttings.parse.page.features import NAMES, features, headline_of
from cuttings.parse.page.trees import Trees, shipped
from cuttings.parse.page.witness import Said, by_trafilatura
from cuttings.text.xml import Element

LIKELY = 0.55
_LITTLE, _DOUBTED = 0.4, 0.1  # where what is likely is so little of the page's running text, this likely is likely
_FAINT = 0.8  # where no block is likely, those near the likeliest are all there is
_UNIT_LIKELY, _UNIT_UNLIKELY = 0.35, 0.15  # means over a unit
_LINKED, _LIKELY_THOUGH_LINKED = 0.6, 0.6
_NEAR = 2  # blocks after the last one kept in which a unit still belongs to the text
_COPIED = 8  # words: shorter texts recur by nature
_LONG, _REPEATED, _RUN = 120, 0.8, 4  # a block of so many words that repeats others to so great a share

_DOUBTFUL, _BODY, _LEAST = 0.2, 0.5, 1  # what is likelier stays in a box of so many kept blocks, to such a share
_MOSTLY_LINKED = 0.8  # of its characters: then it leads elsewhere
_PARAGRAPH, _LITTLE_LINKED = 20, 0.35  # words at least, share of links at most
_RUNNING = [NAMES.index(name) for name in ("words", "linked", "ends", "inmain", "class_comment", "comments")]

MODEL, UNIT, SIBLING = "by the model", "with its list, table or quotation", "with the text around it"
COPY, HEADLINE = "a copy", "the headline"
BETWEEN, NOTE = "by where it stands in the text", "a note to the text"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided of a block; `why` is in words, one of those above."""

    probability: float
    kept: bool
    why: str


def choose(root: Element, blocks: Sequence[Block], said: Said, trees: Trees | None = None) -> list[Choice]:
    """Return what becomes of each block of a page; the tree is not changed.

    `trees` is the model asked, by default the one that comes with the package.
    """
    if not blocks:
        return []
    trees = trees or shipped()
    rows = features(root, blocks, said, by_trafilatura(root))
    running = _running(rows)
    if trees.names != NAMES:
        rows = rows[:, [NAMES.index(name) for name in trees.names]]
    return decided(blocks, trees.probabilities(rows).tolist(), said.title, running)


def decided(
    blocks: Sequence[Block], probabilities: Sequence[float], title: str, running: Sequence[int] = ()
) -> list[Choice]:
    """Return what becomes of each block, given what the model says of them, and which are running text."""
    threshold = _threshold(blocks, probabilities, running)
    kept = [probability >= threshold for probability in probabilities]
    why = [MODEL] * len(blocks)
    for step, name in _STEPS:
        changed = step(blocks, probabilities, kept)
        why = [name if a != b else reason for a, b, reason in zip(kept, changed, why, strict=True)]
        kept = changed
    head = headline_of(blocks, title)
    if head is not None and kept[head]:
        kept[head], why[head] = False, HEADLINE
    return [Choice(*decision) for decision in zip(probabilities, kept, why, strict=True)]


def _running(rows: NDArray[np.float32]) -> list[int]:
    """Return which blocks are paragraphs of the page's main part, and no reader's comments."""
    words, linked, ends, inside, near, after = (rows[:, at] for at in _RUNNING)
    found = (words >= _PARAGRAPH) & (linked < _LITTLE_LINKED) & (ends > 0) & (inside > 0) & (near == 0) & (after == 0)
    return [int(n) for n in np.flatnonzero(found)]


def _threshold(blocks: Sequence[Block], probabilities: Sequence[float], running: Sequence[int]) -> float:
    """Return how likely a block must be: less where the model knows no such page, a running report say."""
    likeliest = max(probabilities)
    if likeliest <= LIKELY:
        return _FAINT * likeliest
    likely = sum(len(block.words) for block, one in zip(blocks, probabilities, strict=True) if one >= LIKELY)
    text = sum(len(blocks[n].words) for n in running if probabilities[n] > _DOUBTED)
    return _DOUBTED if likely < _LITTLE * text else LIKELY


def _units(blocks: Sequence[Block], probabilities: Sequence[float], kept: Sequence[bool]) -> list[bool]:
    """Keep lists, tables and quotations that stand in the text whole, or drop them whole."""
    changed = list(kept)
    if not any(kept):
        return changed
    first, last = kept.index(True), len(kept) - 1 - list(reversed(kept)).index(True)
    for unit in _units_of(blocks, range(first, min(len(blocks), last + _NEAR + 1))):
        weights = [len(blocks[n].words) + 1 for n in unit]
        likely = float(np.average([probabilities[n] for n in unit], weights=weights))
        linked = sum(blocks[n].linked for n in unit) / max(1, sum(len(blocks[n].text) for n in unit))
        if likely > _UNIT_LIKELY and (linked < _LINKED or likely > _LIKELY_THOUGH_LINKED):
            whole = True
        elif likely < _UNIT_UNLIKELY:
            whole = False
        else:
            continue
        for n in unit:
            changed[n] = whole
    return changed


def _units_of(blocks: Sequence[Block], among: range) -> list[list[int]]:
    """Return the blocks of each outermost list, table or quotation that is no layout and is, in part, among these."""
    found: defaultdict[Element, list[int]] = defaultdict(list)
    for n, at in enumerate(units(blocks)):
        if at is not None:
            found[blocks[n].chain[at]].append(n)
    return [unit for unit in found.values() if unit[-1] in among or unit[0] in among]


def _siblings(blocks: Sequence[Block], probabilities: Sequence[float], kept: Sequence[bool]) -> list[bool]:
    """Keep what is doubtful, and no link, in a box that holds mostly text: a last line, a heading at the end."""
    if max(probabilities) <= LIKELY:
        return list(kept)
    words: Counter[Element] = Counter()
    text: Counter[Element] = Counter()
    items: Counter[Element] = Counter()
    for block, keep in zip(blocks, kept, strict=True):
        words.update(dict.fromkeys(block.chain, len(block.words)))
        if keep:
            text.update(dict.fromkeys(block.chain, len(block.words)))
            items[_box(block)] += 1
    return [
        keep
        or (
            probabilities[n] >= _DOUBTFUL
            and len(blocks[n].words) > 0
            and not any(element.tag in UNITS for element in blocks[n].chain)
            and blocks[n].linked <= _MOSTLY_LINKED * len(blocks[n].text)
            and items[_box(blocks[n])] >= _LEAST
            and text[_box(blocks[n])] >= _BODY * words[_box(blocks[n])]
        )
        for n, keep in enumerate(kept)
    ]


def _box(block: Block) -> Element:
    return block.chain[-2] if len(block.chain) > 1 else block.chain[-1]


def _copies(blocks: Sequence[Block], _: Sequence[float], kept: Sequence[bool]) -> list[bool]:
    """Drop what is there already: a text that stands again under another parent, a long block made of finer ones.

    A heading goes with it where nothing else is in their box.
    """
    changed = list(kept)
    parents: defaultdict[str, set[Element]] = defaultdict(set)
    for n, block in enumerate(blocks):
        if kept[n] and len(block.words) >= _COPIED:
            parent = block.chain[-2] if len(block.chain) > 1 else block.chain[-1]
            known = parents[block.text]
            changed[n] = not known or parent in known
            known.add(parent)
    long = [n for n in range(len(blocks)) if changed[n] and len(blocks[n].words) >= _LONG]
    if long:
        _drop_repeating(blocks, sorted(long, key=lambda n: -len(blocks[n].words)), changed)
    for n in bereft(blocks, kept, changed):
        box = _box(blocks[n])
        changed[n] = any(keep and n != m and box in blocks[m].chain for m, keep in enumerate(changed))
    return changed


def _drop_repeating(blocks: Sequence[Block], long: Sequence[int], kept: list[bool]) -> None:
    runs = {n: _runs(block.words) for n, block in enumerate(blocks) if kept[n]}
    counts = Counter(run for own in runs.values() for run in set(own))
    for n in long:
        if sum(counts[run] > 1 for run in runs[n]) >= _REPEATED * len(runs[n]):
            kept[n] = False
            counts.subtract(set(runs[n]))


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)]


_STEPS = (
    (_units, UNIT),
    (notes, NOTE),
    (between, BETWEEN),
    (endings, BETWEEN),
    (_siblings, SIBLING),
    (_copies, COPY),
)
