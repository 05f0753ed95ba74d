"""What every archive promises of who is told when a document of ours changes."""

from dataclasses import replace

from cuttings.model.hub import Listener
from tests.builders import NOW, at

TOPIC = "https://mine.example/feeds/front.atom"


def listener(callback="https://reader.example/cb?a=%20b", **changes):
    whole = Listener(topic=TOPIC, callback=callback, host="reader.example", due=at(10))
    return replace(whole, **changes)


async def test_a_listener_comes_back_as_it_was_kept_and_the_last_word_holds(archive):
    whole = listener(secret="ä" * 50, expires=at(60), told=NOW, sent=at(1), failures=3)

    await archive.listeners.keep([listener(), whole])

    assert await archive.listeners.get(TOPIC, whole.callback) == whole
    assert list(await archive.listeners.of(TOPIC)) == [whole]


async def test_who_is_due_comes_the_longest_due_first_and_no_more_than_asked_for(archive):
    await archive.listeners.keep(
        [listener(name, due=at(due)) for name, due in [("a", 3), ("b", 1), ("c", 2), ("d", 9)]]
    )

    assert [one.callback for one in await archive.listeners.due(at(5), 2, 9)] == ["b", "c"]


async def test_one_host_has_only_its_share_of_who_is_due(archive):
    theirs = [listener(name, due=at(1)) for name in "abc"]
    await archive.listeners.keep([*theirs, listener("d", host="other.example", due=at(2))])

    assert [one.callback for one in await archive.listeners.due(at(5), 9, 2)] == ["a", "b", "d"]


async def test_listeners_are_found_by_topic_and_counted_by_host(archive):
    other = listener("https://other.example/", topic="https://mine.example/feeds/a.rss", host="other.example")
    await archive.listeners.keep([listener("b"), listener("a"), other])

    assert [one.callback for one in await archive.listeners.of(TOPIC)] == ["a", "b"]
    assert list(await archive.listeners.topics()) == [other.topic, TOPIC]
    hosts = ("reader.example", "other.example", "none.example", None)
    assert [await archive.listeners.count(host) for host in hosts] == [2, 1, 0, 3]


async def test_who_is_forgotten_is_gone_and_may_be_forgotten_twice(archive):
    await archive.listeners.keep([listener("a"), listener("b")])

    await archive.listeners.forget(TOPIC, "a")
    await archive.listeners.forget(TOPIC, "a")

    assert await archive.listeners.get(TOPIC, "a") is None
    assert [one.callback for one in await archive.listeners.of(TOPIC)] == ["b"]
