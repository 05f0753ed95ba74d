"""The database's connections: one thread that writes, a few that read.  The only place that opens it.

Transactions that write are IMMEDIATE and, but for leases, durable when they
end (WAL, synchronous FULL).  apsw's own errors end here.
"""

import asyncio
import contextlib
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import apsw

from cuttings.archive import locks
from cuttings.archive.batches import Batches, Job
from cuttings.archive.migrations import APPLICATION_ID, STEPS
from cuttings.errors import ArchiveDamaged, ArchiveError, ArchiveReadOnly, ArchiveUnavailable
from cuttings.failpoints import reached

T = TypeVar("T")

READERS = 4  # threads: a long decision and a few questions beside it
BUSY = 30_000  # milliseconds to wait for another process's transaction
WAL_KEPT = 64 << 20  # bytes the write-ahead log is cut to after a long one
CACHE = 16 << 20  # bytes of pages the writer keeps

_UNAVAILABLE = (
    *(apsw.FullError, apsw.ReadOnlyError, apsw.CantOpenError, apsw.BusyError, apsw.LockedError),
    *(apsw.IOError, apsw.PermissionsError, apsw.AuthError, apsw.InterruptError, apsw.NoMemError),
)
_DAMAGED = (apsw.CorruptError, apsw.NotADBError, apsw.FormatError)


@dataclass(frozen=True, slots=True)
class Work:
    """A function of the write connection; without `durable` it need not survive a power cut."""

    function: Callable[[apsw.Connection], Any]
    durable: bool
    what: str


