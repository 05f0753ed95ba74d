"""Named points of the durable order at which a trial can let the process fail; without a wish they cost one comparison.

    CUTTINGS_FAIL=after_capture_fsync:kill    dies there, as by kill -9
    CUTTINGS_FAIL=before_visit_commit:ENOSPC  the disk is full there, once
    CUTTINGS_FAIL=before_file_rename:EIO@3    the disk fails there, the third time

Serves THREATS F-1, F-3, F-5.
"""

import errno
import itertools
import os
import signal
from dataclasses import dataclass, field

from cuttings.errors import UsageError

POINTS = {
    "after_lease_commit": "sources are leased, nothing is asked yet",
    "before_capture_write": "an answer is in memory, nothing of it on disk",
    "before_capture_fsync": "captures are written, not synced",
    "after_capture_fsync": "captures are on disk, nothing refers to them",
    "before_visit_commit": "records, state and reasons stand in a transaction that is not committed",
    "after_visit_commit": "they are committed, nobody was told",
    "before_release_commit": "a visit is over, its source still leased",
    "before_sidecar": "a full capture file is still open",
    "before_seal": "its checksum is beside it, its name not yet final",
    "after_seal": "it is sealed",
    "before_place_commit": "places, lines and pages stand in a transaction that is not committed",
    "after_place_commit": "they are committed, no file shows them",
    "after_stamp_commit": "the time of a file is committed, the file not written",
    "before_file_rename": "a published file is written beside",
    "between_twins": "the .gz is new, the file old",
    "after_file": "a file and its .gz are new",
    "before_remove": "a file that nothing leads to is about to be deleted",
    "before_wrote_commit": "all files are written, the ledger does not know it",
    "before_index_commit": "revisions stand in search, not committed",
    "before_migration_commit": "a step of the schema is taken, not committed",
}

_ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EROFS": errno.EROFS}


@dataclass(frozen=True, slots=True)
class _Fault:
    point: str
    error: int | None  # None: the process is killed
    at: int  # the how manieth time
    times: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def met(self) -> None:
        if next(self.times) != self.at:
            return
        if self.error is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            raise OSError(self.error, os.strerror(self.error))


_fault: _Fault | None = None


def arm(wish: str | None) -> None:
    """Ask for a fault (None: for none).  Raises UsageError where it makes no sense."""
    global _fault  # noqa: PLW0603 - a process fails as a whole
    _fault = _parsed(wish) if wish else None


def reached(point: str) -> None:
    """Be at a point: go on, or fail as was asked; raises OSError then, as a call to the system would."""
    if _fault is not None and _fault.point == point:
        _fault.met()


def _parsed(wish: str) -> _Fault:
    point, _, rest = wish.partition(":")
    kind, _, at = rest.partition("@")
    if point not in POINTS:
        raise UsageError(f"CUTTINGS_FAIL: no point is named {point}; there are {', '.join(POINTS)}")
    if kind not in (*_ERRORS, "kill") or not (at or "1").isdecimal():
        raise UsageError(
            f"CUTTINGS_FAIL: {rest or 'nothing'}: say kill, {' or '.join(_ERRORS)}, and @N for the Nth time"
        )
    return _Fault(point, _ERRORS.get(kind), int(at or 1))
