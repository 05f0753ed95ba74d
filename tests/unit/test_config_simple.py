"""Simple YAML is read a line at a time, and never otherwise than ruamel.yaml reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.config import document, simple
from cuttings.errors import ConfigError

WRITTEN = """
    x a-b yes no on true False ~ null NULL 010 0o17 0x1f 1_000 1:30:00 1e3 +1 .5 .inf .nan 2026-01-01 2026-01-01T10:00Z
    https://a.example/b?c=d&e=f#g a:b :b a: a#b #b - -a ? ?a * *a &a !t !!str | > >- % @ ` $x ${ONE} ${NONE} /p ./p
    é 漢字 😀 = << [a] [] [a,b] {} {a} {a:b} [a [ ] { } , a, 'q' '' "q" "" ' " 'it''s' "\\n"
"""
WORDS = st.sampled_from([*WRITTEN.split(), "\t", "\u00a0", "\u2028"])
FLOW = st.sampled_from(
    [
        "[a, b]",
        "[ 'a, b' , \"c\",d e ]",
        "[https://a.example/?b=c, 010, no]",
        "{a: b}",
        "{name: x, url: https://a.example/b, tags: [c, no], every: 30m}",
        "{a: 1, a: 2}",
        "[a, [b]]",
        "[a,, b]",
        "{a: {b: c}}",
        "{a: 'b: c', d: }",
        "{a:b}",
        "[a: b]",
        "{a}",
        "{a: b c: d}",
    ]
)
VALUES = st.one_of(st.just(""), FLOW, st.lists(WORDS, min_size=1, max_size=3).map(" ".join))
LINES = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "  ", "    ", "  ", " ", "\t"]),
    st.sampled_from(["", "", "- ", "-   ", "-", "- - "]),
    st.sampled_from(["", "name: ", "tags: ", "a:", "a:  ", "'a': ", "1: ", "a b: ", "? ", "---", "%YAML 1.1"]),
    VALUES,
    st.sampled_from(["", "", "", " # c", "# c", " "]),
)
TEXTS = st.lists(LINES, max_size=6).map("\n".join)
LIKELY = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["- ", "  ", "  ", "", "  - ", "    "]),
        st.sampled_from(["name: ", "url: ", "tags: ", "a:", ""]),
        VALUES,
    ),
    max_size=6,
).map("\n".join)


def said(text: str) -> object:
    """Return what a text comes to: values by their types, lines, secrets and faults."""
    try:
        read = document.read(text, "config.yaml", {"ONE": "1"})
    except ConfigError as error:
        return str(error)
    return repr(read.values), read.lines, read.secret, [str(fault) for fault in read.faults]


def said_by_ruamel(text: str) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simple, "composed", lambda text: None)
        return said(text)


@given(st.one_of(TEXTS, LIKELY))
def test_what_is_simple_says_the_same_to_both(text):
    if simple.composed(text) is not None:
        assert said(text) == said_by_ruamel(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "# c\n\na:   # c\n  - b: c\n    d: [e, 'f g']\n  # c\n  - https://a.example/#b # c\ng:\n- h\n- {i: j}\nk:\n",
        "a: no\nb: 010\nc: 0o17\nd: 1:30\ne: ~\nf: true\ng: 2026-01-01\nh: .5\ni: 1e3\n",
        "a: '${ONE}'\nb: ${ONE}${NONE}\na: twice\n",
        "a: 'Grüße #1: «x»' \nb: \"\"\n- c\n"[:-4],
    ],
)
def test_what_most_configurations_are_like_is_simple(text):
    assert simple.composed(text) is not None
    assert said(text) == said_by_ruamel(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a: b\n  c\n",
        "a: |\n  b\n",
        "a: &b c\n",
        "a: *b\n",
        "a: !!str b\n",
        'a: "\\n"\n',
        "a: 'it''s'\n",
        "a:\tb\n",
        "a: b\r\n",
        "--- \na: b\n",
        "%YAML 1.1\n---\na: yes\n",
        "a: b: c\n",
        "a: b\n- c\n",
        " a: b\n",
        "a:\n    b: c\n  d: e\n",
        "- - a\n",
        "<<: a\n",
        "a: [b\n",
        "a: [b, [c]]\n",
        "a:\n  b\n",
        "a: b\u2028c: d\n",
    ],
)
def test_all_else_is_left_to_ruamel(text):
    assert simple.composed(text) is None


def test_a_long_line_that_is_not_simple_is_told_soon():
    assert simple.composed(f"a: [{'b, ' * 100_000}\n") is None
    assert simple.composed(f"a: {'b ' * 100_000}: c\n") is None
