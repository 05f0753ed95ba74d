"""The daemon as its operator meets it: starting, serving, publishing, being stopped, being told twice."""

import random
import signal
import socket
import subprocess
import sys
import time

import pytest

from cuttings.archive.sqlite import SqliteArchive
from tests.builders import record, visit
from tests.daemons import Running
from tests.farm import House, children_of, configuration, eventually, farm, free_port, is_alive, kill, wait_for

ARTICLE = "\n\n".join(
    ["Tides Rise Twice", "Nobody was surprised.", *(["The tide came in, slowly, over the flats."] * 3)]
)


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "tides.txt").write_text(ARTICLE)
    return made


@pytest.fixture
def start(house):
    begun = []

    def run(sources=(), folder=True) -> Running:
        port = free_port()
        text = configuration(sources, port=port, extra=", full_text: feed")
        inbox = "  - {name: inbox, path: inbox/, republish: full}\n" if folder else ""
        house.configure(text.replace("sources:\n", "sources:\n" + inbox))
        begun.append(Running(house, port))
        return begun[-1]

    yield run
    for running in begun:
        if running.process.poll() is None:
            kill(running.process)


def test_it_collects_publishes_and_serves_without_a_network(start):
    daemon = start(["https://nowhere.invalid/feed.xml"])

    wait_for(lambda: daemon.shows("Tides Rise Twice"), 30)

    assert daemon.get("/healthz") == (200, "alive\n")
    assert daemon.get("/readyz")[0] == 200
    for suffix in ("rss", "atom", "json", "html"):
        assert daemon.shows("Tides Rise Twice", f"/feeds/all.{suffix}")
    assert "nowhere.invalid was not found; next try" in daemon.log.read_text()


def test_a_file_put_into_a_folder_is_published(start, house):
    daemon = start()
    wait_for(lambda: daemon.shows("Tides Rise Twice"), 30)
    wait_for((house.archive / "published/articles").exists, 10)

    [article] = (house.archive / "published/articles").glob("*.html")

    assert daemon.shows("slowly, over the flats", f"/articles/{article.name}")


async def test_what_a_long_quiet_work_brings_is_published_when_it_is_over(start, house):
    daemon = start()
    await eventually(lambda: daemon.shows("Tides Rise Twice"), 30)
    old = record("https://daily.example/old", title="An old tide", provenance="backfill", arrival="quiet")
    new = record("https://daily.example/new", title="A new tide")

    async with SqliteArchive.opened(house.archive) as archive:
        async with archive.working():
            await archive.commit(visit(old, new))
            await eventually(lambda: daemon.shows("A new tide", "/feeds/all.json"), 20)
            during = daemon.get("/feeds/all.json")[1]
        await eventually(lambda: daemon.shows("An old tide", "/feeds/all.json"), 20)

    assert "An old tide" not in during


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_ten_seconds_when_asked_and_takes_its_children_along(start, name):
    with farm("-n", "30", "--latency-ms", "300") as world:
        daemon = start(world.feeds(), folder=False)
        wait_for(lambda: daemon.get("/healthz")[0] == 200, 30)
        time.sleep(1)
        children = children_of(daemon.process.pid)
        began = time.monotonic()

        daemon.process.send_signal(name)

        assert daemon.process.wait(timeout=12) == 0
        assert time.monotonic() - began < 10
        wait_for(lambda: not any(map(is_alive, children)), 3)


def test_it_ends_in_order_at_whatever_moment_it_is_asked(house, start):
    chance = random.Random(26)
    for _ in range(4):
        daemon = start()
        time.sleep(chance.uniform(0.3, 2.5))

        daemon.process.send_signal(signal.SIGTERM)

        assert daemon.process.wait(timeout=12) == 0 or not daemon.said()  # asked before it could listen
    assert "Traceback" not in daemon.log.read_text()
    assert len(house.rows("list")) <= 1


def test_systemd_hears_of_it_and_it_is_reached_by_a_socket(house):
    house.configure(
        "server: {listen: 'unix:reader.sock', desk: 'unix:desk.sock'}\nsources: [{name: inbox, path: inbox/}]\n"
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(house.folder / "notify"))
        manager.settimeout(20)
        daemon = Running(house, 0, NOTIFY_SOCKET=str(house.folder / "notify"), WATCHDOG_USEC="600000")

        heard = [manager.recv(999).decode()]
        while len(heard) < 3:
            heard.append(manager.recv(999).decode())
        with socket.socket(socket.AF_UNIX) as reader:
            reader.connect(str(house.folder / "reader.sock"))
            reader.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            answer = reader.recv(999)
        daemon.process.send_signal(signal.SIGHUP)
        daemon_said = [manager.recv(999).decode() for _ in range(6)]
        daemon.process.send_signal(signal.SIGTERM)
        while not heard[-1].startswith("STOPPING=1"):
            heard.append(manager.recv(999).decode())

    assert daemon.process.wait(timeout=12) == 0
    assert any(line.startswith("READY=1\nSTATUS=1 sources") for line in heard[:3])
    assert "WATCHDOG=1" in heard
    assert answer.startswith(b"HTTP/1.1 200")
    reloading = next(number for number, line in enumerate(daemon_said) if line.startswith("RELOADING=1"))
    assert any(line.startswith("READY=1") for line in daemon_said[reloading:])
    assert not (house.folder / "reader.sock").exists()


def test_a_second_daemon_on_the_same_archive_is_refused(start, house):
    daemon = start()
    wait_for(lambda: daemon.get("/healthz")[0] == 200, 30)

    process = house.start("run")
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 4
    assert "another daemon" in errors


def test_a_port_in_use_names_the_key_to_change(house):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        house.configure(configuration([], port=taken.getsockname()[1]).replace("sources:\n", ""))

        process = house.start("run")
        _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "server: {listen" in errors
    assert "Traceback" not in errors


def test_commands_work_beside_it(start, house):
    daemon = start()
    wait_for(lambda: daemon.shows("Tides Rise Twice"), 30)
    (house.folder / "other.txt").write_text(ARTICLE.replace("Tides", "Moons"))

    house.run("archive", "other.txt")

    titles = {row["title"] for row in house.rows("list", "--limit", "0")}
    assert titles == {"Tides Rise Twice", "Moons Rise Twice"}


def test_what_a_command_archived_is_published_by_the_daemon(start, house):
    daemon = start()
    wait_for(lambda: daemon.shows("Tides Rise Twice"), 30)
    (house.folder / "other.txt").write_text(ARTICLE.replace("Tides", "Moons"))

    house.run("archive", "other.txt")

    wait_for(lambda: daemon.shows("Moons Rise Twice"), 20)


def test_a_process_that_something_keeps_from_ending_says_where_and_ends():
    stuck = "import asyncio, threading, cuttings.daemon as d; d.LONGEST_END = 0.2; d._end(asyncio.Event())\n"
    stuck += "def kept():\n    threading.Event().wait()\nkept()"

    ended = subprocess.run([sys.executable, "-c", stuck], capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 1
    assert "in kept" in ended.stderr
