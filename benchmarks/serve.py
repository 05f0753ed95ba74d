"""What a 304 costs, against nginx over the same files: processor time of the serving process.

Ours runs as the daemon runs it, in a process of its own; the load comes from
this one, over connections that are kept open, each asking again and again for
a document it has already.
"""

import asyncio
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.builders import NOW
from tests.farm import free_port

from benchmarks.measure import Clock, Work, found, in_turns, processor_of, say_cost, say_ratio
from cuttings.outlet import FolderOutlet
from cuttings.web.feeds import Published
from cuttings.web.server import serve

REQUESTS = 6_400  # a round
CONNECTIONS = (1, 16, 64)  # at once: the fewer, the more often a request has to wake its server
ROUNDS = 10
PATH = "/feeds/front-page.atom"
REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: reader/1.0\r\nAccept: */*\r\n"
    "Accept-Encoding: gzip\r\nIf-None-Match: {etag}\r\n\r\n"
)
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{}}
http {{
  access_log off; gzip_static on; keepalive_requests 1000000; default_type application/atom+xml;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {files}; add_header Cache-Control "public, max-age=300"; }}
}}
"""


async def ours(folder: Path, port: int) -> None:
    """Serve a folder until somebody ends us."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(Published(folder, _ready), "127.0.0.1", port, stop)


async def _ready() -> tuple[bool, str]:
    return True, "ready"


@contextmanager
def running(command: Sequence[str]) -> Iterator[int]:
    """Run a program; yield its process id."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.communicate()


class Reader(asyncio.Protocol):
    """Asks for the same again and again over one connection; each answer has to be a 304."""

    def __init__(self, request: bytes, times: int) -> None:
        self._request, self._left, self._came = request, times, b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if not self._came.endswith(b"\r\n\r\n"):
            return
        assert self._came.startswith(b"HTTP/1.1 304"), self._came
        self._left, self._came = self._left - 1, b""
        if self._left:
            self._transport.write(self._request)
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._left and not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))
        elif not self.done.done():
            self.done.set_result(None)


async def load(port: int, etag: str, connections: int) -> None:
    """Ask for what is known, from so many connections at once."""
    request = REQUEST.format(path=PATH, etag=etag).encode()
    loop, each = asyncio.get_running_loop(), REQUESTS // connections
    opened = [loop.create_connection(partial(Reader, request, each), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*(reader.done for _, reader in await asyncio.gather(*opened)))


def etag_of(port: int) -> str:
    """Return the ETag of the packed document, as soon as the server answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", headers={"Accept-Encoding": "gzip"})
    for _ in range(100):
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5) as answer:
            return str(answer.headers["ETag"])
        time.sleep(0.1)
    raise SystemExit(f"nobody answers at port {port}")


async def compared(servers: Mapping[str, tuple[int, int]]) -> None:
    """Print what a request cost each server (port, process), and the ratios."""
    etags = {name: etag_of(port) for name, (port, _) in servers.items()}
    for connections in CONNECTIONS:
        works = {
            name: Work(partial(load, port, etags[name], connections), _per_request(process))
            for name, (port, process) in servers.items()
        }
        costs = await in_turns(works, ROUNDS)
        for name, cost in costs.items():
            say_cost(f"{connections} at once: {name}", cost)
        if "nginx" in costs:
            say_ratio(f"{connections} at once: ours / nginx", costs["ours"], costs["nginx"], at_most=4)


def _per_request(process: int) -> Clock:
    clock = processor_of(process)
    return lambda: clock() / REQUESTS


def main() -> None:
    """Start both servers over the same files and print what a 304 costs each."""
    print(f"serve: {REQUESTS} requests a round over 1, 16 or 64 connections, each answered by a 304")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = folder / "published"
        asyncio.run(FolderOutlet(files).put(PATH[1:], b"<feed>" + b"<entry/>" * 20_000 + b"</feed>", NOW))
        ports = {"ours": free_port()}
        commands = {"ours": [sys.executable, "-m", "benchmarks.serve", str(files), str(ports["ours"])]}
        nginx = found("nginx")
        if nginx is None:
            print("  nginx is not installed (apt-get install nginx): nothing to compare with")
        else:
            ports["nginx"] = free_port()
            conf = folder / "nginx.conf"
            conf.write_text(NGINX.format(folder=folder, files=files, port=ports["nginx"]))
            commands["nginx"] = [nginx, "-c", str(conf)]
        processes = {name: stack.enter_context(running(command)) for name, command in commands.items()}
        asyncio.run(compared({name: (ports[name], processes[name]) for name in commands}))


if __name__ == "__main__":
    if sys.argv[1:]:
        asyncio.run(ours(Path(sys.argv[1]), int(sys.argv[2])))
    else:
        main()
