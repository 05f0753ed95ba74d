"""What recurs in a source's articles is boilerplate; what an author says again is not."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.text import blocks as clean
from cuttings.text.boilerplate import MOST_RECURRING, MOST_SINGLE, RESTED, Counts, fingerprint, judge, learn

APPEAL = "Dear reader, this paper lives on what you give. Become a member today and keep it free for everyone."
BLURB = "Anna Mole has written about rivers since 1998 and lives by one."
WORDS = ["river", "stone", "bridge", "mayor", "barge", "pier", "council", "vote", "night", "crane", "steel", "toll"]
BACKGROUND = "The bridge was closed in March, after a barge had hit its third pier and two people had been hurt."


def article(number: int, *around: str) -> list[str]:
    """Return an article's own paragraphs, as HTML, with others behind the second."""
    words = random.Random(number).sample(WORDS, 8)
    about = " ".join(words)
    own = [f"<p>Paragraph {'x' * number}{part} tells of {about} and of the {words[part]}.</p>" for part in range(6)]
    return [*own[:2], *around, *own[2:]]


def counted(articles: Iterable[list[str]]) -> Counts:
    counts = Counts()
    for one in articles:
        counts = learn(counts, clean.texts(clean.parts("".join(one))))
    return counts


def taken(one: list[str], counts: Counts) -> list[str]:
    return [verdict.part.text for verdict in judge(clean.parts("".join(one)), counts)]


def test_an_appeal_in_every_article_is_taken_out_with_its_heading_and_its_reason() -> None:
    box = ("<h3>Support us</h3>", f"<p>{APPEAL}</p>", '<p><a href="http://a/give">Give now</a></p>')
    counts = counted(article(n, *box) for n in range(10))

    verdicts = judge(clean.parts("".join(article(11, *box))), counts)

    assert [verdict.part.text for verdict in verdicts][:2] == ["Support us", APPEAL]
    assert verdicts[1].why == "in 10 of 10 articles on end"


def test_what_one_article_alone_says_is_never_taken_out() -> None:
    counts = counted(article(n, f"<p>{APPEAL}</p>") for n in range(20))

    assert taken(article(21), counts) == []


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_the_background_that_follow_ups_repeat_stays(share: float) -> None:
    told = (article(n, *([f"<p>{BACKGROUND}</p>"] if n * share % 1 < share else [])) for n in range(40))

    assert taken(article(41, f"<p>{BACKGROUND}</p>"), counted(told)) == []


def test_a_quotation_stays_however_often_it_is_quoted() -> None:
    quoted = ("<blockquote><p>We shall build it again, and it will be higher than before.</p></blockquote>",)
    spoken = ("<p>“We shall build it again, and it will be higher than before,” the mayor said.</p>",)

    for words in (quoted, spoken):
        assert taken(article(30, *words), counted(article(n, *words) for n in range(20))) == []


def test_the_heading_of_a_recurring_column_stays_as_long_as_something_is_said_below_it() -> None:
    heading = ("<h2>What we are reading</h2>",)
    label = ("<p><strong>Letters of the week</strong></p>",)

    for words in (heading, label):
        assert taken(article(30, *words), counted(article(n, *words) for n in range(20))) == []


def test_a_blurb_at_the_end_goes_sooner_than_the_same_words_in_the_midst() -> None:
    at_the_end = [[*article(n), f"<p>{BLURB}</p>"] for n in range(5)]
    in_the_midst = [[*article(n)[:3], f"<p>{BLURB}</p>", *article(n)[3:], *article(n + 50)] for n in range(5)]

    assert taken(at_the_end[0], counted(at_the_end)) == [BLURB]
    assert taken(in_the_midst[0], counted(in_the_midst)) == []


def test_numbers_and_case_do_not_hide_what_recurs() -> None:
    assert fingerprint("We need 132 new donors until  midnight!") == fingerprint("WE NEED 7 new donors until midnight.")
    assert fingerprint("We need new donors") != fingerprint("We need new readers")


def test_what_a_site_has_given_up_is_forgotten() -> None:
    before = [article(n, f"<p>{APPEAL}</p>") for n in range(10)]
    since = [article(n) for n in range(100, 101 + RESTED)]

    assert taken(before[0], counted(before)) == [APPEAL] or taken([*before[0], f"<p>{APPEAL}</p>"], counted(before))
    assert taken(before[0], counted([*before, *since])) == []


def test_a_new_appeal_is_judged_by_the_articles_since_it_came() -> None:
    before = [article(n) for n in range(50)]
    since = [[*article(n), f"<p>{APPEAL}</p>"] for n in range(100, 105)]

    assert taken(since[-1], counted([*before, *since])) == [APPEAL]


def test_counts_are_bounded_and_packed_without_loss() -> None:
    counts = counted(
        [f"<p>{n} says {part} words {'y' * (n % 90)}{'z' * part}</p>" for part in range(60)] for n in range(80)
    )

    assert len(counts.blocks) <= MOST_RECURRING + MOST_SINGLE
    assert Counts.unpacked(counts.packed()) == counts
    with pytest.raises(ValueError, match="no counts"):
        Counts.unpacked(b"\0" * 7)


@given(
    st.lists(st.lists(st.sampled_from([APPEAL, BLURB, BACKGROUND, "One more line.", "Two"]), max_size=6), max_size=12)
)
def test_what_is_taken_out_is_always_part_of_the_article(told: list[list[str]]) -> None:
    counts = Counts()
    for one in told:
        counts = learn(counts, one)
    for one in told:
        html = "".join(f"<p>{text}</p>" for text in one)
        found = clean.parts(html)
        verdicts = judge(found, counts)
        left = clean.without(html, [verdict.part for verdict in verdicts])
        assert sorted(clean.texts(clean.parts(left)) + [verdict.part.text for verdict in verdicts]) == sorted(one)
