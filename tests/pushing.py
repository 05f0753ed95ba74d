"""A source, its hub and ourselves in memory, for tests of push."""

import asyncio
import hmac
import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from cuttings.archive.memory import MemoryArchive
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.flow.push import Subscriber, Terms
from cuttings.flow.pushed import Deliveries
from cuttings.model.article import SourceKey
from cuttings.model.capture import Post, Posted
from cuttings.model.source import Receipt, Source
from cuttings.ports import Fetcher, Poster, Query
from cuttings.schedule import Plan
from tests.builders import DAILY as DAILY_KEY
from tests.builders import source
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking
from tests.unit.test_flow_collect import item, rss

URL = DAILY_KEY
HUB = "https://hub.example/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAILY = source(full_text="feed")


def feed(*items: str, hub: str = HUB, own: str = URL) -> bytes:
    links = f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="hub" href="{hub}"/>' if hub else ""
    links += f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="{own}"/>' if own else ""
    return rss(*items).replace(b"<channel>", b"<channel>" + links.encode(), 1)


@dataclass
class Hub:
    """Keeps the forms it was sent; answers with `status`."""

    status: int = 202
    forms: list[dict[str, str]] = field(default_factory=list)
    at: list[str] = field(default_factory=list)

    async def post(self, post: Post) -> Posted:
        assert post.body is not None and post.follow
        self.at.append(post.url)
        self.forms.append({name: value for name, [value] in parse_qs(post.body.decode()).items()})
        return Posted(url=post.url, status=self.status, reason="" if self.status < 300 else f"{self.status}")


class World:
    """A source, its hub and ourselves, on a clock that is set by hand."""

    def __init__(self, *, of: Source = DAILY, site: str | None = "https://mine.example/", **script: Any) -> None:
        self.clock, self.hub, self.source = Ticking(), Hub(), of
        self.poster: Poster = self.hub
        self.archive, self.captures = MemoryArchive(self.clock), MemoryCaptures()
        self.fetcher: Fetcher = Scripted(self.clock, {URL: script.get("answers", [feed(item(1))])})
        self.receipts: list[Receipt] = []
        self.begin(site)

    def begin(self, site: str | None = "https://mine.example/") -> None:
        """Be started, with nothing but what was kept."""
        self.intake = Intake(
            archive=self.archive,
            captures=self.captures,
            sandbox=InlineSandbox(),
            fetcher=self.fetcher,
            clock=self.clock,
        )
        self.key = SourceKey(self.source.address)
        deliveries = Deliveries(
            subscriptions=self.archive.subscriptions,
            sources=self.archive,
            archive=self.archive,
            clock=self.clock,
            report=self.receipts.append,
        )
        tokens = itertools.count()
        self.push = Subscriber(
            subscriptions=self.archive.subscriptions,
            sources=self.archive,
            deliveries=deliveries,
            terms=Terms(
                poster=self.poster, intake=self.intake, declared={self.key: self.source}, site=site, max_body=1 << 20
            ),
            clock=self.clock,
            token=lambda: f"{next(tokens):043}",
            chance=lambda: 0.5,
        )
        self.collector = Collector(
            archive=self.archive,
            fetcher=self.fetcher,
            folders=MemoryFolders({}),
            intake=self.intake,
            clock=self.clock,
            chance=lambda: 0.0,
            pushes=self.push,
        )

    async def visit(self) -> None:
        await self.archive.follow([self.source], self.clock())
        [state] = await self.archive.lease(self.clock(), 1, [self.key])
        await self.collector.collect(self.source, state, Plan())
        await self.archive.release([self.key])
        await self.work()

    async def work(self) -> None:
        for _ in range(3):
            await self.push.work()
            while busy := self.push.under_way:
                await asyncio.wait(busy)

    async def confirm(self, number: int = -1, **changes: str) -> bytes | None:
        """Answer for the hub: ask the callback of a form whether it was meant."""
        form = self.hub.forms[number]
        query = {name: form[name] for name in ("hub.mode", "hub.topic")}
        query |= {"hub.challenge": "why?", "hub.lease_seconds": str(10 * 86400)}
        return await self.push.asked(self.token(number), query | {f"hub.{key}": said for key, said in changes.items()})

    def token(self, number: int = -1) -> str:
        return self.hub.forms[number]["hub.callback"].rpartition("/")[2]

    async def sends(self, body: bytes, number: int = -1, *, method: str = "sha256", secret: str | None = None) -> int:
        """Answer for the hub: push a body, signed as was agreed."""
        secret = secret or self.hub.forms[number].get("hub.secret", "")
        signature = f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"
        status = await self.push.received(self.token(number), {b"x-hub-signature": signature.encode()}, body)
        await self.work()
        return status

    async def subscribed(self) -> None:
        await self.visit()
        assert await self.confirm() == b"why?"

    async def titles(self) -> list[str]:
        return sorted([f"{record.title} {record.provenance}" async for record in self.archive.newest(Query())])

    async def state(self):
        return await self.archive.state(URL)
