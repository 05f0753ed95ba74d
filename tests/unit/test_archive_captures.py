"""Captures: what is kept comes back, others can read it, and a crash loses nothing that was on disk."""

import asyncio
import errno
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from cuttings.archive import recovery
from cuttings.archive.captures import WarcCaptures
from cuttings.archive.recovery import recover, whole_end
from cuttings.errors import ArchiveDamaged, ArchiveUnavailable
from cuttings.model.article import SourceKey
from cuttings.model.capture import CaptureRef, Document, Exchange, Fetched
from cuttings.text.digest import sha256
from tests.builders import DAILY, NOW

REQUEST = b"GET /feed.xml HTTP/1.1\r\nHost: daily.example\r\nAccept-Encoding: gzip\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 6\r\n\r\n"


def exchange(body: bytes = b"<rss/>", **changes) -> Exchange:
    values: dict[str, Any] = {
        "url": "https://daily.example/feed.xml",
        "at": NOW,
        "request": REQUEST,
        "answer": HEAD.replace(b"6", str(len(body)).encode()) + body,
        "payload_sha256": sha256(body),
        "address": "192.0.2.7",
    }
    return Exchange(**(values | changes))


def fetched(*exchanges: Exchange, body: bytes = b"<rss/>", **document) -> Fetched:
    values: dict[str, Any] = {
        "body": body,
        "url": "https://daily.example/feed.xml",
        "headers": {"content-type": "application/xml"},
    }
    return Fetched(document=Document(**(values | document)), at=NOW, sha256=sha256(body), exchanges=exchanges)


