"""Content codings: what comes off, what is refused, and how much may come out."""

import contextlib
import gzip
import sys
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.text import packing
from cuttings.text.packing import PackingError, Unpacker, unpacked

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIB = 1 << 20
BODY = b"<rss>" + repr(list(range(40_000))).encode() + b"</rss>"


def bare_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


PACKED = {
    "gzip": gzip.compress(BODY),
    "X-GZip": gzip.compress(BODY),
    "deflate": zlib.compress(BODY),
    " deflate ": bare_deflate(BODY),
    "br": brotli.compress(BODY),
    "zstd": zstd.compress(BODY),
    "": BODY,
    "identity": BODY,
    "utf-8": BODY,
}


@pytest.mark.parametrize(("coding", "packed"), PACKED.items())
def test_each_coding_comes_off(coding, packed):
    assert unpacked(packed, coding, 10 * MIB) == BODY


@pytest.mark.parametrize(("coding", "packed"), PACKED.items())
def test_the_pieces_that_bytes_arrive_in_do_not_matter(coding, packed):
    unpacker = Unpacker(coding, 10 * MIB)

    pieces = [unpacker.feed(packed[n : n + 7]) for n in range(0, len(packed), 7)]

    assert b"".join(pieces) + unpacker.finish() == BODY


def test_gzip_and_zstd_may_come_in_several_members():
    assert unpacked(gzip.compress(BODY) * 2 + bytes(512), "gzip", 10 * MIB) == BODY * 2
    assert unpacked(zstd.compress(BODY) * 2, "zstd", 10 * MIB) == BODY * 2


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize(
    "start", [b"<?xml version='1.0'?>", b"\n<rss>", b'{"version": 1}', b"\xef\xbb\xbf<feed>", b"<"]
)
def test_a_plain_body_with_a_label_comes_through(coding, start):  # H-28
    assert unpacked(start + BODY, coding, 10 * MIB) == start + BODY


@pytest.mark.parametrize(("label", "coding"), [("br", "gzip"), ("gzip", "zstd"), ("deflate", "gzip"), ("zstd", "gzip")])
def test_a_wrong_label_yields_to_what_the_body_says_of_itself(label, coding):
    assert unpacked(PACKED[coding], label, 10 * MIB) == BODY


def test_more_than_one_layer_is_refused():  # H-28
    with pytest.raises(PackingError, match="more than one"):
        Unpacker("gzip, gzip", MIB)


@pytest.mark.parametrize("coding", ["gzip", "deflate", " deflate ", "br", "zstd"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_cut_stream_is_no_success(coding, share):  # H-29
    packed = PACKED[coding]

    with pytest.raises(PackingError):
        unpacked(packed[: int(len(packed) * share)], coding, 10 * MIB)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])  # brotli has no checksum
def test_damage_is_refused(coding):
    packed = bytearray(PACKED[coding])
    packed[len(packed) // 2 :] = bytes(len(packed) - len(packed) // 2)

    with pytest.raises(PackingError):
        unpacked(bytes(packed), coding, 10 * MIB)


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [  # H-26, H-27
        ("gzip", gzip.compress(bytes(100 * MIB))),
        ("deflate", zlib.compress(bytes(100 * MIB))),
        ("br", brotli.compress(bytes(100 * MIB), quality=5)),
        ("zstd", zstd.compress(bytes(100 * MIB))),
    ],
    ids=["gzip", "deflate", "br", "zstd"],
)
def test_a_bomb_gives_out_no_more_than_a_little(coding, bomb):
    with pytest.raises(PackingError, match="more than"):
        unpacked(bomb, coding, 16 * MIB)


def test_the_limit_is_the_last_byte_that_may_come_out():
    packed = gzip.compress(b"x" * 1000)

    assert len(unpacked(packed, "gzip", 1000)) == 1000
    with pytest.raises(PackingError, match="999"):
        unpacked(packed, "gzip", 999)


def test_a_zstd_frame_that_asks_for_a_huge_window_is_refused():
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    stream = zstd.ZstdCompressor(options=options)

    with pytest.raises(PackingError):
        unpacked(stream.compress(BODY) + stream.flush(), "zstd", 10 * MIB)


def test_what_we_pack_comes_back_and_damage_is_noticed():
    packed = packing.pack(BODY)

    assert packing.unpack(packed, len(BODY)) == BODY
    for broken in (b"", packed[:-1], packed[:100], BODY, packed[:-1] + bytes((packed[-1] ^ 1,))):
        with pytest.raises(PackingError):
            packing.unpack(broken, len(BODY))
    with pytest.raises(PackingError, match="more than"):
        packing.unpack(packed, len(BODY) - 1)


def test_gzipped_bytes_are_the_same_each_time_and_hold_no_clock():
    packed = packing.gzipped(BODY)

    assert packed[4:8] == bytes(4)
    assert gzip.decompress(packed) == BODY


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd", "", "x"]))
def test_any_bytes_are_unpacked_or_refused(data, coding):
    with contextlib.suppress(PackingError):
        unpacked(data, coding, 1000)


@given(st.binary(max_size=2000))
def test_packing_goes_both_ways(data):
    assert packing.unpack(packing.pack(data), 2000) == data
