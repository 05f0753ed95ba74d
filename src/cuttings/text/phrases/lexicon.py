"""What a text says of the kinds of chrome: phrases of fourteen languages, looked up word by word.

A language's file has sections of lines.  A line is a phrase:

    donate to/for our      words in a row; a slash parts what may stand for each other
    abonn* .. newsletter   a star stands for the end of a word, or its beginning; two dots for up to three words
    ^ read more $          the text begins and ends there

Japanese and Chinese have no spaces: there a phrase is characters, and the dots
are up to twelve.  `[appeal]` heads phrases that say it by themselves,
`[appeal?]` such as only add to others.  Other sections hold what helps to tell
them: `[we]` and `[you]`, by which a site speaks of itself and to its readers,
`[caption]`, what stands beside a picture, `[past]`, what a story is told in.

What is quoted is what somebody else said, and is passed over.  Pure; the files
are read once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, cast, get_args

Kind = Literal["appeal", "newsletter", "subscription", "skip", "share", "cookie", "more", "promo", "app", "comments"]

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "tr", "ar", "ja", "ko", "zh")
UNSPACED = ("ja", "zh")
LONGEST = 3_000  # characters of a block that are read
_HEAD = 2  # letters, by which beginnings are looked up; what a phrase begins with is no shorter
_GAP = 3  # words that two dots stand for
_VOCABULARY = 50_000  # words whose phrases are remembered

_WORD = re.compile(r"\w+")
_COUNTRY = re.compile(r"\bUS\b")  # is not us
_MARKS = re.compile("[\u0300-\u036f\u064b-\u0652\u0640\u200b-\u200f]+")  # of vowels, accents set apart, no width
_QUOTED = re.compile('[“„"«「『][^“”„"«»「」『』]{0,3000}(?:[“”"»」』]|$)|»[^“”„"«»「」『』]{0,3000}«')
_HAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_PIECE = re.compile(r"\.\.|\^|\$|[^\s.^$]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says."""

    kinds: frozenset[Kind]
    phrases: int  # that say so
    hints: int  # phrases that only add to others
    others: frozenset[str]  # of "we", "you", "caption", "past"
    words: int

    @property
    def we(self) -> bool:
        """Whether the site, or its author, speaks of itself."""
        return "we" in self.others

    @property
    def addressed(self) -> bool:
        """Whether somebody speaks of himself, or to the reader."""
        return "we" in self.others or "you" in self.others


@dataclass(frozen=True, slots=True)
class _Step:
    """Words of which one has to stand in a place, beginnings and ends of such; without any: up to three words."""

    words: frozenset[str]
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    is_gap: bool = False

    def fits(self, word: str) -> bool:
        return word in self.words or word.startswith(self.heads) or word.endswith(self.tails)


@dataclass(frozen=True, slots=True, eq=False)
class _Phrase:
    mark: str  # a kind, with a question mark where it only adds; "we", "you"
    steps: tuple[_Step, ...]
    opens: bool
    closes: bool
    pieces: tuple[str, ...] = ()  # where words are not parted
    needs: frozenset[str] = frozenset()  # one of which the text has, if the phrase stands in it; empty: not known


def read(text: str, language: str | None) -> Reading:
    """Return what a text says in its language; in any of them where it is None, or not one of LANGUAGES."""
    text = text[:LONGEST]
    plain = (text if "US" not in text or text.isupper() else _COUNTRY.sub("U.S.", text)).casefold()
    if not plain.isascii():
        plain = _MARKS.sub("", plain)
    said = _QUOTED.sub(" ", plain)
    words = _WORD.findall(said)
    names = _names(language)
    marks = [phrase.mark for phrase in _found(words, names)]
    if not said.isascii() and _HAN.search(said) and set(names) & set(UNSPACED):
        marks += _unspaced(said, names)
    kinds = [mark for mark in marks if mark in _KINDS]
    return Reading(
        kinds=cast("frozenset[Kind]", frozenset(kinds)),
        phrases=len(kinds),
        hints=sum(mark.endswith("?") for mark in marks),
        others=_OTHERS.intersection(marks),
        words=_length(said, words),
    )


def _names(language: str | None) -> tuple[str, ...]:
    """Return the languages to look up: English too, which sites speak beside their own."""
    name = (language or "").partition("-")[0].lower()
    if name not in LANGUAGES:
        return LANGUAGES
    return ("en",) if name == "en" else (name, "en")


