"""Faults of the machine and of the network: each costs what it must, says so, and is got over.

Serves THREATS F-1, F-4, F-5, F-9, F-17, F-20; more of it takes longer and stands in tests/long/test_faults.py.
"""

import ctypes
import gzip
import resource
import socket
import struct
import subprocess
import threading
import urllib.request
from datetime import timedelta

import apsw
import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport, system_gate
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.ports import Query
from cuttings.schedule import Plan
from tests.builders import NOW, source
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Ticking
from tests.farm import House, configuration, farm, free_port, wait_for
from tests.oracle import Oracle
from tests.servers import reply, scripted

SITE = "http://127.0.0.1:8080/"
ARTICLE = "\n\n".join(["{0} Rise Twice", "Nobody was surprised.", *(["The {0} came in, slowly, over the flats."] * 3)])
INBOX = "sources:\n  - {name: inbox, path: inbox/, republish: full}\n"


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    (tmp_path / "inbox").mkdir()
    made.configure(configuration([]).replace("sources:\n", INBOX))
    return made


def arrives(house, title):
    (house.folder / "inbox" / f"{title}.txt").write_text(ARTICLE.format(title))


# -- points of the durable order


POINTS = [
    ("collect", "after_capture_fsync:kill", -9),
    ("collect", "before_capture_fsync:EIO", 4),
    ("publish", "after_place_commit:kill", -9),
    ("publish", "between_twins:ENOSPC", 4),
]


def test_a_fault_within_the_durable_order_costs_nothing_but_another_run(house, monkeypatch):
    oracle = Oracle(house, SITE)
    arrives(house, "Tides")
    house.run("collect")
    house.run("publish")

    for number, (command, wish, expected) in enumerate(POINTS):
        oracle.look()
        arrives(house, f"Moon{number}")
        before = [] if command == "collect" else [house.run("collect", "inbox")]
        monkeypatch.setenv("CUTTINGS_FAIL", wish)
        process = house.start(command, *(["inbox"] if command == "collect" else []))
        _, said = process.communicate(timeout=60)
        monkeypatch.delenv("CUTTINGS_FAIL")
        assert (process.returncode, "Traceback" in said) == (expected, False), f"{wish}: {before}{said}"

    house.run("collect", "inbox")
    house.run("publish")
    oracle.settled()
    assert len(oracle.archived) == 1 + len(POINTS)


# -- a disk that can only be read


