"""A disk that is full: collecting pauses, what is published is served on, and all goes on when there is room."""

import subprocess
import time
import urllib.request

import pytest

from tests.farm import House, configuration, farm, free_port, kill, wait_for


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "archive"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_pauses_collecting_and_nothing_else(small_disk, tmp_path):
    house, port, log = House(tmp_path), free_port(), tmp_path / "log"

    def served(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.read()

    with farm("-n", "150") as world, log.open("w") as errors:
        house.configure(configuration(world.feeds(), port=port, extra=", full_text: feed"))
        daemon = house.start("run", stdout=subprocess.DEVNULL, stderr=errors)
        try:
            wait_for(lambda: "collecting pauses" in log.read_text(), 60)
            asked = world.rows("stats")[0]["feed_requests"]
            time.sleep(10)  # no source is troubled while what it gives could not be kept
            assert world.rows("stats")[0]["feed_requests"] == asked < 150
            assert b"</html>" in served("/")
            assert b"</rss>" in served("/feeds/all.rss")

            subprocess.run(["mount", "-o", "remount,size=400m", small_disk], check=True)

            wait_for(lambda: world.rows("stats")[0]["feed_requests"] >= 150, 60)
            daemon.terminate()
            assert daemon.wait(timeout=12) == 0
        finally:
            if daemon.poll() is None:
                kill(daemon)
        # what could not be kept is not asked for again at once; by hand it is
        house.run("collect", *(f"s{number}" for number in range(len(world.feeds()))))
        house.run("publish")
        rows = house.rows("list", "--limit", "0")
        shown = sum(entry["in_feed"] for site in world.rows("truth?hash=0") for entry in site["entries"])
    assert len(rows) == len({row["id"] for row in rows}) == shown
