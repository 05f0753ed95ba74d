"""Our program around a server that says what a test has written down for it: sockets, sandbox, archive, feeds."""

import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx

from cuttings import plugins
from cuttings.archive.memory import MemoryArchive
from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport
from cuttings.fetch.gate import PORTS, Gate
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.flow.publish import Followed, Publisher
from cuttings.model.article import Record
from cuttings.model.capture import Document, Failed, Fetched, Outcome, Request
from cuttings.model.feed import Feed, Site, own_feed
from cuttings.model.source import Receipt, Source, SourceState
from cuttings.ports import Query, Sandbox
from cuttings.schedule import Plan
from tests.fakes import MemoryCaptures, MemoryFolders, Ticking
from tests.publishing import MemoryCache, MemoryOutlet, feed_ids
from tests.servers import Answer, Scripted, reply

LIMITS = Limits(connect=1.0, first_byte=0.2, total=1.5, rate=100, window=0.2, body=2 << 20, idle=0.2, tick=0.02)
SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/"'
)


def item(number: int = 1, more: str = "", **changes: str) -> str:
    """Return an item of RSS."""
    link = changes.get("link", f"https://daily.example/{number}")
    guid = changes.get("guid", f"https://daily.example/{number}")
    title, date = changes.get("title", f"Tide {number}"), changes.get("date", "Tue, 24 Nov 2026 08:00:00 GMT")
    text = changes.get("text", f"<p>The tide came in twice on day {number}, and nobody was surprised by it.</p>")
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<pubDate>{date}</pubDate><content:encoded><![CDATA[{text}]]></content:encoded>{more}</item>"
    )


def rss(*items: str, channel: str = "", prolog: str = "") -> bytes:
    """Return a document of RSS."""
    head = f'{prolog}<rss version="2.0" {SPACES}><channel><title>Daily</title>{channel}'
    return (head + "".join(items) + "</channel></rss>").encode()


