"""Some day the program finds texts otherwise: reading again changes exactly what that changes, once, killed or not."""

import random
import shutil
import time
from itertools import cycle
from pathlib import Path

import pytest

import cuttings
from tests.farm import House, configuration, farm, kill

SITES, DAYS = 12, 4
LATER = r'''

_as_it_was = read


def read(document: Document, known: Set[Digest], trees: Trees | None = None) -> Parsed:
    """As it was, but the items of a list are paragraphs."""
    import re
    from dataclasses import replace

    parsed = _as_it_was(document, known, trees)
    loose = [re.sub(r"</?[uo]l\b[^>]*>", "", entry.content or "") for entry in parsed.entries]
    loose = [re.sub(r"<(/?)li\b[^>]*>", r"<\1p>", content) for content in loose]
    return replace(parsed, entries=tuple(map(lambda e, c: replace(e, content=c), parsed.entries, loose)))
'''


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """The program as it may be some day, as an environment: a copy of ours whose pages are read otherwise."""
    folder = tmp_path_factory.mktemp("later")
    shutil.copytree(Path(cuttings.__file__).parent, folder / "cuttings", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "cuttings/parse/page/__init__.py").open("a", encoding="utf-8") as room:
        room.write(LATER)
    return {"PYTHONPATH": str(folder)}


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """A house that collected for days, and reads as today's program does."""
    house = House(tmp_path_factory.mktemp("week"))
    with farm("-n", str(SITES), "--profile", "clean", "--appeal-days", "4") as world:
        feeds = world.feeds()
        house.configure(configuration(feeds, extra=", full_text: page"))
        for day in range(DAYS + 1):
            house.run("collect", *(f"s{number}" for number in range(len(feeds))), timeout=900)
            if day < DAYS:
                world.tick(24)
    house.run("reread", timeout=900)
    return house


@pytest.fixture
def house(week, later, tmp_path):
    """A copy of that house, where the later program reads."""
    shutil.copytree(week.folder, tmp_path / "house")
    return House(tmp_path / "house", later)


def records(house):
    return {row["id"]: row for row in house.rows("list", "--limit", "0")}


def reread(house, *words):
    rows = house.rows("reread", *words, timeout=900)
    assert {row["result"] for row in rows} <= {"changed"}
    return {row["id"] for row in rows}


def words_of(rows):
    """What records say, apart from which reading they came by."""
    return {name: (row["title"], row["text"], row["content"], row["story"]) for name, row in rows.items()}


def test_a_dry_run_names_what_a_run_changes_and_a_second_run_changes_nothing(house):
    before = records(house)
    with_lists = {name for name, row in before.items() if "<ul" in row["content"] or "<ol" in row["content"]}

    told = reread(house, "--dry-run")
    untouched = records(house)
    done = reread(house)
    after = records(house)

    changing = with_lists - {name for name in with_lists - told if "the feed's" in house.run("why", name)}
    print(f"{len(with_lists)} of {len(before)} records hold lists; {len(told)} told, {len(done)} changed")
    assert 20 < len(with_lists) < len(before)
    assert len(changing) > 0.9 * len(with_lists)  # the others are their feeds' texts, not their pages'
    assert untouched == before
    assert told == done == changing == {name for name in before if after[name] != before[name]}
    assert {(after[name]["revision"] - before[name]["revision"], after[name]["cause"]) for name in done} == {
        (1, "ours")
    }
    assert reread(house, "--dry-run") == set()
    assert reread(house) == set()
    assert records(house) == after


def test_killed_at_each_of_its_commits_it_is_taken_up_and_comes_to_the_same(week, later, tmp_path):
    whole, cut = House(tmp_path / "whole", later), House(tmp_path / "cut", later)
    for house in (whole, cut):
        shutil.copytree(week.folder, house.folder)
    before = records(whole)
    reread(whole)

    fallen = 0
    for at in cycle((2, 3, 5, 8)):
        process = cut.start("--json", "reread", environ={"CUTTINGS_FAIL": f"before_visit_commit:kill@{at}"})
        process.communicate(timeout=900)
        if process.returncode == 0:
            break
        fallen += 1
    after = records(cut)

    print(f"killed {fallen} times")
    assert fallen >= 5
    assert words_of(after) == words_of(records(whole))
    assert {row["revision"] - before[name]["revision"] for name, row in after.items()} == {0, 1}
    assert reread(cut) == set()


def test_killed_at_any_moment_it_is_taken_up_and_comes_to_the_same(week, later, tmp_path):
    whole, cut, chance = House(tmp_path / "whole", later), House(tmp_path / "cut", later), random.Random(6)
    for house in (whole, cut):
        shutil.copytree(week.folder, house.folder)
    before = records(whole)
    reread(whole)

    for _ in range(8):
        process = cut.start("reread")
        time.sleep(chance.uniform(1, 6))
        kill(process)
    reread(cut)
    after = records(cut)

    assert words_of(after) == words_of(records(whole))
    assert {row["revision"] - before[name]["revision"] for name, row in after.items()} == {0, 1}
    assert reread(cut) == set()
