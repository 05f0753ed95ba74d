"""What every archive promises of its records."""

from datetime import UTC, datetime, timedelta

from cuttings.model.article import Enclosure, Image, Person, SourceKey
from cuttings.model.capture import CaptureRef
from cuttings.model.feed import Decision, FeedKey
from cuttings.ports import Counts, Query
from cuttings.text.digest import sha256, urn_of
from tests.builders import DAILY, NOW, at, capture, next_revision, place, reason, record, state, visit

WEEKLY = SourceKey("https://weekly.example/feed.xml")


async def newest(archive, **query):
    return [found async for found in archive.newest(Query(**query))]


async def titles(archive, **query):
    return [found.title for found in await newest(archive, **query)]


async def test_a_record_comes_back_as_it_was_committed(archive):
    whole = record(
        guid="tag:daily.example,2026:1",
        canonical_url="https://daily.example/one",
        arrival="quiet",
        subtitle="A line below",
        authors=(Person(name="Ada", url="https://ada.example/"), Person(name="Bob")),
        modified=at(3),
        published=at(-90) + timedelta(microseconds=7),
        language="en-GB",
        categories=("Sea", "Moon"),
        rights="© Daily",
        summary="Water comes.",
        image=Image(url="https://daily.example/a.png", alt="A", caption="B"),
        enclosures=(Enclosure(url="https://daily.example/a.mp3", type="audio/mpeg", length=0),),
        captures=(CaptureRef(file="captures/2026/11/a.warc.gz", offset=917),),
    )

    await archive.commit(visit(whole))

    assert await archive.get(whole.id) == whole


async def test_what_was_never_committed_is_none(archive):
    assert await archive.get(record().id) is None
    assert list(await archive.history(record().id)) == []


async def test_a_changed_text_is_a_new_revision(archive):
    await archive.commit(visit(record(content="<p>High.</p>")))
    await archive.commit(visit(next_revision(record(), content="<p>Low.</p>")))

    [latest] = await newest(archive, sources=[DAILY], limit=10)
    assert (latest.revision, latest.content) == (2, "<p>Low.</p>")


async def test_all_revisions_are_kept(archive):
    first = record()
    second = next_revision(first, title="Ebb")
    await archive.commit(visit(first))
    await archive.commit(visit(second))

    assert list(await archive.history(first.id)) == [first, second]
    assert await archive.get(first.id, 1) == first
    assert await archive.get(first.id, 3) is None


async def test_a_commit_may_be_repeated(archive):
    once = visit(record(), next_revision(record(), title="Ebb"))

    await archive.commit(once)
    await archive.commit(once)

    assert [r.title for r in await archive.history(record().id)] == ["Tides", "Ebb"]
    assert await titles(archive) == ["Ebb"]


async def test_a_revision_that_comes_again_with_other_words_changes_nothing(archive):
    await archive.commit(visit(record()))

    await archive.commit(visit(record(title="Forged")))

    assert await titles(archive) == ["Tides"]


async def test_commit_numbers_grow(archive):
    numbers = [await archive.commit(visit(record(f"https://daily.example/{n}"))) for n in range(3)]

    assert numbers == sorted(set(numbers))
    assert numbers[0] > 0


async def test_known_finds_newest_revisions_by_identity_and_by_link(archive):
    by_guid = record("tag:daily.example,2026:1", url="https://daily.example/one")
    changed = next_revision(by_guid, title="Ebb")
    await archive.commit(visit(by_guid, record("https://daily.example/2")))
    await archive.commit(visit(changed))

    known = await archive.known(
        DAILY, [by_guid.ident, "tag:x"], ["https://daily.example/one", "https://no.example/"], []
    )

    assert known.by_ident == {by_guid.ident: changed}
    assert known.by_link == {"https://daily.example/one": changed}


async def test_known_tells_ids_that_we_made_from_those_of_origins(archive):
    made, given = record("1"), record("urn:uuid:00000000-0000-8000-8000-000000000001")
    strange = urn_of(record("3").id)
    await archive.commit(visit(made, given))
    head = await archive.open(["front"], lambda: "urn:uuid:front", NOW)
    places = (place(made.id, published_id=urn_of(made.id)), place(given.id, 2, published_id=given.ident))
    await archive.decide(head.key, lambda view: Decision(head=view.head, places=places))

    known = await archive.known(WEEKLY, [urn_of(made.id), given.ident, strange, "1"], [], [])

    assert known.returned == {urn_of(made.id)}


