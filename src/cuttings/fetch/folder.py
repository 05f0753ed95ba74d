"""A folder of saved pages, texts and feeds, as a source.

Reads only below its root: every step of a path is opened without following
links, so that nobody can lead us out of it between a look and a read.

Serves THREATS 1.7 (P2), F-30.
"""

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cuttings.model.capture import Document, Fetched
from cuttings.ports import Clock
from cuttings.text.digest import sha256

SUFFIXES = (".html", ".htm", ".txt", ".xml", ".json", ".rss", ".atom")
MOST = 10_000  # files; a folder with more is somebody's disk
DEEPEST = 32  # folders within folders
LARGEST = 16 << 20  # bytes of a file, as of a body that is fetched
TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".json": "application/json"}

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a named pipe must not hold us up


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that may be read.  `path` is relative to the root, with slashes; `modified` is UTC."""

    path: str
    size: int
    modified: datetime


class LocalFolders:
    """Keeps `ports.Folders` on this machine's files."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def walk(self, folder: str) -> Sequence[tuple[str, str]]:
        """Return (path, stamp) of all files; the stamp is made of size and time."""
        found = await asyncio.to_thread(walk, Path(folder))
        return [(file.path, f"{file.size}-{file.modified.timestamp():.6f}") for file in found]

    async def read(self, folder: str, path: str) -> Fetched:
        """Return a file, with the media type that its name tells."""
        body = await asyncio.to_thread(read, Path(folder), path, LARGEST)
        media_type = TYPES.get(Path(path).suffix.lower())
        headers = {"content-type": media_type} if media_type else {}
        return Fetched(document=Document(body=body, url=path, headers=headers), at=self._clock(), sha256=sha256(body))


def walk(root: Path) -> list[Found]:
    """Return the files below `root` that we read, by path, MOST at most.

    Left out: other suffixes, hidden and partial files, links, what is not
    readable or no plain file.  Raises OSError where the root is no folder.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # the root itself may be a link
    try:
        found = []
        for file in _below(descriptor, "", 0):
            found.append(file)
            if len(found) == MOST:
                break
        return sorted(found, key=lambda file: file.path)
    finally:
        os.close(descriptor)


def read(root: Path, path: str, limit: int) -> bytes:
    """Return a file's bytes.  Raises OSError: gone, a link in its path, no plain file, or larger than `limit`."""
    parts = path.split("/")
    if not all(parts) or ".." in parts or "." in parts or "\0" in path:
        raise FileNotFoundError(f"no path below a folder: {path!r}")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        descriptor = os.open(parts[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no plain file")
        body = file.read(limit + 1)
    if len(body) > limit:
        raise OSError(f"{path} is larger than {limit} bytes")
    return body


def _below(folder: int, prefix: str, depth: int) -> Iterator[Found]:
    """Walk by name, so that what lies beyond MOST is the same each time."""
    with os.scandir(folder) as entries:
        names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries if _visible(entry.name))
    for name, is_folder in names:
        if is_folder:
            if depth < DEEPEST:
                yield from _inside(folder, name, f"{prefix}{name}/", depth + 1)
        elif name.lower().endswith(SUFFIXES):
            yield from _file(folder, name, prefix)


def _inside(parent: int, name: str, prefix: str, depth: int) -> Iterator[Found]:
    try:
        folder = os.open(name, _FOLDER, dir_fd=parent)
    except OSError:
        return
    try:
        yield from _below(folder, prefix, depth)
    finally:
        os.close(folder)


def _file(folder: int, name: str, prefix: str) -> Iterator[Found]:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return
    if stat.S_ISREG(status.st_mode):
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        yield Found(path=prefix + name, size=status.st_size, modified=modified)


def _visible(name: str) -> bool:
    """Neither hidden nor still being written (editors and browsers use these names); and a name that is text."""
    return not name.startswith((".", "~", "#")) and not name.endswith("~") and name.isprintable()
