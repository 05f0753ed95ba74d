"""The power fails at any moment: what was acknowledged is there, and the next run completes by itself (THREATS F-2)."""

import random
import shutil
import sys

import pytest

from tests.crashes import Call, Disk, recorded
from tests.farm import House, configuration
from tests.oracle import Oracle

SITE = "http://127.0.0.1:8080/"
STATES = 600
COMPLETED = 25  # every so many states the commands are run to their end
INBOX = "sources:\n  - {name: inbox, path: inbox/, republish: full}\n"
ARTICLE = "\n\n".join(["{0} Rise Twice", "Nobody was surprised.", *(["The {0} came in, slowly, over the flats."] * 3)])


def arrives(house, *titles):
    for title in titles:
        (house.folder / "inbox" / f"{title}.txt").write_text(ARTICLE.format(title))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = House(tmp_path_factory.mktemp("recorded"))
    (made.folder / "inbox").mkdir()
    made.configure(configuration([]).replace("sources:\n", INBOX).replace("size: 50", "size: 2"))
    return made


@pytest.fixture(scope="module")
def calls(house, tmp_path_factory):
    """Everything that two rounds of collecting and publishing do to the disk, from the first file on."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace = tmp_path_factory.mktemp("trace") / "calls"
    done: list[Call] = []
    for titles in (("Tides", "Moons", "Winds"), ("Sands", "Rains")):
        arrives(house, *titles)
        for words in (("--json", "collect", "inbox"), ("--json", "publish")):
            done += recorded([sys.executable, "-B", "-m", "cuttings", *words], house.folder, trace)
    return done


def test_what_was_acknowledged_survives_a_power_cut_anywhere(house, calls, tmp_path):
    chance = random.Random(1126)
    moments = sorted(chance.sample(range(len(calls)), min(STATES, len(calls))))
    disk, told, done = Disk(house.folder), [], 0
    for number, moment in enumerate(moments):
        for call in calls[done:moment]:
            disk.does(call)
            if call.name == "say":
                told += call.data.decode().splitlines()
        done = moment
        after = House(tmp_path / "after")
        shutil.copytree(house.folder, after.folder, ignore=shutil.ignore_patterns("archive"))
        after.archive.mkdir()
        disk.after_a_crash(chance, chance.choice([0.0, 0.5, 0.9, 1.0]), after.folder)
        (after.archive / "cuttings.sqlite3-shm").unlink(missing_ok=True)  # memory, not disk

        oracle = Oracle(after, SITE)
        oracle.acknowledge(line for line in told if '"outcome"' in line)
        oracle.look()
        if number % COMPLETED == 0:
            after.run("collect", "inbox")
            after.run("publish")
            oracle.settled()
            assert len(oracle.archived) == 5
        shutil.rmtree(after.folder)
