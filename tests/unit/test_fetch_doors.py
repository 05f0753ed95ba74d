"""One door to the network (THREATS S1): nobody else imports what could open a socket."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src" / "cuttings"
CLIENTS = {"aiohttp", "ftplib", "http.client", "requests", "smtplib", "socket", "ssl", "urllib.request", "urllib3"}
DOORS = {"fetch/egress.py", "systemd.py"}  # the latter sends to a local socket that it is told of, and nowhere else


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("path", sorted(SOURCES.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCES)))
def test_only_the_egress_can_reach_out(path):
    name = str(path.relative_to(SOURCES))
    found = set(imported(path))

    if name not in DOORS:
        assert not found & CLIENTS
    if not name.startswith("fetch/"):
        assert not found & {"httpx", "httptools"}
