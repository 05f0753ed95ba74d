"""What should have come beside what came, and what is told as missed."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cuttings.model.capture import Failed, NotModified, Validators
from cuttings.model.coverage import Coverage, Day, Missed
from cuttings.model.push import Push
from cuttings.model.source import SourceState
from cuttings.schedule import Plan, after, coverage, rhythm
from tests.builders import NOW, at, state, trace

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIZE = 20


class Site:
    """A feed that holds its last entries, and a reader that visits it and keeps the ledger."""

    def __init__(self, entries: list[datetime], size: int = SIZE) -> None:
        self.entries, self.size = sorted(entries), size
        self.state: SourceState = state()
        self.days: dict[int, Day] = {}
        self.known: set[str] = set()

    def visit(self, now: datetime) -> None:
        shown = sorted((one for one in self.entries if one <= now), reverse=True)[: self.size]
        present = tuple(trace(f"https://daily.example/{one.isoformat()}") for one in shown)
        pairs = list(zip(present, shown, strict=True))
        new = {one.digest: when for one, when in pairs if one.guid not in self.known}
        self.known |= {one.guid for one in present if one.guid}
        before, dates = self.state, list(new.values())
        learned = rhythm.taught(before.rhythm, dates, len(new), before.last_success, now, holds=len(present))
        taught = replace(before, rhythm=learned, present=present)
        taught = coverage.visited(before, taught, coverage.found(before, present, new), now)
        good = NotModified(at=now, validators=Validators(etag=b"1"))
        self._keep(after(taught, good, Plan(), now, 0.0))

    def fail(self, now: datetime) -> None:
        failed = Failed(reason="a web page, not a feed", at=now, status=200, trouble="page")
        self._keep(coverage.failed(after(self.state, failed, Plan(), now, 0.0), now))

    def visit_until(self, end: datetime, every: timedelta = HOUR) -> None:
        now = (self.state.last_visit or NOW - every) + every
        while now <= end:
            self.visit(now)
            now += every

    def _keep(self, state: SourceState) -> None:
        self.state = state
        self.days |= {day.number: day for day in state.coverage.days} if state.coverage else {}

    @property
    def ledger(self) -> Coverage:
        return ledger(self.state)

    def missed(self, now: datetime) -> list[Missed]:
        return list(coverage.missed(self.state, list(self.days.values()), now))


def ledger(state: SourceState) -> Coverage:
    assert state.coverage is not None
    return state.coverage


def steadily(every: timedelta, until: datetime, start: datetime = NOW - 10 * DAY) -> list[datetime]:
    count = (until - start) // every
    return [start + every * number for number in range(count)]


def by_chance(per_day: float, days: float, chance: random.Random, begin: datetime = NOW - 10 * DAY) -> list[datetime]:
    """Return moments by chance, few at night."""
    when, found = begin, []
    while when < begin + DAY * days:
        when += timedelta(days=chance.expovariate(per_day * 1.5))
        if 6 <= when.hour < 22:
            found.append(when)
    return found


def test_a_day_has_what_was_expected_and_what_came():
    site = Site(steadily(2 * HOUR, NOW + 5 * DAY))

    site.visit_until(NOW + 4 * DAY)

    day = site.days[coverage.number_of(NOW) + 2]
    assert day.seen == 12
    assert day.expected == pytest.approx(12, rel=0.2)
    assert (day.visits, day.failed, day.gaps) == (24, 0, ())
    assert day.overlap is not None
    assert 0.9 <= day.overlap < 1
    assert site.missed(NOW + 4 * DAY) == []


def test_days_without_a_visit_share_what_came_by_its_dates():
    site = Site(steadily(8 * HOUR, NOW + 5 * DAY))
    site.visit_until(NOW + DAY)

    site.visit(NOW + 3 * DAY)

    first = coverage.number_of(NOW) + 1
    assert [site.days[first + number].seen for number in range(3)] == [3, 3, 2]
    assert [site.days[first + number].visits for number in range(3)] == [13, 0, 1]


def test_a_document_that_holds_nothing_known_is_a_gap():
    site = Site(steadily(2 * HOUR, NOW + 9 * DAY))
    site.visit_until(NOW + DAY)

    site.visit(NOW + 6 * DAY)  # sixty entries, of which it holds twenty

    [gap] = site.missed(NOW + 6 * DAY)
    assert gap.why == "rolled"
    assert 30 <= gap.count <= 50
    assert gap.since == NOW + DAY
    assert gap.until == NOW + 6 * DAY - 2 * HOUR * (SIZE - 1)


def test_a_burst_that_rolled_over_is_a_gap_however_little_was_expected():
    burst = [NOW + DAY + HOUR * 1.2 + timedelta(minutes=number / 2) for number in range(60)]
    site = Site([*steadily(8 * HOUR, NOW + 5 * DAY), *burst])
    site.visit_until(NOW + DAY)

    site.visit(NOW + DAY + 2 * HOUR)

    [gap] = site.missed(NOW + DAY + 2 * HOUR)
    assert (gap.why, gap.count >= 1) == ("rolled", True)


def test_gaps_of_one_day_are_told_as_one():
    site = Site(steadily(timedelta(minutes=5), NOW + 2 * DAY))
    site.visit(NOW)

    site.visit(at(200))
    site.visit(at(400))

    [gap] = site.missed(at(400))
    assert (gap.times, gap.since, gap.until) == (2, NOW, at(400 - 5 * (SIZE - 1)))


def test_a_document_that_reaches_back_to_the_last_visit_missed_nothing():
    site = Site([*steadily(DAY, NOW), *[NOW + timedelta(minutes=number) for number in range(SIZE - 1)]])
    site.visit(NOW - HOUR)

    site.visit(NOW + HOUR)  # one of twenty is known

    assert site.missed(NOW + HOUR) == []
    assert site.days[coverage.number_of(NOW)].overlap == pytest.approx(0.05)


def test_an_entry_pinned_to_the_head_does_not_hide_that_all_else_rolled_over():
    pin, before = trace("pin"), state(last_success=NOW, present=(trace("pin"), trace("a"), trace("b")))
    new = [trace(f"n{number}") for number in range(5)]
    dates = {one.digest: at(500 - 60 * number) for number, one in enumerate(new)}

    found = coverage.found(before, [pin, *new], dates)

    assert found.turned
    assert found.reach == at(260)
    assert not coverage.found(before, [*new, pin], dates).turned


@pytest.mark.parametrize("size", [1, 2])
def test_a_document_of_one_or_two_entries_shows_nothing_of_what_was_before(size):
    site = Site(steadily(5 * HOUR, NOW + 9 * DAY), size)

    site.visit_until(NOW + 5 * DAY)

    assert site.missed(NOW + 5 * DAY) == []


def test_a_document_that_is_all_of_one_day_misses_nothing_when_the_next_day_is_there():
    before = state(last_success=NOW, present=tuple(trace(f"a{number}") for number in range(31)))
    today = [trace(f"b{number}") for number in range(44)]

    found = coverage.found(before, today, {one.digest: at(600) for one in today})

    assert not found.turned


def test_what_a_hub_did_not_send_is_a_gap():
    before = state(last_success=at(-60), push=Push(missed=2), rhythm=replace(state().rhythm, per_day=1.0))
    learned = replace(before, push=Push(missed=5))

    done = coverage.visited(before, learned, coverage.Found(new=[at(-30)] * 3, overlap=0.8), NOW)

    [gap] = coverage.missed(done, ledger(done).days, NOW)
    assert (gap.why, gap.count, gap.since, gap.until) == ("unpushed", 3, at(-60), NOW)


def test_what_a_hub_sends_counts_on_its_day_and_ends_the_silence():
    site = Site(steadily(HOUR, NOW))
    site.visit_until(NOW + HOUR * 5)

    done = coverage.pushed(site.state, site.state, [at(310), None], at(311))

    assert (ledger(done).days[-1].pushed, ledger(done).silent, ledger(done).since) == (2, 0.0, at(311))


def test_a_feed_that_became_a_web_page_is_told_at_once_with_what_it_may_have_brought():
    site = Site(steadily(2 * HOUR, NOW + 9 * DAY))
    site.visit_until(NOW + 2 * DAY)

    for hours in range(1, 13):
        site.fail(NOW + 2 * DAY + hours * HOUR)

    [gap] = site.missed(NOW + 2 * DAY + 12 * HOUR)
    assert (gap.why, gap.until) == ("unread", None)
    assert 3 <= gap.count <= 8
    assert site.days[coverage.number_of(NOW) + 2].failed == 11


def test_trouble_that_passes_by_itself_is_not_told_before_a_day_is_over():
    failing = state(failures=3, failing_since=NOW, last_success=NOW, trouble="busy")

    assert list(coverage.missed(failing, (), NOW + 23 * HOUR)) == []
    assert [one.why for one in coverage.missed(failing, (), NOW + 25 * HOUR)] == ["unread"]


def test_who_published_every_two_hours_and_stops_has_gone_quiet():
    site = Site(steadily(2 * HOUR, NOW + 5 * DAY))

    site.visit_until(NOW + 9 * DAY)

    [gap] = site.missed(NOW + 9 * DAY)
    assert (gap.why, gap.until) == ("quiet", None)
    assert gap.since == pytest.approx(NOW + 5 * DAY, abs=3 * HOUR)
    assert 25 <= gap.count <= 55


def test_who_publishes_again_has_not_gone_quiet():
    site = Site([*steadily(2 * HOUR, NOW + 5 * DAY), NOW + 9 * DAY])

    site.visit_until(NOW + 9 * DAY)

    assert site.missed(NOW + 9 * DAY) == []


def test_a_free_weekend_is_no_silence():
    working = [one for one in steadily(HOUR, NOW + 21 * DAY, NOW - DAY) if one.weekday() < 5]
    site = Site(working)
    told = []

    for hours in range(21 * 24):
        site.visit(NOW + hours * HOUR)
        told += site.missed(NOW + hours * HOUR)

    assert told == []


def test_sources_that_publish_by_chance_never_raise_an_alarm():
    chance, told = random.Random(1), []
    for number in range(8):
        site = Site(by_chance([0.3, 1, 4, 15][number % 4], 24, chance))
        for hours in range(0, 14 * 24, 4):
            site.visit(NOW + hours * HOUR)
            told += [(number, one) for one in site.missed(site.ledger.until)[:1]]

    assert told == []
