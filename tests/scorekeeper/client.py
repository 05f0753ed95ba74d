"""The client that is scored: the whole program as `app` puts it together, on a clock that jumps, killed at random."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cuttings import app
from cuttings.app.network import user_agent
from cuttings.config import load
from cuttings.config.values import Config
from cuttings.fetch.hosts import Hosts
from cuttings.flow.crew import Crew
from cuttings.model.source import Receipt
from cuttings.ports import Query
from cuttings.sandbox import ProcessSandbox
from tests.fakes import InlineSandbox
from tests.scorekeeper.feeds import START, Feed
from tests.scorekeeper.score import Score
from tests.scorekeeper.server import Server

STEP = timedelta(minutes=3)  # how often the daemon looks what is due, at most
OUTAGE = timedelta(hours=3)  # of our own network, once
TO_START = timedelta(seconds=2)  # that a process takes to be there again
CONFIGURATION = """\
archive: archive/
site: {title: Test, url: 'http://localhost:8080/', contact: 'mailto:a@score.example'}
sources:
"""


class Jumping:
    """A clock that jumps to the next moment that somebody waits for."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return (self.now - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        self.now = max(self.now, until)


class Here(ProcessSandbox):
    """Reads in this process: all documents are our own."""

    async def run(self, function: str, *arguments: Any) -> Any:
        return await InlineSandbox().run(function, *arguments)


@dataclass(frozen=True)
class Month:
    """What came of a simulated time: the score, and what is in the archive."""

    score: Score
    held: frozenset[str]  # guids
    missing: frozenset[str]
    ended: datetime


async def month(
    folder: Path, feeds: Sequence[Feed], *, days: float, restarts: int, by_hand: int = 0, seed: int = 1
) -> Month:
    """Follow these feeds for so many days; half of the restarts drain what is under way, half do not.

    Before each, a person has so many sources visited at once by a process of its own.
    """
    chance = random.Random(seed)
    clock, config = Jumping(START), _configured(folder, feeds)
    score = Score(list(feeds), user_agent(config))
    outage = START + timedelta(days=0.6 * days)
    server = Server(list(feeds), clock, score, [(outage, outage + OUTAGE)])
    outside = app.Outside(
        clock=clock,
        chance=chance.random,
        turns=lambda pace: Hosts(pace, monotonic=clock.monotonic, sleep=clock.sleep),
        transport=server.transport,
        sandbox=Here,
    )
    end = START + timedelta(days=days)
    stops = sorted(START + timedelta(days=days * chance.random()) for _ in range(restarts))
    for stop in [*stops, end]:
        named = [f"s{feed.number}" for feed in chance.sample(feeds, by_hand)]
        await _run(config, outside, clock, score, stop, chance if stop is not end else None, named)
        clock.now += TO_START
    held = await _held(config, outside)
    wanted = {guid for feed in feeds for guid in feed.obtainable(end)}
    return Month(score, held, frozenset(wanted - held), clock.now)


async def _run(
    config: Config,
    outside: app.Outside,
    clock: Jumping,
    score: Score,
    until: datetime,
    chance: random.Random | None,
    named: Sequence[str],
) -> None:
    """Run until a moment, have some sources visited by hand, and then stop or die."""

    def has(receipt: Receipt) -> None:
        if receipt.outcome != "waiting":
            score.has(int(receipt.source.removeprefix("s")))

    async with app.opened(config, following=True, outside=outside) as opened:
        crew, rounds = opened.crew(has), opened.rounds()
        while clock.now < until:
            await crew.pump()
            await rounds.pump()
            await crew.rest()
            await rounds.rest()
            assert crew.failure is None
            due = await opened.archive.next_due()
            clock.now = max(clock.now, min(until, max(due or until, clock.now + STEP)))
        if named:
            clock.now += TO_START
            async with app.opened(config, following=True, outside=outside) as beside:
                await beside.collect(named, has)
            clock.now += TO_START
        if chance is not None:  # it stops in the middle of the next visit
            clock.now = max(clock.now, await opened.archive.next_due() or clock.now)
            await crew.pump()
            await _stopped(crew, chance, score)
        await rounds.stop()


async def _stopped(crew: Crew, chance: random.Random, score: Score) -> None:
    if chance.random() < 0.5:
        await crew.rest()
        return
    for _ in range(chance.randrange(12)):
        await asyncio.sleep(0)
    await crew.stop(0)
    score.killed()


async def _held(config: Config, outside: app.Outside) -> frozenset[str]:
    async with app.opened(config, outside=outside) as opened:
        return frozenset([record.guid or "" async for record in opened.archive.newest(Query())])


def _configured(folder: Path, feeds: Sequence[Feed]) -> Config:
    lines = [f"  - {{name: s{one.number}, url: '{one.url}', full_text: {_text(one)}}}" for one in feeds]
    (folder / "config.yaml").write_text(CONFIGURATION + "\n".join(lines) + "\n", encoding="utf-8")
    return load.load(folder / "config.yaml", {})


def _text(feed: Feed) -> str:
    return "page" if feed.with_pages else "feed"
