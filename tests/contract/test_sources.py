"""What every archive promises of its sources."""

from dataclasses import replace
from datetime import timedelta

from cuttings.model.article import Channel, SourceKey
from cuttings.model.capture import Validators
from cuttings.model.source import Move, PendingPage, Rhythm, Visit
from cuttings.ports import Robots
from tests.builders import DAILY, NOW, at, record, source, state, trace


async def visited(archive, old, **changes):
    """Commit a visit's state."""
    await archive.commit(Visit(source=old.key, state=replace(old, **changes)))


async def due_names(archive, now):
    leased = await archive.lease(now, 100)
    await archive.release([found.key for found in leased])
    return [found.name for found in leased]


async def test_a_new_source_is_due_and_its_key_is_its_address(archive):
    followed = await archive.follow([source()], NOW)

    assert followed == {"daily": state()}
    assert await archive.next_due() == NOW


async def test_a_state_comes_back_as_it_was_committed(archive):
    old = (await archive.follow([source()], NOW))["daily"]
    whole = replace(
        old,
        validators=Validators(etag=b'W/"\xe4"', modified=b"Tue, 24 Nov 2026", url="https://daily.example/feed.xml"),
        fingerprint=b"\x01" * 32,
        present=(trace(), trace("b", link=None, title=None)),
        identity="link",
        channel=Channel(
            title="Daily",
            ttl=timedelta(minutes=30),
            skip_hours=frozenset({0, 23}),
            skip_days=frozenset({6}),
            update_every=timedelta(hours=1),
            hubs=("https://hub.example/",),
            links=(("self", "https://daily.example/feed.xml"),),
        ),
        met=at(1),
        last_visit=at(2),
        last_success=at(3),
        failures=2,
        failing_since=at(5),
        error="502",
        gone=at(6),
        not_before=at(8),
        next_visit=at(7) + timedelta(microseconds=5),
        rhythm=Rhythm(
            per_day=3.5, visits=9, fruitful=0.25, days=6.5, since=NOW, until=NOW, hours=(0.5,) * 24, weekdays=(1.0,) * 7
        ),
        move=Move(target="https://new.example/", first_seen=at(1), seen=2),
        pending=(PendingPage(record=record().id, url="https://daily.example/1", tries=2),),
    )

    await archive.commit(Visit(source=old.key, state=whole))

    assert await archive.state(old.key) == whole
    assert list(await archive.states()) == [replace(whole, present=())]
    assert (await archive.follow([source()], at(9)))["daily"] == replace(whole, present=())


async def test_a_visit_that_taught_nothing_of_the_document_keeps_it(archive):
    old = (await archive.follow([source()], NOW))["daily"]
    await visited(archive, old, present=(trace(),), channel=Channel(title="Daily"), next_visit=at(1))
    [leased] = await archive.lease(at(2), 10)

    await visited(archive, leased, last_visit=at(2), next_visit=at(60))

    found = await archive.state(old.key)
    assert (found.present, found.channel.title, found.last_visit) == ((trace(),), "Daily", at(2))


async def test_what_a_wrong_clock_put_off_for_years_is_due(archive):  # H-125
    old = (await archive.follow([source(), source("weekly")], NOW))["daily"]
    weekly = (await archive.follow([source(), source("weekly")], NOW))["weekly"]
    await visited(archive, old, next_visit=at(0) + timedelta(days=3650))
    await visited(archive, weekly, next_visit=at(0) + timedelta(days=30))

    assert [state.key for state in await archive.lease(at(1), 10)] == [old.key]


async def test_an_unknown_source_has_no_state(archive):
    assert await archive.state(DAILY) is None
    assert list(await archive.states()) == []
    assert await archive.next_due() is None


async def test_a_renamed_source_keeps_its_state(archive):
    old = (await archive.follow([source()], NOW))["daily"]
    await visited(archive, old, met=at(1), next_visit=at(60))

    followed = await archive.follow([source("tageblatt", url=DAILY)], at(2))

    assert (followed["tageblatt"].key, followed["tageblatt"].met) == (DAILY, at(1))
    assert followed["tageblatt"].next_visit == at(60)
    assert [found.name for found in await archive.states()] == ["tageblatt"]


async def test_a_source_is_found_by_an_address_it_had(archive):
    await archive.follow([source()], NOW)
    moved = source(url="https://new.example/feed", formerly=(DAILY,))

    followed = await archive.follow([moved], at(1))
    again = await archive.follow([source(url="https://new.example/feed")], at(2))

    assert (followed["daily"].key, followed["daily"].address) == (DAILY, "https://new.example/feed")
    assert (again["daily"].key, again["daily"].address) == (DAILY, "https://new.example/feed")


