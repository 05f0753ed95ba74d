"""What every archive promises of near-same texts, and of what recurs in a source's articles."""

import struct
from datetime import timedelta

from cuttings.model.article import SourceKey
from cuttings.text.boilerplate import Counts, learn
from tests.builders import DAILY, NOW, next_revision, record, visit

LONG_AGO = NOW - timedelta(days=30)


def sketch(*keys: int) -> bytes:
    return struct.pack(f"<{len(keys)}q", *keys)


def sketched(ident: str, *keys: int, **changes):
    one = record(ident, **changes)
    return visit(one, sketches=((one.id, sketch(*keys)),))


async def test_records_that_share_keys_are_alike_and_the_likeliest_stand_first(archive):
    for ident, keys in (("1", (1, 2, 3)), ("2", (4, 2, 3)), ("3", (4, 5, -3)), ("4", (4, 5, 6))):
        await archive.commit(sketched(ident, *keys))

    found = await archive.alike([sketch(4, 5, -3), sketch(1, 9, 9), sketch(7)], LONG_AGO)

    ids = {ident: record(ident).id for ident in "1234"}
    assert list(map(list, found)) == [[ids["3"], ids["4"], ids["2"]], [ids["1"]], []]


async def test_nothing_is_alike_where_no_sketch_was_ever_kept(archive):
    await archive.commit(visit(record()))

    assert list(map(list, await archive.alike([sketch(1), sketch(2)], LONG_AGO))) == [[], []]


async def test_only_what_was_seen_since_then_is_alike(archive):
    times = (NOW - timedelta(days=29), NOW - timedelta(days=20), NOW - timedelta(days=1), NOW)
    for day, time in enumerate(times):
        await archive.commit(sketched(str(day), 1, first_seen=time))

    [found] = await archive.alike([sketch(1)], NOW - timedelta(days=20))

    assert sorted(found) == sorted(record(ident).id for ident in "123")


async def test_at_most_twenty_are_alike(archive):
    for number in range(25):
        await archive.commit(sketched(str(number), 1, first_seen=NOW + timedelta(seconds=number)))

    [found] = await archive.alike([sketch(1)], LONG_AGO)

    assert len(set(found)) == 20


async def test_a_later_sketch_makes_a_record_findable_by_its_new_text_too(archive):
    await archive.commit(sketched("1", 1))
    changed = next_revision(record("1"), text="Ebb.")
    await archive.commit(visit(changed, sketches=((changed.id, sketch(2)),)))
    await archive.commit(visit(sketches=((changed.id, sketch(3)),)))  # of no revision that it brings

    found = await archive.alike([sketch(1), sketch(2), sketch(3)], LONG_AGO)

    assert [list(one) for one in found] == [[changed.id]] * 3


async def test_a_commit_with_sketches_may_be_repeated(archive):
    for _ in range(2):
        await archive.commit(sketched("1", 1, 1, 2))

    assert list(map(list, await archive.alike([sketch(2, 1)], LONG_AGO))) == [[record("1").id]]


async def test_what_recurs_in_a_source_is_kept_as_it_was_last_counted(archive):
    counts = learn(learn(Counts(), ["Support us.", "High."]), ["Support us.", "Low."])
    await archive.commit(visit(boilerplate=learn(Counts(), ["Support us."])))
    await archive.commit(visit(record(), boilerplate=counts))
    await archive.commit(visit(record("2")))

    assert await archive.boilerplate(DAILY) == counts
    assert await archive.boilerplate(SourceKey("https://weekly.example/feed.xml")) == Counts()
