"""Behind nginx and Caddy, with the very words of docs/running.md."""

import asyncio
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from cuttings.outlet import FolderOutlet
from cuttings.web.feeds import Published
from cuttings.web.server import serve
from tests.builders import NOW
from tests.farm import free_port, wait_for

DOCS = Path(__file__).parents[2] / "docs"
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; {snippet} }}
}}
"""
CADDY = "{{\n admin off\n auto_https off\n}}\nhttp://127.0.0.1:{port} {{\n{snippet}\n}}\n"


def snippets(kind: str) -> list[str]:
    """Return the examples of a kind: over TCP with the path, over a Unix socket without it."""
    found = re.findall(rf"```{kind}\n(.*?)```", (DOCS / "running.md").read_text("utf-8"), re.DOTALL)
    assert len(found) == 2
    return found


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None and os.environ.get("CUTTINGS_REQUIRE_ALL"):
        pytest.fail(f"{name} is required here")
    return found or pytest.skip(f"{name} is not installed")


@contextmanager
def proxy(kind: str, snippet: str, folder: Path, port: int):
    text = (NGINX if kind == "nginx" else CADDY).format(folder=folder, port=port, snippet=snippet)
    file = folder / "proxy.conf"
    file.write_text(text)
    words = ["-c", str(file)] if kind == "nginx" else ["run", "--adapter", "caddyfile", "--config", str(file)]
    environ = {**os.environ, "HOME": str(folder)}
    running = subprocess.Popen([program(kind), *words], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield
    finally:
        running.kill()
        running.communicate()


@asynccontextmanager
async def ours(folder: Path, port: int, socket: Path | None):
    outlet = FolderOutlet(folder)
    await outlet.put("feeds/all.atom", b"<feed/>" * 100, NOW)
    await outlet.put("index.html", b"<p>Front page</p>", NOW)

    async def ready():
        return True, "ready"

    stop, up = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(serve(Published(folder, ready, "/news/"), "127.0.0.1", port, stop, up, socket=socket))
    await up.wait()
    try:
        yield
    finally:
        stop.set()
        await serving


def get(url: str, **headers: str):
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), b""
    except OSError:
        return 0, {}, b""
    with answer:
        return answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.read()


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
@pytest.mark.parametrize("over", ["tcp", "unix"])
async def test_a_feed_below_a_path_comes_through_with_its_validators(tmp_path, kind, over):
    program(kind)
    port, socket = free_port(), tmp_path / "reader.sock"
    snippet = snippets(kind)[over == "unix"]
    snippet = snippet.replace("/run/cuttings/reader.sock", str(socket)).replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    at = free_port()
    url = f"http://127.0.0.1:{at}/news/"

    async with ours(tmp_path / "published", port, socket if over == "unix" else None):
        with proxy(kind, snippet, tmp_path, at):
            await asyncio.to_thread(wait_for, lambda: get(url)[0] == 200, 15)
            status, headers, body = await asyncio.to_thread(get, url + "feeds/all.atom")
            known = {"If-None-Match": headers["etag"]}
            again = await asyncio.to_thread(lambda: get(url + "feeds/all.atom", **known))
            front = await asyncio.to_thread(get, url)

    assert (status, body) == (200, b"<feed/>" * 100)
    assert headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert again[0] == 304
    assert front[2] == b"<p>Front page</p>"
