"""A file that people write, changed in place: read, changed, looked at, put there by a rename.

Reads and writes that one file and the new one beside it.  Two who change it
at once take turns; who dies on the way leaves the old one.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from cuttings.errors import UsageError

T = TypeVar("T")

_BESIDE = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


def rewritten(file: Path, change: Callable[[str], str], look: Callable[[Path], T]) -> T:
    """Put `change` of a file's text ("" where there is none) in its place; return what `look` says of the new one.

    `look` is called before the rename: what it or `change` raises leaves the
    old file as it was.  Line ends, mode and links stay.  Raises UsageError
    where the file cannot be read or written.
    """
    file = file.resolve()
    try:
        with _beside(file) as (beside, descriptor):
            old = file.read_bytes().decode("utf-8") if file.exists() else ""
            new = change(old)
            _fill(descriptor, new, file)
            said = look(beside)
            if new != old:
                beside.replace(file)
                _sync_folder(file.parent)
            return said
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 (at byte {error.start})") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error


@contextmanager
def _beside(file: Path) -> Iterator[tuple[Path, int]]:
    """Hold the new file, which is the lock as well; one that somebody dead left is taken over."""
    beside = file.with_name(f".{file.name}.new")
    descriptor = _held(beside)
    try:
        yield beside, descriptor
    finally:
        if _is_at(beside, descriptor):
            beside.unlink()
        os.close(descriptor)


def _held(path: Path) -> int:
    """Return the locked file of this name, waiting for whoever has it."""
    while True:
        descriptor = os.open(path, _BESIDE, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)  # it was renamed or removed while we waited


def _is_at(path: Path, descriptor: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(follow_symlinks=False), os.fstat(descriptor))
    return False


def _fill(descriptor: int, text: str, like: Path) -> None:
    """Write a text, with mode and owner of the file that it will replace."""
    os.ftruncate(descriptor, 0)
    with os.fdopen(os.dup(descriptor), "wb") as new:
        new.write(text.encode("utf-8"))
    if like.exists():
        was = like.stat()
        os.fchmod(descriptor, was.st_mode & 0o7777)
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, was.st_uid, was.st_gid)
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
