"""Small files in a folder of the archive, each whole or not there: written beside, synced, renamed."""

import asyncio
import os
from pathlib import Path

from cuttings.errors import ArchiveError


class FolderLists:
    """Keeps `ports.Lists` in a folder, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def has(self, name: str) -> bool:
        """Tell whether a file is there; see `ports.Lists`."""
        return await asyncio.to_thread((self._folder / name).is_file)

    async def keep(self, name: str, body: bytes) -> None:
        """Put a file in the place of the one before; see `ports.Lists`."""
        try:
            await asyncio.to_thread(self._put, self._folder / name, body)
        except OSError as error:
            raise ArchiveError(f"{self._folder / name} cannot be written: {error.strerror}") from error

    def _put(self, path: Path, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        with beside.open("wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        beside.rename(path)
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