async def test_a_source_is_found_by_an_address_it_moved_through(archive):
    old = (await archive.follow([source()], NOW))["daily"]
    await visited(archive, old, address="https://new.example/feed")

    unchanged = await archive.follow([source()], at(1))
    followed = await archive.follow([source(url="https://new.example/feed")], at(2))

    assert unchanged["daily"].address == "https://new.example/feed"
    assert followed["daily"].key == DAILY


async def test_a_new_address_is_asked_at_once_whatever_the_old_one_said(archive):
    old = (await archive.follow([source()], NOW))["daily"]
    move = Move(target="https://elsewhere.example/", first_seen=NOW)
    await visited(archive, old, stopped=True, gone=at(1), move=move, not_before=at(500), next_visit=at(900))

    followed = await archive.follow([source(url="https://new.example/feed", formerly=(DAILY,))], at(2))

    fresh = followed["daily"]
    assert (fresh.stopped, fresh.gone, fresh.move, fresh.not_before) == (False, None, None, None)
    assert await due_names(archive, at(2)) == ["daily"]


async def test_an_address_that_is_declared_again_is_asked_again(archive):
    await archive.follow([source()], NOW)
    await archive.follow([source(url="https://new.example/feed", formerly=(DAILY,))], at(1))

    followed = await archive.follow([source()], at(2))

    assert (followed["daily"].key, followed["daily"].address) == (DAILY, DAILY)


async def test_a_former_address_that_was_never_followed_makes_no_other_key(archive):
    followed = await archive.follow([source(formerly=("https://older.example/",))], NOW)

    assert followed["daily"].key == DAILY


async def test_a_visit_under_way_does_not_undo_a_new_address(archive):
    await archive.follow([source()], NOW)
    [leased] = await archive.lease(NOW, 1)
    await archive.follow([source("tageblatt", url="https://new.example/feed", formerly=(DAILY,))], at(1))

    await visited(archive, leased, last_visit=at(1), next_visit=at(60))

    found = await archive.state(DAILY)
    assert (found.name, found.address, found.last_visit) == ("tageblatt", "https://new.example/feed", at(1))


async def test_a_folder_is_followed_by_its_path_as_written(archive):
    folder = source("inbox", url=None, folder="/srv/inbox", written="inbox/")

    followed = await archive.follow([folder], NOW)

    assert (followed["inbox"].key, followed["inbox"].address) == ("inbox/", "inbox/")


async def test_who_is_not_declared_any_more_is_not_due_but_known(archive):
    await archive.follow([source("a"), source("b")], NOW)

    followed = await archive.follow([source("b")], NOW)

    assert list(followed) == ["b"]
    assert await due_names(archive, at(1)) == ["b"]
    assert [found.name for found in await archive.states()] == ["a", "b"]


async def test_who_comes_back_is_due_by_its_own_plan(archive):
    old = (await archive.follow([source()], NOW))["daily"]
    await visited(archive, old, next_visit=at(60))
    await archive.follow([], NOW)

    await archive.follow([source()], at(5))

    assert await due_names(archive, at(59)) == []
    assert await due_names(archive, at(60)) == ["daily"]


async def test_a_leased_source_is_leased_to_nobody_else(archive):
    await archive.follow([source(name) for name in "abc"], NOW)

    first = await archive.lease(NOW, 2)
    second = await archive.lease(NOW, 2)
    by_key = await archive.lease(NOW, 10, [found.key for found in first])

    assert len(first) == 2
    assert len(second) == 1
    assert not {found.key for found in first} & {found.key for found in second}
    assert list(by_key) == []


async def test_a_lease_outlasts_commits_and_ends_with_release(archive):
    await archive.follow([source()], NOW)
    [leased] = await archive.lease(NOW, 1)
    await visited(archive, leased, next_visit=at(5))

    assert list(await archive.lease(at(6), 1)) == []
    await archive.release([leased.key])
    assert [found.next_visit for found in await archive.lease(at(6), 1)] == [at(5)]


async def test_the_longest_due_come_first(archive):
    followed = await archive.follow([source(name) for name in "abc"], NOW)
    for name, minutes in (("a", 3), ("b", 1), ("c", 2)):
        await visited(archive, followed[name], next_visit=at(minutes))

    assert [found.name for found in await archive.lease(at(9), 2)] == ["b", "c"]


