"""WARC files of others, read a portion at a time."""

import gzip
import io

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from cuttings.archive.shelf import WarcShelf
from cuttings.errors import ParseError
from tests.fakes import InlineSandbox


def warc(path, *records, packed=True):
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed)
        for url, status, body in records:
            head = StatusAndHeaders(status, [("Content-Type", "text/html"), ("Content-Encoding", "gzip")], "HTTP/1.1")
            payload = io.BytesIO(gzip.compress(body))
            writer.write_record(writer.create_warc_record(url, "response", payload=payload, http_headers=head))
        text = {"payload": io.BytesIO(b"Tides"), "warc_content_type": "text/plain"}
        writer.write_record(writer.create_warc_record("file:///tides.txt", "resource", **text))
    return str(path)


async def read(file):
    return [document async for document in WarcShelf(InlineSandbox(), at_once=2).documents(file)]


@pytest.mark.parametrize("packed", [True, False])
async def test_good_answers_and_resources_come_decoded_and_in_order(tmp_path, packed):
    pages = [(f"https://daily.example/{n}", "200 OK", b"<p>%d</p>" % n) for n in range(5)]
    file = warc(tmp_path / "a.warc.gz", *pages, ("https://daily.example/no", "404 Not Found", b"no"), packed=packed)

    documents = await read(file)

    assert [document.body for document in documents] == [*(body for _, _, body in pages), b"Tides"]
    assert [document.url for document in documents[:2]] == ["https://daily.example/0", "https://daily.example/1"]
    assert documents[0].media_type == "text/html"


async def test_a_torn_file_gives_what_lies_before_the_tear(tmp_path):
    file = tmp_path / "a.warc.gz"
    warc(file, *[(f"https://daily.example/{n}", "200 OK", b"<p>%d</p>" % n) for n in range(5)])
    file.write_bytes(file.read_bytes()[:1500])

    documents = await read(str(file))

    assert [document.body for document in documents][:1] == [b"<p>0</p>"]
    assert len(documents) < 5


async def test_what_is_no_warc_is_said_to_be_none(tmp_path):
    file = tmp_path / "a.warc"
    file.write_bytes(b"not a WARC at all\n" * 50)

    with pytest.raises(ParseError, match="no WARC"):
        await read(str(file))
