"""The files that belong to no feed: the front page, the sources with their health, the blogroll, the list of feeds.

Each is an event in the ledger when it says something new.  Sources are many
and seldom say something new, so what was made of them is remembered.
"""

import asyncio
from collections.abc import Sequence

from cuttings.model.article import SourceKey
from cuttings.model.feed import Format, Site
from cuttings.model.source import Source, SourceState
from cuttings.ports import Clock, Ledger, Outlet
from cuttings.render import health, jsonfeed, opml
from cuttings.render.health import Told
from cuttings.render.html import Card, Pages
from cuttings.text.digest import sha256

Followed = Sequence[tuple[SourceKey, Source, SourceState | None]]


class Front:
    """Writes these files."""

    def __init__(
        self, ledger: Ledger, outlet: Outlet, pages: Pages, formats: Sequence[Format], site: Site, clock: Clock
    ) -> None:
        self._ledger, self._outlet, self._pages = ledger, outlet, pages
        self._formats, self._site, self._clock = formats, site, clock
        self._writing = asyncio.Lock()
        self._told: dict[SourceKey, tuple[Source, SourceState | None, Told]] = {}
        self._lists: tuple[Sequence[Told], dict[str, bytes]] | None = None

    async def write(self, cards: Sequence[Card], followed: Followed) -> int:
        """Make them as they should be; return how many were written."""
        async with self._writing:
            bodies = await asyncio.to_thread(self._bodies, cards, followed)
            digests = {path: sha256(body) for path, body in bodies.items()}
            times = await self._ledger.stamps(digests, self._clock())
            stale = [path for path, at in times.items() if await self._outlet.time_of(path) != at]
            for path in stale:
                await self._outlet.put(path, bodies[path], times[path])
        return len(stale)

    def _bodies(self, cards: Sequence[Card], followed: Followed) -> dict[str, bytes]:
        told = self._tell(followed)
        if self._lists is None or self._lists[0] != told:
            sources = [(source, state) for _, source, state in followed]
            self._lists = (
                told,
                {
                    "sources.html": self._pages.sources(self._site, told),
                    "blogroll.opml": opml.blogroll(self._site, sources),
                },
            )
        return {
            "index.html": self._pages.index(self._site, cards, told),
            "feeds.json": jsonfeed.catalogue(self._site, [card.presentation for card in cards], self._formats),
            **self._lists[1],
        }

    def _tell(self, followed: Followed) -> Sequence[Told]:
        """Return what is told of the sources, in their order; of one that nobody visited meanwhile, the same again."""
        before, self._told = self._told, {}
        for key, source, state in followed:
            known = before.get(key)
            is_same = known is not None and known[0] is source and known[1] is state
            self._told[key] = known if known and is_same else (source, state, health.told(source, state))
        return tuple(told for _, _, told in self._told.values())