async def test_known_keeps_to_one_source(archive):
    await archive.commit(visit(record(source=WEEKLY)))

    known = await archive.known(DAILY, [record().ident], [record().ident], [])

    assert (dict(known.by_ident), dict(known.by_link)) == ({}, {})


async def test_a_one_off_is_known_without_source(archive):
    one_off = record(source=None)
    await archive.commit(visit(one_off))

    known = await archive.known(None, [one_off.ident], [], [])

    assert known.by_ident == {one_off.ident: one_off}


async def test_a_story_is_known_across_sources(archive):
    canonical = "https://daily.example/tides"
    await archive.commit(visit(record(canonical_url=canonical)))
    await archive.commit(visit(record(source=WEEKLY, canonical_url=canonical, story=record().story)))

    known = await archive.known(WEEKLY, [], [], [canonical, "https://other.example/"])

    assert known.stories == {canonical: record().story}


async def test_known_of_many_idents_is_one_question(archive):
    records = [record(f"https://daily.example/{n}") for n in range(1200)]
    await archive.commit(visit(*records))

    known = await archive.known(DAILY, [r.ident for r in records], [], [])

    assert len(known.by_ident) == 1200


async def test_many_leaves_out_what_does_not_exist(archive):
    await archive.commit(visit(record(), next_revision(record(), title="Ebb")))

    found = await archive.many([(record().id, 1), (record().id, 2), (record().id, 3), (record("other").id, 1)])

    assert {key: r.title for key, r in found.items()} == {(record().id, 1): "Tides", (record().id, 2): "Ebb"}


async def test_newest_is_by_order_date_then_id(archive):
    same = [record(f"https://daily.example/{n}", title=str(n), published=at(-60)) for n in range(5)]
    later = record("https://daily.example/later", title="later", published=at(-30))
    undated = record("https://daily.example/undated", title="undated", published=None, first_seen=at(-45))
    ahead = record("https://daily.example/ahead", title="ahead", published=at(900), first_seen=at(-50))
    await archive.commit(visit(*same, ahead, later, undated))

    found = await newest(archive)

    assert [r.title for r in found[:3]] == ["later", "undated", "ahead"]
    assert [r.id for r in found[3:]] == sorted((r.id for r in same), reverse=True)


async def test_newest_ends_at_its_limit_and_streams_beyond_a_chunk(archive):
    records = [record(f"https://daily.example/{n}", title=str(n), published=at(-n)) for n in range(450)]
    await archive.commit(visit(*records))

    assert await titles(archive, limit=2) == ["0", "1"]
    assert await titles(archive, limit=0) == []
    assert await titles(archive) == [str(n) for n in range(450)]


async def test_newest_moves_a_record_whose_date_was_corrected(archive):
    await archive.commit(visit(record(title="moved"), record("https://daily.example/2", title="stays")))
    await archive.commit(visit(next_revision(record(title="moved"), published=at(-9000))))

    assert await titles(archive) == ["stays", "moved"]


async def test_newest_of_some_sources(archive):
    third = SourceKey("https://third.example/")
    await archive.commit(visit(record(title="d", published=at(-1))))
    await archive.commit(visit(record(source=WEEKLY, title="w", published=at(-2))))
    await archive.commit(visit(record(source=third, title="t", published=at(-3))))

    assert await titles(archive, sources=[WEEKLY]) == ["w"]
    assert await titles(archive, sources=[third, DAILY]) == ["d", "t"]


async def test_newest_between_two_times(archive):
    records = [record(f"https://daily.example/{n}", title=str(n), published=at(-n)) for n in range(5)]
    await archive.commit(visit(*records))

    assert await titles(archive, since=at(-3), until=at(-1)) == ["2", "3"]


