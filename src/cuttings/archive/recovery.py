"""WARC files that a process left open when it died: cut to their last whole record, sealed, nothing thrown away.

Standards: WA-13 of our list.  Nothing here knows more of WARC than that each
record is one gzip member.
"""

import hashlib
import mmap
import os
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cuttings.archive import locks
from cuttings.failpoints import reached

OPEN = ".open"
DAMAGED = ".damaged"
SIDECAR = ".sha256"

UNSYNCED = 64 << 20  # bytes: more were never written between two fsyncs, so what lies before is whole
PIECE = 1 << 16  # bytes read at once

_MAGIC = b"\x1f\x8b\x08"
_RECORD = b"WARC/1."


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of a file that was left open; `cut` bytes were no whole record and lie beside it."""

    file: Path
    cut: int


def recover(captures: Path, found_in: Callable[[Path], None] = lambda path: None) -> Sequence[Recovered]:
    """Seal all files below a folder whose process has died; those of the living are left alone.

    `found_in` looks into each that holds whole records, before it is sealed:
    killed in between, it is looked into again.
    """
    found = (_recovered(path, found_in) for path in sorted(captures.rglob(f"*{OPEN}")))
    return [recovered for recovered in found if recovered is not None]


def seal(path: Path, digest: bytes) -> None:
    """Give a file that is whole its last name and a sidecar, for `sha256sum -c`; it is read-only from then on."""
    sealed = path.with_name(path.name.removesuffix(OPEN))
    line = f"{digest.hex()}  {sealed.name}\n".encode()
    reached("before_sidecar")
    write_whole(sealed.with_name(sealed.name + SIDECAR), line)
    reached("before_seal")
    path.chmod(0o444)
    path.rename(sealed)
    sync_folder(path.parent)
    reached("after_seal")


def sync_folder(folder: Path) -> None:
    """Make names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, body: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    beside.rename(path)
    sync_folder(path.parent)


def whole_end(data: "bytes | mmap.mmap", start: int = 0) -> int:
    """Return where the last whole record ends, `start` when there is none.

    Damage before a whole record is passed over: to cut there would lose what
    is good behind it.
    """
    end, position = start, start
    while 0 <= position < len(data):
        after = _member_end(data, position)
        if after is None:
            position = data.find(_MAGIC, position + 1)
        else:
            end = position = after
    return end


def _recovered(path: Path, found_in: Callable[[Path], None]) -> Recovered | None:
    """Seal one file, None if its process lives or another one was faster."""
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if locks.holds(path, descriptor):
                return _sealed(path, descriptor, found_in)
        finally:
            os.close(descriptor)
    return None


def _sealed(path: Path, descriptor: int, found_in: Callable[[Path], None]) -> Recovered:
    size = os.fstat(descriptor).st_size
    end = _end_of(descriptor, size)
    if end < size:
        tail = os.pread(descriptor, size - end, end)
        write_whole(path.with_name(path.name.removesuffix(OPEN) + DAMAGED), tail)
        os.ftruncate(descriptor, end)
        os.fsync(descriptor)
    if end == 0:
        path.unlink()
        sync_folder(path.parent)
    else:
        found_in(path)
        seal(path, _sha256(descriptor))
    return Recovered(path.with_name(path.name.removesuffix(OPEN)), size - end)


def _end_of(descriptor: int, size: int) -> int:
    """Return where the last whole record of a file ends; what was certainly synced is not read again."""
    if size == 0:
        return 0
    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as data:
        start = data.find(_MAGIC, max(0, size - UNSYNCED))
        if start > 0 and (end := whole_end(data, start)) > start:
            return end
        return whole_end(data)


def _member_end(data: "bytes | mmap.mmap", start: int) -> int | None:
    """Return where the gzip member at `start` ends, None if none is there, or not whole, or no WARC record."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    position, begins = start, b""
    try:
        while not unpacker.eof:
            packed = data[position : position + PIECE]
            if not packed:
                return None
            position += len(packed)
            begins = (begins + unpacker.decompress(packed))[: len(_RECORD)]
    except zlib.error:
        return None
    return position - len(unpacker.unused_data) if begins == _RECORD else None


def _sha256(descriptor: int) -> bytes:
    digest = hashlib.sha256()
    position = 0
    while piece := os.pread(descriptor, PIECE, position):
        digest.update(piece)
        position += len(piece)
    return digest.digest()
