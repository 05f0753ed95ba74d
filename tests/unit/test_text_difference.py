"""What changed between two texts."""

from hypothesis import example, given
from hypothesis import strategies as st

from cuttings.text.difference import difference

TEXTS = st.text(st.sampled_from(["a", "b", "ä", " ", "\n", ".", "\u2028"]), max_size=40)


@given(TEXTS, TEXTS)
@example("", "")
@example("a b", "a  b")
def test_the_parts_make_up_both_texts(old, new):
    parts = difference(old, new)

    assert "".join(text for how, text in parts if how != "new") == old
    assert "".join(text for how, text in parts if how != "gone") == new
    assert all(text for _, text in parts)


def test_what_changed_is_told_by_word_and_once():
    old, new = "The high tide came.\n\nLow.", "The low water came at noon.\n\nLow."

    assert list(difference(old, new)) == [
        ("same", "The"),
        ("gone", " high tide"),
        ("new", " low water"),
        ("same", " came"),
        ("new", " at noon"),
        ("same", ".\n\nLow."),
    ]


def test_texts_too_different_to_compare_are_replaced_as_a_whole():
    old, new = " ".join(f"a{n}" for n in range(3000)), " ".join(f"b{n}" for n in range(3000))

    assert list(difference(old, new)) == [("gone", old), ("new", new)]


def test_one_word_in_a_very_long_text_is_found():
    lines = [f"Line {number} of a long article." for number in range(1500)]
    changed = [*lines[:700], "Line 700 of a longer article.", *lines[701:]]

    parts = difference("\n".join(lines), "\n".join(changed))

    assert [part for part in parts if part[0] != "same"] == [("gone", " long"), ("new", " longer")]