@dataclass
class World:
    """Sources are followed in the order they are met; everything is on loopback and on one clock."""

    server: Scripted
    sandbox: Sandbox
    site: Site = field(default_factory=lambda: Site(title="Mine", url="https://me.example/planet/"))
    feed: Feed = field(default_factory=lambda: Feed(name="all", title="All", content="full", size=100))
    names: dict[str, list[list[str]]] = field(default_factory=dict)  # what a resolver says, look-up by look-up
    looked_up: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = Ticking()
        self.archive, self.captures = MemoryArchive(self.clock), MemoryCaptures()
        self.outlet, self.declared = MemoryOutlet(), dict[str, Source]()
        self.fetcher = self.fetcher_through(self.gate(["127.0.0.1/32"]))
        own = partial(own_feed, self.site, [self.feed])
        self.intake = Intake(
            archive=self.archive,
            captures=self.captures,
            sandbox=self.sandbox,
            fetcher=self.fetcher,
            clock=self.clock,
            own_feed=own,
        )
        self.collector = Collector(
            archive=self.archive,
            fetcher=self.fetcher,
            folders=MemoryFolders({}),
            intake=self.intake,
            clock=self.clock,
            chance=lambda: 0.0,
        )
        self.publisher = Publisher(
            archive=self.archive,
            ledger=self.archive,
            outlet=self.outlet,
            cache=MemoryCache(),
            formats=[plugins.format_named(name) for name in ("rss", "atom", "json", "html")],
            site=self.site,
            clock=self.clock,
            mint=partial(next, feed_ids()),
        )

    def gate(self, networks: Sequence[str] = (), **more: Any) -> Gate:
        """Return a gate that asks our own resolver."""
        return Gate(networks, PORTS, self._resolve, **more)

    def fetcher_through(self, gate: Gate | None = None, transport: httpx.AsyncBaseTransport | None = None) -> Any:
        """Return a fetcher over real sockets, or over a transport of the test's."""
        gate = gate or self.gate()
        return HttpFetcher(
            transport or Transport(gate, LIMITS),
            Hosts(timedelta(0), gate.is_ours),
            self.archive,
            self.clock,
            user_agent="cuttings/1",
            max_body=LIMITS.body,
            timeout=timedelta(seconds=LIMITS.total),
            own_feed=partial(own_feed, self.site, [self.feed]),
        )

    async def ask(self, url: str, fetcher: Any = None, *, robots: bool = False) -> Outcome:
        """Do one GET."""
        outcome: Outcome = await (fetcher or self.fetcher).fetch(Request(url=url, robots=robots))
        return outcome

    async def refused(self, url: str, gate: Gate | None = None) -> str:
        """Return why a URL was not asked; whoever listens on loopback must not have noticed."""
        before, fetcher = self.server.connections, self.fetcher_through(gate)
        outcome = await self.ask(url, fetcher)
        await fetcher.aclose()
        assert isinstance(outcome, Failed), url
        assert self.server.connections == before, url
        return outcome.reason

    async def visit(self, *answers: Answer, name: str = "daily", **declared: Any) -> Receipt:
        """Let the source answer so (as before where nothing is said), and visit it; three hours pass."""
        if answers:
            self.server.says(f"/{name}.xml", *answers)
        given = {"name": name, "url": self.server.url(f"/{name}.xml"), "full_text": "feed", "republish": "full"}
        self.declared[name] = source = Source(**(given | declared))
        receipt = await self.collector.collect(source, await self.state(name), Plan())
        self.clock.pass_by(timedelta(hours=3))
        return receipt

    async def take(self, body: bytes, *lines: str, **declared: Any) -> Receipt:
        """Visit a source whose document this is."""
        return await self.visit(reply(200, body, *(lines or ("Content-Type: application/rss+xml",))), **declared)

    async def kept(self, body: bytes, *lines: str, **declared: Any) -> Sequence[Record]:
        """As `take`, and it must work; return all records by link."""
        receipt = await self.take(body, *lines, **declared)
        assert receipt.error is None, receipt
        return await self.records()

    async def only(self, body: bytes, *lines: str, **declared: Any) -> Record:
        """As `kept`; return the one record."""
        [record] = await self.kept(body, *lines, **declared)
        return record

    async def fails(self, body: bytes, *lines: str) -> str:
        """Return why a document is refused; nothing of it is kept, and the source is as it was."""
        before = await self.records()
        receipt = await self.take(body, *lines)
        assert (receipt.outcome, await self.records()) == ("failed", before)
        return receipt.error or ""

    async def state(self, name: str = "daily") -> SourceState:
        """Return what is known of a source."""
        key = (await self.archive.follow(list(self.declared.values()), self.clock()))[name].key
        state = await self.archive.state(key)
        assert state is not None
        return state

    async def records(self) -> Sequence[Record]:
        """Return the newest revisions, by link."""
        return sorted([r async for r in self.archive.newest(Query())], key=lambda record: record.url or record.id)

    async def files(self, **changes: Any) -> dict[str, str]:
        """Publish, and return what lies in the outlet."""
        states = {state.key: state for state in await self.archive.states()}
        sources = {(await self.state(name)).key: source for name, source in self.declared.items()}
        self.feed = replace(self.feed, **changes)
        followed = Followed(sources=sources, states=states)
        await self.publisher.publish(self.feed, followed)
        await self.publisher.publish_site([self.feed], followed)
        return {path: body.decode() for path, (body, _) in self.outlet.files.items()}

    async def feeds(self) -> dict[str, str]:
        """As `files`, but what subscribers see alone."""
        return {path: body for path, body in (await self.files()).items() if path.startswith(("feeds/", "articles/"))}

    async def _resolve(self, host: str) -> Sequence[str]:
        self.looked_up.append(host)
        answers = self.names.get(host)
        if not answers:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def document(body: bytes, url: str = "https://daily.example/feed.xml", **headers: str) -> Document:
    """Return a document for a reader."""
    return Document(body=body, url=url, headers=headers)


@contextmanager
def bounded(seconds: float, mebibytes: int = 64) -> Iterator[None]:
    """Fail where what stands within took longer, or made this process grow by more."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert time.monotonic() - began < seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < mebibytes << 10


def fetched(outcome: Outcome) -> Fetched:
    """Return an outcome that must be a body."""
    assert isinstance(outcome, Fetched), outcome
    return outcome
