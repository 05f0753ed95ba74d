"""How much a change of a paragraph weighs: a slip of the pen, or something that readers were told otherwise.

Pure, and without a model: numbers, negations, quotations and names are told
by their forms and by small word lists in English, German, French, Spanish,
Portuguese, Italian, Dutch, Polish, Russian, Turkish, Arabic, Japanese, Korean
and Chinese.  Names are told by capitals, so in scripts without them a changed
name is a changed text.  Texts come as `noise.typed` returned them.
Serves DESIGN 6 (Revisions).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from cuttings.normalise.lexicon import negations, numerals
from cuttings.text.difference import words

REASONS = ("headline", "number", "name", "negation", "quotation", "removed", "text")  # in the order they are told
FEW_WORDS = 4  # a paragraph of fewer is a label
SHORT = 3  # letters of a word that is mostly grammar
MOST_WORDS = 2_000  # of a paragraph that are looked at
MOST_PAIRS = 250_000  # words times words that are compared; what is longer was written anew
MOST_LETTERS = 60  # of a word that may be a slip

_PREFIXES = "un in im il ir non dis anti ent des nie не без on 無 不 非"

_Run = tuple[list[str], list[str]]

_NEGATED = re.compile("n't|ない|なかった|ません|なく|않|못[하했]|없[었어습는다]|아니[라었]")
_NEGATED_VERB = re.compile(r"m[ae](?:z|d[ıi]|y[ae]|m[ıi]ş)|m[ıiuü]yor")  # Turkish says it within the verb
_NEGATING = tuple(_PREFIXES.split())
_FIGURE = re.compile(r"\d+(?:[.,:/ ']\d+)*")
_THOUSANDS = re.compile(r"[.,' ](?=\d{3}(?!\d))")
_MEASURES = frozenset("%‰°$€£¥₩₽₺₹")
_QUOTED = re.compile(r'"([^"]{2,2000})"|「([^「」]{1,2000})」|『([^『』]{1,2000})』')
_KATAKANA = re.compile(r"[ァ-ヺー]{2,}")
_SYLLABIC = re.compile(r"[\u3040-\u309f的地得了着]+")  # Japanese and Chinese grammar, mostly
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")


def weight(old: str, new: str, language: str | None) -> frozenset[str]:
    """Return what makes a changed paragraph material (see REASONS); nothing for a slip."""
    tongue, before, after = language or "", _words(old), _words(new)
    if not old or not new:
        return _of_whole(before or after, "text" if new else "removed", tongue)
    runs = list(_runs(before, after))
    found = {"text" for run in runs if _is_rewording(run)} | _told_otherwise(old, new, runs, tongue)
    if _quotes_differ(old, new):
        found.add("quotation")
    if _names_differ(old, new, runs, tongue):
        found.add("name")
    return frozenset(found - {"text"} if len(found) > 1 else found)


def is_slip(old: str, new: str, language: str | None) -> bool:
    """Tell whether two headlines differ by spelling, marks or capitals alone."""
    runs = list(_runs(_words(old), _words(new)))
    return not any(map(_is_rewording, runs)) and not _told_otherwise(old, new, runs, language or "")


def _of_whole(told: Sequence[str], kind: str, language: str) -> frozenset[str]:
    """Weigh a paragraph that came or went as a whole."""
    if len(told) >= FEW_WORDS:
        return frozenset({kind})
    return frozenset({"number"} if any(word[0].isdigit() or word in numerals(language) for word in told) else ())


def _told_otherwise(old: str, new: str, runs: Sequence[_Run], language: str) -> set[str]:
    """Return which of numbers and negations differ."""
    found = set()
    if _numbers(old, language) != _numbers(new, language):
        found.add("number")
    if _negations(old, language) != _negations(new, language) or any(map(_negates, runs)):
        found.add("negation")
    return found


def _words(text: str) -> list[str]:
    """Return the words of a text, case ignored; of marks only those that measure."""
    found = [word.casefold() for word in words(text)[:MOST_WORDS]]
    return [word for word in found if word in _MEASURES or any(map(str.isalnum, word))]


def _runs(before: list[str], after: list[str]) -> Iterator[_Run]:
    if len(before) * len(after) > MOST_PAIRS:
        yield before, after
        return
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            yield before[a:b], after[c:d]


def _is_rewording(run: _Run) -> bool:
    """Tell whether words were exchanged, added or taken away that are neither grammar nor spelt otherwise."""
    old, new = run
    if len(old) == len(new) and all(map(_is_spelling, old, new)):
        return False
    if old and new and _is_spelling("".join(old), "".join(new)):
        return False
    return any(not _is_grammar(word) for word in (*old, *new))


def _is_grammar(word: str) -> bool:
    if _IDEOGRAPH.search(word) or not word.isalpha():
        return bool(_SYLLABIC.fullmatch(word))
    return len(word) <= SHORT or bool(_SYLLABIC.fullmatch(word))


def _is_spelling(old: str, new: str) -> bool:
    """Tell whether one word is the other spelt otherwise: a few letters of many."""
    if old == new or (_is_grammar(old) and _is_grammar(new)):
        return True
    shorter = min(len(old), len(new), MOST_LETTERS)
    if shorter <= SHORT or not (old.isalpha() and new.isalpha()) or _IDEOGRAPH.search(old + new):
        return False
    return _bare(old) == _bare(new) or _distance(old, new) <= max(1, shorter // 4)


def _bare(word: str) -> str:
    """Return a word without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _distance(old: str, new: str) -> int:
    """Count the letters to change, add, drop or swap with their neighbour."""
    if abs(len(old) - len(new)) > 3 or max(len(old), len(new)) > MOST_LETTERS:
        return MOST_LETTERS
    before: list[int] = []
    last = list(range(len(new) + 1))
    for i, a in enumerate(old, 1):
        row = [i]
        for j, b in enumerate(new, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == new[j - 2] and b == old[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _numbers(text: str, language: str) -> Counter[str]:
    """Return the numbers of a text: figures however they are grouped, numerals, and what they measure."""
    figures = (_THOUSANDS.sub("", found).replace(",", ".") for found in _FIGURE.findall(text))
    counting = numerals(language) | _MEASURES
    return Counter(map(_ascii, figures)) + Counter(word for word in _words(text) if word in counting)


def _ascii(figure: str) -> str:
    return "".join(str(unicodedata.digit(c, -1)) if c.isdigit() else c for c in figure)


def _negations(text: str, language: str) -> int:
    denying = negations(language)
    verbs = len(_NEGATED_VERB.findall(text)) if language.startswith("tr") else 0
    return sum(word in denying for word in _words(text)) + len(_NEGATED.findall(text)) + verbs


def _negates(run: _Run) -> bool:
    """Tell whether a word became its opposite: legal, illegal."""
    if len(run[0]) != len(run[1]):
        return False
    pairs = (sorted(pair, key=len) for pair in zip(*run, strict=True))
    return any(
        len(short) > SHORT and long.endswith(short) and long.removesuffix(short) in _NEGATING for short, long in pairs
    )


def _quotes_differ(old: str, new: str) -> bool:
    """Tell whether somebody is quoted with other words; a quotation that is only spelt otherwise is the same."""
    before, after = ([_words("".join(found)) for found in _QUOTED.findall(text)] for text in (old, new))
    gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
    if len(gone) != len(come):
        return True
    return any(_is_rewording(run) for one, other in zip(gone, come, strict=True) for run in _runs(one, other))


def _names_differ(old: str, new: str, runs: Sequence[_Run], language: str) -> bool:
    changed = {word for run in runs for side in run for word in side}
    pairs = [pair for one, other in runs if len(one) == len(other) for pair in zip(one, other, strict=True)]
    slips = {word for pair in pairs if language.startswith("de") and _is_spelling(*pair) for word in pair}
    before, after = _names(old, language), _names(new, language)
    return bool(((before ^ after) & changed) - slips)


def _names(text: str, language: str) -> set[str]:
    """Return what looks like a name: a capital within a sentence (German: beside another one), or katakana."""
    found, starts, before = set(), True, False
    told = words(text)[:MOST_WORDS]
    for number, word in enumerate(told):
        capital = word[:1].isupper() and word[:1].isalpha()
        following = told[number + 1] if number + 1 < len(told) else ""
        beside = before or following[:1].isupper()
        if (capital and not starts and (beside or not language.startswith("de"))) or _KATAKANA.fullmatch(word):
            found.add(word.casefold())
        if any(map(str.isalnum, word)):
            starts, before = False, capital
        elif word in '.!?:"':
            starts, before = True, False
    return found
