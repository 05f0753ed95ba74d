"""The simulated world on a clock of its own: each tick puts it forward, for what its sites asked of us as well.

Run as `farmclock.py feedfarm.py OPTIONS`.  Slow sites answer fast enough for
a simulation to wait for them, and those that never end give up soon.
"""

import asyncio
import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

SLOWEST = 0.2  # seconds


class Clock:
    """Stands for the module `time`, some seconds ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        return time.time() + self.ahead

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def loaded(file: Path) -> Any:
    """Return the farm's module."""
    spec = importlib.util.spec_from_file_location("feedfarm", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["feedfarm"] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Run the farm with a clock that ticks move."""
    world, clock = loaded(Path(sys.argv.pop(1))), Clock()

    class Farm(world.Farm):  # type: ignore[misc, name-defined]
        async def tick(self, hours: float | None = None, changed: float | None = None) -> Any:
            done = await super().tick(hours, changed)
            clock.ahead += done["hours"] * 3600
            return done

        def latency_of(self, site: Any) -> float:
            return min(float(super().latency_of(site)), SLOWEST)

    class Connection(world.Connection):  # type: ignore[misc, name-defined]
        def misbehave(self, site: Any, request: Any) -> bool:
            done = bool(super().misbehave(site, request))
            if site.traits["fault"] == "timeout":
                asyncio.get_running_loop().call_later(SLOWEST, self.transport.abort)
            return done

        def trickle(self, site: Any, head: bytes, body: bytes) -> None:
            super().trickle(site, head, body)
            asyncio.get_running_loop().call_later(SLOWEST, self.transport.abort)

    world.time, world.Farm, world.Connection = clock, Farm, Connection
    world.main()


if __name__ == "__main__":
    main()
