"""The past of a whole world: all of it that can be had comes, killed or not, and no page of it is asked for twice."""

import json
import os
import random
import subprocess
import time
from collections import Counter

import pytest

from tests.farm import House, configuration, farm, kill

SITES = int(os.environ.get("BACKFILL_SITES", "300"))
KILLS = int(os.environ.get("BACKFILL_KILLS", "50"))
MOST_RUNS = 12


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Collect, then backfill, killed again and again; return the truth, the farm's log and what came."""
    house, chance = House(tmp_path_factory.mktemp("house")), random.Random(7)
    with farm("-n", str(SITES), "--profile", "realistic", "--retry-after", "2") as world:
        house.configure(configuration(world.feeds()))
        names = [f"s{number}" for number in range(SITES)]
        for _ in range(4):
            house.start("collect", *names).communicate(timeout=900)
            time.sleep(2)  # what the farm asks for with Retry-After
        for _ in range(KILLS):
            process = house.start("backfill", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(1.0, 8.0))
            kill(process)
        last = []
        for _ in range(MOST_RUNS):
            last = [row for row in _backfilled(house) if row["result"] == "waiting"]
            house.start("collect", *names).communicate(timeout=900)  # the pages of articles that did not come
            time.sleep(2)
            if not last:
                break
        return world.rows("truth?hash=0"), world.rows("log?all=1"), house.rows("list", "--limit", "0")


def _backfilled(house):
    out, _ = house.start("--json", "backfill").communicate(timeout=3600)
    return [json.loads(line) for line in out.splitlines()]


def test_everything_of_the_past_that_can_be_had_in_full_is_there(walked):
    truth, _, rows = walked
    have = {row["guid"] for row in rows} | {row["url"] for row in rows}

    lost = {
        site["feed"]: (missing, site["traits"])
        for site in filter(_obtainable, truth)
        if (missing := [one["url"] for one in site["entries"] if _findable(one) and one[site["key"]] not in have])
    }

    assert {feed: one for feed, one in lost.items() if one[1]["markup"] != "unclosed" or len(one[0]) > 1} == {}


def test_no_archive_is_asked_for_twice_but_what_was_under_way_at_a_kill(walked):
    truth, log, _ = walked
    asked = {row["site"]: row["paths"].get("archive", 0) for row in log}
    pages = {
        site["site"]: len(site["entries"]) // site["window"]
        for site in truth
        if site["traits"]["archive"] == "yes" and site["traits"]["fault"] in ("none", None)
    }

    again = {site: asked[site] - most for site, most in pages.items() if asked.get(site, 0) > most}

    assert sum(asked.values()) > 0
    assert sum(again.values()) <= KILLS
    assert all(count <= 2 for count in again.values())


def test_no_manners_are_broken(walked):
    _, log, _ = walked
    breaches: Counter[str] = Counter()

    for row in log:
        breaches.update({name: row[name] for name in ("concurrent", "early", "robots", "after_gone")})

    assert not +breaches


def _obtainable(site):
    traits = site["traits"]
    return site["obtainable"] == "full" and traits["gate"] != "cookie" and traits["fault"] != "giant"


def _findable(entry):
    return not entry["deleted"] and (entry["in_feed"] or entry["archived"])
