"""What every archive promises of the pages that are looked at again."""

from dataclasses import replace
from datetime import timedelta

from cuttings.model.capture import Validators
from cuttings.model.check import Check, Looks, Seen
from cuttings.model.source import Visit
from tests.builders import DAILY, NOW, at, record

LATER = at(60)


def check(ident="1", **changes):
    whole = Check(
        record=record(ident).id, source=DAILY, url="https://daily.example/1", start=NOW, looked=NOW, due=at(10)
    )
    return replace(whole, **changes)


async def keep(archive, *checks, **changes):
    await archive.commit(Visit(source=DAILY, checks=checks, **changes))


async def test_a_check_comes_back_as_it_was_committed_once_it_is_due(archive):
    whole = check(
        seen=Seen(validators=Validators(etag=b'"\xe4"', url="https://daily.example/1"), fingerprint=b"f", title="T"),
        not_before=at(5),
        edits=2,
        missing=at(1),
        failures=3,
        doubt=b"d" * 16,
    )
    await keep(archive, whole)

    assert not await archive.checks.take(at(9), LATER, 10)
    assert list(await archive.checks.take(at(10), LATER, 10)) == [whole]
    assert await archive.checks.of(whole.record) == replace(whole, due=LATER)


async def test_what_is_taken_is_nobody_elses_until_its_time_is_over(archive):
    await keep(archive, check())

    await archive.checks.take(at(10), LATER, 10)

    assert list(await archive.checks.take(at(59), at(120), 10)) == []
    assert len(await archive.checks.take(LATER, at(120), 10)) == 1


async def test_the_longest_due_come_first_and_no_more_than_are_asked_for(archive):
    await keep(archive, check("a", due=at(3)), check("b", due=at(1)), check("c", due=at(2)), check("d", due=at(99)))

    taken = await archive.checks.take(at(10), LATER, 2)

    assert [one.record for one in taken] == [record("b").id, record("c").id]
    assert await archive.checks.counts() == (4, at(3))


async def test_one_that_is_never_due_again_is_let_go(archive):
    await keep(archive, check())

    await keep(archive, check(due=None))

    assert await archive.checks.of(check().record) is None
    assert await archive.checks.counts() == (0, None)


async def test_what_a_wrong_clock_put_off_for_years_is_due(archive):
    await keep(archive, check(due=NOW + timedelta(days=4000)))

    assert len(await archive.checks.take(NOW, LATER, 10)) == 1


async def test_what_looking_taught_is_kept_for_each_source(archive):
    assert await archive.checks.looks(DAILY) == Looks()
    looks = Looks(looked=2.5, edited=0.5, day=NOW, spent=7)

    await keep(archive, looks=looks)
    await keep(archive)

    assert await archive.checks.looks(DAILY) == looks
