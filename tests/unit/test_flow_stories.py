"""Which story an article joins as it is taken in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.flow.stories import Joined, Stories
from cuttings.model.article import Draft, Record
from cuttings.text.sketches import sketch
from tests.builders import NOW, draft, next_revision, record, visit
from tests.unit.test_normalise_stories import HARBOUR, ORIGINAL, OTHER_REPORT, PARAGRAPHS, elsewhere


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


def read(of: Record) -> Draft:
    """Return the draft that a record was made of."""
    return draft(title=of.title, text=of.text, published=of.published, sketch=sketch(of.text))


async def keep(archive: MemoryArchive, *records: Record) -> None:
    for one in records:
        made = sketch(one.text)
        await archive.commit(visit(one, sketches=((one.id, made),) if made else ()))


async def story_of(archive: MemoryArchive, one: Record) -> Joined:
    return await Stories(archive).joined(read(one), one, NOW)


COPY = elsewhere(HARBOUR + " It is open to all.")


async def test_a_copy_joins_the_story_of_what_it_is_a_copy_of(archive):
    await keep(archive, ORIGINAL)

    found = await story_of(archive, COPY)

    assert found.story == ORIGINAL.id
    assert "of the text is the same" in (found.why or "")


async def test_an_article_without_copies_is_a_story_of_its_own(archive):
    await keep(archive, ORIGINAL)
    report = elsewhere(OTHER_REPORT)

    assert await story_of(archive, report) == Joined(story=report.id)


async def test_a_copy_of_a_copy_joins_the_first_one_if_it_is_like_it(archive):
    copy = replace(COPY, story=ORIGINAL.id)
    drifted = record("drifted", text=COPY.text, story="another first")
    await keep(archive, ORIGINAL, copy)

    again = elsewhere(HARBOUR)
    assert (await story_of(archive, replace(again, id=drifted.id, story=drifted.id))).story == ORIGINAL.id


async def test_what_is_taken_in_at_the_same_time_is_found_before_it_is_committed(archive):
    stories = Stories(archive)
    stories.note(read(ORIGINAL), ORIGINAL)

    assert (await stories.joined(read(COPY), COPY, NOW)).story == ORIGINAL.id


async def test_a_copy_that_becomes_another_article_leaves_its_story(archive):
    copy = replace(COPY, story=ORIGINAL.id)
    await keep(archive, ORIGINAL, copy)

    stays = await story_of(archive, next_revision(copy, text=HARBOUR))
    leaves = await story_of(archive, next_revision(copy, text=OTHER_REPORT))
    unknown = await story_of(archive, next_revision(copy, text="Gone."))

    assert (stays.story, leaves.story, unknown.story) == (ORIGINAL.id, copy.id, ORIGINAL.id)
    assert "no longer" in (leaves.why or "")


async def test_one_address_is_one_story_unless_texts_and_headlines_have_nothing_in_common(archive):
    canonical = "https://daily.example/section"
    first = replace(ORIGINAL, canonical_url=canonical)
    await keep(archive, first)
    other = "Seven kinds of bread. " + "Take flour, water, salt, yeast; knead it well; let rise. " * 9
    bread = elsewhere(other, title="Seven kinds of bread", canonical_url=canonical, story=first.id)

    assert (await story_of(archive, elsewhere(OTHER_REPORT, canonical_url=canonical, story=first.id))).story == first.id
    assert (await story_of(archive, bread)).story == bread.id


async def test_the_first_of_a_story_does_not_join_another_one(archive):
    later = record("later", text=HARBOUR, story="later", published=NOW)
    await keep(archive, ORIGINAL, replace(COPY, story=later.id))

    assert (await story_of(archive, replace(later, story=later.id))).story == later.id


async def test_after_a_month_nothing_is_joined(archive):
    await keep(archive, replace(ORIGINAL, first_seen=NOW - timedelta(days=31), published=None))

    assert (await story_of(archive, elsewhere(PARAGRAPHS[0], published=None))).why is None
