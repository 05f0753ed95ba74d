"""The past of a whole world: all of it that can be had comes, killed or not, and no page that came is asked for again.

Of a request that was on its way when the process was killed nobody knows
whether it would be answered: these are counted apart, and at most one for each
site and kill, since a site is asked for one page at a time.
"""

import json
import os
import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.farm import Farm, House, configuration, farm, kill

SITES = int(os.environ.get("BACKFILL_SITES", "300"))
KILLS = int(os.environ.get("BACKFILL_KILLS", "50"))
MOST_RUNS = 12


@dataclass
class Story:
    """What came of it all: the truth, the farm's log and our records; and what each kill cost, by site."""

    truth: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)  # whole answers captured, by address
    lost: list[Counter[str]] = field(default_factory=list)  # archives asked for and not captured, by site, at each kill
    lost_undisturbed: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Collect, then backfill, killed again and again, then undisturbed until nothing is left."""
    house, chance, story = House(tmp_path_factory.mktemp("house")), random.Random(7), Story()
    with farm("-n", str(SITES), "--profile", "realistic", "--retry-after", "2") as world:
        house.configure(configuration(world.feeds()))
        names = [f"s{number}" for number in range(SITES)]
        for _ in range(4):
            house.start("collect", *names).communicate(timeout=900)
            time.sleep(2)  # what the farm asks for with Retry-After
        before = _lost(world, house)
        for _ in range(KILLS):
            process = house.start("backfill", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(1.0, 8.0))
            kill(process)
            now = _lost(world, house)
            story.lost.append(now - before)
            before = now
        last = []
        for _ in range(MOST_RUNS):
            waiting = [row for row in _backfilled(house) if row["result"] == "waiting"]
            last = [row for row in waiting if row["way"]]  # the others cannot be visited at all
            house.start("collect", *names).communicate(timeout=900)  # the pages of articles that did not come
            time.sleep(2)
            if not last:
                break
        story.lost_undisturbed = _lost(world, house) - before
        story.truth, story.log = world.rows("truth?hash=0"), world.rows("log?all=1")
        story.rows, story.kept = house.rows("list", "--limit", "0"), _captured(house)
    return story


def _captured(house: House) -> Counter[str]:
    """Count the whole answers that were captured, by address; a file of a process that was killed counts as well."""
    found: Counter[str] = Counter()
    for path in house.archive.glob("captures/*/*/*.warc.gz*"):
        if path.suffix not in (".gz", ".open"):
            continue
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                if record.rec_type in ("response", "revisit") and record.raw_stream.read(12) == b"HTTP/1.1 200":
                    found[record.rec_headers.get_header("WARC-Target-URI")] += 1
    return found


def _lost(world: Farm, house: House) -> Counter[str]:
    """Count the archives that were asked for and are not captured, by site."""
    kept: Counter[str] = Counter()
    for url, times in _captured(house).items():
        kept[urlsplit(url).netloc] += times if _is_archive(url) else 0
    asked = {urlsplit(row["feed"]).netloc: row["paths"].get("archive", 0) for row in world.rows("log?all=1")}
    return Counter({site: times - kept[site] for site, times in asked.items()})


def _is_archive(url: str) -> bool:
    return urlsplit(url).path.startswith("/archive/")


def _backfilled(house):
    out, _ = house.start("--json", "backfill").communicate(timeout=3600)
    return [json.loads(line) for line in out.splitlines()]


def test_everything_of_the_past_that_can_be_had_in_full_is_there(walked):
    have = {row["guid"] for row in walked.rows} | {row["url"] for row in walked.rows}

    lost = {
        site["feed"]: (missing, site["traits"])
        for site in filter(_obtainable, walked.truth)
        if (missing := [one["url"] for one in site["entries"] if _findable(one) and not _is_in(have, site, one)])
    }

    assert {feed: one for feed, one in lost.items() if one[1]["markup"] != "unclosed" or len(one[0]) > 1} == {}


def test_no_page_whose_capture_is_held_is_asked_for_again(walked):
    steady = {  # the others show no article at first, or say at each visit that all entries are others now
        urlsplit(site["feed"]).netloc
        for site in walked.truth
        if site["traits"]["gate"] == "open" and site["traits"]["ids"] != "changing"
    }
    twice = {url: times for url, times in walked.kept.items() if times > 1}

    assert sum(map(_is_archive, walked.kept)) > 0
    assert {url: times for url, times in twice.items() if _is_archive(url)} == {}
    assert {url for url in twice if _is_article(url) and urlsplit(url).netloc in steady} == set()


def test_an_archive_is_asked_for_once_and_once_more_for_each_kill_that_hit_it_on_its_way(walked):
    asked = {urlsplit(row["feed"]).netloc: row["paths"].get("archive", 0) for row in walked.log}
    pages = {
        urlsplit(site["feed"]).netloc: len(site["entries"]) // site["window"]
        for site in walked.truth
        if site["traits"]["archive"] == "yes" and site["traits"]["fault"] in ("none", None)
    }
    hit: Counter[str] = sum(walked.lost, Counter())
    print(
        f"\n{sum(pages.values())} archives, {sum(asked.values())} requests for them, {hit.total()} hit by {KILLS} kills"
    )

    assert {site: times for site, times in asked.items() if times > pages.get(site, times) + hit[site]} == {}
    assert all(times <= 1 for kill in walked.lost for times in kill.values())  # one page of a site at a time
    assert not +walked.lost_undisturbed  # where nobody is killed, what came is kept


def test_no_manners_are_broken(walked):
    breaches: Counter[str] = Counter()

    for row in walked.log:
        breaches.update({name: row[name] for name in ("concurrent", "early", "robots", "after_gone")})

    assert not +breaches


def _is_article(url: str) -> bool:
    return urlsplit(url).path.startswith("/articles/")


def _obtainable(site):
    traits = site["traits"]
    return site["obtainable"] == "full" and traits["gate"] != "cookie" and traits["fault"] != "giant"


def _is_in(have, site, entry):  # a sitemap tells of it by its address alone
    return entry[site["key"]] in have or entry["url"] in have


def _findable(entry):
    return not entry["deleted"] and (entry["in_feed"] or entry["archived"])
