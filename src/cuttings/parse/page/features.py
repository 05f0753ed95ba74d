"""What the model sees of a block: its text, its place in the tree and in the order, its neighbours, its witnesses.

Pure.  Every feature is a number; NAMES and the columns of `features` go
together.  No feature knows a site or an address.
"""

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cuttings.parse.page.blocks import Block
from cuttings.parse.page.containers import ANCESTORS, FLAGS, Around, Masses, Signature
from cuttings.parse.page.witness import Said, Witness
from cuttings.parse.page.words import CLASS_NAMES, COMMON, CUE_NAMES, CUES, OPENERS, UNSPACED
from cuttings.text.xml import Element

_TAGS = ("p", "div", "li", "h1", "h2", "h3", "h4", "td", "blockquote", "figcaption", "section", "article", "pre", "dd")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ENDS = frozenset(".!?。！？…؟۔।:;")
_CLOSERS = '"”’»“」』)] '
_OPENING = frozenset("\"'“„«‘「『")
_STOPS = re.compile(r"[.!?。！？…؟۔।][\"”’»」』)\]]*(?:\s|$)")
_COMMAS = re.compile("[,、،，]")
_WORD = re.compile(r"\w+")
_YEAR_OR_CLOCK = re.compile(r"\b(?:(?:19|20)\d\d|\d\d?[:.h]\d\d)\b")
_CLOCK = re.compile(r"\d\d?[:.h]\d\d")
_CUED = 140  # words: longer texts say too much to be known by a word
_LONG_TEXT = 3_000  # characters of a text that are looked at
_NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
_MORE, _BYLINE, _COMMENT, _DATE, _SHARE, _SUBSCRIBE = (
    CUE_NAMES.index(name) for name in ("more", "byline", "comment", "date", "share", "subscribe")
)

_OWN = """
words logwords logchars linked bold sentences ends commas wordlength capitals digits common frequent quote shout
lower persentence unlinked
"""
_MASS = """
mass1 mass2 mass3 mass4 linked1 linked2 linked3 linked4 inmain belowmain position before after share sigmass
siglength siglinked signumber siblings fullsiblings
"""
_ORDER = """
pos cum fromheadline sinceheadline headlines article articlecount same aside sinceheading sinceaside linkheading
headinglength fromfirst fromlast goodbefore goodafter gapbefore gapafter dates bylines sincedate comments mores
earlier
"""
_PAGE = """
good mass mainshare number alllinked clocks
"""
_LIKE = """
title description within author bodied body counted sofar mainsofar
"""
_WITNESS = """
kept keptwords keptsig keptparent keptbefore keptafter fromkept tokept
"""
_NEAR = """
logwords linked ends parent p signature kept
"""

NAMES: tuple[str, ...] = (
    *_OWN.split(),
    *("depth", *FLAGS, *(f"tag_{tag}" for tag in _TAGS), *(f"in_{tag}" for tag in ANCESTORS), "articles"),
    *(f"class_{name}" for name in CLASS_NAMES),
    *(f"cue_{name}" for name in CUE_NAMES),
    *_MASS.split(),
    *_ORDER.split(),
    *_PAGE.split(),
    *_LIKE.split(),
    *_WITNESS.split(),
    *(f"{name}{at:+d}" for at in _NEIGHBOURS for name in _NEAR.split()),
)


def features(root: Element, blocks: Sequence[Block], said: Said, witness: str) -> NDArray[np.float32]:
    """Return a row for each block; `witness` is the text that another extractor finds."""
    if not blocks:
        return np.zeros((0, len(NAMES)), np.float32)
    page = _Page(root, blocks, said, witness)
    return np.hstack([np.array(page.rows(), np.float32), page.neighbours()])


@dataclass(slots=True)
class _Text:
    """What a block's text is like; `cues` are numbers of words.CUE_NAMES."""

    count: int
    chars: int
    linked: float
    ends: bool
    good: bool  # running text, by its length, links and end
    lower: list[str]
    cues: set[int] = field(default_factory=set)


