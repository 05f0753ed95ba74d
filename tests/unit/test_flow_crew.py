"""Many visits at once: how many, who is given back, and who is spared after we failed."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.errors import ArchiveUnavailable
from cuttings.flow.collect import Collector
from cuttings.flow.crew import Crew
from cuttings.flow.intake import Intake
from cuttings.model.capture import Failed
from cuttings.schedule import Plan
from tests.builders import NOW, source
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking

FEED = b"<rss version='2.0'><channel><title>Tides</title><item><title>High</title><guid>1</guid></item></channel></rss>"


class Faulty(MemoryArchive):
    """An archive that can be told to keep nothing."""

    full = False

    async def commit(self, visit):
        if self.full:
            raise ArchiveUnavailable("the disk is full")
        number = await super().commit(visit)
        await asyncio.sleep(0)  # others' commits are in the same transaction
        return number


class World:
    """A crew over sources that all answer, on a clock that is set by hand."""

    def __init__(self, names, concurrency=4):
        self.clock = Ticking(NOW)
        self.archive = Faulty(self.clock)
        self.fetcher = Scripted(self.clock, {f"https://{name}.example/feed.xml": [FEED] for name in names})
        self.sources = [source(name, full_text="feed") for name in names]
        self.receipts = []
        self.concurrency = concurrency

    async def crew(self):
        intake = Intake(
            archive=self.archive,
            captures=MemoryCaptures(),
            sandbox=InlineSandbox(),
            fetcher=self.fetcher,
            clock=self.clock,
        )
        states = await self.archive.follow(self.sources, self.clock())
        return Crew(
            collector=Collector(
                archive=self.archive,
                fetcher=self.fetcher,
                folders=MemoryFolders({}),
                intake=intake,
                clock=self.clock,
                chance=lambda: 0.0,
            ),
            sources=self.archive,
            declared={states[one.name].key: one for one in self.sources},
            plan=Plan(),
            concurrency=self.concurrency,
            patience=0.02,
            clock=self.clock,
            report=self.receipts.append,
        )


async def pumped(crew):
    await crew.pump()
    await crew.rest()


async def test_all_that_are_due_are_visited_once():
    world = World([f"s{number}" for number in range(10)])
    crew = await world.crew()

    await pumped(crew)
    await pumped(crew)

    assert len(world.fetcher.asked) == len(world.receipts) == 10


async def test_never_more_visits_at_a_time_than_are_allowed():
    world, at_once = World([f"s{number}" for number in range(10)], concurrency=3), []
    crew, under_way = await world.crew(), set()

    async def slow(request):
        under_way.add(request.url)
        at_once.append(len(under_way))
        await asyncio.sleep(0)
        under_way.discard(request.url)

    world.fetcher.before = slow
    await crew.visit(list(crew.declared))

    assert (max(at_once), len(world.receipts)) == (3, 10)


async def test_hosts_that_hang_hold_up_nobody():
    hanging, healthy = [f"h{number}" for number in range(12)], [f"s{number}" for number in range(12)]
    world, over = World([*hanging, *healthy], concurrency=3), asyncio.Event()

    async def hang(request):
        if "//h" in request.url:
            await over.wait()

    world.fetcher.before = hang
    crew = await world.crew()
    pumping = asyncio.create_task(crew.pump())

    async with asyncio.timeout(20):
        while len(world.receipts) < len(healthy):
            await asyncio.sleep(0.01)

    assert {receipt.source for receipt in world.receipts} == set(healthy)
    over.set()
    await pumping
    await crew.rest()
    assert len(world.receipts) == 24


async def test_no_more_wait_without_a_seat_than_may():
    world, over = World([f"h{number}" for number in range(9)], concurrency=2), asyncio.Event()

    async def hang(request):
        await over.wait()

    world.fetcher.before = hang
    crew = await world.crew()
    crew.standing = 3
    pumping = asyncio.create_task(crew.pump())

    while len(world.fetcher.asked) < 5:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)

    assert len(world.fetcher.asked) == 2 + 3
    over.set()
    await pumping
    await crew.rest()


async def test_a_source_whose_visit_we_could_not_keep_is_not_asked_again_at_once():
    world = World(["daily"])
    crew = await world.crew()
    world.archive.full = True
    await pumped(crew)
    crew.failure = None
    await pumped(crew)  # still full: nobody is asked
    asked_while_full = len(world.fetcher.asked)

    world.archive.full, crew.failure = False, None
    await pumped(crew)
    asked_at_once = len(world.fetcher.asked)
    world.clock.pass_by(timedelta(hours=25))
    await pumped(crew)

    assert (asked_while_full, asked_at_once, len(world.fetcher.asked)) == (1, 1, 2)
    assert world.receipts[0].error == "the disk is full"
    assert world.receipts[-1].outcome == "new"


async def test_a_fault_of_ours_costs_one_visit_and_puts_the_source_off():
    world = World(["daily", "weekly"])
    crew = await world.crew()

    async def faulty(request):
        if "daily" in request.url:
            raise RuntimeError("a mistake of ours")

    world.fetcher.before = faulty
    await pumped(crew)
    await pumped(crew)

    outcomes = {receipt.source: receipt.outcome for receipt in world.receipts}
    assert (outcomes, len(world.receipts)) == ({"daily": "failed", "weekly": "new"}, 2)


async def test_when_the_archive_fails_no_further_source_is_asked():
    world = World([f"s{number}" for number in range(10)], concurrency=2)
    crew = await world.crew()
    world.archive.full = True

    await pumped(crew)

    assert len(world.fetcher.asked) <= 2
    assert isinstance(crew.failure, ArchiveUnavailable)


@pytest.mark.parametrize("named", [True, False])
async def test_leases_are_given_back(named):
    world = World(["daily"])
    crew = await world.crew()
    [key] = crew.declared

    await (crew.visit([key]) if named else pumped(crew))

    assert [state.key for state in await world.archive.lease(NOW, 1, [key])] == [key]


async def test_after_an_outage_the_first_success_makes_the_others_due():
    world = World(["a", "b", "c"])
    crew = await world.crew()
    urls = list(world.fetcher.script)
    down = Failed(reason="no such host", at=NOW, connected=False)
    world.fetcher.script = {url: [down, down, down, FEED] for url in urls}
    for _ in range(3):
        await pumped(crew)
        world.clock.pass_by(timedelta(minutes=30))
    one, *others = crew.declared

    await crew.visit([one])
    world.clock.pass_by(timedelta(minutes=1))
    await pumped(crew)

    assert {receipt.source for receipt in world.receipts if receipt.outcome == "new"} == {"a", "b", "c"}
    assert len(others) == 2


async def test_who_is_being_visited_when_an_outage_ends_is_not_visited_twice():
    world = World(["a", "b", "c"])
    crew = await world.crew()
    down = Failed(reason="no such host", at=NOW, connected=False)
    world.fetcher.script = {url: [down, FEED] for url in world.fetcher.script}
    await pumped(crew)
    world.clock.pass_by(timedelta(minutes=2))

    await pumped(crew)
    world.clock.pass_by(timedelta(minutes=2))
    await pumped(crew)

    assert len(world.fetcher.asked) == 6


async def test_a_source_that_others_declared_is_left_to_them():
    world = World(["daily"])
    crew = await world.crew()
    await world.archive.follow([*world.sources, replace(source("foreign"))], NOW)

    await pumped(crew)

    assert [receipt.source for receipt in world.receipts] == ["daily"]
