"""Our own published archive, walked by another instance, gives the same articles."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.farm import House, configuration, farm, free_port
from tests.reading import walked

SAME = ("title", "url", "published", "authors", "content", "language", "categories")


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A house with an archive of several pages, whose published files are served where it says they are."""
    port = free_port()
    house = House(tmp_path_factory.mktemp("ours"))
    with farm("-n", "3", "--seed", "5") as world:
        config = configuration(world.feeds(), port=port, extra=", full_text: feed, republish: full")
        house.configure(config.replace("size: 50", "size: 10"))
        house.run("collect")
        house.run("publish")
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Silent, directory=str(house.published)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield house, f"http://127.0.0.1:{port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("suffix", ["atom", "rss", "json"])
def test_our_own_archive_gives_the_same_records_elsewhere(served, tmp_path, suffix):
    house, url = served
    other = House(tmp_path)
    other.configure(configuration([f"{url}feeds/all.{suffix}"], extra=", full_text: feed"))

    [done] = other.rows("backfill")

    ours, theirs = ({row["url"]: row for row in one.rows("list", "--limit", "0")} for one in (house, other))
    assert (done["result"], done["documents"] >= 2) == ("done", True)
    assert {row["guid"] for row in theirs.values()} == set(walked(house.published, "all", suffix, url))
    assert {key: _said(row) for key, row in theirs.items()} == {key: _said(row) for key, row in ours.items()}


def _said(row):
    return {name: row[name] for name in SAME}
