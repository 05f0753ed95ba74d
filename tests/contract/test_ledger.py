"""What every archive promises of its feeds' ledgers."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from cuttings.model.article import RecordId, SourceKey
from cuttings.model.feed import Address, Candidate, Decision, Edition, FeedKey, Head, Origin, Verdict
from tests.builders import DAILY, NOW, at, line, next_revision, page, page_item, place, reason, record, shown, visit

FRONT = FeedKey("front")
ONE, TWO, THREE = (record(f"https://daily.example/{n}", published=at(-n)) for n in (1, 2, 3))


@pytest.fixture
async def ledger(archive):
    await archive.open(["front"], lambda: "urn:uuid:front", NOW)
    await archive.open(["back"], lambda: "urn:uuid:back", NOW)
    return archive


async def decide(ledger, key=FRONT, **changes):
    """Commit a decision."""
    return await ledger.decide(key, lambda view: Decision(**({"head": view.head} | changes)))


async def look(ledger, question, key=FRONT):
    """Return what a question finds in a view."""
    found = []

    def decision(view):
        found.append(question(view))
        return Decision(head=view.head)

    await ledger.decide(key, decision)
    return found[-1]


async def test_who_only_looks_begins_no_ledger(archive):
    assert await archive.begun(["front"]) is None

    head = await archive.open(["front"], lambda: "urn:uuid:1", NOW)

    assert await archive.begun(["page-one", "front"]) == head
    assert await archive.begun(["page-one"]) is None


async def test_a_feed_keeps_its_first_name_and_its_id(archive):
    first = await archive.open(["front"], lambda: "urn:uuid:1", NOW)
    renamed = await archive.open(["page-one", "front"], lambda: "urn:uuid:2", at(1))
    again = await archive.open(["page-one"], lambda: "urn:uuid:3", at(2))
    other = await archive.open(["other"], lambda: "urn:uuid:4", at(3))

    assert (first.key, first.feed_id, first.mark) == ("front", "urn:uuid:1", None)
    assert renamed == again == first
    assert (other.key, other.feed_id) == ("other", "urn:uuid:4")


async def test_a_head_comes_back_as_it_was_decided(ledger):
    head = Head(title="Front", language="en", site_title="Mine")
    address = Address(site_url="https://mine.example/", names=("front", "old"), versions=(("atom", 1), ("rss", 2)))
    items = (page_item(ONE.id, shown=shown(2, title="Retitled", note="Read this", origin=Origin())),)
    whole = replace(
        await ledger.head(FRONT),
        time=at(1),
        mark=7,
        rules="digest",
        ceilings="another digest",
        verdicts={ONE.id: Verdict(action="hold"), TWO.id: Verdict(pin=True, title="Look")},
        address=address,
        addressed=at(1),
        edition=Edition(items=items, pages=1, head=head, address=address, updated=at(1)),
        pages=1,
        lines=3,
        places=2,
    )

    returned = await decide(ledger, head=whole)

    assert returned.head == whole
    assert await ledger.head(FRONT) == whole
    assert (await ledger.head(FeedKey("back"))).mark is None


async def test_a_view_sees_the_archive(ledger):
    empty = await look(ledger, lambda view: (view.commit, view.newest_seen, list(view.arrivals(0))))
    number = await ledger.commit(visit(replace(ONE, first_seen=at(3)), TWO))

    commit, seen = await look(ledger, lambda view: (view.commit, view.newest_seen))

    assert empty == (0, None, [])
    assert (commit, seen) == (number, at(3))


async def test_arrivals_are_what_later_commits_brought(ledger):
    first = await ledger.commit(visit(ONE))
    second = await ledger.commit(visit(TWO))
    await ledger.commit(visit(next_revision(ONE, title="Changed")))

    def arrivals(after):
        return lambda view: {found.id: found.revision for found in view.arrivals(after)}

    assert await look(ledger, arrivals(0)) == {ONE.id: 2, TWO.id: 1}
    assert await look(ledger, arrivals(first)) == {ONE.id: 2, TWO.id: 1}
    assert await look(ledger, arrivals(second)) == {ONE.id: 2}


async def test_who_holds_a_published_id_is_told_whichever_feed_it_is_in(ledger):
    await decide(ledger, places=[place(ONE.id, published_id="17 at old")])
    await decide(ledger, FeedKey("back"), places=[place(TWO.id, published_id="urn:two")])

    assert await ledger.holders(["urn:two", "17 at old", "urn:three"]) == {"17 at old": ONE.id, "urn:two": TWO.id}


async def test_a_candidate_says_what_the_newest_revision_says(ledger):
    odd = replace(ONE, guid="tag:1", story="story", language="en-GB", categories=("Sea", 'a "b"'))
    number = await ledger.commit(visit(odd))
    await ledger.commit(
        visit(next_revision(odd, cause="ours", published=None, guid=None, reserved=("tdm", "noarchive")))
    )

    assert await look(ledger, lambda view: view.candidate(ONE.id)) == Candidate(
        id=ONE.id,
        source=DAILY,
        guid=None,
        story="story",
        revision=2,
        authored=1,
        news=number,
        order_date=odd.first_seen,
        language="en-GB",
        categories=("Sea", 'a "b"'),
        url=ONE.url,
        reserved=True,
    )


async def test_news_is_the_newest_ordinary_word_of_an_author(ledger):
    first = await ledger.commit(visit(ONE, replace(TWO, arrival="quiet")))
    await ledger.commit(visit(next_revision(ONE, cause="ours", arrival="quiet")))
    third = await ledger.commit(visit(next_revision(TWO)))
    await ledger.commit(visit(replace(next_revision(TWO), revision=3, arrival="quiet")))

    def news(of):
        return lambda view: view.candidate(of.id).news

    assert await look(ledger, news(ONE)) == first
    assert await look(ledger, news(TWO)) == third
    assert await look(ledger, lambda view: view.candidate(TWO.id).revision) == 3
    assert await look(ledger, lambda view: view.candidate(RecordId("none"))) is None


async def test_another_story_touches_all_records_of_both(ledger):
    other = record("https://daily.example/4", story=TWO.story)
    before = await ledger.commit(visit(ONE, TWO, THREE, other))
    await ledger.commit(visit(next_revision(TWO, story=ONE.story, cause="ours", arrival="quiet")))

    found = await look(ledger, lambda view: {found.id: found.story for found in view.arrivals(before)})
    twins = await look(ledger, lambda view: {found.id for found in view.twins(ONE.story)})

    assert found == {ONE.id: ONE.story, TWO.id: ONE.story, other.id: TWO.story}
    assert twins == {ONE.id, TWO.id}


async def test_places_move_on(ledger):
    await ledger.commit(visit(ONE))
    await decide(ledger, places=(place(ONE.id),))
    moved = place(ONE.id, shown=shown(2, note="Look"), updated=at(5), announced=4, due=True)
    await decide(ledger, places=(moved,))

    assert await look(ledger, lambda view: view.place(ONE.id)) == moved
    assert await look(ledger, lambda view: view.place(TWO.id)) is None
    assert await look(ledger, lambda view: view.place(ONE.id), FeedKey("back")) is None


async def test_a_story_is_placed_where_one_of_its_records_is(ledger):
    twin = record(source=SourceKey("https://weekly.example/"), story=ONE.story)
    await ledger.commit(visit(ONE))
    await ledger.commit(visit(twin))
    await decide(ledger, places=(place(ONE.id, withdrawn=True),))

    assert await look(ledger, lambda view: view.story_is_placed(twin.story))
    assert not await look(ledger, lambda view: view.story_is_placed(twin.story), FeedKey("back"))
    assert not await look(ledger, lambda view: view.story_is_placed("another"))


async def test_a_published_id_belongs_to_one_record_in_all_feeds(ledger):
    await ledger.commit(visit(ONE, TWO))
    await decide(ledger, places=(place(ONE.id, published_id="urn:x:1"),))

    def question(view):
        return (
            view.published_id_taken("urn:x:1"),
            view.published_id_taken("urn:x:2"),
            view.published_id(ONE.id),
            view.published_id(TWO.id),
        )

    assert await look(ledger, question, FeedKey("back")) == (True, False, "urn:x:1", None)


async def test_an_id_that_another_feed_took_meanwhile_is_decided_once_more(ledger):
    await ledger.commit(visit(ONE, TWO))
    asked = []

    def decision(view):
        free = not view.published_id_taken("urn:x:1")
        asked.append(free)
        return Decision(head=view.head, places=(place(TWO.id, published_id="urn:x:1" if free else "urn:x:2"),))

    await decide(ledger, FeedKey("back"), places=(place(ONE.id, published_id="urn:x:1"),))
    await ledger.decide(FRONT, decision)

    assert asked[-1] is False
    assert (await look(ledger, lambda view: view.place(TWO.id))).published_id == "urn:x:2"


async def test_lines_are_read_newest_first_and_open_ones_oldest_first(ledger):
    lines = [line(ONE.id, 1), line(TWO.id, 2, live=False), line(THREE.id, 3), line(ONE.id, 4)]
    places = (place(ONE.id), place(TWO.id, 2), place(THREE.id, 3))
    await decide(ledger, lines=lines, places=places)
    paged = [replace(found, page=1) for found in lines[:2]]
    await decide(ledger, lines=paged)

    assert await look(ledger, lambda view: list(view.live_lines())) == [lines[3], lines[2], paged[0]]
    assert await look(ledger, lambda view: list(view.open_lines())) == lines[2:]
    assert await look(ledger, lambda view: list(view.lines(ONE.id))) == [paged[0], lines[3]]
    await decide(ledger, places=(place(ONE.id, visible=False),))
    assert await look(ledger, lambda view: list(view.live_lines())) == [lines[2]]
    assert await look(ledger, lambda view: list(view.open_lines()), FeedKey("back")) == []


async def test_lines_that_are_taken_away_make_room_for_new_ones(ledger):
    await decide(ledger, lines=[line(ONE.id, 1, live=False), line(TWO.id, 2)])

    await decide(ledger, unlined=[ONE.id], lines=[line(ONE.id, 3)])

    assert await look(ledger, lambda view: list(view.open_lines())) == [line(TWO.id, 2), line(ONE.id, 3)]


async def test_visible_places_by_date(ledger):
    places = [place(found.id, n, order_date=at(-n)) for n, found in enumerate((THREE, TWO, ONE), 1)]
    await decide(ledger, places=places)

    assert await look(ledger, lambda view: list(view.places_by_date())) == places
    moved = replace(places[0], order_date=at(-9))
    await decide(ledger, places=(moved, replace(places[1], visible=False)))
    assert await look(ledger, lambda view: list(view.places_by_date())) == [places[2], moved]


async def test_what_waits_to_be_announced_by_number(ledger):
    places = (place(ONE.id, 2, due=True), place(TWO.id, 1, due=True), place(THREE.id, 3))
    await decide(ledger, places=places)

    assert [found.record for found in await look(ledger, lambda view: view.due())] == [TWO.id, ONE.id]


async def test_pages_are_found_by_number_by_record_and_by_source(ledger):
    weekly = SourceKey("https://weekly.example/")
    first = page(1, page_item(ONE.id), page_item(TWO.id, source=weekly))
    second = page(2, page_item(ONE.id, shown=shown(2)), closed=at(1), changed=at(1))
    third = page(3, page_item(THREE.id, source=None), closed=at(2), changed=at(2))
    await decide(ledger, pages=[first, second, third])

    assert list(await ledger.pages(FRONT, 2, 9)) == [second, third]
    assert await look(ledger, lambda view: list(view.pages_with(ONE.id))) == [first, second]
    assert await look(ledger, lambda view: list(view.pages_of(weekly))) == [first]
    assert list(await ledger.page_times(FRONT)) == [(1, NOW, NOW), (2, at(1), at(1)), (3, at(2), at(2))]
    assert list(await ledger.pages(FeedKey("back"), 1, 9)) == []


async def test_a_changed_page_takes_the_place_of_the_old(ledger):
    await decide(ledger, pages=[page(1, page_item(ONE.id), page_item(TWO.id))])
    left = page(1, page_item(TWO.id), changed=at(4))
    await decide(ledger, changed_pages=[left])
    emptied = page(1, changed=at(5))

    assert list(await ledger.pages(FRONT, 1, 1)) == [left]
    assert await look(ledger, lambda view: list(view.pages_with(ONE.id))) == []
    await decide(ledger, changed_pages=[emptied])
    assert list(await ledger.pages(FRONT, 1, 1)) == [emptied]


async def test_the_calendar_counts_visible_places_by_day_back_from_the_newest(ledger):
    days = {"a": 0, "b": 1, "c": 1, "d": 2, "hidden": 0, "old": 3, "older": 40_000}
    places = [
        place(record(name).id, number, order_date=NOW - timedelta(days=ago), visible=name != "hidden")
        for number, (name, ago) in enumerate(days.items(), 1)
    ]
    await decide(ledger, places=places)
    day = NOW.date()

    found = await ledger.calendar(FRONT, 3)

    assert found == {day: 1, day - timedelta(days=1): 2, day - timedelta(days=2): 1}
    assert sum((await ledger.calendar(FRONT, 36_500)).values()) == 5


async def test_a_feed_without_places_has_an_empty_calendar(ledger):
    assert await ledger.calendar(FRONT, 30) == {}


async def test_articles_are_what_is_shown_in_full(ledger):
    places = [place(ONE.id), place(TWO.id, 2, shown=shown(extent="summary")), place(THREE.id, 3)]
    gone = place(record("gone").id, 4, withdrawn=True)
    await decide(ledger, places=(*places, gone))
    full = sorted((ONE.id, THREE.id))

    assert list(await ledger.articles(FRONT, None, 10)) == full
    assert list(await ledger.articles(FRONT, None, 1)) == full[:1]
    assert list(await ledger.articles(FRONT, full[0], 10)) == full[1:]


async def test_the_first_feed_that_shows_a_record_in_full(ledger):
    in_front, in_back = place(ONE.id, shown=shown(1)), place(ONE.id, shown=shown(2))
    two = place(TWO.id, 2, shown=shown(extent="link"))
    await decide(ledger, places=(in_front, two))
    await decide(ledger, FeedKey("back"), places=(in_back, replace(two, shown=shown(), withdrawn=True)))

    assert await ledger.in_full([ONE.id, TWO.id, THREE.id]) == {ONE.id: (FeedKey("back"), in_back)}


async def test_what_was_written_is_remembered(ledger):
    await decide(ledger, head=replace(await ledger.head(FRONT), time=at(1)))

    await ledger.wrote(FRONT, at(1))

    head = await ledger.head(FRONT)
    assert (head.time, head.written) == (at(1), at(1))
    assert await look(ledger, lambda view: view.head.written) == at(1)


async def test_a_decisions_reasons_are_kept(ledger):
    why = reason(ONE.id, step="place", rule="enters live", fact="selected")
    await decide(ledger, head=replace(await ledger.head(FRONT), time=at(1)), reasons=[why])

    assert [found for _, found in await ledger.reasons(ONE.id)] == [why]


async def test_a_decision_that_fails_changes_nothing(ledger):
    def decision(view):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ledger.decide(FRONT, decision)

    assert (await ledger.head(FRONT)).mark is None


async def test_one_publishes_a_feed_at_a_time(ledger):
    order = []

    async def publish(name):
        async with ledger.publishing(FRONT):
            order.append(name)
            await asyncio.sleep(0)
            order.append(name)

    await asyncio.gather(publish("a"), publish("b"), publish("c"))

    assert order[0::2] == order[1::2]
    assert sorted(order[0::2]) == ["a", "b", "c"]


async def test_two_feeds_publish_at_once(ledger):
    async with ledger.publishing(FRONT), ledger.publishing(FeedKey("back")):
        pass


async def test_a_files_time_is_when_its_content_last_changed(ledger):
    async def stamp(digest, now):
        return (await ledger.stamps({"index.html": digest * 16, "feeds.json": b"\0" * 16}, now))["index.html"]

    first = await stamp(b"\x01", NOW)
    same = await stamp(b"\x01", at(5))
    other = await stamp(b"\x02", at(9))
    clock_went_back = await stamp(b"\x03", NOW)

    assert (first, same, other) == (NOW, NOW, at(9))
    assert clock_went_back > other


async def test_a_view_reads_the_newest_revision_of_a_record_whole(ledger):
    changed = next_revision(ONE, text="Low.")
    await ledger.commit(visit(ONE))
    await ledger.commit(visit(changed))

    assert await look(ledger, lambda view: view.record(ONE.id)) == changed
    assert await look(ledger, lambda view: view.record(TWO.id)) is None


async def test_a_view_finds_what_is_visible_and_older_than_a_date_oldest_first(ledger):
    await ledger.commit(visit(ONE, TWO, THREE))
    dated = [place(one.id, number, order_date=at(-number)) for number, one in enumerate((ONE, TWO, THREE), 1)]
    hidden = replace(dated[2], visible=False)

    await decide(ledger, places=dated)
    shown = await look(ledger, lambda view: [found.record for found in view.visible_before(at(-1))])
    await decide(ledger, places=[hidden])

    assert shown == [THREE.id, TWO.id]
    assert await look(ledger, lambda view: [found.record for found in view.visible_before(at(0))]) == [TWO.id, ONE.id]


async def test_a_question_sees_what_a_decision_would_and_keeps_nothing(ledger):
    await ledger.commit(visit(ONE))
    await decide(ledger, places=[place(ONE.id)])

    assert await ledger.ask(["new name", "front"], lambda view: (view.place(ONE.id), view.commit)) == (place(ONE.id), 1)


async def test_a_question_to_a_feed_that_never_was_sees_it_as_it_would_begin(ledger):
    await ledger.commit(visit(ONE))

    def question(view):
        return view.head.key, view.head.mark, view.place(ONE.id), [found.id for found in view.arrivals(0)]

    assert await ledger.ask(["side"], question) == ("side", None, None, [ONE.id])
    assert (await ledger.open(["side"], lambda: "urn:uuid:side", NOW)).feed_id == "urn:uuid:side"


async def test_a_view_reads_any_revision_of_a_record(ledger):
    await ledger.commit(visit(ONE))
    await ledger.commit(visit(next_revision(ONE, text="Low.")))

    def texts(view):
        return [found and found.text for found in (view.revision(ONE.id, number) for number in (1, 2, 3))]

    assert await look(ledger, texts) == ["High.", "Low.", None]


async def test_a_view_sees_another_feed_beside_its_own(ledger):
    await decide(ledger, "back", places=[place(ONE.id)])

    def beside(view):
        other = view.beside(["back"])
        return view.place(ONE.id), other.place(ONE.id).record, view.beside(["never"])

    assert await look(ledger, beside) == (None, ONE.id, None)
