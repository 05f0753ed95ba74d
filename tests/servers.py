"""Small servers on loopback that say what a test has written down for them."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Script


@dataclass
class Scripted:
    """Answers each target with the next of its answers, the last one again and again; 404 where there is none.

    An answer is the bytes to send, or a coroutine function that is handed the
    streams.  `requests` are heads as they came, `bodies` what came after them,
    `connections` how many were made, `open_most` how many were open at once.
    """

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    open_most: int = 0
    port: int = 0
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    scheme: str = "http"
    host: str = "127.0.0.1"

    def url(self, target: str = "/") -> str:
        """Return the address of a target here."""
        return f"{self.scheme}://{self.host}:{self.port}{target}"

    def says(self, target: str, *answers: Answer) -> str:
        """Script a target; return its address."""
        self.answers[target] = list(answers)
        return self.url(target)

    def targets(self) -> list[str]:
        """Return what was asked for, in order."""
        return [head.split(b" ", 2)[1].decode() for head in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
                self.bodies.append(await reader.readexactly(int(length[1])) if length else b"")
                self.requests.append(head)
                if not await self._answer(head, reader, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open_now -= 1
            self.writers.discard(writer)
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Return whether the connection stays."""
        scripted = self.answers.get(head.split(b" ", 2)[1].decode(), [])
        answer = (scripted.pop(0) if len(scripted) > 1 else scripted[0]) if scripted else reply(404)
        if not isinstance(answer, bytes):
            await answer(reader, writer)
            return False
        writer.write(answer)
        await writer.drain()
        return b"connection: close" not in answer.lower() and (b"ength: " in answer or b"hunked" in answer)


def reply(status: int = 200, body: bytes = b"", *lines: str) -> bytes:
    """Return a whole answer with a Content-Length and these header lines."""
    head = [f"HTTP/1.1 {status} Said", *lines]
    if status != 304:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


@asynccontextmanager
async def scripted(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Scripted]:
    """Serve on a free port."""
    server = Scripted(scheme="https" if tls else "http", host=host)
    listening = await asyncio.start_server(server.serve, host, 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for writer in server.writers:
            writer.transport.abort()
        await asyncio.sleep(0)
