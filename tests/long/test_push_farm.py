"""Push through another's hub: how long an entry takes from its publication into our feed, and that it comes once."""

import json
import sqlite3
import statistics
import time

from tests.daemons import Running
from tests.farm import House, configuration, farm, free_port, kill, wait_for

SITES = 20
ROUNDS, KILLS = 20, 8


def test_what_a_hub_pushes_is_published_within_two_seconds_and_is_one_record_when_it_is_visited(tmp_path):
    house, port = House(tmp_path), free_port()
    mix = tmp_path / "mix.json"
    mix.write_text(json.dumps({"websub": {"yes": 1}}))
    with farm("-n", str(SITES), "--mix", str(mix), "--seed", "7") as world:
        feeds = world.feeds()
        house.configure("push: 'on'\n" + configuration(feeds, port=port, extra=", full_text: feed"))
        daemon = Running(house, port)
        try:
            wait_for(lambda: _hub(world)["verified"] == SITES, 60)
            wait_for(lambda: daemon.get("/feeds/all.json")[0] == 200, 60)
            delays = [delay for _ in range(ROUNDS) if (delay := _delay(world, daemon)) is not None]
        finally:
            kill(daemon.process)
        collected = house.rows("collect", *[f"s{number}" for number in range(SITES)])
        records = house.rows("list", "--limit", "0")
        truth = {entry["url"] for site in world.rows("truth?hash=0") for entry in site["entries"] if entry["in_feed"]}

    print(f"{len(delays)} pushes: median {statistics.median(delays):.2f} s, longest {max(delays):.2f} s")
    assert len(delays) > ROUNDS / 2
    assert statistics.median(delays) < 2
    assert sum(row["new"] + row["changed"] for row in collected) == 0
    assert {row["provenance"] for row in records} == {"feed", "push"}
    urls = [row["url"] for row in records]
    assert len(urls) == len(set(urls))
    assert truth <= set(urls)


def _hub(world):
    return {"verified": 0, "delivered": 0, "undelivered": 0} | json.loads(world.ask("stats"))["hub"]


def _delay(world, daemon):
    """Let one site publish; return how long its entry took into our feed, None where it published none."""
    before = _urls(world)
    began = time.monotonic()
    world.ask("tick?changed=0.01", "POST")
    fresh = _urls(world) - before
    if not fresh:
        return None
    wait_for(lambda: all(daemon.shows(json.dumps(url), "/feeds/all.json") for url in fresh), 20, every=0.02)
    return time.monotonic() - began


def _urls(world):
    return {entry["url"] for site in world.rows("truth?hash=0") for entry in site["entries"]}


def test_what_was_answered_2xx_is_taken_in_though_the_daemon_is_killed_at_once(tmp_path):
    house, port, mix = House(tmp_path), free_port(), tmp_path / "mix.json"
    mix.write_text(json.dumps({"websub": {"yes": 1}}))
    with farm("-n", "10", "--mix", str(mix), "--seed", "8") as world:
        house.configure("push: 'on'\n" + configuration(world.feeds(), port=port, extra=", full_text: feed"))
        daemon = Running(house, port)
        try:
            wait_for(lambda: _hub(world)["verified"] == 10, 60)
            before, sent = _urls(world), 0
            for _ in range(KILLS):
                sent += json.loads(world.ask("tick?changed=0.5", "POST"))["changed_sites"]
                wait_for(lambda sent=sent: _hub(world)["delivered"] == sent, 20, every=0.005)
                kill(daemon.process)
                daemon = Running(house, port)
                wait_for(lambda: daemon.get("/healthz")[0] == 200, 30)  # noqa: B023
            wait_for(lambda: not _waiting(house), 30)
        finally:
            kill(daemon.process)
        fresh = _urls(world) - before
        records = {row["url"]: row["provenance"] for row in house.rows("list", "--limit", "0")}

    assert len(fresh) >= KILLS
    assert {url: records.get(url) for url in fresh} == dict.fromkeys(fresh, "push")


def _waiting(house):
    with sqlite3.connect(f"file:{house.archive / 'cuttings.sqlite3'}?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM deliveries").fetchone()[0]