class Stopped:
    """A clock that shows what it is set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def captures(tmp_path):
    async with WarcCaptures.opened(tmp_path, Stopped(), software="cuttings/0", contact="mailto:me@x.example") as kept:
        yield kept


def files(folder: Path, pattern: str = "*") -> list[Path]:
    return sorted(path for path in (folder / "captures").rglob(pattern) if path.is_file())


def records(folder: Path):
    """Return (headers, block) of all records, as another program reads them, digests checked."""
    found = []
    for path in files(folder, "cuttings-*"):
        if path.suffix in (".gz", ".open"):
            with path.open("rb") as stream:
                for record in ArchiveIterator(stream, check_digests="raise"):
                    record.raw_stream.read()
                stream.seek(0)
                raw = ArchiveIterator(stream, no_record_parse=True)
                found += [(dict(record.rec_headers.headers), record.raw_stream.read()) for record in raw]
    return found


async def test_an_exchange_comes_back_as_it_was(captures):
    whole = exchange(at=NOW.replace(microsecond=123), address="2001:db8::1", truncated="time")

    [kept] = await captures.keep(fetched(whole), DAILY)

    assert await captures.read(kept.ref) == whole
    assert (kept.url, kept.at, kept.payload_sha256) == (whole.url, whole.at, whole.payload_sha256)


async def test_a_large_exchange_comes_back_too(captures):
    large = exchange(bytes(range(256)) * 4096)

    [kept] = await captures.keep(fetched(large), DAILY)

    assert await captures.read(kept.ref) == large


async def test_all_hops_are_kept_and_the_body_comes_last(captures):
    hop = exchange(b"", url="http://daily.example/", answer=b"HTTP/1.1 301 Moved\r\nLocation: /feed.xml\r\n\r\n")

    kept = await captures.keep(fetched(hop, exchange()), DAILY)

    assert [found.url for found in kept] == [hop.url, exchange().url]
    assert [await captures.read(found.ref) for found in kept] == [hop, exchange()]


async def test_a_file_is_kept_as_a_resource(captures, tmp_path):
    [kept] = await captures.keep(fetched(url="notes/a b.html", body=b"<p>Hi"), SourceKey("inbox/"))

    found = await captures.read(kept.ref)

    assert (found.answer, found.request, found.url) == (b"<p>Hi", b"", "file:notes/a%20b.html")
    assert (kept.url, kept.payload_sha256) == ("notes/a b.html", sha256(b"<p>Hi"))


async def test_a_body_without_address_is_named_by_its_digest(captures):
    [kept] = await captures.keep(fetched(url="", body=b"<p>Hi"), None)

    assert (await captures.read(kept.ref)).url.startswith("ni:///sha-256;")


async def test_a_payload_known_already_is_a_revisit(captures, tmp_path):
    [first] = await captures.keep(fetched(exchange()), DAILY)
    again = exchange(at=NOW.replace(hour=13))

    [second] = await captures.keep(fetched(again), DAILY, first)

    assert await captures.read(second.ref) == replace(again, request=b"", answer=HEAD, truncated="length")
    headers, block = records(tmp_path)[-1]
    assert (headers["WARC-Type"], headers["WARC-Refers-To"]) == ("revisit", first.record_id)
    assert headers["WARC-Refers-To-Target-URI"] == first.url
    assert headers["WARC-Refers-To-Date"] == "2026-11-24T12:00:00Z"
    assert block == HEAD


async def test_a_file_known_already_is_a_revisit_without_block(captures, tmp_path):
    [first] = await captures.keep(fetched(), DAILY)

    [second] = await captures.keep(fetched(), DAILY, first)

    assert (await captures.read(second.ref)).answer == b""
    assert records(tmp_path)[-1][0]["WARC-Type"] == "revisit"


async def test_other_programs_read_what_we_write(captures, tmp_path):
    await captures.keep(fetched(exchange(), exchange(truncated="length")), DAILY)
    await captures.close()

    kinds = [headers["WARC-Type"] for headers, _ in records(tmp_path)]
    info, answer, request = (headers for headers, _ in records(tmp_path)[:3])

    assert kinds == ["warcinfo", "response", "request", "response", "request"]
    assert b"software: cuttings/0\r\n" in records(tmp_path)[0][1]
    assert info["WARC-Filename"] == files(tmp_path, "*.warc.gz")[0].name
    assert "WARC-Target-URI" not in info
    assert answer["WARC-Warcinfo-ID"] == info["WARC-Record-ID"]
    assert request["WARC-Concurrent-To"] == answer["WARC-Record-ID"]
    assert answer["WARC-Date"] == request["WARC-Date"] == "2026-11-24T12:00:00Z"
    assert answer["Cuttings-Source"] == DAILY
    assert records(tmp_path)[3][0]["WARC-Truncated"] == "length"
    for headers, _ in records(tmp_path):
        assert len(headers) == len({name.lower() for name in headers})


async def test_credentials_are_not_kept(captures, tmp_path):
    secret = REQUEST.replace(b"\r\n\r\n", b"\r\nAuthorization: Basic c2VjcmV0\r\nCOOKIE: c2VjcmV0\r\n c2VjcmV0\r\n\r\n")

    [kept] = await captures.keep(fetched(exchange(request=secret)), DAILY)

    found = await captures.read(kept.ref)
    assert b"c2VjcmV0" not in found.request
    assert found.request.startswith(REQUEST[:-2])
    assert records(tmp_path)[2][0]["Cuttings-Redacted"] == "authorization, cookie"


async def test_a_hostile_address_or_name_cannot_write_headers(captures, tmp_path):
    odd = fetched(url="x\r\nWARC-Type: warcinfo", headers={"content-type": "a\r\nEvil: 1"})

    await captures.keep(odd, SourceKey("key\r\nEvil: 2"))

    headers, _ = records(tmp_path)[-1]
    assert "Evil" not in headers
    assert headers["WARC-Type"] == "resource"


async def test_captures_are_on_disk_and_sealed_at_the_end_with_a_checksum(tmp_path):
    captures = WarcCaptures(tmp_path, Stopped(), "cuttings/0")
    [kept] = await captures.keep(fetched(exchange()), DAILY)
    assert [path.name.endswith(".warc.gz.open") for path in files(tmp_path)] == [True]

    await captures.close()

    sealed, sidecar = files(tmp_path)
    assert str(sealed.relative_to(tmp_path)) == kept.ref.file
    assert sealed.parent == tmp_path / "captures/2026/11"
    assert sidecar.read_text() == f"{hashlib.sha256(sealed.read_bytes()).hexdigest()}  {sealed.name}\n"
    assert sealed.stat().st_mode & 0o222 == 0
    assert await captures.read(kept.ref) == exchange()


async def test_nothing_kept_is_no_file(tmp_path):
    async with WarcCaptures.opened(tmp_path, Stopped(), software="cuttings/0"):
        pass

    assert list(tmp_path.rglob("*")) == []


async def test_a_full_file_and_a_new_month_begin_another(tmp_path):
    clock = Stopped()
    captures = WarcCaptures(tmp_path, clock, "cuttings/0", largest=1)
    kept = [await captures.keep(fetched(exchange()), DAILY) for _ in range(2)]
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    kept.append(await captures.keep(fetched(exchange()), DAILY))
    await captures.close()

    refs = [found.ref for [found] in kept]

    assert len({ref.file for ref in refs}) == 3
    assert refs[2].file.startswith("captures/2026/12/")
    assert [await captures.read(ref) for ref in refs] == [exchange()] * 3


async def test_the_file_of_a_month_that_is_over_is_sealed_though_nothing_new_comes(tmp_path):
    clock = Stopped()
    captures = WarcCaptures(tmp_path, clock, "cuttings/0")
    [kept] = await captures.keep(fetched(exchange()), DAILY)
    assert not await captures.seal_last()

    clock.now = datetime(2026, 12, 1, tzinfo=UTC)

    assert await captures.seal_last()
    assert (tmp_path / kept.ref.file).exists()
    assert not await captures.seal_last()
    await captures.close()


async def test_two_processes_write_two_files(tmp_path):
    first, second = (WarcCaptures(tmp_path, Stopped(), "cuttings/0") for _ in range(2))
    [one], [two] = await first.keep(fetched(exchange()), DAILY), await second.keep(fetched(exchange()), DAILY)
    await first.close()
    third = WarcCaptures(tmp_path, Stopped(), "cuttings/0")
    [three] = await third.keep(fetched(exchange()), DAILY)
    await second.close()
    await third.close()

    assert len({one.ref.file, two.ref.file, three.ref.file}) == 3
    assert [await first.read(kept.ref) for kept in (one, two, three)] == [exchange()] * 3


async def test_many_at_once_share_an_fsync(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    captures = WarcCaptures(tmp_path, Stopped(), "cuttings/0")
    await captures.keep(fetched(exchange()), DAILY)
    synced.clear()

    kept = await asyncio.gather(*(captures.keep(fetched(exchange(b"%d" % n)), DAILY) for n in range(200)))

    assert len(synced) < 20
    assert len({found.ref for [found] in kept}) == 200
    await captures.close()


async def test_damage_is_told_from_what_was_written(captures, tmp_path):
    [kept] = await captures.keep(fetched(exchange()), DAILY)
    [path] = files(tmp_path)
    body = bytearray(path.read_bytes())

    for at in range(kept.ref.offset, len(body), 7):
        flipped = bytes([body[at] ^ 0x10])
        path.write_bytes(body[:at] + flipped + body[at + 1 :])
        try:
            found = await captures.read(kept.ref)
        except ArchiveDamaged:
            continue
        assert replace(found, address="192.0.2.7") == exchange()  # a flip that gzip's own header hides


@pytest.mark.parametrize(
    ("file", "offset"),
    [
        ("captures/2026/11/none.warc.gz", 0),
        ("captures/../../etc/passwd", 0),
        ("/etc/passwd", 0),
        ("cuttings.sqlite3", 0),
    ],
)
async def test_a_reference_to_nothing_is_damage(captures, file, offset):
    with pytest.raises(ArchiveDamaged):
        await captures.read(CaptureRef(file=file, offset=offset))


async def test_an_offset_between_records_is_damage(captures):
    [kept] = await captures.keep(fetched(exchange()), DAILY)

    for offset in (kept.ref.offset + 1, 10**9):
        with pytest.raises(ArchiveDamaged):
            await captures.read(replace(kept.ref, offset=offset))


async def test_a_full_disk_costs_what_was_asked_and_nothing_before(tmp_path, monkeypatch):
    captures = WarcCaptures(tmp_path, Stopped(), "cuttings/0")
    [before] = await captures.keep(fetched(exchange()), DAILY)
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        write(descriptor, bytes(data[:10]))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    for _ in range(2):
        with pytest.raises(ArchiveUnavailable):
            await captures.keep(fetched(exchange(b"lost")), DAILY)
    monkeypatch.undo()
    [after] = await captures.keep(fetched(exchange(b"after")), DAILY)
    await captures.close()
    recover(tmp_path / "captures")

    assert await captures.read(before.ref) == exchange()
    assert await captures.read(after.ref) == exchange(b"after")
    assert [path.name for path in files(tmp_path, "*.damaged")] == []


async def test_a_failed_fsync_is_never_tried_again_on_that_file(tmp_path, monkeypatch):
    captures = WarcCaptures(tmp_path, Stopped(), "cuttings/0")
    [before] = await captures.keep(fetched(exchange()), DAILY)

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(ArchiveUnavailable):
        await captures.keep(fetched(exchange(b"lost")), DAILY)
    monkeypatch.undo()
    [after] = await captures.keep(fetched(exchange(b"after")), DAILY)
    await captures.close()

    assert after.ref.file != before.ref.file
    assert await captures.read(after.ref) == exchange(b"after")
    assert await captures.read(before.ref) == exchange()


async def torn(tmp_path: Path) -> tuple[bytes, int, int]:
    """Return a file of two captures, where the second begins, and where the first record of it ends."""
    captures = WarcCaptures(tmp_path, Stopped(), "cuttings/0")
    await captures.keep(fetched(exchange()), DAILY)
    [second] = await captures.keep(fetched(url="a", body=os.urandom(1500)), DAILY)
    await captures.close()
    [path] = files(tmp_path, "*.gz")
    return path.read_bytes(), second.ref.offset, len(path.read_bytes())


async def test_a_tail_torn_at_any_byte_is_cut_to_the_last_whole_record(tmp_path):
    body, start, end = await torn(tmp_path)

    ends = {whole_end(body[:cut]) for cut in range(start, end)}

    assert ends == {start}
    assert whole_end(body) == end
    assert whole_end(b"") == 0
    assert whole_end(body[: start // 3]) in (0, *(n for n in range(start) if body[n : n + 3] == b"\x1f\x8b\x08"))


async def test_damage_in_the_middle_does_not_cost_what_is_behind_it(tmp_path):
    body, start, end = await torn(tmp_path)
    damaged = bytearray(body)
    damaged[start - 40] ^= 0xFF

    assert whole_end(bytes(damaged)) == end


def left_open(folder: Path, body: bytes) -> Path:
    path = folder / "captures/2026/11/cuttings-20261124120000-00000-host.warc.gz.open"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


async def test_an_orphan_is_sealed_and_its_torn_tail_kept_aside(tmp_path):
    body, start, end = await torn(tmp_path / "elsewhere")
    path = left_open(tmp_path, body[: end - 3])

    [recovered] = recover(tmp_path / "captures")

    sealed = path.with_name(path.name.removesuffix(".open"))
    assert (recovered.file, recovered.cut) == (sealed, end - 3 - start)
    assert sealed.read_bytes() == body[:start]
    assert path.with_name(sealed.name + ".damaged").read_bytes() == body[start : end - 3]
    assert hashlib.sha256(body[:start]).hexdigest() in path.with_name(sealed.name + ".sha256").read_text()
    assert not path.exists()
    assert list(recover(tmp_path / "captures")) == []


async def test_only_the_tail_of_a_long_orphan_is_looked_through(tmp_path, monkeypatch):
    body, start, end = await torn(tmp_path / "elsewhere")
    monkeypatch.setattr(recovery, "UNSYNCED", end - start + 700)
    looked = []
    member_end = recovery._member_end

    def noted(data: bytes, at: int) -> int | None:
        looked.append(at)
        return member_end(data, at)

    monkeypatch.setattr(recovery, "_member_end", noted)
    left_open(tmp_path, body + b"torn")

    [recovered] = recover(tmp_path / "captures")

    assert recovered.cut == 4
    assert 0 not in looked


async def test_the_answers_in_an_orphan_are_told_of_before_it_is_sealed(tmp_path):
    answers = [
        exchange(b"good"),
        exchange(b"", answer=b"HTTP/1.1 301 Moved\r\nLocation: /2\r\n\r\n"),
        exchange(b"bad", answer=b"HTTP/1.1 500 Oh\r\n\r\nbad"),
        replace(exchange(b"cut"), truncated="length"),
    ]
    async with WarcCaptures.opened(tmp_path / "elsewhere", Stopped(), software="cuttings/0") as captures:
        kept = [(await captures.keep(fetched(one), DAILY))[0] for one in answers]
        kept += await captures.keep(fetched(answers[0]), DAILY, kept[0])
        [written] = files(tmp_path / "elsewhere", "*.open")
        body = written.read_bytes()
    path = left_open(tmp_path, body + b"\x1f\x8b\x08 torn")
    told = []

    async def strand(found):
        assert path.exists()
        told.extend(found)

    async with WarcCaptures.opened(tmp_path, Stopped(), software="cuttings/0", strand=strand) as captures:
        assert [one.record_id for one in told] == [kept[n].record_id for n in (0, 1, 4)]
        assert (await captures.read(told[0].ref)).answer == answers[0].answer
        assert replace(told[0], ref=kept[0].ref) == kept[0]


async def test_an_orphan_without_any_record_leaves_only_what_is_aside(tmp_path):
    left_open(tmp_path, b"\x1f\x8b\x08 torn")
    recover(tmp_path / "captures")

    assert [path.suffix for path in files(tmp_path)] == [".damaged"]


async def test_the_file_of_a_living_process_is_left_alone(captures, tmp_path):
    [kept] = await captures.keep(fetched(exchange()), DAILY)

    assert list(recover(tmp_path / "captures")) == []
    assert await captures.read(kept.ref) == exchange()


KILLED = """
import asyncio, os, sys
from pathlib import Path
from cuttings.archive.captures import WarcCaptures
from tests.unit.test_archive_captures import Stopped, exchange, fetched

async def main():
    captures = WarcCaptures(Path(sys.argv[1]), Stopped(), "cuttings/0")
    n = 0
    while True:
        kept = await captures.keep(fetched(exchange(b"%d" % n)), None)
        print(n, kept[0].ref.file, kept[0].ref.offset, flush=True)
        n += 1

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_kill_9(tmp_path):
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, cwd=root, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline().split() for _ in range(40)]
    process.kill()
    process.wait()
    lines += [found for line in process.stdout if len(found := line.split()) == 3 and line.endswith("\n")]

    async with WarcCaptures.opened(tmp_path, Stopped(), software="cuttings/0") as captures:
        for n, file, offset in lines:
            kept = await captures.read(CaptureRef(file=file, offset=int(offset)))
            assert kept.answer.endswith(b"\r\n\r\n" + n.encode())
    assert files(tmp_path, "*.open") == []
    assert len(records(tmp_path)) >= 2 * len(lines)