class _Page:
    """A page while its blocks are looked at."""

    def __init__(self, root: Element, blocks: Sequence[Block], said: Said, witness: str) -> None:
        self.blocks, self.said = blocks, said
        self.texts = [_text(block) for block in blocks]
        self.good = [n for n, text in enumerate(self.texts) if text.good]
        self.masses = Masses(blocks, [t.chars if t.good else 0 for t in self.texts], [t.count for t in self.texts])
        self.around = Around(root)
        self.signatures = Signature(blocks, self.masses.weights, [t.linked for t in self.texts])
        other = Witness(witness, [_WORD.findall(line) for line in witness.split("\n")])
        self.kept = [other.share(block.words) for block in blocks]
        self.witnessed = other.length
        bodies = "\n".join(said.bodies)
        self.bodied = [0.0] * len(blocks)
        if bodies:
            body = Witness(bodies, [_WORD.findall(line) for line in bodies.split("\n")])
            self.bodied = [body.share(block.words) for block in blocks]
        self.title, self.description = _lower_set(said.title), _lower_set(said.description)
        self.authors = _lower_set(" ".join(said.authors))
        self.frequent = _frequent(self.texts)
        self.headline = headline_of(blocks, said.title)

    def rows(self) -> list[list[float]]:
        """Return the columns that are found block by block."""
        walk = _Walk(self)
        page = self._of_page()
        witness = self._witness()
        number, copies = len(self.blocks), Counter(block.text for block in self.blocks)
        rows = []
        for n, (block, text) in enumerate(zip(self.blocks, self.texts, strict=True)):
            like = self._like(text, n)
            rows.append(
                [
                    *self._own(block, text),
                    *self._place(block),
                    *self.around.classes(block.chain),
                    *(float(cue in text.cues) for cue in range(len(CUE_NAMES))),
                    *self._mass(block, n, walk),
                    *walk.order(n, number, copies[block.text]),
                    *page,
                    *like,
                    *walk.counted(),
                    *witness[n],
                ]
            )
            walk.past(n)
        return rows

    def neighbours(self) -> NDArray[np.float32]:
        """Return what the three blocks before and after are like; -1 beyond the page's ends."""
        number = len(self.blocks)
        parents = _numbered([block.chain[-2] if len(block.chain) > 1 else block.chain[-1] for block in self.blocks])
        signatures = _numbered(self.signatures.keys)
        near = np.array(
            [
                (math.log1p(text.count), text.linked, text.ends, 0, block.element.tag == "p", 0, kept)
                for block, text, kept in zip(self.blocks, self.texts, self.kept, strict=True)
            ],
            np.float32,
        )
        found = []
        for at in _NEIGHBOURS:
            there = np.full((number, len(_NEAR.split())), -1, np.float32)
            here = slice(max(0, -at), max(0, number - max(0, at)))
            from_ = slice(max(0, at), max(0, number + min(0, at)))
            there[here] = near[from_]
            there[here, 3] = parents[from_] == parents[here]
            there[here, 5] = signatures[from_] == signatures[here]
            found.append(there)
        return np.hstack(found)

    def _own(self, block: Block, text: _Text) -> list[float]:
        count, shown = max(1, text.count), block.text[:_LONG_TEXT] or " "
        sentences = len(_STOPS.findall(shown))
        words = block.words[:500]
        looked = max(1, len(words))
        first = shown[0]
        return [
            text.count,
            math.log1p(text.count),
            math.log1p(text.chars),
            text.linked,
            min(1.0, block.bold / max(1, text.chars)),
            min(sentences, 8),
            text.ends,
            len(_COMMAS.findall(shown)) / (count + 1),
            sum(map(len, words)) / looked,
            sum(word[0].isupper() for word in words) / looked,
            sum(word[0].isdecimal() for word in words) / looked,
            sum(map(COMMON.__contains__, text.lower)) / count,
            sum(map(self.frequent.__contains__, text.lower)) / count,
            first in _OPENING,
            shown.isupper(),
            first.islower(),
            text.count / (sentences + 1),
            text.count * (1 - text.linked),
        ]

    def _place(self, block: Block) -> list[float]:
        tags = [0.0] * len(_TAGS)
        tag = str(block.element.tag)
        if tag in _TAGS:
            tags[_TAGS.index(tag)] = 1.0
        return [len(block.chain), *self.around.flags(block.chain), *tags, *self.around.tags(block.chain)]

    def _mass(self, block: Block, n: int, walk: "_Walk") -> list[float]:
        masses = self.masses
        inside = masses.inside[n]
        return [
            *masses.shares(block.chain),
            inside,
            masses.below(block.chain) if inside else 0,
            walk.position(n),
            min(walk.in_main, 2_000),
            min(masses.words - walk.in_main, 2_000) if inside else -1,
            walk.in_main / masses.words if inside else -1,
            *self.signatures.of(n, masses.total),
            *masses.siblings(block.chain),
        ]

    def _of_page(self) -> list[float]:
        masses = self.masses
        clocks = sum(
            inside and text.count < 10 and (_CLOCK.match(block.text) is not None or block.element.tag == "time")
            for block, text, inside in zip(self.blocks, self.texts, masses.inside, strict=True)
        )
        return [
            sum(masses.inside[n] for n in self.good),
            math.log1p(masses.total),
            masses.main_share,
            math.log1p(len(self.blocks)),
            masses.all_linked,
            clocks,
        ]

    def _like(self, text: _Text, n: int) -> list[float]:
        words = set(text.lower)
        return [
            _jaccard(words, self.title),
            _jaccard(words, self.description),
            _overlap(words, self.description) if text.count >= 4 else 0.0,
            len(words & self.authors) / max(1, len(words)) if self.authors else 0.0,
            bool(self.said.bodies),
            self.bodied[n],
            bool(self.said.length),
        ]

    def _witness(self) -> list[list[float]]:
        """Return how the other extractor sees each block, and those it is one of."""
        kept, number = self.kept, len(self.kept)
        counts = [text.count for text in self.texts]
        by_signature = _means(self.signatures.keys, kept, counts)
        by_parent = _means([block.chain[-2:-1] for block in self.blocks], kept, counts)
        sure = [n for n in range(number) if kept[n] > 0.8 and counts[n] >= 8] or [0]
        total = sum(k * c for k, c in zip(kept, counts, strict=True)) or 1.0
        before, rows = 0.0, []
        for n in range(number):
            here = kept[n] * counts[n]
            rows.append(
                [
                    kept[n],
                    math.log1p(self.witnessed),
                    by_signature[n],
                    by_parent[n],
                    before / total,
                    (total - before - here) / total,
                    _bounded(n - sure[0], 100),
                    _bounded(sure[-1] - n, 100),
                ]
            )
            before += here
        return rows


