"""Captures as WARC records, and back: bytes in, bytes out.

Standards: WARC 1.1 (ISO 28500:2017); WA-1 to WA-12 of our list.  Each record
is one gzip member.
"""

import base64
import ipaddress
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO
from urllib.parse import quote

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from cuttings.model.article import SourceKey
from cuttings.model.capture import CaptureRef, Document, Exchange
from cuttings.model.source import Capture
from cuttings.text.digest import sha256

IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
CONFORMS = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"

LEVEL = 6  # of gzip
SMALL = 1 << 18  # bytes up to which fastwarc packs, faster than zlib, but holding up all other threads

_SECRETS = re.compile(rb"(?im)^(authorization|proxy-authorization|cookie)(:[ \t]*)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_ANSWER = re.compile(rb"HTTP/1\.[01] (?:20[03]|30[12378])\b")
_URI = "!#$%&'()*+,/:;=?@[]~"  # what stands in a URI as it is (RFC 3986 2.2, and the percent sign)

Headers = Sequence[tuple[str, str]]


class NotWarc(Exception):
    """Bytes that are not the record that was written; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What all records of one file and one source share."""

    warcinfo: str  # the WARC-Record-ID of the file's first record
    source: SourceKey | None = None

    @property
    def headers(self) -> Headers:
        named = [("WARC-Warcinfo-ID", self.warcinfo)]
        return [*named, ("Cuttings-Source", _one_line(self.source))] if self.source is not None else named


def warcinfo(id_: str, at: datetime, file: str, software: str, contact: str | None) -> bytes:
    """Return the record that a file begins with (WA-8)."""
    fields = {"software": software, "format": "WARC File Format 1.1", "conformsTo": CONFORMS, "operator": contact}
    block = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in fields.items() if value)
    headers = [("WARC-Filename", file), ("Content-Type", "application/warc-fields")]
    return _member(WarcRecordType.warcinfo, id_, at, headers, block.encode())


def response(id_: str, request_id: str, exchange: Exchange, context: Context) -> bytes:
    """Return an exchange as a response record and its request record behind it."""
    target = [("WARC-Target-URI", uri(exchange.url)), *_address(exchange), *context.headers]
    answer: list[tuple[str, str]] = [
        ("WARC-Payload-Digest", _digest(exchange.payload_sha256)),
        ("Content-Type", "application/http;msgtype=response"),
    ]
    if exchange.truncated is not None:
        answer.append(("WARC-Truncated", exchange.truncated))
    request, redacted = _without_secrets(exchange.request)
    asked = [("WARC-Concurrent-To", id_), ("Content-Type", "application/http;msgtype=request"), *redacted]
    return _member(WarcRecordType.response, id_, exchange.at, [*target, *answer], exchange.answer) + _member(
        WarcRecordType.request, request_id, exchange.at, [*target, *asked], request
    )


def revisit(id_: str, exchange: Exchange, original: Capture, context: Context) -> bytes:
    """Return an exchange whose payload is captured already: its head alone (WA-9)."""
    head, separator, _ = exchange.answer.partition(b"\r\n\r\n")
    headers = [
        ("WARC-Target-URI", uri(exchange.url)),
        *_address(exchange),
        *context.headers,
        *_refers_to(original),
        ("WARC-Truncated", "length"),
        ("Content-Type", "application/http;msgtype=response"),
    ]
    return _member(WarcRecordType.revisit, id_, exchange.at, headers, head + separator)


def resource(id_: str, document: Document, at: datetime, context: Context, same_as: Capture | None = None) -> bytes:
    """Return what was pushed to us or lay in a file; with `same_as` a revisit of it, without body."""
    target = ("WARC-Target-URI", uri(document.url, document.body))
    if same_as is not None:
        return _member(WarcRecordType.revisit, id_, at, [target, *context.headers, *_refers_to(same_as)], b"")
    digest = ("WARC-Payload-Digest", _digest(sha256(document.body)))
    media_type = ("Content-Type", _one_line(document.headers.get("content-type", "")) or "application/octet-stream")
    return _member(WarcRecordType.resource, id_, at, [target, *context.headers, digest, media_type], document.body)


def read(stream: BinaryIO) -> Exchange:
    """Return the capture that begins at the stream's position.

    Of a resource the request is empty and the answer is the body alone; of a
    revisit the answer is the head alone.  Raises NotWarc where the block is
    not the one that its digest tells of.
    """
    records = iter(ArchiveIterator(stream, parse_http=False))
    try:
        headers, block = _checked(next(records))
        request = _request(records, headers["WARC-Record-ID"]) if headers["WARC-Type"] == "response" else b""
        return Exchange(
            url=headers["WARC-Target-URI"],
            at=datetime.fromisoformat(headers["WARC-Date"]),
            request=request,
            answer=block,
            payload_sha256=_undigested(headers["WARC-Payload-Digest"]),
            address=headers.get("WARC-IP-Address"),
            truncated=headers.get("WARC-Truncated"),
        )
    except StopIteration:
        raise NotWarc("there is no record") from None
    except (OSError, ValueError) as error:
        raise NotWarc(str(error)) from error
    except KeyError as error:
        raise NotWarc(f"the record has no {error.args[0]}") from error


