"""Archive one thing now: an article, a feed, a site, a list of feeds, a saved file, a WARC.

A one-off record has no source; everything else is as for a collected one.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cuttings.config import opml
from cuttings.errors import ParseError
from cuttings.flow.intake import ARTICLES, FEEDS, Intake
from cuttings.flow.settling import Origin
from cuttings.model.article import Provenance, Record
from cuttings.model.capture import Document, Failed, Fetched, NotModified, Request
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import Visit
from cuttings.parse import discovery, sniff
from cuttings.ports import Archive, Clock, Fetcher, Folders, Sandbox, Shelf
from cuttings.text.digest import sha256

log = logging.getLogger(__name__)

MOST_TRIED = 3  # of the feeds that a front page offers
FRONT_PAGES = {"", "/", "/index.html", "/index.htm", "/index.php"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """What became of a target: the newest revisions of its records, in document order, and what went wrong."""

    target: str
    records: tuple[Record, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a document is at first sight; `feeds` are the addresses that an OPML list or a page names."""

    kind: str
    feeds: tuple[str, ...] = ()


def look(document: Document) -> Look:
    """Tell what foreign bytes are.  Runs in the sandbox."""
    kind = sniff.kind(document)
    if kind == "opml":
        return Look(kind=kind, feeds=_outlined(document))
    if kind == "page":
        return Look(kind=kind, feeds=tuple(one.url for one in discovery.feeds_in(document) if not one.comments))
    return Look(kind=kind)


def _outlined(document: Document) -> tuple[str, ...]:
    try:
        return tuple(outline.url for outline in opml.read(document.body).found)
    except ValueError as error:
        raise ParseError(document.url, str(error)) from error


