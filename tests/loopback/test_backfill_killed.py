"""A walk through the past that is killed asks again for no page that came and was kept; processes are real."""

import asyncio
import signal
from collections import Counter

import pytest

from tests.farm import House
from tests.servers import Scripted, reply

TEXT = "<p>" + "The tide came in twice today, as it does, and nobody was surprised by it. " * 12 + "</p>"
FEED = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Daily</title><id>tag:daily:feed</id>{}</feed>'
ENTRY = (
    "<entry><id>tag:daily:{0}</id><title>{0}</title><link href='/{0}'/><updated>2020-01-01T00:00:00Z</updated>"
    "<summary>Read on.</summary></entry>"
)
ARCHIVES = {"/feed.xml": ("", 2), "/archive/2": ("ab", 1), "/archive/1": ("cd", 0)}
ASKED_ONCE = ["/archive/1", "/archive/2", "/a", "/b", "/c", "/d"]


@pytest.fixture
async def site():
    made = Scripted()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    for target, (names, before) in ARCHIVES.items():
        link = f"<link rel='prev-archive' href='/archive/{before}'/>" if before else ""
        body = FEED.format(link + "".join(map(ENTRY.format, names)))
        made.says(target, reply(200, body.encode(), "Content-Type: application/atom+xml"))
    for name in "abcd":
        page = f"<html><head><title>{name}</title></head><body><article><h1>{name}</h1>{TEXT}</article></body></html>"
        made.says(f"/{name}", reply(200, page.encode(), "Content-Type: text/html"))
    yield made
    server.close()


@pytest.fixture
def house(tmp_path, site):
    made = House(tmp_path)
    lines = [
        "archive: archive/",
        "site: {title: Test, url: 'http://127.0.0.1:8080/'}",
        "fetch: {allow_networks: [127.0.0.0/8], pace: 0s}",
        f"sources: [{{name: daily, url: '{site.url('/feed.xml')}'}}]",
        "feeds: [{name: all, title: All, content: full}]",
    ]
    made.configure("\n".join(lines) + "\n")
    return made


async def walked(house: House, wish: str = "") -> int:
    process = house.start("backfill", environ={"CUTTINGS_FAIL": wish} if wish else {})
    await asyncio.to_thread(process.communicate, timeout=120)
    return int(process.returncode)


@pytest.mark.parametrize(
    "wish", ["after_capture_fsync:kill@1", "before_capture_fsync:kill@2", "after_capture_fsync:kill@5"]
)
async def test_what_was_written_when_the_end_came_is_not_asked_for_again(house, site, wish):
    await asyncio.to_thread(house.run, "collect")
    site.requests.clear()

    killed = await walked(house, wish)
    done = await walked(house)

    assert (killed, done) == (-signal.SIGKILL, 0)
    asked = Counter(site.targets())
    assert {target: asked[target] for target in ASKED_ONCE} == dict.fromkeys(ASKED_ONCE, 1)
    rows = await asyncio.to_thread(house.rows, "list")
    assert sorted((row["title"], row["status"]) for row in rows) == [(name, "full") for name in "abcd"]


async def test_what_was_not_yet_written_is_asked_for_once_more(house, site):
    await asyncio.to_thread(house.run, "collect")
    site.requests.clear()

    killed = await walked(house, "before_capture_write:kill@3")
    done = await walked(house)

    assert (killed, done) == (-signal.SIGKILL, 0)
    asked = Counter(site.targets())
    assert sorted(asked[target] for target in ASKED_ONCE) == [1, 1, 1, 1, 1, 2]
