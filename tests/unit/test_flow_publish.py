"""What publishing makes of what happened; that its promises hold is shown by the machine in tests.promises."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.errors import ArchiveDamaged
from cuttings.flow.publish import Published
from cuttings.model.article import Channel, SourceKey
from cuttings.model.feed import Feed, FeedKey, Select
from cuttings.render.html import OURS, Pages
from cuttings.render.theme import Templates
from cuttings.text.digest import urn_of
from tests.builders import DAILY, NOW, next_revision, record, source, state, visit
from tests.press import FOUR, ONE, THREE, TWO, Press, article
from tests.publishing import SITE, form, publisher

OTHER = SourceKey("https://other.example/feed.xml")


@pytest.fixture
async def press():
    """A feed whose first decision is behind it."""
    made = Press()
    await made.publish()
    return made


async def test_a_first_publish_makes_all_quiet_and_shows_the_newest():
    press = Press()

    done = await press.publish(ONE, TWO, THREE)

    assert done == Published(feed="front", entered=3, entries=2, pages=2, written=6)
    assert press.shown() == [THREE.id, TWO.id]
    assert press.document()["prev"] == "feeds/front/archive/000002.one"
    assert press.shown("feeds/front/archive/000001.one") == [ONE.id, TWO.id]


async def test_pages_come_before_the_document_that_leads_to_them_and_before_the_page_that_leads_on(press):
    await press.publish(ONE, TWO)
    press.outlet.written.clear()

    await press.publish(THREE, FOUR)

    names = [path.removeprefix("feeds/front").removesuffix(".one") for path in press.outlet.written if "one" in path]
    assert names == ["/archive/000002", "", "/archive/000001"]


async def test_news_comes_to_the_front_and_late_news_too(press):
    await press.publish(TWO, THREE)

    await press.publish(ONE)

    assert press.shown() == [THREE.id, ONE.id]


async def test_old_articles_do_not_displace_the_live(press):
    await press.publish(ONE, TWO)

    await press.publish(article(8, arrival="quiet"), article(9, arrival="quiet"))

    assert press.shown() == [TWO.id, ONE.id]
    assert press.shown("feeds/front/archive/000002.one") == [article(8).id, article(9).id]


async def test_what_is_not_changed_is_not_written(press):
    await press.publish(ONE)
    press.outlet.written.clear()

    done = await press.publish()

    assert (done.written, press.outlet.written) == (0, [])


async def test_an_entry_is_rendered_once(press):
    await press.publish(ONE)
    rendered = len(press.cache)

    press.outlet.files.clear()
    await press.publish()

    assert rendered == len(press.cache) == 2


async def test_twins_of_one_story_enter_once(press):
    twin = article(2, story=ONE.story)

    await press.publish(ONE)
    await press.publish(twin)

    assert press.shown() == [ONE.id]
    [(_, reason)] = await press.archive.reasons(twin.id)
    assert (reason.step, reason.rule) == ("place", "story")


async def test_of_two_twins_at_once_the_first_by_date_enters(press):
    await press.publish(article(2, story=ONE.story), ONE)

    assert press.shown() == [ONE.id]


async def test_a_feed_that_keeps_duplicates_takes_both(press):
    await press.publish(ONE, article(2, story=ONE.story), duplicates="keep")

    assert press.shown() == [TWO.id, ONE.id]


async def test_the_twin_of_a_dropped_article_stays_out_until_the_drop_is_taken_back(press):
    twin = article(2, story=ONE.story, published=NOW - timedelta(days=30))
    press.pick(ONE, action="drop")
    await press.publish(ONE)
    await press.publish(twin)
    assert press.shown() == []

    press.pick(ONE, action=None)
    await press.publish()

    assert press.shown() == [twin.id]


async def test_a_pick_enters_whatever_the_rules_say(press):
    press.pick(ONE, action="add")

    await press.publish(ONE, TWO, select=Select(tags=("none has it",)))

    assert press.shown() == [ONE.id]


async def test_behind_the_desk_nothing_enters_unpicked(press):
    press.pick(TWO, pin=True)

    await press.publish(ONE, TWO, approval="desk")

    assert press.shown() == [TWO.id]


async def test_what_is_held_enters_live_when_it_is_released(press):
    press.pick(ONE, action="hold")
    await press.publish(ONE)
    await press.publish(TWO, THREE)
    assert press.shown() == [THREE.id, TWO.id]

    press.pick(ONE, action=None)
    await press.publish()

    place = press.archive.look(FeedKey("front")).place(ONE.id)
    assert place is not None
    assert place.live
    assert press.shown() == [THREE.id, ONE.id]


async def test_pins_stand_first_and_on_top_of_the_size(press):
    await press.publish(ONE)
    await press.publish(TWO, THREE)
    press.pick(ONE, pin=True)

    await press.publish()

    assert press.shown() == [ONE.id, THREE.id, TWO.id]


async def test_what_is_dropped_leaves_the_document_for_a_page(press):
    await press.publish(ONE)
    press.pick(ONE, action="drop")

    await press.publish()

    assert press.shown() == []
    assert press.shown("feeds/front/archive/000001.one") == [ONE.id]


async def test_what_is_withdrawn_leaves_pages_too_and_comes_back_only_when_added(press):
    await press.publish(ONE, TWO)
    press.pick(ONE, action="withdraw")
    await press.publish()
    assert (press.shown(), press.shown("feeds/front/archive/000001.one")) == ([TWO.id], [TWO.id])

    press.pick(ONE, action=None)
    await press.publish()
    assert press.shown() == [TWO.id]

    press.pick(ONE, action="add")
    await press.publish()
    assert press.shown() == [TWO.id, ONE.id]


async def test_an_authors_revision_moves_updated_and_ours_does_not(press):
    await press.publish(ONE)
    entered = press.document()["items"][0]["updated"]

    await press.publish(ours := next_revision(ONE, title="Tides!", cause="ours", arrival="quiet"))
    [reread] = press.document()["items"]
    await press.publish(next_revision(ours, title="Tides, corrected", cause="author", arrival="ordinary"))
    [corrected] = press.document()["items"]

    assert (reread["title"], reread["updated"]) == ("Tides!", entered)
    assert (corrected["title"], corrected["updated"]) == ("Tides, corrected", press.clock.now.isoformat())


async def test_a_feed_that_ignores_revisions_shows_what_it_showed(press):
    await press.publish(ONE)
    await press.publish(next_revision(ONE, title="Second"))

    await press.publish(next_revision(next_revision(ONE), title="Third"), revisions="ignore")

    assert press.document()["items"][0]["title"] == "Second"


async def test_a_revision_is_announced_by_a_place_at_the_front():
    press = Press(revisions="announce")
    await press.publish()
    await press.publish(ONE)
    await press.publish(TWO, THREE)

    await press.publish(next_revision(ONE, title="Corrected"))

    assert press.shown() == [THREE.id, ONE.id]
    assert press.document()["items"][1]["id"] == press.document("feeds/front/archive/000001.one")["items"][0]["id"]


async def test_an_open_quiet_line_becomes_live_when_its_article_is_announced():
    press = Press(revisions="announce", size=3)
    await press.publish()
    await press.publish(replace(ONE, arrival="quiet"))

    await press.publish(next_revision(ONE, title="Corrected"))

    [line] = press.archive.look(FeedKey("front")).lines(ONE.id)
    assert (line.live, line.page) == (True, None)


async def test_announcements_over_the_size_wait_for_the_next_arrival_and_not_for_the_next_publish():
    press = Press(revisions="announce", size=1)
    await press.publish()
    await press.publish(ONE)
    await press.publish(TWO)

    await press.publish(next_revision(ONE), next_revision(TWO))
    first = press.shown()
    await press.publish()
    again = press.shown()
    await press.publish(replace(THREE, arrival="quiet"))

    assert (first, again, press.shown()) == ([ONE.id], [ONE.id], [TWO.id])


async def test_an_announcement_that_waits_is_off_when_its_article_is_dropped():
    press = Press(revisions="announce", size=1)
    await press.publish()
    await press.publish(ONE)
    await press.publish(TWO)
    await press.publish(next_revision(ONE), next_revision(TWO))
    press.pick(TWO, action="drop")

    await press.publish()

    view = press.archive.look(FeedKey("front"))
    assert (len(view.lines(TWO.id)), len(view.due()), press.shown()) == (1, 0, [ONE.id])


async def test_a_person_can_retitle_and_note(press):
    press.pick(ONE, title="High tides", note="Read this first.")

    await press.publish(ONE)

    [item] = press.document()["items"]
    assert (item["title"], item["note"]) == ("High tides", "Read this first.")


async def test_the_same_guid_in_two_sources_is_two_ids(press):
    twin = record("a", source=OTHER, guid=ONE.guid, published=ONE.published)

    await press.publish(ONE)
    await press.publish(twin)

    assert {item["id"] for item in press.document()["items"]} == {ONE.guid, urn_of(twin.id)}


async def test_a_stranger_cannot_take_the_id_that_another_record_would_get(press):
    victim = record("12", guid="12")
    thief = record("t", source=OTHER, guid=urn_of(victim.id))

    await press.publish(thief)
    await press.publish(victim)

    ids = [item["id"] for item in press.document()["items"]]
    assert len(set(ids)) == 2


async def test_a_renamed_feed_and_a_moved_site_change_no_id_and_old_paths_are_written(press):
    await press.publish(ONE, TWO)
    before = press.document()

    press.site = replace(SITE, url="https://moved.example/")
    await press.publish(name="news", formerly=("front",))

    after = press.document("feeds/news.one")
    assert press.outlet.files["feeds/front.one"] == press.outlet.files["feeds/news.one"]
    assert (after["id"], [item["id"] for item in after["items"]]) == (
        before["id"],
        [item["id"] for item in before["items"]],
    )
    assert (after["site"], after["prev"]) == ("https://moved.example/", "feeds/news/archive/000001.one")


async def test_a_page_keeps_the_words_of_its_time(press):
    await press.publish(ONE, TWO)

    await press.publish(title="All the news")

    assert press.document()["title"] == "All the news"
    assert press.document("feeds/front/archive/000001.one")["title"] == "Front page"


async def test_a_source_is_credited_by_its_own_title(press):
    press.states[DAILY] = state(DAILY, channel=Channel(title="The Daily"))

    await press.publish(ONE)

    assert press.document()["items"][0]["origin"] == "The Daily"


async def test_a_source_with_a_secret_in_its_address_is_credited_without_it_for_ever(press):
    press.states[DAILY] = state(DAILY, channel=Channel(title="The Daily"))
    press.sources[DAILY] = source(url=DAILY, secret=True)
    await press.publish(ONE)
    first = await press.credited(ONE)

    press.sources.clear()  # nobody knows now that it holds a secret
    await press.publish(TWO)

    assert (first.title, first.url) == ("The Daily", None)
    assert await press.credited(ONE) == first
    assert (await press.credited(TWO)).url is None


async def test_a_source_without_secret_is_credited_with_its_address(press):
    await press.publish(ONE)

    assert (await press.credited(ONE)).url == DAILY


async def test_a_ceiling_bounds_every_feed_and_takes_text_out_of_pages(press):
    await press.publish(ONE, TWO, content="full")
    assert [item["extent"] for item in press.document("feeds/front/archive/000001.one")["items"]] == ["full", "full"]

    press.sources[DAILY] = source(url=DAILY, republish="link")
    await press.publish()

    for path in ("feeds/front.one", "feeds/front/archive/000001.one"):
        assert {item["extent"] for item in press.document(path)["items"]} == {"link"}
    assert not [path for path in press.outlet.files if path.startswith("articles/")]


@pytest.mark.parametrize(
    ("reserved", "republish", "extent"),
    [
        ("noarchive", None, "summary"),
        ("no-store", "full", "summary"),  # a ceiling, and lifts none
        ("locked", "full", "summary"),
        ("noarchive", "link", "link"),
        ("tdm", "full", "full"),  # speaks of mining: told, and no word against giving on
    ],
)
async def test_what_a_publisher_reserves_is_not_given_on_in_full(press, reserved, republish, extent):  # RB-8
    press.sources[DAILY] = source(url=DAILY, republish=republish)

    await press.publish(replace(ONE, reserved=(reserved,)), content="full")

    assert [item["extent"] for item in press.document()["items"]] == [extent]


async def test_what_is_reserved_later_on_is_taken_out_of_pages_too_and_no_other(press):
    await press.publish(ONE, TWO, content="full")

    await press.publish(ONE.followed_by_itself(reserved=("noarchive",), cause="ours", arrival="quiet"))

    for path in ("feeds/front.one", "feeds/front/archive/000001.one"):
        extents = {item["record"]: item["extent"] for item in press.document(path)["items"]}
        assert extents == {ONE.id: "summary", TWO.id: "full"}
    assert [path for path in press.outlet.files if path.startswith("articles/")] == [f"articles/{TWO.id}.html"]


async def test_a_source_that_is_followed_no_longer_gives_no_more_than_before(press):
    press.sources[DAILY] = source(url=DAILY, republish="link")
    await press.publish(ONE, content="full")

    press.sources.clear()
    await press.publish(TWO)

    assert [item["extent"] for item in press.document()["items"]] == ["summary", "link"]


async def test_an_article_has_a_page_of_its_own_only_where_all_of_it_is_shown(press):
    await press.publish(replace(ONE, url=None), content="full")
    path = f"articles/{ONE.id}.html"
    assert b"High." in press.outlet.files[path][0]
    assert press.document()["items"][0]["link"] == f"https://cuttings.example/{path}"

    await press.publish(content="summary")

    assert path not in press.outlet.files
    assert press.document()["items"][0]["link"] is None


async def test_an_article_that_another_feed_shows_in_full_keeps_its_page(press):
    other = Feed(name="other", title="Other", content="full")
    await press.publish(ONE, content="full")
    await press.publisher.publish(other, press.followed)

    await press.publish(content="summary")

    assert f"articles/{ONE.id}.html" in press.outlet.files


async def test_a_file_that_somebody_deleted_is_made_again_byte_by_byte(press):
    await press.publish(ONE, TWO)
    before = dict(press.outlet.files)
    del press.outlet.files["feeds/front/archive/000001.two"]
    press.clock.pass_by(timedelta(days=1))

    done = await press.publisher.publish(press.feed, press.followed, thorough=True)

    assert (done.written, press.outlet.files) == (1, before)


async def test_another_version_of_a_format_writes_all_its_files_again(press):
    await press.publish(ONE, TWO)
    times = {path: at for path, (_, at) in press.outlet.files.items()}
    newer = publisher(press.archive, press.archive, press.outlet, press.clock, formats=(form("one", 2), form("two")))

    await newer.publish(press.feed, press.followed)

    assert press.document()["version"] == 2
    assert all(at > times[path] for path, (_, at) in press.outlet.files.items())


async def test_another_theme_writes_the_pages_once_more_and_no_more(press):
    themed = Pages(Templates({Path("theme/extra.css"): "p{color:red}"}))
    plain, other = (
        publisher(press.archive, press.archive, press.outlet, press.clock, pages=pages, formats=(pages.format,))
        for pages in (OURS, themed)
    )
    await press.archive.commit(visit(ONE, TWO, THREE))
    await plain.publish(press.feed, press.followed)
    press.outlet.written.clear()

    done = await other.publish(press.feed, press.followed)
    again = await other.publish(press.feed, press.followed)

    assert (done.written, again.written) == (len(press.outlet.written), 0)
    assert "feeds/front/archive/000001.html" in press.outlet.written
    assert all(b"p{color:red}" in press.outlet.files[path][0] for path in press.outlet.written)


async def test_files_that_belong_to_nobody_are_deleted(press):
    await press.publish(ONE)
    strays = ["feeds/gone.one", "feeds/gone/archive/000001.one", "feeds/front.old", "articles/x.html"]
    for path in strays:
        await press.outlet.put(path, b"", NOW)

    await press.publisher.publish_site([press.feed], press.followed, thorough=True)

    assert not set(strays) & set(press.outlet.files)
    assert "feeds/front.one" in press.outlet.files


async def test_the_site_has_a_front_page_a_blogroll_and_a_list_of_feeds(press):
    await press.publish(ONE)

    first = await press.publisher.publish_site([press.feed], press.followed)
    press.clock.pass_by(timedelta(days=1))
    again = await press.publisher.publish_site([press.feed], press.followed)

    assert (first, again) == (4, 0)
    assert b"No. 1" in press.outlet.files["index.html"][0]
    assert DAILY.encode() in press.outlet.files["blogroll.opml"][0]
    assert "feeds/front.one" in press.outlet.files["feeds.json"][0].decode()
    assert b">daily</a>" in press.outlet.files["sources.html"][0]


async def test_the_list_of_sources_is_written_when_a_source_falls_ill_and_not_when_it_is_visited(press):
    async def written(**known: Any) -> list[str]:
        press.outlet.written.clear()
        states = {DAILY: state(DAILY, met=NOW, **known)}
        await press.publisher.publish_site([press.feed], replace(press.followed, states=states))
        return list(press.outlet.written)

    await written()

    assert await written(last_visit=NOW, failures=1) == []
    assert await written(last_visit=NOW, failures=3, failing_since=NOW, error="503") == ["sources.html"]
    assert await written(last_visit=NOW) == ["sources.html"]


async def test_a_feed_that_was_never_published_is_on_the_front_page():
    press = Press()
    unborn = publisher(press.archive, press.archive, press.outlet, press.clock)

    await unborn.publish_site([press.feed], press.followed)

    assert b"Front page" in press.outlet.files["index.html"][0]


async def test_a_record_that_the_archive_lost_is_damage_and_nothing_is_written(press):
    class Lost(MemoryArchive):
        async def many(self, wanted: Any) -> Any:
            return {}

    lost = Lost(press.clock)
    await lost.commit(visit(ONE))
    with pytest.raises(ArchiveDamaged, match=ONE.id):
        await publisher(lost, lost, press.outlet, press.clock).publish(replace(press.feed, name="lost"), press.followed)

    assert "feeds/lost.one" not in press.outlet.files


# -- one story in several sources


async def both_followed(press: Press, *first: SourceKey, **changes: Any) -> None:
    """Follow two sources, in this order."""
    press.sources = {key: source("daily" if key == DAILY else "other", url=key) for key in first}
    press.states = {key: state(key, channel=Channel(title=key.split("/")[2])) for key in first}
    await press.publish(**changes)


def also(press: Press, of: Any) -> list[str]:
    edition = press.archive._feeds[FeedKey("front")].head.edition
    assert edition is not None
    return [f"{one.title} {one.url}" for item in edition.items if item.record == of.id for one in item.shown.also]


TOLD_ELSEWHERE = article(2, source=OTHER, story=ONE.story, url="https://other.example/2")


async def test_of_two_at_once_the_source_that_is_named_first_tells_the_story(press):
    await both_followed(press, OTHER, DAILY)

    await press.publish(ONE, TOLD_ELSEWHERE)

    assert press.shown() == [TOLD_ELSEWHERE.id]
    assert also(press, TOLD_ELSEWHERE) == ["daily.example https://daily.example/1"]


async def test_a_feeds_own_order_of_sources_goes_before_the_files(press):
    await both_followed(press, OTHER, DAILY, select=Select(sources=("daily", "other")))

    await press.publish(ONE, TOLD_ELSEWHERE)

    assert press.shown() == [ONE.id]


async def test_what_comes_later_is_listed_and_what_entered_stays(press):
    await both_followed(press, OTHER, DAILY)
    await press.publish(ONE)
    before = press.document()["updated"]

    await press.publish(TOLD_ELSEWHERE)

    assert press.shown() == [ONE.id]
    assert also(press, ONE) == ["other.example https://other.example/2"]
    assert press.document()["updated"] > before


async def test_a_story_that_comes_apart_is_not_listed_any_more_and_its_other_half_enters(press):
    await both_followed(press, OTHER, DAILY)
    await press.publish(ONE, TOLD_ELSEWHERE)

    await press.publish(next_revision(ONE, story="of its own", cause="ours", arrival="quiet"))

    assert sorted(press.shown()) == sorted([ONE.id, TOLD_ELSEWHERE.id])
    assert also(press, TOLD_ELSEWHERE) == []


async def test_what_the_feed_would_not_let_in_is_not_listed(press):
    await both_followed(press, OTHER, DAILY, select=Select(sources=("daily",)))
    await press.publish(ONE, TOLD_ELSEWHERE)
    assert also(press, ONE) == []

    await press.publish(select=Select())
    assert also(press, ONE) != []
    press.pick(TOLD_ELSEWHERE, action="drop")
    await press.publish()
    assert also(press, ONE) == []