class Archiver:
    """Archives targets; what the world does wrong is in the result."""

    def __init__(
        self,
        *,
        archive: Archive,
        fetcher: Fetcher,
        folders: Folders,
        shelf: Shelf,
        sandbox: Sandbox,
        intake: Intake,
        clock: Clock,
    ) -> None:
        self._archive, self._fetcher, self._folders, self._shelf = archive, fetcher, folders, shelf
        self._sandbox, self._intake, self._clock = sandbox, intake, clock

    async def archive(self, target: str, body: bytes | None = None) -> Archived:
        """Archive a URL, a local file, or (with `body`) what stands in for `-`; say what became of it."""
        return await self._told(target, self._target(target, body))

    async def _told(self, target: str, archiving: AsyncIterator[Record]) -> Archived:
        """Return what became of a target."""
        try:
            records = [record async for record in archiving]
        except (ParseError, OSError, _Unreachable) as error:
            if isinstance(error, ParseError) and "://" in target:
                await self._note(target, "parse", "unreadable", error.problem)
            return Archived(target=target, error=_words(error))
        except _Several as error:
            return Archived(target=target, records=error.records, error=str(error))
        unique = {record.id: record for record in records}
        return Archived(target=target, records=tuple(unique.values()))

    async def _target(self, target: str, body: bytes | None) -> AsyncIterator[Record]:
        if body is not None:
            document = Document(body=body, url="")
            fetched = Fetched(document=document, at=self._clock(), sha256=sha256(body))
            documents = self._document(fetched, "file")
        elif "://" in target:
            documents = self._document(await self._fetch(target), None)
        elif target.endswith((".warc", ".warc.gz")):
            documents = self._warc(target)
        else:
            path = Path(target)
            documents = self._document(await self._folders.read(str(path.parent), path.name), "file")
        async for record in documents:
            yield record

    async def _document(
        self, fetched: Fetched, provenance: Provenance | None, *, lists: bool = True
    ) -> AsyncIterator[Record]:
        """Yield the records of one document; `provenance` None: by its kind.  Without `lists` an OPML is none."""
        seen: Look = await self._sandbox.run("cuttings.flow.archive:look", fetched.document)
        if seen.kind == "opml":
            if not lists:
                raise ParseError(fetched.document.url, "an OPML list within an archive is not followed")
            async for record in self._listed(seen.feeds):
                yield record
            return
        if seen.kind == "page" and provenance is None and seen.feeds and _is_front_page(fetched.document.url):
            async for record in self._site(fetched.document.url, seen.feeds):
                yield record
            return
        by_kind: Provenance = "page" if seen.kind in ARTICLES else "feed"
        async for record in self._taken(fetched, provenance or by_kind, article=seen.kind in ARTICLES):
            yield record

    async def _site(self, url: str, feeds: Sequence[str]) -> AsyncIterator[Record]:
        """Yield the records of the first of the feeds that a front page offers which is one (AD-5)."""
        for number, feed in enumerate(feeds[:MOST_TRIED], 1):
            try:
                async for record in self._feed(feed):
                    yield record
            except (ParseError, _Unreachable):
                if number == len(feeds[:MOST_TRIED]):
                    raise
            else:
                log.info("%s is a site's front page; its feed %s is archived", url, feed)
                return

    async def _feed(self, url: str) -> AsyncIterator[Record]:
        """Yield the records of a feed that a page or a list names; what is there must be one."""
        async for record in self._taken(await self._fetch(url), "feed", article=False):
            yield record

    async def _taken(self, fetched: Fetched, provenance: Provenance, *, article: bool) -> AsyncIterator[Record]:
        expected = ARTICLES if article else FEEDS
        origin = Origin(key=None, full_text="feed" if article else "auto", provenance=provenance, quiet=not article)
        taken = await self._intake.take_in(fetched, origin, expected=expected)
        if not taken.matched:
            raise ParseError(fetched.document.url, "nothing to archive was found in it")
        records = {match.ident: match.existing for match in taken.matched if match.existing is not None}
        async for visit in self._intake.portions(taken, origin):
            await self._archive.commit(visit)
            records.update((record.ident, record) for record in visit.records)
        for match in taken.matched:
            if match.ident in records:
                yield records[match.ident]

    async def _listed(self, feeds: Sequence[str]) -> AsyncIterator[Record]:
        """Archive each feed of a list, once; those that fail are named at the end, the rest is kept."""
        kept: list[Record] = []
        failed: list[str] = []
        for url in feeds:
            done = await self._told(url, self._feed(url))
            kept += done.records
            if done.error is not None:
                failed.append(f"{url}: {done.error}")
        if failed:
            raise _Several(f"{len(failed)} of {len(feeds)} feeds failed: " + "; ".join(failed[:5]), tuple(kept))
        for record in kept:
            yield record

    async def _warc(self, target: str) -> AsyncIterator[Record]:
        """Archive the feeds, pages and texts among a WARC's responses and resources."""
        found = 0
        async for document in self._shelf.documents(target):
            fetched = Fetched(document=document, at=self._clock(), sha256=sha256(document.body))
            try:
                async for record in self._document(fetched, "file", lists=False):
                    found += 1
                    yield record
            except ParseError as error:
                log.info("passed over: %s", error)
        if not found:
            raise ParseError(target, "no article and no feed was found in it")

    async def _fetch(self, url: str) -> Fetched:
        outcome = await self._fetcher.fetch(Request(url=url, robots=True))
        if isinstance(outcome, Failed):
            await self._note(url, "fetch", str(outcome.status) if outcome.status else "no answer", outcome.reason)
        match outcome:
            case Fetched():
                return outcome
            case NotModified():
                raise _Unreachable("the server said it had not changed, though we never had it")
            case Failed():
                raise _Unreachable(outcome.reason)

    async def _note(self, url: str, step: str, rule: str, fact: str) -> None:
        """Keep why an address became no record, unless that is known."""
        why = await self._intake.news([Reason(subject=subject_of(url), step=step, rule=rule, fact=fact)])
        if why:
            await self._archive.commit(Visit(source=None, reasons=tuple(why)))


class _Unreachable(Exception):
    """What was asked for did not come; the message says why."""


class _Several(Exception):
    """Some of a list failed; the records of the rest are kept."""

    def __init__(self, words: str, records: tuple[Record, ...]) -> None:
        self.records = records
        super().__init__(words)


def _is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in FRONT_PAGES and not parts.query


def _words(error: Exception) -> str:
    if isinstance(error, ParseError):
        return error.problem
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
