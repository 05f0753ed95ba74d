"""Folders that hold what we publish, and what can be made again.

A file is written beside, synced and renamed: a reader sees the old or the new,
never a mix (PR-3).  Names are made by us; one that would leave its folder is
refused all the same.
"""

import asyncio
import collections
import contextlib
import itertools
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cuttings.errors import ArchiveUnavailable
from cuttings.failpoints import reached
from cuttings.text import packing
from cuttings.text.digest import sha256

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PACKED = ".gz"
_PART = re.compile(r"\.(?P<pid>[0-9]+)-(?P<life>[0-9a-f]+)-[0-9]+\.part")  # nothing published begins with a dot
_LIFE = os.urandom(4).hex()  # in a container each daemon has the same process id as the one before
_parts = itertools.count()


class FolderOutlet:
    """Keeps `ports.Outlet` in a folder; all that goes wrong with the disk is ArchiveUnavailable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, path: str, body: bytes, at: datetime) -> None:
        """Write the .gz, then the file; their times are the same only when both are there."""
        await asyncio.to_thread(self._put, path, body, at)

    async def time_of(self, path: str) -> datetime | None:
        """Return the time of both files, None unless both have the same."""
        return await asyncio.to_thread(self._time_of, path)

    async def read(self, path: str) -> bytes | None:
        """Return a file's bytes."""
        return await asyncio.to_thread(self._read, path)

    async def times(self, folder: str) -> dict[str, datetime | None]:
        """Return the paths, sorted, with their times; what a killed process left half-written is deleted on the way."""
        return await asyncio.to_thread(self._times, folder)

    async def remove(self, path: str) -> None:
        """Delete a file, its .gz, and the folders that are empty then."""
        await asyncio.to_thread(self._remove, path)

    async def sweep(self) -> None:
        """Delete what killed processes left half-written."""
        await asyncio.to_thread(lambda: collections.deque(_files(self._folder), maxlen=0))

    def _put(self, path: str, body: bytes, at: datetime) -> None:
        target = _inside(self._folder, path)
        with _disk(target):
            _make_lasting(target.parent)
            _write(target.with_name(target.name + _PACKED), packing.gzipped(body), at)
            reached("between_twins")
            _write(target, body, at)
            _sync(target.parent)
            reached("after_file")

    def _time_of(self, path: str) -> datetime | None:
        target = _inside(self._folder, path)
        with _disk(target):
            plain, packed = _mtime(target), _mtime(target.with_name(target.name + _PACKED))
        return None if plain is None or plain != packed else _EPOCH + (plain // 1000) * _MICROSECOND

    def _read(self, path: str) -> bytes | None:
        target = _inside(self._folder, path)
        with _disk(target), contextlib.suppress(FileNotFoundError):
            return target.read_bytes()
        return None

    def _times(self, folder: str) -> dict[str, datetime | None]:
        root = _inside(self._folder, folder)
        with _disk(root):
            paths = {path.relative_to(self._folder).as_posix().removesuffix(_PACKED) for path in _files(root)}
        return {path: self._time_of(path) for path in sorted(paths)}

    def _remove(self, path: str) -> None:
        target = _inside(self._folder, path)
        with _disk(target):
            reached("before_remove")
            target.unlink(missing_ok=True)
            target.with_name(target.name + _PACKED).unlink(missing_ok=True)
        for parent in itertools.takewhile(lambda folder: folder != self._folder, target.parents):
            try:
                parent.rmdir()
            except OSError:  # not empty
                break


class FolderCache:
    """Keeps `ports.Cache` in a folder that may be deleted at any time.

    Nothing is synced nor renamed: a body that was cut off, or is still being
    written, does not match the digest before it, and counts as not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: bytes) -> bytes | None:
        """Return the body, None where it is not there or not what was put."""
        try:
            kept = self._file(key).read_bytes()
        except OSError:
            return None
        return kept[32:] if kept[:32] == sha256(kept[32:]) else None

    def put(self, key: bytes, body: bytes) -> None:
        """Keep a body; a disk that is full or read-only is no matter here."""
        with contextlib.suppress(OSError):
            file = _created(self._file(key), os.O_TRUNC)
            try:
                os.write(file, sha256(body) + body)
            finally:
                os.close(file)

    def prune(self, before: datetime) -> int:
        """Delete what was put before a moment, and return how many: rendered again when it is wanted again."""
        pruned = 0
        for path in _files(self._folder):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    pruned += 1
        return pruned

    def _file(self, key: bytes) -> Path:
        name = key.hex()
        return self._folder / name[:2] / name


@contextlib.contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveUnavailable(f"cannot write or read {path}: {error.strerror or error}") from error


def _inside(folder: Path, path: str) -> Path:
    """Return where a path lies; ValueError for one that is absolute, hidden, or leads out."""
    parts = path.split("/") if path else []
    if "\0" in path or any(part == "" or part.startswith(".") for part in parts):
        raise ValueError(f"not a path to publish under: {path!r}")
    return folder.joinpath(*parts)


def _write(target: Path, body: bytes, at: datetime) -> None:
    """Write a file whole or not at all, and so that it lasts."""
    part = target.with_name(f".{os.getpid()}-{_LIFE}-{next(_parts)}.part")
    file = _created(part, os.O_EXCL)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(body)
            stream.flush()
            moment = (at - _EPOCH) // _MICROSECOND * 1000
            os.utime(stream.fileno(), ns=(moment, moment))
            os.fsync(stream.fileno())
            reached("before_file_rename")
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _created(file: Path, how: int) -> int:
    """Open a file to write; its folder may be missing, or vanish when its last file is deleted meanwhile."""
    for _ in range(3):
        try:
            return os.open(file, os.O_WRONLY | os.O_CREAT | how | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            file.parent.mkdir(parents=True, exist_ok=True)
    raise FileNotFoundError(file)


def _make_lasting(folder: Path) -> None:
    """Make a folder so that a power cut does not take it away, and what documents lead to with it."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mtime(path: Path) -> int | None:
    try:
        return path.stat(follow_symlinks=False).st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return None


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(folder, name)
            if part := _PART.fullmatch(name):
                _swept(path, int(part["pid"]), part["life"])
            elif not name.startswith("."):
                yield path


def _swept(part: Path, pid: int, life: str) -> None:
    """Delete what a process began to write, if it lives no more."""
    if life != _LIFE and (pid == os.getpid() or not _lives(pid)):
        part.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
