"""The desk's address: figures for its owner, and nothing for a page that was lured here."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from cuttings.logs.metrics import Metrics, Standing
from cuttings.web.desk import Desk
from tests.builders import at


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


async def ready():
    return True, "ready"


def standing(**changes: Any) -> Standing:
    figures = {"followed": 3, "paused": 1, "overdue": 2, "commits": 7, "records": 9, "unindexed": 1, "disk_free": 10}
    times = {"now": at(5), "overdue_since": at(3), "last_success": None}
    more = {"sandbox_deaths": 0, "visiting": 0, "listeners": 3, "pushes_waiting": 1}
    return Standing(**{**figures, **times, **more, **changes})


@pytest.fixture
def metrics():
    return Metrics("1.2.3")


@pytest.fixture
def desk(metrics):
    async def exposition(accept):
        return metrics.exposition(standing(missed={"rolled": (2, 40)}, subscriptions={"failing": 2}), accept)

    return Desk(exposition, ready, local=True)


async def ask(desk, path, method="GET", **headers):
    given = {"host": "127.0.0.1:8081", **headers}
    answer = Answer()

    async def send(message):
        answer.status = message.get("status", answer.status)
        answer.headers |= {name.decode(): value.decode() for name, value in message.get("headers", [])}
        answer.body += message.get("body", b"").decode()

    pairs = [(name.encode(), value.encode()) for name, value in given.items()]
    await desk({"type": "http", "method": method, "path": path, "headers": pairs}, None, send)
    return answer


async def test_figures_come_in_the_plain_format(desk, metrics):
    metrics.visited("new", 4, 1)
    metrics.published("front-page", 4, 9)
    metrics.reloaded(False)
    metrics.told(True)

    answer = await ask(desk, "/metrics")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    for line in (
        'cuttings_visits_total{outcome="new"} 1.0',
        'cuttings_collected_records_total{kind="new"} 4.0',
        'cuttings_entered_total{feed="front-page"} 4.0',
        'cuttings_reloads_total{outcome="refused"} 1.0',
        "cuttings_overdue_sources 2.0",
        "cuttings_overdue_seconds 120.0",
        'cuttings_sources{state="paused"} 1.0',
        'cuttings_lacking_sources{why="rolled"} 2.0',
        'cuttings_missed_entries{why="rolled"} 40.0',
        'cuttings_missed_entries{why="quiet"} 0.0',
        'cuttings_subscriptions{state="failing"} 2.0',
        'cuttings_subscriptions{state="confirmed"} 0.0',
        "cuttings_pushes_waiting 1.0",
        "cuttings_listeners 3.0",
        'cuttings_told_total{outcome="accepted"} 1.0',
        'cuttings_told_total{outcome="refused"} 0.0',
        'cuttings_build_info{version="1.2.3"} 1.0',
    ):
        assert line in answer.body.splitlines()


async def test_openmetrics_comes_to_who_asks_for_it(desk):
    answer = await ask(desk, "/metrics", accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5")

    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.body.endswith("# EOF\n")


@pytest.mark.parametrize("accept", ["application/openmetrics-text;version=x.y", "text/plain;version=", ";;,,", "*/*"])
async def test_what_cannot_be_made_sense_of_gets_the_plain_format(desk, accept):
    answer = await ask(desk, "/metrics", accept=accept)

    assert answer.status == 200
    assert "cuttings_overdue_sources 2.0" in answer.body


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8081", 200),
        ("[::1]:8081", 200),
        ("10.0.0.1", 200),
        ("evil.example:8081", 421),
        ("localhost.evil", 421),
    ],
)
async def test_a_name_that_is_not_this_machines_is_misdirected(desk, host, status):
    assert (await ask(desk, "/healthz", host=host)).status == status


async def test_nothing_is_changed_from_here_and_nothing_else_is_here(desk):
    assert (await ask(desk, "/metrics", "POST")).status == 405
    assert (await ask(desk, "/")).status == 404
    assert "access-control-allow-origin" not in (await ask(desk, "/metrics")).headers
