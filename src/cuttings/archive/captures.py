"""Keeps captures as WARC files: appended, on disk before anything refers to them, never changed once sealed.

Each process writes a file of its own.  What is asked for while an fsync runs
is written together and shares the next one.
Standards: WARC 1.1 (ISO 28500:2017); WA-11, WA-13, WA-14 of our list.
"""

import asyncio
import hashlib
import logging
import os
import re
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from cuttings.archive import locks, recovery, warc
from cuttings.archive.batches import Batches, Job
from cuttings.archive.recovery import OPEN
from cuttings.errors import ArchiveDamaged, ArchiveUnavailable
from cuttings.failpoints import reached
from cuttings.model.article import SourceKey
from cuttings.model.capture import CaptureRef, Exchange, Fetched
from cuttings.model.source import Capture
from cuttings.ports import Clock

FOLDER = "captures"
PREFIX = "cuttings"
LARGEST = 1 << 30  # bytes, of a file; then the next one begins (WA-11)
SYNCED = recovery.UNSYNCED // 2  # bytes at most between two fsyncs, and one capture more

log = logging.getLogger(__name__)

Mint = Callable[[], str]


def random_id() -> str:
    """Return a fresh WARC-Record-ID."""
    return f"<urn:uuid:{uuid.uuid4()}>"


@dataclass(frozen=True, slots=True)
class Keep:
    """One call of `keep`."""

    fetched: Fetched
    source: SourceKey | None
    same_as: Capture | None


@dataclass(frozen=True, slots=True)
class SealLast:
    """One call of `seal_last`."""


class WarcCaptures:
    """Keeps `ports.Captures` in a folder."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        software: str,
        contact: str | None = None,
        *,
        largest: int = LARGEST,
        mint: Mint = random_id,
    ) -> None:
        self._folder = folder
        self._writer = _Writer(folder, clock, software, contact, largest, mint)
        self._batches: Batches[Keep | SealLast] = Batches("captures", self._writer.handle)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        folder: Path,
        clock: Clock,
        *,
        software: str,
        contact: str | None = None,
        read_only: bool = False,
        strand: Callable[[Sequence[Capture]], Coroutine[Any, Any, None]] | None = None,
    ) -> AsyncIterator[Self]:
        """Recover what dead processes left, then keep captures until the end; raises ArchiveUnavailable.

        `strand` is told what answers each file holds that a dead process left.
        With `read_only` nothing is recovered, and nothing can be kept.
        """
        loop = asyncio.get_running_loop()

        def found_in(path: Path) -> None:
            if strand is not None:
                asyncio.run_coroutine_threadsafe(strand(_answered(folder, path)), loop).result()

        try:
            left = () if read_only else await asyncio.to_thread(recovery.recover, folder / FOLDER, found_in)
        except OSError as error:
            raise ArchiveUnavailable(f"{folder / FOLDER}: {error.strerror}") from error
        for recovered in left:
            log.warning("%s was left open and is sealed now; %d bytes were cut", recovered.file, recovered.cut)
        captures = cls(folder, clock, software, contact)
        try:
            yield captures
        finally:
            await captures.close()

    async def keep(
        self, fetched: Fetched, source: SourceKey | None, same_as: Capture | None = None
    ) -> Sequence[Capture]:
        """See `ports.Captures`."""
        kept: Sequence[Capture] = await self._batches.do(Keep(fetched, source, same_as))
        return kept

    async def read(self, ref: CaptureRef) -> Exchange:
        """See `ports.Captures`.  What a resource or a revisit gives: see `warc.read`."""
        return await asyncio.to_thread(_read, self._folder, ref)

    async def seal_last(self) -> bool:
        """Seal the file of a month that is over, though nothing new comes; tell whether there was one."""
        return bool(await self._batches.do(SealLast()))

    async def close(self) -> None:
        """Write what still waits, and seal the file."""
        await self._batches.close()
        await asyncio.to_thread(self._writer.close)


class _Writer:
    """Writes batches to the file that is open, and begins and seals files."""

    def __init__(
        self, folder: Path, clock: Clock, software: str, contact: str | None, largest: int, mint: Mint
    ) -> None:
        self._folder, self._clock, self._mint = folder, clock, mint
        self._software, self._contact, self._largest = software, contact, largest
        self._file: _File | None = None

    def handle(self, jobs: Sequence[Job[Keep | SealLast]]) -> None:
        """Write portions, each on disk before its jobs are done; where that fails, none of a portion is kept."""
        for portion in _portions(jobs):
            try:
                self._write(portion)
            except OSError as error:
                self._give_up()
                for job, _ in portion:
                    job.error = ArchiveUnavailable(f"{self._folder / FOLDER}: {error.strerror or error}")
                    job.error.__cause__ = error
        for job in jobs:
            if isinstance(job.work, SealLast):
                job.result = self._file is not None and self._file.month != _month(self._clock())
                if job.result:
                    self.close()

    def close(self) -> None:
        """Seal the file; what cannot be sealed now the next start seals."""
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                file.seal()

    def _write(self, portion: "_Portion") -> None:
        reached("before_capture_write")
        file = self._current()
        for job, work in portion:
            try:
                job.result = tuple(self._append(file, work))
            except OSError:
                raise
            except Exception as error:  # what cannot be said in WARC costs only itself
                job.error = error
        file.sync()

    def _append(self, file: "_File", work: Keep) -> Iterator[Capture]:
        context = warc.Context(warcinfo=file.warcinfo, source=work.source)
        fetched, same_as = work.fetched, work.same_as
        for exchange in fetched.exchanges:
            id_ = self._mint()
            if same_as is not None and exchange is fetched.exchanges[-1]:
                record = warc.revisit(id_, exchange, same_as, context)
            else:
                record = warc.response(id_, self._mint(), exchange, context)
            yield _capture(file.append(record), exchange.url, exchange.at, exchange.payload_sha256, id_)
        if not fetched.exchanges:
            id_ = self._mint()
            record = warc.resource(id_, fetched.document, fetched.at, context, same_as)
            yield _capture(file.append(record), fetched.document.url, fetched.at, fetched.sha256, id_)

    def _current(self) -> "_File":
        """Return the file to write to; a full one, or last month's, is sealed first."""
        now = self._clock()
        if self._file is not None and (self._file.size >= self._largest or self._file.month != _month(now)):
            file, self._file = self._file, None
            file.seal()
        if self._file is None:
            self._file = _begin(self._folder, now)
            id_ = self._mint()
            name = self._file.name
            self._file.append(warc.warcinfo(id_, now, name.rpartition("/")[2], self._software, self._contact))
            self._file.warcinfo = id_
        return self._file

    def _give_up(self) -> None:
        """Let go of a file that could not be written: after a failed fsync nobody knows what it holds."""
        if self._file is not None:
            file, self._file = self._file, None
            file.abandon()


