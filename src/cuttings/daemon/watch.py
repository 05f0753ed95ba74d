"""Watches the files that a configuration was made from: a look a second costs less than being told."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cuttings.config.values import Config

MOST = 1_000  # files of a folder that are looked at

_Stamp = tuple[int, int, int]


def files_of(config: Config) -> Iterator[Path]:
    """Yield the files and folders that a configuration was made from."""
    if config.file is not None:
        yield config.file
    yield from config.includes
    yield config.picks
    if config.theme is not None:
        yield config.theme


class Watch:
    """Tells when watched files have changed; a folder stands for what is in it.

    One that changed a moment ago is given a second to lie still, so that
    nobody reads it half-written.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._read = self._seen = _stamps(self._paths)

    def has_changed(self) -> bool:
        """Look; tell whether something is other than when it was read, and as it was at the last look."""
        before, self._seen = self._seen, _stamps(self._paths)
        return self._seen != self._read and self._seen == before

    def begin(self) -> None:
        """What stands there now is about to be read."""
        self._read = self._seen = _stamps(self._paths)

    def follow(self, paths: Iterable[Path]) -> None:
        """Watch these from now on; what `begin` saw stays as it was seen."""
        self._paths = tuple(paths)
        self._read = {**_stamps(self._paths), **{path: self._read[path] for path in self._paths if path in self._read}}
        self._seen = self._read


def _stamps(paths: Iterable[Path]) -> Mapping[Path, tuple[_Stamp | None, ...]]:
    return {path: tuple(_stamp(file) for file in _below(path)) for path in paths}


def _below(path: Path) -> Iterator[Path]:
    """Yield a file, or a folder and what is in it."""
    yield path
    left = MOST
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names)[:left]:
            left -= 1
            yield Path(folder, name)
        if left <= 0:
            return


def _stamp(path: Path) -> _Stamp | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)
