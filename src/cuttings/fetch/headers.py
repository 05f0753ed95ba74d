"""What the server asks of us: how long to stay away, and what to send next time.

Pure: headers in, durations and validators out; no clock and no network.
Header names are in lower case, `now` is aware.

Standards: RFC 9110 10.2.3 (Retry-After), 8.8 (validators), 5.6.7 (dates);
RFC 9111 4.2 (freshness), 5.2 (Cache-Control), 5.3 (Expires); RFC 6585 4 (429).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from cuttings.model.capture import Validators, Wish

LONGEST_WAIT = timedelta(days=30)  # sites ask for a year by mistake
LONGEST_FRESH = timedelta(days=7)  # a static host's default for images is no wish of the feed's
UNSAID_WAIT = timedelta(hours=4)  # a 429 that does not say how long; back-off doubles it
LONGEST_VALIDATOR = 1024  # bytes; a longer one is data that someone wants us to carry
ASKING = (429, 503)  # with these, Retry-After speaks for the whole origin

_MAX_AGE = re.compile(r'(?:^|[,\s])max-age\s*=\s*"?\s*([0-9]+)\s*"?\s*(?:,|;|$)', re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[,\s])no-cache\s*(?:$|,)", re.IGNORECASE)
_LEGAL = re.compile(rb"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?")


def fields(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by lower-case name; several of one name are joined (RFC 9110 5.3)."""
    found: dict[str, str] = {}
    for raw, value in pairs:
        name, said = raw.decode("latin-1").lower(), text(value)
        found[name] = f"{found[name]}, {said}" if name in found else said
    return found


def text(value: bytes) -> str:
    """Return a header's value: UTF-8 where it is, else Latin-1, as both are seen in the wild."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def wish_of(status: int, headers: Mapping[str, str], now: datetime) -> Wish:
    """Return when the server would like us back, by the whole of an answer's headers."""
    wait = retry_after(headers, now) if status >= 400 else None
    fresh = fresh_for(headers, now) if status in (200, 226, 304, 429) else None
    return Wish(retry_after=wait, fresh_for=fresh)


def peace(status: int, headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return for how long an origin asks to be left alone as a whole, None: it does not (NB-1)."""
    if status not in ASKING:
        return None
    return retry_after(headers, now) or (UNSAID_WAIT if status == 429 else None)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the wait asked for by Retry-After, or None if there is none to read.

    Waits are cut to LONGEST_WAIT.  A date counts from the server's own `Date`,
    which is as wrong as it; one gone by asks for nothing, and is None.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return min(timedelta(seconds=int(value[:10])), LONGEST_WAIT)
    until = _date(value)
    since = _date(headers.get("date", "")) or now
    return min(until - since, LONGEST_WAIT) if until is not None and until > since else None


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long what came stays fresh, or None where the server gave no hint.

    `max-age` less `Age`, else `Expires` less `Date` (`now` where it is missing); nothing below one second
    is a hint, nor is anything beside `no-cache`.  `s-maxage` is for shared caches.
    """
    control = headers.get("cache-control", "")
    if _NO_CACHE.search(control):
        return None
    found = _MAX_AGE.search(control)
    seconds = _seconds(found[1]) - _age(headers) if found else _until_expires(headers, now)
    return min(timedelta(seconds=seconds), LONGEST_FRESH) if seconds > 0 else None


def validators_of(pairs: Sequence[tuple[bytes, bytes]], url: str) -> Validators:
    """Return what makes the next request to `url` conditional, byte for byte; `pairs` are the raw header fields.

    A validator that is no legal field value, or a long one, is as if it were
    not there (H-31); of two, the first counts.
    """
    etag = modified = None
    for name, value in pairs:
        if len(name) == 4 and etag is None and name.lower() == b"etag":
            etag = _legal(value)
        elif len(name) == 13 and modified is None and name.lower() == b"last-modified":
            modified = _legal(value)
    return Validators(etag=etag, modified=modified, url=url if etag or modified else "")


def renewed(old: Validators, new: Validators) -> Validators:
    """Return the validators to keep after a 304: those it gave anew, else those we sent (RFC 9111 4.3.4)."""
    return Validators(etag=new.etag or old.etag, modified=new.modified or old.modified, url=old.url)


def _legal(value: bytes) -> bytes | None:
    return value if len(value) <= LONGEST_VALIDATOR and _LEGAL.fullmatch(value) else None


def _until_expires(headers: Mapping[str, str], now: datetime) -> int:
    """0 where it is missing or nonsense: `Expires: 0` and -1 are seen as often as dates."""
    expires = _date(headers.get("expires", ""))
    return 0 if expires is None else int((expires - (_date(headers.get("date", "")) or now)).total_seconds())


def _age(headers: Mapping[str, str]) -> int:
    value = headers.get("age", "").strip()
    return _seconds(value) if value.isascii() and value.isdecimal() else 0


def _seconds(digits: str) -> int:
    """RFC 9111 1.2.2: what is too large to hold is as good as 2^31."""
    return int(digits) if len(digits) < 11 else 2**31


def _date(value: str) -> datetime | None:
    """All three forms of RFC 9110 5.6.7; None for anything else."""
    if not value or len(value) > 60:
        return None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
