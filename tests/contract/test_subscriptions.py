"""What every archive promises of our subscriptions, and of what was pushed to us."""

from dataclasses import replace

from cuttings.model.push import Delivery, Subscription
from tests.builders import DAILY, NOW, at


def subscription(token="t" * 43, **changes):
    whole = Subscription(
        callback=f"https://mine.example/websub/callback/{token}",
        source=DAILY,
        hub="https://hub.example/",
        topic="https://daily.example/feed.xml",
        due=at(10),
    )
    return replace(whole, **changes)


def delivery(body=b"<rss/>", **changes):
    return replace(Delivery(source=DAILY, topic="https://daily.example/feed.xml", at=NOW, body=body), **changes)


async def test_a_subscription_comes_back_as_it_was_kept_and_the_last_word_holds(archive):
    whole = subscription(
        secret="s" * 43, pending="unsubscribe", asked=NOW, confirmed=at(-5), expires=at(60), failures=2, error="no"
    )
    whole = replace(whole, seen=(b"one", b"two"))

    await archive.subscriptions.keep([subscription(), subscription("u" * 43), whole])

    assert list(await archive.subscriptions.all()) == [whole, subscription("u" * 43)]


async def test_a_subscription_that_is_forgotten_is_gone_and_may_be_forgotten_twice(archive):
    await archive.subscriptions.keep([subscription(), subscription("u" * 43)])

    await archive.subscriptions.forget(["t" * 43])
    await archive.subscriptions.forget(["t" * 43])

    assert list(await archive.subscriptions.all()) == [subscription("u" * 43)]


async def test_what_was_pushed_waits_in_order_until_it_is_taken_in(archive):
    first = await archive.subscriptions.deliver(delivery(b"a" * 100_000), subscription())
    second = await archive.subscriptions.deliver(delivery(b"b"), subscription(seen=(b"b",)))

    assert list(await archive.subscriptions.delivered()) == [(first, DAILY, 100_000), (second, DAILY, 1)]
    assert await archive.subscriptions.delivery(first) == delivery(b"a" * 100_000)
    assert list(await archive.subscriptions.all()) == [subscription(seen=(b"b",))]

    await archive.subscriptions.taken([first, first])

    assert await archive.subscriptions.delivery(first) is None
    assert [number for number, _, _ in await archive.subscriptions.delivered()] == [second]


async def test_the_number_of_a_delivery_is_never_given_again(archive):
    first = await archive.subscriptions.deliver(delivery(), subscription())
    await archive.subscriptions.taken([first])

    assert await archive.subscriptions.deliver(delivery(), subscription()) != first
