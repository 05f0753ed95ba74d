"""Who is assembled from what."""

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

from cuttings import plugins
from cuttings.app import measures, network
from cuttings.app.checks import Verdicts
from cuttings.app.documents import FORMATS, topics
from cuttings.app.held import Held
from cuttings.archive.lists import FolderLists
from cuttings.archive.shelf import WarcShelf
from cuttings.archive.sqlite import SqliteArchive
from cuttings.config import living
from cuttings.config.values import Config
from cuttings.fetch.folder import LocalFolders
from cuttings.fetch.http import HttpFetcher
from cuttings.flow.archive import Archiver
from cuttings.flow.backfill import Backfiller
from cuttings.flow.checking import Checked, Checker
from cuttings.flow.collect import Collector
from cuttings.flow.crew import Crew
from cuttings.flow.hub import Hub
from cuttings.flow.intake import Intake
from cuttings.flow.lists import ListReader
from cuttings.flow.pages import PageReader
from cuttings.flow.publish import Publisher
from cuttings.flow.push import Subscriber, Terms
from cuttings.flow.pushed import Deliveries
from cuttings.flow.reread import Rereader
from cuttings.flow.rounds import Rounds
from cuttings.flow.stories import Stories
from cuttings.model.article import SourceKey
from cuttings.model.source import Receipt, Source, SourceState
from cuttings.outlet import FolderCache, FolderOutlet
from cuttings.ports import Clock, Sources
from cuttings.render.html import Pages
from cuttings.sandbox import ProcessSandbox
from cuttings.schedule import Plan


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """Everything opened, and who is made of it."""

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

    @classmethod
    def assembled(cls, config: Config, held: Held, states: Mapping[str, SourceState], pages: Pages, plan: Plan) -> Self:
        """Return all that works on what is held; `states` are those of the sources that are followed, by name."""
        archive, sandbox, fetcher = held.archive, held.sandbox, network.fetcher(config, held)
        clock = held.outside.clock
        intake = Intake(
            archive=archive,
            captures=held.captures,
            sandbox=sandbox,
            fetcher=fetcher,
            clock=clock,
            own_feed=network.mirrored(config),
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
            mint=mint,
            pages=pages,
        )
        return cls(
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

    @property
    def clock(self) -> Clock:
        """Who tells the time."""
        return self.held.outside.clock

    @property
    def sources(self) -> Sources:
        """What is known of the sources."""
        return self.archive

    def crew(self, report: Callable[[Receipt], None], pushes: Subscriber | None = None) -> Crew:
        """Return who visits the declared sources; each receipt is reported, and what is heard of hubs told."""
        return Crew(
            collector=replace(self.collector, pushes=pushes),
            sources=self.archive,
            declared=self.declared,
            plan=self.plan,
            concurrency=measures.seats(self.config.fetch.concurrency),
            standing=measures.standing(self.config.fetch.concurrency),
            clock=self.clock,
            report=report,
        )

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

    def hub(self, report: Callable[[bool], None]) -> Hub:
        """Return who tells of our documents as they change; whether somebody took it is reported."""
        token = partial(secrets.token_urlsafe, 32)
        made = Hub(
            listeners=self.archive.listeners,
            poster=self.fetcher,
            outlet=self.outlet,
            clock=self.clock,
            token=token,
            report=report,
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


def mint() -> str:
    """Return an id that nothing else has."""
    return uuid.uuid4().urn
