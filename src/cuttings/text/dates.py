"""Dates as the world writes them, and as the standards want them written.

Pure: no clock, no locale.  Reading is lenient about the form and strict about
the sense: what names no certain moment (03/04/2024, year 1, 9999) is None.
Standards: RFC 5322 3.3 and 4.3, RFC 3339 5.6, ISO 8601, RFC 9110 5.6.7; STANDARDS 14.
"""

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import islice

from cuttings.text.months import ABOUT, DAY_FIRST, MONTH_FIRST, MONTHS, REWRITTEN

YEARS = range(1990, 2101)  # earlier and later ones are mistakes of the source (H-61, H-62)
_LONGEST = 100  # characters; no date needs more

# Hours from UTC of the names that RFC 5322 4.3 knows and of those met in feeds.  Single letters are UTC (4.3).
_ZONES = {
    name: float(hours)
    for hours, names in (
        ("0", "z ut utc gmt wet"),
        ("-2.5", "ndt"),
        ("-3", "adt brt"),
        ("-3.5", "nst"),
        ("-4", "edt ast"),
        ("-5", "est et cdt"),
        ("-6", "cst ct mdt"),
        ("-7", "mst mt pdt"),
        ("-8", "pst pt akdt"),
        ("-9", "akst"),
        ("-10", "hst"),
        ("1", "bst west cet met mez"),
        ("2", "cest mest mesz eet sast cat"),
        ("3", "eest msk trt eat"),
        ("4", "msd"),
        ("7", "wib"),
        ("8", "hkt sgt awst"),
        ("9", "jst kst"),
        ("9.5", "acst"),
        ("10", "aest"),
        ("11", "aedt"),
        ("12", "nzst"),
        ("13", "nzdt"),
    )
    for name in names.split()
}

