"""What changed between two texts, word by word.

Pure.  Lines are compared first and words only where lines differ, so that a
long text costs what changed in it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

How = Literal["same", "gone", "new"]
Part = tuple[How, str]

MOST_PAIRS = 4_000_000  # words times words that are compared; what differs more is another text

_KINDS: Mapping[bool, Sequence[How]] = {True: ("same",), False: ("gone", "new")}
_WORDS = re.compile(r"\s*(?:\w+|[^\w\s])|\s+")  # with the space before it: else every space is alike


def difference(old: str, new: str) -> Sequence[Part]:
    """Return the parts that make up both texts: without the new ones the old, without the gone ones the new."""
    return list(_joined(_by_line(old.splitlines(keepends=True), new.splitlines(keepends=True))))


def _by_line(old: list[str], new: list[str]) -> Iterator[Part]:
    if len(old) * len(new) > MOST_PAIRS:
        yield from _replaced(old, new)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (("same", line) for line in old[a:b])
        else:
            yield from _by_word(_WORDS.findall("".join(old[a:b])), _WORDS.findall("".join(new[c:d])))


def _by_word(old: list[str], new: list[str]) -> Iterator[Part]:
    if len(old) * len(new) > MOST_PAIRS:
        yield from _replaced(old, new)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (("same", word) for word in old[a:b])
        else:
            yield from _replaced(old[a:b], new[c:d])


def _replaced(old: Iterable[str], new: Iterable[str]) -> Iterator[Part]:
    yield "gone", "".join(old)
    yield "new", "".join(new)


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Yield what stands together as one part: all that is gone, then all that is new."""
    for same, run in groupby((part for part in parts if part[1]), key=lambda part: part[0] == "same"):
        found = list(run)
        for how in _KINDS[same]:
            if text := "".join(text for kind, text in found if kind == how):
                yield how, text
