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
from cuttings.daemon.servers import Servers, prefix_of
from cuttings.daemon.watch import Watch, files_of
from cuttings.errors import ArchiveError, ArchiveReadOnly, ConfigErrors
from cuttings.flow import publish as publishing
from cuttings.flow.checking import Checked
from cuttings.logs.metrics import Metrics
from cuttings.model.source import Receipt
from cuttings.systemd import Manager
from cuttings.web.asgi import Application
from cuttings.web.feeds import Published
from cuttings.web.hub import HubDoor
from cuttings.web.push import CallbackDoor

log = logging.getLogger(__name__)

GRACE = 4.0  # seconds a visit under way may take to end by itself when we are asked to stop
LAST_PUBLISH = 2.0  # seconds for what was collected meanwhile to be published
LONGEST_END = 9.5  # seconds after which the process is ended wherever it is: all that was told lasts
TROUBLE_FOR = 15.0  # seconds between two tries while the archive cannot be written
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
        self._app, self._load, self._manager = app, load, manager
        self._asked = asked  # to read the configuration again
        self._pushed = asyncio.Event()  # something was pushed to us
        self._push = app.subscriber(self._took, self._pushed.set)
        self._crew = app.crew(self._report, self._push)
        self._rounds = app.rounds(self._looked)
        self._metrics = Metrics(cuttings.__version__)
        self._answers = Answers(lambda: self._app, self._metrics, lambda: len(self._crew.under_way))
        self._heart = Heart(app.clock)
        self._heart.follow(app.config.sources)
        self._files = Published(app.config.archive / "published", self._answers.ready, prefix_of(app.config))
        self._files.links = document_links(app.config)
        self._hub = app.hub()
        self._watch = Watch(files_of(app.config))
        self._published: int | None = None  # the newest commit when all was published last
        self._publish_at = 0.0  # on the loop's clock
        self._river = (self._collect, self._look_back, self._push_in, self._push_out, self._index)
        self._at_work: dict[
            Callable[[], Awaitable[None]], asyncio.Lock
        ] = {  # in the order in which one may wait for the other
            job: asyncio.Lock() for job in (self._reload_if_changed, self._keep_house, self._publish, *self._river)
        }
        self._aside: set[asyncio.Task[None]] = set()
        self._trouble: str | None = None
        self._again_at = self._look_at = self._push_in_at = self._push_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Serve, collect and publish until `stop` is set, then drain."""
        servers = Servers(self._app.config, self._doors(), self._answers.exposition, self._answers.ready)
        scheduler = self._scheduled()
        try:
            await self._push.begin()
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
        hub = HubDoor(self._hub.ask, self._files)
        return CallbackDoor(self._push, hub, lambda: self._files.prefix, lambda: self._app.config.fetch.max_body)

    def _scheduled(self) -> AsyncIOScheduler:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a tick finds the last one at work is no news
        scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=JOBS)
        now = datetime.now(UTC)
        scheduler.add_job(self._whole, "interval", [self._reload_if_changed], seconds=1)
        if not self._app.archive.read_only:
            scheduler.add_job(self._whole, "interval", [self._keep_house], hours=1)
            for job in (self._publish, *self._river):
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

    # The river

    async def _collect(self) -> None:
        """Visit what is due, unless the archive cannot take it."""
        trouble = self._app.no_room() or (self._crew.failure and str(self._crew.failure))
        now = asyncio.get_running_loop().time()
        if trouble:
            if self._trouble is None:
                log.error("collecting pauses: %s; published feeds are served on", trouble)
                self._metrics.troubled("collect")
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

    async def _look_back(self) -> None:
        """Begin to look at pages that are due again, while the archive can take what comes of it."""
        if self._rounds.failure is not None:
            log.warning("looking back at articles pauses: %s", self._rounds.failure)
            self._metrics.troubled("check")
            self._rounds.failure = None
            self._look_at = asyncio.get_running_loop().time() + TROUBLE_FOR
        if self._trouble is not None or asyncio.get_running_loop().time() < self._look_at:
            return
        try:
            await self._rounds.pump()
        except ArchiveError as error:
            self._rounds.failure = error

    async def _publish(self) -> None:
        """Publish what was committed since the last time, and whose turn it is; after a failure look at all files."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._publish_at:
            return
        try:
            latest = await self._app.archive.latest()
            if latest != self._published or await self._app.has_turns():
                await self._app.publish(report=self._note, thorough=self._published is None)
                self._published = latest
        except ArchiveError as error:
            log.warning("could not publish: %s; what is published stays, the next try in a moment", error)
            self._metrics.troubled("publish")
            self._published, self._publish_at = None, loop.time() + TROUBLE_FOR

    async def _push_in(self) -> None:
        """Subscribe at hubs, and take in what they sent, while the archive can take it."""
        if self._trouble is not None or asyncio.get_running_loop().time() < self._push_in_at:
            return
        try:
            await self._push.work()
        except ArchiveError as error:
            log.warning("hubs are left alone: %s; the next try in a moment", error)
            self._metrics.troubled("push")
            self._push_in_at = asyncio.get_running_loop().time() + TROUBLE_FOR

    async def _take_in_when_pushed(self) -> None:
        while await self._pushed.wait():
            self._pushed.clear()
            await self._whole(self._push_in)

    async def _push_out(self) -> None:
        """Tell who wants to hear it what is published anew."""
        if asyncio.get_running_loop().time() < self._push_at:
            return
        try:
            await self._hub.work()
        except ArchiveError as error:
            log.warning("nobody is told of what is published: %s; the next try in a moment", error)
            self._metrics.troubled("push")
            self._push_at = asyncio.get_running_loop().time() + TROUBLE_FOR

    async def _index(self) -> None:
        try:
            while await self._app.archive.index():
                pass
        except ArchiveError as error:
            log.warning("search is behind: %s", error)
            self._metrics.troubled("index")

    async def _keep_house(self) -> None:
        try:
            async with self._at_work[self._publish]:
                done = await self._app.keep_house()
            self._crew.plan = await self._app.planned()
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
        async with self._at_work[self._publish]:
            old, self._app = self._app, await self._app.renewed(config)
            self._push.renew(self._app.terms)
            self._crew.renew(self._app.crew(self._report, self._push))
            self._rounds.renew(self._app.rounds(self._looked))
            self._files.prefix, self._files.links = prefix_of(config), document_links(config)
            self._app.renew_hub(self._hub)
            self._heart.follow(config.sources)
            self._published, self._publish_at = None, 0.0
        under_way = [*self._crew.under_way, *self._rounds.under_way, *self._push.under_way, *self._hub.under_way]
        self._beside(_closed_after(old, under_way))

    # The end, and what is told

    async def _drain(self) -> None:
        """End within ten seconds: visits first, then what they brought is published."""
        log.info("stopping: visits under way have %.0f seconds to end", GRACE)
        await self._rounds.stop()
        await self._crew.stop(GRACE)
        await self._push.stop()
        await self._hub.stop()
        try:
            async with asyncio.timeout(LAST_PUBLISH), AsyncExitStack() as all_ended:
                for job in self._at_work.values():
                    await all_ended.enter_async_context(job)
                if not self._app.archive.read_only:
                    await self._publish()
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

    def _report(self, receipt: Receipt) -> None:
        self._metrics.visited(receipt.outcome, receipt.new, receipt.changed)
        if receipt.outcome == "failed":
            again = f"; next try {receipt.next:%Y-%m-%d %H:%M} UTC" if receipt.next else ""
            log.warning("%s: %s%s", receipt.source, receipt.error, again)
        elif receipt.outcome != "waiting":
            self._answers.last_success = datetime.now(UTC)
        self._heart.visited(receipt.source, receipt.outcome)
        if receipt.new or receipt.changed:
            log.info("%s: %d new, %d changed", receipt.source, receipt.new, receipt.changed)

    def _took(self, receipt: Receipt) -> None:
        self._metrics.pushed(receipt.new, receipt.changed)
        self._answers.last_success = datetime.now(UTC)
        log.info("%s: %d new, %d changed, by push", receipt.source, receipt.new, receipt.changed)

    def _looked(self, checked: Checked) -> None:
        if checked.result in ("edited", "gone"):
            log.info("%s: looked at again, and %s", checked.check.url, checked.result)

    def _note(self, done: publishing.Published) -> None:
        self._metrics.published(done.feed, done.entered, done.written)

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
