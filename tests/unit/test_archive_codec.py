"""Values as JSON and back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.archive import codec
from cuttings.model.article import Channel, Record
from cuttings.model.feed import LedgerHead, Verdict
from cuttings.model.source import SourceState
from tests.builders import DAILY, NOW, ledger_head, record, state, trace

TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))


@given(TIMES)
def test_a_time_survives_to_the_microsecond(time):
    assert codec.time_of(codec.microseconds(time)) == time
    assert codec.from_packable(Record, codec.packable(record(published=time))).published == time


@given(st.text(alphabet=st.characters(blacklist_categories=())), st.lists(st.text(), max_size=3))
def test_any_text_survives(text, categories):
    odd = record(title=text, categories=tuple(categories))

    assert codec.from_packable(Record, codec.packable(odd)) == odd
    assert codec.from_text(Record, codec.text(odd)) == odd


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9999)), st.binary())
def test_durations_and_bytes_survive(duration, data):
    whole = state(channel=Channel(ttl=duration), fingerprint=data, present=(trace(digest=data),))

    assert codec.from_text(SourceState, codec.text(whole)) == whole


def test_mappings_of_values_survive():
    head = ledger_head(verdicts={record().id: Verdict(action="drop", pin=True)})

    assert codec.from_text(LedgerHead, codec.text(head)) == head


def test_what_is_empty_takes_no_room():
    said = json.loads(codec.packable(record(published=None, categories=(), text="")))

    assert not {"published", "categories", "text", "subtitle"} & set(said)


def test_times_are_said_in_utc():
    there = NOW.astimezone(timezone(timedelta(hours=5)))

    assert codec.plain(there) == "2026-11-24T12:00:00Z"


def test_fields_can_be_left_out_and_given_back():
    whole = state(error="502")
    said = codec.text(whole, frozenset({"key", "error"}))

    assert '"error"' not in said
    assert codec.from_text(SourceState, said, key=DAILY, error="502") == whole


@dataclass(frozen=True)
class Older:
    name: str


@dataclass(frozen=True)
class Newer:
    name: str
    count: int = 7


def test_fields_come_and_go_over_the_years():
    assert codec.from_text(Newer, codec.text(Older("a"))) == Newer("a", 7)
    assert codec.from_text(Older, codec.text(Newer("a", 8))) == Older("a")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id": 1}', b'{"first_seen": "yesterday"}', b"\xff\xfe"])
def test_what_we_did_not_write_is_refused(body):
    with pytest.raises((ValueError, TypeError)):
        codec.from_packable(Record, body)
