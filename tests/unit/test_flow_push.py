"""Subscribing at the hubs of sources, and taking in what they send, with a hub that does what a test says."""

import asyncio
import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cuttings.ports import Query
from tests.builders import NOW
from tests.fakes import fetched
from tests.pushing import DAILY, DAY, HOUR, HUB, URL, World, feed
from tests.unit.test_flow_collect import item


async def test_a_visit_that_finds_a_hub_subscribes_with_a_secret_and_an_unguessable_callback():
    world = World()

    await world.visit()

    [form] = world.hub.forms
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == URL
    assert form["hub.callback"] == f"https://mine.example/websub/callback/{world.token()}"
    assert int(form["hub.lease_seconds"]) == 864000
    assert len(form["hub.secret"]) == 43


async def test_headers_go_before_the_document_and_the_topic_is_the_address_that_it_says():
    headers = {
        "content-type": "application/rss+xml",
        "link": '<https://other.example/hub>; rel="hub", <https://daily.example/self>; rel=self',
    }
    answer = fetched(URL, feed(item(1)))
    world = World(answers=[replace(answer, document=replace(answer.document, headers=headers))])

    await world.visit()

    assert world.hub.at == ["https://other.example/hub"]
    assert world.hub.forms[0]["hub.topic"] == "https://daily.example/self"


async def test_a_secret_goes_to_no_hub_that_is_not_asked_over_https():
    world = World(answers=[feed(item(1), hub="http://hub.example/")])

    await world.visit()

    assert "hub.secret" not in world.hub.forms[0]


@pytest.mark.parametrize(
    "world",
    [
        World(answers=[feed(item(1), hub="")]),
        World(answers=[feed(item(1), own="")]),
        World(site=None),
        World(of=replace(DAILY, secret=True)),
        World(of=replace(DAILY, auth="Bearer x")),
    ],
    ids=["no hub", "no self", "nowhere to be reached", "a secret address", "credentials"],
)
async def test_nothing_is_subscribed_where_it_makes_no_sense_or_would_tell_a_secret(world: World):
    await world.visit()

    assert world.hub.forms == []


@pytest.mark.parametrize(
    "lie",
    [{"topic": "https://other.example/"}, {"mode": "unsubscribe"}, {"challenge": ""}, {"challenge": "a" * 5000}],
    ids=["topic", "mode", "no challenge", "endless"],
)
async def test_what_we_did_not_ask_for_is_not_confirmed(lie: Any):
    world = World()
    await world.visit()

    assert await world.confirm(**lie) is None
    assert world.push.until(URL) is None


async def test_a_confirmation_counts_once_and_for_a_callback_of_ours_alone():
    world = World()
    await world.subscribed()

    assert await world.confirm() is None
    assert await world.push.asked("x" * 43, {"hub.mode": "subscribe", "hub.topic": URL, "hub.challenge": "a"}) is None


@pytest.mark.parametrize(("said", "counts"), [("60", HOUR), (str(10**9), 30 * DAY), ("", 10 * DAY), ("-1", 10 * DAY)])
async def test_a_lease_is_the_hubs_word_within_reason(said: str, counts: timedelta):
    world = World()
    await world.visit()

    await world.confirm(lease_seconds=said)

    assert world.push.until(URL) == NOW + counts


async def test_a_pushed_entry_is_a_record_and_the_same_entry_visited_is_no_other():
    world = World(answers=[feed(item(1)), feed(item(2), item(1))])
    await world.subscribed()

    assert await world.sends(feed(item(2), item(1))) == 202
    world.clock.pass_by(DAY)
    await world.visit()

    assert await world.titles() == ["Tide 1 feed", "Tide 2 push"]
    assert [receipt.new for receipt in world.receipts] == [1]
    [two] = [record async for record in world.archive.newest(Query()) if record.title == "Tide 2"]
    assert two.revision == 1


async def test_what_is_pushed_is_kept_before_the_hub_is_answered_and_taken_in_at_the_next_start():
    world = World()
    await world.subscribed()
    body, secret = feed(item(2)), world.hub.forms[0]["hub.secret"]
    signature = b"sha512=" + hmac.new(secret.encode(), body, "sha512").hexdigest().encode()

    assert await world.push.received(world.token(), {b"x-hub-signature": signature}, body) == 202
    assert await world.titles() == ["Tide 1 feed"]
    world.begin()
    await world.push.begin()
    await world.work()

    assert await world.titles() == ["Tide 1 feed", "Tide 2 push"]
    assert list(await world.archive.subscriptions.delivered()) == []


