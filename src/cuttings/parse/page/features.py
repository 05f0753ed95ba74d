"""What the model sees of a block: its text, its place in the tree and in the order, its neighbours, its witnesses.

Pure.  Every feature is a number; NAMES and the columns of `features` go
together.  No feature knows a site or an address.
"""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cuttings.parse.page.blocks import Block
from cuttings.parse.page.containers import ANCESTORS, FLAGS, MASS, Around, Masses, Signatures
from cuttings.parse.page.order import ORDER, Walk, bounded
from cuttings.parse.page.texts import OWN, frequent_in, own, text_of
from cuttings.parse.page.witness import Said, Witness
from cuttings.parse.page.words import CLASS_NAMES, CUE_NAMES
from cuttings.text.xml import Element

_TAGS = ("p", "div", "li", "h1", "h2", "h3", "h4", "td", "blockquote", "figcaption", "section", "article", "pre", "dd")
_TAG_AT = {tag: n for n, tag in enumerate(_TAGS)}
_WORD = re.compile(r"\w+")
_CLOCK = re.compile(r"\d\d?[:.h]\d\d")
_NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
_SURE, _SURE_WORDS = 0.8, 8  # of what another extractor has as well
_LABEL = 10  # words: fewer that begin with a time of day are an entry's mark in a running report
_HEADLINE, _LIKE_HEADLINE = 0.6, 0.7  # likeness to the title: of an h1, of another block

_LIKE = "title description within author bodied"
_WITNESS = "kept keptsig keptparent keptbefore keptafter fromkept tokept"
_NEAR = "logwords linked ends parent p signature kept"
_PAGE = "good mass mainshare number alllinked articlecount clocks keptwords body counted"

_DENSE = (*OWN.split(), "depth", *FLAGS, "articles", *MASS.split(), *ORDER.split(), *_LIKE.split(), *_WITNESS.split())
_NEARBY = [f"{name}{at:+d}" for at in _NEIGHBOURS for name in _NEAR.split()]
_SPARSE = {"tag": _TAGS, "in": ANCESTORS, "class": CLASS_NAMES, "cue": CUE_NAMES}

NAMES: tuple[str, ...] = (
    *_DENSE,
    *_NEARBY,
    *_PAGE.split(),
    *(f"{kind}_{name}" for kind, names in _SPARSE.items() for name in names),
)

_WIDTH = len(NAMES)
_TAG, _IN, _CLASS, _CUE = (NAMES.index(f"{kind}_{names[0]}") for kind, names in _SPARSE.items())


def features(root: Element, blocks: Sequence[Block], said: Said, witness: str) -> NDArray[np.float32]:
    """Return a row for each block; `witness` is the text that another extractor finds."""
    rows = np.zeros((len(blocks), _WIDTH), np.float32)
    if not blocks:
        return rows
    page = _Page(root, blocks, said, witness)
    dense, nearby = len(_DENSE), len(_DENSE) + len(_NEARBY)
    rows[:, :dense] = page.dense()
    rows[:, dense:nearby] = page.nearby()
    rows[:, nearby : nearby + len(_PAGE.split())] = page.whole()
    at, values = page.sparse()
    rows.ravel()[at] = values
    return rows


def headline_of(blocks: Sequence[Block], title: str) -> int | None:
    """Return the number of the block that is the headline of a page with this title, None where none is."""
    words = _lower_set(title)
    for n, block in enumerate(blocks):
        if any(element.tag == "h1" for element in block.chain[-3:]) and _overlap(_words_of(block), words) > _HEADLINE:
            return n
    if len(words) < 3:
        return None
    return next((n for n, block in enumerate(blocks) if _jaccard(_words_of(block), words) > _LIKE_HEADLINE), None)


