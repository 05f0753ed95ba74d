"""The composition root: the one place that knows who keeps which promise."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import cuttings
from cuttings.app import checks, measures
from cuttings.app.assembly import Assembly, mint
from cuttings.app.held import REAL, Held, Outside, utc_now
from cuttings.archive.captures import WarcCaptures
from cuttings.archive.sqlite import SqliteArchive
from cuttings.config.values import Config
from cuttings.curate import replay
from cuttings.curate.preview import Preview
from cuttings.fetch.folder import LocalFolders
from cuttings.flow.adopt import Adopted, Adopter
from cuttings.flow.archive import Archived
from cuttings.flow.coverage import Lack, lacks
from cuttings.flow.discover import AtHand, Discovered, discover
from cuttings.flow.publish import Followed, Published
from cuttings.flow.why import Asked
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.capture import Fetched
from cuttings.model.feed import FeedKey
from cuttings.model.reason import Reason
from cuttings.model.source import Receipt
from cuttings.schedule import Plan

__all__ = ["App", "Outside", "opened", "utc_now"]

LINGER = 0.1  # seconds that a commit waits for others to share its transaction, where many come
RESERVE, RESERVE_SHARE = 256 << 20, 0.05  # collecting pauses below the smaller of these: bytes, share of the disk
CACHED_FOR = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class App(Assembly):
    """Everything that a command or the daemon works with, opened; its methods are what they ask of it."""

    async def source_names(self) -> Mapping[SourceKey, str]:
        """Return the names of all sources ever followed, by key, as they were last declared."""
        return {state.key: state.name for state in await self.archive.states()}

    async def feed_key(self, name: str) -> FeedKey | None:
        """Return the key of a configured feed, None where no feed has this name."""
        for feed in self.config.feeds:
            if name in (feed.name, *feed.formerly):
                names = (feed.name, *feed.formerly)
                return (await self.archive.open(names, mint, self.clock())).key
        return None

    async def collect(
        self, names: Sequence[str] | None, report: Callable[[Receipt], None] = lambda receipt: None
    ) -> Sequence[Receipt]:
        """Visit what is due, or the named sources now; return a receipt for each.

        Raises ArchiveError where our own archive was at fault; what was
        committed before stays.
        """
        receipts: list[Receipt] = []

        def noted(receipt: Receipt) -> None:
            receipts.append(receipt)
            report(receipt)

        crew = self.crew(noted)
        if names is None:
            await crew.pump()
            await crew.rest()
        else:
            keys = {source.name: key for key, source in self.declared.items()}
            for key in await crew.visit([keys[name] for name in names]):
                noted(Receipt(source=self.declared[key].name, outcome="waiting", error="another process visits it now"))
        if crew.failure is not None:
            raise crew.failure
        while await self.archive.index():
            pass
        return receipts

    async def look_back(self) -> Mapping[str, int]:
        """Look again at the articles' pages that are due; return how many looks came to what.  Raises ArchiveError."""
        found = await self.rounds().all()
        while await self.archive.index():
            pass
        return found

    async def archive_target(self, target: str, body: bytes | None = None) -> Archived:
        """Archive one thing now; `body` is what stood in for `-`."""
        return await self.archiver.archive(target, body)

    async def discover(self, address: str, *, confirm: bool = False, guess: bool = False) -> Discovered:
        """Visit an address and say what can be followed there; nothing is kept."""
        return await discover(address, self.fetcher, self.sandbox, confirm=confirm, guess=guess)

    async def begin(self, name: str, url: str, fetched: Fetched) -> Sequence[Receipt]:
        """Visit a source for the first time, with what came from its address a moment ago."""
        fetcher = AtHand(fetcher=self.fetcher, held={url: fetched})
        return await replace(self, collector=replace(self.collector, fetcher=fetcher)).collect([name])

    async def publish(
        self,
        names: Sequence[str] | None = None,
        report: Callable[[Published], None] = lambda published: None,
        *,
        thorough: bool = True,
        unhurried: bool = False,
    ) -> Sequence[Published]:
        """Publish feeds (None: all), then the front page and the lists; `thorough` looks at every file.

        `unhurried`: what a long quiet work brings, which is under way, enters in whole pages.
        """
        feeds = [feed for feed in self.config.feeds if names is None or feed.name in names]
        followed = await self._followed()
        done = []
        for feed in sorted(feeds, key=lambda feed: bool(feed.of)):  # corrections after what they correct
            verdicts = self.verdicts.get(feed.name, {})
            made = await self.publisher.publish(feed, followed, verdicts, thorough=thorough, unhurried=unhurried)
            done.append(made)
            report(done[-1])
        await self.publisher.publish_site(self.config.feeds, followed, thorough=thorough)
        return done

    async def has_turns(self) -> bool:
        """Tell whether the next instalment of a replay that is under way is due."""
        for feed in self.config.feeds:
            head = await self.archive.begun((feed.name, *feed.formerly)) if feed.every else None
            if head is not None and head.instalment is not None and replay.is_due(head, feed.every, self.clock()):
                return True
        return False

    async def adopt(self, target: str, name: str) -> Adopted:
        """Let a feed begin with what another program has published.  Raises UsageError where it has begun already."""
        feed = next(feed for feed in self.config.feeds if feed.name == name)
        adopter = Adopter(
            archive=self.archive,
            ledger=self.archive,
            fetcher=self.fetcher,
            folders=LocalFolders(self.clock),
            sandbox=self.sandbox,
            intake=self.collector.intake,
            publisher=self.publisher,
            clock=self.clock,
        )
        return await adopter.adopt(target, feed, await self._followed(), self.verdicts.get(name, {}))

    async def preview(self, names: Sequence[str] | None = None) -> Sequence[Preview]:
        """Return what publishing these feeds (None: all) would change; nothing is written.

        Raises ConfigErrors where a rule or the file of picks is faulty.
        """
        feeds = [feed for feed in self.config.feeds if names is None or feed.name in names]
        picked, followed = await asyncio.to_thread(checks.picked_in, self.config), await self._as_configured()
        return [await self.publisher.preview(feed, followed, picked.get(feed.name, {})) for feed in feeds]

    @property
    def why(self) -> Asked:
        """Who can be asked why something is as it is."""
        return Asked(
            archive=self.archive,
            sources=self.archive,
            checks=self.archive.checks,
            captures=self.held.captures,
            standings=self.standings,
        )

    async def standings(self, record: RecordId) -> Sequence[Reason]:
        """Return how a record stands in each feed as it is configured now.  Raises ConfigErrors as `preview` does."""
        picked, followed = await asyncio.to_thread(checks.picked_in, self.config), await self._as_configured()
        told = [
            await self.publisher.standing(feed, followed, record, picked.get(feed.name, {}))
            for feed in self.config.feeds
        ]
        return [reason for reasons in told for reason in reasons]

    def no_room(self) -> str | None:
        """Return why the disk has no room for more captures, None while it has."""
        disk = shutil.disk_usage(self.config.archive)
        if disk.free >= min(RESERVE, int(disk.total * RESERVE_SHARE)):
            return None
        return f"only {disk.free >> 20} MiB are free where {self.config.archive} lies"

    async def last_success(self) -> datetime | None:
        """Return when a followed source was last visited with success, None: never."""
        states = await self.archive.states()
        return max(
            (state.last_success for state in states if state.last_success and state.key in self.declared), default=None
        )

    async def missed(self, since: datetime) -> Sequence[Lack]:
        """Return what was missed of the followed sources since then."""
        states = [state for state in await self.archive.states() if state.key in self.declared]
        followed = [(self.declared[state.key], state) for state in states]
        return await lacks(followed, self.archive.coverage, since, self.clock())

    async def renewed(self, config: Config) -> "App":
        """Return the application as another configuration of the same archive, one that `check` finds good, has it.

        This one's visits and publishes under way may end; who waited for them
        closes its fetcher.
        """
        words, picked = await asyncio.to_thread(checks.pages, config), await asyncio.to_thread(checks.picked_in, config)
        states = await self.archive.follow(config.followed, self.clock())
        plan = await asyncio.to_thread(measures.plan, config, states)
        return replace(App.assembled(config, self.held, states, words, plan), verdicts=picked)

    async def planned(self) -> Plan:
        """Return the plan of visits for what was learned of all sources up to now."""
        states = {state.name: state for state in await self.archive.states() if state.key in self.declared}
        return await asyncio.to_thread(measures.plan, self.config, states)

    async def keep_house(self) -> Sequence[str]:
        """Do what a daemon does once an hour; return in words what there was to do."""
        pruned = await asyncio.to_thread(self.cache.prune, self.clock() - CACHED_FOR)
        await self.outlet.sweep()
        sealed = await self.held.captures.seal_last()
        emptied = await self.archive.tidy()
        await self.publisher.publish_site(self.config.feeds, await self._followed())  # who fails, who is well again
        done = [
            f"{pruned} rendered entries nobody asked for were dropped" if pruned else "",
            "last month's captures are sealed" if sealed else "",
            f"{emptied >> 20} MiB of the database's log went into it" if emptied >> 20 else "",
        ]
        return [words for words in done if words]

    async def _followed(self) -> Followed:
        states = {state.key: state for state in await self.archive.states()}
        articles = {key: source for key, source in self.declared.items() if source.kind != "list"}
        return Followed(sources=articles, states=states)

    async def _as_configured(self) -> Followed:
        """Return the declared sources as if they were followed."""
        keys = await self.archive.keys(self.config.sources)
        declared = {keys[source.name]: source for source in self.config.sources}
        return replace(await self._followed(), sources=declared)


