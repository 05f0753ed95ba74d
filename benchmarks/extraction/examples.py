"""Blocks of pages with what is known of them: what a model learns from."""

import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpora import Page, pages
from benchmarks.extraction.labels import labels, segments
from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.parse.discovery import base_of, tree_of
from cuttings.parse.metadata import metadata
from cuttings.parse.page.blocks import Block, blocks
from cuttings.parse.page.features import NAMES, features
from cuttings.parse.page.witness import by_trafilatura, told
from cuttings.text.xml import Element

FOLDS = 5
_WORD = re.compile(r"\w+")
_NEWS = ("fundus", "naeb", "fundus-eval", "scrapinghub")  # whose gold leaves lists, quotations and tables out at random
_GIVEN_UP = [
    NAMES.index(name) for name in ("in_li", "in_table", "in_blockquote", "tag_td", "tag_li", "tag_blockquote", "in_pre")
]
_LINKED, _IN_MAIN = NAMES.index("linked"), NAMES.index("inmain")
_OF_SEGMENTS = 400  # words that a page is taken to have whose gold is segments
_HEAVIEST, _MOST_AGAINST = 0.4, 1.5  # of one block; of all blocks of a page that are no text


@dataclass(frozen=True, slots=True)
class Example:
    """A page's blocks: features, 1 text, 0 none and -1 unknown, and how much each matters."""

    site: str
    rows: NDArray[np.float32]
    known: NDArray[np.int8]
    weights: NDArray[np.float64]


def fold_of(site: str) -> int:
    """Return which fold's model has not seen a site."""
    return zlib.crc32(site.encode()) % FOLDS


def examples(folder: Path) -> Iterator[Example]:
    """Yield the pages of all sets that a folder holds."""
    for number, page in enumerate(pages(folder)):
        if number % 100 == 0:
            print(f"{number} pages", file=sys.stderr, flush=True)
        if (example := _example(page)) is not None:
            yield example


def _example(page: Page) -> Example | None:
    document = Document(body=page.body, url=page.url)
    try:
        root, _ = tree_of(document)
    except ParseError:
        return None
    found = blocks(root)
    rows = _rows(root, base_of(root, page.url), found)
    known = np.array(_known(page, found, rows), np.int8)
    words = np.array([len(block.words) for block in found])
    gold = len(page.gold.text.split()) or _OF_SEGMENTS
    return Example(page.site, rows, known, _weights(words, known, gold))


def _rows(root: Element, base: str, found: Sequence[Block]) -> NDArray[np.float32]:
    said = metadata(root, base)
    names = [author.name for author in said.authors]
    return features(root, found, told(root, said.title, said.description, names), by_trafilatura(root))


def _known(page: Page, found: Sequence[Block], rows: NDArray[np.float32]) -> list[int]:
    gold = page.gold
    if gold.wanted or gold.unwanted:
        judged = segments([block.text for block in found], gold.wanted, gold.unwanted)
        return [-1 if one is None else int(one) for one in judged]
    words = _words(p.strip("[]") for p in gold.paragraphs or ())
    known = [int(one) for one in labels([block.words for block in found], words)]
    return _masked(known, rows) if page.set in _NEWS else known


def _words(paragraphs: Iterator[str]) -> list[str]:
    return _WORD.findall("\n".join(paragraphs))


def _masked(known: list[int], rows: NDArray[np.float32]) -> list[int]:
    """Give up the labels of lists, quotations and tables within the text that the gold leaves out."""
    if 1 not in known:
        return known
    first, last = known.index(1), len(known) - known[::-1].index(1)
    unsure = rows[:, _GIVEN_UP].any(axis=1) & (rows[:, _LINKED] < 0.5) & (rows[:, _IN_MAIN] > 0)
    return [-1 if one == 0 and first <= n < last and unsure[n] else one for n, one in enumerate(known)]


def _weights(words: NDArray[np.int64], known: NDArray[np.int8], gold: int) -> NDArray[np.float64]:
    """Return weights by words, so that each page counts the same, and what is no text no more than what is."""
    weights: NDArray[np.float64] = np.minimum((words + 2.0) / (gold + 50.0), _HEAVIEST)
    against = weights[known == 0].sum()
    if against > _MOST_AGAINST:
        weights = np.where(known == 0, weights * (_MOST_AGAINST / against), weights)
    return weights
