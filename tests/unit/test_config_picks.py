"""The file of picks: read strictly, edited without touching anything else in it."""

import re
import threading
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuttings.config import picks
from cuttings.curate.picks import decided
from cuttings.errors import ConfigErrors, UsageError
from cuttings.model.feed import Feed, Verdict

FRONT, SIDE = Feed(name="front-page", title="Front"), Feed(name="side", title="Side", formerly=("edge",))
FEEDS = (FRONT, SIDE)
A, B, C = ("".join([letter * 25, "2"]) for letter in "abc")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "picks.yaml"


def pick(file, action, *ids, feed=FRONT, text=None, title="Tides"):
    """Do one action as the command does."""
    return picks.edit(file, FEEDS, feed, dict.fromkeys(ids, title), partial(decided, action=action, text=text))


def held(file, feed="front-page"):
    return {one.record: one.verdict for one in picks.read(file, FEEDS).get(feed, ())}


def test_a_file_is_read_with_all_it_says(file):
    file.write_text(
        f"# mine\nfront-page:\n  - {{id: {A}, title: High tide, actions: {{pin: true, note: Read this first.}}}}\n"
        f"  - id: {B}\n    actions:\n      drop: true\n      retitle: 12\n      add: false\nside:\n"
    )

    found = picks.read(file, FEEDS)

    assert held(file) == {A: Verdict(pin=True, note="Read this first."), B: Verdict(action="drop", title="12")}
    assert [(one.title, one.line) for one in found["front-page"]] == [("High tide", 3), (None, 4)]
    assert found["side"] == []


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "front-page:\n", "front-page: []\n"])
def test_a_file_that_says_nothing_or_is_not_there_holds_no_picks(file, text):
    assert picks.read(file, FEEDS) == {}

    file.write_text(text)

    assert held(file) == {}


def test_a_former_name_of_a_feed_stands_for_it(file):
    file.write_text(f"edge: [{{id: {A}, actions: {{drop: true}}}}]\n")

    pick(file, "hold", B, feed=SIDE)

    assert held(file, "side") == {A: Verdict(action="drop"), B: Verdict(action="hold")}
    assert "side" not in file.read_text()


@pytest.mark.parametrize(
    ("written", "line", "key", "problem"),
    [
        ("front-pge: []", 1, "front-pge", "did you mean front-page?"),
        ("front-page: 3", 1, "front-page", "a list of picks"),
        ("[]", 1, None, "names of feeds"),
        ("front-page:\n  - x", 2, "front-page[0]", "keys and values"),
        ("front-page:\n  - actions: {drop: true}", 2, "front-page[0].id", "missing"),
        (f"front-page:\n  - id: {A}", 2, "front-page[0].actions", "missing"),
        ("front-page:\n  - {id: abc, actions: {drop: true}}", 2, "front-page[0].id", "whole id"),
        (
            f"front-page:\n  - id: {A}\n    actions: {{drpo: true}}",
            3,
            "front-page[0].actions.drpo",
            "did you mean drop",
        ),
        (f"front-page:\n  - {{id: {A}, actions: {{}}}}", 2, "front-page[0].actions", "at least one"),
        (f"front-page:\n  - {{id: {A}, actions: {{pin: 1}}}}", 2, "front-page[0].actions.pin", "true or false"),
        (f"front-page:\n  - {{id: {A}, actions: {{title: x}}}}", 2, "front-page[0].actions.title", "retitle"),
        (f"front-page:\n  - {{id: {A}, actions: {{note: ''}}}}", 2, "front-page[0].actions.note", "2,000"),
        (f'front-page:\n  - {{id: {A}, actions: {{note: "\\a"}}}}', 2, "front-page[0].actions.note", "control"),
        (f"front-page:\n  - {{id: {A}, actions: {{add: true, drop: true}}}}", 2, "front-page[0].actions", "exclude"),
        (
            f"front-page:\n  - &x {{id: {A}, actions: {{add: true}}}}\n  - {{id: {A}, actions: {{pin: true}}}}",
            3,
            "front-page[1].id",
            "already (line 2)",
        ),
        ("front-page: [", 1, None, "YAML"),
    ],
)
def test_a_fault_is_told_with_line_key_and_what_would_be_right(file, written, line, key, problem):
    file.write_text(written)

    with pytest.raises(ConfigErrors) as refused:
        picks.read(file, FEEDS)

    [fault] = refused.value.errors
    assert (fault.file, fault.line, fault.key) == (str(file), line, key)
    assert problem in fault.problem