_OFFSET = r"[+-]\s?\d{1,2}(?::?\d{2})?(?::?\d{2})?"
_ZONE = rf"(?:(?:gmt|utc|ut|z)?\s?(?P<offset>{_OFFSET})|(?P<zone>[a-z]{{1,4}})\b)"
_AS_STANDARDS_SAY = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun), (?P<day>\d\d?) (?P<name>[a-z]{3}) (?P<year>[12]\d{3}) "
    r"|(?P<year2>[12]\d{3})-(?P<month>\d\d)-(?P<day2>\d\d)t)"
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.\d{1,9})?"
    r"(?: ?gmt|z| ?(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))",
    re.IGNORECASE | re.ASCII,
)
_ENGLISH = dict(zip("jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13), strict=True))  # noqa: SIM905
_TIME = re.compile(
    r"(?<![\d:])(?:(?P<half>am|pm)\s?)?(?P<hour>\d{1,2})\s?[:h]\s?(?P<minute>\d{1,2})(?:\s?:\s?(?P<second>\d{1,2}))?"
    rf"(?:[.,:]\d+)?(?:\s?(?P<half2>am|pm|a\.m\.|p\.m\.)(?![a-z]))?(?:\s?{_ZONE})?"
)
_ISO = re.compile(
    r"(?P<year>\d{4})(?:"
    r"-?w(?P<week>\d{2})(?:-?(?P<weekday>[1-7]))?"
    r"|-?(?P<ordinal>\d{3})"
    r"|-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?"
    r"|(?P<month2>\d{2})(?P<day2>\d{2})"
    r")?(?=$|[t\s:+z-])"
)
_COMPACT = re.compile(rf"(\d{{4}})(\d\d)(\d\d)[t\s]?(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?\s?(?:{_ZONE})?$")
_TAIL_ZONE = re.compile(rf"\s(?:(?P<offset>[+-]\d{{2}}:?\d{{2}})|(?P<zone>{'|'.join(_ZONES)}))(?=\s|$)")
_NUMERIC = re.compile(r"(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})\.?(?!\d)")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_ORIENTAL = str.maketrans(
    {**dict.fromkeys("年월月년", "-"), **dict.fromkeys("日일秒초", " "), **dict.fromkeys("時时시分분", ":")}
)
_FULL_HOUR = re.compile(r"(?<![\d:.])(\d{1,2})\s?(am|pm|a\.m\.|p\.m\.|uhr|h)(?![\w])")
_DOTTED_HOUR = re.compile(r"(?<![\d.])(\d{1,2})\.(\d\d)(?=\s?uhr|$|\s?h\b)")
_CHINESE = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_DATE = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日"
)
_DAY_FIRST = frozenset(
    [
        "de",
        "fr",
        "es",
        "pt",
        "it",
        "nl",
        "pl",
        "ru",
        "tr",
        "ar",
        "da",
        "sv",
        "nb",
        "nn",
        "no",
        "fi",
        "el",
        "cs",
        "sk",
        "hr",
        "sr",
        "sl",
        "bg",
        "uk",
        "ro",
        "ca",
        "gl",
        "id",
        "vi",
    ]
)
_MONTH_FIRST = frozenset(("en-us", "en-ph", "fil"))


_NAMED = r"[^\W\d_]{2,12}"
_CLOCK = (
    r"(?:\s{0,2}[,|–—·•/T-]?\s{0,2}(?:(?:at|um|à|às|a las|alle|alle ore|om|o godz\.|ore|kl\.?|saat|в)\s)?"
    r"(?:오전|오후|上午|下午|午前|午後)?\s?\d{1,2}[:h.]\d{2}(?::\d{2})?(?:\.\d{1,6})?"
    r"(?:\s?(?:[ap]\.?\s?m\b\.?|Uhr))?(?:\s?(?:UTC|GMT|[A-Z]{2,4}\b|Z))?(?:\s?[+-]\d\d:?\d\d)?)?"
)
_DATED = re.compile(
    rf"(?<![\w./-])(?:(?P<iso>\d{{4}}-\d\d-\d\d)|(?P<numeric>\d{{1,2}}[./-]\s?\d{{1,2}}[./-]\s?(?:\d{{4}}|\d\d(?![\d:]))"
    rf"|\d{{4}}[./]\s?\d{{1,2}}[./]\s?\d{{1,2}}\.?)"
    rf"|(?P<oriental>\d{{4}}\s?[年년]\s?\d{{1,2}}\s?[月월]\s?\d{{1,2}}\s?[日일])"
    rf"|(?P<dmy>\d{{1,2}}(?:st|nd|rd|th|er)?[\s.-]{{0,2}}(?:de\s|of\s)?{_NAMED}\.?,?[\s-](?:de\s|del\s)?\d{{4}})"
    rf"|(?P<mdy>{_NAMED}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}))(?![\d-]|\.\d){_CLOCK}",
    re.IGNORECASE,
)
_MOST_PLACES = 5  # of a text that are tried


def parse(raw: str, language: str | None = None) -> datetime | None:
    """Return the moment a text names, aware, UTC, whole seconds; None for nonsense and years out of YEARS.

    A missing zone is taken as UTC, a missing time as midnight.  A wrong
    weekday is passed over.  The `language`, a tag, tells 3/4 from 4/3.
    """
    moment = local(raw, language)
    return None if moment is None else moment.astimezone(UTC)


def local(raw: str, language: str | None = None) -> datetime | None:
    """Return the moment as `parse` does, in the zone that it is written in: its day is the day readers saw."""
    if (written := _AS_STANDARDS_SAY.fullmatch(raw)) and (usual := _usual(written)):
        return usual if usual.year in YEARS else None
    text = _plain(raw)
    for read in (_unix, _compact, _iso, _numeric, _worded):
        try:
            moment = _numeric(text, language) if read is _numeric else read(text)
        except (ValueError, OverflowError):
            continue
        if moment is not None:
            moment = moment.replace(microsecond=0)
            return moment if moment.year in YEARS and moment.astimezone(UTC).year in YEARS else None
    return None


def _usual(written: re.Match[str]) -> datetime | None:
    """Return the moment of a date that is written as RFC 5322 or RFC 3339 say; None where it needs a second look."""
    year, month, day = written["year"] or written["year2"], written["month"], written["day"] or written["day2"]
    number = _ENGLISH.get(written["name"].lower()) if written["name"] else int(month)
    sign, hours, minutes = written["sign"], written["hours"] or "0", written["minutes"] or "0"
    if number is None or int(hours) > 14 or int(minutes) > 59:
        return None
    east = timedelta(hours=int(hours), minutes=int(minutes))
    zone = timezone(-east if sign == "-" else east) if east else UTC
    try:
        hour, minute, second = map(int, written.group("hour", "minute", "second"))
        return datetime(int(year), number, int(day), hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def found(text: str) -> str | None:
    """Return the first date, with its time, that stands in a short text: "By Jane Roe, 3 May 2024, 10:15 am"."""
    for place in islice(_DATED.finditer(_spaced(text)), _MOST_PLACES):
        if parse(place[0]) or _NUMERIC.fullmatch(place["numeric"] or ""):
            return place[0].strip(" ,")
    return None


def rfc3339(moment: datetime) -> str:
    """Return `2026-11-24T03:10:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc822(moment: datetime) -> str:
    """Return `Tue, 24 Nov 2026 03:10:00 GMT`, in any locale."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def http_date(moment: datetime) -> str:
    """Return an IMF-fixdate (RFC 9110 5.6.7)."""
    return rfc822(moment)


def _plain(raw: str) -> str:
    text = html.unescape(html.unescape(raw[: _LONGEST * 2]))
    text = unicodedata.normalize("NFKC", text)
    text = _CHINESE_DATE.sub(_in_digits, text).translate(_ORIENTAL).replace("−", "-").lower()
    for word, rewritten in REWRITTEN:
        text = text.replace(word, rewritten)
    text = re.sub(r"(?<=\d)-\s+(?=\d)", "-", "".join(" " if unicodedata.category(c)[0] in "ZC" else c for c in text))
    text = " ".join(text[:_LONGEST].split())
    text = _DOTTED_HOUR.sub(r"\1:\2", text) if "uhr" in text else text
    return _FULL_HOUR.sub(_with_minutes, text)


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text[:300]).split())


