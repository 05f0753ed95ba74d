"""Whether a field that a tool found is what people wrote down; the same rule for all tools.

Letters and figures count; case, punctuation and white space do not.

    title      equal; where the gold names the site too ("Title | Site"), the title without it is right as well;
               a kicker ("Kicker: Title") may be there or not: golds have it both ways
    authors    the same people, in any order and joined in any way; none where the gold has none, or names a desk alone
    date       the same day, as written or in UTC
    language   the same language, whatever the region
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from benchmarks.corpora import Gold
from benchmarks.peers import Reading

_PARTED = re.compile(r"\s[|–—·•:»@-]{1,2}\s|\s?[|_]\s?|--|\s\[")
_KICKED = re.compile(r":\s|\s[|–—-]\s")
_DESK = re.compile(
    r"(?<!\w)(?:staff|redaktion|redacción|redazione|rédaction|editorial (?:board|team)|unknown)(?!\w)", re.I
)
_FEW = 5  # words of a site's name or a kicker at most
_WORD = re.compile(r"\w+")
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_JOINING = frozenset(["and", "by", "e", "et", "i", "par", "por", "und", "von", "y"])
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def exact(field: str, gold: Gold, found: Reading) -> bool | None:
    """Return whether a field is right, None where nothing is written down about it."""
    match field:
        case "title":
            return None if gold.title is None else _is_title(found.title or "", gold.title)
        case "authors":
            return None if gold.authors is None else _is_by(found.authors, gold.authors)
        case "date":
            return None if gold.date is None else bool(days([gold.date]) & days(found.dates))
    return None if gold.language is None else _base(gold.language) == _base(found.language or "")


def _is_title(found: str, gold: str) -> bool:
    right = {folded(title) for title in (gold, *_without_site(gold))}
    return bool({folded(found), *map(folded, _without_kicker(found))} & right) or any(
        folded(found) == folded(title) for title in _without_kicker(gold)
    )


def _without_site(title: str) -> Iterator[str]:
    """Yield a title without the site's name, or the section's and the site's, at an end of it."""
    for cut in _PARTED.finditer(title):
        before, after = title[: cut.start()], title[cut.end() :]
        yield from (rest for rest, site in ((before, after), (after, before)) if _is_short(site, rest))


def _without_kicker(title: str) -> Iterator[str]:
    """Yield a title without the few words that go before it."""
    if cut := _KICKED.search(title):
        yield from [title[cut.end() :]] if _is_short(title[: cut.start()], title[cut.end() :]) else []


def _is_short(part: str, rest: str) -> bool:
    return len(_WORD.findall(part)) <= min(_FEW, len(_WORD.findall(rest)) - 1)


def folded(text: str) -> str:
    """Return the letters and figures of a text alone, as words in lower case."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).replace("\u00ad", "").casefold()))


def _is_by(found: Sequence[str], gold: Sequence[str]) -> bool:
    nobody = not found and all(map(_DESK.search, gold))
    return nobody or _people(found) == _people(gold)


def _people(names: Iterable[str]) -> frozenset[str]:
    """Return the words of all names together: gold and tools join, order and turn names in every way."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", " ".join(names)) if not unicodedata.combining(c))
    return frozenset(folded(_IN_BRACKETS.sub(" ", plain)).split()) - _JOINING


def days(dates: Iterable[str]) -> set[str]:
    """Return the days that dates name: as written, and in UTC."""
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
