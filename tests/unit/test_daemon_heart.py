"""The heartbeat: heard while visits succeed, and only then."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from cuttings.daemon.heart import EVERY, Heart
from cuttings.model.capture import Post, Posted
from tests.builders import NOW, source, state
from tests.fakes import Ticking

URL = "https://watch.example/ping/s3cret"
HOUR = timedelta(hours=1)
NAMES = ("daily", "weekly", "monthly", "yearly")


@dataclass
class Watcher:
    """Who hears it; `status` is what it answers, None: nothing."""

    status: int | None = 200
    heard: list[Post] = field(default_factory=list)

    async def post(self, post: Post) -> Posted:
        self.heard.append(post)
        return Posted(url=post.url, status=self.status, reason="" if self.status == 200 else "it is not there")


@dataclass
class Body:
    """A heart, what hears it, and since when sources are overdue."""

    clock: Ticking
    heart: Heart
    watcher: Watcher
    overdue_since: object = None

    async def beat(self) -> int:
        async def overdue(now):
            return int(self.overdue_since is not None), self.overdue_since

        before = len(self.watcher.heard)
        await self.heart.beat(URL, self.watcher, overdue)
        return len(self.watcher.heard) - before


@pytest.fixture
def body():
    clock = Ticking(NOW)
    made = Body(clock, Heart(clock), Watcher())
    made.heart.follow([source(name=name, url=f"https://{name}.example/") for name in NAMES])
    return made


async def test_it_beats_every_five_minutes_while_visits_succeed(body):
    beats = []
    for _ in range(10):
        body.heart.visited("daily", "unchanged")
        beats.append(await body.beat())
        body.clock.pass_by(EVERY / 2)

    assert beats == [1, 0] * 5
    assert body.watcher.heard[0] == Post(url=URL, body=None, follow=True)


async def test_it_does_not_beat_before_anything_succeeded(body):
    body.heart.visited("daily", "failed")

    assert await body.beat() == 0


async def test_it_stops_when_no_visit_succeeds_within_an_interval(body):
    body.heart.visited("daily", "new")
    body.clock.pass_by(EVERY)
    for name in ("daily", "weekly", "monthly"):
        body.heart.visited(name, "failed")

    assert await body.beat() == 0


async def test_one_source_that_fails_does_not_stop_it(body):
    body.heart.visited("daily", "new")
    body.clock.pass_by(EVERY)
    body.heart.visited("weekly", "failed")

    assert await body.beat() == 1


async def test_the_last_one_that_was_well_stops_it_and_those_that_failed_all_along_do_not(body):
    failing = [state(name, name=name, failures=3) for name in NAMES[1:]]
    body.heart.resume([*failing, state(name="daily", last_success=NOW)])
    body.clock.pass_by(EVERY)
    for name in NAMES[1:]:
        body.heart.visited(name, "failed")

    assert await body.beat() == 1

    body.clock.pass_by(EVERY)
    body.heart.visited("daily", "failed")

    assert await body.beat() == 0


async def test_it_beats_on_while_nothing_is_to_be_visited(body):
    body.heart.resume([state(name="daily", last_success=NOW)])
    body.clock.pass_by(3 * HOUR)

    assert await body.beat() == 1


async def test_it_stops_when_what_is_due_is_not_visited(body):
    body.heart.resume([state(name="daily", last_success=NOW)])
    body.overdue_since = NOW + HOUR
    body.clock.pass_by(3 * HOUR)

    assert await body.beat() == 0


async def test_a_folder_beside_other_sources_does_not_keep_it_beating(body):
    body.heart.follow([source(name="inbox", url=None, folder="/inbox"), source(name="daily")])
    body.heart.visited("inbox", "unchanged")

    assert await body.beat() == 0


async def test_who_does_not_hear_it_is_told_of_once_and_without_its_address(body, caplog):
    body.watcher.status = None
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            body.heart.visited("daily", "new")
            await body.beat()
            body.clock.pass_by(EVERY)

    assert len(body.watcher.heard) == 3
    assert [one.getMessage() for one in caplog.records] == [
        "the heartbeat at watch.example is not heard: it is not there"
    ]
