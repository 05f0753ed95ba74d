"""The HTTP server below our applications: behind one function, so that another can be dropped in."""

import asyncio
import contextlib
import errno
import resource
import stat
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from cuttings.errors import UsageError

STOP_WITHIN = 3.0  # seconds; an endless answer would block the server's own stop
SLOWEST_HEAD = 15_000  # milliseconds a client may take over its request's head (THREATS H-115)
LARGEST_HEAD = 65_536  # bytes
WAITING = 1_024  # connections that the kernel holds for us
MOST_CONNECTIONS = 8_192  # beyond these it accepts none; nothing ends those that ask nothing (THREATS H-116)
SOCKET_MODE = 0o660  # of a Unix socket: for us and our group, the proxy's
LONGEST_SOCKET = 107  # bytes of a Unix socket's path, which the kernel bounds


async def serve(
    app: Any,
    host: str,
    port: int,
    stop: asyncio.Event,
    up: asyncio.Event | None = None,
    *,
    socket: Path | None = None,
    key: str = "listen",
) -> None:
    """Serve an ASGI application until `stop` is set; `up` is set once it accepts connections.

    With `socket`, the path of a Unix socket, host and port say nothing.
    `key` is what the configuration calls the address: where it cannot be had,
    UsageError says to change it.
    """
    try:
        await (_try_socket(socket) if socket else _try_port(host, port))
    except OSError as error:
        where, reason = f"unix:{socket}" if socket else f"{host}:{port}", error.strerror or str(error)
        raise UsageError(f"cannot listen on {where}: {reason}; change `server: {{{key}: …}}`") from error
    server = Server(
        app,
        address=host,
        port=port,
        uds=socket,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
        backlog=WAITING,
        backpressure=_most_connections(),
        http1_settings=HTTP1Settings(header_read_timeout=SLOWEST_HEAD, max_buffer_size=LARGEST_HEAD),
    )
    server.uds_permissions = SOCKET_MODE
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.sleep(0)  # it binds in its first step
        if up is not None:
            up.set()
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
    finally:
        stopping.cancel()
        server.stop()  # type: ignore[no-untyped-call]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(serving), STOP_WITHIN)


def _most_connections() -> int:
    """Leave half of our descriptors to the files and to the sources."""
    return max(min(MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2), 1)


# What the server's own messages would not say, an OSError does that is met before it starts.


async def _try_port(host: str, port: int) -> None:
    probe = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, reuse_address=True)
    probe.close()
    await probe.wait_closed()


async def _try_socket(path: Path) -> None:
    """Find out whether a socket can be made; what a dead process left there is cleared away, and nothing else."""
    if len(bytes(path)) > LONGEST_SOCKET:
        raise OSError(errno.ENAMETOOLONG, f"the path is longer than {LONGEST_SOCKET} bytes")
    if _is_taken(path):
        with contextlib.suppress(ConnectionRefusedError):
            _, writer = await asyncio.open_unix_connection(path)
            writer.close()
            raise OSError(errno.EADDRINUSE, "another process listens there")
    probe = await asyncio.get_running_loop().create_unix_server(asyncio.Protocol, path)
    probe.close()
    await probe.wait_closed()
    _clear(path)


def _is_taken(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(errno.EEXIST, "there is something else than a socket")
    return True


def _clear(path: Path) -> None:
    path.unlink(missing_ok=True)
