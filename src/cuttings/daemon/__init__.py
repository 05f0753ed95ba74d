"""The daemon: APScheduler is its clock, the source table its queue.

A tick each second leases what is due; another looks at articles' pages again;
a third publishes what changed, a fourth tells who wants to hear of it; a fifth
feeds the search index; an hourly one keeps house.  SIGHUP, or a change of the
files it was configured by, takes another configuration.  SIGTERM and SIGINT
drain within ten seconds.
"""

import asyncio
import faulthandler
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

import cuttings
from cuttings.app import App, opened
from cuttings.app.documents import document_links
from cuttings.archive.sqlite import sole_daemon
from cuttings.config.values import Config
from cuttings.daemon import reload
from cuttings.daemon.answers import Answers
from cuttings.daemon.heart import Heart
from cuttings.daemon.river import TROUBLE_FOR, River
from cuttings.daemon.servers import Servers, prefix_of
from cuttings.daemon.watch import Watch, files_of
from cuttings.errors import ArchiveError, ArchiveReadOnly, ConfigErrors
from cuttings.logs.metrics import Metrics
from cuttings.systemd import Manager
from cuttings.web.asgi import Application
from cuttings.web.feeds import Published
from cuttings.web.hub import HubDoor
from cuttings.web.push import CallbackDoor

log = logging.getLogger(__name__)

GRACE = 4.0  # seconds a visit under way may take to end by itself when we are asked to stop
LAST_PUBLISH = 2.0  # seconds for what was collected meanwhile to be published
LONGEST_END = 9.5  # seconds after which the process is ended wherever it is: all that was told lasts
PULSE = 0.1  # seconds between two looks at how late the event loop is
JOBS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


async def run(config: Config, load: reload.Load) -> int:
    """Run until asked to stop; return the exit code: 4 where the archive could only be read and was served, else 0.

    `load` reads the configuration again.  Raises UsageError where an address
    cannot be had, ArchiveUnavailable where another daemon has the archive.
    """
    stop, asked = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    _on(loop, (signal.SIGTERM, signal.SIGINT), partial(_end, stop))
    _on(loop, (signal.SIGHUP,), asked.set)
    async with AsyncExitStack() as stack:
        with suppress(ArchiveReadOnly):
            stack.enter_context(sole_daemon(config.archive))
        app = await stack.enter_async_context(opened(config, following=True, lingering=True))
        await Daemon(app, load, Manager(os.environ), asked).run(stop)
        return ArchiveReadOnly.exit_code if app.archive.read_only else 0


