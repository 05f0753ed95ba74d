"""The composition root: the one place that knows who keeps which promise."""

import asyncio
import logging
import random
import resource
import secrets
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import cuttings
from cuttings import plugins, schedule
from cuttings.archive.captures import WarcCaptures
from cuttings.archive.lists import FolderLists
from cuttings.archive.shelf import WarcShelf
from cuttings.archive.sqlite import FILE, SqliteArchive
from cuttings.config import living, picks
from cuttings.config.values import Config
from cuttings.curate import replay
from cuttings.curate.picks import verdicts
from cuttings.curate.preview import Preview
from cuttings.curate.rules import Rule, compiled
from cuttings.errors import ArchiveError, ConfigError, ConfigErrors
from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport, system_gate
from cuttings.fetch.folder import LocalFolders
from cuttings.fetch.gate import Gate
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.flow.adopt import Adopted, Adopter
from cuttings.flow.archive import Archived, Archiver
from cuttings.flow.backfill import Backfiller
from cuttings.flow.checking import Checked, Checker
from cuttings.flow.collect import Collector
from cuttings.flow.coverage import Lack, lacks
from cuttings.flow.crew import STANDING, Crew
from cuttings.flow.discover import AtHand, Discovered, discover
from cuttings.flow.hub import Hub, links
from cuttings.flow.intake import Intake
from cuttings.flow.lists import ListReader
from cuttings.flow.pages import PageReader
from cuttings.flow.publish import Followed, Published, Publisher
from cuttings.flow.push import Subscriber, Terms
from cuttings.flow.pushed import Deliveries
from cuttings.flow.reread import Rereader
from cuttings.flow.rounds import Rounds
from cuttings.flow.stories import Stories
from cuttings.flow.why import Asked
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.capture import Fetched
from cuttings.model.feed import FeedKey, Verdict, own_feed, path_of
from cuttings.model.hub import Topic
from cuttings.model.reason import Reason
from cuttings.model.source import Receipt, Source, SourceState
from cuttings.outlet import FolderCache, FolderOutlet
from cuttings.ports import Clock, Sources
from cuttings.render import theme, trial
from cuttings.render.html import OURS, Pages
from cuttings.render.theme import Templates
from cuttings.sandbox import ProcessSandbox
from cuttings.schedule import Plan, cadence
from cuttings.text import urls

log = logging.getLogger(__name__)

LINGER = 0.1  # seconds that a commit waits for others to share its transaction, where many come
RESERVE, RESERVE_SHARE = 256 << 20, 0.05  # collecting pauses below the smaller of these: bytes, share of the disk
CACHED_FOR = timedelta(days=30)
OTHER_FILES = 48  # descriptors that are open when nothing is fetched, with some to spare

Verdicts = Mapping[RecordId, Verdict]
"""What people decided of records in one feed."""

FORMATS = ("rss", "atom", "json")  # and the pages, which a theme may word


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def user_agent(config: Config) -> str:
    """Return who we say we are: name, version, and where to complain (STANDARDS RQ-2)."""
    name = f"cuttings/{cuttings.__version__}"
    return f"{name} (+{config.site.contact})" if config.site.contact else name


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What we do not decide: time, chance, and how we get at the network.  Simulated months bring their own."""

    clock: Clock = utc_now
    chance: Callable[[], float] = random.SystemRandom().random
    turns: Callable[[timedelta], Hosts] = Hosts
    transport: Callable[[Gate, Limits], Transport] = Transport
    sandbox: Callable[[], ProcessSandbox] = ProcessSandbox


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is opened once and stays, whatever the configuration says later."""

    archive: SqliteArchive
    captures: WarcCaptures
    sandbox: ProcessSandbox
    hosts: Hosts
    outside: Outside = Outside()


