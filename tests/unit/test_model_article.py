"""A record's public form is what its schema says."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cuttings.cli.river import receipt_json
from cuttings.model.article import Enclosure, Image, Person, as_json
from cuttings.model.capture import CaptureRef
from cuttings.model.source import Receipt
from tests.builders import NOW, record

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "output.schema.json").read_text("utf-8"))["$defs"]


def test_a_record_has_all_keys_of_the_schema_in_its_order():
    assert list(as_json(record(), "daily")) == list(SCHEMA["record"]["properties"])
    assert list(as_json(record(), "daily")) == SCHEMA["record"]["required"]


def test_a_full_record_is_plain_json_with_times_in_utc():
    full = record(
        authors=(Person(name="A"),),
        image=Image(url="https://a.example/i.png", alt="b"),
        enclosures=(Enclosure(url="https://a.example/a.mp3", type="audio/mpeg", length=3),),
        captures=(CaptureRef(file="captures/a.warc.gz", offset=7),),
        first_seen=NOW,
        text="one two",
    )

    shown = json.loads(json.dumps(as_json(full, "daily")))

    assert shown["source"] == "daily"
    assert shown["first_seen"] == "2026-11-24T12:00:00Z"
    assert shown["authors"] == [{"name": "A", "url": None}]
    assert shown["image"] == {"url": "https://a.example/i.png", "alt": "b", "caption": None}
    assert shown["enclosures"] == [{"url": "https://a.example/a.mp3", "type": "audio/mpeg", "length": 3}]
    assert shown["captures"] == [{"file": "captures/a.warc.gz", "offset": 7}]
    assert shown["words"] == 2


def test_the_unknown_is_null():
    bare = as_json(replace(record(published=None, language=None), guid=None, url=None), None)

    assert [bare[key] for key in ("source", "guid", "url", "published", "modified", "image", "rights")] == [None] * 7


@pytest.mark.parametrize("next_visit", [None, NOW])
def test_a_receipt_has_the_keys_of_the_schema(next_visit):
    told = receipt_json(Receipt(source="daily", outcome="failed", error="HTTP 503", next=next_visit))

    assert list(told) == SCHEMA["collect"]["required"]
    assert told["next"] == (None if next_visit is None else "2026-11-24T12:00:00Z")
