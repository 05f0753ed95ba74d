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
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from cuttings.model.article import Channel, Record
from cuttings.model.feed import Feed, FeedKey, Located, Select
from tests.builders import record, source
from tests.history import SOURCES, WORDS, World, about
from tests.publishing import Inline, Killed
from tests.watching import Watch

AGES = (0, 50, None, -40)  # minutes: fresh, late, undated, from the future

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
        world, tried = self.world, None
        if world.fuse.left is None:
            tried = await world.process.preview(feed, world.followed, world.verdicts[key])
        before = world.archive.look(key).head.pages
        done = await world.process.publish(feed, world.followed, world.verdicts[key], thorough=thorough)
        if tried is not None:
            entering = sum(change.what == "enters" for change in tried.changes)
            assert (entering, tried.pages) == (done.entered, world.archive.look(key).head.pages - before), (
                "a trial errs"
            )

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
