"""Find what can be followed at an address: the feed itself, or the feeds that a page names.

One visit; nothing is kept.  Serves STANDARDS 12 (AD-1, AD-3), THREATS H-88, H-89.
"""

from dataclasses import dataclass, replace

from cuttings.errors import ParseError
from cuttings.flow.intake import FEEDS, read
from cuttings.model.capture import Document, Failed, Fetched, NotModified, Request
from cuttings.parse import discovery, sniff
from cuttings.parse.discovery import FeedLink
from cuttings.ports import Fetcher, Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What an address offers, the best first; `error` says why nothing."""

    address: str
    feeds: tuple[FeedLink, ...] = ()
    error: str | None = None


def look(document: Document) -> tuple[FeedLink, ...]:
    """Return the document itself where it is a feed, else the feeds that a page names.  Runs in the sandbox."""
    if sniff.kind(document) == "page":
        return tuple(link for link in discovery.feeds_in(document) if link.url.startswith(("http://", "https://")))
    channel = read(document, frozenset(), FEEDS).channel
    return (FeedLink(url=document.url, title=channel.title, media_type=document.media_type),)


async def discover(address: str, fetcher: Fetcher, sandbox: Sandbox) -> Discovered:
    """Visit an address and say what can be followed there; what the world does wrong is in the answer."""
    outcome = await fetcher.fetch(Request(url=address))
    match outcome:
        case Failed():
            return Discovered(address=address, error=outcome.reason)
        case NotModified():
            return Discovered(address=address, error="the server said it had not changed, though we never had it")
        case Fetched():
            return await _looked(address, outcome, sandbox)


async def _looked(address: str, fetched: Fetched, sandbox: Sandbox) -> Discovered:
    try:
        feeds: tuple[FeedLink, ...] = await sandbox.run("cuttings.flow.discover:look", fetched.document)
    except ParseError as error:
        return Discovered(address=address, error=error.problem)
    if [feed.url for feed in feeds] == [
        fetched.document.url
    ]:  # a redirect that is not for good is none of our business
        feeds = (replace(feeds[0], url=fetched.moved_to or address),)
    return Discovered(address=address, feeds=feeds, error=None if feeds else "the page names no feed")
