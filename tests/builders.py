"""Builders of whole values, so that a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cuttings.model.article import Draft, Entry, Record, RecordId, SourceKey, Trace
from cuttings.model.capture import CaptureRef
from cuttings.model.feed import (
    FeedKey,
    Head,
    Item,
    LedgerHead,
    Line,
    Origin,
    Page,
    PageItem,
    Place,
    Presentation,
    Sheet,
    Shown,
)
from cuttings.model.reason import Reason
from cuttings.model.source import Capture, Source, SourceState, Visit
from cuttings.text.digest import digest, record_id, sha256

T = TypeVar("T")

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAILY = SourceKey("https://daily.example/feed.xml")


def at(minutes: float) -> datetime:
    """Return a time so many minutes after NOW."""
    return NOW + timedelta(minutes=minutes)


def record(ident: str = "https://daily.example/1", **changes: Any) -> Record:
    """Return a record; its id follows from source and ident."""
    source = changes.get("source", DAILY)
    values: dict[str, Any] = {
        "id": record_id(source, ident),
        "source": source,
        "ident": ident,
        "guid": ident,
        "url": ident if ident.startswith("http") else None,
        "canonical_url": None,
        "story": record_id(source, ident),
        "status": "full",
        "provenance": "feed",
        "title": "Tides",
        "published": NOW - timedelta(hours=1),
        "first_seen": NOW,
        "language": "en",
        "content": "<p>High.</p>",
        "text": "High.",
    }
    return Record(**(values | changes))


def next_revision(old: Record, **changes: Any) -> Record:
    """Return the revision that follows a record's."""
    return replace(old, revision=old.revision + 1, **changes)


def entry(**changes: Any) -> Entry:
    """Return an entry in its source's words."""
    values = {"trace": trace(), "base": "https://daily.example/feed.xml", "title": "Tides", "content": "<p>High.</p>"}
    return _whole(Entry, values, changes)


def draft(of: Trace | None = None, **changes: Any) -> Draft:
    """Return an article as read from a feed; its title and link are its trace's."""
    of = trace() if of is None else of
    values: dict[str, Any] = {
        "trace": of,
        "title": of.title or "",
        "url": of.link,
        "canonical_url": of.link,
        "published": NOW - timedelta(hours=1),
        "content": "<p>High.</p>",
        "text": "High.",
        "status": "feed",
    }
    return _whole(Draft, values, changes)


def visit(*records: Record, **changes: Any) -> Visit:
    """Return a visit to the source of its records."""
    source = records[0].source if records else DAILY
    return _whole(Visit, {"source": source, "records": records}, changes)


def source(name: str = "daily", **changes: Any) -> Source:
    """Return a declared source."""
    return _whole(Source, {"name": name, "url": f"https://{name}.example/feed.xml"}, changes)


def state(key: str = DAILY, **changes: Any) -> SourceState:
    """Return what is known of a source that was never visited."""
    return _whole(SourceState, {"key": key, "name": "daily", "address": key, "next_visit": NOW}, changes)


def trace(guid: str | None = "https://daily.example/1", **changes: Any) -> Trace:
    """Return the trace of an entry."""
    return _whole(Trace, {"guid": guid, "link": guid, "title": "Tides", "digest": digest(guid)}, changes)


def capture(url: str = "https://daily.example/feed.xml", body: bytes = b"<rss/>", **changes: Any) -> Capture:
    """Return a capture that is said to be on disk."""
    values: dict[str, Any] = {
        "ref": CaptureRef(file="captures/2026/11/a.warc.gz", offset=0),
        "url": url,
        "at": NOW,
        "payload_sha256": sha256(body),
        "record_id": "<urn:uuid:7b3ce5a4-3d6c-4d0e-a3b7-0b1b1e8f1a01>",
    }
    return _whole(Capture, values, changes)


def reason(subject: str, **changes: Any) -> Reason:
    """Return one step of a decision."""
    return _whole(Reason, {"subject": subject, "step": "identity", "rule": "guid"}, changes)


def shown(revision: int = 1, **changes: Any) -> Shown:
    """Return how a record was last shown."""
    return _whole(Shown, {"revision": revision, "extent": "full", "origin": Origin(title="daily")}, changes)


def place(of: RecordId, number: int = 1, **changes: Any) -> Place:
    """Return a live place."""
    values: dict[str, Any] = {
        "record": of,
        "published_id": f"https://id.example/{of}",
        "at": NOW,
        "live": True,
        "number": number,
        "shown": shown(),
        "updated": NOW,
        "order_date": NOW,
    }
    return _whole(Place, values, changes)


def line(of: RecordId, number: int = 1, **changes: Any) -> Line:
    """Return an open live line."""
    return _whole(Line, {"number": number, "record": of, "live": True}, changes)


def page_item(of: RecordId, **changes: Any) -> PageItem:
    """Return what a page holds of a record."""
    values: dict[str, Any] = {
        "record": of,
        "source": DAILY,
        "published_id": f"https://id.example/{of}",
        "shown": shown(),
        "updated": NOW,
    }
    return _whole(PageItem, values, changes)


def page(number: int, *items: PageItem, **changes: Any) -> Page:
    """Return a closed page."""
    head = Head(title="Front page", language="en", site_title="My cuttings")
    return _whole(Page, {"number": number, "closed": NOW, "changed": NOW, "head": head, "items": items}, changes)


def ledger_head(key: str = "front", **changes: Any) -> LedgerHead:
    """Return the head of a ledger that was just begun."""
    return _whole(
        LedgerHead, {"key": FeedKey(key), "feed_id": "urn:uuid:3d6c4d0e-0000-4000-8000-000000000001"}, changes
    )


def presentation(**changes: Any) -> Presentation:
    """Return who a feed is."""
    values: dict[str, Any] = {
        "feed_id": "urn:uuid:3d6c4d0e-0000-4000-8000-000000000001",
        "name": "front-page",
        "title": "Front page",
        "language": "en",
        "site_title": "My cuttings",
        "site_url": "https://cuttings.example/planet/",
    }
    return _whole(Presentation, values, changes)


def item(of: Record | None = None, **changes: Any) -> Item:
    """Return a record as a feed shows it, in full."""
    shown_record = record() if of is None else of
    values: dict[str, Any] = {
        "record": shown_record,
        "published_id": f"https://id.example/{shown_record.id}",
        "updated": NOW,
        "title": shown_record.title,
        "note": None,
        "extent": "full",
        "origin": Origin(title="The Daily", url=DAILY, home="https://daily.example/"),
        "link": shown_record.url,
    }
    return _whole(Item, values, changes)


def sheet(*items: Item, **changes: Any) -> Sheet:
    """Return the frame of a subscription document without history."""
    return _whole(Sheet, {"number": None, "updated": NOW, "items": items}, changes)


def _whole(kind: type[T], values: dict[str, Any], changes: dict[str, Any]) -> T:
    return kind(**(values | changes))
