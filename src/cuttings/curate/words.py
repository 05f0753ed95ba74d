"""Words and patterns that are looked for in an article: whole words with case ignored, or RE2 between slashes.

Pure; the one door to RE2, which has no backtracking: a search takes time in
proportion to the text and to the program that a pattern is compiled to, and
both are bounded.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import re2

LOOKED_AT = 100_000  # characters of one text; fifteen thousand words
LONGEST = 1_000  # characters of a word or a pattern
LARGEST = 3_000  # instructions of a pattern's program: over the longest text 0.15 s at the worst
MOST_PATTERNS = 20  # in one list

_MEMORY = 8 << 20  # bytes of a pattern's automaton; with less, large ones fall back to a way fifty times as slow
_LETTER = r"\pL\pN\pM_"
_WITHOUT_SPACES = re.compile(  # scripts that do not part words: there is no edge to ask for
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Faulty(Exception):
    """A word or pattern cannot be looked for; the message says why."""


class Words:
    """Words and patterns, one of which is looked for.  Raises Faulty, whose first argument is the position."""

    def __init__(self, written: Sequence[str]) -> None:
        patterns = [number for number, text in enumerate(written) if is_pattern(text)]
        if len(patterns) > MOST_PATTERNS:
            raise Faulty(patterns[MOST_PATTERNS], f"more than {MOST_PATTERNS} patterns; join some by |")
        self._patterns = [(written[number], _at(number, pattern, written[number][1:-1])) for number in patterns]
        plain = [_at(number, _folded_word, text) for number, text in enumerate(written) if not is_pattern(text)]
        self._words = _whole_words(plain) if plain else None

    def found_in(self, texts: Iterable[str]) -> str | None:
        """Return the first of them that stands in one of these texts, as it was found or written; None: none does."""
        return next((found for text in texts if text for found in self._in_one(looked_at(text))), None)

    def _in_one(self, text: str) -> Iterator[str]:
        if self._words is not None and (found := self._words.search(_folded(text))):
            yield " ".join(next(filter(None, found.groups())).split())
        yield from (written for written, compiled in self._patterns if compiled.search(text))


def is_pattern(written: str) -> bool:
    """Tell whether a word is an RE2 pattern: it stands between slashes."""
    return len(written) > 1 and written.startswith("/") and written.endswith("/")


def pattern(text: str) -> Any:
    """Return a compiled pattern, case ignored.  Raises Faulty."""
    if not text:
        raise Faulty("an empty pattern")
    if len(text) > LONGEST:
        raise Faulty(f"a pattern of more than {LONGEST} characters")
    compiled = _compiled(text, case_sensitive=False, memory=_MEMORY)
    if compiled.programsize > LARGEST:
        raise Faulty("a pattern that costs too much; write it with smaller numbers of repeats")
    return compiled


def looked_at(text: str) -> str:
    """Return what is looked at of a text, as RE2 and CEL take it: valid Unicode without NUL."""
    cut = text[:LOOKED_AT].replace("\0", " ")
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode()


def _compiled(text: str, *, case_sensitive: bool, memory: int) -> Any:
    options = re2.Options()
    options.log_errors, options.case_sensitive, options.max_mem = False, case_sensitive, memory
    try:
        return re2.compile(looked_at(text), options)
    except re2.error as error:
        said = error.args[0]
        raise Faulty(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from error


def _at(number: int, function: Any, text: str) -> Any:
    try:
        return function(text)
    except Faulty as error:
        raise Faulty(number, *error.args) from error


def _folded_word(text: str) -> str:
    folded = " ".join(_folded(looked_at(text)).split())
    if not folded:
        raise Faulty("an empty word")
    if len(folded) > LONGEST:
        raise Faulty(f"more than {LONGEST} characters")
    return folded


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _whole_words(words: Sequence[str]) -> Any:
    """Return a pattern with a group for each kind of edges that words have."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for word in words:
        edges = (_edge(word[0], "^"), _edge(word[-1], "$"))
        kinds.setdefault(edges, []).append(re2.escape(word).replace(r"\ ", r"[\s\p{Zs}]+"))
    groups = [f"{before}({'|'.join(some)}){after}" for (before, after), some in kinds.items()]
    return _compiled("|".join(groups), case_sensitive=True, memory=8 * _MEMORY)


def _edge(character: str, end: str) -> str:
    """Return what has to stand beside a word: nothing that would make it a part of a longer one."""
    is_letter = character.isalnum() or character == "_" or unicodedata.combining(character)
    return f"(?:{end}|[^{_LETTER}])" if is_letter and not _WITHOUT_SPACES.match(character) else ""