class _Walk:
    """The blocks gone by, in document order."""

    def __init__(self, page: _Page) -> None:
        self.page = page
        inside = page.masses.inside
        main = [n for n in page.good if inside[n]] or [0]
        self.first, self.last = main[0], main[-1]
        self.all_words = max(1, sum(text.count for text in page.texts))
        self.good_words = 0
        self.good_main = sum(page.texts[n].count for n in page.good if inside[n])
        self.in_main = self.words = self.headlines = self.since_headline = self.since_heading = 0
        self.dates = self.bylines = self.since_date = self.mores = self.heading_length = 0
        self.aside = self.commented = self.linked_heading = False
        self.seen: set[str] = set()

    def position(self, n: int) -> float:
        """Where a block is between the first and the last good one: 0 to 1 within."""
        return (n - self.first) / max(1, self.last - self.first)

    def order(self, n: int, number: int, copies: int) -> list[float]:
        page, good = self.page, self.page.good
        nth = bisect_left(good, n)
        head = page.headline
        text, block = page.texts[n], page.blocks[n]
        return [
            n / number,
            self.words / self.all_words,
            0 if head is None else _bounded(n - head, 200),
            min(self.since_headline, 3_000),
            self.headlines,
            page.around.article(block.chain),
            page.around.article_count,
            copies,
            self.aside,
            min(self.since_heading, 500),
            min(self.since_heading, 500) if self.aside else -1,
            self.linked_heading,
            self.heading_length,
            _bounded(n - self.first, 100),
            _bounded(n - self.last, 100),
            nth,
            len(good) - nth,
            min(n - good[nth - 1] if nth else 99, 30),
            min(good[nth] - n if nth < len(good) else 99, 30),
            min(self.dates, 20),
            min(self.bylines, 20),
            min(self.since_date, 2_000),
            self.commented,
            min(self.mores, 5),
            text.count >= 6 and block.text in self.seen,
        ]

    def counted(self) -> list[float]:
        """How far the good words gone by are on the way to what the page counts, and to what its main part has."""
        length = self.page.said.length
        return [min(self.good_words / length, 5) if length else -1, self.good_words / max(1, self.good_main)]

    def past(self, n: int) -> None:
        """Remember a block."""
        page = self.page
        text, block, cues = page.texts[n], page.blocks[n], page.texts[n].cues
        tag = block.element.tag
        inside = page.masses.inside[n]
        self.words += text.count
        self.in_main += text.count if inside else 0
        self.good_words += text.count if inside and text.good else 0
        self._past_cues(n, text)
        if text.count >= 6:
            self.seen.add(block.text)
        if page.headline is not None and n > page.headline:
            self.since_headline += text.count
        self.headlines += tag == "h1"
        if tag in _HEADINGS or (text.count < 8 and not text.ends and block.bold):
            self.linked_heading, self.heading_length, self.since_heading = text.linked > 0.5, text.count, 0
            self.aside = not cues.isdisjoint((_MORE, _COMMENT, _SUBSCRIBE))
        else:
            self.since_heading += text.count

    def _past_cues(self, n: int, text: _Text) -> None:
        begun = n >= self.first
        if begun and text.count < 15 and _DATE in text.cues:
            self.dates, self.since_date = self.dates + 1, 0
        else:
            self.since_date += text.count
        self.bylines += begun and text.count < 20 and _BYLINE in text.cues
        if begun and text.count < 8:
            self.commented = self.commented or _COMMENT in text.cues
            self.mores += _MORE in text.cues


