"""A daemon told to end, or to read its configuration again, in the midst of everything: sixty times (THREATS F-26)."""

import random
import signal
import time

from tests.daemons import Running
from tests.farm import House, children_of, configuration, farm, free_port, is_alive, kill, wait_for
from tests.oracle import Oracle, is_complete

TIMES = 60
LONGEST = 10.0  # seconds from the signal to the end


def test_60_daemons_asked_to_end_at_random_moments_end_in_time_and_lose_nothing(tmp_path):
    house, chance, port = House(tmp_path), random.Random(26), free_port()
    oracle = Oracle(house, f"http://127.0.0.1:{port}/")

    with farm("-n", "30", "--seed", "26", "--latency-ms", "150") as world:
        feeds = world.feeds()
        for number in range(TIMES):
            house.configure(configuration(feeds[: 5 + number % 26], port=port, extra=", full_text: feed"))
            daemon = Running(house, port)
            _disturbed(daemon, chance)
            children = children_of(daemon.process.pid)

            daemon.process.send_signal(chance.choice([signal.SIGTERM, signal.SIGINT]))
            asked = time.monotonic()
            code = daemon.process.wait(timeout=LONGEST + 5)

            assert time.monotonic() - asked < LONGEST
            assert code == 0 or not daemon.said()  # asked before it could listen
            wait_for(lambda gone=children: not any(map(is_alive, gone)), 3)
            oracle.look()
            world.tick(3)

        house.configure(configuration(feeds, port=port, extra=", full_text: feed"))
        house.run("collect", *(f"s{number}" for number in range(len(feeds))))
        house.run("publish")
        oracle.settled()
        is_complete(house, world, feeds)
    assert "Traceback" not in daemon.log.read_text()


def test_300_reloads_cost_no_memory_and_stop_no_visit(tmp_path):
    house, port = House(tmp_path), free_port()

    with farm("-n", "20", "--seed", "27", "--latency-ms", "50") as world:
        text = configuration(world.feeds(), port=port, extra=", full_text: feed")
        house.configure(text)
        daemon = Running(house, port)
        try:
            wait_for(lambda: daemon.shows("All"), 30)
            for _ in range(50):
                daemon.reload()
            before = daemon.figure("archive_records"), _resident(daemon)
            for number in range(250):
                house.configure(text.replace("title: All", f"title: All {number}"))
                daemon.reload()
            after = daemon.figure("archive_records"), _resident(daemon)
        finally:
            kill(daemon.process)

    assert after[0] >= before[0] > 0
    assert after[1] < before[1] + (24 << 20)
    assert daemon.said().count("was read again") >= 300
    assert "Traceback" not in daemon.log.read_text()


def _disturbed(daemon, chance):
    """Let a daemon work for a random time, with reloads in between."""
    end = time.monotonic() + chance.uniform(0.2, 4)
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, chance.uniform(0.1, 1.5)))
        if daemon.said():  # before that nobody listens to a SIGHUP yet
            daemon.process.send_signal(signal.SIGHUP)


def _resident(daemon):
    """Return the bytes of memory a daemon holds."""
    fields = (daemon.get("/metrics", daemon.port + 1)[1]).splitlines()
    [line] = [line for line in fields if line.startswith("process_resident_memory_bytes ")]
    return float(line.split()[1])
