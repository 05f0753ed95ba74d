"""Who reads a feed at every instant, and complains where one of the ten promises (see tests.promises) is broken."""

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

from cuttings.model.article import RecordId
from cuttings.model.feed import Feed, FeedKey, Place, Verdict, path_of
from tests.history import FORMATS, World

Document = dict[str, Any]


class Watch:
    """Who reads one feed: one polls it, one walks it, one walks what is new to it; and an auditor."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.key, self.name = world, FeedKey(name), name
        self.walked: defaultdict[str, set[str]] = defaultdict(set)
        self.polled: set[str] = set()
        self.files: dict[str, tuple[bytes, datetime]] = {}
        self.ids: dict[RecordId, str] = {}
        self.updated: dict[str, str] = {}
        self.before: set[str] = set()
        self.known_pages: set[str] = set()
        self.collected: set[str] = set()
        self.last_document: tuple[Document, set[str]] = ({"items": [], "prev": None}, set())
        self.known = 0  # records there were at the last look

    @property
    def feed(self) -> Feed:
        return self.world.feeds[self.name]

    @property
    def names(self) -> tuple[str, ...]:
        address = self.world.archive.look(self.key).head.address
        return address.names if address else ()

    def places(self) -> list[Place]:
        view = self.world.archive.look(self.key)
        return [place for place in map(view.place, self.world.records) if place is not None]

    def withdrawn(self) -> set[str]:
        return {place.published_id for place in self.places() if place.withdrawn}

    def walk(self, document: Document, stop: set[str] | None = None) -> dict[str, list[Document]]:
        """Follow prev-archive from a document to the end, or to the first page that is known."""
        found: defaultdict[str, list[Document]] = defaultdict(list)
        seen: set[str] = set()
        while True:
            ids = [item["id"] for item in document["items"]]
            assert len(ids) == len(set(ids)), "1: an id twice in one document"
            for item in document["items"]:
                found[item["id"]].append(item)
            path = document["prev"]
            if path is None or (stop is not None and path in stop):
                break
            assert path not in seen, "8: a loop"
            assert path in self.world.outlet.files, f"8: a link leads nowhere: {path}"
            seen.add(path)
            document = json.loads(self.world.outlet.files[path][0])
        if stop is not None:
            stop |= seen
        return found

    def at_an_instant(self, path: str) -> None:
        """After every single write."""
        if path in self.world.outlet.files and path.startswith(tuple(f"feeds/{name}" for name in self.names)):
            self._audit(path)
        self.world.missing.discard(path)
        if self.world.missing:
            return
        gone = self.withdrawn()
        for name in self.names:
            for suffix in FORMATS:
                document = path_of(name, None, suffix)
                if document in self.world.outlet.files:
                    self._walks(document, gone)

    def _walks(self, path: str, gone: set[str]) -> None:
        found = self.walk(json.loads(self.world.outlet.files[path][0]))
        self.walked[path] -= gone - set(found)
        assert self.walked[path] <= set(found), "1: a walk lost an entry that it once had"
        self.walked[path] |= set(found)
        for versions in found.values():
            assert len({item["record"] for item in versions}) == 1, "4: one id, two records"
            newest = max(item["updated"] for item in versions)
            shown = {item["revision"] for item in versions if item["updated"] == newest}
            assert max(item["revision"] for item in versions) in shown, "7: the newest `updated` is not the newest"

    def _audit(self, path: str) -> None:
        body, at = self.world.outlet.files[path]
        was, before = self.files.get(path, (None, at))
        self.files[path] = (body, at)
        assert at >= before, "7: Last-Modified goes back"
        assert was in (None, body) or at > before, "7: other bytes, same Last-Modified"
        if "/archive/" in path and was is not None and not self.world.rewrites:
            old, new = json.loads(was), json.loads(body)
            successors = old.pop("next"), new.pop("next")
            assert old == new and successors[0] in (None, successors[1]), "2: a closed page changed"

    def poll(self) -> tuple[list[Document], set[str]]:
        """Read the documents as a subscriber does; return the items, and the ids that are new."""
        paths = [path_of(self.names[0], None, suffix) for suffix in FORMATS]
        assert all(path in self.world.outlet.files for path in paths), "1: a document is gone"
        documents = [json.loads(self.world.outlet.files[path][0]) for path in paths]
        items: list[Document] = documents[0]["items"]
        assert all(document["items"] == items for document in documents), "9: formats differ"
        for item in items:
            assert self.updated.get(item["id"], "") <= item["updated"], "7: an entry's `updated` goes back"
            self.updated[item["id"]] = item["updated"]
        new = {item["id"] for item in items} - self.polled
        self.polled |= new
        return items, new

    def restart(self) -> None:
        """What the ledger says is written: the next decision has not been made."""
        if self.world.archive.look(self.key).head.edition is not None:
            self.poll()

    def after_a_publish(self, happened: str, index: int) -> None:
        """When all is written."""
        world, size = self.world, self.feed.size
        items, new = self.poll()
        shown, places = {item["id"] for item in items}, self.places()
        stay = {place.published_id for place in places if not place.withdrawn}
        live = {place.published_id for place in places if place.live}
        verdicts = world.verdicts[self.name]
        off = {place.published_id for place in places if world.is_hidden(self.name, place)}
        pins = {place.published_id for place in places if verdicts.get(place.record, Verdict()).pin}
        decided = [(d, lines) for key, d, lines in world.archive.decisions if key == self.key]
        once = len(decided) == 1
        moved = sum(line.live and line.number > lines for d, lines in decided for line in d.lines)
        path = path_of(self.names[0], None, "one")
        document = json.loads(world.outlet.files[path][0])

        assert self.walk(document).keys() >= stay, "1: an entry that entered is nowhere"
        kept = self.last_document[1] - self.withdrawn()
        assert self.walk(self.last_document[0]).keys() >= kept, "1: a walk across a publish lost an entry"
        if int(world.now.timestamp()) // 60 % 2:
            self.collected |= self.walk(document, self.known_pages).keys()
            assert self.collected >= stay, "8: who stops at known pages lost an entry"
        for place in places:
            assert self.ids.setdefault(place.record, place.published_id) == place.published_id, "4: an id changed"
        assert len(set(self.ids.values())) == len(self.ids), "4: an id twice"
        assert not once or len(new - pins) <= size, "5: more than `size` new ids at once"
        old = happened == "old" and once and not moved
        assert not old or self.before & live <= shown | off, "5: old articles displace live ones"
        assert not shown & off, "what is kept out stands in the document"
        assert live <= self.polled | off, "6: a live entry was never in the document"
        late = [p for p in places if self._is_news(p) and not p.live]
        assert not once or not late or moved >= size, "6: a new article entered quietly"
        if happened == "edit" and world.records and once and self.feed.revisions == "announce" and moved < size:
            self._is_announced(world.records[index % len(world.records)], items)
        self._chain_is_in_order()
        self._seats(places)
        self.before, self.known = shown, len(world.records)
        self.last_document = (document, stay)

    def _is_news(self, place: Place) -> bool:
        first = self.world.revisions[place.record][0]
        return self.world.records.index(place.record) >= self.known and first.arrival == "ordinary"

    def _is_announced(self, edited: RecordId, items: list[Document]) -> None:
        place = self.world.archive.look(self.key).place(edited)
        if place is not None and not self.world.is_hidden(self.name, place):
            revisions = [item["revision"] for item in items if item["record"] == edited]
            assert revisions == [len(self.world.revisions[edited])], "6: an announcement was not in the document"

    def _chain_is_in_order(self) -> None:
        pages = self.world.archive.look(self.key).head.pages
        paths = [path_of(self.names[0], number, "one") for number in range(1, pages + 1)]
        times = [json.loads(self.world.outlet.files[path][0])["updated"] for path in paths]
        assert times == sorted(times), "8: the chain is not in closing order"

    def _seats(self, places: list[Place]) -> None:
        view = self.world.archive.look(self.key)
        for place in places:
            lines, pages = view.lines(place.record), view.pages_with(place.record)
            assert bool(lines) is not place.withdrawn, "10: a record without a line, or a line without a place"
            assert sum(line.page is None for line in lines) <= 1, "10: two open lines"
            assert [line.page for line in lines if line.page] == [page.number for page in pages], (
                "10: not where its line is"
            )
            announced = 0 if place.withdrawn else len(self.world.revisions[place.record]) - 1
            assert len(lines) <= 1 + announced, "10: entered twice"