async def test_newest_of_a_language_range(archive):
    for tag in ("en", "en-GB", "eng", "de", None):
        await archive.commit(visit(record(f"https://daily.example/{tag}", title=str(tag), language=tag)))

    assert set(await titles(archive, language="en")) == {"en", "en-GB"}
    assert set(await titles(archive, language="EN-gb")) == {"en-GB"}


async def test_newest_of_a_tag_ignores_case(archive):
    await archive.commit(visit(record(categories=("Sea Life", "Moon"))))

    assert await titles(archive, tag="sea life") == ["Tides"]
    assert await titles(archive, tag="sea") == []


async def test_newest_of_a_feed_is_what_is_placed_and_not_withdrawn(archive):
    shown, withdrawn, outside = (record(f"https://daily.example/{n}", title=str(n)) for n in range(3))
    await archive.commit(visit(shown, withdrawn, outside))
    head = await archive.open(["front"], lambda: "urn:uuid:1", NOW)
    places = (place(shown.id), place(withdrawn.id, 2, withdrawn=True))
    async with archive.publishing(head.key):
        await archive.decide(head.key, lambda view: Decision(head=view.head, places=places))

    assert await titles(archive, feed=FeedKey("front")) == ["0"]
    assert await titles(archive, feed=FeedKey("front"), sources=[WEEKLY]) == []


async def test_ids_are_found_by_their_beginning(archive):
    records = [record(f"https://daily.example/{n}") for n in range(40)]
    await archive.commit(visit(*records))
    some = records[7].id

    assert list(await archive.find(some[:12])) == [some]
    assert list(await archive.find("")) == sorted(r.id for r in records)[:10]
    assert list(await archive.find("%")) == []


async def index_all(archive):
    while await archive.index(7):
        pass


async def test_search_finds_what_a_query_asks_for_and_nothing_else(archive):
    sea = record(text="The moon.", published=at(-60), categories=("Tides",), language="en-GB")
    dunes = record("https://weekly.example/2", source=WEEKLY, text="The moon.", published=at(-10), language="de")
    await archive.commit(visit(sea))
    await archive.commit(visit(dunes))
    head = await archive.open(["front"], lambda: "urn:uuid:1", NOW)
    async with archive.publishing(head.key):
        await archive.decide(head.key, lambda view: Decision(head=view.head, places=[place(dunes.id)]))
    await index_all(archive)

    async def found(**query):
        return list(await archive.search("moon", Query(**query)))

    assert await found() == [dunes.id, sea.id]
    assert await found(limit=1) == [dunes.id]
    assert await found(sources=[DAILY]) == await found(until=at(-30)) == await found(tag="tides") == [sea.id]
    assert await found(language="en") == [sea.id]
    assert await found(feed=FeedKey("front")) == await found(since=at(-30)) == [dunes.id]


async def test_records_are_found_by_link_and_by_canonical_address(archive):
    link, canonical = "https://daily.example/1?from=feed", "https://daily.example/1"
    mine = record("tag:1", url=link, canonical_url=canonical)
    theirs = record("tag:1", source=WEEKLY, url="https://weekly.example/1", canonical_url=canonical)
    single = record("tag:2", source=None, url=link)
    await archive.commit(visit(mine, state=state()))
    await archive.commit(visit(theirs, state=state(WEEKLY)))
    await archive.commit(visit(single))

    assert list(await archive.at([link])) == sorted([mine.id, single.id])
    assert list(await archive.at([canonical])) == sorted([mine.id, theirs.id])
    assert set(await archive.at([link, canonical])) == {mine.id, theirs.id, single.id}
    assert list(await archive.at(["https://nobody.example/"])) == []


async def test_search_knows_what_is_indexed(archive):
    sea, land = record(text="The moon pulls the sea."), record("https://daily.example/2", title="Land", text="Still.")
    await archive.commit(visit(sea, land))

    await index_all(archive)

    assert list(await archive.search("moon sea", Query(limit=10))) == [sea.id]
    assert list(await archive.search("LAND", Query(limit=10))) == [land.id]
    assert list(await archive.search("moon still", Query(limit=10))) == []


