"""What changed between two texts: paragraph by paragraph, and word by word.

Pure.  Lines are compared first and words only where lines differ, so that a
long text costs what changed in it.  Where a script has no spaces, each
character is a word.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

How = Literal["same", "gone", "new"]
Part = tuple[How, str]

MOST_PAIRS = 4_000_000  # words times words that are compared; what differs more is another text

MOST_PARAGRAPHS = 250_000  # paragraphs times paragraphs that are compared; beyond, the n-th is held against the n-th
MOST_LIKENESSES = 900  # the same within a run of paragraphs that all differ
ALIKE = 0.4  # the share of words that one paragraph has in common with what became of it

_KINDS: Mapping[bool, Sequence[How]] = {True: ("same",), False: ("gone", "new")}
_SINGLE = r"[\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"  # hiragana and ideographs: no spaces part them
_WORD = rf"(?:{_SINGLE}|(?:(?!{_SINGLE})\w)+|[^\w\s])"
_WORDS = re.compile(rf"\s*{_WORD}|\s+")  # with the space before it: else every space is alike
_BARE_WORDS = re.compile(_WORD)


def difference(old: str, new: str) -> Sequence[Part]:
    """Return the parts that make up both texts: without the new ones the old, without the gone ones the new."""
    return list(_joined(_by_line(old.splitlines(keepends=True), new.splitlines(keepends=True))))


def words(text: str) -> list[str]:
    """Return the words and marks of a text, without spaces; together they lose nothing else."""
    return _BARE_WORDS.findall(text)


def paragraphs(
    old: Sequence[str], new: Sequence[str], said: Callable[[str], str] = str
) -> Sequence[tuple[int, str, str]]:
    """Return (where it stands in `new`, what it was, what it is) of each paragraph that changed.

    "" stands for what was not there, or is no more.  Paragraphs are the same
    that are `said` alike.  What was rewritten is held against what is most
    like it, in order.
    """
    start, end = _alike_around(old, new)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    before, after = [said(one) for one in old], [said(one) for one in new]
    found: list[tuple[int, str, str]] = []
    for tag, a, b, c, d in _runs(before, after):
        if tag != "equal":
            found += [
                (start + (c if j is None else c + j), "" if i is None else old[a + i], "" if j is None else new[c + j])
                for i, j in _pairs(before[a:b], after[c:d])
            ]
    return found


def _alike_around(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Count the paragraphs that are the same at the start and, of the others, at the end."""
    shared = min(len(old), len(new))
    start = next((n for n in range(shared) if old[n] != new[n]), shared)
    end = next((n for n in range(shared - start) if old[-1 - n] != new[-1 - n]), shared - start)
    return start, end


def _runs(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > MOST_PARAGRAPHS:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def _pairs(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[int | None, int | None]]:
    """Match paragraphs that differ: in order, so that the sum of their likenesses is greatest."""
    if len(old) * len(new) > MOST_LIKENESSES:
        shared = min(len(old), len(new))
        both: list[tuple[int | None, int | None]] = [(i, i) for i in range(shared) if old[i] != new[i]]
        return [*both, *((i, None) for i in range(shared, len(old))), *((None, j) for j in range(shared, len(new)))]
    alike = _likenesses(old, new)
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            together = best[i + 1][j + 1] + alike[i][j] if alike[i][j] >= ALIKE else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], together)
    return list(_walked(best, alike))


def _walked(
    best: Sequence[Sequence[float]], alike: Sequence[Sequence[float]]
) -> Iterator[tuple[int | None, int | None]]:
    i = j = 0
    while i < len(best) - 1 or j < len(best[0]) - 1:
        left = i < len(best) - 1 and j < len(best[0]) - 1
        if left and alike[i][j] >= ALIKE and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif i < len(best) - 1 and best[i][j] == best[i + 1][j]:
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


def _likenesses(old: Sequence[str], new: Sequence[str]) -> list[list[float]]:
    before, after = ([Counter(words(one.casefold())) for one in run] for run in (old, new))
    return [[_likeness(one, other) for other in after] for one in before]


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Dice's: twice what two bags of words share, by what they hold together."""
    held = one.total() + other.total()
    return 2 * (one & other).total() / held if held else 1.0


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
