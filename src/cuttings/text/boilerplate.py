"""What recurs in the articles of one source, and therefore belongs to none of them: counted, then judged.

    counts = learn(counts, blocks of a new article)        for each article once
    judge(blocks of an article, counts)  ->  which of them are boilerplate, and why

An appeal stands in nearly every article while it stands at all; what a
follow-up repeats, a quotation or the history of a case, stands in few of them.
So what counts is the share of the articles since a block was first seen.  A
heading goes only with all that it heads.

Pure.  Counts are bounded: what recurs is remembered, what stood in one article
alone only until some more have come.
Serves DESIGN 6 (Full text, Revisions).
"""

import hashlib
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from cuttings.text.blocks import Part

MOST_RECURRING = 1_000  # blocks that were in several articles; the ones seen last stay
MOST_SINGLE = 1_500  # blocks that were in one: about the last fifty articles

OFTEN = 5  # articles that a block has to be in
SHARE = 0.6  # of the articles since it was first seen
WITHIN = 8  # articles, for a block in the midst of the text
LINKED, LINKED_OFTEN, LINKED_SHARE = 0.5, 3, 0.3  # of a block's characters; related articles come and go
RESTED = 30  # articles: what was not seen in so many is gone from the site, and judged no more

_EDGE = 3  # blocks at the beginning and at the end of an article
_LABEL = 8  # words; a shorter line without a full stop heads what follows it
_FEWEST = 3  # words; a shorter line may be anybody's
_QUOTED = re.compile(r"^[\"“„«‘「『»]")
_ENDED = re.compile(r"[.!?…。！？؟]\W*$")

_TALLY = struct.Struct("<QIII")
_WORDS = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of one block: in how many articles it was, and the numbers of the first and the last of these."""

    count: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted over a source's articles; `blocks` is never changed, by `fingerprint`."""

    articles: int = 0
    blocks: Mapping[int, Tally] = field(default_factory=dict)

    def packed(self) -> bytes:
        """Return the counts as bytes, 20 for each block."""
        rows = (_TALLY.pack(mark, one.count, one.first, one.last) for mark, one in self.blocks.items())
        return struct.pack("<I", self.articles) + b"".join(rows)

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Undo `packed`.  Raises ValueError for what it did not write."""
        if len(data) % _TALLY.size != 4:
            raise ValueError("no counts")
        rows = _TALLY.iter_unpack(memoryview(data)[4:])
        blocks = {mark: Tally(count=count, first=first, last=last) for mark, count, first, last in rows}
        return cls(articles=struct.unpack_from("<I", data)[0], blocks=blocks)


def fingerprint(text: str) -> int:
    """Return 64 bits that a block keeps when case, punctuation, white space and numbers change."""
    words = " ".join(_WORDS.findall(_DIGITS.sub("0", text.casefold())))
    return int.from_bytes(hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def learn(counts: Counts, blocks: Sequence[str]) -> Counts:
    """Return the counts with one more article; `blocks` are its texts as they came, boilerplate included."""
    number = counts.articles + 1
    tallies = dict(counts.blocks)
    for mark in dict.fromkeys(map(fingerprint, blocks)):
        held = tallies.pop(mark, None)
        first, count = (held.first, held.count) if held else (number, 0)
        tallies[mark] = Tally(count=count + 1, first=first, last=number)
    return Counts(articles=number, blocks=_bounded(tallies))


def _bounded(tallies: dict[int, Tally]) -> Mapping[int, Tally]:
    """Forget the blocks seen longest ago, which stand first."""
    recurring = [mark for mark, one in tallies.items() if one.count > 1]
    single = [mark for mark, one in tallies.items() if one.count == 1]
    for mark in (*recurring[:-MOST_RECURRING], *single[:-MOST_SINGLE]):
        del tallies[mark]
    return tallies


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A block that is boilerplate, and why."""

    part: Part
    why: str


def judge(blocks: Sequence[Part], counts: Counts) -> list[Verdict]:
    """Return the blocks of an article that recur in its source's; whether it was itself counted makes no difference."""
    tallies = [counts.blocks.get(fingerprint(block.text)) for block in blocks]
    taken = {
        index: _why(tally, counts)
        for index, (block, tally) in enumerate(zip(blocks, tallies, strict=True))
        if tally is not None and _recurs(block, tally, counts, _is_at_edge(index, len(blocks)))
    }
    _spread(blocks, tallies, counts, taken)
    _spare_headings(blocks, taken)
    return [Verdict(part=blocks[index], why=why) for index, why in sorted(taken.items())]


def _recurs(block: Part, tally: Tally, counts: Counts, at_edge: bool) -> bool:
    if _is_spoken(block) or len(_WORDS.findall(block.text)) < _FEWEST or "table" in block.names:
        return False
    if block.linked >= LINKED * len(block.text):
        return _is_in(tally, counts, LINKED_OFTEN, LINKED_SHARE)
    return _is_in(tally, counts, OFTEN if at_edge else WITHIN, SHARE)


def _is_in(tally: Tally, counts: Counts, often: int, share: float) -> bool:
    """Tell whether a block stands in so many articles, and in such a share of them from its first to its last one."""
    if tally.count < often or counts.articles - tally.last > RESTED:
        return False
    return tally.count >= share * (tally.last - tally.first + 1)


def _is_spoken(block: Part) -> bool:
    return "blockquote" in block.names or _QUOTED.match(block.text) is not None


def _is_at_edge(index: int, blocks: int) -> bool:
    return index < _EDGE or index >= blocks - _EDGE


def _spread(blocks: Sequence[Part], tallies: Sequence[Tally | None], counts: Counts, taken: dict[int, str]) -> None:
    """Take, beside what is taken, the blocks that recur as often as it has to at an edge: a box is of one piece."""
    for step, order in ((1, range(len(blocks))), (-1, range(len(blocks) - 1, -1, -1))):
        for index in order:
            tally = tallies[index]
            if tally is None or index in taken or index - step not in taken or _is_spoken(blocks[index]):
                continue
            if _is_in(tally, counts, OFTEN, SHARE):
                taken[index] = _why(tally, counts)


def _spare_headings(blocks: Sequence[Part], taken: dict[int, str]) -> None:
    """Give back the headings below which something stays."""
    for index in reversed(range(len(blocks) - 1)):
        if index in taken and index + 1 not in taken and _is_heading(blocks[index]):
            del taken[index]


def _is_heading(block: Part) -> bool:
    if any(name in ("h1", "h2", "h3", "h4", "h5", "h6") for name in block.names):
        return True
    return not block.linked and len(block.text.split()) <= _LABEL and _ENDED.search(block.text) is None


def _why(tally: Tally, counts: Counts) -> str:
    return f"in {tally.count} of {tally.last - tally.first + 1} articles on end"