@dataclass(frozen=True, kw_only=True)
class App:
    """Everything that a command or the daemon works with, opened."""

    config: Config
    archive: SqliteArchive
    collector: Collector
    archiver: Archiver
    publisher: Publisher
    cache: FolderCache
    outlet: FolderOutlet
    fetcher: HttpFetcher
    sandbox: ProcessSandbox
    held: Held
    plan: Plan
    declared: Mapping[SourceKey, Source] = field(default_factory=dict)
    verdicts: Mapping[str, Verdicts] = field(default_factory=dict)  # by a feed's name

    @property
    def clock(self) -> Clock:
        """Who tells the time."""
        return self.held.outside.clock

    @property
    def sources(self) -> Sources:
        """What is known of the sources."""
        return self.archive

    async def source_names(self) -> Mapping[SourceKey, str]:
        """Return the names of all sources ever followed, by key, as they were last declared."""
        return {state.key: state.name for state in await self.archive.states()}

    async def feed_key(self, name: str) -> FeedKey | None:
        """Return the key of a configured feed, None where no feed has this name."""
        for feed in self.config.feeds:
            if name in (feed.name, *feed.formerly):
                names = (feed.name, *feed.formerly)
                return (await self.archive.open(names, _mint, self.clock())).key
        return None

    def crew(self, report: Callable[[Receipt], None], pushes: Subscriber | None = None) -> Crew:
        """Return who visits the declared sources; each receipt is reported, and what is heard of hubs told."""
        return Crew(
            collector=replace(self.collector, pushes=pushes),
            sources=self.archive,
            declared=self.declared,
            plan=self.plan,
            concurrency=_seats(self.config.fetch.concurrency),
            standing=_standing(self.config.fetch.concurrency),
            clock=self.clock,
            report=report,
        )

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

    def rounds(self, report: Callable[[Checked], None] = lambda checked: None) -> Rounds:
        """Return who looks at articles' pages again; each look is reported."""
        checker = Checker(
            archive=self.archive,
            checks=self.archive.checks,
            sources=self.archive,
            pages=PageReader(
                archive=self.archive, captures=self.held.captures, sandbox=self.sandbox, fetcher=self.fetcher
            ),
            stories=Stories(self.archive),
            clock=self.clock,
            declared=self.declared,
        )
        return Rounds(checker=checker, report=report)

    def hub(self) -> Hub:
        """Return who tells of our documents as they change."""
        token = partial(secrets.token_urlsafe, 32)
        made = Hub(
            listeners=self.archive.listeners, poster=self.fetcher, outlet=self.outlet, clock=self.clock, token=token
        )
        self.renew_hub(made)
        return made

    def renew_hub(self, hub: Hub) -> None:
        """Let who tells of our documents go on by this configuration."""
        hub.renew(self.fetcher, topics(self.config), self.config.site.hubs, self.config.own_hub)

    def subscriber(self, report: Callable[[Receipt], None], wake: Callable[[], None]) -> Subscriber:
        """Return who is subscribed at the hubs of sources; what they push is reported, `wake` called for it."""
        subscriptions = self.archive.subscriptions
        return Subscriber(
            subscriptions=subscriptions,
            sources=self.archive,
            deliveries=Deliveries(
                subscriptions=subscriptions,
                sources=self.archive,
                archive=self.archive,
                clock=self.clock,
                report=report,
                wake=wake,
            ),
            terms=self.terms,
            clock=self.clock,
            token=partial(secrets.token_urlsafe, 32),
            chance=self.held.outside.chance,
        )

    @property
    def terms(self) -> Terms:
        """What this configuration says of push, inwards."""
        return Terms(
            poster=self.fetcher,
            intake=self.collector.intake,
            declared=self.declared,
            site=self.config.site.url if self.config.push else None,
            max_body=self.config.fetch.max_body,
        )

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
    ) -> Sequence[Published]:
        """Publish feeds (None: all), then the front page and the lists; `thorough` looks at every file."""
        feeds = [feed for feed in self.config.feeds if names is None or feed.name in names]
        followed = await self._followed()
        done = []
        for feed in sorted(feeds, key=lambda feed: bool(feed.of)):  # corrections after what they correct
            verdicts = self.verdicts.get(feed.name, {})
            done.append(await self.publisher.publish(feed, followed, verdicts, thorough=thorough))
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
        picked, followed = await asyncio.to_thread(picked_in, self.config), await self._as_configured()
        return [await self.publisher.preview(feed, followed, picked.get(feed.name, {})) for feed in feeds]

    @property
    def backfiller(self) -> Backfiller:
        """Who walks through the sources' pasts."""
        return Backfiller(
            archive=self.archive,
            sources=self.archive,
            captures=self.held.captures,
            fetcher=self.fetcher,
            intake=self.collector.intake,
            clock=self.clock,
        )

    @property
    def rereader(self) -> Rereader:
        """Who reads the archive again from its captures."""
        return Rereader(
            archive=self.archive,
            sources=self.archive,
            captures=self.held.captures,
            sandbox=self.sandbox,
            clock=self.clock,
            reader=plugins.reader(),
        )

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
        picked, followed = await asyncio.to_thread(picked_in, self.config), await self._as_configured()
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
        words, picked = await asyncio.to_thread(pages, config), await asyncio.to_thread(picked_in, config)
        states = await self.archive.follow(config.followed, self.clock())
        plan = await asyncio.to_thread(_plan, config, states)
        return replace(_assembled(config, self.held, states, words, plan), verdicts=picked)

    async def planned(self) -> Plan:
        """Return the plan of visits for what was learned of all sources up to now."""
        states = {state.name: state for state in await self.archive.states() if state.key in self.declared}
        return await asyncio.to_thread(_plan, self.config, states)

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


