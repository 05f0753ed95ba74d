"""Which record an entry is, over what sources do to their guids, links and titles."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cuttings.model.article import Draft, Record, Trace
from cuttings.model.capture import Document
from cuttings.model.source import IdentityRule
from cuttings.normalise.identity import Match, Matched, match, one_off, settle, wanted
from cuttings.ports import Known
from cuttings.text.digest import record_id
from tests.builders import DAILY, NOW, at, draft, record, trace

SITE = "https://daily.example/"


def known(*records: Record, **stories: str) -> Known:
    """What an archive that holds these answers."""
    return Known(
        by_ident={held.ident: held for held in records},
        by_link={held.url: held for held in records if held.url},
        stories={held.canonical_url: held.story for held in records if held.canonical_url} | stories,
    )


def matched(drafts: Sequence[Draft], held: Iterable[Record] = (), rule: IdentityRule = "guid") -> Matched:
    """Match drafts that are all their document holds."""
    return match(drafts, [one.trace for one in drafts], known(*held), rule)


def settled(found: Match, held: Iterable[Record] = ()) -> Record | None:
    return settle(
        found,
        source=DAILY,
        provenance="feed",
        arrival="ordinary",
        cause="author",
        now=NOW,
        stories=known(*held).stories,
    )


def article(number: int, guid: str | None, link: str | None = None, **changes: object) -> Draft:
    of = trace(guid, link=link if link is not None else f"{SITE}{number}", title=f"Tides {number}")
    return draft(of, text=f"Text {number}", **changes)


def held(of: Draft) -> Record:
    [found] = matched([of]).matches
    made = settled(found)
    assert made is not None
    return made


def test_an_entry_is_named_by_its_guid():
    [found] = matched([article(1, "tag:daily.example,2026:1")]).matches

    assert (found.ident, found.existing) == ("tag:daily.example,2026:1", None)


def test_without_a_guid_it_is_named_by_its_link():
    [found] = matched([article(1, None)]).matches

    assert found.ident == f"{SITE}1"


def test_a_guid_that_two_articles_carry_names_neither():
    found = matched([article(1, "same"), article(2, "same")]).matches

    assert [one.ident for one in found] == [f"{SITE}1", f"{SITE}2"]


def test_where_guid_and_link_are_shared_what_it_says_names_it():
    found = matched([article(1, "same", SITE), article(2, "same", SITE)]).matches

    assert all(one.ident.startswith("digest:") for one in found)
    assert found[0].ident != found[1].ident


def test_of_one_article_twice_in_a_document_the_newest_is_kept():
    old, new = article(1, "a", modified=at(0), content="<p>Old</p>"), article(1, "a", modified=at(5))

    found = matched([old, article(2, "b"), new])

    assert [one.draft for one in found.matches] == [new, article(2, "b")]
    assert [reason.rule for reason in found.reasons] == ["twice in one document"]


def test_an_edited_entry_is_the_next_revision_of_its_record():
    first = held(article(1, "a"))
    edited = replace(article(1, "a"), text="Low.", content="<p>Low.</p>")

    [found] = matched([edited], [first]).matches
    second = settled(found, [first])

    assert second is not None
    assert (second.id, second.revision, second.text, second.first_seen) == (first.id, 2, "Low.", first.first_seen)


def test_noise_makes_no_revision():
    first = held(article(1, "a", title="Tides & more"))
    noisy = replace(article(1, "a", title="Tides &amp;  more\u00a0"), text=" Text\n1 ")

    [found] = matched([noisy], [first]).matches

    assert settled(found, [first]) is None


def test_what_its_publisher_reserves_by_now_is_a_revision_of_ours_and_of_a_part_nothing_is_lifted():
    first = held(article(1, "a"))
    found = matched([article(1, "a", reserved=("noarchive",))], [first]).matches[0]

    second = settled(found, [first])

    assert second is not None
    assert (second.revision, second.cause, second.arrival, second.edit) == (2, "ours", "quiet", None)
    assert (second.reserved, second.text) == (("noarchive",), first.text)
    assert settled(matched([article(1, "a")], [second]).matches[0], [second]) is None


def test_an_article_whose_guid_changed_is_still_itself():
    first = held(article(1, "a"))

    found = matched([article(1, "new")], [first])

    assert [one.existing for one in found.matches] == [first]
    assert found.rule == "guid"


def test_three_changed_guids_in_one_visit_make_the_link_the_rule():
    records = [held(article(number, f"old-{number}")) for number in (1, 2, 3)]
    drafts = [article(number, f"new-{number}") for number in (1, 2, 3, 4)]

    found = matched(drafts, records)

    assert found.rule == "link"
    assert [one.existing and one.existing.id for one in found.matches] == [*(one.id for one in records), None]
    assert found.matches[3].ident == f"{SITE}4"
    assert {reason.subject for reason in found.reasons} == {one.id for one in records}


def test_under_the_link_rule_records_keep_their_ids():
    first = held(article(1, "old"))

    [found] = matched([article(1, "newer still", title="Another title")], [first], rule="link").matches

    assert (found.existing, found.ident) == (first, "old")


def test_the_next_article_at_a_reused_address_is_a_new_record_and_its_own_story():
    first = held(article(1, "monday", f"{SITE}today", published=at(-2000)))
    tuesday = article(2, "tuesday", f"{SITE}today", published=at(0))

    [found] = matched([tuesday], [first]).matches
    second = settled(found, [first])

    assert second is not None
    assert second.id != first.id
    assert second.story == second.id


def test_an_article_beside_one_with_its_link_is_another_one():
    first = held(article(1, "a", f"{SITE}live"))
    drafts = [article(2, "b", f"{SITE}live")]

    found = match(drafts, [first_trace(first), drafts[0].trace], known(first), "guid")

    assert found.matches[0].existing is None


def test_a_guid_once_given_to_two_does_not_join_them_later():
    one, two = article(1, "same"), article(2, "same")
    first = held(one)
    [_, found] = matched([one, two], [first]).matches
    second = settled(found)
    assert second is not None

    [later] = matched([replace(two, text="Edited")], [first, second]).matches

    assert later.existing == second


def test_a_source_that_begins_to_give_guids_keeps_its_records():
    first = held(article(1, None))

    [found] = matched([article(1, "a")], [first]).matches

    assert (found.existing, found.ident) == (first, f"{SITE}1")


def test_a_date_that_is_no_longer_told_is_kept():
    first = held(article(1, "a"))
    edited = replace(article(1, "a", published=None), text="Edited")

    second = settled(matched([edited], [first]).matches[0], [first])

    assert second is not None
    assert second.published == first.published


def test_a_new_record_joins_the_story_of_its_address():
    other = record("https://other.example/1", source="https://other.example/feed", canonical_url=f"{SITE}1")

    [found] = match(
        [article(1, "a")], [article(1, "a").trace], Known(by_ident={}, by_link={}, stories={}), "guid"
    ).matches
    made = settled(found, [other])

    assert made is not None
    assert made.story == other.story


def test_all_that_could_name_a_draft_is_asked_for():
    asked = wanted([article(1, "a"), article(2, None)])

    assert {"a", f"{SITE}1", f"{SITE}2"} < set(asked.idents)
    assert asked.links == (f"{SITE}1", f"{SITE}2")


def test_a_hostile_guid_is_only_a_key():
    guid = "../../etc/passwd\x00" * 1000

    made = held(article(1, guid))

    assert (made.ident, len(made.id)) == (guid, 26)


def test_a_one_off_goes_by_address_then_guid_then_file_then_words():
    file = Document(body=b"High.", url="")
    bare = draft(trace(None), canonical_url=None, url=None)

    assert one_off(article(1, "a"), file) == f"{SITE}1"
    assert one_off(replace(article(1, "a"), canonical_url=None), file) == "a"
    assert one_off(replace(bare, status="full"), file).startswith("sha256:")
    assert one_off(bare, file).startswith("digest:")


GUIDS = st.sampled_from([None, "a", "b", "c"])
LINKS = st.sampled_from([f"{SITE}1", f"{SITE}2", SITE])
ENTRIES = st.lists(st.tuples(st.integers(1, 4), GUIDS, LINKS), max_size=6, unique=True)


def drafts_of(entries: Iterable[tuple[int, str | None, str]]) -> list[Draft]:
    return [article(number, guid, link, published=NOW - timedelta(hours=number)) for number, guid, link in entries]


@given(ENTRIES, st.randoms())
def test_identity_does_not_depend_on_the_order_of_entries(entries, random):
    drafts = drafts_of(entries)
    shuffled = random.sample(drafts, len(drafts))

    assert idents(matched(drafts)) == idents(matched(shuffled))


@given(ENTRIES)
def test_what_is_seen_again_is_nothing_new(entries):
    drafts = drafts_of(entries)
    first = [settled(one) for one in matched(drafts).matches]
    records = [made for made in first if made is not None]

    again = matched(drafts, records)

    assert {one.existing.id for one in again.matches if one.existing} == {made.id for made in records}
    assert [settled(one, records) for one in again.matches] == [None] * len(again.matches)


@given(ENTRIES, ENTRIES)
def test_no_two_matches_are_one_record_and_no_new_one_takes_anothers_id(before, after):
    records = [made for one in matched(drafts_of(before)).matches if (made := settled(one)) is not None]

    found = matched(drafts_of(after), records).matches

    assert len({one.ident for one in found}) == len(found)
    taken = {made.id for made in records}
    assert not [one for one in found if one.existing is None and record_id(DAILY, one.ident) in taken]


def idents(found: Matched) -> set[str]:
    return {one.ident for one in found.matches}


def first_trace(of: Record) -> Trace:
    return trace(of.guid, link=of.url, title=of.title)
