"""An article's own page: fetched, captured, read, and joined where the article stands on several."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from cuttings.errors import GaveUp, ParseError
from cuttings.flow.salvage import salvaged
from cuttings.flow.settling import Reading
from cuttings.model.article import MOST_PARTS, Draft, SourceKey
from cuttings.model.capture import Failed, Fetched, NotModified, Outcome, Own, Request, Wish
from cuttings.model.check import UNSEEN, Seen
from cuttings.model.source import Capture
from cuttings.normalise import content
from cuttings.ports import Archive, Captures, Fetcher, Sandbox

REMOVED, TOO_MANY = (404, 410), 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article as its page gives it; of the captures, redirects among them, `bodies` are what it was read from.

    `seen` and `wish` are for who looks at it again.  What is `unkept` came
    first to who did so, and is not captured yet; see `PageReader.kept`.
    """

    draft: Draft
    captures: tuple[Capture, ...] = ()
    bodies: tuple[Capture, ...] = ()
    seen: Seen = UNSEEN
    wish: Wish = Wish()
    unkept: Fetched | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPage:
    """Why there is none; `removed` where the server says that it is not there (any more).

    `waiting` says that nothing was sent, since its host wants to be left alone.
    """

    reason: str
    removed: bool = False
    waiting: bool = False
    put_off: bool = False  # its host wants to be asked later: it said so now, or before
    no_article: bool = False  # it came, and is something else
    unread: bool = False  # it came, and our reader gave up on it
    wish: Wish = Wish()
    captures: tuple[Capture, ...] = ()  # of what came


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The page is what it was; `seen` is what to ask it by the next time."""

    seen: Seen
    wish: Wish = Wish()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReader:
    """Brings articles' pages, politely."""

    archive: Archive
    captures: Captures
    sandbox: Sandbox
    fetcher: Fetcher

    async def read(self, url: str, source: SourceKey | None, own: Own | None = None) -> Page | NoPage:
        """Return an article's page with the parts that follow it; where one of these fails, what came before it.

        What came is captured before it is read.  What a process that died had captured is not asked for again, nor
        is what our reader gave up on.
        """
        first = await self._new(url, source, own)
        return first if isinstance(first, NoPage) else await self._whole(first, url, source, own)

    async def again(self, url: str, source: SourceKey, seen: Seen, own: Own | None = None) -> Page | NoPage | Unchanged:
        """Return an article's page if it is not as it was `seen`; who finds something new in it has it `kept`."""
        outcome = await self.fetcher.fetch(Request(url=url, robots=True, validators=seen.validators, own=own))
        if isinstance(outcome, Failed):
            return _failed(outcome)
        if isinstance(outcome, NotModified) or outcome.sha256 == seen.fingerprint:
            return Unchanged(seen=replace(seen, validators=outcome.validators), wish=outcome.wish)
        first = await self._read(outcome)
        return await self._whole(replace(first, unkept=outcome), url, source, own) if isinstance(first, Page) else first

    async def kept(self, page: Page, source: SourceKey | None) -> Page:
        """Capture what of a page is not captured yet."""
        if page.unkept is None:
            return page
        kept = await keep(page.unkept, source, self.archive, self.captures)
        return replace(page, captures=(*kept, *page.captures), bodies=(*kept[-1:], *page.bodies), unkept=None)

    async def _whole(self, first: Page, url: str, source: SourceKey | None, own: Own | None) -> Page:
        """Return a page joined with the parts that follow it; these are captured as they come."""
        parts, asked = [first], {url}
        while len(parts) < MOST_PARTS and (following := _next(parts, asked)):
            asked.add(following)
            part = await self._new(following, source, own)
            if isinstance(part, NoPage):
                parts[0] = replace(first, draft=_cut(first.draft, f"{following}: {part.reason}"))
                break
            parts.append(part)
        if len(asked) == 1:
            return first
        return replace(
            first,
            draft=content.joined([part.draft for part in parts]),
            captures=tuple(capture for part in parts for capture in part.captures),
            bodies=tuple(body for part in parts for body in part.bodies),
            seen=Seen(title=first.seen.title),
        )

    async def _new(self, url: str, source: SourceKey | None, own: Own | None) -> Page | NoPage:
        """Return a page that we do not have, captured."""
        held = await salvaged(url, self.archive, self.captures)
        if held is not None:
            fetched, kept = held.fetched, held.captures
        else:
            outcome: Outcome = await self.fetcher.fetch(Request(url=url, robots=True, own=own))
            if isinstance(outcome, Failed):
                return _failed(outcome)
            if isinstance(outcome, NotModified):
                return NoPage(reason="the server said it had not changed, though we never had it")
            fetched, kept = outcome, tuple(await keep(outcome, source, self.archive, self.captures))
        page = await self._read(fetched)
        if isinstance(page, NoPage) and page.unread:
            await self.archive.strand(kept)
            return page
        if isinstance(page, NoPage):
            return replace(page, captures=kept)
        return replace(page, captures=kept, bodies=kept[-1:])

    async def _read(self, fetched: Fetched) -> Page | NoPage:
        try:
            reading: Reading = await self.sandbox.run(
                "cuttings.flow.intake:read", fetched.document, frozenset(), frozenset({"page"})
            )
        except GaveUp as error:
            return NoPage(reason=error.problem, wish=fetched.wish, unread=True)
        except ParseError as error:
            return NoPage(reason=error.problem, wish=fetched.wish, no_article=True)
        if not reading.drafts:
            return NoPage(reason="no article was found on the page", wish=fetched.wish, no_article=True)
        draft = reading.drafts[0]
        if fetched.hops is not None:
            draft = replace(draft, notes=(*draft.notes, ("fetch", "redirected", fetched.hops)))
        shown = Seen(validators=fetched.validators, fingerprint=fetched.sha256, title=draft.title)
        return Page(draft=draft, seen=shown, wish=fetched.wish)


async def keep(fetched: Fetched, source: SourceKey | None, archive: Archive, captures: Captures) -> Sequence[Capture]:
    """Keep what came, as a revisit where its body is kept already."""
    return await captures.keep(fetched, source, await same(fetched, archive))


async def same(fetched: Fetched, archive: Archive) -> Capture | None:
    """Return the capture that has the same body from the same address, if there is one."""
    last = fetched.exchanges[-1] if fetched.exchanges else None
    url, payload = (last.url, last.payload_sha256) if last else (fetched.document.url, fetched.sha256)
    return await archive.captured(url, payload)


def _failed(outcome: Failed) -> NoPage:
    return NoPage(
        reason=outcome.reason,
        removed=outcome.status in REMOVED,
        waiting=outcome.waiting,
        put_off=outcome.waiting or outcome.status == TOO_MANY,
        wish=outcome.wish,
    )


def _cut(draft: Draft, why: str) -> Draft:
    return replace(draft, status="partial", notes=(*draft.notes, ("page", "a part is missing", why)))


def _next(parts: Sequence[Page], asked: Collection[str]) -> str | None:
    """Return where the article goes on: on a page that holds all of it, else on the next one not asked for yet."""
    everything = [url for rel, url in parts[0].draft.links if rel == "all"]
    if everything:
        return next((url for url in everything[:1] if url not in asked), None)
    following = (url for part in parts for rel, url in part.draft.links if rel == "next")
    return next((url for url in following if url not in asked), None)
