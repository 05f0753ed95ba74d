"""`cuttings archive` takes an article, a feed, a site, a list, a saved file, a WARC, and standard input."""

import json
import urllib.request

import pytest

from tests.farm import House, configuration, farm

SAVED_TEXT = "Skip to content\n\nTides Rise Twice\n\nNobody was surprised.\n\n" + "\n\n".join(
    f"The tide came in for the {word} time, slowly and over the flats, as it had always done before."
    for word in ("first", "second", "third")
)


@pytest.fixture(scope="module")
def world():
    with farm("-n", "60") as running:
        yield running


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    made.configure(configuration([]).replace("sources:\n", ""))
    return made


def site(world, **traits):
    """Return the first site that is like this."""
    for row in world.rows("truth?hash=0"):
        if all(row["traits"][name] == value for name, value in traits.items()):
            return row
    raise AssertionError(f"no site has {traits}")


def shown(row):
    return [entry for entry in row["entries"] if entry["in_feed"]]


def download(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def archive(house, *targets, expect=0):
    return house.rows("archive", *targets, expect=expect)


def test_an_article(world, house):
    entry = shown(site(world, format="rss2"))[0]

    [line] = archive(house, entry["url"])

    record = json.loads(house.run("--json", "show", *line["records"]))
    assert record["title"].startswith(entry["title"])
    assert (record["url"], record["provenance"]) == (entry["url"], "page")
    assert (record["source"], record["status"]) == (None, "full")


def test_an_article_that_is_archived_again_is_the_same_record(world, house):
    url = shown(site(world, format="rss2"))[0]["url"]

    [first], [second] = archive(house, url), archive(house, url)

    assert first["records"] == second["records"]
    assert len(house.rows("list", "--limit", "0")) == 1


@pytest.mark.parametrize("kind", ["rss2", "rss1", "atom", "json"])
def test_a_feed(world, house, kind):
    row = site(world, format=kind)

    [line] = archive(house, row["feed"])

    assert len(line["records"]) == len(shown(row))
    assert {one["url"] for one in house.rows("list", "--limit", "0")} == {one["url"] for one in shown(row)}


def test_a_site_by_its_front_page(world, house):
    row = site(world, format="rss2", body="full")

    [line] = archive(house, row["home"])

    assert len(line["records"]) == len(shown(row))


def test_saved_files(world, house):
    row = site(world, format="atom", body="full")
    entry = shown(row)[0]
    (house.folder / "page.html").write_bytes(download(entry["url"]))
    (house.folder / "feed.xml").write_bytes(download(row["feed"]))
    (house.folder / "text.txt").write_text(SAVED_TEXT)

    page, feed, text = archive(house, "page.html", "feed.xml", "text.txt")

    assert [len(line["records"]) for line in (page, feed, text)] == [1, len(shown(row)), 1]
    record = json.loads(house.run("--json", "show", *text["records"]))
    assert (record["title"], record["summary"]) == ("Tides Rise Twice", "Nobody was surprised.")
    assert (record["published"], record["text"].count("tide came in")) == (None, 3)


def test_a_list_of_feeds_with_one_that_is_gone(world, house):
    feeds = [site(world, format="rss2", body="full"), site(world, format="atom", body="full")]
    urls = [row["feed"] for row in feeds] + [feeds[0]["home"] + "nothing.xml"]
    outlines = "".join(f'<outline type="rss" text="a" xmlUrl="{url}"/>' for url in urls)
    (house.folder / "list.opml").write_text(f'<opml version="2.0"><head/><body>{outlines}</body></opml>')

    [line] = archive(house, "list.opml", expect=1)

    assert len(line["records"]) == sum(len(shown(row)) for row in feeds)
    assert "1 of 3 feeds failed" in line["error"]
    assert "404" in line["error"]


def test_a_list_that_names_a_list_is_followed_no_further(world, house):
    control = world.control
    outline = f'<outline type="rss" text="a" xmlUrl="{control}/feeds.opml"/>'
    (house.folder / "list.opml").write_text(f'<opml version="2.0"><head/><body>{outline}</body></opml>')

    [line] = archive(house, "list.opml", expect=1)

    assert line["records"] == []
    assert "an OPML list, not a feed" in line["error"]


def test_a_warc_that_we_wrote(world, house, tmp_path):
    url = shown(site(world, format="rss2"))[0]["url"]
    [first] = archive(house, url)
    [warc] = house.archive.glob("captures/*/*/*.warc.gz")
    (tmp_path / "other").mkdir()

    other = House(tmp_path / "other")
    [line] = archive(other, str(warc))

    assert line["records"] == first["records"]


def test_standard_input(house):
    process = house.start("--json", "archive", "-", stdin=-1)
    out, _ = process.communicate(SAVED_TEXT, timeout=60)

    assert process.returncode == 0
    assert json.loads(out)["target"] == "-"
    assert house.rows("list")[0]["title"] == "Tides Rise Twice"


def test_what_cannot_be_archived_is_named_and_the_rest_is_kept(house):
    (house.folder / "text.txt").write_text(SAVED_TEXT)
    (house.folder / "picture.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))

    lines = archive(house, "text.txt", "picture.html", "missing.txt", "http://127.0.0.1:9/", expect=1)

    assert [bool(line["error"]) for line in lines] == [False, True, True, True]
    assert len(house.rows("list")) == 1
