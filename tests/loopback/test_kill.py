"""kill -9 at random moments of collecting and publishing: nothing archived is lost, nothing comes twice."""

import random
import subprocess
import time

import pytest

from tests.farm import House, children_of, configuration, farm, free_port, is_alive, kill, wait_for
from tests.oracle import Oracle, is_complete

TIMES = 3  # for each of the two; tests/long/test_kills.py has a hundred
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@pytest.fixture(scope="module")
def world():
    with farm("-n", "24", "--seed", "7") as running:
        yield running


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def killed_after(process: subprocess.Popen[str], seconds: float) -> None:
    """Let a process work for so long, kill it, and see its children die with it."""
    time.sleep(seconds)
    children = children_of(process.pid)
    kill(process)
    wait_for(lambda: not any(map(is_alive, children)), 5)


def test_collect_killed_at_any_moment_loses_nothing_and_the_next_one_completes(world, house):
    feeds, chance = world.feeds()[:12], random.Random(20261124)
    house.configure(configuration(feeds, extra=", full_text: feed"))
    oracle = Oracle(house, "http://127.0.0.1:8080/")
    names = [f"s{number}" for number in range(len(feeds))]

    for _ in range(TIMES):
        killed_after(
            house.start("collect", *names, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), chance.uniform(0.5, 3)
        )
        oracle.look()
        world.tick(12)
    house.run("collect", *names)
    house.run("publish")

    oracle.settled()
    is_complete(house, world, feeds)


def test_the_daemon_killed_at_any_moment_loses_nothing_and_the_next_one_goes_on(world, house):
    feeds, chance, port = world.feeds()[12:], random.Random(4211), free_port()
    oracle = Oracle(house, f"http://127.0.0.1:{port}/")

    for number in range(TIMES):
        house.configure(configuration(feeds[: 4 * (number + 1)], port=port, extra=", full_text: feed"))
        killed_after(house.start("run", **QUIET), chance.uniform(0.8, 3.5))
        oracle.look()
    house.configure(configuration(feeds, port=port, extra=", full_text: feed"))
    house.run("collect")
    house.run("publish")

    oracle.settled()
    is_complete(house, world, feeds)