def _length(said: str, words: Sequence[str]) -> int:
    """How many words, two characters of a script without spaces being one."""
    if said.isascii():
        return len(words)
    run = len(_HAN.findall(said))
    return len(words) if run == 0 else max(len(words), run // 2)


def _found(words: Sequence[str], names: tuple[str, ...]) -> Iterator[_Phrase]:
    found: dict[_Phrase, None] = {}
    vocabulary = set(words)
    for word in vocabulary:
        for phrase in _starting(word, names):
            if not (phrase.needs and phrase.needs.isdisjoint(vocabulary)) and _stands_in(phrase, words, word):
                found[phrase] = None
    return iter(found)


def _stands_in(phrase: _Phrase, words: Sequence[str], first: str) -> bool:
    """Tell whether a phrase stands where its first word does."""
    if phrase.opens:
        return words[0] == first and _fits(phrase, words, 0)
    if len(phrase.steps) == 1 and not phrase.closes:
        return True
    at = -1
    for _ in range(words.count(first)):
        at = words.index(first, at + 1)
        if _fits(phrase, words, at):
            return True
    return False


@lru_cache(_VOCABULARY)
def _starting(word: str, names: tuple[str, ...]) -> tuple[_Phrase, ...]:
    """Return the phrases that may start with a word."""
    index = _index(names)
    candidates = (*index.get(word, ()), *index.get(word[:_HEAD], ()), *index.get("", ()))
    return tuple(dict.fromkeys(phrase for phrase in candidates if phrase.steps[0].fits(word)))


@cache
def _index(names: tuple[str, ...]) -> Mapping[str, Sequence[_Phrase]]:
    """Return the phrases by their first word, by the beginning of it, and by "" where only its end is given."""
    index: dict[str, list[_Phrase]] = {}
    for phrase in (phrase for name in names for phrase in _phrases(name) if phrase.steps):
        first = phrase.steps[0]
        for key in (*first.words, *(head[:_HEAD] for head in first.heads), *(("",) if first.tails else ())):
            index.setdefault(key, []).append(phrase)
    return index


def _fits(phrase: _Phrase, words: Sequence[str], at: int) -> bool:
    """Tell whether a phrase stands there: the places its steps may have reached are followed side by side."""
    if len(phrase.steps) > 1 and not phrase.steps[1].is_gap and not _has(words, at + 1, phrase.steps[1]):
        return False
    reached = {at}
    for step in phrase.steps:
        if step.is_gap:
            reached = {place + more for place in reached for more in range(_GAP + 1)}
        else:
            reached = {place + 1 for place in reached if _has(words, place, step)}
    return bool(reached) and (not phrase.closes or len(words) in reached)


def _has(words: Sequence[str], place: int, step: _Step) -> bool:
    return place < len(words) and step.fits(words[place])


def _unspaced(said: str, names: Sequence[str]) -> list[str]:
    return [
        phrase.mark
        for name in names
        if name in UNSPACED
        for phrase in _phrases(name)
        if phrase.pieces and _stands(phrase, said)
    ]


def _stands(phrase: _Phrase, said: str) -> bool:
    if len(phrase.pieces) == 1 and not phrase.opens and not phrase.closes:
        return phrase.pieces[0] in said
    return phrase.pieces[0] in said and _pattern(phrase).search(said) is not None


@cache
def _pattern(phrase: _Phrase) -> re.Pattern[str]:
    between = ".{0,12}?".join(map(re.escape, phrase.pieces))
    return re.compile((r"^\W*" if phrase.opens else "") + between + (r"\W*$" if phrase.closes else ""))


@cache
def _phrases(language: str) -> tuple[_Phrase, ...]:
    text = files(__package__).joinpath(f"{language}.txt").read_text("utf-8").casefold()
    return tuple(_read(mark, line, language in UNSPACED) for mark, line in _lines(text))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file below their headings."""
    mark = ""
    for line in text.split("\n"):
        if line.startswith("["):
            mark = line.strip("[]")
        elif line and not line.startswith("#"):
            yield mark, _MARKS.sub("", line)


def _read(mark: str, line: str, unspaced: bool) -> _Phrase:
    pieces = _PIECE.findall(line)
    opens, closes = "^" in pieces, "$" in pieces
    inner = [piece for piece in pieces if piece not in ("^", "$")]
    if unspaced:
        return _Phrase(mark, (), opens, closes, tuple(piece for piece in inner if piece != ".."))
    steps = tuple(step for piece in inner for step in _steps(piece))
    exact = [step.words for step in steps[1:] if step.words and not step.heads and not step.tails]
    return _Phrase(mark, steps, opens, closes, needs=min(exact, key=len, default=frozenset()))


def _steps(piece: str) -> Iterator[_Step]:
    """Yield the steps of what stands between spaces: an apostrophe or a hyphen parts words."""
    if piece == "..":
        yield _Step(frozenset(), (), (), is_gap=True)
        return
    if "/" not in piece:
        *words, piece = re.findall(r"\*?\w+\*?", piece)
        yield from (_Step(frozenset([word]), (), ()) for word in words)
    choices = piece.split("/")
    heads = tuple(choice[:-1] for choice in choices if choice.endswith("*"))
    tails = tuple(choice[1:] for choice in choices if choice.startswith("*"))
    yield _Step(frozenset(choice for choice in choices if "*" not in choice), heads, tails)


_KINDS: frozenset[str] = frozenset(get_args(Kind))
_OTHERS = frozenset(("we", "you", "caption", "past"))
