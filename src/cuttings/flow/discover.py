"""Find what can be followed at an address: the feed itself, or the feeds that a page, its server or its platform name.

    address ──► look ──► offers ──► (asked for: confirmed, the best first)
                  └──► none ──► (asked for: usual addresses, until one is a feed)

Nothing is kept.  What was fetched and is a feed is handed on, so that who
follows it does not fetch it again (STANDARDS RQ-9).
Serves STANDARDS 12 (AD-1 to AD-5), THREATS H-88, H-89.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cuttings.errors import ParseError
from cuttings.flow.intake import FEEDS, read
from cuttings.model.capture import Document, Failed, Fetched, NotModified, Outcome, Request
from cuttings.parse import discovery, sniff
from cuttings.parse.discovery import FeedLink
from cuttings.ports import Fetcher, Sandbox

MOST_CONFIRMED = 6  # offers that are fetched to be sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What an address offers, the best first; `error` says why nothing.  `fetched` is the first one, if it came."""

    address: str
    feeds: tuple[FeedLink, ...] = ()
    error: str | None = None
    fetched: Fetched | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """A fetcher that gives what came a moment ago to the first who asks for the same address."""

    fetcher: Fetcher
    held: dict[str, Fetched]

    async def fetch(self, request: Request) -> Outcome:
        """Return what is held, else what comes."""
        return self.held.pop(request.url, None) or await self.fetcher.fetch(request)


def look(document: Document) -> tuple[FeedLink, ...]:
    """Return the document itself where it is a feed, else the feeds that a page names.  Runs in the sandbox."""
    kind = sniff.kind(document)
    if kind == "page":
        return tuple(link for link in discovery.feeds_in(document) if link.url.startswith(("http://", "https://")))
    if kind == "opml":
        raise ParseError(document.url, "a list of feeds: `cuttings source import` or `include` follows them")
    if kind == "sitemap":
        raise ParseError(document.url, "a sitemap: a source of `kind: sitemap` follows it")
    channel = read(document, frozenset(), FEEDS).channel
    media = document.media_type
    return (FeedLink(url=document.url, title=channel.title, media_type=media, how="itself", confirmed=True),)


async def discover(
    address: str, fetcher: Fetcher, sandbox: Sandbox, *, confirm: bool = False, guess: bool = False
) -> Discovered:
    """Visit an address and say what can be followed there; what the world does wrong is in the answer.

    `confirm` fetches what is offered, up to MOST_CONFIRMED, and leaves out
    what is no feed.  `guess` tries usual addresses where nothing is offered.
    """
    found = await _offered(_of_the_web(address), fetcher, sandbox)
    if confirm and found.fetched is None:
        found = await _confirmed(found, fetcher, sandbox)
    if guess and not found.feeds:
        found = await _guessed(found, fetcher, sandbox)
    return found


def _of_the_web(address: str) -> str:
    """Return `feed://example.org/` and `feed:https://example.org/` as the addresses that they stand for."""
    scheme, colon, rest = address.partition(":")
    if scheme.lower() != "feed" or not colon:
        return address
    return f"https:{rest}" if rest.startswith("//") else rest


async def _offered(address: str, fetcher: Fetcher, sandbox: Sandbox) -> Discovered:
    outcome = await fetcher.fetch(Request(url=address))
    if isinstance(outcome, NotModified):
        return Discovered(address=address, error="the server said it had not changed, though we never had it")
    if isinstance(outcome, Failed):
        feeds = discovery.feeds_at(address)
        return Discovered(address=address, feeds=feeds, error=None if feeds else outcome.reason)
    try:
        feeds = await sandbox.run("cuttings.flow.discover:look", outcome.document)
    except ParseError as error:
        return Discovered(address=address, error=error.problem)
    if feeds and feeds[0].how == "itself":  # a redirect that is not for good is none of our business
        itself = replace(feeds[0], url=outcome.moved_to or address)
        return Discovered(address=address, feeds=(itself,), fetched=outcome)
    return Discovered(address=address, feeds=feeds, error=None if feeds else "the page names no feed")


async def _confirmed(found: Discovered, fetcher: Fetcher, sandbox: Sandbox) -> Discovered:
    """Fetch the best offers; what proves to be no feed goes, what nobody looked at stays behind the rest."""
    sure, first = [], None
    for offer in found.feeds[:MOST_CONFIRMED]:
        came = await _feed_at(offer.url, fetcher, sandbox)
        if came is not None:
            sure.append(replace(offer, title=came.link.title or offer.title, confirmed=True))
            first = first or came.fetched
    if not found.feeds or sure:
        return replace(found, feeds=(*sure, *found.feeds[MOST_CONFIRMED:]), fetched=first)
    return replace(found, feeds=(), error="what it offers is no feed")


async def _guessed(found: Discovered, fetcher: Fetcher, sandbox: Sandbox) -> Discovered:
    """Try usual addresses; one that leads elsewhere is no hit: sites send strangers to their front page."""
    for url in discovery.guesses(found.address):
        came = await _feed_at(url, fetcher, sandbox, robots=True)
        if came is not None and (final := came.fetched.document.url) in (url, f"{url}/"):
            link = replace(came.link, url=final, how="guess")
            return replace(found, feeds=(link,), error=None, fetched=came.fetched)
    return replace(found, error=f"{found.error}, and no usual address of the site is a feed's")


@dataclass(frozen=True, slots=True)
class _Came:
    link: FeedLink
    fetched: Fetched


async def _feed_at(url: str, fetcher: Fetcher, sandbox: Sandbox, *, robots: bool = False) -> _Came | None:
    """Return what stands at an address if it is a feed: one that parses (AD-5)."""
    outcome = await fetcher.fetch(Request(url=url, robots=robots))
    if not isinstance(outcome, Fetched):
        return None
    try:
        offers: Sequence[FeedLink] = await sandbox.run("cuttings.flow.discover:look", outcome.document)
    except ParseError:
        return None
    itself = [offer for offer in offers if offer.how == "itself"]
    return _Came(replace(itself[0], url=url), outcome) if itself else None
