"""A feed published by hand: an archive in memory, a feed of it, and who picks."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cuttings.archive.memory import MemoryArchive
from cuttings.flow.publish import Followed, Published, Publisher
from cuttings.model.article import Record
from cuttings.model.feed import Feed, FeedKey, Origin, Site, Verdict
from tests.builders import DAILY, NOW, record, source, state, visit
from tests.fakes import Ticking
from tests.publishing import SITE, MemoryCache, MemoryOutlet, publisher


class Press:
    """An archive and a feed of it, published by hand."""

    def __init__(self, **changes: Any) -> None:
        self.clock = Ticking()
        self.archive, self.outlet, self.cache = MemoryArchive(self.clock), MemoryOutlet(), MemoryCache()
        self.feed = Feed(name="front", title="Front page", size=2)
        self.feed = replace(self.feed, **changes)
        self.site: Site = SITE
        self.sources = {DAILY: source(url=DAILY)}
        self.states = {DAILY: state(DAILY)}
        self.verdicts: dict[Any, Verdict] = {}

    @property
    def followed(self) -> Followed:
        return Followed(sources=self.sources, states=self.states)

    @property
    def publisher(self) -> Publisher:
        """What a new process publishes with."""
        return publisher(self.archive, self.archive, self.outlet, self.clock, site=self.site, cache=self.cache)

    async def publish(self, *records: Record, unhurried: bool = False, **changes: Any) -> Published:
        self.clock.pass_by(timedelta(minutes=1))
        if records:
            await self.archive.commit(visit(*records))
        self.feed = replace(self.feed, **changes)
        return await self.publisher.publish(self.feed, self.followed, self.verdicts, unhurried=unhurried)

    def document(self, path: str = "feeds/front.one") -> Any:
        return json.loads(self.outlet.files[path][0])

    def shown(self, path: str = "feeds/front.one") -> Sequence[str]:
        return [item["record"] for item in self.document(path)["items"]]

    async def credited(self, of: Record) -> Origin:
        """Return how the source of a record that the document shows is credited."""
        edition = (await self.archive.head(FeedKey(self.feed.name))).edition
        assert edition is not None
        return next(item.shown.origin for item in edition.items if item.record == of.id)

    async def reasons(self, of: Record) -> list[tuple[str, str]]:
        """Return what was decided of a record, as (rule, fact)."""
        return [(reason.rule, reason.fact) for _, reason in await self.archive.reasons(of.id)]

    def pick(self, of: Record, **changes: Any) -> None:
        self.verdicts[of.id] = replace(self.verdicts.get(of.id, Verdict()), **changes)


def article(number: int, **changes: Any) -> Record:
    published = NOW - timedelta(hours=10 - number)
    return record(f"https://daily.example/{number}", **({"published": published, "title": f"No. {number}"} | changes))


ONE, TWO, THREE, FOUR = (article(number) for number in range(1, 5))
