"""What a feed selects."""

import logging
import re
import time
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.curate.rules import Rule, compiled
from cuttings.errors import ConfigErrors
from cuttings.model.article import Enclosure, Image, Person, Record, SourceKey, as_json
from cuttings.model.feed import Feed, Located, Select
from tests.builders import NOW, record, source

ONE, TWO = SourceKey("https://one.example/feed.xml"), SourceKey("https://two.example/feed.xml")
SOURCES = {ONE: source("one", tags=("Politics",)), TWO: source("two")}


def rule(**select: object) -> Rule:
    return compiled(Feed(name="f", title="F", select=Select(**select)), SOURCES)  # type: ignore[arg-type]


def refusal(of: Rule, seen: Record, newest: datetime = NOW) -> tuple[str, str] | None:
    return of.why_not(seen, lambda: seen, newest)


def takes(of: Rule, seen: Record, newest: datetime = NOW) -> bool:
    return of.matches(seen, lambda: seen, newest)


def located(*texts: str, key: str = "feeds[0].select.any_words") -> tuple[Located, ...]:
    return tuple(Located(text=text, file="config.yaml", line=7 + n, key=f"{key}[{n}]") for n, text in enumerate(texts))


def where(expression: str) -> Rule:
    return rule(where=Located(text=expression, file="config.yaml", line=9, key="feeds[0].select.where"))


def test_an_empty_select_takes_everything():
    assert takes(rule(), record(source=None, language=None))


def test_sources_are_chosen_by_name():
    assert takes(rule(sources=("one",)), record(source=ONE))
    assert not takes(rule(sources=("one",)), record(source=TWO))
    assert not takes(rule(sources=("one",)), record(source=None))


def test_a_name_that_no_source_has_selects_nothing():
    assert not takes(rule(sources=("three",)), record(source=ONE))


def test_a_tag_is_a_sources_or_a_records_and_case_is_ignored():
    assert takes(rule(tags=("politics",)), record(source=ONE))
    assert takes(rule(tags=("POLITICS",)), record(source=TWO, categories=("politics",)))
    assert not takes(rule(tags=("politics",)), record(source=TWO, categories=("sport",)))


@pytest.mark.parametrize(("language", "taken"), [("en", True), ("en-GB", True), ("de", False), (None, False)])
def test_a_language_is_a_range(language, taken):
    assert takes(rule(languages=("en",)), record(language=language)) is taken


def test_keys_join_by_and():
    both = rule(sources=("one",), languages=("de", "fr"))

    assert takes(both, record(source=ONE, language="fr"))
    assert not takes(both, record(source=ONE, language="en"))
    assert not takes(both, record(source=TWO, language="fr"))


def test_who_is_turned_away_learns_by_which_key():
    assert refusal(rule(languages=("en",)), record(language="de")) == ("languages", "de")
    assert refusal(rule(sources=("one",)), record(source=TWO)) == ("sources", f"comes from {TWO}")
    assert refusal(rule(), record()) is None


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


# -- words


@pytest.mark.parametrize(
    ("words", "title", "taken"),
    [
        (["sponsored"], "Sponsored: buy this", True),
        (["sponsored"], "unsponsored and sponsored_by", False),
        (["LIVE blog"], "Our live\u00a0\n blog.", True),
        (["live blog"], "live, blog", False),
        (["straße"], "STRASSE", True),
        (["café"], "in the cafe\u0301", True),
        (["cafe"], "in the café", False),
        (["C++"], "Why C++?", True),
        (["日本"], "今日本語で", True),
        (["a.b"], "axb", False),
        (["tides", "/^high/"], "High water", True),
        (["/^high/"], "At high water", False),
        (["/\\d+ (days|weeks)/"], "in 14 DAYS", True),
    ],
)
def test_words_are_whole_and_patterns_are_patterns(words, title, taken):
    assert takes(rule(any_words=located(*words)), record(title=title, text="")) is taken
    assert takes(rule(none_words=located(*words)), record(title=title, text="")) is not taken


@pytest.mark.parametrize("field", ["title", "summary", "text"])
def test_words_are_looked_for_in_title_summary_and_text(field):
    assert takes(rule(any_words=located("tides")), record(**({"title": "", "text": ""} | {field: "The tides."})))