def without_rights() -> None:
    """Give up what lets root write where the permissions say no."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.fixture
def read_only(house):
    arrives(house, "Tides")
    house.run("collect")
    house.run("publish")
    subprocess.run(["chmod", "-R", "a-w", house.archive], check=True)
    yield house
    subprocess.run(["chmod", "-R", "u+w", house.archive], check=True)


def test_an_archive_that_cannot_be_written_is_read(read_only):
    def tried(*words):
        process = read_only.start(*words, preexec_fn=without_rights)
        out, said = process.communicate(timeout=60)
        assert "Traceback" not in said
        return process.returncode, out + said

    code, listed = tried("list")

    assert (code, "Tides Rise Twice" in listed) == (0, True)
    assert "slowly, over the flats" in tried("show", listed.split()[0])[1]
    for words in (("collect", "inbox"), ("publish",)):
        code, said = tried(*words)
        assert (code, "cannot be written" in said) == (4, True)


def test_a_daemon_whose_archive_cannot_be_written_serves_what_is_published(read_only):
    port = free_port()
    read_only.configure(configuration([], port=port).replace("sources:\n", INBOX))
    process = read_only.start("run", preexec_fn=without_rights, stdout=subprocess.DEVNULL)

    def served():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/feeds/all.atom", timeout=5) as answer:
                return answer.read()
        except OSError:
            return b""

    wait_for(lambda: b"Tides Rise Twice" in served(), 30)
    process.terminate()
    _, said = process.communicate(timeout=12)

    assert (process.returncode, "Traceback" in said) == (4, False)
    assert "cannot be written" in said


# -- another one writes


def test_a_transaction_of_another_process_is_waited_for(house):
    arrives(house, "Tides")
    house.run("collect")
    arrives(house, "Moons")
    other = apsw.Connection(str(house.archive / "cuttings.sqlite3"))
    other.execute("BEGIN IMMEDIATE")
    process = house.start("collect", "inbox")
    release = threading.Timer(1.5, lambda: other.execute("ROLLBACK"))
    release.start()

    process.communicate(timeout=60)

    release.join()
    assert process.returncode == 0
    assert len(house.rows("list")) == 2


# -- few descriptors


def test_few_descriptors_slow_us_down_and_no_more(tmp_path):
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (72, 72))

    house = House(tmp_path)
    with farm("-n", "40") as world:
        house.configure(configuration(world.feeds(), extra=", full_text: feed"))
        process = house.start("collect", preexec_fn=few)
        _, said = process.communicate(timeout=60)
        shown = sum(entry["in_feed"] for site in world.rows("truth?hash=0") for entry in site["entries"])

    assert (process.returncode, "Traceback" in said) == (0, False)
    assert len(house.rows("list", "--limit", "0")) == shown


# -- servers that break off, in forty ways


def rss(*numbers: int) -> bytes:
    items = "".join(f"<item><title>Tide {n}</title><guid>urn:tide:{n}</guid></item>" for n in numbers)
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Tides</title>{items}</channel></rss>".encode()


WHOLE = rss(1, 2, 3)
PACKED = gzip.compress(WHOLE)
OK = b"HTTP/1.1 200 OK\r\n"


def cut(head: bytes, body: bytes):
    """Send these bytes, then close in good order."""

    async def answer(reader, writer):
        writer.write(head + body)
        await writer.drain()

    return answer


def reset(said: bytes):
    """Send these bytes, then reset the connection."""

    async def answer(reader, writer):
        writer.write(said)
        await writer.drain()
        lingering = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)

    return answer


async def half_closed(reader, writer):
    writer.write(OK + b"Content-Length: 5000\r\n\r\n" + WHOLE)
    writer.write_eof()
    await reader.read()


async def hanging(reader, writer):
    writer.write(OK + b"Content-Length: 5000\r\n\r\n" + WHOLE)
    await reader.read()


def sized(body: bytes, *lines: str) -> bytes:
    """Return a good answer's bytes that says it were 40 bytes longer than it is."""
    head = "".join(f"{line}\r\n" for line in lines)
    return OK + f"{head}Content-Length: {len(body) + 40}\r\n\r\n".encode() + body


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"%x\r\n%b\r\n" % (len(WHOLE), WHOLE)
BREAKING_OFF = {
    "reset at once": reset(b""),
    "closed at once": cut(b"", b""),
    "closed within the status line": cut(b"HTTP/1.", b""),
    "closed within the head": cut(OK + b"Content-Le", b""),
    "reset within the head": reset(OK + b"Content-Ty"),
    "closed after the head": cut(OK + b"Content-Length: 50\r\n\r\n", b""),
    "closed within the body": cut(sized(WHOLE), b""),
    "reset within the body": reset(sized(WHOLE)),
    "half closed within the body": half_closed,
    "hanging within the body": hanging,
    "a chunk cut": cut(CHUNKED, CHUNK[:-9]),
    "the last chunk missing": cut(CHUNKED, CHUNK),
    "a chunk's size no number": cut(CHUNKED, b"zz\r\n" + WHOLE),
    "a chunk's size negative": cut(CHUNKED, b"-5\r\n" + WHOLE),
    "reset within a chunk": reset(CHUNKED + CHUNK[:-20]),
    "gzip cut, in a whole answer": reply(200, PACKED[:-20], "Content-Encoding: gzip"),
    "gzip with a wrong checksum": reply(200, PACKED[:-8] + b"\0" * 8, "Content-Encoding: gzip"),
    "gzip cut with its connection": cut(sized(PACKED[:-20], "Content-Encoding: gzip"), b""),
    "deflate that is none": reply(200, b"\xff" * 90, "Content-Encoding: deflate"),
    "br that is none": reply(200, b"\xff" * 90, "Content-Encoding: br"),
    "a length that is negative": cut(OK + b"Content-Length: -1\r\n\r\n", WHOLE),
    "a length that is no number": cut(OK + b"Content-Length: many\r\n\r\n", WHOLE),
    "two lengths": cut(OK + b"Content-Length: 5\r\nContent-Length: 60\r\n\r\n", WHOLE),
    "a length and chunks": cut(OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNK),
    "another protocol": cut(b"SSH-2.0-OpenSSH_9.2\r\n", b""),
    "a frame of HTTP/2": cut(b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18, b""),
    "random bytes": cut(b"\x16\x03\x01\x02\0\x01\0" * 9, b""),
    "an empty body": reply(200, b""),
    "no document": reply(200, b"<html><title>Log in</title><body><form><input></form></body></html>"),
    "zeros": reply(200, b"\0" * 2000),
    "nothing to say": reply(204),
    "a part of it": reply(206, WHOLE[:90], "Content-Range: bytes 0-89/300"),
    "a redirect to nowhere": reply(302, b"", "Location: http://127.0.0.1:1/"),
    "a redirect without a place": reply(302),
    "a redirect in a circle": reply(302, b"", "Location: /feed.xml"),
    "a redirect to a file": reply(302, b"", "Location: file:///etc/passwd"),
    "an error of the server": reply(500, WHOLE),
    "a bad gateway": reply(502, b"<html>nginx</html>"),
    "too many requests": reply(429, b"", "Retry-After: 120"),
    "not found": reply(404),
}