def check(config: Config) -> None:
    """Look at what a configuration leads to.  Raises ConfigErrors with the faults of its rules, picks and theme."""
    faults: list[ConfigError] = []
    for look in (rules, picked_in, pages):
        try:
            look(config)
        except ConfigErrors as errors:
            faults += errors.errors
    if faults:
        raise ConfigErrors(faults, config.includes)


def picked_in(config: Config) -> Mapping[str, Verdicts]:
    """Return what people decided in each feed, by its name.  Raises ConfigErrors with the faults of their file."""
    return {name: verdicts(picked) for name, picked in picks.read(config.picks, config.feeds).items()}


async def unmet(config: Config) -> Sequence[str]:
    """Return, in words, the picks of records that are not in the archive (yet).  Raises what `picked_in` does."""
    picked = picks.read(config.picks, config.feeds)
    if not picked or not (config.archive / FILE).exists():
        return ()
    try:
        async with SqliteArchive.opened(config.archive, clock=utc_now) as archive:
            wanted = [(feed, pick) for feed, found in picked.items() for pick in found]
            known = await archive.many((pick.record, 1) for _, pick in wanted)
    except ArchiveError as error:
        return (f"whether the picked records are there could not be told: {error}",)
    return [
        f"{config.picks}:{pick.line}: {feed}: no record {pick.record} is in the archive"
        for feed, pick in wanted
        if (pick.record, 1) not in known
    ]


def topics(config: Config) -> Sequence[Topic]:
    """Return the documents that hubs tell of."""
    formats = [plugins.format_named(name) for name in FORMATS]
    paths = [(path_of(feed.name, None, form.suffix), form.media_type) for feed in config.feeds for form in formats]
    return [
        Topic(url=config.site.url + path, path=path, media_type=f"{media_type}; charset=utf-8")
        for path, media_type in paths
    ]


def document_links(config: Config) -> Mapping[str, bytes]:
    """Return what the field Link says of each document, by its path; a former name says what the present one does."""
    suffixes = [plugins.format_named(name).suffix for name in FORMATS] if config.site.hubs else []
    return {
        path_of(name, None, suffix): links(config.site.url + path_of(feed.name, None, suffix), config.site.hubs).encode(
            "latin-1", "replace"
        )
        for feed in config.feeds
        for name in (feed.name, *feed.formerly)
        for suffix in suffixes
    }


def pages(config: Config) -> Pages:
    """Return the pages as the theme words them.  Raises ConfigErrors with its faults."""
    if config.theme is None:
        return OURS
    templates = Templates(theme.read(config.theme))
    if faults := trial.faults(templates):
        raise ConfigErrors(faults)
    return Pages(templates)


def rules(config: Config) -> Mapping[str, Rule]:
    """Return what each feed selects by, by its name.  Raises ConfigErrors with the faults of all feeds' rules."""
    sources = {SourceKey(source.address): source for source in config.sources}
    made: dict[str, Rule] = {}
    faults: list[ConfigError] = []
    for feed in config.feeds:
        try:
            made[feed.name] = compiled(feed, sources)
        except ConfigErrors as errors:
            faults += errors.errors
    if faults:
        raise ConfigErrors(faults)
    return made


@asynccontextmanager
async def opened(
    config: Config, *, following: bool = False, lingering: bool = False, outside: Outside = Outside()
) -> AsyncIterator[App]:
    """Open the archive and all that works on it.

    With `following`, the sources that `config` declares, and no others, are
    followed from now on.  `lingering` lets commits share transactions, which
    pays where many visits run at once.  Raises ArchiveError where the archive
    cannot be opened, ConfigErrors where a rule, the picks or the theme are faulty.
    """
    if following:
        check(config)
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
                config.archive, outside.clock, software=software, contact=contact, read_only=archive.read_only
            )
        )
        turns = outside.turns(config.fetch.pace)
        held = Held(archive=archive, captures=captures, sandbox=sandbox, hosts=turns, outside=outside)
        words = await asyncio.to_thread(pages, config) if following else _pages_to_look_at(config)
        picked = await asyncio.to_thread(picked_in, config) if following else {}
        plan = await asyncio.to_thread(_plan, config, states)
        app = replace(_assembled(config, held, states, words, plan), verdicts=picked)
        stack.push_async_callback(app.fetcher.aclose)
        yield app