def test_who_is_turned_away_for_a_word_learns_which():
    seen = record(title="A live\n blog", text="")

    assert refusal(rule(none_words=located("x", "Live blog")), seen) == ("none_words", "live blog")
    assert refusal(rule(none_words=located("/l.ve/")), seen) == ("none_words", "/l.ve/")
    assert refusal(rule(any_words=located("tides")), seen) == ("any_words", "has none of them")


def test_authors_are_chosen_by_name_case_and_white_space_ignored():
    seen = record(authors=(Person(name="Ann  O'Nyme"), Person(name="Bob")))

    assert takes(rule(authors=("ann o'nyme",)), seen)
    assert refusal(rule(authors=("Ann",)), seen) == ("authors", "Ann  O'Nyme, Bob")


def test_age_counts_back_from_the_newest_record_not_from_now():
    week = rule(newer_than=timedelta(days=7))
    seen = record(published=NOW - timedelta(days=8))

    assert takes(week, seen, newest=NOW - timedelta(days=1))
    assert refusal(week, seen) == ("newer_than", "is of 2026-11-16 12:00, before 2026-11-17 12:00")
    assert takes(rule(newer_than=timedelta(days=10**6)), seen)


def test_a_text_is_loaded_only_where_cheaper_keys_have_not_decided():
    asked = []
    both = rule(languages=("en",), any_words=located("high"))

    def whole() -> Record:
        asked.append(1)
        return record()

    assert not both.matches(record(language="de"), whole, NOW)
    assert rule(languages=("en",)).matches(record(), whole, NOW)
    assert asked == []
    assert both.matches(record(), whole, NOW)
    assert asked == [1]


# -- expressions


@pytest.mark.parametrize(
    "expression",
    [
        'record.words == 1 && !record.title.startsWith("Live:")',
        'record.source == "one" && "Politics" in record.tags && "Sea" in record.tags',
        "record.published.exists(p, p < record.first_seen) && record.modified == []",
        'record.published[0] > timestamp("2026-11-24T10:00:00Z")',
        'record.subtitle == "" && record.rights == ""',
        'record.authors.size() == 1 && record.authors[0] == "Ann"',
        'record.title.matches("(?i)^t.des$") && record.enclosures == ["https://one.example/a.mp3"]',
        'record.image == "https://one.example/a.png"',
    ],
)
def test_an_expression_asks_a_records_fields(expression):
    seen = record(
        source=ONE,
        categories=("Sea",),
        authors=(Person(name="Ann"),),
        enclosures=(Enclosure(url="https://one.example/a.mp3"),),
        image=Image(url="https://one.example/a.png"),
    )

    assert takes(where(expression), seen)
    assert refusal(where(f"!({expression})"), seen) == ("where", f"not so: !({expression})")


def test_every_field_of_a_record_but_its_captures_can_be_asked():
    for field in as_json(record(), "one"):
        if field != "captures":
            assert takes(where(f"record.{field} == record.{field}"), record(source=ONE))


def test_an_expression_that_fails_for_a_record_selects_nothing_and_says_so_once(caplog):
    failing = where("record.modified[0] > record.first_seen")

    with caplog.at_level(logging.WARNING):
        told = [refusal(failing, record()) for _ in range(3)]

    assert told[0] is not None
    assert told[0][0] == "where"
    assert "Index error" in told[0][1]
    [message] = caplog.messages
    assert message.startswith("config.yaml:9: feeds[0].select.where: ")


