"""Which records tell the same article: syndicated copies, with small edits, cut endings, other headlines.

Pure.  Sketches (`text.sketches`) say which records may be near the same; here
their texts are compared.  Two reports of one event share quotations and
names, not their sentences.  A column that recurs shares its sentences, not its
numbers or its day; a roundup or a liveblog may hold another article whole.
All these stay apart: to miss a copy costs a reader a glance, to join what is
two costs him an article.
Serves DESIGN 6 (Identity).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import pairwise

from cuttings.model.article import Draft, Record, SourceKey
from cuttings.text.sketches import FEWEST, is_spaceless, shingles, tokens

WITHIN = timedelta(days=30)  # between two copies of an article
RECURS = timedelta(hours=20)  # a source that brings the same again after this means it: a column

SURELY = 0.8  # of both texts' shingles: a copy with edits, whatever it is called
ALIKE = 0.6  # of them, where one headline at least speaks of the other text
COPIED = 0.7  # of the shorter text's shingles, where it opens the longer one: a copy whose ending is cut
CUT = 0.2  # of the longer text, at least, is such a copy
MOSTLY = 0.5  # of it, and the headline may say anything
SAME = 0.98  # of both: no number in it can be another
FULLY = 0.9  # of both: what a liveblog or a source's own second article must share
NUMBERS = 0.25  # of the shorter text's numbers may be others
SUPPORT = 0.34  # of the words of a headline must be in the other's headline or opening

_OPENING = 150  # tokens in which a headline's words are looked for
_STARTS = 40  # tokens that a copy may have before the shared text: a dateline, a note on where it is from
_LOOSELY = 1.3  # times the length of the shorter text the shared part may reach in the longer one
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_LIVE = re.compile(
    r"\b(?:live(?:blog|-?ticker| updates?| news|:)|as it happened|ticker|en direct|en vivo|ao vivo|em direto|in diretta"
    r"|na żywo|relacja|canlı|онлайн|трансляция)\b|\blive\b\s*[:|–-]|مباشر|速報|实时|直播|ライブ|실시간",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Read:
    """An article's text and title, taken apart once."""

    article: Draft | Record

    @cached_property
    def words(self) -> Sequence[str]:
        return tokens(self.article.text)

    @cached_property
    def shingles(self) -> Sequence[str]:
        return shingles(self.words)

    @cached_property
    def distinct(self) -> frozenset[str]:
        return frozenset(self.shingles)

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(_NUMBER.findall(self.article.text))

    @cached_property
    def headline(self) -> frozenset[str]:
        """The words of the title that say something; of a script without spaces, pairs of characters."""
        words = tokens(self.article.title)
        if is_spaceless(words):
            return frozenset(map("".join, pairwise(words)))
        return frozenset(word for word in words if len(word) > 3 or word.isdecimal())

    @cached_property
    def opening(self) -> frozenset[str]:
        words = [*tokens(self.article.title), *self.words[:_OPENING]]
        return frozenset(map("".join, pairwise(words)) if is_spaceless(words) else words)


def same_story(article: Draft | Record, record: Record, source: SourceKey | None) -> str | None:
    """Return why an article of a source tells the same as a record, None where it does not.

    Which is the newer does not matter.
    """
    if _days_apart(article, record) > WITHIN:
        return None
    shorter, longer = sorted((_Read(article), _Read(record)), key=lambda one: len(one.distinct))
    shared = shorter.distinct & longer.distinct
    if not shared:
        return None
    both, part = len(shared) / len(shorter.distinct | longer.distinct), len(shared) / len(shorter.distinct)
    if _is_apart(shorter, longer, both, own=source is not None and source == record.source):
        return None
    if both >= (ALIKE if _is_about(longer.headline, shorter) or _is_about(shorter.headline, longer) else SURELY):
        return f"{both:.0%} of the text is the same"
    if part >= COPIED and _is_cut(shorter, longer, shared):
        return f"{part:.0%} of the shorter text opens the longer one"
    return None


def is_another(article: Draft | Record, record: Record) -> bool:
    """Tell whether two articles at one canonical address are two: a section's page that its articles name as theirs.

    Both have a text to tell by, which has no shingle of the other's, and
    neither headline speaks of the other text.
    """
    one, other = _Read(article), _Read(record)
    if min(len(one.words), len(other.words)) < FEWEST or one.distinct & other.distinct:
        return False
    return not _is_about(one.headline, other) and not _is_about(other.headline, one)


def _days_apart(one: Draft | Record, other: Draft | Record) -> timedelta:
    if one.published is None or other.published is None:
        return timedelta(0)
    return abs(one.published - other.published)


def _is_apart(shorter: _Read, longer: _Read, both: float, *, own: bool) -> bool:
    """Tell what shares its sentences and is another article all the same."""
    if both < FULLY and (own or _is_live(shorter) or _is_live(longer)):
        return True
    if own and _days_apart(shorter.article, longer.article) > RECURS:
        return True
    return both < SAME and (_has_other_numbers(shorter, longer) or _is_next(shorter, longer))


def _is_live(one: _Read) -> bool:
    return _LIVE.search(one.article.title) is not None


def _has_other_numbers(shorter: _Read, longer: _Read) -> bool:
    missing = len(shorter.numbers - longer.numbers)
    return missing > 1 and missing > NUMBERS * len(shorter.numbers)


def _is_next(one: _Read, other: _Read) -> bool:
    """Tell whether two titles are one but for their numbers: instalments of a column."""
    titles = [" ".join(read.article.title.casefold().split()) for read in (one, other)]
    return titles[0] != titles[1] and _NUMBER.sub("0", titles[0]) == _NUMBER.sub("0", titles[1])


def _is_cut(shorter: _Read, longer: _Read, shared: frozenset[str]) -> bool:
    """Tell whether the longer text goes on where the shorter ends, and is no collection of such."""
    size, whole = len(shorter.shingles), len(longer.shingles)
    places = _places(longer, shared)
    if size < CUT * whole or max(places[0], _places(shorter, shared)[0]) > _STARTS:
        return False
    reach = places[len(places) * 9 // 10] - places[0]  # the last tenth may be chance
    return reach <= _LOOSELY * size and (size >= MOSTLY * whole or _is_about(longer.headline, shorter))


def _places(one: _Read, shared: frozenset[str]) -> Sequence[int]:
    """Return where shared shingles stand first, in order."""
    first: dict[str, int] = {}
    for place, shingle in enumerate(one.shingles):
        if shingle in shared:
            first.setdefault(shingle, place)
    return list(first.values())


def _is_about(headline: frozenset[str], other: _Read) -> bool:
    return len(headline & other.opening) >= SUPPORT * len(headline)
