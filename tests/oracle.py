"""Remembers what was ever acknowledged, archived and published in a house, and looks whether it still is.

It looks as others would: at the archive through its ports, at what is
published by walking the files as a feed reader does.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterable

from cuttings.archive.captures import WarcCaptures
from cuttings.archive.sqlite import SqliteArchive
from cuttings.model.article import Record, RecordId
from cuttings.model.capture import CaptureRef
from cuttings.ports import Query
from tests.builders import NOW
from tests.farm import Farm, House
from tests.reading import FORMATS, Read, walk


class Oracle:
    """One house's memory; `look` may be called at any moment at which no publish is under way."""

    def __init__(self, house: House, site: str, feed: str = "all") -> None:
        self.house, self.site, self.feed = house, site, feed
        self.archived: dict[RecordId, int] = {}
        self.acknowledged: Counter[str] = Counter()
        self.captures: set[CaptureRef] = set()
        self.published: dict[str, set[str]] = {suffix: set() for suffix in FORMATS}
        self.updated: dict[str, dict[str, str]] = {suffix: {} for suffix in FORMATS}
        self.pages: dict[str, Read] = {}

    def acknowledge(self, lines: Iterable[str]) -> None:
        """Take in what `collect --json` printed; a last line may be torn."""
        for line in lines:
            try:
                told = json.loads(line)
            except ValueError:
                continue
            self.acknowledged[told["source"]] += told["new"]

    def look(self) -> None:
        """Nothing that ever was is gone, nothing is there twice."""
        records, names = asyncio.run(self._read())
        now = {record.id: record.revision for record in records}
        assert len(records) == len(now), "a record is listed twice"
        keys = Counter((record.source, record.guid or record.url) for record in records)
        assert not (keys - Counter(set(keys))), "an article has two records"
        lost = {record for record, revision in self.archived.items() if now.get(record, 0) < revision}
        assert not lost, f"{len(lost)} archived revisions are gone"
        self.archived.update(now)
        kept = Counter(names.get(record.source) for record in records)
        short = {name: told for name, told in self.acknowledged.items() if kept[name] < told}
        assert not short, f"acknowledged, and not there: {short}"
        for suffix in FORMATS:
            if (self.house.published / f"feeds/{self.feed}.{suffix}").exists():
                self._walk(suffix)

    def settled(self) -> None:
        """After a publish to its end: all formats hold the same, each record has one place, nothing is left over."""
        self.look()
        assert self.published["rss"] == self.published["atom"] == self.published["json"]
        assert len(self.published["atom"]) == len(self.archived), "a record without its place, or a place too many"
        folders = [self.house.published / name for name in ("feeds", "articles")]  # above them the daemon sweeps
        left = [str(path) for folder in folders for path in folder.rglob(".*")]
        assert not left, f"left over: {left}"
        self._captures_are_whole()
        before = self._files()
        for path in before:
            (self.house.published / path).unlink()
        self.house.run("publish")
        assert self._files() == before, "other files came back than were deleted"

    async def _read(self) -> tuple[list[Record], dict[str | None, str]]:
        async with SqliteArchive.opened(self.house.archive) as archive:
            records = [record async for record in archive.newest(Query())]
            names: dict[str | None, str] = {state.key: state.name for state in await archive.states()}
            fresh = {ref for record in records for ref in record.captures} - self.captures
            captures = WarcCaptures(self.house.archive, lambda: NOW, "oracle")
            try:
                for ref in fresh:
                    await captures.read(ref)
            finally:
                await captures.close()
            self.captures |= fresh
        return records, names

    def _walk(self, suffix: str) -> None:
        ids: set[str] = set()
        for document in walk(self.house.published, self.feed, suffix, self.site):
            assert len(set(document.ids)) == len(document.ids), f"{document.path} holds an id twice"
            ids.update(document.ids)
            if "/archive/" in document.path:
                closed = self.pages.setdefault(document.path, document)
                assert closed == document, f"{document.path} was closed, and changed"
            else:
                for id_, updated in document.updated.items():
                    assert updated >= self.updated[suffix].get(id_, ""), f"{id_} was updated later before"
                    self.updated[suffix][id_] = updated
        lost = self.published[suffix] - ids
        assert not lost, f"{len(lost)} places are lost in {suffix}"
        self.published[suffix] |= ids

    def _captures_are_whole(self) -> None:
        captures = self.house.archive / "captures"
        assert not list(captures.rglob("*.open")), "a capture file was not sealed"
        for sidecar in captures.rglob("*.sha256"):
            digest, name = sidecar.read_text().split()
            assert hashlib.sha256((sidecar.parent / name).read_bytes()).hexdigest() == digest

    def _files(self) -> dict[str, tuple[bytes, int]]:
        published = self.house.published
        found = (path for path in published.rglob("*") if path.is_file())
        return {
            str(path.relative_to(published)): (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
            for path in found
        }


def is_complete(house: House, world: Farm, feeds: list[str]) -> None:
    """The archive holds all that these feeds show."""
    rows = house.rows("list", "--limit", "0")
    have = {row["guid"] for row in rows} | {row["url"] for row in rows}
    for site in world.rows("truth?hash=0"):
        if site["feed"] in feeds:
            shown = [entry for entry in site["entries"] if entry["in_feed"]]
            missing = [entry for entry in shown if entry[site["key"]] not in have]
            assert not missing, f"{len(missing)} of {len(shown)} entries are missing"
