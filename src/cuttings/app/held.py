"""What is opened once and stays, and what we do not decide."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cuttings.archive.captures import WarcCaptures
from cuttings.archive.sqlite import SqliteArchive
from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport
from cuttings.fetch.gate import Gate
from cuttings.fetch.hosts import Hosts
from cuttings.ports import Clock
from cuttings.sandbox import ProcessSandbox


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What we do not decide: time, chance, and how we get at the network.  Simulated months bring their own."""

    clock: Clock = utc_now
    chance: Callable[[], float] = random.SystemRandom().random
    turns: Callable[[timedelta], Hosts] = Hosts
    transport: Callable[[Gate, Limits], Transport] = Transport
    sandbox: Callable[[], ProcessSandbox] = ProcessSandbox


REAL = Outside()


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is opened once and stays, whatever the configuration says later."""

    archive: SqliteArchive
    captures: WarcCaptures
    sandbox: ProcessSandbox
    hosts: Hosts
    outside: Outside = REAL