async def test_named_sources_are_leased_whether_due_or_not(archive):
    followed = await archive.follow([source("a"), source("b")], NOW)
    await visited(archive, followed["a"], next_visit=at(999))

    leased = await archive.lease(NOW, 10, [followed["a"].key, SourceKey("https://unknown.example/")])

    assert [found.name for found in leased] == ["a"]


async def test_nothing_is_due_before_the_server_allows_it(archive):
    old = (await archive.follow([source()], NOW))["daily"]
    await visited(archive, old, next_visit=at(1), not_before=at(10))

    assert await archive.next_due() == at(10)
    assert await due_names(archive, at(9)) == []
    assert await due_names(archive, at(10)) == ["daily"]


async def test_a_source_that_is_gone_is_due_when_its_month_is_over(archive):
    old = (await archive.follow([source()], NOW))["daily"]
    await visited(archive, old, stopped=True, next_visit=at(100), not_before=at(200))

    assert await archive.next_due() == at(200)
    assert await due_names(archive, at(199)) == []
    assert await due_names(archive, at(200)) == ["daily"]


async def test_a_visit_can_be_hastened_within_the_servers_wish(archive):
    followed = await archive.follow([source("a"), source("b"), source("c")], NOW)
    await visited(archive, followed["a"], next_visit=at(100))
    await visited(archive, followed["b"], next_visit=at(100), not_before=at(50))
    await visited(archive, followed["c"], next_visit=at(3))

    await archive.hasten([followed[name].key for name in "abc"], [at(10), at(10), at(10)])

    assert await due_names(archive, at(9)) == ["c"]
    assert await due_names(archive, at(10)) == ["c", "a"]
    assert await due_names(archive, at(50)) == ["c", "a", "b"]


async def test_ten_thousand_sources_are_followed_and_leased_in_batches(archive):
    await archive.follow([source(f"s{n}") for n in range(3000)], NOW)

    batches = [await archive.lease(NOW, 1000) for _ in range(4)]

    assert [len(batch) for batch in batches] == [1000, 1000, 1000, 0]
    assert len({found.key for batch in batches for found in batch}) == 3000


async def test_an_origins_wish_is_kept_and_never_shortened(archive):
    origin = "https://daily.example:443"

    assert await archive.origin_wait(origin) is None
    await archive.keep_origin_wait(origin, at(10))
    await archive.keep_origin_wait(origin, at(5))

    assert await archive.origin_wait(origin) == at(10)


async def test_robots_are_remembered_even_if_unreachable(archive):
    origin = "https://daily.example:443"

    assert await archive.robots(origin) is None
    await archive.keep_origin_wait(origin, at(1))
    assert await archive.robots(origin) is None
    await archive.keep_robots(origin, NOW, b"User-agent: *")
    assert await archive.robots(origin) == Robots(asked=NOW, body=b"User-agent: *")
    await archive.keep_robots(origin, at(1), None)
    await archive.keep_robots(origin, at(2), None)
    assert await archive.robots(origin) == Robots(asked=at(2), body=None, lost=at(1))
    await archive.keep_robots(origin, at(3), b"")
    assert await archive.robots(origin) == Robots(asked=at(3), body=b"")
    assert await archive.origin_wait(origin) == at(1)


async def test_keys_are_told_before_sources_are_followed_and_after(archive):
    await archive.follow([source("daily")], NOW)
    moved = source("renamed", url="https://new.example/feed.xml", formerly=("https://daily.example/feed.xml",))

    keys = await archive.keys([moved, source("other")])

    assert keys == {"renamed": "https://daily.example/feed.xml", "other": "https://other.example/feed.xml"}
    assert [state.name for state in await archive.states()] == ["daily"]


async def test_a_paused_source_is_known_but_not_due_until_it_is_taken_up_again(archive):
    await archive.follow([source(), source("weekly", paused=True)], NOW)

    assert await due_names(archive, at(1)) == ["daily"]
    assert [found.name for found in await archive.states()] == ["daily", "weekly"]
    weekly = (await archive.follow([source(paused=True), source("weekly")], at(2)))["weekly"]
    assert not await archive.lease(at(3), 9, [DAILY])
    assert list(await archive.lease(at(3), 9)) == [weekly]


async def test_it_tells_how_many_are_overdue_and_since_when(archive):
    states = await archive.follow([source(), source("weekly")], NOW)
    await visited(archive, states["daily"], next_visit=at(30))

    assert await archive.overdue(at(-1)) == (0, None)
    assert await archive.overdue(at(40)) == (2, NOW)
    await archive.lease(at(40), 1)
    assert await archive.overdue(at(40)) == (1, at(30))