class Daemon:
    """One daemon's work over an opened application."""

    def __init__(self, app: App, load: reload.Load, manager: Manager, asked: asyncio.Event) -> None:
        self._load, self._manager = load, manager
        self._asked = asked  # to read the configuration again
        self._metrics = Metrics(cuttings.__version__)
        self._answers = Answers(lambda: self._app, self._metrics, lambda: self._river.doing)
        self._heart = Heart(app.clock)
        self._river = River(app, self._metrics, self._answers, self._heart)
        self._files = Published(app.config.archive / "published", self._answers.ready, prefix_of(app.config))
        self._files.links = document_links(app.config)
        self._watch = Watch(files_of(app.config))
        jobs = (self._reload_if_changed, self._keep_house, *self._river.jobs)  # one may wait for those after it
        self._at_work: dict[Callable[[], Awaitable[None]], asyncio.Lock] = {job: asyncio.Lock() for job in jobs}
        self._aside: set[asyncio.Task[None]] = set()

    @property
    def _app(self) -> App:
        return self._river.app

    async def run(self, stop: asyncio.Event) -> None:
        """Serve, collect and publish until `stop` is set, then drain."""
        servers = Servers(self._app.config, self._doors(), self._answers.exposition, self._answers.ready)
        scheduler = self._scheduled()
        try:
            await self._river.push.begin()
            await servers.start()
            self._answers.last_success = await self._app.last_success()
            self._heart.resume(await self._app.archive.states())
            self._greet()
            scheduler.start()
            self._beside(self._feel_the_pulse())
            self._beside(self._beat())
            self._beside(self._reload_when_asked())
            self._beside(self._take_in_when_pushed())
            self._manager.ready(self._status())
            await servers.first(stop.wait())
        finally:
            self._manager.stopping()
            if scheduler.running:
                scheduler.pause()
                await self._drain()
                scheduler.shutdown(wait=False)
            for task in self._aside:
                task.cancel()
            await servers.stop()
            await self._app.fetcher.aclose()

    def _doors(self) -> Application:
        hub = HubDoor(self._river.hub.ask, self._files)
        return CallbackDoor(self._river.push, hub, lambda: self._files.prefix, lambda: self._app.config.fetch.max_body)

    def _scheduled(self) -> AsyncIOScheduler:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a tick finds the last one at work is no news
        scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=JOBS)
        now = datetime.now(UTC)
        scheduler.add_job(self._whole, "interval", [self._reload_if_changed], seconds=1)
        if not self._app.archive.read_only:
            scheduler.add_job(self._whole, "interval", [self._keep_house], hours=1)
            for job in self._river.jobs:
                scheduler.add_job(self._whole, "interval", [job], seconds=1, next_run_time=now)
        if self._manager.patience is not None:
            scheduler.add_job(self._manager.alive, "interval", seconds=self._manager.patience / 3, next_run_time=now)
        return scheduler

    async def _whole(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job so that stopping waits for its end: the scheduler's own shutdown would break it off."""
        async with self._at_work[job]:
            await job()

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def _take_in_when_pushed(self) -> None:
        while await self._river.pushed.wait():
            self._river.pushed.clear()
            await self._whole(self._river.push_in)

    async def _keep_house(self) -> None:
        try:
            async with self._at_work[self._river.publish]:
                done = await self._app.keep_house()
            self._river.crew.plan = await self._app.planned()
        except ArchiveError as error:
            log.warning("the house is not kept: %s", error)
            self._metrics.troubled("housekeeping")
            return
        if done:
            log.info("housekeeping: %s", "; ".join(done))

    # Another configuration

    async def _reload_if_changed(self) -> None:
        if await asyncio.to_thread(self._watch.has_changed):
            await self._reload()

    async def _reload_when_asked(self) -> None:
        while await self._asked.wait():
            self._asked.clear()
            async with self._at_work[self._reload_if_changed]:
                await self._reload()

    async def _reload(self) -> None:
        """Take the configuration as it stands now; where it is faulty, all stays as it was."""
        self._manager.reloading()
        await asyncio.to_thread(self._watch.begin)
        before = self._app.config
        try:
            config = await asyncio.to_thread(reload.read, self._load, before)
            await self._take(config)
            log.info("the configuration was read again: %s", reload.changes(before, config))
            watched = list(files_of(config))
        except ConfigErrors as faults:
            reload.tell_faults(faults.errors)
            watched = list(dict.fromkeys([*files_of(before), *faults.includes]))
        except ArchiveError as error:
            log.warning("the configuration is not taken yet: %s", error)
            watched = list(files_of(before))
            asyncio.get_running_loop().call_later(TROUBLE_FOR, self._asked.set)
        await asyncio.to_thread(self._watch.follow, watched)
        self._metrics.reloaded(self._app.config is not before)
        self._manager.ready(self._status())

    async def _take(self, config: Config) -> None:
        """Go on with another configuration, once what is being written is written; visits end as they began."""
        async with self._at_work[self._river.publish]:
            old = self._app
            under_way = self._river.renew(await old.renewed(config))
            self._files.prefix, self._files.links = prefix_of(config), document_links(config)
        self._beside(_closed_after(old, under_way))

    # The end, and what is told

    async def _drain(self) -> None:
        """End within ten seconds: visits first, then what they brought is published."""
        log.info("stopping: visits under way have %.0f seconds to end", GRACE)
        await self._river.stop(GRACE)
        try:
            async with asyncio.timeout(LAST_PUBLISH), AsyncExitStack() as all_ended:
                for job in self._at_work.values():
                    await all_ended.enter_async_context(job)
                if not self._app.archive.read_only:
                    await self._river.publish()
        except TimeoutError:
            log.info("the rest is published at the next start")
            logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # that it is broken off now is no fault

    async def _feel_the_pulse(self) -> None:
        """Measure how late the event loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + PULSE
            await asyncio.sleep(PULSE)
            self._metrics.delayed(max(0.0, loop.time() - due))

    async def _beat(self) -> None:
        """Let the heart beat, where an address is to hear it."""
        while True:
            config = self._app.config
            if config.heartbeat is not None:
                with suppress(ArchiveError):
                    await self._heart.beat(config.heartbeat, self._app.fetcher, self._app.archive.overdue)
            await asyncio.sleep(1)

    def _greet(self) -> None:
        config = self._app.config
        log.info(
            "serving %s (listening on %s, the desk on %s)", config.site.url, config.server.listen, config.server.desk
        )
        if self._app.archive.read_only:
            log.error("%s cannot be written: what is published is served, and nothing is collected", config.archive)
            return
        log.info("visiting %s", _some("source", [source.name for source in config.sources if not source.paused]))
        log.info("publishing %s", _some("feed", [feed.name for feed in config.feeds]))

    def _status(self) -> str:
        config = self._app.config
        return f"{len(config.sources)} sources, {len(config.feeds)} feeds, listening on {config.server.listen}"


def _on(loop: asyncio.AbstractEventLoop, signals: Iterable[signal.Signals], act: Callable[[], None]) -> None:
    """Act on signals, in the loop.

    Not by `add_signal_handler`: the one byte by which a signal travels there
    was seen to be lost while worker processes were being started.  A handler
    of Python's runs when the main thread does, which is ten times a second.
    """

    def tell(*_: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(act)

    for one in signals:
        signal.signal(one, tell)


def _end(stop: asyncio.Event) -> None:
    """Begin to end; should a thread or a library keep the process, it says where it hangs, and is gone (exit 1)."""
    faulthandler.dump_traceback_later(LONGEST_END, exit=True)
    stop.set()


async def _closed_after(app: App, visits: Collection[asyncio.Task[None]]) -> None:
    """Close the connections of an application that another one took the place of, after its last visit."""
    if visits:
        await asyncio.wait(visits)
    await app.fetcher.aclose()


def _some(word: str, names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    counted = f"{len(names)} {word}" + ("" if len(names) == 1 else "s")
    return f"{counted}: {', '.join(names[:10])}{more}" if names else f"no {word}s"
