"""Push, inwards: we subscribe at the hubs that sources name, and take in what they send.

    heard of a hub ──► asked ──► confirmed ──► pushed ──► kept ──► answered 2xx ──► taken in
                         ▲                        └─ at four fifths of the lease, anew ─┐
                         └──────────────────────────────────────────────────────────────┘

A visit is how a hub is heard of, so that discovery is never older than a day.
What is kept survives us: it is taken in at the next start.
Standards: WebSub 4, 5, 7; STANDARDS WS-1 to WS-15; THREATS 1.11 (W1 to W4).
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from cuttings.errors import ArchiveError
from cuttings.flow.intake import Intake
from cuttings.flow.pushed import Deliveries
from cuttings.flow.signatures import is_signed
from cuttings.model.article import SourceKey
from cuttings.model.capture import Post
from cuttings.model.push import Delivery, Standing, Subscription
from cuttings.model.source import Source, SourceState
from cuttings.ports import Clock, Poster, Sources, Subscriptions
from cuttings.text import packing, urls
from cuttings.text.digest import sha256

log = logging.getLogger(__name__)

PATH = "websub/callback/"  # below site.url
LEASE = timedelta(days=10)  # what we ask for, and take where the hub says nothing
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=30)  # of a lease, whatever the hub says (THREATS W2)
RENEWED, JITTER = 0.75, 0.1  # at which share of a lease it is renewed, and how much chance there is in it
CONFIRMED_WITHIN = timedelta(hours=1)
AGAIN = (1, 2, 4, 8, 24, 72, 168)  # hours after which a hub that refused, or said nothing, is asked again
FAREWELLS = 2  # times that we ask to be let go; then it ends with its lease
AT_ONCE = 8  # requests to hubs
SPREAD = timedelta(hours=1)  # over which those are visited that we unsubscribe
REMEMBERED = 20  # bodies by their digests: a body that comes again says nothing (W3)
LONGEST_CHALLENGE = 4_096
LARGE = 1 << 20  # bytes beyond which work on a body is done aside


class Terms(NamedTuple):
    """What the configuration says: whom we follow, and where hubs reach us, None: nowhere, so we subscribe nothing."""

    poster: Poster
    intake: Intake
    declared: Mapping[SourceKey, Source]
    site: str | None  # ends in a slash
    max_body: int


class Subscriber:
    """Keeps our subscriptions, once `begin` has read them.

    `work` is to be called again and again and does what is due; `asked` and
    `received` answer hubs.  `token` gives what nobody can guess, `chance`
    numbers in [0, 1).
    """

    def __init__(
        self,
        *,
        subscriptions: Subscriptions,
        sources: Sources,
        deliveries: Deliveries,
        terms: Terms,
        clock: Clock,
        token: Callable[[], str],
        chance: Callable[[], float],
    ) -> None:
        self._subscriptions, self._sources, self._deliveries = subscriptions, sources, deliveries
        self._clock, self._token, self._chance = clock, token, chance
        self.terms = terms
        self._kept: dict[str, Subscription] = {}
        self._tokens: defaultdict[SourceKey, set[str]] = defaultdict(set)
        self._heard: dict[SourceKey, SourceState] = {}
        self._told: set[SourceKey] = set()  # by what brought no entries, so that a visit has to
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def begin(self) -> None:
        """Read what is kept."""
        for one in await self._subscriptions.all():
            self._remember(one)
        await self._deliveries.begin()

    def renew(self, terms: Terms) -> None:
        """Go on by another configuration."""
        self.terms = terms

    @property
    def standings(self) -> Mapping[Standing, int]:
        """How many subscriptions there are, by how they stand."""
        return Counter(one.standing for one in self._kept.values())

    @property
    def waiting(self) -> int:
        """How much was pushed that is not taken in yet."""
        return self._deliveries.waiting

    @property
    def under_way(self) -> Sequence[asyncio.Task[None]]:
        """What is being asked and taken in now."""
        return (*self._under_way.values(), *self._deliveries.under_way)

    # What visits ask, and tell

    def until(self, key: SourceKey) -> datetime | None:
        """Return how long a hub tells us of what is new at a source, None: none does."""
        good = [one for one in self._of(key) if one.confirmed and one.pending is None]
        return max((one.expires for one in good if one.expires), default=None)

    def told(self, key: SourceKey) -> bool:
        """Tell whether a hub said, since this was asked last, that there is something new, and not what."""
        told = key in self._told
        self._told.discard(key)
        return told

    def heard(self, source: Source, state: SourceState) -> None:
        """Note what a source says of its hubs, if that is news."""
        if self._is_news(state, self._hubs(source, state)):
            self._heard[state.key] = state

    def _is_news(self, state: SourceState, hubs: Sequence[str]) -> bool:
        mine = [one for one in self._of(state.key) if one.pending != "unsubscribe"]
        fitting = [one for one in mine if one.topic == state.channel.self_url and one.hub in hubs]
        return len(mine) > len(fitting) or (bool(hubs) and not mine)

    def _hubs(self, source: Source | None, state: SourceState) -> Sequence[str]:
        """Return where a source can be subscribed: nowhere where its address, or what it is asked with, is secret."""
        if self.terms.site is None or source is None or source.paused or source.secret or source.own:
            return ()
        return state.channel.hubs if state.channel.self_url else ()

    # What is due

    async def work(self) -> None:
        """Begin what is due: requests to hubs, and taking in what they sent."""
        await self._settle()
        now = self._clock()
        for one in list(self._kept.values()):
            if len(self._under_way) < AT_ONCE and one.due <= now and one.token not in self._under_way:
                self._start(one.token, self._tend(one))
        self._deliveries.work(self.terms.intake, self.terms.declared, self.until)

    async def stop(self) -> None:
        """Break off what is under way; what is kept stays."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        await self._deliveries.stop()

    async def _settle(self) -> None:
        """Begin and end subscriptions by what visits have heard, and by whom we follow."""
        heard, self._heard = self._heard, {}
        changed: list[Subscription] = []
        for key, state in heard.items():
            hubs = self._hubs(self.terms.declared.get(key), state)
            mine = [one for one in self._of(key) if one.pending != "unsubscribe"]
            fitting = [one for one in mine if one.topic == state.channel.self_url and one.hub in hubs]
            changed += [self._ended(one) for one in mine if one not in fitting]
            if hubs and not fitting:
                changed.append(self._begun(key, hubs[0], state.channel.self_url or ""))
        for one in self._kept.values():
            if one.pending != "unsubscribe" and one.source not in heard and not self._is_wanted(one):
                changed.append(self._ended(one))
        await self._keep(*changed)
        for one in changed:
            if one.pending == "unsubscribe" and one.source in self.terms.declared:  # visits are relied on again
                await self._deliveries.hasten(one.source, SPREAD * self._chance())

    def _is_wanted(self, one: Subscription) -> bool:
        source = self.terms.declared.get(one.source)
        site = self.terms.site
        return site is not None and source is not None and not source.paused and one.callback.startswith(site)

    async def _tend(self, one: Subscription) -> None:
        if one.pending is not None:
            await (self._ask(one) if one.asked is None else self._failed(one, "its hub did not ask us to confirm it"))
        elif one.expires is None or one.expires <= self._clock():
            await self._forget(one)
            await self._deliveries.hasten(one.source)
        else:
            others = [other for other in self._of(one.source) if other.pending == "subscribe"]
            anew = [] if others else [self._begun(one.source, one.hub, one.topic, one.seen)]
            await self._keep(replace(one, due=one.expires), *anew)

    async def _ask(self, one: Subscription) -> None:
        """Ask a hub; what we ask for is kept before it can be confirmed."""
        if one.pending == "subscribe":
            state = await self._sources.state(one.source)
            hubs = self._hubs(self.terms.declared.get(one.source), state) if state else ()
            if state is None or not hubs:
                await self._forget(one)
                return
            hub = hubs[one.failures % len(hubs)]
            secret = (one.secret or self._token()) if hub.startswith("https:") else None  # WS-5
            one = replace(one, hub=hub, topic=state.channel.self_url or "", secret=secret)
        now = self._clock()
        one = replace(one, asked=now, due=now + CONFIRMED_WITHIN)
        await self._keep(one)
        posted = await self.terms.poster.post(Post(url=one.hub, body=_form(one), follow=True))
        if not posted.accepted and self._kept.get(one.token) == one:
            await self._failed(one, posted.reason, posted.retry_after)

    async def _failed(self, one: Subscription, why: str, wait: timedelta | None = None) -> None:
        failures = one.failures + 1
        if one.pending == "unsubscribe" and failures >= FAREWELLS:
            await self._forget(one)
            return
        wait = max(wait or timedelta(0), timedelta(hours=AGAIN[min(failures, len(AGAIN)) - 1]))
        why = urls.masked(why)[:300]
        await self._keep(replace(one, asked=None, failures=failures, error=why, due=self._clock() + wait))
        log.info("%s: not %sd at %s: %s", self._name(one.source), one.pending, urls.masked(one.hub), why)

    # What hubs ask and send

    def knows(self, token: str) -> bool:
        """Tell whether a callback is one of ours."""
        return token in self._kept

    async def asked(self, token: str, query: Mapping[str, str]) -> bytes | None:
        """Answer a hub that asks whether we meant it (WS-7): what to say, None: we did not (404)."""
        one, mode = self._kept.get(token), query.get("hub.mode")
        if one is None or query.get("hub.topic") != one.topic:
            return None
        if mode == "denied":
            await self._denied(one, query.get("hub.reason", ""))
            return b""
        challenge = query.get("hub.challenge", "").encode("utf-8", "replace")
        if mode != one.pending or one.asked is None or not 0 < len(challenge) <= LONGEST_CHALLENGE:
            return None
        if mode == "unsubscribe":
            await self._forget(one)
        else:
            await self._confirmed(one, _lease(query.get("hub.lease_seconds", "")))
        return challenge

    async def received(self, token: str, headers: Mapping[bytes, bytes], body: bytes) -> int:
        """Take what a hub sends; return the HTTP status.  2xx means only that it is kept, or ignored for good."""
        one = self._kept.get(token)
        if one is None:
            return 410
        if one.confirmed is None:
            return 404
        if one.secret is not None and not await _aside(body, is_signed, body, one.secret, headers):
            log.warning("%s: a push without the signature that was agreed upon is ignored", self._name(one.source))
            return 202
        if not body.strip():  # "something changed": the hub leaves it to us to ask
            self._told.add(one.source)
            await self._deliveries.hasten(one.source)
            return 202
        coding = headers.get(b"content-encoding", b"").decode("latin-1")
        try:
            whole = await _aside(body, packing.unpacked, body, coding, self.terms.max_body) if coding else body
        except packing.PackingError:
            return 415
        return await self._delivered(one, whole)

    async def _delivered(self, one: Subscription, body: bytes) -> int:
        digest = sha256(body)[:16]
        if any(digest in other.seen for other in self._of(one.source)):
            return 202
        if not self._deliveries.has_room(one.source, len(body)):
            return 503
        seen = replace(one, seen=(*one.seen, digest)[-REMEMBERED:])
        self._remember(seen)  # before the next one asks
        delivery = Delivery(source=one.source, topic=one.topic, at=self._clock(), body=body)
        try:
            await self._deliveries.keep(delivery, seen)
        except ArchiveError:
            self._remember(one)
            raise
        return 202

    async def _confirmed(self, one: Subscription, lease: timedelta) -> None:
        """Begin to rely on it; those before it are let go."""
        now, others = self._clock(), [other for other in self._of(one.source) if other.token != one.token]
        due = now + lease * (RENEWED + JITTER * self._chance())
        whole = replace(one, pending=None, asked=None, confirmed=now, expires=now + lease, due=due, failures=0)
        await self._keep(replace(whole, error=None), *(self._ended(other) for other in others))
        log.info("%s: %s tells us what is new", self._name(one.source), urls.masked(one.hub))

    async def _denied(self, one: Subscription, why: str) -> None:
        """The hub will not, or not any more (WS-9): back to visits, and a week until we ask again."""
        if one.pending == "unsubscribe":
            await self._forget(one)
            return
        refused = replace(one, pending="subscribe", confirmed=None, expires=None, failures=max(one.failures, 5))
        await self._failed(refused, f"denied: {' '.join(why.split())[:200]}", timedelta(days=7))
        await self._deliveries.hasten(one.source)

    # What is kept

    def _begun(self, key: SourceKey, hub: str, topic: str, seen: tuple[bytes, ...] = ()) -> Subscription:
        callback = f"{self.terms.site}{PATH}{self._token()}"
        now = self._clock()
        return Subscription(
            callback=callback, source=key, hub=hub, topic=topic, pending="subscribe", due=now, seen=seen
        )

    def _ended(self, one: Subscription) -> Subscription:
        return replace(one, pending="unsubscribe", asked=None, failures=0, due=self._clock())

    def _of(self, key: SourceKey) -> Sequence[Subscription]:
        return [self._kept[token] for token in self._tokens.get(key, ())]

    def _name(self, key: SourceKey) -> str:
        source = self.terms.declared.get(key)
        return source.name if source else urls.masked(key)

    def _remember(self, one: Subscription) -> None:
        self._kept[one.token] = one
        self._tokens[one.source].add(one.token)

    async def _keep(self, *changed: Subscription) -> None:
        if changed:
            await self._subscriptions.keep(changed)
            for one in changed:
                self._remember(one)

    async def _forget(self, one: Subscription) -> None:
        await self._subscriptions.forget([one.token])
        self._kept.pop(one.token, None)
        self._tokens[one.source].discard(one.token)
        if not self._tokens[one.source]:
            del self._tokens[one.source]

    def _start(self, token: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way[token] = task
        task.add_done_callback(lambda done: self._over(token, done))

    def _over(self, token: str, task: asyncio.Task[None]) -> None:
        self._under_way.pop(token, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("a subscription is not tended: %s", error, exc_info=not isinstance(error, ArchiveError))


def _form(one: Subscription) -> bytes:
    fields = {"hub.callback": one.callback, "hub.mode": one.pending or "", "hub.topic": one.topic}
    if one.pending == "subscribe":
        fields["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
        if one.secret is not None:
            fields["hub.secret"] = one.secret
    return urlencode(fields).encode("ascii")


def _lease(digits: str) -> timedelta:
    digits = digits.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        return LEASE
    return min(max(timedelta(seconds=min(int(digits), 10**9)), SHORTEST), LONGEST)


async def _aside(body: bytes, work: Callable[..., Any], *arguments: Any) -> Any:
    return work(*arguments) if len(body) < LARGE else await asyncio.to_thread(work, *arguments)
