"""One archive of each kind: what the contract says holds for all of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.archive.sqlite import SqliteArchive


@pytest.fixture(params=["memory", "sqlite"])
async def archive(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MemoryArchive | SqliteArchive]:
    if request.param == "memory":
        yield MemoryArchive()
        return
    async with SqliteArchive.opened(tmp_path / "archive") as opened:
        yield opened
