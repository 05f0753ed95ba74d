"""Three hundred sites collected twice, and what their feeds then look like from outside."""

import shutil

import pytest

from tests.farm import House, configuration, farm
from tests.reading import FORMATS, walk, walked

SITE = "http://127.0.0.1:8080/"
BREACHES = ("concurrent", "early", "after_gone", "unconditional", "old_address", "robots")


@pytest.fixture(scope="module")
def world():
    with farm("-n", "300", "--profile", "clean") as running:
        yield running


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return House(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def collected(world, house):
    """Collect all sites, let two days pass, collect them again, publish after each."""
    feeds = world.feeds()
    house.configure(configuration(feeds))
    house.run("collect", timeout=900)
    house.run("publish")
    first = house.rows("list", "--limit", "0")
    shown = {suffix: walked(house.published, "all", suffix, SITE) for suffix in FORMATS}
    truth = world.rows("truth?hash=0")
    world.tick(48)
    house.run("collect", *(f"s{number}" for number in range(len(feeds))), timeout=900)
    house.run("publish")
    return {"first": first, "truth": truth, "shown": shown, "second": house.rows("list", "--limit", "0")}


def missing(truth, rows):
    have = {row["guid"] for row in rows} | {row["url"] for row in rows}
    shown = [(site["key"], entry) for site in truth for entry in site["entries"] if entry["in_feed"]]
    assert shown
    return [entry["url"] for key, entry in shown if entry[key] not in have]


def test_the_archive_holds_every_entry_that_feeds_show(collected):
    assert missing(collected["truth"], collected["first"]) == []


def test_after_two_days_it_holds_what_is_new_and_no_article_twice(world, collected):
    rows = collected["second"]
    keys = [(row["source"], row["url"]) for row in rows]

    assert missing(world.rows("truth?hash=0"), rows) == []
    assert len(set(keys)) == len(keys)


def test_what_was_edited_is_a_revision(world, collected):
    rows = {row["url"]: row for row in collected["second"]}
    before = {row["url"]: row for row in collected["first"]}
    edited = [
        entry["url"]
        for site in world.rows("truth?hash=0")
        for entry in site["entries"]
        if len(entry["revisions"]) > 1 and entry["in_feed"] and entry["url"] in before
    ]

    assert edited
    assert [url for url in edited if rows[url]["revision"] < 2] == []


def test_no_site_saw_a_breach_of_etiquette(world, collected):
    breaches = {row["site"]: {name: row[name] for name in BREACHES if row.get(name)} for row in world.rows("log?all=1")}

    assert {site: found for site, found in breaches.items() if found} == {}


def test_the_three_formats_hold_the_same_entries_in_the_same_order(house, collected):
    documents = {suffix: list(walk(house.published, "all", suffix, SITE)) for suffix in FORMATS}

    assert len(documents["rss"]) > 50
    for rss, atom, json in zip(*documents.values(), strict=True):
        assert rss.ids == atom.ids == json.ids
        assert rss.titles == atom.titles == json.titles


def test_a_walk_finds_every_record_once_and_all_that_a_walk_found_before(house, collected):
    for suffix in FORMATS:
        found = walked(house.published, "all", suffix, SITE)
        assert set(found) >= set(collected["shown"][suffix])
        assert len(found) == len(collected["second"])


def test_the_same_files_come_back_after_all_were_deleted(house, collected):
    def files():
        found = sorted(path for path in house.published.rglob("*") if path.is_file())
        return {str(path.relative_to(house.published)): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}

    before = files()
    shutil.rmtree(house.published)
    house.run("publish")

    assert files() == before
