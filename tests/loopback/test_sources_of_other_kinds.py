"""A daemon follows a sitemap behind credentials, and a list that somebody keeps elsewhere, without a restart."""

import asyncio
import gzip
import zlib

from tests.daemons import Running
from tests.farm import House, free_port, kill
from tests.servers import Scripted, reply, scripted

SECRET = "me:hunter2"
CONFIG = """\
archive: archive/
site: {{url: 'http://127.0.0.1:{port}/', contact: 'mailto:a@example.org'}}
server: {{listen: '127.0.0.1:{port}', desk: '127.0.0.1:{desk}'}}
fetch: {{allow_networks: [127.0.0.0/8]}}
sources:
  - {{name: members, url: '{site}', kind: sitemap, auth: '${{PAIR}}'}}
  - include: {list}
feeds: [{{name: all, content: full}}]
"""


def page(title: str) -> bytes:
    words = "".join(f"<p>The tide came in twice, as {title} has it, number {n}. Nobody minded.</p>" for n in range(9))
    date = '<meta property="article:published_time" content="2026-11-20T08:00:00Z">'
    return f"<html><head><title>{title}</title>{date}</head><body><article><h1>{title}</h1>{words}</article>".encode()


def feed(server: Scripted, name: str) -> str:
    body = f"<rss version='2.0'><channel><title>{name}</title><item><title>{name} rises</title><guid>{name}</guid>"
    return server.says(f"/{name}.xml", reply(200, f"{body}</item></channel></rss>".encode()))


def opml(url: str) -> bytes:
    return reply(200, f'<opml><body><outline type="rss" xmlUrl="{url}"/></body></opml>'.encode())


async def test_a_sitemap_and_a_list_are_followed_and_nothing_secret_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("PAIR", SECRET)
    house, port = House(tmp_path), free_port()
    async with scripted() as server, scripted(host="127.0.0.2") as elsewhere:
        listed = elsewhere.says("/list.opml", opml(feed(elsewhere, "moons")))
        packed = gzip.compress(f"<urlset><url><loc>{server.url('/tides')}</loc></url></urlset>".encode())
        server.says("/robots.txt", reply(200, f"Sitemap: {server.url('/map.xml.gz')}\n".encode()))
        server.says("/map.xml.gz", reply(200, packed))
        server.says("/tides", reply(200, page("Tides rise"), "Content-Type: text/html"))
        house.configure(CONFIG.format(port=port, desk=port + 1, site=server.url("/"), list=listed))
        daemon = Running(house, port)
        try:
            await _until(daemon, "Tides rise", "moons rises")
            told = await asyncio.to_thread(house.run, "status")
        finally:
            kill(daemon.process)

        asked = {head.split(b" ", 2)[1]: b"\r\nAuthorization: Basic " in head for head in server.requests}
        assert asked[b"/map.xml.gz"] and asked[b"/tides"]
        assert not any(b"Authorization" in head for head in elsewhere.requests)
    assert "list.opml: 1 sources" in told
    kept = b"".join(_unpacked(file.read_bytes()) for file in sorted(tmp_path.rglob("*")) if file.is_file())
    assert b"Tides rise" in kept
    assert b"hunter2" not in kept and b"bWU6aHVudGVyMg" not in kept


async def _until(daemon: Running, *words: str) -> None:
    async def shown() -> bool:
        return await asyncio.to_thread(lambda: all(daemon.shows(one, "/feeds/all.rss") for one in words))

    deadline = asyncio.get_running_loop().time() + 40
    while not await shown():
        assert asyncio.get_running_loop().time() < deadline, daemon.log.read_text()[-3000:]
        await asyncio.sleep(0.1)


def _unpacked(body: bytes) -> bytes:
    """Return a file's bytes, those of its gzip members unpacked."""
    unpacked = body
    while body.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        unpacked += member.decompress(body)
        body = member.unused_data
    return unpacked
