"""Two clean weeks of two hundred sites raise no alarm; twelve days without us, and what rolled over meanwhile does."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

import pytest

from cuttings import app
from cuttings.config import load
from cuttings.ports import Query
from tests.farm import House, configuration, farm

SITES = int(os.environ.get("CUTTINGS_SITES", "200"))
DAYS = int(os.environ.get("CUTTINGS_DAYS", "14"))
AWAY = 12
ALL = timedelta(days=60)


class Ahead:
    """Our clock, which runs as all clocks do and is put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    """Return what was told on each clean day, what was told after we were away, and which feeds lost entries."""
    house, clock, told = House(tmp_path_factory.mktemp("house")), Ahead(), []
    with farm("-n", str(SITES), "--profile", "clean", "--epoch", "now", clocked=True) as world:
        house.configure(configuration(world.feeds(), extra=", full_text: feed"))
        config = load.load(house.folder / "config.yaml", {})
        for _ in range(DAYS):
            told += [asyncio.run(_day(config, clock, world))]
        before = {entry["url"] for site in world.rows("truth?hash=0") for entry in site["entries"]}
        world.tick(AWAY * 24)
        clock.ahead += timedelta(days=AWAY)
        after = asyncio.run(_day(config, clock, world))
        held = asyncio.run(_held(config, clock))
        lost = {
            site["feed"]: count
            for site in world.rows("truth?hash=0")
            if (count := sum(_is_lost(entry, before, held) for entry in site["entries"]))
        }
        return told, after, lost


def _is_lost(entry, before, held):
    if entry["in_feed"] or entry["deleted"]:  # it may still come; its author took it back
        return False
    return entry["url"] not in before and not {entry["id"], entry["url"]} & held


async def _day(config, clock, world):
    async with app.opened(config, following=True, lingering=True, outside=app.Outside(clock=clock)) as opened:
        crew = opened.crew(lambda receipt: None)
        for _ in range(24):
            await crew.pump()
            await crew.rest()
            assert crew.failure is None
            world.tick(1)
            clock.ahead += timedelta(hours=1)
        return await opened.missed(clock() - ALL)


async def _held(config, clock):
    async with app.opened(config, outside=app.Outside(clock=clock)) as opened:
        records = [record async for record in opened.archive.newest(Query())]
    return {record.guid for record in records} | {record.url for record in records}


def test_clean_weeks_raise_no_alarm(weeks):
    told, _, _ = weeks

    assert [[(lack.source.name, lack.missed) for lack in day] for day in told] == [[]] * DAYS


def test_who_lost_entries_while_we_were_away_is_told_and_nobody_else(weeks):
    _, after, lost = weeks
    rolled = {lack.source.url: lack.missed.count for lack in after if lack.missed.why == "rolled"}

    print(f"{len(lost)} feeds lost {sum(lost.values())} entries; {len(rolled)} told of about {sum(rolled.values())}")
    assert lost
    assert {feed: count for feed, count in lost.items() if feed not in rolled} == {}
    assert len(set(rolled) - set(lost)) <= 1 + 0.1 * len(lost)  # one whose document was new to its last entry
    assert 0.5 * sum(lost.values()) <= sum(rolled.values()) <= 2 * sum(lost.values())