def test_nonsense_from_outside_is_no_failure():
    odd = record(title="\ud800 \x00", text="\ud800" * 200_000)

    assert takes(rule(any_words=located("none", "/\\?/")), odd)
    assert takes(where("record.title.size() == 3 && record.text.size() == 100000"), odd)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ('record.titel == "x"', "column 7: record.titel is not known; did you mean record.title?"),
        ('true && title == ""', "column 9: title is not known; did you mean record.title?"),
        ("true &&\n record.words > 1.5", "line 2, column 15 of it: found no matching overload for '_>_'"),
        ("record.title", "gives string; a condition, true or false, is expected"),
        ("record.title ==", "column 16: Syntax error"),
        ('record.title.contians("x")', "column 22: contians is not known; did you mean contains?"),
        ('record.title.matches("(")', "column 22: missing ): ("),
        ("record.title.matches(record.text)", "column 22: matches() takes a pattern in quotes"),
        ("record.title.matches('(w|o|r|d| ){1000}x')", "column 22: a pattern that costs too much"),
        ("record.tags.all(a, record.tags.all(b, a == b))", "column 17: .all, .exists, .map and the like may not"),
        ("record.tags.map(a, record.text + a).size() > 1", "column 17: record.text is too long"),
        ("!" + "(" * 40 + "true" + ")" * 40, "Exp"),
        ("true" + " " * 1_000, "more than 1000 characters"),
        ("[1].all(x, [2].all(y, [3].all(z, true)))", "column 9: .all"),
    ],
)
def test_a_faulty_expression_is_refused_with_its_place(expression, problem):
    with pytest.raises(ConfigErrors) as raised:
        where(expression)

    [fault] = raised.value.errors
    assert (fault.file, fault.line, fault.key) == ("config.yaml", 9, "feeds[0].select.where")
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("/(/", "missing ): ("),
        ("/(?=x)/", "invalid perl operator"),
        ("//", "an empty pattern"),
        ("/(w|o|r|d| ){1000}x/", "a pattern that costs too much"),
        ("/((a{100}){100}){100}/", "invalid repetition size"),
        (r"/\pL{1,500}x/", "pattern too large"),
        ("/" + "x" * 1_001 + "/", "a pattern of more than 1000 characters"),
        (" ", "an empty word"),
    ],
)
def test_a_faulty_pattern_is_refused_with_its_place(word, problem):
    with pytest.raises(ConfigErrors) as raised:
        rule(none_words=located("good", word))

    [fault] = raised.value.errors
    assert (fault.line, fault.key) == (8, "feeds[0].select.any_words[1]")
    assert problem in fault.problem


def test_all_faults_of_a_rule_are_told_at_once():
    with pytest.raises(ConfigErrors) as raised:
        rule(any_words=located("/(/"), none_words=located("/)/"), where=Located(text="1"))

    assert len(raised.value.errors) == 3


@pytest.mark.parametrize(
    "select",
    [
        {"any_words": located(r"/(\w+ ){240}y/")},
        {"any_words": located("/([a-z]+ ?)+x$/", *(f"word {n}" for n in range(2_000)))},
        {"where": Located(text="record.text.matches('(w|o|r|d| ){400}x')")},
        {"where": Located(text="[" + "1," * 400 + "1].exists(x, record.summary.matches('(a*)*b'))")},
    ],
)
def test_a_costly_rule_ends_soon(select):
    seen = record(title="", summary="a" * 2_000, text="word " * 1_000_000)
    started = time.process_time()

    assert not takes(rule(**select), seen)
    assert time.process_time() - started < 2  # a tenth of it at the worst; machines differ


LETTERS = st.text("abé日_ -.!\n", max_size=12)


@given(word=st.text("abé", min_size=1, max_size=2), text=LETTERS)
def test_a_word_is_found_exactly_where_it_stands_by_itself(word, text):
    alone = word in re.split(r"\W+", text)  # `_` and 日 are letters of a longer word

    assert takes(rule(any_words=located(word.upper())), record(title=text, text="")) is alone


PIECES = [
    *("record.title", "record.tags", "record.words", "record.published", ".exists(x, ", ".map(", ".matches(", "x"),
    *("[", "]", "(", ")", "{", "?", "'a'", 'r"(', '"', "'", " && ", " || ", "!", " == ", " in ", "1", "true", ", "),
    *("//", "\n"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_expression_is_refused_or_answers(expression):
    try:
        asked = where(expression)
    except ConfigErrors as faults:
        assert all(fault.problem for fault in faults.errors)
    else:
        assert takes(asked, record()) in (True, False)


# -- digests


def test_every_key_makes_another_rule():
    rules = [
        rule(),
        rule(authors=("a",)),
        rule(any_words=located("a")),
        rule(none_words=located("a")),
        rule(none_words=located("/a/")),
        rule(newer_than=timedelta(days=1)),
        where("record.words > 1"),
        where("record.words > 2"),
        where('record.source != ""'),
    ]

    assert len({one.digest for one in rules}) == len(rules)


def test_a_name_makes_another_rule_only_where_it_is_asked_for():
    renamed = {ONE: source("uno", tags=("Politics",)), TWO: source("two")}

    def differs(expression: str) -> bool:
        feed = Feed(name="f", title="F", select=Select(where=Located(text=expression)))
        return compiled(feed, SOURCES).digest != compiled(feed, renamed).digest

    assert differs('record.source == "one"')
    assert not differs('"Politics" in record.tags || record.title == "record.source"')
