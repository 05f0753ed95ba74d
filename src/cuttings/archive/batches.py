"""One thread that does what many tasks ask of it, all that waits together in one go.

While one batch is written, what comes meanwhile gathers for the next, so that
under load a transaction and an fsync serve many.  With `linger`, jobs that
are `patient` also wait so long for company, and the thread sleeps on: to wake
it for each would cost as much as to write what they ask for.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

W = TypeVar("W")

LARGEST = 500  # jobs that wait for each other, so that none waits for a transaction without end


@dataclass(eq=False, slots=True)
class Job(Generic[W]):
    """What is to be done, and where the answer goes: `result`, or `error` if there is one."""

    work: W
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


class Batches(Generic[W]):
    """Hands jobs to `handle` in its own thread; that gives each its result or its error, and raises nothing.

    Only one event loop at a time may ask.
    """

    def __init__(self, name: str, handle: Callable[[Sequence[Job[W]]], None], linger: float = 0.0) -> None:
        self._handle, self._linger = handle, linger
        self._gathering: list[Job[W]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._jobs: queue.SimpleQueue[list[Job[W]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def do(self, work: W, *, patient: bool = False) -> Any:
        """Return the result of a job, or raise its error."""
        loop = asyncio.get_running_loop()
        job = Job(work, loop.create_future())
        self._gathering.append(job)
        if not patient or not self._linger or len(self._gathering) >= LARGEST:
            self._send()
        elif self._timer is None:
            self._timer = loop.call_later(self._linger, self._send)
        return await job.future

    async def close(self) -> None:
        """Do what still waits, then end."""
        self._send()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _send(self) -> None:
        """Hand over all that gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gathered, self._gathering = self._gathering, []
        if gathered:
            self._jobs.put(gathered)

    def _run(self) -> None:
        while (batch := self._jobs.get()) is not None:
            ended = self._joined(batch)
            try:
                self._handle(batch)
            except BaseException as error:  # whatever it is, those who wait must hear of it
                for job in batch:
                    job.error = job.error or error
            _deliver(batch)
            if ended:
                return

    def _joined(self, batch: list[Job[W]]) -> bool:
        """Add what was handed over meanwhile; tell whether it is time to end."""
        while len(batch) < LARGEST:
            try:
                more = self._jobs.get_nowait()
            except queue.Empty:
                return False
            if more is None:
                return True
            batch += more
        return False


def _deliver(batch: Sequence[Job[W]]) -> None:
    """Wake those who wait, each loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[Job[W]]] = {}
    for job in batch:
        loops.setdefault(job.future.get_loop(), []).append(job)
    for loop, jobs in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_wake, jobs)


def _wake(jobs: Sequence[Job[W]]) -> None:
    for job in jobs:
        if job.future.done():  # who asked does not wait any more
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
