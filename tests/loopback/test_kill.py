"""kill -9 at random moments of collecting and publishing: nothing archived is lost, nothing comes twice."""

import random
import subprocess
import time

import pytest

from tests.farm import Farm, House, children_of, configuration, farm, free_port, is_alive, kill, wait_for
from tests.reading import FORMATS, walked

TIMES = 5  # for each of the two
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@pytest.fixture(scope="module")
def world():
    with farm("-n", "48", "--seed", "7") as running:
        yield running


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


class Oracle:
    """Remembers what was ever seen archived and published, and looks whether it still is."""

    def __init__(self, house: House, site: str) -> None:
        self.house, self.site = house, site
        self.archived: dict[str, int] = {}
        self.published: dict[str, set[str]] = {suffix: set() for suffix in FORMATS}

    def look(self) -> None:
        rows = self.house.rows("list", "--limit", "0")
        now = {row["id"]: row["revision"] for row in rows}
        assert len(rows) == len(now), "a record is listed twice"
        keys = [(row["source"], row["guid"] or row["url"]) for row in rows]
        assert len(set(keys)) == len(keys), "an article has two records"
        lost = {record for record, revision in self.archived.items() if now.get(record, 0) < revision}
        assert not lost, f"{len(lost)} archived revisions are gone"
        self.archived = now
        for suffix, seen in self.published.items():
            if (self.house.published / f"feeds/all.{suffix}").exists():
                ids = set(walked(self.house.published, "all", suffix, self.site))
                assert ids >= seen, f"{len(seen - ids)} places are lost in {suffix}"
                seen |= ids


def killed_after(process: subprocess.Popen[str], seconds: float) -> None:
    """Let a process work for so long, kill it, and see its children die with it."""
    time.sleep(seconds)
    children = children_of(process.pid)
    kill(process)
    wait_for(lambda: not any(map(is_alive, children)), 5)


def complete(house: House, world: Farm, feeds: list[str]) -> None:
    """The archive holds all that these feeds show."""
    rows = house.rows("list", "--limit", "0")
    have = {row["guid"] for row in rows} | {row["url"] for row in rows}
    for site in world.rows("truth?hash=0"):
        if site["feed"] in feeds:
            shown = [entry for entry in site["entries"] if entry["in_feed"]]
            missing = [entry for entry in shown if entry[site["key"]] not in have]
            assert not missing, f"{len(missing)} of {len(shown)} entries are missing"


def test_collect_killed_at_any_moment_loses_nothing_and_the_next_one_completes(world, house):
    feeds, chance = world.feeds()[:24], random.Random(20261124)
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

    oracle.look()
    complete(house, world, feeds)


def test_the_daemon_killed_at_any_moment_loses_nothing_and_the_next_one_goes_on(world, house):
    feeds, chance, port = world.feeds()[24:], random.Random(4211), free_port()
    oracle = Oracle(house, f"http://127.0.0.1:{port}/")

    for number in range(TIMES):
        house.configure(configuration(feeds[: 4 * (number + 1)], port=port, extra=", full_text: feed"))
        killed_after(house.start("run", **QUIET), chance.uniform(0.8, 3.5))
        oracle.look()
    house.configure(configuration(feeds, port=port, extra=", full_text: feed"))
    house.run("collect")
    house.run("publish")

    oracle.look()
    complete(house, world, feeds)
    assert oracle.published["rss"] == oracle.published["atom"] == oracle.published["json"]
    assert len(oracle.published["atom"]) == len(oracle.archived)
