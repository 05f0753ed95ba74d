"""A list of sources at an address is followed like a source: what changes in it is told, and the last good one holds.

Who keeps the list decides whom we ask, so it is bounded; it is read in the
sandbox, and nothing that it points to is followed by being listed in a list.
What it came to is kept before the state that says so is committed.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cuttings.config import living, opml
from cuttings.config.opml import Outline
from cuttings.errors import ParseError
from cuttings.flow.intake import Intake
from cuttings.model.article import Trace
from cuttings.model.capture import Document, Fetched
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import Source, SourceState, Visit
from cuttings.ports import Lists, Sandbox
from cuttings.text import urls
from cuttings.text.digest import digest

log = logging.getLogger(__name__)

TOLD = 100  # changes of one visit that are told one by one


def read(document: Document) -> Sequence[Outline]:
    """Return what a list names, within bounds.  Runs in the sandbox; raises ParseError where it is no list."""
    try:
        found = opml.read(document.body).found
    except ValueError as error:
        raise ParseError(document.url, str(error)) from error
    if not found:
        raise ParseError(document.url, "it lists nothing; what it listed before stays followed")
    return found[: living.MOST]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReader:
    """Takes in lists of sources."""

    lists: Lists
    sandbox: Sandbox
    intake: Intake

    async def asked(self, source: Source, state: SourceState) -> SourceState:
        """Return the state to ask by: unconditionally where our copy of the list is lost."""
        if await self.lists.has(living.name_of(source.address)):
            return state
        return replace(state, validators=replace(state.validators, etag=None, modified=None), fingerprint=None)

    async def taken(self, source: Source, state: SourceState, fetched: Fetched) -> Visit:
        """Return what a list that came anew makes of its state, once it is kept.  Raises ParseError."""
        outlines: Sequence[Outline] = await self.sandbox.run("cuttings.flow.lists:read", fetched.document)
        captures = await self.intake.capture(fetched, state.key)
        await self.lists.keep(living.name_of(source.address), living.kept(source.address, outlines))
        present = [Trace(guid=None, link=one.url, title=one.title, digest=_digest(one)) for one in outlines]
        changes = list(_changes(state.present, present)) if state.met is not None else []
        for rule, fact in changes[:TOLD]:
            log.info("%s: %s %s", source.name, rule, fact)
        subject = subject_of(source.address)
        return Visit(
            source=state.key,
            state=replace(state, fingerprint=fetched.sha256, present=tuple(present), met=state.met or fetched.at),
            captures=tuple(captures),
            reasons=tuple(Reason(subject=subject, step="list", rule=rule, fact=fact) for rule, fact in changes[:TOLD]),
        )


def _changes(before: Sequence[Trace], now: Sequence[Trace]) -> Iterator[tuple[str, str]]:
    """Yield what became of a list, as (added, removed or renamed, which source)."""
    had, has = {one.link: one for one in before}, {one.link: one for one in now}
    for link, one in has.items():
        if link not in had:
            yield "added", _named(one)
        elif had[link].title != one.title:
            yield "renamed", f"{_named(had[link])} to {one.title or 'no name'}"
    for link, one in had.items():
        if link not in has:
            yield "removed", _named(one)


def _named(one: Trace) -> str:
    address = urls.masked(one.link or "")
    return f"{one.title} ({address})" if one.title else address


def _digest(one: Outline) -> bytes:
    return digest("list", one.url, one.title, *one.tags)
