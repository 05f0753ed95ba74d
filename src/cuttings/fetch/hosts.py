"""Turns: one request at a time to each host, with a pause between two.

Standards: RFC 9110 has nothing on it; STANDARDS RQ-7 and RB-7 are what publishers ask for.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import TracebackType

SWEEP = 1024  # hosts remembered before those that may be forgotten are


class Hosts:
    """Gives turns at hosts: `async with hosts.turn(host): …`.

    Between the end of one turn and the start of the next lies `pace`, but none
    at hosts that are `exempt`.  Turns at one host are given in the order they
    were asked for.
    """

    def __init__(
        self,
        pace: timedelta,
        exempt: Callable[[str], bool] = lambda host: False,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pace = pace.total_seconds()
        self._exempt, self._monotonic, self._sleep = exempt, monotonic, sleep
        self._known: dict[str, _Host] = {}
        self._sweep_at = SWEEP

    def renew(self, pace: timedelta, exempt: Callable[[str], bool]) -> None:
        """Go on by other rules; who has a turn, or waits for one, keeps it."""
        self._pace, self._exempt = pace.total_seconds(), exempt

    def turn(self, host: str, pace: float = 0.0) -> "_Turn":
        """Return a context that begins when it is our turn; `pace` (seconds) where the host asked for more."""
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= self._sweep_at:
                self._sweep()
            known = self._known[host] = _Host()
        return _Turn(self, host, known, pace)

    async def begin(self, host: str, known: "_Host") -> None:
        known.waiting += 1
        try:
            await known.lock.acquire()
        except BaseException:
            known.waiting -= 1
            raise
        wait = known.free_at - self._monotonic()
        if wait > 0:
            try:
                await self._sleep(wait)
            except BaseException:
                self.end(host, known, None)
                raise

    def end(self, host: str, known: "_Host", pace: float | None) -> None:
        """`pace` None: nothing was sent, so the pause that stood stands."""
        known.waiting -= 1
        if self._exempt(host):
            if not known.waiting:
                self._known.pop(host, None)
        elif pace is not None:
            known.free_at = self._monotonic() + max(self._pace, pace)
        known.lock.release()

    def _sweep(self) -> None:
        now = self._monotonic()
        self._known = {host: known for host, known in self._known.items() if known.waiting or known.free_at > now}
        self._sweep_at = max(SWEEP, 2 * len(self._known))


class _Host:
    __slots__ = ("free_at", "lock", "waiting")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at = 0.0
        self.waiting = 0  # who has the turn among them


class _Turn:
    __slots__ = ("_host", "_hosts", "_known", "_pace")

    def __init__(self, hosts: Hosts, host: str, known: _Host, pace: float) -> None:
        self._hosts, self._host, self._known = hosts, host, known
        self._pace: float | None = pace

    def unused(self) -> None:
        """Nothing was sent: no pause follows."""
        self._pace = None

    async def __aenter__(self) -> "_Turn":
        await self._hosts.begin(self._host, self._known)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hosts.end(self._host, self._known, self._pace)
