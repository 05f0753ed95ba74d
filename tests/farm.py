"""A simulated world of sites on loopback, and our own program run against it as a user would."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
FEEDFARM = SHARED / "feedfarm.py"
CLOCKED = Path(__file__).resolve().parent / "farmclock.py"


def needs_shared(*parts: str) -> Path:
    """Return a path among the shared material; without it the test is skipped, or fails where all is required."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        if os.environ.get("CUTTINGS_REQUIRE_ALL"):
            pytest.fail(f"{path} is required here")
        pytest.skip(f"{path} is not there: this test reads the shared material")
    return path


def free_port() -> int:
    """Return a port that nobody has now, nor the one after it."""
    while True:
        with socket.socket() as probe, socket.socket() as after:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            with suppress(OSError, OverflowError):
                after.bind(("127.0.0.1", port + 1))
                return port


@dataclass(frozen=True)
class Farm:
    """A running farm; `control` is where it takes orders."""

    control: str

    def ask(self, path: str, method: str = "GET") -> str:
        request = urllib.request.Request(f"{self.control}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return str(answer.read().decode())

    def rows(self, path: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.ask(path).splitlines()]

    def feeds(self) -> list[str]:
        return self.ask("feeds.txt").split()

    def tick(self, hours: float) -> None:
        self.ask(f"tick?hours={hours}", "POST")


@contextmanager
def farm(*options: str, clocked: bool = False) -> Iterator[Farm]:
    """Run a farm with these options on a free port; `clocked`: ticks put its clock forward for all that it asks for."""
    script = needs_shared("feedfarm.py")
    port = free_port()
    started = [str(CLOCKED), str(script)] if clocked else [str(script)]
    command = [sys.executable, *started, "--port", str(port), "--latency-ms", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    running = Farm(f"http://127.0.0.1:{port}/_farm")
    try:
        wait_for(lambda: _answers(running), 30)
        yield running
    finally:
        process.kill()
        process.wait()


def _answers(running: Farm) -> bool:
    try:
        running.ask("stats")
    except OSError:
        return False
    return True


def wait_for(condition: Any, seconds: float, *, every: float = 0.05) -> None:
    """Return once `condition()` is true; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not come true within {seconds} seconds: {condition}")
        time.sleep(every)


@dataclass(frozen=True)
class House:
    """A folder with a configuration and an archive, and our commands run in it, with more in their environment."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def published(self) -> Path:
        return self.archive / "published"

    def configure(self, text: str) -> None:
        (self.folder / "config.yaml").write_text(text, encoding="utf-8")

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
        command = [sys.executable, "-m", "cuttings", *words]
        environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **self.environ, **options.pop("environ", {})}
        return subprocess.Popen(command, cwd=self.folder, env=environment, **{**streams, **options})

    def run(self, *words: str, expect: int = 0, timeout: float = 170) -> str:
        process = self.start(*words)
        out, errors = process.communicate(timeout=timeout)
        assert process.returncode == expect, (
            f"{words} ended with {process.returncode}:\n{out[-2000:]}\n{errors[-4000:]}"
        )
        return str(out)

    def rows(self, *words: str, expect: int = 0, timeout: float = 170) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("--json", *words, expect=expect, timeout=timeout).splitlines()]


def configuration(sources: Sequence[str], *, port: int = 0, names: Sequence[str] = (), extra: str = "") -> str:
    """Return a configuration for sources on loopback and one feed of everything."""
    lines = [
        "archive: archive/",
        f"site: {{title: Test, url: 'http://127.0.0.1:{port or 8080}/'}}",
        f"server: {{listen: '127.0.0.1:{port or 8080}', desk: '127.0.0.1:{(port or 8080) + 1}'}}",
        "fetch: {allow_networks: [127.0.0.0/8]}",
        "sources:",
    ]
    for number, url in enumerate(sources):
        name = names[number] if names else f"s{number}"
        lines.append(f"  - {{name: {name}, url: '{url}'{extra}}}")
    lines += ["feeds:", "  - {name: all, title: All, size: 50, content: full}"]
    return "\n".join(lines) + "\n"


def children_of(pid: int) -> set[int]:
    """Return the processes that have this one among their ancestors."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    while True:
        more = {child for child, parent in parents.items() if parent in found | {pid}} - found
        if not more:
            return found
        found |= more


def is_alive(pid: int) -> bool:
    """Tell whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9, and wait."""
    process.send_signal(signal.SIGKILL)
    process.wait()


async def eventually(condition: Any, seconds: float) -> None:
    """As `wait_for`, without blocking the loop."""
    await asyncio.to_thread(wait_for, condition, seconds)