class _File:
    """A file that this process appends to, and holds locked so that nobody else seals it."""

    def __init__(self, path: Path, name: str, month: str, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor
        self.name, self.month = name, month  # the name it will have, from the archive's folder
        self.size = self._synced = 0
        self.warcinfo = ""
        self._digest = hashlib.sha256()

    def append(self, record: bytes) -> CaptureRef:
        ref = CaptureRef(file=self.name, offset=self.size)
        left = memoryview(record)
        while left:
            left = left[os.write(self._descriptor, left) :]
        self.size += len(record)
        self._digest.update(record)
        return ref

    def sync(self) -> None:
        reached("before_capture_fsync")
        os.fsync(self._descriptor)
        if not self._synced:  # its name must last as well, and those of its folders
            for folder in (self._path.parent, *list(self._path.parents)[1:4]):
                recovery.sync_folder(folder)
        self._synced = self.size
        reached("after_capture_fsync")

    def seal(self) -> None:
        try:
            recovery.seal(self._path, self._digest.digest())
        finally:
            os.close(self._descriptor)

    def abandon(self) -> None:
        """Cut off what was not synced, as far as that can be done; the rest is for `recovery`."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, self._synced)
            if not self._synced:
                self._path.unlink()
        os.close(self._descriptor)


def _begin(folder: Path, now: datetime) -> _File:
    """Create a file under a name that nobody has (WA-11: prefix, time, serial, host)."""
    month = _month(now)
    host = re.sub(r"[^A-Za-z0-9.-]", "", os.uname().nodename)[:64] or "localhost"
    (folder / FOLDER / month).mkdir(parents=True, exist_ok=True)
    for serial in range(100_000):
        name = f"{FOLDER}/{month}/{PREFIX}-{now:%Y%m%d%H%M%S}-{serial:05d}-{host}.warc.gz"
        path = folder / (name + OPEN)
        descriptor = locks.hold_new(path)
        if descriptor is None:
            continue
        if not (folder / name).exists():  # looked for only now: it may just have been sealed
            return _File(path, name, month, descriptor)
        path.unlink()
        os.close(descriptor)
    raise FileExistsError("no name is left for a capture file")


def _month(now: datetime) -> str:
    return f"{now:%Y/%m}"


_Portion = Sequence[tuple[Job[Keep | SealLast], Keep]]


def _portions(jobs: Sequence[Job[Keep | SealLast]]) -> Iterator[_Portion]:
    """Part what is to be kept so that little is lost when the power fails between two fsyncs."""
    portion: list[tuple[Job[Keep | SealLast], Keep]] = []
    size = 0
    for job in jobs:
        if not isinstance(job.work, Keep):
            continue
        portion.append((job, job.work))
        fetched = job.work.fetched
        size += sum(len(exchange.answer) for exchange in fetched.exchanges) or len(fetched.document.body)
        if size > SYNCED:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _capture(ref: CaptureRef, url: str, at: datetime, payload: bytes, id_: str) -> Capture:
    return Capture(ref=ref, url=url, at=at, payload_sha256=payload, record_id=id_)


def _read(folder: Path, ref: CaptureRef) -> Exchange:
    where = f"{ref.file} at byte {ref.offset}"
    if not ref.file.startswith(f"{FOLDER}/") or ".." in Path(ref.file).parts:
        raise ArchiveDamaged(f"{where}: no capture lies there")
    try:
        with _found(folder / ref.file).open("rb") as stream:
            stream.seek(ref.offset)
            return warc.read(stream)
    except (OSError, warc.NotWarc) as error:
        raise ArchiveDamaged(f"{where}: {error}") from error


def _answered(folder: Path, path: Path) -> Sequence[Capture]:
    """Return the answers in a file that was left open, as many as can be read; under the name it will have."""
    found: list[Capture] = []
    with path.open("rb") as stream, suppress(OSError, ValueError, KeyError, warc.NotWarc):
        for capture in warc.answered(stream, path.relative_to(folder).as_posix().removesuffix(OPEN)):
            found.append(capture)  # noqa: PERF402 - what stands before damage is found
    return found


def _found(path: Path) -> Path:
    """Return where a file lies now: it may still be open, or just being sealed."""
    left_open = path.with_name(path.name + OPEN)
    return left_open if not path.exists() and left_open.exists() else path
