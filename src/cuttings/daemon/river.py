"""The daemon's jobs, from the sources to who reads: each is called each second, and does what there is to do.

A job that our own archive could not follow pauses for a moment; what is
published stays.  What comes of the jobs is logged and counted here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

from cuttings.app import App
from cuttings.daemon.answers import Answers, Doing
from cuttings.daemon.heart import Heart
from cuttings.errors import ArchiveError
from cuttings.flow.checking import Checked
from cuttings.flow.publish import Published
from cuttings.logs.metrics import Metrics
from cuttings.model.source import Receipt

log = logging.getLogger(__name__)

TROUBLE_FOR = 15.0  # seconds between two tries while the archive cannot be written


class River:
    """The jobs over an application, and over the one that takes its place."""

    def __init__(self, app: App, metrics: Metrics, answers: Answers, heart: Heart) -> None:
        self.app, self._metrics, self._answers, self._heart = app, metrics, answers, heart
        self.pushed = asyncio.Event()  # something was pushed to us
        self.push = app.subscriber(self._took, self.pushed.set)
        self.crew = app.crew(self._report, self.push)
        self.hub = app.hub(metrics.told)
        self._rounds = app.rounds(self._looked)
        self._heart.follow(app.config.sources)
        self._published: int | None = None  # the newest commit when all was published last
        self._unhurried = False  # the last publish left what a long quiet work brought to wait
        self._trouble: str | None = None
        self._again_at = self._look_at = self._publish_at = self._in_at = self._out_at = 0.0  # on the loop's clock

    @property
    def jobs(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """All of them; one may wait for those after it."""
        return (self.publish, self.collect, self.look_back, self.push_in, self.push_out, self.index)

    @property
    def doing(self) -> Doing:
        """What is under way."""
        return Doing(len(self.crew.under_way), self.push.waiting, self.push.standings)

    def renew(self, app: App) -> Collection[asyncio.Task[None]]:
        """Go on with another application; return what began with the one before, and ends as it began."""
        self.app = app
        self.push.renew(app.terms)
        self.crew.renew(app.crew(self._report, self.push))
        self._rounds.renew(app.rounds(self._looked))
        app.renew_hub(self.hub)
        self._heart.follow(app.config.sources)
        self._published, self._publish_at = None, 0.0
        return [*self.crew.under_way, *self._rounds.under_way, *self.push.under_way, *self.hub.under_way]

    async def stop(self, grace: float) -> None:
        """Begin nothing any more; visits under way have so many seconds to end."""
        await self._rounds.stop()
        await self.crew.stop(grace)
        await self.push.stop()
        await self.hub.stop()

    async def collect(self) -> None:
        """Visit what is due, unless the archive cannot take it."""
        trouble = self.app.no_room() or (self.crew.failure and str(self.crew.failure))
        now = asyncio.get_running_loop().time()
        if trouble:
            if self._trouble is None:
                log.error("collecting pauses: %s; published feeds are served on", trouble)
                self._metrics.troubled("collect")
            self._trouble, self.crew.failure = trouble, None
            self._again_at = now + TROUBLE_FOR
        if now < self._again_at:
            return
        if self._trouble is not None:
            log.info("collecting again")
            self._trouble = None
        try:
            await self.crew.pump()
        except ArchiveError as error:
            self.crew.failure = error

    async def look_back(self) -> None:
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

    async def publish(self) -> None:
        """Publish what was committed since the last time, and whose turn it is; after a failure look at all files."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._publish_at:
            return
        try:
            working = await self.app.archive.is_worked_on()
            latest = await self.app.archive.latest()
            is_over = self._unhurried and not working
            if latest != self._published or is_over or await self.app.has_turns():
                await self.app.publish(report=self._note, thorough=self._published is None, unhurried=working)
                self._published, self._unhurried = latest, working
        except ArchiveError as error:
            log.warning("could not publish: %s; what is published stays, the next try in a moment", error)
            self._metrics.troubled("publish")
            self._published, self._publish_at = None, loop.time() + TROUBLE_FOR

    async def push_in(self) -> None:
        """Subscribe at hubs, and take in what they sent, while the archive can take it."""
        if self._trouble is not None or asyncio.get_running_loop().time() < self._in_at:
            return
        try:
            await self.push.work()
        except ArchiveError as error:
            log.warning("hubs are left alone: %s; the next try in a moment", error)
            self._metrics.troubled("push")
            self._in_at = asyncio.get_running_loop().time() + TROUBLE_FOR

    async def push_out(self) -> None:
        """Tell who wants to hear it what is published anew."""
        if asyncio.get_running_loop().time() < self._out_at:
            return
        try:
            await self.hub.work()
        except ArchiveError as error:
            log.warning("nobody is told of what is published: %s; the next try in a moment", error)
            self._metrics.troubled("push")
            self._out_at = asyncio.get_running_loop().time() + TROUBLE_FOR

    async def index(self) -> None:
        """Let search know of what was committed."""
        try:
            while await self.app.archive.index():
                pass
        except ArchiveError as error:
            log.warning("search is behind: %s", error)
            self._metrics.troubled("index")

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

    def _note(self, done: Published) -> None:
        self._metrics.published(done.feed, done.entered, done.written)
