"""Which language a text is in, and how languages are named and chosen.

The one door to py3langid.  Its model costs 74 MB and half a second, so it is
loaded when first asked for, and asked for in workers only.
Standards: RFC 5646 2.1 (tags; STANDARDS XL-1), RFC 4647 3.3.1 (ranges).
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

ENOUGH = 0.8  # a lower share of certainty is a guess
CERTAIN = 0.99  # enough to go against what a source declares

_LOOKED_AT = 300  # characters; more cost time and change nothing
_SHORTEST = 40  # bytes of UTF-8: below, the answer is noise ("Hello" is Breton)

# Small words that are of one language only.  Where they are many the model need not be asked, that costs 30 times as
# much: over the real feeds of `benchmarks/poll.py` it says the same of each such text.
_SMALL_WORDS = {
    word: language
    for language, words in (
        ("en", "the and of to that with for from have they which would their been will there you not it's was this"),
        ("de", "der und das nicht mit ein eine von dem den auf auch sich für ist werden bei oder wird zum im zu"),
        ("fr", "les des est une dans pour qui sur pas avec ce cette aux sont par plus nous et du vous au"),
        ("", "el los las una con para del como pero il che di della per nel dei alla het een van niet zijn om não uma"),
    )
    for word in words.split()
}
_FEWEST = 4  # small words
_DENSE = 10  # words to a small one, at most

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?P<extended>(?:-[a-z]{3}){0,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<rest>(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)",
    re.IGNORECASE | re.ASCII,
)
_LONGEST = 64  # characters; a longer tag is nonsense
_NO_LANGUAGE = {"und", "mul", "mis", "zxx"}  # ISO 639-2: unknown, many, no code, none
_ALIKE = (
    {"no", "nb", "nn", "da"},
    {"hr", "sr", "bs", "sh"},
    {"id", "ms"},
    {"zh", "yue", "cmn"},
    {"gl", "pt"},
    {"fa", "prs"},
)


def language_of(text: str, at_least: float = ENOUGH) -> str | None:
    """Return the language a text is in, as a two-letter tag.

    None where it is too short to tell, or the answer less certain than `at_least`.
    """
    head = " ".join(text[: 2 * _LOOKED_AT].split())[:_LOOKED_AT]
    if len(head.encode("utf-8", "replace")) < _SHORTEST:
        return None
    if language := _by_small_words(head.lower().split()):
        return language
    language, certainty = _identifier().classify(head)
    return str(language) if certainty >= at_least else None


def _by_small_words(words: Sequence[str]) -> str | None:
    """Return the language that nearly all of a text's many small words are of; None where they do not say so."""
    small = [_SMALL_WORDS[word] for word in words if word in _SMALL_WORDS]
    if len(small) < max(_FEWEST, len(words) / _DENSE):
        return None
    language = max(set(small), key=small.count)
    return language if language and small.count(language) >= 0.85 * len(small) else None


def tag(raw: str) -> str | None:
    """Return a language tag in its customary case (en-GB, zh-Hant), None for what is none.

    `en_GB`, seen in the wild, is read as en-GB.
    """
    found = _TAG.fullmatch(raw.strip().replace("_", "-")[: _LONGEST + 1])
    if found is None or len(found[0]) > _LONGEST or found["language"].lower() in _NO_LANGUAGE:
        return None
    parts = [found["language"].lower() + found["extended"].lower()]
    parts += [found["script"].title()] if found["script"] else []
    parts += [found["region"].upper()] if found["region"] else []
    return "-".join(parts) + found["rest"].lower()


def matches(wanted: str, tag: str | None) -> bool:
    """Tell whether a tag falls into a basic range: `en` takes en-GB, `*` takes all, nothing else takes None."""
    if wanted == "*" or tag is None:
        return wanted == "*"
    wanted, tag = wanted.lower(), tag.lower()
    return tag == wanted or tag.startswith(f"{wanted}-")


def contradicts(told: str, declared: str) -> bool:
    """Tell whether two tags name different languages, not merely relatives that a model mixes up."""
    one, other = told.partition("-")[0], declared.partition("-")[0]
    return one != other and not any({one, other} <= alike for alike in _ALIKE)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  (only in workers)

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
