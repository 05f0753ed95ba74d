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
            wait_for(lambda: _is_published(daemon), 60)
            confirmed = daemon.figure('subscriptions{state="confirmed"}')
            delays = [delay for _ in range(ROUNDS) if (delay := _delay(world, daemon)) is not None]
        finally:
            kill(daemon.process)
        collected = house.rows("collect", *[f"s{number}" for number in range(SITES)])
        records = house.rows("list", "--limit", "0")
        truth = {entry["url"] for site in world.rows("truth?hash=0") for entry in site["entries"] if entry["in_feed"]}

    print(f"{len(delays)} pushes: median {statistics.median(delays):.2f} s, longest {max(delays):.2f} s")
    assert confirmed == SITES
    assert len(delays) > ROUNDS / 2
    assert statistics.median(delays) < 2
    assert max(delays) < 5
    assert sum(row["new"] + row["changed"] for row in collected) == 0
    assert {row["provenance"] for row in records} == {"feed", "push"}
    urls = [row["url"] for row in records]
    assert len(urls) == len(set(urls))
    assert truth <= set(urls)


def _is_published(daemon):
    """Tell whether all that was collected is in the feed: whoever comes behind the first publish waits for its end."""
    held = daemon.figure("archive_records")
    return held > 0 and daemon.figure('entered_total{feed="all"}') == held


def _hub(world):
    return {"verified": 0, "delivered": 0, "undelivered": 0} | json.loads(world.ask("stats"))["hub"]


def _delay(world, daemon, within=20):
    """Let one site publish; return how long its entry took into a feed, None where it published none."""
    before = _urls(world)
    began = time.monotonic()
    world.ask("tick?changed=0.01", "POST")
    fresh = _urls(world) - before
    if not fresh:
        return None
    wait_for(lambda: all(daemon.shows(json.dumps(url), "/feeds/all.json") for url in fresh), within, every=0.02)
    return time.monotonic() - began


def _urls(world):
    return {entry["url"] for site in world.rows("truth?hash=0") for entry in site["entries"]}


def test_what_is_pushed_goes_on_through_our_hub_to_another_of_us_and_a_hub_that_will_not_hear_of_us_is_named(tmp_path):
    near, far, mix = _house(tmp_path / "near"), _house(tmp_path / "far"), tmp_path / "mix.json"
    mix.write_text(json.dumps({"websub": {"yes": 1}}))
    with farm("-n", "5", "--mix", str(mix), "--seed", "9") as world:
        port = free_port()
        stranger = f"hub: [own, '{world.control}/hub']\n"  # it hears of its own sites alone
        near.configure("push: 'on'\n" + stranger + configuration(world.feeds(), port=port, extra=", full_text: feed"))
        daemons = [Running(near, port)]
        try:
            wait_for(lambda: _hub(world)["verified"] == 5, 60)
            wait_for(lambda: _is_published(daemons[0]), 60)
            ours = [f"http://127.0.0.1:{port}/feeds/all.atom"]
            port = free_port()
            far.configure("push: 'on'\n" + configuration(ours, port=port, extra=", full_text: feed"))
            daemons.append(Running(far, port))
            wait_for(lambda: f"{ours[0].partition('/feeds')[0]}/hub tells us what is new" in daemons[1].said(), 60)
            wait_for(lambda: _is_published(daemons[1]), 60)
            delays = [delay for _ in range(2) if (delay := _delay(world, daemons[1], within=60)) is not None]
            said = daemons[0].said()
        finally:
            for daemon in daemons:
                kill(daemon.process)
        held = {row["url"] for row in near.rows("list", "--limit", "0")}
        [collected] = far.rows("collect", "s0")
        records = far.rows("list", "--limit", "0")

    print(f"through both hubs: {', '.join(f'{delay:.2f} s' for delay in delays)}")
    assert delays
    assert f"{world.control}/hub was not told of {ours[0]}: 400 Bad Request" in said
    assert (collected["new"], collected["changed"]) == (0, 0)
    assert {row["provenance"] for row in records} == {"feed", "push"}
    urls = [row["url"] for row in records]
    assert len(urls) == len(set(urls))
    assert set(urls) <= held


def _house(folder):
    folder.mkdir()
    return House(folder)


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
