"""What one more action makes of a verdict."""

import pytest

from cuttings.curate.picks import decided, verdicts
from cuttings.errors import UsageError
from cuttings.model.feed import Pick, Verdict
from tests.builders import record


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        (Verdict(), "add", Verdict(action="add")),
        (Verdict(action="drop"), "hold", Verdict(action="hold")),
        (Verdict(action="add", pin=True), "withdraw", Verdict(action="withdraw")),
        (Verdict(pin=True), "add", Verdict(action="add", pin=True)),
        (Verdict(action="add"), "pin", Verdict(action="add", pin=True)),
        (Verdict(action="drop", note="Why."), "pin", Verdict(pin=True, note="Why.")),
        (Verdict(action="withdraw", note="Why."), "add", Verdict(action="add", note="Why.")),
        (Verdict(action="withdraw", title="A"), "clear", Verdict()),
    ],
)
def test_an_action_follows_on_what_was_decided_before(before, action, after):
    assert decided(before, action) == after


def test_words_are_trimmed_and_a_title_is_one_line():
    assert decided(Verdict(pin=True), "note", " Read\nthis. ") == Verdict(pin=True, note="Read\nthis.")
    assert decided(Verdict(), "retitle", " High \n tide ") == Verdict(title="High tide")


@pytest.mark.parametrize(("before", "action"), [(Verdict(action="withdraw"), "pin"), (Verdict(), "note")])
def test_what_makes_no_sense_is_refused(before, action):
    with pytest.raises(UsageError):
        decided(before, action, " ")


def test_picks_are_verdicts_by_record():
    dropped = Pick(record=record().id, verdict=Verdict(action="drop"))

    assert verdicts([dropped]) == {record().id: Verdict(action="drop")}
