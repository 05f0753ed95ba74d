"""The HTTP server below our applications: behind one function, so that another can be dropped in."""

import asyncio
import contextlib
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from cuttings.errors import UsageError

STOP_WITHIN = 3.0  # seconds; an endless answer would block the server's own stop
SLOWEST_HEAD = 15_000  # milliseconds a client may take over its request's head (THREATS H-115)
LARGEST_HEAD = 65_536  # bytes
UP_WITHIN = 5.0  # seconds until the server accepts, else something is wrong


async def serve(app: Any, host: str, port: int, stop: asyncio.Event, up: asyncio.Event | None = None) -> None:
    """Serve an ASGI application until `stop` is set; `up` is set once it accepts connections.

    Raises UsageError where the address cannot be had, and says which key to change.
    """
    await _try_to_bind(host, port)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=SLOWEST_HEAD, max_buffer_size=LARGEST_HEAD),
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    try:
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


async def _try_to_bind(host: str, port: int) -> None:
    """Find out before the server does, whose own message would not say what to change."""
    try:
        probe = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, reuse_address=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot listen on {host}:{port}: {reason}; change `server: {{listen: …}}`") from error
    probe.close()
    await probe.wait_closed()