def _with_minutes(hour: re.Match[str]) -> str:
    return f"{hour[1]}:00 {hour[2] if hour[2][0] in 'ap' else ''}"


def _in_digits(date: re.Match[str]) -> str:
    """Return 二〇二四年五月三日 as 2024年5月3日."""
    return f"{date[1].translate(_CHINESE)}年{_counted(date[2])}月{_counted(date[3])}日"


def _counted(numeral: str) -> int:
    tens, ten, ones = numeral.rpartition("十")
    return (int((tens or "1").translate(_CHINESE)) * 10 if ten else 0) + int((ones or "0").translate(_CHINESE))


def _unix(text: str) -> datetime | None:
    if re.fullmatch(r"\d{9,10}(?:\.\d+)?", text):
        return datetime.fromtimestamp(int(float(text)), UTC)
    if re.fullmatch(r"\d{12,13}", text):
        return datetime.fromtimestamp(int(text) // 1000, UTC)
    return None


def _compact(text: str) -> datetime | None:
    found = _COMPACT.match(text)
    if not found:
        return None
    year, month, day, hour, minute = (int(found[n]) for n in range(1, 6))
    return _moment(year, month, day, hour, minute, int(found[6] or 0), _offset(found["offset"], found["zone"]))


def _iso(text: str) -> datetime | None:
    found = _ISO.match(text)
    if not found:
        return None
    rest = text[found.end() :].lstrip("t: ")
    if re.fullmatch(r"\d\d?z?", rest):
        rest = rest.rstrip("z") + ":00"
    if rest not in ("", "z") and not _TIME.match(rest):
        return None
    year = int(found["year"])
    if found["week"]:
        start = datetime.fromisocalendar(year, int(found["week"]), int(found["weekday"] or 1))
    elif found["ordinal"]:
        start = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=int(found["ordinal"]) - 1)
        _must(start.year == year)
    else:
        start = datetime(
            year, int(found["month"] or found["month2"] or 1), int(found["day"] or found["day2"] or 1), tzinfo=UTC
        )
    return _with_time(start, rest)


def _numeric(text: str, language: str | None = None) -> datetime | None:
    """Read 2004/01/31, 31.01.2004, 31/01/2004; 01/02/2004 is two days, and none unless weekday or language tells."""
    found = _NUMERIC.search(text)
    if not found:
        return None
    _must(len(found[1]) == 4 or len(found[4]) > 1)  # "1.3.3" is a version
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    rest = text[: found.start()] + " " + text[found.end() :]
    if not _sober(_WORD.findall(_TIME.sub(" ", rest))):
        return None
    if len(found[1]) == 4:
        days = [(first, second, third)]
    elif found[2] == ".":
        days = [(third, second, first)]
    else:
        days = _orders(third, second, first, (language or "").lower())
    possible = {datetime(_full(y), m, d, tzinfo=UTC) for y, m, d in days if m <= 12 and d <= 31}
    fitting = {day for day in possible if _DAYS[day.weekday()] in text} if len(possible) > 1 else possible
    return _with_time(fitting.pop(), rest) if len(fitting) == 1 else None


