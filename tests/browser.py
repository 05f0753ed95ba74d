"""A browser to look at our pages with: headless Chromium, spoken to over two pipes, without a library.

What it answers is what the DevTools protocol says; we ask for little.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 30.0  # seconds for one answer
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    *("--disable-dev-shm-usage", "--remote-debugging-pipe", "--force-color-profile=srgb"),
)


class Browser:
    """One page, open at a time."""

    def __init__(self, process: "subprocess.Popen[bytes]", orders: int, answers: int) -> None:
        self._process, self._orders, self._answers = process, orders, answers
        self._number, self._rest, self._session = 0, b"", ""
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> Any:
        """Send an order and return its answer; what else is told meanwhile is kept in `events`."""
        self._number += 1
        order = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            order["sessionId"] = self._session
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, f"{method}: {told['error']}"
                return told["result"]
            self.events.append(told)
        raise TimeoutError(method)

    def open(self, url: str, *, width: int, dark: bool = False, height: int = 900) -> None:
        """Go to a page and wait until it is loaded."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        gone_to = self.ask("Page.navigate", url=url)
        assert "errorText" not in gone_to, f"{url}: {gone_to['errorText']}"
        while not self.told("Page.loadEventFired"):
            self.events.append(self._next())

    def told(self, method: str) -> list[dict[str, Any]]:
        """Return what was told of one kind since the page was opened."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, in a world of its own."""
        frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = self.ask("Page.createIsolatedWorld", frameId=frame)["executionContextId"]
        answer = self.ask("Runtime.evaluate", expression=expression, contextId=world, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """Write what it looks like, or the whole page, as PNG."""
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        file.write_bytes(base64.b64decode(data))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._answers, 1 << 20)
            assert more, "the browser is gone"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Run a browser with an empty profile; without one the test is skipped, or fails where all is required."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CUTTINGS_REQUIRE_ALL"):
            pytest.fail("chromium is required here")
        pytest.skip("chromium is not installed: this test looks at pages in it")
    theirs, orders = os.pipe()
    answers, ours = os.pipe()
    placed = f"import os, sys; os.dup2({theirs}, 3); os.dup2({ours}, 4); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", placed, program, *OPTIONS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(theirs, ours), start_new_session=True
    )
    os.close(theirs)
    os.close(ours)
    try:
        yield Browser(process, orders, answers)
    finally:
        process.kill()
        process.wait()
        os.close(orders)
        os.close(answers)
