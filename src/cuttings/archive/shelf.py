"""Reads WARC files that others wrote: the bodies of their responses and resources.

Everything that touches the file runs in the sandbox, a portion at a time.
Standards: WARC 1.1 (ISO 28500:2017); WARC 1.0 is read as well.
"""

from collections.abc import AsyncIterator
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.ports import Sandbox

LARGEST_BODY = 64 << 20  # bytes, decoded; a larger body is passed over
AT_ONCE, BYTES_AT_ONCE = 200, 16 << 20  # bodies of one call into the sandbox
MOST_HEADERS = 65_536  # bytes


class WarcShelf:
    """Keeps `ports.Shelf`; `at_once` bodies are in memory."""

    def __init__(self, sandbox: Sandbox, at_once: int = AT_ONCE) -> None:
        self._sandbox, self._at_once = sandbox, at_once

    async def documents(self, file: str) -> AsyncIterator[Document]:
        """See `ports.Shelf`."""
        offset: int | None = 0
        while offset is not None:
            portion, offset = await self._sandbox.run("cuttings.archive.shelf:portion", file, offset, self._at_once)
            for document in portion:
                yield document


def portion(file: str, offset: int, at_once: int) -> tuple[list[Document], int | None]:
    """Return the next documents from a byte offset on, and the offset after them, None at the end.

    Runs in the sandbox.  Raises ParseError where the first record is none.
    """
    documents: list[Document] = []
    held = 0
    with Path(file).open("rb") as stream:
        stream.seek(offset)
        wanted = WarcRecordType.response | WarcRecordType.resource
        records = ArchiveIterator(stream, wanted, parse_http=True, auto_decode="all", max_header_len=MOST_HEADERS)
        try:
            for record in records:
                if held > BYTES_AT_ONCE or len(documents) >= at_once:
                    return documents, record.stream_pos
                document = _document(record)
                if document is not None:
                    documents.append(document)
                    held += len(document.body)
        except (OSError, ValueError) as error:
            if offset == 0 and not documents:
                raise ParseError(file, f"is no WARC file: {error}") from error
    return documents, None


def _document(record: WarcRecord) -> Document | None:
    """Return a record's body, None where it is no good answer or too large."""
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    headers = {"content-type": record.headers.get("Content-Type") or ""}
    if record.record_type == WarcRecordType.response:
        if not record.is_http_parsed or record.http_headers.status_code != 200:
            return None
        headers = {name.lower(): value for name, value in record.http_headers.items()}
    body = record.reader.read(LARGEST_BODY + 1)
    return Document(body=body, url=url, headers=headers) if 0 < len(body) <= LARGEST_BODY else None
