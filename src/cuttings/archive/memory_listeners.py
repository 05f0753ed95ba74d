"""Keeps `ports.Listeners` in memory."""

from collections.abc import Sequence
from datetime import datetime

from cuttings.model.hub import Listener


class MemoryListeners:
    """The archive's part that knows who is told of our documents."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Listener] = {}

    async def keep(self, listeners: Sequence[Listener]) -> None:
        """See `ports.Listeners`."""
        self._kept.update({(one.topic, one.callback): one for one in listeners})

    async def forget(self, topic: str, callback: str) -> None:
        """See `ports.Listeners`."""
        self._kept.pop((topic, callback), None)

    async def get(self, topic: str, callback: str) -> Listener | None:
        """See `ports.Listeners`."""
        return self._kept.get((topic, callback))

    async def of(self, topic: str) -> Sequence[Listener]:
        """See `ports.Listeners`."""
        found = [one for one in self._kept.values() if one.topic == topic]
        return sorted(found, key=lambda one: one.callback)

    async def topics(self) -> Sequence[str]:
        """See `ports.Listeners`."""
        return sorted({topic for topic, _ in self._kept})

    async def due(self, now: datetime, limit: int, a_host: int) -> Sequence[Listener]:
        """See `ports.Listeners`."""
        found: list[Listener] = []
        for one in sorted(self._kept.values(), key=lambda one: (one.due, one.topic, one.callback)):
            if one.due <= now and sum(other.host == one.host for other in found) < a_host:
                found.append(one)
        return found[:limit]

    async def count(self, host: str | None = None) -> int:
        """See `ports.Listeners`."""
        return sum(host in (None, one.host) for one in self._kept.values())
