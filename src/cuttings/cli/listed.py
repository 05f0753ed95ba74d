"""What became of the lists of sources that live elsewhere, for `status`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cuttings.cli import tell
from cuttings.cli.health import moment
from cuttings.model.reason import subject_of
from cuttings.text import urls

if TYPE_CHECKING:
    from cuttings.app import App

CHANGES = ("added", "removed", "renamed")


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: how many sources it names that are not written out, and what its last change was."""

    name: str
    sources: int
    changed: datetime | None
    changes: Mapping[str, int]


async def found(opened: "App") -> Sequence[Listed]:
    """Return what is known of the lists that the configuration includes."""
    named = Counter(str(one.include) for one in opened.config.declared.values() if one.include)
    lists: list[Listed] = []
    for one in opened.config.lists:
        reasons = [pair for pair in await opened.archive.reasons(subject_of(one.address)) if pair[1].step == "list"]
        changed = max((at for at, _ in reasons), default=None)
        changes = Counter(reason.rule for at, reason in reasons if at == changed)
        lists.append(Listed(one.name, named[urls.masked(one.address)], changed, changes))
    return lists


def words(one: Listed, zone: str) -> str:
    """Return what people are told of a list."""
    told = ", ".join(f"{one.changes[rule]} {rule}" for rule in CHANGES if one.changes.get(rule))
    changed = f"; changed {tell.when(one.changed, zone)}: {told}" if told else ""
    return f"{one.name}: {one.sources} sources{changed}"


def as_json(one: Listed) -> dict[str, Any]:
    """Return a list in its public form."""
    changes = {rule: one.changes.get(rule, 0) for rule in CHANGES}
    return {"list": one.name, "sources": one.sources, "changed": moment(one.changed), **changes}
