"""The daemon: APScheduler is its clock, the source table its queue.

A tick each second leases what is due; another publishes what changed; a third
feeds the search index; an hourly one keeps house.  SIGTERM and SIGINT drain
within ten seconds.
"""

import asyncio
import logging
import signal
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from cuttings import app as composition
from cuttings.app import App
from cuttings.archive.sqlite import sole_daemon
from cuttings.config.load import Config
from cuttings.errors import ArchiveError
from cuttings.model.source import Receipt
from cuttings.web.feeds import Published
from cuttings.web.server import serve

log = logging.getLogger(__name__)

GRACE = 4.0  # seconds a visit under way may take to end by itself when we are asked to stop
LAST_PUBLISH = 2.0  # seconds for what was collected meanwhile to be published
READY_FOR = timedelta(hours=25)  # ready while some source succeeded within this; the longest interval is a day
TROUBLE_FOR = 15.0  # seconds between two tries while the archive cannot be written
JOBS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


async def run(config: Config) -> int:
    """Run until asked to stop; return the exit code.

    Raises UsageError where the address cannot be had, ArchiveUnavailable where
    another daemon has the archive.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        stack.enter_context(sole_daemon(config.archive))
        app = await stack.enter_async_context(composition.opened(config, following=True, lingering=True))
        await Daemon(app).run(stop)
    return 0


class Daemon:
    """One daemon's work over an opened application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._crew = app.crew(self._report)
        self._published: int | None = None  # the newest commit when all was published last
        self._publish_at = 0.0  # on the loop's clock
        self._at_work: dict[Callable[[], Awaitable[None]], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last_success: datetime | None = None
        self._trouble: str | None = None
        self._again_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Serve, collect and publish until `stop` is set, then drain."""
        listen = self._app.config.server.listen
        published = Published(self._app.config.archive / "published", self._ready)
        closing, up = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(serve(published, listen.host, listen.port, closing, up))
        await _first(serving, up.wait())
        self._last_success = await self._app.last_success()
        self._greet()
        scheduler = self._scheduled()
        scheduler.start()
        try:
            await _first(serving, stop.wait())
        finally:
            scheduler.pause()
            await self._drain()
            scheduler.shutdown(wait=False)
            closing.set()
        await serving

    def _scheduled(self) -> AsyncIOScheduler:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a tick finds the last one at work is no news
        scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=JOBS)
        now = datetime.now(UTC)
        for job in (self._collect, self._publish, self._index):
            scheduler.add_job(self._whole, "interval", [job], seconds=1, next_run_time=now)
        scheduler.add_job(self._whole, "interval", [self._app.keep_house], hours=1)
        return scheduler

    async def _whole(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job so that stopping waits for its end: the scheduler's own shutdown would break it off."""
        async with self._at_work[job]:
            await job()

    async def _collect(self) -> None:
        """Visit what is due, unless the archive cannot take it."""
        trouble = self._app.no_room() or (self._crew.failure and str(self._crew.failure))
        now = asyncio.get_running_loop().time()
        if trouble:
            if self._trouble is None:
                log.error("collecting pauses: %s; published feeds are served on", trouble)
            self._trouble, self._crew.failure = trouble, None
            self._again_at = now + TROUBLE_FOR
        if now < self._again_at:
            return
        if self._trouble is not None:
            log.info("collecting again")
            self._trouble = None
        try:
            await self._crew.pump()
        except ArchiveError as error:
            self._crew.failure = error

    async def _publish(self) -> None:
        """Publish what anybody committed since the last time; after a failure all files are looked at."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._publish_at:
            return
        try:
            latest = await self._app.archive.latest()
            if latest != self._published:
                await self._app.publish(thorough=self._published is None)
                self._published = latest
        except ArchiveError as error:
            log.warning("could not publish: %s; what is published stays, the next try in a moment", error)
            self._published, self._publish_at = None, loop.time() + TROUBLE_FOR

    async def _index(self) -> None:
        try:
            while await self._app.archive.index():
                pass
        except ArchiveError as error:
            log.warning("search is behind: %s", error)

    async def _drain(self) -> None:
        """End within ten seconds: visits first, then what they brought is published."""
        log.info("stopping: visits under way have %.0f seconds to end", GRACE)
        await self._crew.stop(GRACE)
        try:
            async with asyncio.timeout(LAST_PUBLISH), AsyncExitStack() as all_ended:
                for job in self._at_work.values():
                    await all_ended.enter_async_context(job)
                await self._publish()
        except TimeoutError:
            log.info("the rest is published at the next start")

    def _report(self, receipt: Receipt) -> None:
        if receipt.outcome == "failed":
            again = f"; next try {receipt.next:%Y-%m-%d %H:%M} UTC" if receipt.next else ""
            log.warning("%s: %s%s", receipt.source, receipt.error, again)
        elif receipt.outcome != "waiting":
            self._last_success = datetime.now(UTC)
        if receipt.new or receipt.changed:
            log.info("%s: %d new, %d changed", receipt.source, receipt.new, receipt.changed)

    async def _ready(self) -> tuple[bool, str]:
        if not self._app.config.sources:
            return True, "ready: no sources are configured"
        if self._last_success is None:
            return False, "not ready: no source succeeded yet"
        if datetime.now(UTC) - self._last_success > READY_FOR:
            return False, f"not ready: no source succeeded since {self._last_success:%Y-%m-%d %H:%M} UTC"
        return True, f"ready: a source succeeded at {self._last_success:%Y-%m-%d %H:%M} UTC"

    def _greet(self) -> None:
        config = self._app.config
        log.info("serving %s (listening on %s)", config.site.url, config.server.listen)
        log.info("visiting %s", _some("source", [source.name for source in config.sources]))
        log.info("publishing %s", _some("feed", [feed.name for feed in config.feeds]))


async def _first(serving: asyncio.Task[None], waited: Coroutine[Any, Any, Any]) -> None:
    """Wait for an event, or for the server's end before it; raises what the server raised."""
    waiting = asyncio.create_task(waited)
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if serving.done():
        serving.result()


def _some(word: str, names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    counted = f"{len(names)} {word}" + ("" if len(names) == 1 else "s")
    return f"{counted}: {', '.join(names[:10])}{more}" if names else f"no {word}s"
