"""Reads what we publish as feed readers do: with feedparser, and by walking back through the archive."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser

FORMATS = ("rss", "atom", "json")


@dataclass(frozen=True)
class Read:
    """One published document: its entries' ids in order, and where it leads."""

    path: str
    ids: tuple[str, ...]
    titles: tuple[str, ...]
    updated: dict[str, str]
    previous: str | None


def read(published: Path, path: str, site: str) -> Read:
    """Return one document of a published folder; `site` is the address that its links begin with."""
    body = (published / path).read_bytes()
    found = _json(body) if path.endswith(".json") else _xml(body)
    previous = found.pop("previous")
    if previous is not None:
        assert previous.startswith(site), f"{path} leads out of the site: {previous}"
        previous = previous.removeprefix(site)
    return Read(path=path, previous=previous, **found)


def walk(published: Path, name: str, suffix: str, site: str) -> Iterator[Read]:
    """Yield the subscription document and all pages that prev-archive leads to."""
    path: str | None = f"feeds/{name}.{suffix}"
    seen: set[str] = set()
    while path is not None:
        assert path not in seen, f"{path} is led to twice"
        seen.add(path)
        document = read(published, path, site)
        yield document
        path = document.previous


def walked(published: Path, name: str, suffix: str, site: str) -> list[str]:
    """Return all ids that a walk finds, each once; no document may hold one twice."""
    ids: dict[str, None] = {}
    for document in walk(published, name, suffix, site):
        assert len(set(document.ids)) == len(document.ids), f"{document.path} holds an id twice"
        ids.update(dict.fromkeys(document.ids))
    return list(ids)


def _json(body: bytes) -> dict[str, Any]:
    feed = json.loads(body)
    return {
        "ids": tuple(item["id"] for item in feed["items"]),
        "titles": tuple(item.get("title", "") for item in feed["items"]),
        "updated": {item["id"]: item.get("date_modified", "") for item in feed["items"]},
        "previous": feed.get("next_url"),
    }


def _xml(body: bytes) -> dict[str, Any]:
    feed = feedparser.parse(io.BytesIO(body))
    assert not feed.bozo, feed.get("bozo_exception")
    previous = [link.href for link in feed.feed.get("links", []) if link.rel == "prev-archive"]
    return {
        "ids": tuple(entry.id for entry in feed.entries),
        "titles": tuple(entry.get("title", "") for entry in feed.entries),
        "updated": {entry.id: entry.get("updated", "") for entry in feed.entries},
        "previous": previous[0] if previous else None,
    }
