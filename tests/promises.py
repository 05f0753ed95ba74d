"""The ten promises of a feed's history, and a machine that tries to break them.

    1  a walk over prev-archive finds every placed record, at every instant
    2  a closed page changes only by its next-archive, a withdrawal, an address
    3  same ledger, same bytes and times
    4  published ids never change and are never shared
    5  old articles neither flood the document nor displace live ones
    6  who polls after each publish sees every live record
    7  `updated` and Last-Modified never go back
    8  the chain is linear, in closing order
    9  the same in every format
    10 nothing enters twice

Two feeds over one archive are published after everything that happens, and
killed between single steps; readers and an auditor look at every write.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from cuttings.archive.memory import MemoryArchive
from cuttings.archive.memory_view import MemoryView
from cuttings.curate import places
from cuttings.curate.rules import compiled
from cuttings.flow.publish import Followed, Publisher
from cuttings.model.article import Channel, Person, Record, RecordId, SourceKey
from cuttings.model.feed import Decision, Feed, FeedKey, Located, Place, Select, Verdict, path_of
from cuttings.ports import View
from tests.builders import NOW, record, source, state, visit
from tests.publishing import SITE, Fuse, Inline, Killed, MemoryCache, MemoryOutlet, feed_ids, form, publisher

FORMATS = ("one", "two")
WORDS = ("w0", "w1", "w2")
SOURCES = (SourceKey("https://s0.example/feed.xml"), SourceKey("https://s1.example/feed.xml"))
AGES = (0, 50, None, -40)  # minutes: fresh, late, undated, from the future

Document = dict[str, Any]


class World:
    """An archive, two feeds, their picks, and the folder that they are published to."""

    def __init__(self) -> None:
        self.now = NOW
        self.fuse = Fuse()
        self.outlet = MemoryOutlet(self.fuse)
        self.archive = FusedArchive(self)
        self.cache = MemoryCache()
        self.mint = partial(next, feed_ids())
        self.site = SITE
        self.version = 1
        self.feeds = {
            "f": Feed(name="f", title="F", size=2),
            "g": Feed(name="g", title="G", size=3, duplicates="keep"),
        }
        self.verdicts: dict[str, dict[RecordId, Verdict]] = {"f": {}, "g": {}}
        self.sources = {key: source(f"s{n}", url=key) for n, key in enumerate(SOURCES)}
        self.states = {key: state(key, name=f"s{n}") for n, key in enumerate(SOURCES)}
        self.records: list[RecordId] = []
        self.revisions: defaultdict[RecordId, list[Record]] = defaultdict(list)
        self.lost = False  # only a thorough look finds what somebody deleted
        self.missing: set[str] = set()  # what somebody deleted and we did not write again yet: no fault of ours
        self.rewrites = False  # what happened lets closed pages change
        self.process = self.started()

    @property
    def followed(self) -> Followed:
        return Followed(sources=self.sources, states=self.states)

    def started(self) -> Publisher:
        """Return what a new process publishes with; the cache outlives it."""
        forms = [form(name, self.version) for name in FORMATS]
        changes = {"formats": forms, "site": self.site, "cache": self.cache, "mint": self.mint}
        return publisher(self.archive, self.archive, self.outlet, lambda: self.now, **changes)

    async def arrive(self, *records: Record) -> None:
        """Commit records and next revisions."""
        for one in records:
            if one.id not in self.revisions:
                self.records.append(one.id)
            self.revisions[one.id].append(one)
            await self.archive.commit(visit(one))

    def new(self, of: int, arrival: str, age: float | None, word: int = 0, guid: str | None = None) -> Record:
        """Return a record of a source, `age` minutes old, that has a word by which rules choose."""
        ident = f"https://s{of % 2}.example/{len(self.revisions)}-{self.now.isoformat()}"
        return record(
            ident,
            source=SOURCES[of % 2],
            guid=guid or ident,
            arrival=arrival,
            published=None if age is None else self.now - timedelta(minutes=age),
            first_seen=self.now,
            **about(word),
        )

    def clear(self, name: str, index: int) -> None:
        """Take back all that a person decided of a record."""
        self.verdicts[name].pop(self.records[index % len(self.records)], None)

    def picks(self, name: str, index: int, **changes: Any) -> None:
        """Change what a person decided of a record."""
        of = self.records[index % len(self.records)]
        self.verdicts[name][of] = replace(self.verdicts[name].get(of, Verdict()), **changes)

    def is_hidden(self, name: str, place: Place) -> bool:
        """Tell whether a placed record may not stand in the document, by the rules as people know them."""
        verdict = self.verdicts[name].get(place.record, Verdict())
        picked = verdict.action == "add" or (verdict.pin and verdict.action is None)
        refused = verdict.action in ("drop", "hold", "withdraw")
        newest, seen = self.revisions[place.record][-1], self.archive.look(FeedKey("f")).newest_seen
        matches = compiled(self.feeds[name], self.sources).matches(newest, lambda: newest, seen)
        return place.withdrawn or refused or not (picked or matches)


def about(word: int) -> dict[str, Any]:
    """Return what an article is about: as a category, in its text, and by whom."""
    chosen = WORDS[word % 3]
    return {"categories": (chosen,), "text": f"Tides of {chosen}.", "authors": (Person(name=f"By {chosen}"),)}


class FusedArchive(MemoryArchive):
    """An archive whose process may be killed before and after a decision.

    Each decision is also made over all records, and must come out the same.
    """

    def __init__(self, world: World) -> None:
        super().__init__(lambda: world.now)
        self._world = world
        self.before_decision: Callable[[FeedKey], None] = lambda key: None
        self.decisions: list[tuple[FeedKey, Decision, int]] = []  # with the lines before

    async def decide(self, key: FeedKey, decision: Callable[[View], Decision]) -> Decision:
        self._world.fuse.burn()
        enters = getattr(decision, "func", None) is places.decide
        if enters:
            self.before_decision(key)
        lines, over_all = self.look(key).head.lines, decision(_Everything(self.look(key)))
        decided = await super().decide(key, decision)
        assert _comparable(decided) == _comparable(over_all), "a decision over what arrived differs from one over all"
        if enters:
            self.decisions.append((key, decided, lines))
        self._world.fuse.burn()
        return decided

    async def wrote(self, key: FeedKey, time: datetime) -> None:
        self._world.fuse.burn()
        await super().wrote(key, time)


class _Everything:
    """A view in which all records are touched all the time."""

    def __init__(self, view: MemoryView) -> None:
        self._view = view

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def arrivals(self, after: int) -> Any:
        return self._view.arrivals(0)


def _comparable(decision: Decision) -> Any:
    changed = {page.number: page for page in decision.changed_pages}
    places = {place.record: place for place in decision.places}
    return decision.head, places, decision.lines, decision.unlined, decision.pages, changed


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


INDEX = st.integers(0, 5)
KILL = st.one_of(st.just(None), st.just(None), st.integers(0, 24))
TITLES, NOTES = st.sampled_from([None, "T0", "T1"]), st.sampled_from([None, "N"])
POLICIES = st.sampled_from(["update", "announce", "ignore"])
DUPLICATES = st.sampled_from(["collapse", "keep"])
TEXT_RULES = st.one_of(
    st.sampled_from(WORDS).map(lambda word: Select(any_words=(Located(text=word),))),
    st.sampled_from(["w0", "/w[01]/"]).map(lambda word: Select(none_words=(Located(text=word),))),
    st.sampled_from(WORDS).map(lambda word: Select(authors=(f"by  {word}",))),
    st.sampled_from([3, 8, 40]).map(lambda minutes: Select(newer_than=timedelta(minutes=minutes))),
    st.sampled_from(
        [
            "record.text.contains('w1') || record.revision > 1",
            "record.modified[0] > record.first_seen",  # fails for every record
            "record.published.all(p, p < record.first_seen) && record.source == 's0'",
        ]
    ).map(lambda expression: Select(where=Located(text=expression))),
)
FEEDS = st.sampled_from(["f", "f", "f", "g"])


class Promises(RuleBasedStateMachine):
    """Anything happens, both feeds are published, anything else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(Inline())
        self.world = World()
        for name in self.world.feeds:
            self.loop.run_until_complete(self.world.archive.open([name], self.world.mint, self.world.now))
        self.watches = {FeedKey(name): Watch(self.world, name) for name in self.world.feeds}
        self.world.outlet.after = self._look
        self.world.archive.before_decision = lambda key: self.watches[key].restart()

    def teardown(self) -> None:
        self._happens("end", None)
        self.loop.close()

    @initialize(policy=POLICIES, duplicates=DUPLICATES, size=st.integers(1, 4))
    def start(self, policy: Any, duplicates: Any, size: int) -> None:
        """A feed's first decision makes all quiet, so it comes before there is news."""
        feed = self.world.feeds["f"]
        self.world.feeds["f"] = replace(feed, revisions=policy, duplicates=duplicates, size=size)
        self._happens("start", None)

    # -- articles

    @rule(of=INDEX, age=st.sampled_from(AGES), word=INDEX, kill=KILL)
    def new(self, of: int, age: float | None, word: int, kill: int | None) -> None:
        self._happens("new", kill, [self.world.new(of, "ordinary", age, word)])

    @rule(of=INDEX, guid=st.integers(0, 1), kill=KILL)
    def twin(self, of: int, guid: int, kill: int | None) -> None:
        self._happens("twin", kill, [self.world.new(of, "ordinary", 0, guid=f"https://x.example/{guid}")])

    @rule(of=INDEX, more=INDEX, dated=st.booleans(), kill=KILL)
    def burst(self, of: int, more: int, dated: bool, kill: int | None) -> None:
        self._happens(
            "burst", kill, self._several(more, lambda n: self.world.new(of, "ordinary", 0 if dated else None))
        )

    @rule(of=INDEX, more=INDEX, kind=st.integers(0, 2), kill=KILL)
    def old(self, of: int, more: int, kind: int, kill: int | None) -> None:
        self._happens("old", kill, self._several(more, lambda n: self.world.new(of, "quiet", (0, 30 - n, None)[kind])))

    @rule(index=INDEX, word=INDEX, kill=KILL)
    def edit(self, index: int, word: int, kill: int | None) -> None:
        self._happens("edit", kill, self._revised(index, **about(word)), index)

    @rule(index=INDEX, word=INDEX, kill=KILL)
    def reread(self, index: int, word: int, kill: int | None) -> None:
        ours = {"cause": "ours", "arrival": "quiet", **about(word)}
        self._happens("reread", kill, self._revised(index, **ours))

    @rule(index=INDEX, other=INDEX, kill=KILL)
    def merge(self, index: int, other: int, kill: int | None) -> None:
        if self.world.records:
            with_ = self.world.revisions[self.world.records[other % len(self.world.records)]][-1]
            self._happens("merge", kill, self._revised(index, story=with_.story, cause="ours", arrival="quiet"))

    @rule(index=INDEX, kill=KILL)
    def split(self, index: int, kill: int | None) -> None:
        story = f"story {self.world.now}"
        self._happens("split", kill, self._revised(index, story=story, cause="ours", arrival="quiet"))

    # -- people

    @rule(feed=FEEDS, index=INDEX, action=st.sampled_from(["add", "drop", "hold", None, "withdraw"]), kill=KILL)
    def pick(self, feed: str, index: int, action: Any, kill: int | None) -> None:
        if self.world.records:
            self.world.picks(feed, index, action=action)
            self.world.rewrites |= action == "withdraw"
        self._happens("pick", kill)

    @rule(feed=FEEDS, index=INDEX, pin=st.booleans(), kill=KILL)
    def pin(self, feed: str, index: int, pin: bool, kill: int | None) -> None:
        if self.world.records:
            self.world.picks(feed, index, pin=pin)
        self._happens("pin", kill)

    @rule(
        feed=FEEDS, index=INDEX, title=st.sampled_from([None, "T0", "T1"]), note=st.sampled_from([None, "N"]), kill=KILL
    )
    def reword(self, feed: str, index: int, title: str | None, note: str | None, kill: int | None) -> None:
        if self.world.records:
            self.world.picks(feed, index, title=title, note=note)
        self._happens("reword", kill)

    @rule(feed=FEEDS, index=INDEX, kill=KILL)
    def clear(self, feed: str, index: int, kill: int | None) -> None:
        if self.world.records:
            self.world.clear(feed, index)
        self._happens("clear", kill)

    # -- the configuration

    @rule(
        feed=FEEDS,
        change=st.one_of(
            st.integers(1, 6).map(lambda size: {"size": size}),
            st.sets(st.sampled_from(WORDS)).map(lambda words: {"select": Select(tags=tuple(sorted(words)))}),
            st.sampled_from([(), ("s0",), ("s1",)]).map(lambda names: {"select": Select(sources=names)}),
            TEXT_RULES.map(lambda select: {"select": select}),
            POLICIES.map(lambda policy: {"revisions": policy}),
            DUPLICATES.map(lambda duplicates: {"duplicates": duplicates}),
            st.sampled_from(["auto", "desk"]).map(lambda approval: {"approval": approval}),
            st.sampled_from(["link", "summary", "full"]).map(lambda content: {"content": content}),
            st.sampled_from(["F", "F'"]).map(lambda title: {"title": title}),
        ),
        kill=KILL,
    )
    def configure(self, feed: str, change: dict[str, Any], kill: int | None) -> None:
        self.world.feeds[feed] = replace(self.world.feeds[feed], **change)
        self._happens("configure", kill)

    @rule(feed=FEEDS, kill=KILL)
    def rename(self, feed: str, kill: int | None) -> None:
        was = self.world.feeds[feed]
        self.world.feeds[feed] = replace(was, name=was.name + feed, formerly=(was.name, *was.formerly))
        self.world.rewrites = True
        self._happens("rename", kill)

    @rule(what=st.sampled_from(["site", "version", "site title"]), kill=KILL)
    def move(self, what: str, kill: int | None) -> None:
        world = self.world
        if what == "site title":
            world.site = replace(world.site, title=world.site.title + "!")
        else:
            world.rewrites = True
            world.version += what == "version"
            world.site = replace(world.site, url=world.site.url + ("m/" if what == "site" else ""))
        world.process = world.started()
        self._happens("move", kill)

    @rule(of=INDEX, ceiling=st.sampled_from([None, "full", "summary", "link"]), followed=st.booleans(), kill=KILL)
    def terms(self, of: int, ceiling: Any, followed: bool, kill: int | None) -> None:
        key = SOURCES[of % 2]
        self.world.sources.pop(key, None)
        if followed:
            self.world.sources[key] = source(f"s{of % 2}", url=key, republish=ceiling)
        self.world.rewrites = True
        self._happens("terms", kill)

    @rule(of=INDEX, title=st.sampled_from([None, "One", "Two"]), kill=KILL)
    def relabel(self, of: int, title: str | None, kill: int | None) -> None:
        key = SOURCES[of % 2]
        self.world.states[key] = replace(self.world.states[key], channel=Channel(title=title))
        self._happens("relabel", kill)

    # -- the machine

    @rule(kill=KILL)
    def clock_goes_back(self, kill: int | None) -> None:
        self.world.now -= timedelta(minutes=9)
        self._happens("back", kill)

    @rule(kill=KILL)
    def all_files_are_deleted(self, kill: int | None) -> None:
        self.world.outlet.files.clear()
        self._happens("rm", kill)

    @rule(index=st.integers(0, 50), kill=KILL)
    def a_file_is_deleted(self, index: int, kill: int | None) -> None:
        paths = sorted(path for path in self.world.outlet.files if path.startswith("feeds/"))
        if paths:
            path = paths[index % len(paths)]
            del self.world.outlet.files[path]
            self.world.missing.add(path)
            self.world.lost = True
        self._happens("loss", kill)

    def _happens(self, what: str, kill: int | None, arriving: Any = (), index: int = 0) -> None:
        """Publish after something happened; after a kill the next process carries on, when more has happened."""
        world = self.world
        world.now += timedelta(minutes=3)
        world.fuse.left = kill
        try:
            self.loop.run_until_complete(world.arrive(*arriving))
            for feed, key in zip(world.feeds.values(), self.watches, strict=True):
                self.loop.run_until_complete(self._publish(feed, key, thorough=world.lost))
        except Killed:
            world.process = world.started()
            return
        finally:
            world.fuse.left = None
        for watch in self.watches.values():
            watch.after_a_publish(what, index)
        self._same_again()
        world.archive.decisions.clear()
        world.rewrites = world.lost = False
        world.missing.clear()

    async def _publish(self, feed: Feed, key: FeedKey, *, thorough: bool) -> None:
        await self.world.process.publish(feed, self.world.followed, self.world.verdicts[key], thorough=thorough)

    def _same_again(self) -> None:
        """Publish later, with the files and without: same bytes, same times; nothing happens."""
        world, now = self.world, self.world.now
        kept = dict(world.outlet.files)
        heads = {key: world.archive.look(key).head for key in self.watches}
        world.outlet.after = lambda path: None
        world.now += timedelta(minutes=1000)
        for files in (dict(kept), {}):
            world.outlet.files = files
            for feed, key in zip(world.feeds.values(), self.watches, strict=True):
                self.loop.run_until_complete(self._publish(feed, key, thorough=True))
            assert world.outlet.files == kept, "3: same state, other bytes"
        assert heads == {key: world.archive.look(key).head for key in self.watches}, "3: something happened by itself"
        world.now, world.outlet.after = now, self._look

    def _look(self, path: str) -> None:
        for watch in self.watches.values():
            watch.at_an_instant(path)

    def _several(self, more: int, make: Callable[[int], Record]) -> Iterator[Record]:
        made = [make(number) for number in range(1 + more)]
        return (replace(one, **_named(f"{one.ident}-{number}", one)) for number, one in enumerate(made))

    def _revised(self, index: int, **changes: Any) -> list[Record]:
        if not self.world.records:
            return []
        newest = self.world.revisions[self.world.records[index % len(self.world.records)]][-1]
        usual: dict[str, Any] = {"revision": newest.revision + 1, "cause": "author", "arrival": "ordinary"}
        return [replace(newest, **(usual | changes))]


def _named(ident: str, of: Record) -> dict[str, Any]:
    named = record(ident, source=of.source)
    return {"id": named.id, "ident": ident, "guid": ident, "story": named.story, "url": ident}
