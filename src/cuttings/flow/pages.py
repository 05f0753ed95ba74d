"""An article's own page: fetched, captured, read, and joined where the article stands on several."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from cuttings.errors import ParseError
from cuttings.flow.settling import Reading
from cuttings.model.article import Draft, SourceKey
from cuttings.model.capture import Fetched, Outcome, Request
from cuttings.model.source import Capture
from cuttings.normalise import content
from cuttings.parse.page.parts import MOST_PARTS
from cuttings.ports import Archive, Captures, Fetcher, Sandbox

REMOVED = (404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article as its page gives it; of the captures, redirects among them, `bodies` are what it was read from."""

    draft: Draft
    captures: tuple[Capture, ...]
    bodies: tuple[Capture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPage:
    """Why there is none; `removed` where the server says that it is not there (any more)."""

    reason: str
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReader:
    """Brings articles' pages, politely."""

    archive: Archive
    captures: Captures
    sandbox: Sandbox
    fetcher: Fetcher

    async def read(self, url: str, source: SourceKey | None) -> Page | NoPage:
        """Return an article's page with the parts that follow it; where one of these fails, what came before it."""
        first = await self._one(url, source)
        if isinstance(first, NoPage):
            return first
        parts, asked = [first], {url}
        while len(parts) < MOST_PARTS and (following := _next(parts, asked)):
            asked.add(following)
            part = await self._one(following, source)
            if isinstance(part, NoPage):
                parts[0] = replace(first, draft=_cut(first.draft, f"{following}: {part.reason}"))
                break
            parts.append(part)
        return Page(
            draft=content.joined([part.draft for part in parts]),
            captures=tuple(capture for part in parts for capture in part.captures),
            bodies=tuple(body for part in parts for body in part.bodies),
        )

    async def _one(self, url: str, source: SourceKey | None) -> Page | NoPage:
        outcome: Outcome = await self.fetcher.fetch(Request(url=url, robots=True))
        if not isinstance(outcome, Fetched):
            reason = getattr(outcome, "reason", "the server said it had not changed, though we never had it")
            return NoPage(reason=reason, removed=getattr(outcome, "status", None) in REMOVED)
        try:
            reading: Reading = await self.sandbox.run(
                "cuttings.flow.intake:read", outcome.document, frozenset(), frozenset({"page"})
            )
        except ParseError as error:
            return NoPage(reason=error.problem)
        if not reading.drafts:
            return NoPage(reason="no article was found on the page")
        draft = reading.drafts[0]
        if outcome.hops is not None:
            draft = replace(draft, notes=(*draft.notes, ("fetch", "redirected", outcome.hops)))
        kept = await keep(outcome, source, self.archive, self.captures)
        return Page(draft=draft, captures=tuple(kept), bodies=tuple(kept[-1:]))


async def keep(fetched: Fetched, source: SourceKey | None, archive: Archive, captures: Captures) -> Sequence[Capture]:
    """Keep what came, as a revisit where its body is kept already."""
    return await captures.keep(fetched, source, await same(fetched, archive))


async def same(fetched: Fetched, archive: Archive) -> Capture | None:
    """Return the capture that has the same body from the same address, if there is one."""
    last = fetched.exchanges[-1] if fetched.exchanges else None
    url, payload = (last.url, last.payload_sha256) if last else (fetched.document.url, fetched.sha256)
    return await archive.captured(url, payload)


def _cut(draft: Draft, why: str) -> Draft:
    return replace(draft, status="partial", notes=(*draft.notes, ("page", "a part is missing", why)))


def _next(parts: Sequence[Page], asked: Collection[str]) -> str | None:
    """Return where the article goes on: on a page that holds all of it, else on the next one not asked for yet."""
    everything = [url for rel, url in parts[0].draft.links if rel == "all"]
    if everything:
        return next((url for url in everything[:1] if url not in asked), None)
    following = (url for part in parts for rel, url in part.draft.links if rel == "next")
    return next((url for url in following if url not in asked), None)