def _pages_to_look_at(config: Config) -> Pages:
    """Return the pages for who publishes nothing, whatever became of the theme."""
    try:
        return pages(config)
    except ConfigErrors:
        return OURS


def _assembled(config: Config, held: Held, states: Mapping[str, SourceState], pages: Pages, plan: Plan) -> App:
    archive, sandbox, fetcher = held.archive, held.sandbox, _fetcher(config, held)
    clock = held.outside.clock
    intake = Intake(
        archive=archive,
        captures=held.captures,
        sandbox=sandbox,
        fetcher=fetcher,
        clock=clock,
        own_feed=_mirrored(config),
    )
    folders, cache = LocalFolders(clock), FolderCache(config.archive / "cache")
    outlet = FolderOutlet(config.archive / "published")
    collector = Collector(
        archive=archive,
        fetcher=fetcher,
        folders=folders,
        intake=intake,
        clock=clock,
        chance=held.outside.chance,
        lists=ListReader(lists=FolderLists(config.archive / living.FOLDER), sandbox=sandbox, intake=intake),
    )
    archiver = Archiver(
        archive=archive,
        fetcher=fetcher,
        folders=folders,
        shelf=WarcShelf(sandbox),
        sandbox=sandbox,
        intake=intake,
        clock=clock,
    )
    publisher = Publisher(
        archive=archive,
        ledger=archive,
        outlet=outlet,
        cache=cache,
        formats=[*(plugins.format_named(name) for name in FORMATS), pages.format],
        site=config.site,
        clock=clock,
        mint=_mint,
        pages=pages,
    )
    return App(
        config=config,
        archive=archive,
        collector=collector,
        archiver=archiver,
        publisher=publisher,
        cache=cache,
        outlet=outlet,
        fetcher=fetcher,
        sandbox=sandbox,
        held=held,
        plan=plan,
        declared={states[source.name].key: source for source in config.followed if source.name in states},
    )


def _plan(config: Config, states: Mapping[str, SourceState]) -> Plan:
    """Return how visits are planned where these are the states of declared sources, by name."""
    bounds = config.schedule
    plan = Plan(at_least=bounds.at_least, at_most=bounds.at_most)
    visited = [one for one in config.followed if one.name in states and one.folder is None and not one.paused]
    habits = [states[one.name].rhythm for one in visited if one.every is None and not states[one.name].failures]
    wished = sum(schedule.DAY / one.every for one in visited if one.every is not None)
    budget = cadence.USUAL_BUDGET * len(habits) if bounds.budget is None else bounds.budget - wished
    return replace(plan, price=cadence.price(habits, budget, plan.at_least, plan.at_most)) if habits else plan


def _seats(wanted: int) -> int:
    """Return how many visits there may be at once: no more than there are descriptors for (THREATS F-20)."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(wanted, (most - OTHER_FILES) // 2))


def _standing(wanted: int) -> int:
    """Return how many visits may wait without a seat."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(0, min(wanted * STANDING, (most - OTHER_FILES) // 2 - _seats(wanted)))


def _mint() -> str:
    return uuid.uuid4().urn


def _fetcher(config: Config, held: Held) -> HttpFetcher:
    asked = config.fetch
    ports = [endpoint for endpoint in (config.server.listen, config.server.desk) if endpoint.socket is None]
    own = [(endpoint.host, endpoint.port) for endpoint in ports]
    gate = system_gate(map(str, asked.allow_networks), asked.allow_ports, own)
    limits = Limits(total=asked.timeout.total_seconds(), body=asked.max_body)
    held.hosts.renew(asked.pace, gate.is_ours)
    return HttpFetcher(
        held.outside.transport(gate, limits),
        held.hosts,
        held.archive,
        held.outside.clock,
        user_agent=user_agent(config),
        concurrency=_seats(asked.concurrency) + _standing(asked.concurrency),
        max_body=asked.max_body,
        timeout=asked.timeout,
        own_feed=partial(own_feed, config.site, config.feeds),
    )


def _mirrored(config: Config) -> Callable[[str], str | None]:
    """Tell our own feeds by what a document says its address is, unless ours is one that every machine has."""
    if urls.parse(config.site.url).host in ("localhost", "127.0.0.1", "::1"):
        return lambda url: None
    return partial(own_feed, config.site, config.feeds)
