"""Push, outwards: who wants to hear of our documents, and telling them.

Our hub takes what somebody asks (`ask`), lets their callback confirm it, and
gives them the whole document whenever it is another one than they were given
last.  Hubs of others are told that a document changed.  Both follow from what
is kept and from the files' times, so that a crash costs a repetition and
never a change.  What no callback has confirmed is kept in memory alone:
strangers write nothing to our disk.

Standards: WebSub 5 to 8; STANDARDS 5.2, 5.3; THREATS 1.11 (W5), H-120.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from cuttings.model.capture import Post, Posted
from cuttings.model.hub import Listener, Mode, Topic, Wanted
from cuttings.ports import Clock, Listeners, Outlet, Poster
from cuttings.text import urls

log = logging.getLogger(__name__)

LEASE = timedelta(days=10)  # STANDARDS WH-4
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=30)
LONGEST_SECRET = 199  # bytes; WebSub 5.1: less than 200
LONGEST_CALLBACK = 2_000
MOST, MOST_A_HOST = 20_000, 1_000  # subscriptions, and those of one host
MOST_WAITING, MOST_WAITING_A_HOST = 10_000, 60  # requests that no callback has confirmed yet
ONCE_IN = timedelta(minutes=1)  # a callback is asked to confirm
APART = timedelta(seconds=30)  # between two times that somebody is told of one document
AGAIN = (1, 5, 30, 120, 480, 1_440)  # minutes after which somebody who could not be told is tried again
AT_ONCE, AT_ONCE_A_HOST = 64, 2  # who is slow holds up nobody elsewhere
NEVER = timedelta(days=3_650)


class Reply(NamedTuple):
    """What our hub answers at once: an HTTP status and a line for people."""

    status: int
    words: str


@dataclass(slots=True)
class _Waiting:
    wanted: Wanted
    at: datetime  # when its callback may be asked


class Hub:
    """Tells whoever wants to hear, once `renew` has said of what.

    `token` gives what nobody can guess.  `ask` answers at once; `work` is to
    be called again and again and does what is due, `stop` ends it.  `report`
    is called with whether somebody took what they were told.
    """

    def __init__(
        self,
        *,
        listeners: Listeners,
        poster: Poster,
        outlet: Outlet,
        clock: Clock,
        token: Callable[[], str],
        report: Callable[[bool], None] = lambda accepted: None,
    ) -> None:
        self._listeners, self._poster, self._outlet, self._clock, self._token = listeners, poster, outlet, clock, token
        self._report = report
        self._topics: Mapping[str, Topic] = {}
        self._hubs: Sequence[str] = ()
        self._others: Sequence[str] = ()
        self._own: str | None = None
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self._asked: dict[str, datetime] = {}  # callbacks without their query, and when they were asked last
        self._times: dict[str, datetime | None] = {}  # of the documents, when they were looked at last
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}

    def renew(self, poster: Poster, topics: Sequence[Topic], hubs: Sequence[str], own: str | None) -> None:
        """Go on by a configuration: `hubs` are the addresses that documents name, `own` ours, None where it is not."""
        self._poster = poster
        self._topics = {topic.url: topic for topic in topics} if hubs else {}
        self._hubs, self._own = hubs, own
        self._others = [hub for hub in hubs if hub != own]
        self._times = {}

    @property
    def under_way(self) -> Sequence[asyncio.Task[None]]:
        """What is being sent now."""
        return tuple(self._under_way.values())

    # What is asked of us

    async def ask(self, form: Mapping[str, str]) -> Reply:
        """Take a request (WebSub 5.1): 202, or what is wrong with it.  What comes of it the callback decides."""
        found = self._wanted(form) if self._own else Reply(404, "there is no hub here")
        if isinstance(found, Reply):
            return found
        refused = await self._too_many(found)
        if refused:
            return refused
        key = (found.topic, found.callback)
        before = self._waiting.get(key)
        at = before.at if before else self._free_at(found.callback)
        self._waiting[key] = _Waiting(found, at)
        return Reply(202, f"accepted: your callback will be asked to confirm that you {found.mode}")

    def _wanted(self, form: Mapping[str, str]) -> Wanted | Reply:
        mode, topic, callback = (form.get(f"hub.{name}", "").strip() for name in ("mode", "topic", "callback"))
        secret = form.get("hub.secret") or None
        if mode == "publish":
            return Reply(400, "this hub knows by itself when its documents change")
        known: Mapping[str, Mode] = {"subscribe": "subscribe", "unsubscribe": "unsubscribe"}
        if mode not in known:
            return Reply(400, "hub.mode must be subscribe or unsubscribe")
        if topic not in self._topics:
            return Reply(404, "hub.topic must be the address of a feed that is published here (its rel=self)")
        host = _host_of(callback)
        if host is None:
            return Reply(400, "hub.callback must be an http or https address without user, password and fragment")
        if secret is not None and len(secret.encode("utf-8", "surrogatepass")) > LONGEST_SECRET:
            return Reply(400, f"hub.secret must have less than {LONGEST_SECRET + 1} bytes")
        lease = _lease(form.get("hub.lease_seconds", ""))
        if lease is None:
            return Reply(400, "hub.lease_seconds must be a positive whole number")
        return Wanted(mode=known[mode], topic=topic, callback=callback, host=host, secret=secret, lease=lease)

    async def _too_many(self, wanted: Wanted) -> Reply | None:
        key = (wanted.topic, wanted.callback)
        if key in self._waiting:
            return None
        if len(self._waiting) >= MOST_WAITING:
            return Reply(503, "too many requests wait to be confirmed; try again later")
        here = sum(one.wanted.host == wanted.host for one in self._waiting.values())
        if here >= MOST_WAITING_A_HOST:
            return Reply(429, "too many requests for this host wait to be confirmed; try again later")
        if wanted.mode == "unsubscribe" or await self._listeners.get(*key):
            return None
        if here + await self._listeners.count(wanted.host) >= MOST_A_HOST:
            return Reply(429, "too many subscriptions of this host")
        if await self._listeners.count() >= MOST:
            return Reply(503, "too many subscriptions; try again later")
        return None

    def _free_at(self, callback: str) -> datetime:
        """Return when a callback may be asked: once a minute, whatever its query says (WH-8)."""
        now, place = self._clock(), callback.partition("?")[0]
        queued = [one.at for one in self._waiting.values() if one.wanted.callback.partition("?")[0] == place]
        before = [*queued, *([self._asked[place]] if place in self._asked else [])]
        return max([now, *(at + ONCE_IN for at in before)])

    # What is due

    async def work(self) -> None:
        """Notice what changed, and begin with what is due; raises ArchiveError."""
        now = self._clock()
        await self._notice(now)
        for waiting in sorted(self._waiting.values(), key=lambda one: one.at):
            key = (waiting.wanted.topic, waiting.wanted.callback)
            if waiting.at <= now and self._has_room(key):
                self._begin(key, self._confirm(self._waiting.pop(key).wanted))
        self._asked = {place: at for place, at in self._asked.items() if at + ONCE_IN > now}
        for listener in await self._listeners.due(now, 2 * AT_ONCE, AT_ONCE_A_HOST):
            key = (listener.topic, listener.callback)
            if self._has_room(key):
                self._begin(key, self._tell(listener))

    async def rest(self) -> None:
        """Wait until all that is under way has ended."""
        while self._under_way:
            await asyncio.wait(self.under_way)

    async def stop(self) -> None:
        """Break off what is under way; it is due again."""
        for task in self.under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self.under_way)

    def _has_room(self, key: tuple[str, str]) -> bool:
        return len(self._under_way) < AT_ONCE and key not in self._under_way

    def _begin(self, key: tuple[str, str], work: Coroutine[Any, Any, None]) -> None:
        self._under_way[key] = task = asyncio.create_task(work)
        task.add_done_callback(lambda done: self._ended(key, done))

    def _ended(self, key: tuple[str, str], done: "asyncio.Future[None]") -> None:
        self._under_way.pop(key, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            log.warning("%s could not be told of %s: %s", urls.masked(key[1]), key[0], error)

    # Documents that changed

    async def _notice(self, now: datetime) -> None:
        """Make those due who were told of another document than the one that is there (WP-3: it is visible already)."""
        followed = set(await self._listeners.topics())
        for topic in self._topics.values():
            if topic.url not in followed and not self._others:
                continue
            time = await self._outlet.time_of(topic.path)
            if time is not None and self._times.get(topic.url) != time:
                await self._stir(topic, time, now)
                self._times[topic.url] = time

    async def _stir(self, topic: Topic, time: datetime, now: datetime) -> None:
        known = await self._listeners.of(topic.url)
        missing = [hub for hub in self._others if hub not in {one.callback for one in known}]
        named = [Listener(topic=topic.url, callback=hub, host=_host_of(hub) or "", due=now) for hub in missing]
        stale = [one for one in known if one.told != time]
        due = [replace(one, failures=0, due=_in_turn(one, now)) for one in stale]
        if named or due:
            await self._listeners.keep([*named, *due])

    # To confirm

    async def _confirm(self, wanted: Wanted) -> None:
        """Let the callback confirm what was asked; where it does not, all stays as it was (WH-2, WH-3)."""
        self._asked[wanted.callback.partition("?")[0]] = self._clock()
        challenge = self._token()
        said = {"hub.mode": wanted.mode, "hub.topic": wanted.topic, "hub.challenge": challenge}
        if wanted.mode == "subscribe":
            said["hub.lease_seconds"] = str(int(wanted.lease.total_seconds()))
        posted = await self._poster.post(Post(url=_with_query(wanted.callback, urlencode(said)), body=None))
        if not posted.accepted or not hmac.compare_digest(posted.body, challenge.encode()):
            log.info("%s did not confirm: %s", urls.masked(wanted.callback), posted.reason or "another challenge came")
        elif wanted.mode == "unsubscribe":
            await self._listeners.forget(wanted.topic, wanted.callback)
        else:
            await self._subscribe(wanted)

    async def _subscribe(self, wanted: Wanted) -> None:
        known = await self._listeners.get(wanted.topic, wanted.callback)
        topic, now = self._topics.get(wanted.topic), self._clock()
        if topic is None or (known is None and await self._listeners.count(wanted.host) >= MOST_A_HOST):
            return
        time = await self._outlet.time_of(topic.path)
        expires = now + wanted.lease
        new = Listener(topic=topic.url, callback=wanted.callback, host=wanted.host, due=expires, told=time)
        kept = replace(known or new, expires=expires, secret=wanted.secret)
        await self._listeners.keep([replace(kept, due=expires if kept.told == time else _in_turn(kept, now))])

    # To tell

    async def _tell(self, listener: Listener) -> None:
        """Give a subscriber the document, or tell a hub that it changed; forget who is not to be told any more."""
        topic, now = self._topics.get(listener.topic), self._clock()
        if not self._is_wanted(listener, now):
            await self._listeners.forget(listener.topic, listener.callback)
            return
        time = await self._outlet.time_of(topic.path) if topic else None
        if topic is None or time is None or time == listener.told:  # where it is not published now, it may be again
            await self._listeners.keep([replace(listener, due=listener.expires or now + NEVER)])
            return
        posted = await self._poster.post(await self._message(listener, topic))
        self._report(posted.accepted)
        if posted.status == 410 and listener.expires is not None:
            await self._listeners.forget(listener.topic, listener.callback)
        else:
            changed = await self._outlet.time_of(topic.path) != time  # while it was on its way
            await self._remember(listener, time, posted, changed)

    def _is_wanted(self, listener: Listener, now: datetime) -> bool:
        if listener.expires is None:
            return listener.callback in self._others
        return listener.expires > now and self._own is not None

    async def _message(self, listener: Listener, topic: Topic) -> Post:
        if listener.expires is None:  # what hubs understand is said nowhere; this they all do
            form = urlencode({"hub.mode": "publish", "hub.url": topic.url, "hub.topic": topic.url})
            return Post(url=listener.callback, body=form.encode(), follow=True)
        body = await self._outlet.read(topic.path) or b""
        headers = [("Link", links(topic.url, self._hubs))]
        if listener.secret is not None:
            headers.append(("X-Hub-Signature", signature(listener.secret, body)))
        return Post(url=listener.callback, body=body, content_type=topic.media_type, headers=tuple(headers))

    async def _remember(self, sent: Listener, time: datetime, posted: Posted, changed: bool) -> None:
        """Keep what came of it, unless the subscription ended meanwhile."""
        listener, now = await self._listeners.get(sent.topic, sent.callback), self._clock()
        if listener is None:
            return
        last = listener.expires or now + NEVER
        if posted.accepted:
            kept = replace(listener, told=time, sent=now, failures=0)
            kept = replace(kept, due=_in_turn(kept, now) if changed else last)
        else:
            kept = replace(listener, sent=now, failures=listener.failures + 1)
            kept = replace(kept, due=min(last, _again(kept.failures, posted, now) or last))
            log.info("%s was not told of %s: %s", urls.masked(sent.callback), sent.topic, posted.reason)
        await self._listeners.keep([kept])


def links(topic: str, hubs: Sequence[str]) -> str:
    """Return the value of the field Link that goes with a document (WebSub 4)."""
    return ", ".join([*(f'<{hub}>; rel="hub"' for hub in hubs), f'<{topic}>; rel="self"'])


def signature(secret: str, body: bytes) -> str:
    """Return the value of X-Hub-Signature (WebSub 7.1)."""
    return "sha256=" + hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).hexdigest()


def _host_of(callback: str) -> str | None:
    try:
        url = urls.parse(callback) if len(callback) <= LONGEST_CALLBACK and "#" not in callback else None
    except urls.UrlError:
        return None
    return None if url is None or url.userinfo is not None else url.host


def _lease(said: str) -> timedelta | None:
    """Return the lease that is granted for the one that was asked for, None: that is no number."""
    if not said.strip():
        return LEASE
    if not said.strip().isascii() or not said.strip().isdecimal() or not int(said[:20]):
        return None
    return max(SHORTEST, min(timedelta(seconds=min(int(said[:20]), 10**9)), LONGEST))


def _with_query(callback: str, query: str) -> str:
    """Return a callback with a query added to its own, which stays as it is (WebSub 5.3)."""
    return f"{callback}{'&' if '?' in callback else '?'}{query}"


def _in_turn(listener: Listener, now: datetime) -> datetime:
    """Return when somebody is told of a change: at once, but not twice within APART."""
    soon = now if listener.sent is None else max(now, listener.sent + APART)
    return soon if listener.expires is None else min(soon, listener.expires)


def _again(failures: int, posted: Posted, now: datetime) -> datetime | None:
    """Return when it is tried again, None: at the next change."""
    if failures > len(AGAIN):
        return None
    return now + max(timedelta(minutes=AGAIN[failures - 1]), posted.retry_after or timedelta(0))
