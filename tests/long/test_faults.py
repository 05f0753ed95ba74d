"""Faults that take their time: disks that fail, names that do not resolve, hosts that hang, a busy machine.

Serves THREATS F-4, F-5, F-9, F-14, F-16, F-19.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import apsw
import pytest

from tests.farm import House, configuration, farm, free_port, kill, wait_for
from tests.oracle import Oracle, is_complete

SITE = "http://127.0.0.1:8080/"
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
FEED = "<rss version='2.0'><channel><title>T</title><item><title>{0}</title><guid>{0}</guid></item></channel></rss>"


@pytest.fixture(scope="module")
def world():
    with farm("-n", "60", "--seed", "5") as running:
        yield running


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def needs(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


# -- F-5: the n-th call of a kind fails


@pytest.mark.parametrize("call", ["fsync", "fdatasync", "pwrite64", "rename", "ftruncate"])
def test_a_call_that_fails_costs_one_run_and_nothing_kept(call, world, tmp_path):
    needs("strace")
    feeds = world.feeds()[:8]
    for number in (1, 2, 4, 8, 16):
        house = House(tmp_path / f"{number}")
        house.folder.mkdir()
        house.configure(configuration(feeds, extra=", full_text: feed"))
        oracle = Oracle(house, SITE)
        names = [f"s{index}" for index in range(len(feeds))]
        for words in (("collect", *names), ("publish",)):
            inject = f"inject={call}:error=EIO:when={number}"
            command = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject, sys.executable]
            process = subprocess.run(
                [*command, "-B", "-m", "cuttings", *words],
                check=False,
                cwd=house.folder,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert process.returncode in {0, 1, 4}, f"{call} {number}: {process.stderr}"
            assert "Traceback" not in process.stderr, f"{call} {number}: {process.stderr}"
            oracle.look()
        house.run("collect", *names)
        house.run("publish")
        oracle.settled()
        is_complete(house, world, feeds)


# -- F-4: the disk turns read-only while the daemon runs


def test_a_disk_that_turns_read_only_pauses_collecting_and_nothing_else(world, house, monkeypatch):
    feeds, port, log = world.feeds()[8:16], free_port(), house.folder / "log"
    house.configure(configuration(feeds, port=port, extra=", full_text: feed"))
    monkeypatch.setenv("CUTTINGS_FAIL", "before_capture_write:EROFS@3")

    with log.open("w") as errors:
        daemon = house.start("run", stdout=subprocess.DEVNULL, stderr=errors)
    try:
        wait_for(lambda: "collecting pauses" in log.read_text(), 30)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            assert answer.status == 200
        wait_for(lambda: "collecting again" in log.read_text(), 30)
        daemon.terminate()
        assert daemon.wait(timeout=12) == 0
    finally:
        if daemon.poll() is None:
            kill(daemon)

    monkeypatch.delenv("CUTTINGS_FAIL")
    house.run("collect", *(f"s{number}" for number in range(len(feeds))))
    house.run("publish")
    is_complete(house, world, feeds)


# -- F-9: somebody holds the database


def test_a_database_that_is_held_long_is_told_and_got_over(world, house):
    feeds, port, log = world.feeds()[16:24], free_port(), house.folder / "log"
    house.configure(configuration(feeds, port=port, extra=", full_text: feed"))
    house.run("list")
    other = apsw.Connection(str(house.archive / "cuttings.sqlite3"))
    with log.open("w") as errors:
        daemon = house.start("run", stdout=subprocess.DEVNULL, stderr=errors)
    try:
        wait_for(lambda: "serving" in log.read_text(), 30)
        other.set_busy_timeout(5000)
        other.execute("BEGIN IMMEDIATE")
        wait_for(lambda: "collecting pauses" in log.read_text() or "could not publish" in log.read_text(), 60)
        other.execute("ROLLBACK")
        wait_for(lambda: len(house.rows("list", "--limit", "0")) > 8, 60, every=2)
        assert "Traceback" not in log.read_text()
        daemon.terminate()
        assert daemon.wait(timeout=12) == 0
    finally:
        if daemon.poll() is None:
            kill(daemon)

    house.run("collect", *(f"s{number}" for number in range(len(feeds))))
    is_complete(house, world, feeds)


# -- F-14: names that do not resolve, in eight ways


def dns(query, name):
    """Return what our name server answers: the first label says how it behaves; None is silence."""
    id_, question = query[:2], query[12:]
    end = question.index(b"\0") + 5
    asks_a = question[end - 4 : end - 2] == b"\0\1"
    question = question[:end]

    def answer(flags, answers=b"", count=0):
        return id_ + flags + b"\0\1" + count.to_bytes(2, "big") + b"\0\0\0\0" + question + answers

    good = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1"
    match name:
        case "good":
            return answer(b"\x81\x80", good, 1) if asks_a else answer(b"\x81\x80")
        case "nxdomain":
            return answer(b"\x81\x83")
        case "servfail":
            return answer(b"\x81\x82")
        case "refused":
            return answer(b"\x81\x85")
        case "empty":
            return answer(b"\x81\x80")
        case "truncated":
            return answer(b"\x83\x80")
        case "garbage":
            return id_ + os.urandom(30)
        case "stranger":
            return bytes(2) + answer(b"\x81\x80", good, 1)[2:]
    return None


@contextlib.contextmanager
def name_server():
    """Serve names at 127.0.0.53 (or wherever port 53 is to be had on loopback)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        try:
            server.bind(("127.0.77.53", 53))
        except OSError as error:
            pytest.skip(f"port 53: {error}")
        server.settimeout(0.2)
        over = threading.Event()

        def serve():
            while not over.is_set():
                with contextlib.suppress(OSError, ValueError):
                    query, peer = server.recvfrom(2000)
                    name = query[13 : 13 + query[12]].decode()
                    said = dns(query, name)
                    if said is not None:
                        server.sendto(said, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


BEHAVIOURS = ("nxdomain", "servfail", "refused", "empty", "truncated", "garbage", "stranger", "silence")


def test_names_that_do_not_resolve_put_off_their_own_source_alone(house):
    needs("unshare")
    (house.folder / "resolv.conf").write_text("nameserver 127.0.77.53\noptions timeout:1 attempts:1\n")

    class Answering:
        """One feed, whatever is asked for."""

        async def serve(self, reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            body = FEED.format("High").encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
            writer.close()

    async def collected():
        server = await asyncio.start_server(Answering().serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        names = [*BEHAVIOURS, "good"]
        urls = [f"http://{name}.names.example:{port}/feed.xml" for name in names]
        house.configure(configuration(urls, names=names, extra=", full_text: feed"))
        script = 'mount --bind resolv.conf /etc/resolv.conf && exec "$@"'
        command = ["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-m", "cuttings", "--json", "collect"]
        process = await asyncio.to_thread(
            subprocess.run, command, check=False, cwd=house.folder, capture_output=True, text=True, timeout=120
        )
        server.close()
        if "unshare" in process.stderr or "mount" in process.stderr:
            pytest.skip(process.stderr)
        return process

    with name_server():
        process = asyncio.run(collected())

    told = {row["source"]: row for row in map(json.loads, process.stdout.splitlines())}
    assert told["good"]["outcome"] == "new", told
    for name in BEHAVIOURS:
        assert told[name]["outcome"] == "failed"
        assert told[name]["next"] is not None
    assert "Traceback" not in process.stderr
    assert process.returncode == 0


# -- F-16: half of all hosts hang


def test_hosts_that_hang_keep_nobody_waiting(house):
    """Each source has an address of its own on loopback; the odd ones accept, and say nothing."""
    many, port = 400, free_port()

    async def serve(reader, writer):
        host = writer.get_extra_info("sockname")[0]
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            if int(host.rpartition(".")[2]) % 2:
                await reader.read()
                return
            body = FEED.format(host).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()

    async def measured():
        server = await asyncio.start_server(serve, "0.0.0.0", port, backlog=2000)
        urls = [f"http://127.9.{n // 200}.{1 + n % 200}:{port}/feed.xml" for n in range(many)]
        house.configure(configuration(urls, extra=", full_text: feed"))
        process = house.start("--json", "collect", stderr=subprocess.DEVNULL)
        healthy: list[float] = []
        first = None
        while len(healthy) < many // 2:
            line = await asyncio.to_thread(process.stdout.readline)
            assert line, "it ended early"
            now = time.monotonic()
            first = first or now
            if json.loads(line)["outcome"] == "new":
                healthy.append(now - first)
        await asyncio.to_thread(kill, process)
        server.close()
        return healthy

    waits = sorted(asyncio.run(measured()))

    assert waits[int(0.99 * len(waits))] < 5, f"the last of the healthy waited {waits[-1]:.1f} s"


# -- F-19: the machine is busy


def test_a_busy_machine_slows_us_down_and_no_more(world, house):
    feeds = world.feeds()[24:48]
    house.configure(configuration(feeds, extra=", full_text: feed"))
    spin = [sys.executable, "-c", "while True: pass"]
    hogs = [subprocess.Popen(spin) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        rows = house.rows("collect", *(f"s{number}" for number in range(len(feeds))), timeout=170)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()

    assert {row["outcome"] for row in rows} == {"new"}
    is_complete(house, world, feeds)