def test_all_faults_are_told_at_once(file):
    file.write_text("no: []\nfront-page: [1, 2]\n")

    with pytest.raises(ConfigErrors) as refused:
        picks.read(file, FEEDS)

    assert [fault.key for fault in refused.value.errors] == ["no", "front-page[0]", "front-page[1]"]


def test_no_variable_and_no_tag_means_anything_in_it(file):
    pick(file, "note", A, text="${HOME} costs 5 €: {a} # really")

    assert held(file)[A].note == "${HOME} costs 5 €: {a} # really"


@pytest.mark.parametrize("title", ["", "no", "a: {b", "\u2028 # \x85 \ufeff", "“Tide” 🌊" * 60, '"\\', "\ud800"])
def test_whatever_the_title_the_file_can_be_read_again(file, title):
    pick(file, "drop", A, title=title)

    assert held(file) == {A: Verdict(action="drop")}


def test_what_a_pick_does_not_change_stays_as_it_was(file):
    before = (
        f"# mine\nfront-page: # the front\n  - id: {A}  # a good one\n    actions:\n      # for now\n"
        f"      pin: true # top\n      note: >-\n        Read\n        this.\n\n"
        f"  - {{ id: '{B}', actions: {{drop: true}} }} # dull\n# the end\n"
    )
    file.write_text(before)

    pick(file, "retitle", A, text="High")
    assert file.read_text() == before.replace("        this.\n", "        this.\n      retitle: High\n")

    pick(file, "drop", A)
    assert "# for now" in file.read_text()
    assert held(file)[A] == Verdict(action="drop", note="Read this.", title="High")

    pick(file, "clear", A)
    assert file.read_text().endswith(f"  - {{ id: '{B}', actions: {{drop: true}} }} # dull\n# the end\n")
    assert file.read_text().startswith("# mine\nfront-page: # the front\n")
    assert held(file) == {B: Verdict(action="drop")}


def test_an_action_that_changes_nothing_writes_nothing(file):
    pick(file, "pin", A)
    before = file.stat()

    told = pick(file, "pin", A)

    assert told == {A: (Verdict(pin=True), Verdict(pin=True))}
    assert file.stat().st_ino == before.st_ino


@pytest.mark.parametrize(
    "text", ["front-page: {}\n", f"front-page: &a\n  - {{id: {A}, actions: &b {{drop: true}}}}\nside: *a\n"]
)
def test_a_file_that_cannot_be_changed_stays_as_it_is(file, text):
    file.write_text(text)

    with pytest.raises((ConfigErrors, UsageError)):
        pick(file, "hold", B, feed=SIDE)

    assert file.read_text() == text


def test_two_who_edit_at_once_lose_nothing(file):
    ids = [f"{letter * 25}2" for letter in "abcdefgh"]
    editors = [threading.Thread(target=pick, args=(file, "drop", one)) for one in ids]

    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()

    assert held(file) == dict.fromkeys(ids, Verdict(action="drop"))


STEPS = st.tuples(
    st.sampled_from(["add", "drop", "hold", "pin", "note", "retitle", "clear"]), st.sampled_from([A, B, C])
)


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEPS, max_size=5), flow=st.booleans(), comments=st.booleans(), data=st.data())
def test_the_file_says_what_the_actions_came_to_and_keeps_every_comment(tmp_path_factory, steps, flow, comments, data):
    file = tmp_path_factory.mktemp("picks") / "picks.yaml"
    mark = "  # kept" if comments else ""
    items = [f"{{id: {C}, actions: {{note: mine}}}}", f"{{id: {A}, actions: {{drop: true, note: 'a, b'}}}}"]
    if flow:
        body = f"side: [{items[0]}]{mark}\nfront-page: [{', '.join(items)}]{mark}\n"
    else:
        body = f"side:{mark}\n- {items[0]}{mark}\nfront-page:\n" + "".join(f"    - {item}{mark}\n" for item in items)
    file.write_text(body)
    wanted = {C: Verdict(note="mine"), A: Verdict(action="drop", note="a, b")}

    for action, one in steps:
        text = "Read: this" if action in ("note", "retitle") else None
        pick(file, action, one, text=text)
        wanted[one] = decided(wanted.get(one, Verdict()), action, text)

    assert held(file) == {one: verdict for one, verdict in wanted.items() if verdict != Verdict()}
    assert held(file, "side") == {C: Verdict(note="mine")}
    gone = {one for action, one in steps if action == "clear"}
    lost = body.count("# kept") - len(re.findall("# kept", file.read_text()))
    assert lost <= (0 if flow else len(gone & {A, C}))
