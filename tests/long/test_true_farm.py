"""A month of a hundred sites: each article is what its author wrote, whatever stands around it, and edits are told."""

import hashlib
from collections import Counter

import pytest

from tests.farm import House, configuration, farm

SITES, DAYS = 100, 30
OF_NO_ARTICLE = ("Support us", "Give now", "cookies to", "Related stories", "Subscribe", "Share Tweet")


def digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


@pytest.fixture(scope="module", params=[0, 4], ids=["one appeal", "appeals that change"])
def month(request, tmp_path_factory):
    """Collect each day; return what the sites published, what we hold, and the edits that feeds showed."""
    house = House(tmp_path_factory.mktemp("house"))
    edits: dict[str, set[str]] = {}
    with farm("-n", str(SITES), "--profile", "clean", "--appeal-days", str(request.param)) as world:
        feeds = world.feeds()
        names = [f"s{number}" for number in range(len(feeds))]
        house.configure(configuration(feeds, extra=", full_text: page"))
        for day in range(DAYS + 1):
            house.run("collect", *names, timeout=1800)
            for site in world.rows("truth"):
                for entry in site["entries"]:
                    if entry["in_feed"]:
                        edits.setdefault(entry["url"], set()).add(entry["text_sha256"])
            if day < DAYS:
                world.tick(24)
        truth = {entry["url"]: entry for site in world.rows("truth?text=1") for entry in site["entries"]}
    return truth, {row["url"]: row for row in house.rows("list", "--limit", "0")}, edits, house


def test_every_text_is_its_authors(month):
    truth, rows, seen, _ = month
    held = [url for url in seen if url in rows]
    wrong = [url for url in held if digest(rows[url]["text"]) not in seen[url]]

    assert len(held) == len(seen)
    print(f"{len(wrong)} of {len(held)} texts are not their authors'")
    assert len(wrong) <= 0.005 * len(held), [(rows[url]["text"][:300], truth[url].get("text")) for url in wrong[:3]]


def test_nothing_that_stands_around_an_article_is_in_a_record(month):
    truth, rows, _, _ = month
    found = Counter(
        words
        for url, row in rows.items()
        for words in OF_NO_ARTICLE
        if words in row["text"] and words not in truth[url]["text"]
    )

    assert not found


def test_edits_are_found_and_none_is_made_up(month):
    _, rows, seen, _ = month
    edits = sum(len(texts) - 1 for texts in seen.values())
    found = {url: rows[url]["revision"] - 1 for url in seen}
    missed = sum(max(0, len(texts) - 1 - found[url]) for url, texts in seen.items())
    made_up = sum(max(0, found[url] - (len(texts) - 1)) for url, texts in seen.items())

    print(f"{edits} edits: {missed} missed, {made_up} made up in {len(seen)} articles")
    assert edits > 20
    assert missed <= 0.01 * edits
    assert made_up <= 0.001 * len(seen)


def test_reading_the_month_again_changes_nothing_the_second_time(month):
    *_, house = month
    told = house.rows("reread", "--dry-run", timeout=3600)
    done = house.rows("reread", timeout=3600)

    assert [(row["id"], row["fields"]) for row in told] == [(row["id"], row["fields"]) for row in done]
    assert house.rows("reread", timeout=3600) == []