def headline_of(blocks: Sequence[Block], title: str) -> int | None:
    """Return the number of the block that is the headline of a page with this title, None where none is."""
    words = _lower_set(title)
    for n, block in enumerate(blocks):
        if any(element.tag == "h1" for element in block.chain[-3:]) and _overlap(_words_of(block), words) > 0.6:
            return n
    if len(words) < 3:
        return None
    return next((n for n, block in enumerate(blocks) if _jaccard(_words_of(block), words) > 0.7), None)


def _text(block: Block) -> _Text:
    count, chars = len(block.words), len(block.text)
    linked = min(1.0, block.linked / max(1, chars - block.text.count(" ")))
    tail = block.text[-20:].rstrip(_CLOSERS)
    ends = tail[-1:] in _ENDS if tail else False
    good = linked < 0.35 and ((count >= 10 and (ends or count >= 25)) or (chars >= 60 and ends))
    lower = [word.lower() for word in block.words]
    text = _Text(count, chars, linked, ends, good, lower)
    if count and count < _CUED:
        text.cues = _cues(block.text, lower, chars)
    return text


def _cues(text: str, lower: Sequence[str], chars: int) -> set[int]:
    cues = {cue for word in lower if word in CUES for cue in CUES[word]}
    if (opener := OPENERS.get(lower[0])) is not None:
        cues.add(opener)
    if len(lower) < 40 and _YEAR_OR_CLOCK.search(text[:300]):
        cues.add(_DATE)
    if "@" in text and len(lower) < 20:
        cues.add(_BYLINE)
    if not text.isascii() and chars < 80:
        cues.update(cue for part, cue in UNSPACED if part in text)
    return cues


def _frequent(texts: Sequence[_Text]) -> frozenset[str]:
    """Return the commonest short words of a page's running text: its language's little words."""
    counts = Counter(word for text in texts if text.good for word in text.lower if len(word) <= 5)
    return frozenset(word for word, _ in counts.most_common(25))


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
    return len(one & other) / len(one | other) if one and other else 0.0


def _overlap(one: set[str], other: set[str]) -> float:
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller >= 2 else float(bool(one) and one == other)


def _bounded(value: int, limit: int) -> int:
    return max(-limit, min(limit, value))
