"""What went before a block, in document order: the headline, dates, headings, the text so far.

Pure.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from cuttings.parse.page.blocks import Block
from cuttings.parse.page.containers import Masses, Seen
from cuttings.parse.page.texts import BYLINE, COMMENT, DATE, MORE, SUBSCRIBE, Text

ORDER = """
position before after share
pos cum fromheadline sinceheadline headlines article same aside sinceheading sinceaside linkheading
headinglength fromfirst fromlast goodbefore goodafter gapbefore gapafter dates bylines sincedate comments mores earlier
sofar mainsofar
"""
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HEADING, _LABEL, _DATELINE, _BYLINE_WORDS, _TOLD = 8, 8, 15, 20, 6  # words: fewer are one, but a told text has more


class Walk:
    """A page's blocks one after the other; `length` is the number of words that the page says it has, 0: none said."""

    def __init__(
        self,
        blocks: Sequence[Block],
        texts: Sequence[Text],
        masses: Masses,
        seen: Sequence[Seen],
        headline: int | None,
        length: int,
    ) -> None:
        self._blocks, self._texts, self._masses, self._seen_at = blocks, texts, masses, seen
        self._headline, self._length = headline, length
        self._good = [n for n, text in enumerate(texts) if text.good]
        main = [n for n in self._good if masses.inside[n]]
        self._first, self._last = (main[0], main[-1]) if main else (0, 0)
        self._good_main = max(1, sum(texts[n].count for n in main))
        self._all_words = max(1, sum(text.count for text in texts))
        self._copies = Counter(block.text for block in blocks)
        self._in_main = self._words = self._good_words = 0
        self._headlines = self._since_headline = self._since_heading = self._heading_length = 0
        self._dates = self._bylines = self._since_date = self._mores = 0
        self._aside = self._commented = self._linked_heading = False
        self._seen: set[str] = set()

    def next(self, n: int) -> list[float]:
        """Return the features ORDER of a block, and go past it; blocks are asked for one after the other."""
        row = [*self._in_the_main_part(n), *self._in_the_page(n), *self._since(n), *self._so_far()]
        self._past(n)
        return row

    def _in_the_main_part(self, n: int) -> list[float]:
        inside, words, gone = self._masses.inside[n], self._masses.words, self._in_main
        return [
            (n - self._first) / max(1, self._last - self._first),
            min(gone, 2_000),
            min(words - gone, 2_000) if inside else -1,
            gone / words if inside else -1,
        ]

    def _in_the_page(self, n: int) -> list[float]:
        return [
            n / len(self._blocks),
            self._words / self._all_words,
            0 if self._headline is None else bounded(n - self._headline, 200),
            min(self._since_headline, 3_000),
            self._headlines,
            self._seen_at[n].article,
            self._copies[self._blocks[n].text],
        ]

    def _since(self, n: int) -> list[float]:
        good = self._good
        nth = bisect_left(good, n)
        heading = min(self._since_heading, 500)
        return [
            self._aside,
            heading,
            heading if self._aside else -1,
            self._linked_heading,
            self._heading_length,
            bounded(n - self._first, 100),
            bounded(n - self._last, 100),
            nth,
            len(good) - nth,
            min(n - good[nth - 1], 30) if nth else 30,
            min(good[nth] - n, 30) if nth < len(good) else 30,
            min(self._dates, 20),
            min(self._bylines, 20),
            min(self._since_date, 2_000),
            self._commented,
            min(self._mores, 5),
            self._blocks[n].text in self._seen,
        ]

    def _so_far(self) -> list[float]:
        """How far the good words gone by are on the way to what the page counts, and to what its main part has."""
        said = min(self._good_words / self._length, 5) if self._length else -1
        return [said, self._good_words / self._good_main]

    def _past(self, n: int) -> None:
        text, block, inside = self._texts[n], self._blocks[n], self._masses.inside[n]
        self._words += text.count
        if inside:
            self._in_main += text.count
            self._good_words += text.count if text.good else 0
        if text.count >= _TOLD:
            self._seen.add(block.text)
        if self._headline is not None and n > self._headline:
            self._since_headline += text.count
        self._past_cues(n >= self._first, text)
        self._past_heading(block, text)

    def _past_cues(self, begun: bool, text: Text) -> None:
        if begun and text.count < _DATELINE and DATE in text.cues:
            self._dates, self._since_date = self._dates + 1, 0
        else:
            self._since_date += text.count
        self._bylines += begun and text.count < _BYLINE_WORDS and BYLINE in text.cues
        if begun and text.count < _LABEL:
            self._commented = self._commented or COMMENT in text.cues
            self._mores += MORE in text.cues

    def _past_heading(self, block: Block, text: Text) -> None:
        tag = block.element.tag
        self._headlines += tag == "h1"
        if tag in _HEADINGS or (text.count < _HEADING and not text.ends and block.bold):
            self._linked_heading, self._heading_length, self._since_heading = text.linked > 0.5, text.count, 0
            self._aside = not text.cues.isdisjoint((MORE, COMMENT, SUBSCRIBE))
        else:
            self._since_heading += text.count


def bounded(value: int, limit: int) -> int:
    return max(-limit, min(limit, value))
