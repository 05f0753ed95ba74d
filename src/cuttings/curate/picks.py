"""What people's picks come to: verdicts that a decision goes by, and the next one after an action.

Pure.  `add`, `drop`, `hold` and `withdraw` exclude each other; what is kept
off the document is not pinned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from cuttings.errors import UsageError
from cuttings.model.article import RecordId
from cuttings.model.feed import Pick, Verdict

Action = Literal["add", "drop", "hold", "pin", "note", "retitle", "withdraw", "clear"]
ACTIONS: tuple[Action, ...] = get_args(Action)
WORDED: tuple[Action, ...] = ("note", "retitle")  # those that need a text


def verdicts(picks: Sequence[Pick]) -> Mapping[RecordId, Verdict]:
    """Return what was decided of each record."""
    return {pick.record: pick.verdict for pick in picks}


def decided(before: Verdict, action: Action, text: str | None = None) -> Verdict:
    """Return the verdict that one more action makes of another.

    Raises UsageError where the action needs a text and has none, or the
    record is withdrawn and would have to be added first.
    """
    if action in WORDED and not (text or "").strip():
        raise UsageError(f"{action} needs --text TEXT")
    if action == "pin" and before.action == "withdraw":
        raise UsageError("it is withdrawn; `add` brings it back, then it can be pinned")
    match action:
        case "clear":
            return Verdict()
        case "pin":
            return replace(before, pin=True, action="add" if before.action == "add" else None)
        case "note":
            return replace(before, note=(text or "").strip())
        case "retitle":
            return replace(before, title=" ".join((text or "").split()))
        case _:
            return replace(before, action=action, pin=before.pin and action == "add")