class Connections:
    """Runs functions of a connection where they belong; they see `apsw` rows and return our values."""

    def __init__(self, path: Path, linger: float, *, read_only: bool = False) -> None:
        """Open, create or bring up to date; `read_only`: open what is there, and refuse all writing.

        Raises ArchiveDamaged and ArchiveUnavailable; may take a while.
        """
        self._path, self._read_only = path, read_only
        self._writer = _Writer(path, read_only=read_only)
        reading = _reading_only if read_only else _reading
        with archive_errors(path):
            self._at_once = reading(path)
            self._readers: queue.SimpleQueue[apsw.Connection] = queue.SimpleQueue()
            for _ in range(READERS):
                self._readers.put(reading(path))
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="archive-read")
        self._batches: Batches[Work] = Batches("archive-write", self._writer.handle, linger)

    async def write(
        self, function: Callable[[apsw.Connection], T], *, what: str = "", patient: bool = False, durable: bool = True
    ) -> T:
        """Run a function in a transaction; all that waits together shares one, but each fails alone.

        It may run twice (the first time is then undone), so it changes
        nothing but the database.  `what` it does names its failpoints.
        """
        if self._read_only:
            raise ArchiveReadOnly(f"{self._path.parent}: cannot be written, only read")
        result: T = await self._batches.do(Work(function, durable, what), patient=patient)
        with archive_errors(self._path):
            reached(f"after_{what}_commit")
        return result

    async def read(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run a function of several questions in a thread; all see the same state."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, function)

    def ask(self, function: Callable[[apsw.Connection], T]) -> T:
        """Run one question for a row or two right here: a tenth of what the way to a thread costs."""
        with archive_errors(self._path):
            return function(self._at_once)

    async def close(self) -> None:
        """End the threads and close all connections."""
        await self._batches.close()
        await asyncio.to_thread(self._threads.shutdown)
        for _ in range(READERS):
            self._readers.get().close()
        self._at_once.close()
        self._writer.close()

    def _read(self, function: Callable[[apsw.Connection], T]) -> T:
        connection = self._readers.get()
        try:
            with archive_errors(self._path), _snapshot(connection):
                return function(connection)
        finally:
            self._readers.put(connection)


class _Writer:
    """Owns the one connection that writes."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._connection: apsw.Connection | None = None
        self._durable = True
        self._distrusted = False  # the log: after a failed write or fsync nobody knows what of it is on the disk
        with archive_errors(path):
            if read_only:
                _refuse_older(path)
            else:
                _migrate(self._opened(), path)

    def handle(self, jobs: Sequence[Job[Work]]) -> None:
        """Do all in one transaction; where that fails, each in its own."""
        try:
            self._together(jobs)
        except ArchiveUnavailable as error:
            for job in jobs:
                job.error = error
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].error = error
                return
            for job in jobs:
                self.handle([job])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _together(self, jobs: Sequence[Job[Work]]) -> None:
        with archive_errors(self._path):
            connection = self._opened()
            try:
                self._sync(connection, any(job.work.durable for job in jobs))
                connection.execute("BEGIN IMMEDIATE")
                for job in jobs:
                    job.result = job.work.function(connection)
                    reached(f"before_{job.work.what}_commit")
                connection.execute("COMMIT")
            except BaseException as error:
                self._undo(connection, error)
                raise

    def _sync(self, connection: apsw.Connection, durable: bool) -> None:
        if durable != self._durable:
            connection.pragma("synchronous", "FULL" if durable else "NORMAL")
            self._durable = durable

    def _undo(self, connection: apsw.Connection, error: BaseException) -> None:
        """Roll back; after a failed write or fsync never trust that descriptor again."""
        if isinstance(error, apsw.IOError):
            self._connection, self._distrusted = None, True
            with contextlib.suppress(apsw.Error):
                connection.close(force=True)
        elif connection.in_transaction:
            connection.execute("ROLLBACK")

    def _opened(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = _connect(self._path)
            if self._distrusted:
                self._begin_a_new_log(self._connection)
            self._connection.pragma("cache_size", -(CACHE >> 10))
            self._connection.pragma("journal_size_limit", WAL_KEPT)
            self._connection.pragma("synchronous", "FULL")
            self._durable = True
        return self._connection

    def _begin_a_new_log(self, connection: apsw.Connection) -> None:
        """Bring the log into the database, synced: what is written behind a hole in it would be lost with it."""
        try:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0]
            if busy:
                raise apsw.BusyError("the log is in use")
        except apsw.Error:
            self._connection = None
            connection.close()
            raise
        self._distrusted = False


@contextmanager
def archive_errors(path: Path) -> Iterator[None]:
    """Turn what apsw raises into what `errors` has."""
    try:
        yield
    except _DAMAGED as error:
        raise ArchiveDamaged(f"{path}: {error}; `cuttings verify` tells more") from error
    except _UNAVAILABLE as error:
        raise ArchiveUnavailable(f"{path}: {error}") from error
    except apsw.Error as error:
        raise ArchiveError(f"{path}: {error}") from error
    except OSError as error:
        raise ArchiveUnavailable(f"{path}: {error.strerror or error}") from error


def tidied(path: Path) -> int:
    """Renew what the planner knows, and empty the write-ahead log; return how many bytes it had.

    Others go on meanwhile: where one of them reads or writes, the log is left
    to the next time.
    """
    log = path.with_name(path.name + "-wal")
    with archive_errors(path), contextlib.closing(_connect(path)) as connection:
        connection.set_busy_timeout(0)
        size = log.stat().st_size if log.exists() else 0
        with contextlib.suppress(apsw.BusyError, apsw.LockedError):
            connection.pragma("optimize")
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        return max(0, size - (log.stat().st_size if log.exists() else 0))


def _connect(path: Path) -> apsw.Connection:
    return _equipped(apsw.Connection(str(path)))


def _equipped(connection: apsw.Connection) -> apsw.Connection:
    connection.set_busy_timeout(BUSY)
    connection.create_scalar_function("fold", _folded, 1, deterministic=True)
    return connection


def _folded(*texts: Any) -> str:
    return str(texts[0]).casefold()


def _reading(path: Path) -> apsw.Connection:
    connection = _connect(path)
    connection.pragma("query_only", 1)
    return connection


def _reading_only(path: Path) -> apsw.Connection:
    """Open for reading where nothing can be written; nobody else writes there either, unless a log says so."""
    where = path.absolute().as_uri()
    try:
        connection = apsw.Connection(f"{where}?mode=ro", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        connection.pragma("user_version")
    except (apsw.CantOpenError, apsw.ReadOnlyError):  # it would make the files beside it that readers share
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise
        connection = apsw.Connection(f"{where}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    return _equipped(connection)


def _refuse_older(path: Path) -> None:
    """Raise what `_migrate` would, and where it would have work to do."""
    connection = _reading_only(path)
    try:
        found = connection.pragma("user_version")
        if found != len(STEPS):
            raise ArchiveReadOnly(f"{path}: schema {found} is not ours ({len(STEPS)}), and it cannot be written")
        _refuse_another(connection, path)
    finally:
        connection.close()


@contextmanager
def _snapshot(connection: apsw.Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def _migrate(connection: apsw.Connection, path: Path) -> None:
    """Bring the database's shape up to date, a step a transaction, so that it can be killed between any two."""
    if connection.pragma("user_version") < len(STEPS):
        with locks.folder_held(path.parent):  # SQLite would not wait for another who changes the journal's mode
            if connection.pragma("journal_mode") != "wal":
                connection.pragma("journal_mode", "wal")
            for number in range(1, len(STEPS) + 1):
                _step(connection, number, path)
    found = connection.pragma("user_version")
    if found > len(STEPS):
        raise ArchiveUnavailable(f"{path}: written by a newer cuttings (schema {found}, we know {len(STEPS)}); upgrade")
    _refuse_another(connection, path)


def _step(connection: apsw.Connection, number: int, path: Path) -> None:
    """Go one step, unless another process has gone it meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = connection.pragma("user_version")
        if found == 0:
            _refuse_another(connection, path)
        if found == number - 1:
            for _ in connection.execute(STEPS[number - 1]):
                pass
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", number)
            reached("before_migration_commit")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _refuse_another(connection: apsw.Connection, path: Path) -> None:
    """Raise ArchiveDamaged for a database of another program; an empty one may become ours."""
    is_empty = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").get is None
    if not is_empty and connection.pragma("application_id") != APPLICATION_ID:
        raise ArchiveDamaged(f"{path}: a database, but not one of cuttings")
