"""A feed of corrections: one item for each time an author changed what readers were told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cuttings.model.article import Change, Edit
from cuttings.model.feed import Feed, FeedKey, Verdict
from cuttings.render import jsonfeed, syndication
from cuttings.render.corrections import told
from cuttings.text import xml
from cuttings.web.feeds import SERVED
from tests.builders import NOW, item, next_revision, presentation, visit
from tests.press import ONE, TWO, Press

FRONT = Feed(name="front", title="Front page", size=2)
FIXES = Feed(name="fixes", title="Corrections", size=2, content="full", of=("front",))
SEEN = NOW + timedelta(hours=1)
COUNTED = Edit(material=("number",), changes=(Change(at=0, old="Two ships sank.", new="Three ships sank."),), at=SEEN)


class Desk(Press):
    """Publishes a feed, then its corrections."""

    async def publish_both(self, *records):
        await self.publish(*records, name="front", of=())
        await self.correct()

    async def correct(self):
        self.clock.pass_by(timedelta(minutes=1))
        await self.publisher.publish(FIXES, self.followed, {})

    def corrections(self):
        return self.shown("feeds/fixes.one")


@pytest.fixture
async def desk():
    """Two articles that stand in a feed which has no corrections."""
    made = Desk()
    await made.publish_both()
    await made.publish_both(ONE, TWO)
    return made


def corrected(of=ONE, edit=COUNTED, **changes):
    return next_revision(of, **({"edit": edit, "text": "Three ships sank."} | changes))


async def test_a_material_revision_is_an_item_under_an_id_of_its_own(desk):
    await desk.publish_both(corrected())

    [one] = desk.document("feeds/fixes.one")["items"]
    assert one["record"] == f"{ONE.id}.2"
    assert one["id"].startswith("urn:uuid:")
    assert one["id"] not in [item["id"] for item in desk.document()["items"]]
    assert one["title"] == "Corrected: No. 1"


async def test_each_revision_has_its_place_and_keeps_it(desk):
    second = corrected()
    third = corrected(second)
    await desk.publish_both(second)
    [before] = desk.document("feeds/fixes.one")["items"]

    await desk.publish_both(third)

    assert sorted(desk.corrections()) == [f"{ONE.id}.2", f"{ONE.id}.3"]
    assert before in desk.document("feeds/fixes.one")["items"]


async def test_two_revisions_between_two_publishes_are_two_items(desk):
    second = corrected()
    await desk.archive.commit(visit(second))

    await desk.publish_both(corrected(second))

    assert sorted(desk.corrections()) == [f"{ONE.id}.2", f"{ONE.id}.3"]


@pytest.mark.parametrize(
    "changes",
    [{"edit": Edit(at=SEEN)}, {"edit": None}, {"cause": "ours", "edit": None}, {"cause": "ours"}],
)
async def test_a_slip_and_our_own_reading_are_no_corrections(desk, changes):
    await desk.publish_both(corrected(**changes))

    assert desk.corrections() == []


async def test_what_is_not_in_the_other_feed_is_not_corrected_here(desk):
    desk.verdicts[ONE.id] = Verdict(action="withdraw")
    await desk.publish()

    await desk.publish_both(corrected())

    assert desk.corrections() == []


async def test_a_correction_waits_until_its_article_is_in_the_other_feed():
    desk = Desk()
    await desk.publish_both()
    await desk.archive.commit(visit(ONE))
    await desk.archive.commit(visit(corrected()))
    await desk.correct()
    assert desk.corrections() == []

    await desk.publish_both()

    assert desk.corrections() == [f"{ONE.id}.2"]


@pytest.mark.parametrize("action", ["drop", "hold", "withdraw"])
async def test_what_a_person_takes_out_of_the_other_feed_goes_here_too(desk, action):
    await desk.publish_both(corrected())

    desk.verdicts[ONE.id] = Verdict(action=action)
    await desk.publish_both()

    assert desk.corrections() == []


async def test_the_files_follow_from_the_ledger_alone(desk):
    second = corrected()
    for revision in (second, corrected(second), corrected(TWO)):
        await desk.publish_both(revision)
    before = dict(desk.outlet.files)

    desk.outlet.files.clear()
    desk.cache.clear()
    await desk.publish_both()

    assert desk.outlet.files == before
    assert desk.document("feeds/fixes.one")["prev"] == "feeds/fixes/archive/000001.one"


async def test_a_correction_has_a_page_that_tells_it(desk):
    await desk.publish_both(corrected())

    page = desk.outlet.files[f"articles/{ONE.id}.2.html"][0].decode()

    assert "<del>Two</del> ships sank." in page
    assert "<ins>Three</ins> ships sank." in page
    assert SERVED.fullmatch(f"articles/{ONE.id}.2.html")


async def test_why_tells_where_corrections_stand(desk):
    await desk.publish_both(corrected())

    told_of = await desk.publisher.standing(FIXES, desk.followed, ONE.id)

    assert [reason.subject for reason in told_of] == [ONE.id] * 2
    assert "entered" in told_of[0].fact


async def test_a_dry_run_names_the_correction_that_would_enter(desk):
    await desk.archive.commit(visit(corrected()))
    await desk.publish()

    preview = await desk.publisher.preview(FIXES, desk.followed)

    assert [(change.what, change.record) for change in preview.changes] == [("enters", f"{ONE.id}.2")]


def test_a_correction_reads_well_without_marks_and_in_one_line():
    revision = corrected(
        edit=replace(COUNTED, material=("headline", "number")), titles=("Two sink",), title="Three sink"
    )

    shown = told(revision)

    assert shown.text.split("\n\n") == [
        "What changed: the headline, a number.",
        *("It was:", "Two sink", "It is:", "Three sink"),
        *("It was:", "Two ships sank.", "It is:", "Three ships sank."),
    ]
    assert shown.summary == "“Two sink” became “Three sink”; “Two” became “Three”"


def test_a_correction_escapes_what_it_quotes():
    wicked = "<script>alert(1)</script>"
    edit = Edit(material=("text",), changes=(Change(at=0, old=wicked, new=wicked * 2), Change(at=1, new=wicked)))

    assert "<script" not in told(corrected(edit=edit)).content


def test_an_article_that_is_gone_is_a_tombstone_in_atom_and_a_note_elsewhere():
    gone = item(replace(ONE, status="gone"))

    [entry] = [xml.parse(syndication.atom_entry(presentation(), gone))]
    rss = syndication.rss_entry(presentation(), gone).decode()
    json = jsonfeed.entry(presentation(), gone).decode()

    assert entry.tag == "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
    assert entry.get("ref") == gone.published_id
    assert entry.get("when") == "2026-11-24T12:00:00Z"
    for told_of in (rss, json):
        assert "Removed by its publisher" in told_of
        assert "High." not in told_of


@pytest.mark.parametrize(("policy", "status", "front"), [("ignore", "1", 0), ("update", "2", 0), ("announce", "2", 1)])
async def test_a_removed_article_is_told_as_the_feed_tells_of_revisions(policy, status, front):
    desk = Desk(revisions=policy, size=3)
    await desk.publish()
    await desk.publish(ONE, TWO)
    lines = (await desk.archive.head(FeedKey(desk.feed.name))).lines

    await desk.publish(next_revision(ONE, status="gone", edit=Edit(material=("removed",), at=SEEN)))

    [one] = [item for item in desk.document()["items"] if item["record"] == ONE.id]
    assert str(one["revision"]) == status
    assert (await desk.archive.head(FeedKey(desk.feed.name))).lines - lines in (0, front)
