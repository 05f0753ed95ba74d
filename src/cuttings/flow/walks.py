"""A walk through a source's past, as a value: how it begins, goes on, loses its way, and ends.

Pure.  Bounded: what is remembered of documents, what is asked for again.
Standards: RFC 5005 4.2; STANDARDS 4.2 (FC-1, FC-3, FC-6, FC-8).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from cuttings.flow import sitemaps
from cuttings.model.article import Channel, Trace
from cuttings.model.capture import Failed, NotModified
from cuttings.model.source import Past, Source, SourceState, Step
from cuttings.parse import history
from cuttings.text import urls
from cuttings.text.digest import digest
from cuttings.text.urls import UrlError

MOST_DOCUMENTS = 1_000  # of one walk (FC-6): chains may be made without an end
MOST_NEW = 100_000  # records of one walk
MOST_KNOWN = 2_000  # documents that are never asked for again
MOST_LOST = 10  # documents that are asked for again by the next walk


def no_past(source: Source) -> str | None:
    """Return why a source has no past to walk through."""
    if source.url is None:
        return "a folder is read whole at each visit"
    return "it is a list of sources" if source.kind == "list" else None


def under_way(source: Source, state: SourceState, now: datetime) -> Past:
    """Return the walk that was cut short, else a new one."""
    past = state.past
    if past is not None and past.ended is None:
        return past
    before = past or Past(began=now)
    first = _first(source, state)
    fresh = [first] if first is not None and name(first) not in before.known else []
    own = [Step(url=url, way="paged") for url in (state.address, state.channel.self_url) if url]
    return Past(
        began=now,
        way=first.way if first is not None else None,
        ahead=(*fresh, *(step for step in before.lost if step not in fresh)),
        seen=tuple(name(step) for step in own),
        known=before.known,
        whole=before.whole,
    )


def went_on(
    past: Past, step: Step, following: Sequence[Step], *, told: str | None = None, lasting: bool = True
) -> Past:
    """Return the walk after a document that led to these; `told` is what tells what it held.

    Not `lasting`: only a part of it was taken, so that the next walk asks for it again.
    """
    fresh = [one for one in following if name(one) not in past.known or name(one) in past.seen]
    unchanging = lasting and (step.way == "archived" or step.changed is not None)
    known = (*past.known, name(step)) if unchanging else past.known
    return replace(_past(past, step, told), ahead=(*fresh, *past.ahead[1:]), known=known[-MOST_KNOWN:], way=step.way)


def turned_back(past: Past, step: Step, following: Sequence[Step], told: str | None) -> Past:
    """Return the walk after the last document that was asked for, where there are more: the next walk goes there."""
    past = replace(went_on(past, step, [], told=told), whole=None)
    return replace(past, lost=(*past.lost, *following)[:MOST_LOST])


def dropped(past: Past, step: Step, why: str, *, again: bool) -> Past:
    """Return the walk without a document, which the next walk asks for `again`."""
    lost = (*past.lost, step)[:MOST_LOST] if again else past.lost
    return replace(_past(past, step), ahead=past.ahead[1:], lost=lost, errors=(*past.errors, why)[:MOST_LOST])


def ended(past: Past, source: Source, state: SourceState, now: datetime) -> Past:
    """Return the walk when nothing is ahead: over, or on its last way where the others did not lead to the end."""
    last = history.sitemaps(state.address) if past.errors and source.kind != "sitemap" else None
    if last is not None and name(last) not in past.seen:
        return replace(past, ahead=(last,))
    return replace(past, ended=now, seen=(), whole=None if past.errors or past.lost else past.began)


def refused(past: Past, step: Step, source: Source, state: SourceState) -> str | None:
    """Return why a document is not asked for (FC-6)."""
    if not is_ours(step.url, source, state):
        return f"{urls.masked(step.url)} is on another site"
    if name(step) in past.seen:
        return f"it goes in a circle, at {urls.masked(step.url)}"
    if past.documents >= MOST_DOCUMENTS:
        return f"more than {MOST_DOCUMENTS} documents"
    return f"more than {MOST_NEW} articles" if past.new >= MOST_NEW else None


def is_ours(url: str, source: Source, state: SourceState) -> bool:
    """Tell whether an address is on the source's site, or on one within it."""
    host = _host(url)
    return any(sitemaps.is_of(host, _host(ours)) for ours in (source.url or "", state.address))


def verdict(step: Step, outcome: Failed | NotModified) -> Literal["end", "lost", "later"]:
    """Tell what a document that did not come means to the walk."""
    if isinstance(outcome, NotModified):
        return "lost"
    absent = outcome.status in (404, 410)
    if is_root(step) and outcome.status is not None and 400 <= outcome.status < 500 and outcome.status != 429:
        return "end"
    if absent and step.way in ("numbered", "sitemap"):
        return "end"
    if absent or outcome.trouble in ("barred", "denied", "redirects", "unreadable"):
        return "lost"
    return "lost" if outcome.status in (400, 401, 403, 451) else "later"


def leads_to(step: Step, channel: Channel, entries: int) -> Sequence[Step]:
    """Return where a document with so many entries leads."""
    if step.way != "sitemap":
        one = history.follows(step, channel, entries)
        return [one] if one is not None else []
    parts = history.parts(step, channel)
    return parts if parts or not is_root(step) else [history.usual_sitemap(step)]


def is_root(step: Step) -> bool:
    """Tell whether it is the robots.txt of a site, which may have a sitemap all the same."""
    return step.way == "sitemap" and step.url.endswith("/robots.txt")


def name(step: Step) -> str:
    """Return what a document is told by, as it was when it last changed."""
    return digest(step.url, step.changed).hex()[:16]


def held_by(traces: Iterable[Trace]) -> str | None:
    """Return what tells the entries of a document; None where it has none."""
    digests = [trace.digest.hex() for trace in traces]
    return digest(*digests).hex()[:16] if digests else None


def _first(source: Source, state: SourceState) -> Step | None:
    if source.kind == "sitemap":
        return Step(url=sitemaps.root_of(state.address), way="sitemap")
    if state.channel.complete:
        return None
    return history.begins(state.channel, state.address) or history.sitemaps(state.address)


def _past(past: Past, step: Step, told: str | None = None) -> Past:
    """Return the walk when a document is done with."""
    return replace(past, held=None, seen=(*past.seen, name(step), *([told] if told else [])))


def _host(url: str) -> str:
    try:
        return urls.parse(url).host.removeprefix("www.")
    except UrlError:
        return ""