async def test_search_forgets_the_words_of_an_older_revision(archive):
    await archive.commit(visit(record(text="Moon.")))
    await index_all(archive)
    await archive.commit(visit(next_revision(record(), text="Sun.")))
    await index_all(archive)

    assert list(await archive.search("moon", Query(limit=10))) == []
    assert list(await archive.search("sun", Query(limit=10))) == [record().id]


async def test_indexing_says_how_much_it_did(archive):
    await archive.commit(visit(*(record(f"https://daily.example/{n}") for n in range(5))))

    assert [await archive.index(3), await archive.index(3), await archive.index(3)] == [3, 2, 0]


async def test_search_takes_any_words_for_plain_ones(archive):
    await archive.commit(visit(record(text='Say "moon" NEAR the sea*.')))
    await index_all(archive)

    assert list(await archive.search('"moon"', Query(limit=5))) == [record().id]
    for odd in ('"', "*", "NEAR(", "AND", "a OR", "title:moon", "-", "", "\0", "moon\0", "{", "^", "x" * 100_000):
        await archive.search(odd, Query(limit=5))


async def test_reasons_are_kept_by_subject_oldest_first(archive):
    mine, other = record().id, record("https://daily.example/2").id
    await archive.commit(visit(reasons=(reason(mine, step="fetch"), reason(other))))
    await archive.commit(visit(reasons=(reason(mine, step="text", rule="page", fact="612 words"),)))

    found = await archive.reasons(mine)

    assert [why for _, why in found] == [
        reason(mine, step="fetch"),
        reason(mine, step="text", rule="page", fact="612 words"),
    ]
    assert all(when.tzinfo is not None for when, _ in found)


async def test_the_first_capture_of_a_payload_at_an_address_is_found(archive):
    first = capture()
    again = capture(ref=CaptureRef(file="captures/2026/11/b.warc.gz", offset=9), at=at(5))
    await archive.commit(visit(captures=(first,)))
    await archive.commit(visit(captures=(again,)))

    assert await archive.captured(first.url, first.payload_sha256) == first
    assert await archive.captured(first.url, sha256(b"other")) is None
    assert await archive.captured("https://other.example/", first.payload_sha256) is None


async def test_what_no_visit_has_brought_is_stranded_until_one_does(archive):
    now = datetime.now(UTC)
    lost, held = capture(at=now), capture("https://daily.example/2", body=b"2", at=now)
    await archive.commit(visit(captures=(held,)))
    await archive.strand([lost, held])
    there = await archive.stranded(lost.url), await archive.stranded(held.url)

    await archive.commit(visit(captures=(lost,)))

    assert there == (lost, None)
    assert await archive.stranded(lost.url) is None
    assert await archive.captured(lost.url, lost.payload_sha256) == lost


async def test_what_was_stranded_long_ago_is_not_had_any_more(archive):
    old = capture(at=datetime.now(UTC) - timedelta(days=8))

    await archive.strand([old])

    assert await archive.stranded(old.url) is None


async def test_lone_surrogates_and_nul_do_no_harm(archive):
    odd = record("odd\ud800\0", title="a\ud800\0b", url="https://daily.example/\ud800", categories=("\ud800",))

    await archive.commit(visit(odd, reasons=(reason("\ud800", fact="\udfff"),)))
    await index_all(archive)

    assert await archive.get(odd.id) == odd
    known = await archive.known(DAILY, [odd.ident], [odd.url or ""], ["\ud801"])
    assert known.by_ident == {odd.ident: odd}
    assert known.by_link == {odd.url: odd}


async def test_the_newest_commit_is_seen_to_grow_with_records(archive):
    before = await archive.latest()

    committed = await archive.commit(visit(record()))

    assert before < await archive.latest() == committed


async def test_counts_are_of_all_or_of_one_source_and_tell_what_search_does_not_know(archive):
    await archive.commit(visit(record(), record("https://daily.example/2")))
    await archive.index()
    await archive.commit(visit(next_revision(record(), title="Ebb")))
    await archive.commit(visit(record("https://weekly.example/1", source=WEEKLY)))

    assert await archive.counts() == Counts(records=3, unindexed=2)
    assert await archive.counts(DAILY) == Counts(records=2, unindexed=1)
    assert await archive.counts(SourceKey("https://never.example/")) == Counts(records=0, unindexed=0)
