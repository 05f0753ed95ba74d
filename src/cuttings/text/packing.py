"""Packed bytes: content codings taken off with a bound on what comes out, and packing of our own.

Pure.  A limit that is looked at after inflating is no limit (329 bytes of
brotli hold 200 MiB), so every step asks for a bounded piece (THREATS 1.4).

Standards: RFC 9110 8.4 (content codings), RFC 1950-1952, RFC 7932, RFC 8878, RFC 9659 (window of zstd).
"""

import gzip
import sys
import zlib
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OFFERED = "gzip, deflate, br, zstd"
"""What an Accept-Encoding may say: the codings that are bounded here."""

PIECE = 65_536  # bytes asked of a decoder at once
RATIO, RATIO_FROM = 200, 1 << 20  # more than 200:1 beyond the first MiB is a bomb; real feeds stay below 50:1
LEVEL = 3  # of zstd in the archive: within 5 % of the size of level 9 at a fifth of its time

_PACKED: dict[int, int] = {
    zstd.CompressionParameter.compression_level: LEVEL,
    zstd.CompressionParameter.checksum_flag: 1,
}
_KNOWN = ("gzip", "deflate", "br", "zstd")
_GZIP, _GZIP_DEFLATE = b"\x1f\x8b", b"\x1f\x8b\x08"
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes((0x50 + n, 0x2A, 0x4D, 0x18)) for n in range(16)))  # frames, skippable ones
_PLAIN = (b"<", b"{", b"[", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
_NAMES = {"x-gzip": "gzip"}


class PackingError(ValueError):
    """Packed bytes that are damaged, cut off or too much; the message says which."""


class Unpacker:
    """Takes one content coding off, as bytes arrive.

    `coding` is the Content-Encoding as sent; a body that was labelled but not
    packed comes through as it is, and so does one of an unknown coding
    ("utf-8" is seen in the wild).  Raises PackingError for more than one
    layer, for damage, and as soon as more than `limit` bytes would come out.
    """

    def __init__(self, coding: str, limit: int) -> None:
        name = coding.strip().lower()
        if "," in name:
            raise PackingError("more than one content coding")
        self._name = _NAMES.get(name, name)
        self._limit = limit
        self._came = self._given = 0
        self._held = b""
        self._decoder: _Decoder | None = None

    def feed(self, data: bytes) -> bytes:
        """Return what these bytes unpack to."""
        self._came += len(data)
        if self._decoder is not None:
            return self._bounded(self._decoder, data)
        self._held += data
        if len(self._held) < 4:  # the longest magic
            return b""
        return self._begin()

    def finish(self) -> bytes:
        """Return what is left.  Raises PackingError where the packed stream is not whole."""
        rest = b"" if self._decoder is not None or not self._held else self._begin()
        if self._decoder is not None and not self._decoder.whole:
            raise PackingError(f"the {self._name} stream is cut off")
        return rest

    def _begin(self) -> bytes:
        held, self._held = self._held, b""
        self._decoder = _decoder(self._name, held)
        try:
            return self._bounded(self._decoder, held)
        except _Undecodable:
            if not held.lstrip().startswith(_PLAIN):
                raise
            self._given, self._decoder = 0, _Identity()
            return self._bounded(self._decoder, held)

    def _bounded(self, decoder: "_Decoder", data: bytes) -> bytes:
        pieces: list[bytes] = []
        piece = decoder.step(data)
        while True:
            self._given += len(piece)
            if self._given > self._limit:
                raise PackingError(f"unpacks to more than {self._limit} bytes")
            if self._given > RATIO_FROM and self._given > RATIO * self._came:
                raise PackingError(f"unpacks to more than {RATIO} times its size")
            pieces.append(piece)
            if not decoder.more:
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)
            piece = decoder.step(b"")


def unpacked(data: bytes, coding: str, limit: int) -> bytes:
    """Take a whole body's content coding off, as `Unpacker` does."""
    unpacker = Unpacker(coding, limit)
    return unpacker.feed(data) + unpacker.finish()


def pack(data: bytes) -> bytes:
    """Pack for the archive, as one zstd frame with its checksum."""
    return zstd.compress(data, options=_PACKED)