@pytest.mark.parametrize("behaviour", BREAKING_OFF.values(), ids=BREAKING_OFF)
async def test_what_breaks_off_leaves_all_as_it_was(behaviour):
    clock = Ticking(NOW)
    archive, gate = MemoryArchive(clock), system_gate(["127.0.0.1/32"])
    limits = Limits(connect=1.0, first_byte=0.3, total=1.0, rate=100, window=0.3, idle=0.2, tick=0.02)
    hosts = Hosts(timedelta(0), gate.is_ours)
    fetcher = HttpFetcher(Transport(gate, limits), hosts, archive, clock, user_agent="cuttings/1")
    sandbox = InlineSandbox()
    intake = Intake(archive=archive, captures=MemoryCaptures(), sandbox=sandbox, fetcher=fetcher, clock=clock)
    collector = Collector(
        archive=archive,
        fetcher=fetcher,
        folders=MemoryFolders({}),
        intake=intake,
        clock=clock,
        chance=lambda: 0.0,
    )
    async with scripted() as server:
        good = reply(200, rss(1), 'ETag: "one"', "Last-Modified: Tue, 24 Nov 2026 08:00:00 GMT")
        ours = source(url=server.says("/feed.xml", good, behaviour), full_text="feed")
        await archive.follow([ours], NOW)
        [leased] = await archive.lease(NOW, 1)
        await collector.collect(ours, leased, Plan())
        before = await archive.state(leased.key)
        assert before is not None
        clock.pass_by(timedelta(hours=30))

        receipt = await collector.collect(ours, before, Plan())

    after = await archive.state(leased.key)
    assert after is not None
    await fetcher.aclose()
    assert receipt.outcome in {"failed", "waiting"}
    assert receipt.error
    assert [record.title async for record in archive.newest(Query())] == ["Tide 1"]
    assert (after.validators, after.present) == (before.validators, before.present)
    assert not after.stopped
    assert after.next_visit >= clock() + timedelta(minutes=1)
