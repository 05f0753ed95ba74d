"""What a daemon does when its time comes, on a clock that is set by hand: a replay's instalments, and its heartbeat."""

import asyncio
import io
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import feedparser

from cuttings import app
from cuttings.config.load import load
from cuttings.daemon import Daemon
from cuttings.systemd import Manager
from cuttings.text.dates import rfc3339
from tests.builders import NOW
from tests.fakes import Ticking
from tests.farm import configuration, eventually, free_port
from tests.servers import reply, scripted
from tests.unit.test_flow_collect import item, rss

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@asynccontextmanager
async def daemon(folder, text, clock):
    """Run one over what a configuration says."""
    (folder / "config.yaml").write_text(text)
    read = partial(load, folder / "config.yaml", {})
    outside, stop = app.Outside(clock=clock), asyncio.Event()
    async with app.opened(read(), following=True, lingering=True, outside=outside) as opened:
        running = asyncio.create_task(Daemon(opened, read, Manager({}), asyncio.Event()).run(stop))
        try:
            yield
        finally:
            stop.set()
            await running


def past(count):
    """Return a feed of so many entries, one a day."""
    entries = "".join(
        f"<entry><id>tag:a,2020:{number}</id><title>No. {number}</title><link href='https://a.example/{number}'/>"
        f"<published>{rfc3339(NOW - timedelta(days=100 - number))}</published><updated>{rfc3339(NOW)}</updated>"
        f"<content>This is no. {number}.</content></entry>"
        for number in range(count)
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><id>tag:a,2020:a</id><title>A</title>{entries}</feed>"


def told(document):
    """Return the titles in a document, the newest first."""
    body = document.read_bytes() if document.exists() else b""
    return [entry.title for entry in feedparser.parse(io.BytesIO(body)).entries]


async def test_a_replay_tells_an_instalment_each_time_its_turn_comes_though_nothing_else_happens(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.xml").write_text(past(9))
    text = configuration([], port=free_port()).replace("sources:\n", "sources: [{name: inbox, path: inbox/}]\n")
    text += "  - {name: again, kind: replay, of: all, every: 1d}\n"
    again, clock = tmp_path / "archive" / "published" / "feeds" / "again.atom", Ticking()

    async with daemon(tmp_path, text, clock):
        await eventually(lambda: told(again) == ["No. 0"], 30)
    clock.pass_by(MINUTE)  # its turn may have come a moment after all began

    async with daemon(tmp_path, text.replace("inbox/}", "inbox/, paused: true}"), clock):
        for last in (1, 2, 3):
            clock.pass_by(DAY)
            await eventually(lambda last=last: told(again) == [f"No. {number}" for number in range(last, -1, -1)], 30)


async def test_its_heartbeat_is_heard_while_its_source_succeeds_and_falls_silent_when_it_fails(tmp_path, caplog):
    clock = Ticking()
    async with scripted() as server:
        good = reply(200, rss(item(1)), "Content-Type: application/rss+xml")
        source, heart = server.says("/feed", good), server.says("/ping/s3cret", reply(200, b"OK"))
        text = f"heartbeat: {heart}\n" + configuration([source], port=free_port(), extra=", full_text: feed")
        caplog.set_level(logging.INFO)

        async def fail(times):
            clock.pass_by(7 * DAY)
            await eventually(lambda: caplog.text.count("s0: 500 Internal Server Error") == times, 30)

        async with daemon(tmp_path, text, clock):
            await eventually(lambda: server.targets().count("/ping/s3cret") == 1, 30)
            clock.pass_by(5 * MINUTE)
            await eventually(lambda: server.targets().count("/ping/s3cret") == 2, 30)
            well = server.targets()
            server.says("/feed", reply(500))
            for times in (1, 2):  # while the first is under way, nobody knows that it will fail
                await fail(times)
            known = len(server.targets())
            for times in (3, 4):
                await fail(times)
            server.says("/feed", good)
            clock.pass_by(7 * DAY)
            await eventually(lambda: server.targets()[-1] == "/ping/s3cret", 30)

        assert well == ["/feed", "/ping/s3cret", "/ping/s3cret"]
        assert server.targets()[known:] == ["/feed", "/feed", "/feed", "/ping/s3cret"]
        assert all(head.startswith(b"GET ") for head in server.requests)
        assert "s3cret" not in caplog.text
