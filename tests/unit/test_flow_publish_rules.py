"""What rules make of arrivals, why, and what a trial tells of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cuttings.errors import ConfigErrors
from cuttings.model.article import Record
from cuttings.model.feed import Feed, FeedKey, Located, Select
from tests.builders import NOW, next_revision, visit
from tests.press import FOUR, ONE, THREE, TWO, Press, article


@pytest.fixture
async def press():
    """A feed whose first decision is behind it."""
    made = Press()
    await made.publish()
    return made


# -- rules


async def test_words_select_by_text_and_leave_what_they_do_not_find_in_the_history(press):
    press.feed = replace(press.feed, select=Select(none_words=(Located(text="sponsored"),)))
    await press.publish(ONE, TWO, replace(THREE, text="Sponsored by us."))
    assert press.shown() == [TWO.id, ONE.id]

    await press.publish(next_revision(ONE, text="Now sponsored."))

    assert press.shown() == [TWO.id]
    assert ONE.id in press.shown("feeds/front/archive/000001.one")


async def test_what_gets_too_old_leaves_when_something_newer_arrives_not_by_itself(press):
    press.feed = replace(press.feed, select=Select(newer_than=timedelta(hours=12)))
    await press.publish(ONE, TWO)
    await press.publish()
    assert press.shown() == [TWO.id, ONE.id]

    await press.publish(article(10, first_seen=NOW + timedelta(hours=3, minutes=30)))

    assert press.shown() == [article(10).id, TWO.id]
    assert (await press.reasons(ONE))[-1] == (
        "newer_than",
        "front: off the document: is of 2026-11-24 03:00, before 2026-11-24 03:30",
    )


async def test_a_pin_keeps_what_is_too_old(press):
    press.feed = replace(press.feed, select=Select(newer_than=timedelta(hours=12)))
    press.pick(ONE, pin=True)

    await press.publish(ONE, TWO)
    await press.publish(article(10, first_seen=NOW + timedelta(days=3), published=NOW + timedelta(days=3)))

    assert press.shown() == [ONE.id, article(10).id]


async def test_a_faulty_rule_publishes_nothing(press):
    with pytest.raises(ConfigErrors):
        await press.publish(ONE, select=Select(where=Located(text="record.titel == ''")))

    assert press.shown() == []


# -- reasons


async def test_each_step_of_an_article_in_a_feed_has_its_reason_and_no_second_one(press):
    press.pick(ONE, action="hold")
    await press.publish(ONE, revisions="announce")
    press.pick(ONE, action=None)
    await press.publish()
    await press.publish(next_revision(ONE, title="Corrected"), TWO)
    await press.publish(THREE, FOUR)
    await press.publish(replace(ONE, revision=3))
    press.pick(ONE, action="drop")
    for _ in range(2):
        await press.publish()
    press.pick(ONE, action="withdraw")
    await press.publish()
    press.pick(ONE, action="add")
    await press.publish()

    assert [rule for rule, _ in await press.reasons(ONE)] == ["live", "announce", "drop", "withdraw", "add", "shown"]
    assert (await press.reasons(ONE))[0] == ("live", "front: entered as no. 1: it was held, and is released")
    assert (await press.reasons(TWO))[0] == ("live", "front: entered as no. 2: it is new")


async def test_what_is_turned_away_once_more_gets_no_further_reason(press):
    press.pick(ONE, action="drop")
    twin = article(5, story=TWO.story)
    await press.publish(ONE, TWO, twin)
    press.pick(TWO, action="drop")
    await press.publish()

    await press.publish(next_revision(TWO, title="Again"), select=Select(languages=("en",)))

    told = [[rule for rule, _ in await press.reasons(one)] for one in (ONE, TWO, twin)]
    assert told == [[], ["live", "drop"], ["story"]]


async def test_who_enters_quietly_learns_why():
    press = Press()
    await press.publish(ONE)
    await press.publish(replace(TWO, arrival="quiet"))
    await press.publish(article(5), article(6), article(7))
    await press.publish(replace(THREE, categories=("sea",)), select=Select(tags=("land",)))
    await press.publish(select=Select())

    facts = {one.id: (await press.reasons(one))[0][1].partition(": ")[2] for one in (ONE, TWO, article(5), THREE)}

    assert facts == {
        ONE.id: "entered as no. 1: the feed began with it",
        TWO.id: "entered as no. 2: it arrived as an old one",
        article(5).id: "entered as no. 3: more than 2 came at once",
        THREE.id: "entered as no. 6: it was in the archive before it was let in",
    }


async def test_how_an_article_stands_in_a_feed_is_told(press):
    press.feed = replace(press.feed, select=Select(languages=("en",)))
    await press.publish(ONE, TWO)
    await press.publish(THREE, replace(FOUR, language="de"), article(5, story=ONE.story))
    press.pick(TWO, action="drop")
    await press.publish()
    await press.archive.commit(visit(article(6)))

    async def stands(of: Record, **changes: Any) -> list[str]:
        feed = replace(press.feed, **changes)
        told = await press.publisher.standing(feed, press.followed, of.id, press.verdicts)
        assert {reason.step for reason in told} <= {"feed"}
        return [reason.rule for reason in told]

    assert await stands(ONE) == ["live", "document", "page"]
    assert await stands(TWO) == ["live", "drop", "page"]
    press.pick(ONE, action="add", pin=True, title="High Water", note="Read this first.")
    assert await stands(ONE) == ["live", "add", "pin", "retitle", "note", "document", "page"]
    assert await stands(article(4)) == ["languages"]
    assert await stands(article(5)) == ["story"]
    assert await stands(article(6)) == ["select"]
    assert await stands(article(6), approval="desk") == ["approval"]
    assert await stands(article(7)) == []


# -- trying


async def test_a_trial_tells_what_a_publish_then_does_and_writes_nothing(press):
    await press.publish(ONE, TWO)
    await press.archive.commit(visit(THREE, next_revision(TWO, title="Two")))
    press.pick(ONE, action="withdraw")
    files, head = dict(press.outlet.files), press.archive.look(FeedKey("front")).head
    press.feed = replace(press.feed, select=Select(none_words=(Located(text="Nothing"),)))

    tried = await press.publisher.preview(press.feed, press.followed, press.verdicts)
    assert (press.outlet.files, press.archive.look(FeedKey("front")).head) == (files, head)
    done = await press.publish()

    told = [(one.what, one.record, one.title, one.rule) for one in tried.changes]
    assert told == [
        ("enters", THREE.id, "No. 3", "live"),
        ("withdrawn", ONE.id, "No. 1", "withdraw"),
        ("changes", TWO.id, "Two", "shown"),
    ]
    assert tried.changes[2].fact == "revision 1 -> 2"
    assert (done.entered, tried.pages) == (1, done.pages)


async def test_a_trial_of_what_is_published_already_tells_nothing(press):
    await press.publish(ONE, TWO)
    await press.archive.commit(visit(replace(THREE, language="de")))

    tried = await press.publisher.preview(
        replace(press.feed, select=Select(languages=("en",))), press.followed, press.verdicts
    )

    assert (tried.changes, tried.pages, tried.moved) == ([], 0, False)


async def test_a_trial_says_by_which_rule_an_article_would_leave_or_return(press):
    await press.publish(ONE, TWO)
    await press.publish(THREE)
    press.pick(TWO, action="drop")
    without = Select(any_words=(Located(text="/no. [12]/"),))

    tried = await press.publisher.preview(replace(press.feed, select=without), press.followed, press.verdicts)

    assert [(one.what, one.record, one.rule, one.fact) for one in tried.changes] == [
        ("leaves", THREE.id, "any_words", "has none of them"),
        ("leaves", TWO.id, "drop", "a person picked so"),
        ("returns", ONE.id, "size", "there is room for it"),
    ]


async def test_a_feed_that_never_was_can_be_tried(press):
    await press.publish(ONE)

    tried = await press.publisher.preview(Feed(name="new", title="New"), press.followed)

    assert [one.what for one in tried.changes] == ["enters"]
    assert await press.publisher.preview(Feed(name="new", title="New"), press.followed) == tried
