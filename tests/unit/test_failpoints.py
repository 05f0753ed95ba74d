"""Named points at which a trial lets the process fail."""

import errno
import re
from pathlib import Path

import pytest

from cuttings import failpoints
from cuttings.errors import UsageError
from cuttings.failpoints import POINTS, reached

SOURCE = Path(failpoints.__file__).parent


@pytest.fixture(autouse=True)
def disarmed():
    yield
    failpoints.arm(None)


def test_without_a_wish_nothing_fails():
    for point in POINTS:
        reached(point)


def test_the_disk_fails_where_and_when_it_was_asked_to():
    failpoints.arm("before_seal:ENOSPC@2")

    reached("before_seal")
    reached("after_seal")
    with pytest.raises(OSError, match="No space left") as raised:
        reached("before_seal")
    reached("before_seal")

    assert raised.value.errno == errno.ENOSPC


@pytest.mark.parametrize("wish", ["before_lunch:kill", "before_seal", "before_seal:tired", "before_seal:kill@soon"])
def test_a_wish_that_makes_no_sense_is_refused(wish):
    with pytest.raises(UsageError, match="CUTTINGS_FAIL"):
        failpoints.arm(wish)


def test_every_point_is_met_somewhere_and_every_one_met_is_listed():
    source = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    met = set(re.findall(r'reached\("(\w+)"\)', source))
    for what in re.findall(r'what="(\w+)"', (SOURCE / "archive/sqlite/archive.py").read_text()):
        met |= {f"{when}_{what}_commit" for when in ("before", "after")}

    assert met >= set(POINTS)
    assert {point for point in met if not point.endswith("_commit")} <= set(POINTS)
