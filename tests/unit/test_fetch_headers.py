"""How long the server asks us to stay away, and what makes the next request conditional."""

from datetime import UTC, datetime, timedelta

import pytest

from cuttings.fetch import headers
from cuttings.model.capture import Validators, Wish

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DATE = "Tue, 24 Nov 2026 12:00:00 GMT"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("Tue, 24 Nov 2026 13:00:00 GMT", HOUR),
        ("Tuesday, 24-Nov-26 13:00:00 GMT", HOUR),
        ("Tue Nov 24 13:00:00 2026", HOUR),
        ("999999999", timedelta(days=30)),  # H-32
        ("9" * 400, timedelta(days=30)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=30)),
        ("-5", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("soon", None),
        ("1.5", None),
        ("١٢٠", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_thirty_days(value, wait):
    assert headers.retry_after({"retry-after": value}, NOW) == wait


def test_no_retry_after_asks_for_nothing():
    assert headers.retry_after({}, NOW) is None


@pytest.mark.parametrize(
    ("given", "fresh"),
    [
        ({"cache-control": "max-age=3600"}, HOUR),
        ({"cache-control": "public, Max-Age = 3600, must-revalidate"}, HOUR),
        ({"cache-control": 'max-age="3600"'}, HOUR),  # H-34
        ({"cache-control": "max-age=3600, max-age=60"}, HOUR),
        ({"cache-control": "max-age=3600", "age": "600"}, timedelta(minutes=50)),
        ({"cache-control": "max-age=3600", "age": "-1"}, HOUR),
        ({"cache-control": "max-age=3600", "age": "4000"}, None),
        ({"cache-control": "max-age=99999999"}, timedelta(days=7)),
        ({"cache-control": "max-age=" + "9" * 400}, timedelta(days=7)),
        ({"cache-control": "max-age=1e99"}, None),
        ({"cache-control": "max-age=-1"}, None),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "s-maxage=3600"}, None),
        ({"cache-control": "x-max-age=3600"}, None),
        ({"cache-control": "no-cache, max-age=3600"}, None),
        ({"cache-control": 'no-cache="set-cookie", max-age=3600'}, HOUR),
        ({"expires": "Tue, 24 Nov 2026 13:00:00 GMT", "date": DATE}, HOUR),
        ({"expires": "Tue, 24 Nov 2026 13:00:00 GMT"}, HOUR),
        ({"expires": "Tue, 24 Nov 2026 13:00:00 GMT", "date": DATE, "cache-control": "max-age=0"}, None),
        ({"expires": "0", "date": DATE}, None),  # H-35
        ({"expires": "Tue, 24 Nov 2026 13:00:00 GMT", "date": "Tue, 24 Nov 2036 12:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_freshness_is_max_age_else_expires_within_seven_days(given, fresh):
    assert headers.fresh_for(given, NOW) == fresh


def test_a_wish_is_read_where_it_counts():
    asked = {"retry-after": "60", "cache-control": "max-age=3600"}

    assert headers.wish_of(200, asked, NOW) == Wish(fresh_for=HOUR)
    assert headers.wish_of(304, asked, NOW) == Wish(fresh_for=HOUR)
    assert headers.wish_of(429, asked, NOW) == Wish(retry_after=timedelta(minutes=1), fresh_for=HOUR)
    assert headers.wish_of(503, asked, NOW) == Wish(retry_after=timedelta(minutes=1))
    assert headers.wish_of(404, asked, NOW) == Wish(retry_after=timedelta(minutes=1))
    assert headers.wish_of(301, asked, NOW) == Wish()


@pytest.mark.parametrize("date", ["Tue, 24 Nov 2026 11:00:00 GMT", "Thu, 24 Nov 2016 11:00:00 GMT"])
def test_a_server_whose_clock_is_wrong_is_left_alone_for_as_long_as_it_says(date):
    asked = {"date": date, "retry-after": date.replace("11:00:00", "11:30:00")}

    assert headers.retry_after(asked, NOW) == timedelta(minutes=30)


def test_only_429_and_503_speak_for_the_origin_and_a_429_without_a_time_for_four_hours():
    asked = {"retry-after": "60"}

    assert [headers.peace(status, asked, NOW) for status in (429, 503, 404)] == [MINUTE, MINUTE, None]
    assert [headers.peace(status, {}, NOW) for status in (429, 503, 404)] == [4 * HOUR, None, None]
    assert headers.wish_of(503, {}, NOW).retry_after is None


def test_validators_are_kept_byte_for_byte():
    pairs = [(b"ETag", b'W/"a-gzip\xe9"'), (b"Last-Modified", b"yesterday, about noon")]

    assert headers.validators_of(pairs, "http://h/") == Validators(
        etag=b'W/"a-gzip\xe9"', modified=b"yesterday, about noon", url="http://h/"
    )


@pytest.mark.parametrize("etag", [b"", b'"\r\nX: y"', b'"\x00"', b'"' + b"x" * 1100 + b'"'])  # H-31
def test_what_no_header_may_hold_is_no_validator(etag):
    assert headers.validators_of([(b"etag", etag)], "http://h/") == Validators()


def test_a_304_renews_what_it_gives_and_keeps_the_rest():
    old = Validators(etag=b'"1"', modified=b"then", url="http://h/")

    assert headers.renewed(old, Validators(etag=b'"2"', url="http://h/")) == Validators(
        etag=b'"2"', modified=b"then", url="http://h/"
    )
    assert headers.renewed(old, Validators()) == old
