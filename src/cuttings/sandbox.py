"""Runs functions on foreign bytes in processes of their own, with limits on time and memory.  The one door to pebble.

A worker that hangs, grows beyond measure or dies costs one task; the others
do not notice.  Workers import what they run when they first run it, and end
with their parent, after kill -9 too.
Standards: THREATS 1.5 (T2), 1.3 (E2).
"""

import asyncio
import ctypes
import logging
import multiprocessing
import os
import resource
import signal
import threading
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Self

from pebble import ProcessExpired, ProcessPool

from cuttings.errors import GaveUp, ParseError

PATIENCE = 6  # times the seconds that a task may take by the clock, since a busy machine is no fault of the document
TASKS_A_WORKER = 500  # then a fresh one takes over: libraries leak a little
GROWN = 0.75  # of the memory: a worker that holds so much before it begins makes room for a fresh one
END_WITHIN = 2.0  # seconds; workers that have not ended by then end with us
TRIES = 3  # of a task whose worker made room, or whose pool broke

_OUT_OF_MEMORY, _MADE_ROOM = 75, 76  # exit codes of workers
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

_Outcome = tuple[Literal["done", "unreadable", "broken"], Any]

_log = logging.getLogger(__name__)


class ProcessSandbox:
    """A `ports.Sandbox` of `workers` processes.

    One task may take `seconds` of the processor, `PATIENCE` times as many by
    the clock, and `memory` bytes of address space.
    """

    def __init__(self, workers: int = 2, seconds: float = 20, memory: int = 512 << 20) -> None:
        self._workers, self._seconds, self._memory = workers, seconds, memory
        self._pool: ProcessPool | None = None
        self.deaths = 0  # of workers by the document they read

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def run(self, function: str, *arguments: Any) -> Any:
        """Return what `package.module:name` returns.

        Arguments and result are pickled.  Raises ParseError where the function
        did, where it failed in any other way (the log has the traceback), and
        where its worker ran out of time or memory or died.
        """
        outcome, value = await self._outcome(function, arguments)
        if outcome == "unreadable":
            raise ParseError(*value)
        if outcome == "broken":
            _log.error("%s failed on %s:\n%s", function, _subject(arguments), value)
            raise GaveUp(_subject(arguments), f"our reader failed on it: {value.strip().splitlines()[-1][:200]}")
        return value

    async def _outcome(self, function: str, arguments: tuple[Any, ...]) -> _Outcome:
        for _ in range(TRIES):
            try:
                within = self._seconds * PATIENCE
                task = self._running().schedule(_call, args=[function, arguments, self._seconds], timeout=within)
                result: _Outcome = await asyncio.wrap_future(task)
            except TimeoutError as error:
                self.deaths += 1
                raise GaveUp(_subject(arguments), f"reading it took longer than {within:g} s") from error
            except ProcessExpired as error:
                if error.exitcode != _MADE_ROOM:
                    self.deaths += 1
                    raise GaveUp(_subject(arguments), self._why(error.exitcode)) from error
            except RuntimeError:  # the pool itself broke
                await self._stop()
            else:
                return result
        raise GaveUp(_subject(arguments), "the sandbox could not be kept running")

    def _running(self) -> ProcessPool:
        """Return the pool; its processes start with the first task, from the thread that calls."""
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=TASKS_A_WORKER,
                initializer=_confine,
                initargs=[os.getpid(), self._memory],
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool

    async def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            joining = threading.Thread(target=pool.join, daemon=True)  # its own timeout does not bound it
            joining.start()
            await asyncio.to_thread(joining.join, END_WITHIN)

    def _why(self, code: int) -> str:
        if code == _OUT_OF_MEMORY:
            return f"reading it takes more than {self._memory >> 20} MiB"
        if code == -signal.SIGXCPU:
            return f"reading it took longer than {self._seconds:g} s of the processor"
        return f"the process that read it died ({_signal(code) if code < 0 else f'exit {code}'})"


def _confine(parent: int, memory: int) -> None:
    """Make a fresh worker end with its parent, and bound what it may take."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask to be told
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _call(function: str, arguments: tuple[Any, ...], seconds: float) -> _Outcome:
    """Run a function in a worker; return plain values only, since an exception that cannot be pickled ends the pool."""
    _allow(seconds)
    try:
        module, _, name = function.partition(":")
        return "done", getattr(import_module(module), name)(*arguments)
    except ParseError as error:
        return "unreadable", (error.url, error.problem, error.instead)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    except Exception:
        return "broken", traceback.format_exc(limit=-20)


def _allow(seconds: float) -> None:
    """Give the next task its time of the processor; leave it to a fresh worker where this one holds too much memory."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    if pages * resource.getpagesize() > limit * GROWN:
        os._exit(_MADE_ROOM)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, most))


def _subject(arguments: tuple[Any, ...]) -> str:
    """Return the URL of the document among the arguments; "" where there is none."""
    for argument in arguments:
        url = getattr(getattr(argument, "document", argument), "url", None)
        if isinstance(url, str):
            return url
    return ""


def _signal(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
