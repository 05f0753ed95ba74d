"""A history that may go wrong: an archive, two feeds of it, and a process that can be killed at every step."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cuttings.archive.memory import MemoryArchive
from cuttings.archive.memory_view import MemoryView
from cuttings.curate import places
from cuttings.curate.rules import compiled
from cuttings.flow.publish import Followed, Publisher
from cuttings.model.article import Person, Record, RecordId, SourceKey
from cuttings.model.feed import Decision, Feed, FeedKey, Place, Verdict
from cuttings.ports import View
from tests.builders import NOW, record, source, state, visit
from tests.publishing import SITE, Fuse, MemoryCache, MemoryOutlet, feed_ids, form, publisher

FORMATS = ("one", "two")
WORDS = ("w0", "w1", "w2")
SOURCES = (SourceKey("https://s0.example/feed.xml"), SourceKey("https://s1.example/feed.xml"))


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
