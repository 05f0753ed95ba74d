"""One thread that does what many tasks ask of it, all that waits together in one go.

While one batch is written, what comes meanwhile gathers for the next, so that
under load a transaction and an fsync serve many.  With `linger`, jobs that
are `patient` also wait so long for company.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

W = TypeVar("W")

LARGEST = 500  # jobs a batch, so that none waits for a transaction without end


@dataclass(eq=False, slots=True)
class Job(Generic[W]):
    """What is to be done, and where the answer goes: `result`, or `error` if there is one."""

    work: W
    patient: bool
    future: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


class Batches(Generic[W]):
    """Hands jobs to `handle` in its own thread; that gives each its result or its error, and raises nothing."""

    def __init__(self, name: str, handle: Callable[[Sequence[Job[W]]], None], linger: float = 0.0) -> None:
        self._handle, self._linger = handle, linger
        self._jobs: queue.SimpleQueue[Job[W] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def do(self, work: W, *, patient: bool = False) -> Any:
        """Return the result of a job, or raise its error."""
        job = Job(work, patient, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        return await job.future

    async def close(self) -> None:
        """Do what still waits, then end."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch, ended = self._gathered(first)
            try:
                self._handle(batch)
            except BaseException as error:  # whatever it is, those who wait must hear of it
                for job in batch:
                    job.error = job.error or error
            _deliver(batch)
            if ended:
                return

    def _gathered(self, first: Job[W]) -> tuple[list[Job[W]], bool]:
        """Return the jobs that wait together, and whether it is time to end."""
        batch = [first]
        until = time.monotonic() + self._linger
        while len(batch) < LARGEST:
            patience = until - time.monotonic() if all(job.patient for job in batch) else 0.0
            try:
                job = self._jobs.get(timeout=patience) if patience > 0 else self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False


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