@pytest.mark.parametrize("how", [{"secret": "another"}, {"method": "sha1"}, {"method": "md5"}])
async def test_a_push_that_is_not_signed_as_agreed_is_ignored(how: Any):
    world = World()
    await world.subscribed()

    assert await world.sends(feed(item(2)), **how) == 202
    assert await world.titles() == ["Tide 1 feed"]


async def test_a_push_without_signature_or_before_it_was_confirmed_or_to_a_stranger_is_nothing():
    world = World()
    await world.visit()

    assert await world.sends(feed(item(2))) == 404
    assert await world.push.received("y" * 43, {}, feed(item(2))) == 410
    await world.confirm()
    assert await world.push.received(world.token(), {}, feed(item(2))) == 202
    await world.work()
    assert await world.titles() == ["Tide 1 feed"]


async def test_a_body_that_comes_again_is_not_taken_in_again():
    world = World()
    await world.subscribed()
    await world.sends(feed(item(2, "Old. " * 100)))
    await world.sends(feed(item(2, "New. " * 100)))

    await world.sends(feed(item(2, "Old. " * 100)))

    [two] = [record async for record in world.archive.newest(Query()) if record.title == "Tide 2"]
    assert "New." in two.text


async def test_what_cannot_be_read_and_what_is_empty_hastens_a_visit():
    world = World()
    await world.subscribed()
    world.clock.pass_by(timedelta(minutes=10))
    before = (await world.state()).next_visit

    await world.sends(b"<html><body>Sorry</body></html>")
    unread = (await world.state()).next_visit
    await world.sends(b"")

    assert before > unread == world.clock() == (await world.state()).next_visit


async def test_a_hub_that_pings_without_end_has_us_visit_every_five_minutes_at_most():
    world = World()
    await world.subscribed()

    for _ in range(3):
        await world.sends(b" \n")

    assert (await world.state()).next_visit == NOW + timedelta(minutes=5)


async def test_what_a_visit_finds_that_was_pinged_for_was_not_missed():
    world = World(answers=[feed(item(1)), feed(item(1), item(2)), feed(item(1), item(2), item(3))])
    await world.subscribed()
    world.clock.pass_by(HOUR)
    await world.visit()  # from here on a hub tells us all
    world.clock.pass_by(HOUR)

    await world.sends(b"")
    await world.visit()

    state = await world.state()
    assert await world.titles() == ["Tide 1 feed", "Tide 2 feed", "Tide 3 feed"]
    assert state is not None and state.push is not None
    assert state.push.missed == 0


async def test_what_is_reserved_in_headers_is_reserved_in_what_is_pushed():
    answer = fetched(URL, feed(item(1)))
    reserved = {**answer.document.headers, "x-robots-tag": "noarchive"}
    world = World(answers=[replace(answer, document=replace(answer.document, headers=reserved))])
    await world.subscribed()

    await world.sends(feed(item(2)))

    assert [record.reserved async for record in world.archive.newest(Query())] == [("noarchive",)] * 2


async def test_a_flood_is_refused_and_nothing_is_lost_of_what_was_taken():
    world = World()
    await world.subscribed()
    await world.archive.lease(world.clock(), 1, [URL])  # a visit that lasts

    statuses = [await world.sends(feed(item(number))) for number in range(2, 24)]
    await world.archive.release([URL])
    for _ in range(20):
        await world.work()

    assert statuses == [202] * 20 + [503] * 2
    assert len(await world.titles()) == 21


async def test_who_pushes_first_is_relied_on_and_visited_once_a_day():
    world = World()
    await world.subscribed()
    assert (await world.state()).next_visit < NOW + DAY  # until it has shown that it does
    world.clock.pass_by(HOUR)

    await world.sends(feed(item(2, date="Tue, 24 Nov 2026 12:59:00 GMT")))

    state = await world.state()
    assert (state.push.brought, state.push.doubt) == (1, 0)
    assert state.next_visit == NOW + DAY


async def test_what_a_visit_finds_and_push_did_not_bring_is_counted_and_ends_the_trust():
    late = item(3, date="Tue, 24 Nov 2026 14:00:00 GMT")
    world = World(answers=[feed(item(1)), feed(item(2), item(1)), feed(late, item(2), item(1))])
    await world.subscribed()
    world.clock.pass_by(HOUR)
    await world.sends(feed(item(2)))
    world.clock.pass_by(HOUR)
    await world.visit()  # from here on a hub tells us all
    assert (await world.state()).planned_by == "push"
    world.clock.pass_by(DAY)

    await world.visit()

    state = await world.state()
    assert (state.push.missed, state.push.missed_at) == (1, world.clock())
    assert state.next_visit < world.clock() + DAY
    assert state.planned_by != "push"