def unpack(data: bytes, limit: int) -> bytes:
    """Undo `pack`.  Raises PackingError for damage and for more than `limit` bytes."""
    if not data.startswith(_ZSTD):
        raise PackingError("not packed by us")
    decoder, pieces, size = _Zstd(), [], 0
    piece = decoder.step(data)
    while True:
        size += len(piece)
        if size > limit:
            raise PackingError(f"unpacks to more than {limit} bytes")
        pieces.append(piece)
        if not decoder.more:
            break
        piece = decoder.step(b"")
    if not decoder.whole:
        raise PackingError("the packed bytes are cut off")
    return b"".join(pieces)


def gzipped(data: bytes) -> bytes:
    """Return gzip that is the same at any time: no clock in it."""
    return gzip.compress(data, compresslevel=6, mtime=0)


class _Undecodable(PackingError):
    """The decoder refused the bytes."""


class _Decoder(Protocol):
    """`step` takes bytes and gives a bounded piece; while `more`, step(b"") gives another one."""

    more: bool
    whole: bool

    def step(self, data: bytes) -> bytes: ...


def _decoder(name: str, start: bytes) -> _Decoder:
    """By the magic first: labels are mixed up in the wild, but a body that says it is packed is packed."""
    if name in _KNOWN and start.startswith(_GZIP_DEFLATE):
        return _Zlib(31)
    if name in _KNOWN and start.startswith(_ZSTD):
        return _Zstd()
    if name == "deflate":  # RFC 9110 8.4.1.2 means zlib; some send it bare
        return _Zlib(15 if _begins_zlib(start) else -15)
    return _Brotli() if name == "br" else _Identity()


def _begins_zlib(start: bytes) -> bool:
    return len(start) >= 2 and start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0


class _Identity:
    more = False
    whole = True

    def step(self, data: bytes) -> bytes:
        return data


class _Zlib:
    """Gzip of several members too; what is no member after the first is padding."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._rest = b""
        self.more = self.whole = False

    def step(self, data: bytes) -> bytes:
        data = self._rest + data if self._rest else data
        try:
            if self._stream.eof:
                if self._window != 31 or not data.startswith(_GZIP):
                    return self._ended()
                self._stream = zlib.decompressobj(self._window)
            piece = self._stream.decompress(data, PIECE)
        except zlib.error as error:
            raise _Undecodable("damaged gzip or deflate") from error
        self.whole = self._stream.eof
        self._rest = self._stream.unused_data if self.whole else self._stream.unconsumed_tail
        self.more = bool(self._rest) or len(piece) == PIECE
        return piece

    def _ended(self) -> bytes:
        self._rest, self.more = b"", False
        return b""


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self.more = self.whole = False

    def step(self, data: bytes) -> bytes:
        try:
            piece: bytes = self._stream.process(data, output_buffer_limit=PIECE)
        except brotli.error as error:
            raise _Undecodable("damaged brotli") from error
        self.whole = self._stream.is_finished()
        # can_accept_more_data() speaks of input alone: output may wait all the same.
        self.more = not self.whole and (len(piece) >= PIECE or not self._stream.can_accept_more_data())
        return piece


class _Zstd:
    def __init__(self) -> None:
        self._stream = self._new()
        self._rest = b""
        self.more = self.whole = False

    def step(self, data: bytes) -> bytes:
        if self._stream.eof:
            data = self._rest + data
            if not data.startswith(_ZSTD):
                return self._ended()
            self._stream = self._new()
        try:
            piece = self._stream.decompress(data, PIECE)
        except zstd.ZstdError as error:
            raise _Undecodable("damaged zstd") from error
        self.whole = self._stream.eof
        self._rest = self._stream.unused_data if self.whole else b""
        self.more = bool(self._rest) or (not self.whole and not self._stream.needs_input)
        return piece

    def _ended(self) -> bytes:
        self._rest, self.more = b"", False
        return b""

    def _new(self) -> "zstd.ZstdDecompressor":
        """A window of 8 MiB at most, as RFC 9659 has it: a frame may ask for 2 GiB."""
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})
