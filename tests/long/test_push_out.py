"""The daemon as a WebSub hub for its own feeds: who subscribes is given what a folder brings, within moments."""

import asyncio
import time
import urllib.request
from urllib.parse import urlencode

from tests.daemons import Running
from tests.farm import House, configuration, eventually, free_port, kill
from tests.subscribers import subscriber

DELAY = 2.0  # seconds between a collect's end and the document at the subscriber's


async def test_a_daemon_gives_its_subscribers_what_is_new_within_moments(tmp_path):
    house, port = House(tmp_path), free_port()
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "one.txt").write_text("Tides Rise Twice\n\n" + "The tide came in. " * 20)
    text = configuration([], port=port) + "hub: own\n"
    house.configure(text.replace("sources:\n", "sources:\n  - {name: inbox, path: inbox/, republish: full}\n"))
    daemon, topic = Running(house, port), f"http://127.0.0.1:{port}/feeds/all.atom"
    try:
        async with subscriber() as reader:
            await eventually(lambda: daemon.shows("Tides Rise Twice", "/feeds/all.atom"), 30)
            form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": reader.callback()}
            status = await asyncio.to_thread(_posted, f"http://127.0.0.1:{port}/hub", urlencode(form).encode())
            await eventually(lambda: len(reader.asked) == 1, 10)
            (tmp_path / "inbox" / "two.txt").write_text("Storms Come Late\n\n" + "The storm came late. " * 20)
            await asyncio.to_thread(house.run, "collect", "inbox")
            collected = time.monotonic()
            await eventually(lambda: len(reader.given) == 1, 10)
            delay = time.monotonic() - collected
    finally:
        kill(daemon.process)

    assert status == 202
    assert b"Storms Come Late" in reader.given[0].body
    assert f'<{topic}>; rel="self"' in reader.given[0].headers["link"]
    assert delay < DELAY
    print(f"told {delay:.2f} s after it was collected")


def _posted(url: str, body: bytes) -> int:
    with urllib.request.urlopen(url, body, timeout=5) as answer:
        return int(answer.status)