def answered(stream: BinaryIO, file: str) -> Iterator[Capture]:
    """Yield the captures of a whole file, of that name, that hold a good answer or a redirect, in order.

    Raises OSError and ValueError where the file is damaged.
    """
    wanted = WarcRecordType.response | WarcRecordType.revisit
    for record in ArchiveIterator(stream, wanted, parse_http=False):
        said = record.headers.to_dict()
        cut = record.record_type == WarcRecordType.response and "WARC-Truncated" in said
        if not cut and _ANSWER.match(record.reader.read(16)):
            yield Capture(
                ref=CaptureRef(file=file, offset=record.stream_pos),
                url=said["WARC-Target-URI"],
                at=datetime.fromisoformat(said["WARC-Date"]),
                payload_sha256=_undigested(said["WARC-Payload-Digest"]),
                record_id=said["WARC-Record-ID"],
            )


def uri(url: str, body: bytes = b"") -> str:
    """Return a URI of what was captured: a path becomes a file URI, nothing at all the digest's name (RFC 6920)."""
    if not url:
        name = base64.urlsafe_b64encode(sha256(body)).decode().rstrip("=")
        return f"ni:///sha-256;{name}"
    quoted = quote(url.encode("utf-8", "surrogatepass"), safe=_URI)
    return quoted if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", quoted) else f"file:{quoted}"


def _member(kind: WarcRecordType, id_: str, at: datetime, headers: Headers, block: bytes) -> bytes:
    record = WarcRecord()
    record.init_headers(kind, id_.removeprefix("<urn:").removesuffix(">").encode())
    record.headers["WARC-Date"] = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    for name, value in headers:
        record.headers.append(name, value)
    record.headers.append("WARC-Block-Digest", _digest(sha256(block)))
    record.set_bytes_content(block)
    return _packed_small(record) if len(block) <= SMALL else _packed_large(record)


def _packed_small(record: WarcRecord) -> bytes:
    buffer = BytesIO()
    writer = GzipWriter(buffer, compression_level=LEVEL)
    record.write(writer)
    writer.finish()
    return buffer.getvalue()


def _packed_large(record: WarcRecord) -> bytes:
    buffer = BytesIO()
    record.write(buffer)
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(buffer.getbuffer()) + packer.flush()


def _checked(record: WarcRecord) -> tuple[dict[str, str], bytes]:
    headers = record.headers.to_dict()
    block = record.reader.read()
    if headers["WARC-Block-Digest"] != _digest(sha256(block)):
        raise NotWarc("its digest is of other bytes")
    return headers, block


def _request(records: Iterator[WarcRecord], response_id: str) -> bytes:
    """Return the request behind a response."""
    headers, block = _checked(next(records))
    if headers.get("WARC-Concurrent-To") != response_id:
        raise NotWarc("the request behind it is another one's")
    return block


def _refers_to(original: Capture) -> Headers:
    return (
        ("WARC-Profile", IDENTICAL),
        ("WARC-Payload-Digest", _digest(original.payload_sha256)),
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", uri(original.url)),
        ("WARC-Refers-To-Date", original.at.astimezone(UTC).isoformat().replace("+00:00", "Z")),
    )


def _address(exchange: Exchange) -> Headers:
    """Return the peer's address in its canonical form (RFC 5952)."""
    if exchange.address is None:
        return ()
    return (("WARC-IP-Address", str(ipaddress.ip_address(exchange.address))),)


def _without_secrets(request: bytes) -> tuple[bytes, Headers]:
    """Return a request without credentials, and the header that says what was taken out (WA-12)."""
    head, separator, body = request.partition(b"\r\n\r\n")
    names = sorted({found.group(1).decode().lower() for found in _SECRETS.finditer(head)})
    if not names:
        return request, ()
    return _SECRETS.sub(rb"\1\2redacted", head) + separator + body, (("Cuttings-Redacted", ", ".join(names)),)


def _digest(digest: bytes) -> str:
    return "sha256:" + base64.b32encode(digest).decode()


def _undigested(labelled: str) -> bytes:
    algorithm, _, digest = labelled.partition(":")
    if algorithm != "sha256":
        raise NotWarc(f"a digest by {algorithm}")
    return base64.b32decode(digest)


def _one_line(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode().split())