@asynccontextmanager
async def opened(
    config: Config, *, following: bool = False, lingering: bool = False, outside: Outside = REAL
) -> AsyncIterator[App]:
    """Open the archive and all that works on it.

    With `following`, the sources that `config` declares, and no others, are
    followed from now on.  `lingering` lets commits share transactions, which
    pays where many visits run at once.  Raises ArchiveError where the archive
    cannot be opened, ConfigErrors where a rule, the picks or the theme are faulty.
    """
    if following:
        checks.check(config)
    async with AsyncExitStack() as stack:
        linger = LINGER if lingering else 0.0
        archive = await stack.enter_async_context(
            SqliteArchive.opened(config.archive, linger=linger, clock=outside.clock)
        )
        states = await archive.follow(config.followed, outside.clock()) if following else {}
        sandbox = await stack.enter_async_context(outside.sandbox())
        software, contact = f"cuttings/{cuttings.__version__}", config.site.contact
        captures = await stack.enter_async_context(
            WarcCaptures.opened(
                config.archive,
                outside.clock,
                software=software,
                contact=contact,
                read_only=archive.read_only,
                strand=archive.strand,
            )
        )
        turns = outside.turns(config.fetch.pace)
        held = Held(archive=archive, captures=captures, sandbox=sandbox, hosts=turns, outside=outside)
        words = await asyncio.to_thread(checks.pages, config) if following else checks.pages_to_look_at(config)
        picked = await asyncio.to_thread(checks.picked_in, config) if following else {}
        plan = await asyncio.to_thread(measures.plan, config, states)
        app = replace(App.assembled(config, held, states, words, plan), verdicts=picked)
        stack.push_async_callback(app.fetcher.aclose)
        yield app
