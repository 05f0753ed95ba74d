"""What a feed selects."""

import pytest

from cuttings.curate.rules import Rule, compiled
from cuttings.model.article import SourceKey
from cuttings.model.feed import Feed, Select
from tests.builders import record, source

ONE, TWO = SourceKey("https://one.example/feed.xml"), SourceKey("https://two.example/feed.xml")
SOURCES = {ONE: source("one", tags=("Politics",)), TWO: source("two")}


def rule(**select: object) -> Rule:
    return compiled(Feed(name="f", title="F", select=Select(**select)), SOURCES)  # type: ignore[arg-type]


def test_an_empty_select_takes_everything():
    assert rule().matches(record(source=None, language=None))


def test_sources_are_chosen_by_name():
    assert rule(sources=("one",)).matches(record(source=ONE))
    assert not rule(sources=("one",)).matches(record(source=TWO))
    assert not rule(sources=("one",)).matches(record(source=None))


def test_a_name_that_no_source_has_selects_nothing():
    assert not rule(sources=("three",)).matches(record(source=ONE))


def test_a_tag_is_a_sources_or_a_records_and_case_is_ignored():
    assert rule(tags=("politics",)).matches(record(source=ONE))
    assert rule(tags=("POLITICS",)).matches(record(source=TWO, categories=("politics",)))
    assert not rule(tags=("politics",)).matches(record(source=TWO, categories=("sport",)))


@pytest.mark.parametrize(("language", "taken"), [("en", True), ("en-GB", True), ("de", False), (None, False)])
def test_a_language_is_a_range(language, taken):
    assert rule(languages=("en",)).matches(record(language=language)) is taken


def test_keys_join_by_and():
    both = rule(sources=("one",), languages=("de", "fr"))

    assert both.matches(record(source=ONE, language="fr"))
    assert not both.matches(record(source=ONE, language="en"))
    assert not both.matches(record(source=TWO, language="fr"))


def test_who_is_turned_away_learns_by_which_key():
    assert rule(languages=("en",)).why_not(record(language="de")) == ("languages", "de")
    assert rule(sources=("one",)).why_not(record(source=TWO)) == ("sources", f"comes from {TWO}")
    assert rule().why_not(record()) is None


def test_the_digest_tells_choices_apart_but_not_names():
    renamed = compiled(Feed(name="f", title="F", select=Select(sources=("uno",))), {ONE: source("uno")})

    assert renamed.digest == rule(sources=("one",)).digest
    assert (
        len({rule().digest, rule(sources=("one",)).digest, rule(tags=("a",)).digest, rule(languages=("a",)).digest})
        == 4
    )


def test_a_new_source_with_a_tag_makes_it_another_rule():
    more = {**SOURCES, TWO: source("two", tags=("politics",))}

    assert (
        compiled(Feed(name="f", title="F", select=Select(tags=("politics",))), more).digest
        != rule(tags=("politics",)).digest
    )
