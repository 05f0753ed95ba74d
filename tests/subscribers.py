"""A subscriber on loopback, as our hub meets it: confirms what it asked for, and keeps what it is given."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.servers import reply


@dataclass(frozen=True)
class Got:
    """One request: its method and target, its headers by lower-case name, and its body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.target.partition("?")[2]).items()}


@dataclass
class Subscriber:
    """`confirms` says whether it echoes challenges, `status` what it answers to a document."""

    confirms: bool = True
    status: int = 204
    port: int = 0
    origin: str = "http://127.0.0.1"
    got: list[Got] = field(default_factory=list)

    def callback(self, target: str = "/callback") -> str:
        return f"{self.origin}:{self.port}{target}"

    @property
    def asked(self) -> list[Got]:
        return [one for one in self.got if one.method == "GET"]

    @property
    def given(self) -> list[Got]:
        return [one for one in self.got if one.method == "POST"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                one = await _read(reader)
                self.got.append(one)
                challenge = one.query.get("hub.challenge", "").encode()
                status = self.status if one.method == "POST" else 200 if self.confirms else 404
                writer.write(reply(status, challenge if status == 200 and one.method == "GET" else b""))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Got:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, target, _ = first.split(" ")
    return Got(method, target, headers, body)


@asynccontextmanager
async def subscriber(tls: ssl.SSLContext | None = None) -> AsyncIterator[Subscriber]:
    """Serve one on a free port."""
    made = Subscriber(origin="https://localhost" if tls else "http://127.0.0.1")
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listening.close()
