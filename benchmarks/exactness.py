"""Whether a field that a tool found is what people wrote down; the same rule for all tools.

Letters and figures count; case, punctuation and white space do not.

    title      equal; where the gold names the site too ("Title | Site"), the title without it is right as well
    authors    the same people, in any order and joined in any way; none where the gold has none
    date       the same day, as written or in UTC
    language   the same language, whatever the region
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from benchmarks.corpora import Gold
from benchmarks.peers import Reading

_PARTED = re.compile(r"\s[|–—·•:»-]{1,2}\s|\s?\|\s?")
_SITE = 5  # words at most
_WORD = re.compile(r"\w+")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_JOINING = frozenset(["and", "by", "e", "et", "i", "par", "por", "und", "von", "y"])
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def exact(field: str, gold: Gold, found: Reading) -> bool | None:
    """Return whether a field is right, None where nothing is written down about it."""
    match field:
        case "title":
            return None if gold.title is None else _folded(found.title or "") in set(_titles(gold.title))
        case "authors":
            return None if gold.authors is None else _people(found.authors) == _people(gold.authors)
        case "date":
            return None if gold.date is None else bool(_days([gold.date]) & _days(found.dates))
    return None if gold.language is None else _base(gold.language) == _base(found.language or "")


def _titles(gold: str) -> Iterator[str]:
    """Yield a title folded, with and without the site's name at an end of it."""
    yield _folded(gold)
    cuts = list(_PARTED.finditer(gold))
    for rest, site in [(gold[: cut.start()], gold[cut.end() :]) for cut in cuts[-1:]] + [
        (gold[cut.end() :], gold[: cut.start()]) for cut in cuts[:1]
    ]:
        if len(_WORD.findall(site)) <= min(_SITE, len(_WORD.findall(rest)) - 1):
            yield _folded(rest)


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _people(names: Iterable[str]) -> frozenset[str]:
    """Return the words of all names together: gold and tools join, order and turn names in every way."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", " ".join(names)) if not unicodedata.combining(c))
    return frozenset(_folded(_IN_BRACKETS.sub(" ", plain)).split()) - _JOINING


def _days(dates: Iterable[str]) -> set[str]:
    days = set()
    for date in dates:
        if day := _DAY.match(date):
            days.add(day[0])
        with suppress(ValueError):
            moment = datetime.fromisoformat(date)
            days |= {moment.astimezone(UTC).date().isoformat()} if moment.tzinfo else set()
    return days


def _base(tag: str) -> str:
    return tag.lower().replace("_", "-").partition("-")[0]
