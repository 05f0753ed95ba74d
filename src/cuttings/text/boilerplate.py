"""What recurs in the articles of one source, and therefore belongs to none of them: counted, then judged.

    counts = learn(counts, blocks of a new article)        for each article once
    judge(blocks of an article, counts)  ->  which of them are boilerplate, and why

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

MOST_RECURRING = 1_000  # blocks that were in several articles; the ones seen last stay
MOST_SINGLE = 1_500  # blocks that were in one: about the last fifty articles

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
