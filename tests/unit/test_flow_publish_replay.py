"""A replay: another feed, told again from its beginning, an instalment at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cuttings.model.feed import Feed, Located, Select, Verdict
from cuttings.web.feeds import SERVED
from tests.builders import next_revision
from tests.press import FOUR, ONE, THREE, TWO, Press, article

AGAIN = Feed(name="again", title="From the start", size=3, of=("front",), every=timedelta(days=1))
SERIAL = "feeds/again.one"


class Serial(Press):
    """Publishes a feed, and then its replay."""

    async def both(self, *records, after=timedelta(0), feed=AGAIN):
        await self.publish(*records, name="front", of=())
        self.clock.pass_by(after)
        await self.publisher.publish(feed, self.followed, {})

    def told(self):
        return [record.removesuffix(".replay") for record in self.shown(SERIAL)]


@pytest.fixture
async def serial():
    """Four articles that stand in a feed which has two in its document."""
    made = Serial()
    await made.both(TWO, FOUR, ONE, THREE)
    return made


async def test_the_first_publish_tells_the_oldest(serial):
    assert serial.told() == [ONE.id]


async def test_nothing_more_comes_before_its_turn(serial):
    await serial.both(after=timedelta(hours=23))

    assert serial.told() == [ONE.id]


async def test_the_next_one_comes_in_its_turn(serial):
    await serial.both(after=timedelta(days=1))

    assert serial.told() == [TWO.id, ONE.id]


async def test_turns_that_nobody_published_in_are_not_made_up_for(serial):
    await serial.both(after=timedelta(days=9))
    await serial.both()

    assert serial.told() == [TWO.id, ONE.id]


async def test_thirty_days_give_thirty_instalments_in_order():
    articles = [article(number) for number in range(-30, 10)]
    serial, heard = Serial(), []
    await serial.both(*articles, feed=replace(AGAIN, size=5))

    for _ in range(30):
        heard.append(serial.told()[0])
        before = dict(serial.outlet.files)
        serial.outlet.files.clear()
        serial.cache.clear()
        await serial.both(feed=replace(AGAIN, size=5))
        assert serial.outlet.files == before
        await serial.both(after=timedelta(days=1, minutes=-2), feed=replace(AGAIN, size=5))

    assert heard == [one.id for one in articles[:30]]
    assert sum(path.startswith("feeds/again/archive/") for path in serial.outlet.files) == 2 * (31 // 5)


async def test_an_instalment_has_an_id_of_its_own_and_is_dated_by_its_turn(serial):
    [told] = serial.document(SERIAL)["items"]

    assert told["id"].startswith("urn:uuid:")
    assert told["id"] not in [item["id"] for item in serial.document()["items"]]
    assert told["title"] == ONE.title


async def test_after_the_last_one_the_next_is_told_as_soon_as_there_is_one(serial):
    for _ in range(5):
        await serial.both(after=timedelta(days=1))
    assert serial.told() == [FOUR.id, THREE.id, TWO.id]

    await serial.both(article(5), article(6))

    assert serial.told() == [article(5).id, FOUR.id, THREE.id]


async def test_what_came_late_and_is_older_is_told_next(serial):
    await serial.both(article(0), after=timedelta(days=1))

    assert serial.told() == [article(0).id, ONE.id]


@pytest.mark.parametrize("action", ["drop", "withdraw"])
async def test_what_a_person_takes_out_of_the_other_feed_is_not_told(serial, action):
    serial.verdicts |= {ONE.id: Verdict(action=action), TWO.id: Verdict(action=action)}

    await serial.both(after=timedelta(days=1))

    assert serial.told() == [THREE.id]


async def test_an_article_that_changed_is_told_changed_and_once(serial):
    await serial.both(next_revision(ONE, title="No. 1, mended"))

    assert [item["title"] for item in serial.document(SERIAL)["items"]] == ["No. 1, mended"]


async def test_a_replay_may_select_among_what_the_other_feed_has(serial):
    second = Located(text="No. 2")

    await serial.both(after=timedelta(days=1), feed=replace(AGAIN, select=Select(none_words=(second,))))

    assert serial.told() == [THREE.id, ONE.id]


async def test_an_instalment_in_full_has_a_page_of_its_own_that_is_served(serial):
    await serial.both(after=timedelta(days=1), feed=replace(AGAIN, content="full"))

    path = f"articles/{TWO.id}.replay.html"
    assert f"feeds/again.html#{TWO.id}.replay" in serial.outlet.files[path][0].decode()
    assert SERVED.fullmatch(path)


async def test_why_tells_that_an_article_waits_for_its_turn(serial):
    told = await serial.publisher.standing(AGAIN, serial.followed, FOUR.id)

    assert [(reason.rule, reason.fact) for reason in told] == [("replay", "again: waits for its turn")]


async def test_a_replay_of_a_feed_that_was_never_published_is_empty():
    serial = Serial()

    await serial.publisher.publish(AGAIN, serial.followed, {})

    assert serial.told() == []
