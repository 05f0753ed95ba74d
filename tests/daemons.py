"""A daemon run as its operator would, and asked as its readers and its owner would ask it."""

import re
import signal
import subprocess
import urllib.error
import urllib.request

from tests.farm import House, wait_for


class Running:
    """A daemon in a house, its log going to a file; the desk is at the port after the readers'."""

    def __init__(self, house: House, port: int, **environ: str) -> None:
        self.house, self.port = house, port
        self.log = house.folder / "daemon.log"
        self._begins = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("a") as log:
            self.process = house.start("run", stdout=subprocess.DEVNULL, stderr=log, environ=environ)

    def said(self) -> str:
        """Return what this daemon logged, not those before it."""
        return self.log.read_text()[self._begins :]

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port or self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def shows(self, words: str, path: str = "/") -> bool:
        return words in self.get(path)[1]

    def figure(self, name: str) -> float:
        """Return a figure of /metrics, 0 where it is not there."""
        found = re.search(rf"(?m)^cuttings_{re.escape(name)} (\S+)$", self.get("/metrics", self.port + 1)[1])
        return float(found[1]) if found else 0.0

    def reloads(self) -> float:
        return sum(self.figure(f'reloads_total{{outcome="{outcome}"}}') for outcome in ("good", "refused"))

    def reload(self) -> None:
        """Ask for a reload, and wait until it was done or refused."""
        before = self.reloads()
        self.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.reloads() > before, 20, every=0.005)