async def test_it_is_renewed_at_four_fifths_of_the_lease_under_another_callback_and_the_old_one_let_go():
    world = World()
    await world.subscribed()

    world.clock.pass_by(8 * DAY)
    await world.work()
    assert [form["hub.mode"] for form in world.hub.forms] == ["subscribe", "subscribe"]
    assert world.token(0) != world.token(1)
    assert await world.sends(feed(item(2)), 0) == 202  # the old one still holds
    await world.confirm(1)
    await world.work()

    assert world.hub.forms[2]["hub.mode"] == "unsubscribe"
    assert world.token(2) == world.token(0)
    assert await world.confirm(2) == b"why?"
    assert not world.push.knows(world.token(0))
    assert world.push.until(URL) == NOW + 18 * DAY


async def test_a_lease_that_ends_is_back_to_visits_at_once():
    world = World()
    await world.subscribed()
    world.hub.status = 500

    world.clock.pass_by(11 * DAY)
    await world.work()

    assert world.push.until(URL) is None
    assert (await world.state()).next_visit <= world.clock()


async def test_a_hub_that_refuses_or_never_asks_is_tried_again_more_and_more_seldom():
    world = World()
    world.hub.status = 500
    await world.visit()
    [one] = await world.archive.subscriptions.all()
    assert (one.failures, one.error, one.due) == (1, "500", NOW + HOUR)
    world.hub.status = 202

    world.clock.pass_by(HOUR)
    await world.work()  # asked again
    world.clock.pass_by(HOUR)
    await world.work()  # nobody asked us

    [one] = await world.archive.subscriptions.all()
    assert (one.failures, one.due) == (2, world.clock() + 2 * HOUR)
    assert one.error is not None
    assert "did not ask us" in one.error
    assert await world.confirm() is None


async def test_a_hub_that_denies_is_not_relied_on_and_left_alone_for_a_week():
    world = World()
    await world.subscribed()

    await world.push.asked(world.token(), {"hub.mode": "denied", "hub.topic": URL, "hub.reason": "no\nmore"})

    [one] = await world.archive.subscriptions.all()
    assert (one.error, one.due - NOW, world.push.until(URL)) == ("denied: no more", 7 * DAY, None)
    assert await world.sends(feed(item(2))) == 404
    assert (await world.state()).next_visit == NOW + timedelta(minutes=5)


async def test_a_source_that_is_removed_is_unsubscribed_and_then_forgotten():
    world = World()
    await world.subscribed()

    world.push.renew(world.push.terms._replace(declared={}))
    await world.work()

    assert world.hub.forms[-1]["hub.mode"] == "unsubscribe"
    assert await world.confirm() == b"why?"
    assert list(await world.archive.subscriptions.all()) == []


async def test_a_hub_that_does_not_let_us_go_is_asked_twice():
    world = World()
    await world.subscribed()
    world.push.renew(world.push.terms._replace(site=None))

    await world.work()
    assert (await world.state()).next_visit == NOW + HOUR / 2  # visits are relied on again
    for _ in range(8):
        await world.work()
        world.clock.pass_by(HOUR)

    assert [form["hub.mode"] for form in world.hub.forms] == ["subscribe", "unsubscribe", "unsubscribe"]
    assert list(await world.archive.subscriptions.all()) == []


async def test_another_hub_in_the_document_is_subscribed_instead():
    world = World(answers=[feed(item(1)), feed(item(1), hub="https://new.example/hub")])
    await world.subscribed()
    world.clock.pass_by(DAY)

    await world.visit()

    assert {(at, form["hub.mode"]) for at, form in list(zip(world.hub.at, world.hub.forms, strict=True))[1:]} == {
        ("https://new.example/hub", "subscribe"),
        (HUB, "unsubscribe"),
    }


async def test_two_pushes_of_one_digest_at_the_same_moment_are_one():
    world = World()
    await world.subscribed()
    body, secret = feed(item(2)), world.hub.forms[0]["hub.secret"]
    signature = b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()

    await asyncio.gather(*(world.push.received(world.token(), {b"x-hub-signature": signature}, body) for _ in range(5)))

    assert len(await world.archive.subscriptions.delivered()) == 1
