"""Dates: lenient about the form, strict about the sense."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.text import dates

NOVEMBER = datetime(2026, 11, 24, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        "Tue, 24 Nov 2026 03:10:00 GMT",
        "24 Nov 26 3:10 UT",
        "Mon, 24 Nov 2026 03:10:00 Z",  # a wrong weekday
        "Mon, 23 Nov 2026 22:10:00 EST",
        "Tue, 24 Nov 2026 04:10 +0100",
        "Tue, 24 Nov 2026 08:40:00 +05:30",
        "Tue, 24 Nov 2026 04:10:00 GMT+1",
        "Tue, 24 Nov 2026 03:10:00 +0000 (UTC)",
        "Tuesday, 24-Nov-26 03:10:00 GMT",
        "Tue Nov 24 03:10:00 2026",
        "Mon Nov 23 19:10:00 PST 2026",
        "November 24th, 2026 3:10 AM",
        "2026-11-24T03:10:00Z",
        "2026-11-24t03:10:00.999999z",
        "2026-11-24 03:10:00,5",
        "2026-11-24T03:10+00:00",
        "20261124T031000Z",
        "20261124031000",
        "2026-328T03:10Z",
        "2026-W48-2T03:10Z",
        "2026/11/24 03:10:00",
        "24.11.2026 03:10",
        "24/11/2026 03:10",
        "11/24/2026 03:10",
        "1795489800",
        "1795489800000",
        "2026年11月24日 03:10",
        "2026년 11월 24일 오전 03:10:00",
        "2026-11-24 오전 03:10:00",
        "24 novembre 2026 03:10",
        "mar. 24 nov. 2026 à 3h10",
        "24. November 2026, 03:10 Uhr",
        "24 de noviembre de 2026 03:10",
        "24 ноября 2026 г. 03:10",
        "Τρι, 24 Νοέ 2026 03:10:00 GMT",
        "2026-november-24T3:10",
        "24 Kasım 2026 Salı 03:10",
        "٢٤ نوفمبر ٢٠٢٦ 03:10",
        "24 تشرين الثاني 2026 03:10",
        "24 listopada 2026, 3:10",
        "2026. 11. 24. 오전 3:10",
        "2026年11月24日上午3:10",
        "2026年11月24日 午前3時10分",
        "24 nov 2026 om 3:10",
        "24 de novembro de 2026 às 3h10",
        "November 24, 2026 3:10 a.m.",
        "24. November 2026, 3.10 Uhr",
        "\xa0Tue,&nbsp;24 Nov 2026\t03:10:00 GMT ",
    ],
)
def test_a_date_in_any_of_the_forms_met_is_read(raw):
    assert dates.parse(raw) == NOVEMBER


@pytest.mark.parametrize(
    "raw",
    [
        *("", " ", "yesterday", "Tuesday", "hello 2026", "1 May", "24:00", "-1", "<b>", "1.3.3"),
        *("0000-00-00", "0001-01-01T00:00:00Z", "1969-12-31", "Fri, 31 Dec 9999 23:59:59 GMT", "292277026596"),
        *("9223372036854775807", "Tue, 30 Feb 2026 00:00:00 GMT", "2026-02-30", "2026-11-24T25:00:00Z"),
        *("2026-11-24T03:10:00+99:99", "01/02/2026", "2026-11-24T03:60:00Z", "2026-11-24 and so on for long"),
    ],
)
def test_what_names_no_certain_moment_of_our_times_is_none(raw):
    assert dates.parse(raw) is None


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("2026", "2026-01-01T00:00:00Z"),
        ("2026-11", "2026-11-01T00:00:00Z"),
        ("2026-11-24", "2026-11-24T00:00:00Z"),
        ("2026-11-24T24:00:00Z", "2026-11-25T00:00:00Z"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
        ("Tue, 24 Nov 126 03:10:00", "2026-11-24T03:10:00Z"),
        ("1 Jan 49", "2049-01-01T00:00:00Z"),
        ("1 Jan 97", "1997-01-01T00:00:00Z"),
        ("Fri, 05/03/2019 - 15:21", "2019-05-03T15:21:00Z"),  # Drupal; the weekday tells which is the month
    ],
)
def test_what_is_left_out_or_over_is_filled_by_the_rules(raw, read):
    moment = dates.parse(raw)

    assert moment is not None
    assert dates.rfc3339(moment) == read


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2100, 12, 30)), st.integers(-14, 14))
def test_what_we_write_we_read(moment, offset):
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(hours=offset)))

    assert dates.parse(dates.rfc3339(moment)) == moment
    assert dates.parse(dates.rfc822(moment)) == moment
    assert dates.parse(moment.isoformat()) == moment


@given(st.text(max_size=300))
def test_no_text_is_an_error_and_what_is_read_is_aware_and_in_range(raw):
    moment = dates.parse(raw)

    assert moment is None or (moment.tzinfo is UTC and moment.year in dates.YEARS and moment.microsecond == 0)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("二〇二六年十一月二十四日", "2026-11-24T00:00:00Z"),
        ("Nov 24, 2026 5 PM EST", "2026-11-24T22:00:00Z"),
        ("24 ноября 2026", "2026-11-24T00:00:00Z"),
        ("24 août 2026 à 14h", "2026-08-24T14:00:00Z"),
    ],
)
def test_hours_alone_and_numerals_in_words_are_read(raw, read):
    moment = dates.parse(raw)

    assert moment is not None
    assert dates.rfc3339(moment) == read


@pytest.mark.parametrize(
    ("language", "day"),
    [("de", "2026-04-03"), ("pt-BR", "2026-04-03"), ("en-GB", "2026-04-03"), ("en-US", "2026-03-04")],
)
def test_a_language_tells_which_figure_is_the_month(language, day):
    moment = dates.parse("03/04/2026", language)

    assert moment is not None
    assert moment.date().isoformat() == day


@pytest.mark.parametrize("language", [None, "en", "ja"])
def test_where_no_language_tells_two_days_are_none(language):
    assert dates.parse("03/04/2026", language) is None
    assert dates.parse("13/04/2026", language) == datetime(2026, 4, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2026-11-23T22:10:00-05:00", "2026-11-23"),
        ("2026-11-24T00:30+02:00", "2026-11-24"),
        ("Mon, 23 Nov 2026 22:10 EST", "2026-11-23"),
    ],
)
def test_the_day_that_readers_saw_is_known_in_the_zone_it_was_written_in(raw, day):
    moment = dates.local(raw)

    assert moment is not None
    assert moment.date().isoformat() == day


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("By Jane Roe, 3 May 2024, 10:15 am", "3 May 2024, 10:15 am"),
        ("Von Lars Klein, 3. Mai 2024, 10.30 Uhr", "3. Mai 2024, 10.30 Uhr"),
        ("Published May 3rd, 2024 | 4 min", "May 3rd, 2024"),
        ("入力 2024.05.03 오후 3:10", "2024.05.03 오후 3:10"),
        ("2024年5月3日 10:30 掲載", "2024年5月3日 10:30"),
        ("Stand: 03.05.2024", "03.05.2024"),
        ("2 hours ago", None),
        ("Call 030 2024 1154", None),
        ("Version 1.2.2024.5", None),
        ("", None),
    ],
)
def test_a_date_is_found_in_a_line(line, date):
    assert dates.found(line) == date


def test_dates_are_written_as_each_standard_wants_them():
    assert dates.rfc3339(NOVEMBER) == "2026-11-24T03:10:00Z"
    assert dates.rfc822(NOVEMBER) == "Tue, 24 Nov 2026 03:10:00 GMT"
    assert dates.http_date(NOVEMBER.astimezone(timezone(timedelta(hours=2)))) == "Tue, 24 Nov 2026 03:10:00 GMT"
