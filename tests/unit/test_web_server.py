"""The server on a Unix socket: the mode, what a dead process left, and what is refused."""

import asyncio
import socket
import stat
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cuttings.errors import UsageError
from cuttings.web.asgi import say
from cuttings.web.server import serve


async def hello(scope, receive, send):
    await say(send, 200, "hello")


@asynccontextmanager
async def serving(path):
    stop, up = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(serve(hello, "", 0, stop, up, socket=path))
    waiting = asyncio.create_task(up.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if task.done():
            task.result()
        yield
    finally:
        stop.set()
        await asyncio.gather(task, return_exceptions=True)


async def asked(path):
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer


async def test_it_answers_its_group_and_is_gone_afterwards(tmp_path):
    path = tmp_path / "reader.sock"

    async with serving(path):
        assert (await asked(path)).endswith(b"hello\n")
        assert stat.S_IMODE(path.stat().st_mode) == 0o660

    assert not path.exists()


async def test_what_a_dead_process_left_is_cleared_away(tmp_path):
    path = tmp_path / "reader.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    async with serving(path):
        assert (await asked(path)).endswith(b"hello\n")


async def test_what_somebody_listens_at_stays_theirs(tmp_path):
    path = tmp_path / "reader.sock"

    async with serving(path):
        with pytest.raises(UsageError, match=r"another process listens there; change `server: \{listen: …\}`"):
            async with serving(path):
                pass
        assert (await asked(path)).endswith(b"hello\n")


@pytest.mark.parametrize(
    ("name", "why"),
    [("missing/reader.sock", "No such file"), ("file", "something else than a socket"), ("x" * 120, "longer than 107")],
)
async def test_where_no_socket_can_be_it_says_why(tmp_path, name, why):
    (tmp_path / "file").write_text("precious")

    with pytest.raises(UsageError, match=why):
        async with serving(Path(tmp_path / name)):
            pass

    assert (tmp_path / "file").read_text() == "precious"