class _Page:
    """A page while its blocks are looked at."""

    def __init__(self, root: Element, blocks: Sequence[Block], said: Said, witness: str) -> None:
        self.root, self.blocks, self.said = root, blocks, said
        self.texts = [text_of(block) for block in blocks]
        self.around = Around(root)
        self.seen = [self.around.of(block.chain) for block in blocks]
        self.masses = Masses(blocks, [text.chars if text.good else 0 for text in self.texts])
        self.signatures = Signatures(blocks, self.masses, [text.linked for text in self.texts])
        other = _witness(witness)
        self.kept = [other.share(block.words) for block in blocks]
        self.kept_words = other.length

    def dense(self) -> NDArray[np.float32]:
        """Return the columns that every block has a number in."""
        masses, frequent = self.masses, frequent_in(self.texts)
        headline = headline_of(self.blocks, self.said.title)
        walk = Walk(self.blocks, self.texts, masses, self.seen, headline, self.said.length)
        likeness, witness = self._likeness(), self._witness()
        rows = [
            [
                *own(block, text, frequent),
                len(block.chain),
                *seen.flags,
                seen.articles,
                *masses.of(n, block.chain),
                *self.signatures.of(n),
                *masses.siblings(block.chain),
                *walk.next(n),
                *likeness[n],
                *witness[n],
            ]
            for n, (block, text, seen) in enumerate(zip(self.blocks, self.texts, self.seen, strict=True))
        ]
        return np.array(rows, np.float32)

    def nearby(self) -> NDArray[np.float32]:
        """Return what the three blocks before and after are like; -1 beyond the page's ends."""
        near = [
            (math.log1p(text.count), text.linked, text.ends, 0, block.element.tag == "p", 0, kept)
            for block, text, kept in zip(self.blocks, self.texts, self.kept, strict=True)
        ]
        reach = max(_NEIGHBOURS)
        edge = np.full((reach, len(_NEAR.split())), -1, np.float32)
        padded = np.vstack([edge, np.array(near, np.float32), edge])
        parents = np.pad(_numbered([block.chain[-2:-1] for block in self.blocks]), reach, constant_values=-1)
        signatures = np.pad(_numbered(self.signatures.keys), reach, constant_values=-1)
        number, found = len(self.blocks), []
        for at in _NEIGHBOURS:
            there, here = slice(reach + at, reach + at + number), slice(reach, reach + number)
            columns = padded[there].copy()
            beyond = parents[there] < 0
            columns[:, 3] = np.where(beyond, -1, parents[there] == parents[here])
            columns[:, 5] = np.where(beyond, -1, signatures[there] == signatures[here])
            found.append(columns)
        return np.hstack(found)

    def whole(self) -> list[float]:
        """Return what is the same for all blocks of the page."""
        masses = self.masses
        clocks = [
            inside and text.count < _LABEL and (_CLOCK.match(block.text) is not None or block.element.tag == "time")
            for block, text, inside in zip(self.blocks, self.texts, masses.inside, strict=True)
        ]
        return [
            sum(text.good and inside for text, inside in zip(self.texts, masses.inside, strict=True)),
            math.log1p(masses.total),
            masses.main_share,
            math.log1p(len(self.blocks)),
            masses.all_linked,
            self.around.article_count,
            sum(clocks),
            math.log1p(self.kept_words),
            bool(self.said.bodies),
            bool(self.said.length),
        ]

    def sparse(self) -> tuple[list[int], list[float]]:
        """Return where in the rows, one after the other, something stands that most blocks have not, and what."""
        at: list[int] = []
        values: list[float] = []
        for n, (block, text, seen) in enumerate(zip(self.blocks, self.texts, self.seen, strict=True)):
            start = n * _WIDTH
            tag = _TAG_AT.get(str(block.element.tag))
            ones = [start + _IN + tag for tag in seen.ancestors]
            ones += [start + _CUE + cue for cue in text.cues]
            ones += [] if tag is None else [start + _TAG + tag]
            at += ones
            values += [1.0] * len(ones)
            at += [start + _CLASS + number for number in seen.classes]
            values += map(seen.near, seen.classes)
        return at, values

    def _likeness(self) -> list[list[float]]:
        """Return how like each block is to what the page says of itself."""
        said = self.said
        title, description = _lower_set(said.title), _lower_set(said.description)
        authors, bodies = _lower_set(" ".join(said.authors)), _witness("\n".join(said.bodies))
        rows = []
        for block, text in zip(self.blocks, self.texts, strict=True):
            words = set(text.lower)
            within = _overlap(words, description) if text.count >= 4 else 0.0
            by = len(words & authors) / max(1, len(words))
            body = bodies.share(block.words) if said.bodies else 0.0
            rows.append([_jaccard(words, title), _jaccard(words, description), within, by, body])
        return rows

    def _witness(self) -> list[list[float]]:
        """Return how the other extractor sees each block, and those it is one of."""
        kept, counts = self.kept, [text.count for text in self.texts]
        by_signature = _means(self.signatures.keys, kept, counts)
        by_parent = _means([block.chain[-2:-1] for block in self.blocks], kept, counts)
        sure = [n for n, share in enumerate(kept) if share > _SURE and counts[n] >= _SURE_WORDS] or [0]
        total = sum(share * count for share, count in zip(kept, counts, strict=True)) or 1.0
        before, rows = 0.0, []
        for n, share in enumerate(kept):
            here = share * counts[n]
            ends = [bounded(n - sure[0], 100), bounded(sure[-1] - n, 100)]
            rows.append([share, by_signature[n], by_parent[n], before / total, (total - before - here) / total, *ends])
            before += here
        return rows


def _witness(text: str) -> Witness:
    return Witness([_WORD.findall(line) for line in text.split("\n")])


def _means(keys: Sequence[object], values: Sequence[float], counts: Sequence[int]) -> list[float]:
    """Return for each block the mean of a value over the blocks with the same key, weighted by words."""
    sums: dict[object, list[float]] = {}
    for key, value, count in zip(keys, values, counts, strict=True):
        found = sums.setdefault(key, [0.0, 0.0])
        found[0] += value * (count + 1)
        found[1] += count + 1
    return [sums[key][0] / sums[key][1] for key in keys]


def _numbered(keys: Sequence[object]) -> NDArray[np.int32]:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int32)


def _words_of(block: Block) -> set[str]:
    return {word.lower() for word in block.words[:100]}


def _lower_set(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def _jaccard(one: set[str], other: set[str]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def _overlap(one: set[str], other: set[str]) -> float:
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller >= 2 else float(bool(one) and one == other)
