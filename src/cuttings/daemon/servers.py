"""The daemon's two servers: one for readers, one for its owner."""

import asyncio
import ipaddress
from collections.abc import Coroutine
from typing import Any
from urllib.parse import unquote

from cuttings.config.values import Config, Endpoint
from cuttings.web.asgi import Application, Probe
from cuttings.web.desk import Desk, Exposition
from cuttings.web.server import serve


class Servers:
    """Both servers, from `start` to `stop`; what one of them raises is raised to who waits with `first`."""

    def __init__(self, config: Config, readers: Application, exposition: Exposition, ready: Probe) -> None:
        desk = Desk(exposition, ready, local=_is_local(config.server.desk))
        self._wanted = [("listen", config.server.listen, readers), ("desk", config.server.desk, desk)]
        self._closing = asyncio.Event()
        self._serving: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Return once both accept connections; raises UsageError where an address cannot be had."""
        for key, at, application in self._wanted:
            up = asyncio.Event()
            serving = serve(application, at.host, at.port, self._closing, up, socket=at.socket, key=key)
            self._serving.append(asyncio.create_task(serving))
            await self.first(up.wait())

    async def first(self, waited: Coroutine[Any, Any, Any]) -> None:
        """Wait for an event, or for a server's end before it; raises what the server raised."""
        waiting = asyncio.create_task(waited)
        await asyncio.wait({*self._serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        for serving in self._serving:
            if serving.done():
                serving.result()

    async def stop(self) -> None:
        """End both."""
        self._closing.set()
        await asyncio.gather(*self._serving, return_exceptions=True)


def prefix_of(config: Config) -> str:
    """Return the path below which readers reach us, "/" where there is none."""
    return unquote("/" + config.site.url.partition("://")[2].partition("/")[2])


def _is_local(endpoint: Endpoint) -> bool:
    try:
        return ipaddress.ip_address(endpoint.host).is_loopback
    except ValueError:
        return endpoint.host == "localhost"
