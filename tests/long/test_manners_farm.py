"""Two weeks of five hundred sites as they are and as they may be: nobody is troubled, and nothing is lost.

The world's clock and ours are put forward together, hour by hour; the archive
is closed and opened again each day.
"""

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cuttings import app
from cuttings.config import load
from cuttings.model.source import Receipt
from cuttings.ports import Query
from tests.farm import House, configuration, farm

SITES = int(os.environ.get("CUTTINGS_SITES", "500"))
DAYS = int(os.environ.get("CUTTINGS_DAYS", "14"))
LOOK = 6  # hours between two looks at what feeds show
SHOWN_FOR = timedelta(hours=27)  # our longest wait at a healthy site: a day where it gives no validators, and jitter
BROKEN = {"truncated", "wrong_length", "trickle", "html", "gzip_bomb", "bad_gzip", "giant"}
BOMBS = {"entity_bomb", "external_entity", "deep"}


class Ahead:
    """Our clock, which runs as all clocks do and is put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Weeks:
    """What came of the two weeks."""

    log: dict[str, dict[str, Any]] = field(default_factory=dict)  # by feed
    truth: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)  # (feed, key): when it was seen there
    held: set[str] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def note(self, receipt: Receipt) -> None:
        """Count what went wrong."""
        if receipt.error is not None:
            self.errors[receipt.error[:60]] += 1


@pytest.fixture(
    scope="module",
    params=[("realistic", "0"), ("realistic", "600"), ("hostile", "600")],
    ids=["a world as it is", "a world that asks to be left alone", "a hostile world"],
)
def weeks(request, tmp_path_factory):
    profile, max_age = request.param
    house, clock, seen = House(tmp_path_factory.mktemp("house")), Ahead(), Weeks()
    options = ("-n", str(SITES), "--profile", profile, "--max-age", max_age, "--epoch", "now", "--bomb-mb", "64")
    began = time.monotonic()
    with farm(*options, clocked=True) as world:
        house.configure(configuration(world.feeds()))
        config = load.load(house.folder / "config.yaml", {})
        for _ in range(DAYS):
            asyncio.run(_day(config, clock, world, seen))
        _look(world, clock, seen)
        seen.held = asyncio.run(_held(config, clock))
        seen.log = {row["feed"]: row for row in world.rows("log?all=1")}
        seen.truth = world.rows("truth?hash=0")
    seen.seconds = time.monotonic() - began
    return seen


async def _day(config, clock, world, seen):
    async with app.opened(config, following=True, lingering=True, outside=app.Outside(clock=clock)) as opened:
        crew, rounds = opened.crew(seen.note), opened.rounds()
        for hour in range(24):
            if hour % LOOK == 0:
                _look(world, clock, seen)
            await crew.pump()
            await rounds.pump()
            await crew.rest()
            await rounds.rest()
            assert crew.failure is None
            assert rounds.failure is None
            world.tick(1)
            clock.ahead += timedelta(hours=1)


def _look(world, clock, seen):
    now = clock()
    for site in world.rows("truth?hash=0"):
        for entry in site["entries"]:
            if entry["in_feed"]:
                seen.shown.setdefault((site["feed"], entry[site["key"]]), []).append(now)


async def _held(config, clock):
    async with app.opened(config, outside=app.Outside(clock=clock)) as opened:
        records = [record async for record in opened.archive.newest(Query())]
    return {record.guid for record in records} | {record.url for record in records}


def traits_of(weeks):
    return {site["feed"]: site["traits"] for site in weeks.truth}


def blamed(weeks, what, excused=lambda traits: False):
    """Return the sites that count this against us, with how often and what they are like."""
    traits = traits_of(weeks)
    told = {feed: (row[what], traits[feed]["fault"], traits[feed]["route"]) for feed, row in weeks.log.items()}
    return {feed: said for feed, said in told.items() if said[0] and not excused(traits[feed])}


@pytest.mark.parametrize("what", ["early", "concurrent", "robots"])
def test_nobody_is_asked_when_or_what_they_forbid(weeks, what):
    requests = sum(row["requests"] for row in weeks.log.values())
    print(f"{requests} requests in {weeks.seconds:.0f} s; what went wrong: {weeks.errors.most_common(8)}")

    assert blamed(weeks, what) == {}


def test_who_is_gone_is_asked_once_more(weeks):
    often = {feed: said for feed, said in blamed(weeks, "after_gone").items() if said[0] > 1}

    assert often == {}


def test_who_gave_validators_gets_them_back(weeks):
    def nothing_whole_came(traits):
        return traits["fault"] in BROKEN or traits["markup"] in BOMBS

    assert blamed(weeks, "unconditional", nothing_whole_came) == {}


def test_old_addresses_are_asked_until_a_move_is_believed(weeks):
    def never_believed(traits):  # a step of the way is temporary, or nothing whole ever came from the new address
        return traits["route"] in ("chain",) or traits["fault"] in BROKEN or traits["markup"] in BOMBS

    in_vain = {feed: row["statuses"].get("503", 0) for feed, row in weeks.log.items()}  # led on, and nothing came of it
    blame = blamed(weeks, "old_address", never_believed)
    often = {feed: said for feed, said in blame.items() if said[0] > 2 + in_vain[feed]}

    assert often == {}


def test_all_that_feeds_show_for_long_enough_is_in_the_archive(weeks):
    traits = traits_of(weeks)
    full = {site["feed"] for site in weeks.truth if _obtainable(site)}
    shown = {pair: times for pair, times in weeks.shown.items() if pair[0] in full}
    ended = max(times[-1] for times in shown.values())
    missing = {pair: times for pair, times in shown.items() if pair[1] not in weeks.held}
    long = [pair for pair, times in missing.items() if times[-1] - times[0] >= SHOWN_FOR]
    flaky = [pair for pair in long if traits[pair[0]]["fault"] == "flaky"]  # two requests in five find a 503
    late = [pair for pair in flaky if missing[pair][-1] == ended]  # we come back to what is shown still
    went = [pair for pair in flaky if pair not in late and traits[pair[0]]["route"] == "direct"]
    lost = [pair for pair in long if pair not in flaky]
    brief = [pair for pair in missing if pair not in long and missing[pair][-1] < ended]
    swallowed = {feed for feed, count in Counter(feed for feed, _ in lost).items() if count == 1}

    kinds = Counter(traits[feed]["validators"] for feed, _ in brief)
    print(f"{len(shown)} entries of {len(full)} sites; gone within a day, before we had them: {kinds}")
    of_flaky = sum(traits[feed]["fault"] == "flaky" for feed, _ in shown)
    behind = len(flaky) - len(late) - len(went)  # each redirect is one more request that may find a 503
    told = f"{len(late)} are to come, {len(went)} went before us, and {behind} behind redirects"
    print(f"of {of_flaky} entries of flaky sites {told}")
    assert len(full) > SITES / 3
    assert [pair for pair in lost if pair[0] not in swallowed or traits[pair[0]]["markup"] != "unclosed"] == []
    assert len(went) <= 0.005 * of_flaky
    assert len(brief) <= 0.001 * len(shown)


def _obtainable(site):
    traits = site["traits"]
    return site["obtainable"] == "full" and traits["gate"] != "cookie" and traits["fault"] != "giant"
