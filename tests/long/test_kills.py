"""kill -9 a hundred times at random moments, and once at each named point of the durable order.

After each the oracle looks at the archive and walks the published files; the
next run completes by itself.
"""

import asyncio
import random
import shutil
import subprocess
import time
from datetime import UTC, datetime
from itertools import cycle

import pytest

from cuttings.archive.sqlite import SqliteArchive
from cuttings.failpoints import POINTS
from tests.farm import House, children_of, configuration, farm, free_port, is_alive, kill, wait_for
from tests.oracle import Oracle, is_complete

SITE = "http://127.0.0.1:8080/"
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
FEW = 8  # sources where each point is tried
ONLY_WHEN_NEW = {"before_migration_commit"}
ERRORS = ("EIO", "ENOSPC")


@pytest.fixture(scope="module")
def world():
    with farm("-n", "120", "--seed", "11") as running:
        yield running


def killed_after(process, seconds):
    """Let a process work for so long, kill it, and see its children die with it; return what it printed."""
    time.sleep(seconds)
    children = children_of(process.pid)
    kill(process)
    wait_for(lambda: not any(map(is_alive, children)), 5)
    return process.stdout.read().splitlines() if process.stdout else []


def make_all_due(house):
    """Bring every visit forward, as far as the publishers let us."""

    async def hastened():
        async with SqliteArchive.opened(house.archive) as archive:
            keys = [state.key for state in await archive.states()]
            await archive.hasten(keys, [datetime.now(UTC)] * len(keys))

    asyncio.run(hastened())


def ended(house, oracle, world, feeds):
    """One more run, left alone, completes everything."""
    house.run("collect", *(f"s{number}" for number in range(len(feeds))))
    house.run("publish")
    oracle.settled()
    is_complete(house, world, feeds)


def test_34_collects_killed_at_random_moments_lose_nothing(world, tmp_path):
    house, chance, feeds = House(tmp_path), random.Random(34), world.feeds()[:30]
    house.configure(configuration(feeds, extra=", full_text: feed"))
    oracle = Oracle(house, SITE)

    for _ in range(34):
        process = house.start("--json", "collect", *(f"s{n}" for n in range(30)), stderr=subprocess.DEVNULL)
        oracle.acknowledge(killed_after(process, chance.uniform(0.4, 2.5)))
        oracle.look()
        world.tick(4)

    ended(house, oracle, world, feeds)


def test_33_publishes_killed_at_random_moments_lose_no_place(world, tmp_path):
    house, chance, feeds = House(tmp_path), random.Random(33), world.feeds()[30:60]
    house.configure(configuration(feeds, extra=", full_text: feed"))
    oracle = Oracle(house, SITE)

    for number in range(33):
        if number % 3 == 0:
            house.run("collect", *(f"s{n}" for n in range(30)))
            world.tick(8)
        if number % 5 == 4:  # all is to be written again
            shutil.rmtree(house.published, ignore_errors=True)
        killed_after(house.start("publish", **QUIET), chance.uniform(0.6, 2.2))
        if number % 5 != 4:
            oracle.look()

    ended(house, oracle, world, feeds)


def test_33_daemons_killed_at_random_moments_lose_nothing(world, tmp_path):
    house, chance, feeds, port = House(tmp_path), random.Random(66), world.feeds()[60:], free_port()
    oracle = Oracle(house, f"http://127.0.0.1:{port}/")

    for number in range(33):
        house.configure(configuration(feeds[: 10 + 2 * number], port=port, extra=", full_text: feed"))
        killed_after(house.start("run", **QUIET), chance.uniform(0.8, 4))
        oracle.look()
        make_all_due(house)
        world.tick(4)

    house.configure(configuration(feeds, port=port, extra=", full_text: feed"))
    ended(house, oracle, world, feeds)


# -- at each named point


@pytest.fixture(scope="module")
def begun(world, tmp_path_factory):
    """A house in which something was collected and published, and where there is news since."""
    house, feeds = House(tmp_path_factory.mktemp("begun")), world.feeds()[:FEW]
    house.configure(configuration(feeds, extra=", full_text: feed").replace("size: 50", "size: 5"))
    house.run("collect", *(f"s{number}" for number in range(FEW)))
    house.run("publish")
    world.tick(30)
    return house


def furnished(begun, folder, point):
    """Return a copy of the house; a point that is met only by who begins gets an empty one."""
    house = House(folder / "house")
    if point in ONLY_WHEN_NEW:
        house.folder.mkdir()
        house.configure((begun.folder / "config.yaml").read_text())
        return house
    shutil.copytree(begun.folder, house.folder)
    stray = house.published / "feeds/stray.rss"
    stray.write_text("nothing leads here")
    return house


def commands_until_killed(house, monkeypatch, wish):
    """Collect and publish with a fault asked for; return the exit codes and what was complained of."""
    monkeypatch.setenv("CUTTINGS_FAIL", wish)
    codes, said = [], ""
    for words in (("collect", *(f"s{number}" for number in range(FEW))), ("publish",)):
        process = house.start(*words)
        said += process.communicate(timeout=60)[1]
        codes.append(process.returncode)
    monkeypatch.delenv("CUTTINGS_FAIL")
    return codes, said


@pytest.mark.parametrize("point", POINTS)
def test_commands_killed_at(point, begun, world, tmp_path, monkeypatch):
    house = furnished(begun, tmp_path, point)
    oracle = Oracle(house, SITE)
    if point not in ONLY_WHEN_NEW:
        oracle.look()

    codes, _ = commands_until_killed(house, monkeypatch, f"{point}:kill")

    assert -9 in codes, f"{point} was never reached"
    oracle.look()
    ended(house, oracle, world, world.feeds()[:FEW])


@pytest.mark.parametrize("point", POINTS)
def test_daemons_killed_at(point, begun, world, tmp_path, monkeypatch):
    house = furnished(begun, tmp_path, point)
    oracle = Oracle(house, SITE)
    if point not in ONLY_WHEN_NEW:
        make_all_due(house)
        oracle.look()

    monkeypatch.setenv("CUTTINGS_FAIL", f"{point}:kill")
    process = house.start("run", **QUIET)
    time.sleep(5)
    if process.poll() is None:  # some points are only met by who stops
        process.terminate()
    code = process.wait(timeout=15)
    monkeypatch.delenv("CUTTINGS_FAIL")

    assert code == -9, f"{point} was never reached"
    oracle.look()
    ended(house, oracle, world, world.feeds()[:FEW])


@pytest.mark.parametrize(("point", "error"), list(zip(POINTS, cycle(ERRORS), strict=False)))
def test_commands_whose_disk_fails_at(point, error, begun, world, tmp_path, monkeypatch):
    house = furnished(begun, tmp_path, point)
    oracle = Oracle(house, SITE)
    if point not in ONLY_WHEN_NEW:
        oracle.look()

    codes, said = commands_until_killed(house, monkeypatch, f"{point}:{error}")

    assert set(codes) <= {0, 1, 4}
    assert "Traceback" not in said
    oracle.look()
    ended(house, oracle, world, world.feeds()[:FEW])