def _orders(year: int, second: int, first: int, language: str) -> list[tuple[int, int, int]]:
    day_first, month_first = (year, second, first), (year, first, second)
    if language in MONTH_FIRST and first <= 12:
        return [month_first]
    if second <= 12 and not DAY_FIRST.isdisjoint((language, language.partition("-")[0])):
        return [day_first]
    return [day_first, month_first]


def _worded(text: str) -> datetime | None:
    time = _TIME.search(text)
    rest = text if time is None else text[: time.start()] + " " + text[time.end() :]
    words = _WORD.findall(_folded(rest))
    months = [month for word in words if (month := _month(word))]
    numbers = [word for word in words if word.isdigit()]
    if not months or not 2 <= len(numbers) <= 3 or not _sober(words):
        return None
    year, day = (numbers[0], numbers[1]) if len(numbers[0]) == 4 else (numbers[1], numbers[0])
    return _with_time(
        datetime(_full(int(year), len(year)), months[-1], int(day), tzinfo=UTC), text if time else "", time
    )


def _sober(words: list[str]) -> bool:
    """Tell whether there is nothing but a date: one strange word, such as a weekday, is let pass."""
    strange = [w for w in words if not w.isdigit() and not _month(w) and w not in ABOUT and w not in _ZONES]
    return len(strange) <= 1


def _month(word: str) -> int | None:
    for length in (4, 3):
        if number := MONTHS.get(word[:length]):
            return number
    return None


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _full(year: int, digits: int = 4) -> int:
    """Return a year of two digits (RFC 5322 4.3) or of three (a program's mistake: years since 1900) in full."""
    if year < 50 and digits != 3:
        return 2000 + year
    return 1900 + year if year < 1000 else year


def _with_time(day: datetime, text: str, time: re.Match[str] | None = None) -> datetime:
    """Return the day at the time and zone that `text` holds."""
    time = time or _TIME.search(text)
    tail = _TAIL_ZONE.search(text)
    if time is None:
        return _moment(day.year, day.month, day.day, 0, 0, 0, _offset(*tail.group("offset", "zone")) if tail else 0.0)
    offset, zone = time["offset"], time["zone"]
    if not offset and zone not in _ZONES and tail:
        offset, zone = tail["offset"], tail["zone"]
    hour = _hour(int(time["hour"]), (time["half"] or time["half2"] or "")[:1])
    return _moment(
        day.year, day.month, day.day, hour, int(time["minute"]), int(time["second"] or 0), _offset(offset, zone)
    )


def _hour(hour: int, half: str) -> int:
    if not half or hour > 12:
        return hour
    return hour % 12 + (12 if half == "p" else 0)


def _offset(offset: str | None, zone: str | None) -> float:
    """Return hours from UTC; an unknown zone is taken as UTC (RFC 5322 4.3)."""
    if not offset:
        return _ZONES.get(zone or "", 0.0)
    digits = re.sub(r"\D", "", offset)
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) in (3, 4) else (int(digits[:2]), 0)
    _must(hours <= 26 and minutes < 60)
    return (-1 if offset.startswith("-") else 1) * (hours + minutes / 60)


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, offset: float) -> datetime:
    """Return a moment in its zone; 24:00 and a leap second are the start of what follows."""
    _must(hour <= 24 and minute < 60 and second <= 60 and (hour, minute, second) <= (24, 0, 0))
    clock = timedelta(hours=hour, minutes=minute, seconds=second)
    if offset and abs(offset) <= 14:
        return datetime(year, month, day, tzinfo=timezone(timedelta(hours=offset))) + clock
    return datetime(year, month, day, tzinfo=UTC) + clock - timedelta(hours=offset)


def _must(sense: bool) -> None:
    if not sense:
        raise ValueError("no date")
