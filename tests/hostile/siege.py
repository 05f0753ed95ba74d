"""The siege: every attack made on a fetcher as the program has it, in a network where every address is a canary.

Run as a program in a network namespace of its own, whose loopback takes all
addresses there are: whatever address is dialled, we are the one who answers,
and write down which it was.  Prints what came of it as JSON.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from cuttings.archive.memory import MemoryArchive
from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport
from cuttings.fetch.gate import PORTS, Gate
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.model.capture import Fetched, Request
from tests.builders import NOW
from tests.hostile.attacks import OTHER_PORTS, PUBLIC, Attack, all_attacks

BODY = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\n<rss/>"


def every_address_is_ours() -> None:
    """Make the kernel take every IPv4 and IPv6 address for its own."""
    for command in (
        "ip link set lo up",
        "ip route add local 0.0.0.0/0 dev lo",
        "ip -6 route add local ::/0 dev lo",
    ):
        subprocess.run(command.split(), check=True)


class Canaries:
    """Listens on every address and the ports that matter; `dialled` counts who was."""

    def __init__(self) -> None:
        self.dialled: Counter[str] = Counter()

    async def listen(self) -> None:
        for port in (*PORTS, *OTHER_PORTS):
            await asyncio.start_server(self._answer, "0.0.0.0", port)
            await asyncio.start_server(self._answer, "::", port, family=socket.AF_INET6)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, port = writer.get_extra_info("sockname")[:2]
        self.dialled[address if port in PORTS else f"{address} port {port}"] += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(_redirect(head.split(b" ", 2)[1].decode()) or BODY)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _redirect(target: str) -> bytes | None:
    """`/302/HEX` leads to what the hex says."""
    status, _, location = target[1:].partition("/")
    if not status.isdigit():
        return None
    head = b"HTTP/1.1 %s Go\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " % status.encode()
    return head + bytes.fromhex(location) + b"\r\n\r\n"


class Liar:
    """Resolves names as an attack wants it: one answer after the other, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Sequence[str]] = []

    async def __call__(self, host: str) -> Sequence[str]:
        if host == "localhost":
            return ["127.0.0.1"]
        if not self.answers:
            raise OSError("no such name")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Besieged:
    """A fetcher whose gate lets out to public addresses alone."""

    def __init__(self) -> None:
        self.liar, self.canaries = Liar(), Canaries()
        self.gate = Gate([], PORTS, self.liar, monotonic=lambda: 0.0)
        self.let_through: list[str] = []

    async def attack(self, attack: Attack, times: int = 1, *, robots: bool = False) -> None:
        self.liar.answers = list(attack.answers)
        hosts = Hosts(timedelta(0))
        transport = Transport(self.gate, Limits(connect=1.0, first_byte=1.0, total=2.0))
        fetcher = HttpFetcher(transport, hosts, MemoryArchive(), lambda: NOW, user_agent="cuttings/1")
        for _ in range(times):
            outcome = await fetcher.fetch(Request(url=attack.url, robots=robots))
            if isinstance(outcome, Fetched) and "flip" not in attack.url:
                self.let_through.append(attack.url)
        await fetcher.aclose()


async def main() -> None:
    """Attack, then show that the canaries sing where it is allowed."""
    besieged = Besieged()
    await besieged.canaries.listen()
    attacks = all_attacks()
    for number, attack in enumerate(attacks):
        await besieged.attack(attack, times=3 if "flip" in attack.url else 1, robots=number % 5 == 0)
    during, let_through = dict(besieged.canaries.dialled), list(besieged.let_through)
    besieged.canaries.dialled.clear()
    for address in PUBLIC:
        await besieged.attack(Attack(f"http://{f'[{address}]' if ':' in address else address}/"))
    controls = dict(besieged.canaries.dialled)
    print(json.dumps({"attacks": len(attacks), "dialled": during, "let_through": let_through, "controls": controls}))


if __name__ == "__main__":
    if "--every-address" in sys.argv:
        every_address_is_ours()
    asyncio.run(main())
