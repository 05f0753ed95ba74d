"""What a block's own text is like: its length, sentences, links, and the words by which one knows it.

Pure.  Each text is split once.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cuttings.parse.page.blocks import Block
from cuttings.parse.page.words import COMMON, CUE_NAMES, CUES, OPENERS, UNSPACED

OWN = """
words logwords logchars linked bold sentences ends commas wordlength capitals digits common frequent quote shout lower
persentence unlinked
"""
BYLINE, COMMENT, DATE, MORE, SUBSCRIBE = map(CUE_NAMES.index, ("byline", "comment", "date", "more", "subscribe"))

_ENDS = frozenset(".!?。！？…؟۔।:;")
_CLOSERS = '"”’»“」』)] '
_OPENING = frozenset("\"'“„«‘「『")
_STOPS = re.compile(r"[.!?。！？…؟۔।][\"”’»」』)\]]*(?:\s|$)")
_COMMAS = re.compile("[,、،，]")
_YEAR_OR_CLOCK = re.compile(r"\b(?:(?:19|20)\d\d|\d\d?[:.h]\d\d)\b")
_CUED = 140  # words: longer texts say too much to be known by a word
_SHORT, _UNSPACED_SHORT, _SIGNED = 40, 80, 20  # words for a date, characters without spaces, words for an address
_MOST_CHARS, _MOST_WORDS = 3_000, 200  # of a text that are looked at
_LONG, _RUNNING, _RUNNING_CHARS, _LITTLE_LINKED = 25, 10, 60, 0.35  # of running text
_FREQUENT, _LONGEST = 25, 5  # how many words of how many letters are a language's little words


@dataclass(frozen=True, slots=True)
class Text:
    """A block's text; `good` is running text, `cues` are numbers of CUE_NAMES."""

    count: int  # words
    chars: int
    linked: float
    ends: bool
    good: bool
    lower: list[str]
    cues: frozenset[int] | set[int]


def text_of(block: Block) -> Text:
    """Look at a block's text."""
    text, count, chars = block.text, len(block.words), len(block.text)
    linked = min(1.0, block.linked / max(1, chars - text.count(" "))) if block.linked else 0.0
    ends = text[-20:].rstrip(_CLOSERS)[-1:] in _ENDS if text else False
    running = (count >= _RUNNING and (ends or count >= _LONG)) or (chars >= _RUNNING_CHARS and ends)
    lower = [word.lower() for word in block.words]
    cues = _cues(text, lower, chars) if 0 < count < _CUED else _NO_CUES
    return Text(count, chars, linked, ends, running and linked < _LITTLE_LINKED, lower, cues)


_NO_CUES: frozenset[int] = frozenset()


def own(block: Block, text: Text, frequent: frozenset[str]) -> list[float]:
    """Return the features OWN; `frequent` are the page's little words."""
    count, shown = max(1, text.count), block.text[:_MOST_CHARS] or " "
    words, lower = block.words[:_MOST_WORDS], text.lower[:_MOST_WORDS]
    looked, first = max(1, len(words)), shown[0]
    initials = "".join([word[0] for word in words])
    sentences = len(_STOPS.findall(shown))
    return [
        text.count,
        math.log1p(text.count),
        math.log1p(text.chars),
        text.linked,
        min(1.0, block.bold / max(1, text.chars)),
        min(sentences, 8),
        text.ends,
        len(_COMMAS.findall(shown)) / (count + 1),
        len("".join(words)) / looked,
        sum(map(str.isupper, initials)) / looked,
        sum(map(str.isdecimal, initials)) / looked,
        sum(map(COMMON.__contains__, lower)) / looked,
        sum(map(frequent.__contains__, lower)) / looked,
        first in _OPENING,
        shown.isupper(),
        first.islower(),
        text.count / (sentences + 1),
        text.count * (1 - text.linked),
    ]


def frequent_in(texts: Sequence[Text]) -> frozenset[str]:
    """Return the commonest short words of a page's running text: its language's little words."""
    counts = Counter(word for text in texts if text.good for word in text.lower if len(word) <= _LONGEST)
    return frozenset(word for word, _ in counts.most_common(_FREQUENT))


def _cues(text: str, lower: Sequence[str], chars: int) -> set[int]:
    cues = {cue for word in CUES.keys() & lower for cue in CUES[word]}
    if (opener := OPENERS.get(lower[0])) is not None:
        cues.add(opener)
    if len(lower) < _SHORT and _YEAR_OR_CLOCK.search(text[:300]):
        cues.add(DATE)
    if len(lower) < _SIGNED and "@" in text:
        cues.add(BYLINE)
    if chars < _UNSPACED_SHORT and not text.isascii():
        cues.update(cue for part, cue in UNSPACED if part in text)
    return cues
