"""Every row of the table of hostile inputs: what we do about it, shown by doing it to us."""

import asyncio

import pytest

from cuttings.sandbox import ProcessSandbox
from tests.hostile import articles, documents, house, network  # noqa: F401  they fill the table
from tests.hostile.rows import CASES, LEFT_OUT, NUMBERS
from tests.hostile.world import World
from tests.servers import scripted


@pytest.fixture(scope="module")
def sandbox():
    """One for all: what breaks it breaks the rows that follow."""
    made = ProcessSandbox(workers=1, seconds=10)
    yield made
    asyncio.run(made.__aexit__())


@pytest.fixture
async def world(sandbox):
    async with scripted() as server:
        made = World(server, sandbox)
        yield made
        await made.fetcher.aclose()


@pytest.mark.parametrize("name", [f"H-{number}" for number in NUMBERS if f"H-{number}" in CASES])
async def test_hostile(world, name):
    await CASES[name](world)


def test_every_row_is_shown_or_left_out_for_a_reason():
    rows = {f"H-{number}" for number in NUMBERS}

    assert set(CASES) | set(LEFT_OUT) == rows
    assert not set(CASES) & set(LEFT_OUT)
