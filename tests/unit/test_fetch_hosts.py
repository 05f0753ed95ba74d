"""Turns at hosts: one at a time, with a pause."""

import asyncio
from datetime import timedelta

import pytest

from cuttings.fetch.hosts import SWEEP, Hosts


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def hosts(time: Time, *exempt: str) -> Hosts:
    return Hosts(timedelta(seconds=1), lambda host: host in exempt, time, time.sleep)


async def test_the_pause_lies_between_the_end_of_one_turn_and_the_start_of_the_next():
    time = Time()
    turns = hosts(time)

    async with turns.turn("a"):
        time.now += 30
    time.now += 0.25
    async with turns.turn("a"):
        pass

    assert time.slept == [0.75]


async def test_hosts_do_not_wait_for_each_other():
    time = Time()
    turns = hosts(time)

    async with turns.turn("a"), turns.turn("b"):
        pass

    assert time.slept == []


async def test_a_host_that_asked_for_more_gets_more():
    time = Time()
    turns = hosts(time)

    async with turns.turn("a", pace=20.0):
        pass
    async with turns.turn("a"):
        pass

    assert time.slept == [20.0]


async def test_an_exempt_host_has_no_pause_but_still_one_turn_at_a_time():
    time = Time()
    turns = hosts(time, "ours")
    inside: list[int] = []

    async def visit() -> None:
        async with turns.turn("ours"):
            inside.append(1)
            assert len(inside) == 1
            await asyncio.sleep(0)
            inside.pop()

    await asyncio.gather(*(visit() for _ in range(5)))

    assert time.slept == []


async def test_turns_are_given_in_the_order_they_were_asked_for():
    turns, order = hosts(Time()), []

    async def visit(number: int) -> None:
        async with turns.turn("a"):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(visit(number) for number in range(6)))

    assert order == list(range(6))


async def test_an_unused_turn_costs_no_pause():
    time = Time()
    turns = hosts(time)

    async with turns.turn("a") as turn:
        turn.unused()
    async with turns.turn("a"):
        pass

    assert time.slept == []


async def test_who_gives_up_waiting_holds_up_nobody():
    turns = hosts(Time())

    async with turns.turn("a"):
        waiting = asyncio.ensure_future(turns.turn("a").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with asyncio.timeout(1), turns.turn("a"):
        pass


async def test_who_gives_up_in_the_pause_holds_up_nobody():
    time = Time()

    async def given_up(seconds: float) -> None:
        raise asyncio.CancelledError

    turns = Hosts(timedelta(seconds=1), monotonic=time, sleep=given_up)
    async with turns.turn("a"):
        pass
    with pytest.raises(asyncio.CancelledError):
        await turns.turn("a").__aenter__()
    time.now += 5

    async with asyncio.timeout(1), turns.turn("a"):
        pass


async def test_hosts_are_forgotten_when_their_pause_is_over():
    time = Time()
    turns = hosts(time)

    for number in range(3 * SWEEP):
        async with turns.turn(f"host-{number}"):
            time.now += 0.01

    assert len(turns._known) <= SWEEP
