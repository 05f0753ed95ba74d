"""Locks that end with the process that holds them, after kill -9 too: flock on small files.

A number of a process says nothing (numbers are used again); a lock held says
that its holder lives.  Nothing is ever written into these files.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from cuttings.errors import ArchiveReadOnly, ArchiveUnavailable

RETRY = 0.02  # seconds between two looks at a lock that another one holds
READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

_NEW = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Presence:
    """Shows other processes, by a token, that this one lives: it holds `folder/TOKEN` locked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_lasting(folder)
        self.token, self._descriptor = self._register()
        self.forget_the_dead()

    def lives(self, token: str) -> bool:
        """Tell whether the process with this token lives."""
        return token == self.token or not _take_away(self._folder / token)

    def close(self) -> None:
        """Be gone."""
        with contextlib.suppress(OSError):  # where it cannot be written any more, others see that nobody holds it
            (self._folder / self.token).unlink(missing_ok=True)
        os.close(self._descriptor)

    def _register(self) -> tuple[str, int]:
        while True:
            token = secrets.token_hex(16)
            descriptor = hold_new(self._folder / token)
            if descriptor is not None:
                return token, descriptor

    def forget_the_dead(self) -> None:
        """Remove what processes left that were killed."""
        for path in self._folder.iterdir():
            if len(path.name) == len(self.token):
                self.lives(path.name)


def any_lives(folder: Path) -> bool:
    """Tell whether the process of some `Presence` in a folder lives."""
    return folder.exists() and any(not _take_away(path) for path in folder.iterdir())


def hold_new(path: Path) -> int | None:
    """Create a file and lock it; return its descriptor, None when someone was faster to take or clear it away."""
    try:
        descriptor = os.open(path, _NEW | os.O_EXCL, 0o644)
    except FileExistsError:
        return None
    if holds(path, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def holds(path: Path, descriptor: int) -> bool:
    """Lock an open file; tell whether that worked, and the file still has this name."""
    return try_to_hold(descriptor) and _is_still_there(path, descriptor)


def try_to_hold(descriptor: int) -> bool:
    """Lock an open file for this process; tell whether that worked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[None]:
    """Hold a lock, waiting for whoever has it.  The file stays: to remove it would let two hold it."""
    try:
        descriptor = os.open(path, _NEW, 0o644)
    except OSError as error:
        raise unwritable(path.parent, error) from error
    try:
        while not try_to_hold(descriptor):  # noqa: ASYNC110 - another process sends no event
            await asyncio.sleep(RETRY)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def folder_held(folder: Path) -> Iterator[None]:
    """Hold a folder itself, waiting for whoever has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def sole_daemon(folder: Path) -> Iterator[None]:
    """Be the one daemon of an archive.  Raises ArchiveUnavailable when there is another one."""
    try:
        make_lasting(folder)
        descriptor = os.open(folder / "daemon.lock", _NEW, 0o644)
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        if not any(_at_last(descriptor)):
            raise ArchiveUnavailable(f"{folder}: another daemon is at work here; one of the two needs its own archive")
        yield
    finally:
        os.close(descriptor)


def daemon_lives(folder: Path) -> bool:
    """Tell whether a daemon works on an archive."""
    try:
        descriptor = os.open(folder / "daemon.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _at_last(descriptor: int) -> Iterator[bool]:
    """Try to lock a few times: someone may just be asking whether a daemon lives."""
    for _ in range(5):
        yield try_to_hold(descriptor)
        time.sleep(RETRY)


def make_lasting(folder: Path) -> None:
    """Make a folder and those it lies in, so that a power cut does not take them, and all that is in them, away."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def unwritable(folder: Path, error: OSError) -> ArchiveUnavailable:
    """Return what to raise where nothing can be written into a folder."""
    kind = ArchiveReadOnly if error.errno in READ_ONLY and folder.is_dir() else ArchiveUnavailable
    return kind(f"{folder}: cannot be written: {error.strerror}")


def _take_away(path: Path) -> bool:
    """Remove the file of a process that died; tell whether it had died."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return True
    try:
        dead = try_to_hold(descriptor)
        if dead:
            path.unlink(missing_ok=True)
        return dead
    finally:
        os.close(descriptor)


def _is_still_there(path: Path, descriptor: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False
