"""Published files over HTTP: validators, ranges, codings, and nothing beside them."""

import asyncio
import gzip
import os
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from cuttings.web.feeds import Published

WHEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BODY = b"<rss>" + b"words " * 100 + b"</rss>"


@dataclass
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def ready():
    return True, "ready"


@pytest.fixture
def site(tmp_path):
    def put(path, body):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        for name, content in ((file, body), (file.with_name(file.name + ".gz"), gzip.compress(body, mtime=0))):
            name.write_bytes(content)
            os.utime(name, (WHEN.timestamp(), WHEN.timestamp()))

    put("feeds/daily.rss", BODY)
    put("feeds/daily/archive/000001.atom", b"<feed/>")
    (tmp_path / "secret.txt").write_text("secret")
    return Published(tmp_path, ready)


async def ask(site, path="/feeds/daily.rss", method="GET", **headers):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    pairs = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    await site({"type": "http", "method": method, "path": path, "headers": pairs}, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return Answer(sent[0]["status"], dict(sent[0]["headers"]), body)


async def test_a_document_comes_whole_with_its_type_and_validators(site):
    answer = await ask(site)

    assert (answer.status, answer.body) == (200, BODY)
    assert answer.headers[b"content-type"] == b"application/rss+xml; charset=utf-8"
    assert answer.headers[b"last-modified"] == b"Tue, 24 Nov 2026 09:00:00 GMT"
    assert answer.headers[b"etag"].startswith(b'"')
    assert answer.headers[b"x-content-type-options"] == b"nosniff"


async def test_who_has_it_already_gets_a_304_without_a_body(site):
    etag = (await ask(site)).headers[b"etag"].decode()

    for tag in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await ask(site, if_none_match=tag)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers[b"etag"].decode() == etag
        assert b"content-length" not in answer.headers


async def test_the_etag_wins_over_the_date(site):
    answer = await ask(site, if_none_match='"other"', if_modified_since="Tue, 24 Nov 2026 09:00:00 GMT")

    assert answer.status == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Tue, 24 Nov 2026 09:00:00 GMT", 304),
        ("Tue, 24 Nov 2026 08:59:59 GMT", 200),
        ("yesterday", 200),
    ],
)
async def test_a_date_alone_counts_too(site, since, status):
    assert (await ask(site, if_modified_since=since)).status == status


async def test_gzip_is_another_representation_with_another_etag(site):
    plain, packed = await ask(site), await ask(site, accept_encoding="br, gzip;q=0.5")

    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers[b"content-encoding"] == b"gzip"
    assert packed.headers[b"etag"] != plain.headers[b"etag"]


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "*;q=0", "br"])
async def test_who_does_not_want_gzip_does_not_get_it(site, accepted):
    assert b"content-encoding" not in (await ask(site, accept_encoding=accepted)).headers


async def test_head_has_the_headers_and_no_body(site):
    get, head = await ask(site), await ask(site, method="HEAD")

    assert (head.status, head.headers, head.body) == (200, get.headers, b"")


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=0-4", 206, BODY[:5]),
        ("bytes=5-", 206, BODY[5:]),
        ("bytes=-6", 206, BODY[-6:]),
        ("bytes=0-999999", 206, BODY),
        ("bytes=999999-", 416, b""),
        ("bytes=4-0", 416, b""),
        ("bytes=-0", 416, b""),
        ("bytes=" + "0-0," * 1000, 200, BODY),
        ("lines=1-2", 200, BODY),
    ],
)
async def test_a_part_of_a_file(site, asked, status, body):
    answer = await ask(site, range=asked)

    assert (answer.status, answer.body) == (status, body)


async def test_a_part_of_another_version_is_the_whole(site):
    assert (await ask(site, range="bytes=0-4", if_range='"older"')).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt",
        "/../secret.txt",
        "/feeds/../secret.txt",
        "/feeds/daily.rss.gz",
        "/feeds/%2e%2e",
        "/feeds/",
        "//etc",
    ],
)
async def test_nothing_else_is_served(site, path):
    answer = await ask(site, path)

    assert (answer.status, b"secret" in answer.body) == (404, False)
    assert answer.headers[b"content-type"].startswith(b"text/plain")


async def test_a_link_out_of_the_folder_is_not_followed(site, tmp_path):
    (tmp_path / "feeds" / "evil.rss").symlink_to("/etc/hostname")

    assert (await ask(site, "/feeds/evil.rss")).status == 404


async def test_only_reading_is_allowed(site):
    answer = await ask(site, method="POST")

    assert (answer.status, answer.headers[b"allow"]) == (405, b"GET, HEAD, OPTIONS")


async def test_a_closed_page_may_be_kept_for_long(site):
    answer = await ask(site, "/feeds/daily/archive/000001.atom")

    assert answer.headers[b"cache-control"] == b"public, max-age=604800"


async def test_before_anything_is_published_the_index_asks_for_patience(site):
    answer = await ask(site, "/")

    assert (answer.status, answer.body) == (503, b"Collecting; reload in a moment\n")


async def test_a_new_file_under_the_same_name_is_served_at_once(site, tmp_path):
    await ask(site)
    (tmp_path / "feeds/daily.new").write_bytes(b"new")
    (tmp_path / "feeds/daily.new").replace(tmp_path / "feeds/daily.rss")

    assert (await ask(site)).body == b"new"


async def test_health_is_told(site):
    assert (await ask(site, "/healthz")).body == b"alive\n"
    assert (await ask(site, "/readyz")).status == 200


async def test_two_readers_of_a_file_that_has_just_grown_large_are_both_served(site, tmp_path):
    await ask(site)
    (tmp_path / "feeds/daily.new").write_bytes(b"x" * (2 << 20))
    (tmp_path / "feeds/daily.new").replace(tmp_path / "feeds/daily.rss")

    answers = await asyncio.gather(ask(site), ask(site))

    assert [(answer.status, len(answer.body)) for answer in answers] == [(200, 2 << 20)] * 2


@pytest.mark.parametrize("path", ["/news/feeds/daily.rss", "/feeds/daily.rss", "/news/readyz", "/readyz"])
async def test_below_a_path_it_answers_with_and_without_it(site, path):
    site.prefix = "/news/"

    assert (await ask(site, path)).status == 200


async def test_a_path_that_ends_like_a_file_of_ours_hides_none(site):
    site.prefix = "/feeds/"

    assert (await ask(site, "/feeds/daily.rss")).body == BODY
    assert (await ask(site, "/feeds/feeds/daily.rss")).body == BODY


async def test_the_path_without_its_slash_leads_to_it(site):
    site.prefix = "/a news/"

    answer = await ask(site, "/a news")

    assert (answer.status, answer.headers[b"location"]) == (308, b"/a%20news/")


@pytest.mark.parametrize(
    "path", ["/other/feeds/daily.rss", "/news/secret.txt", "/newsfeeds/daily.rss", "/news//secret.txt"]
)
async def test_another_path_leads_nowhere(site, path):
    site.prefix = "/news/"

    assert (await ask(site, path)).status == 404
