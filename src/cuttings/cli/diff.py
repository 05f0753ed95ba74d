"""What changed between two revisions: diff."""

from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuttings.cli import records
from cuttings.cli.common import Settings, command
from cuttings.cli.records import RecordArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cuttings.model.article import Record
    from cuttings.text.difference import Part

Revisions = Annotated[
    list[int] | None,
    typer.Argument(metavar="[REV REV]", help="Revisions, counted from 1; else the last two. One: what it changed."),
]

TEXTS = ("title", "subtitle", "summary", "text")  # compared by word
FACTS = ("authors", "published", "modified", "language", "categories", "url", "status", "rights")

_MARKS = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}
_COLOURS = {"same": ("", ""), "gone": ("\x1b[31;9m", "\x1b[0m"), "new": ("\x1b[32m", "\x1b[0m")}


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "diff",
        "cuttings diff h3gkut4e          what the newest revision changed",
        "cuttings diff h3gkut4e 1 3",
        "cuttings --json diff h3gkut4e | jq .changes",
    )(diff)


def diff(settings: Settings, record: RecordArgument, revisions: Revisions = None) -> int:
    """Print what changed between two revisions of a record, by paragraph and word, and how much it weighs.

    In colour on a terminal; elsewhere what is gone stands in [-…-], what is new in {+…+}.
    """
    import asyncio

    from cuttings import app
    from cuttings.errors import UsageError

    if len(revisions or ()) > 2:
        raise UsageError("two revisions can be compared at once")
    config = settings.load()

    async def compared() -> None:
        async with app.opened(config) as opened:
            history = await opened.archive.history((await records.found(opened, record)).id)
        old, new = _chosen(history, revisions or [])
        _print(settings, old, new, config.site.timezone)

    asyncio.run(compared())
    return 0


def _chosen(history: "Sequence[Record]", wanted: "Sequence[int]") -> "tuple[Record, Record]":
    """Return the revisions to compare; a record with one alone is compared with itself."""
    from cuttings.errors import UsageError

    by_number = {one.revision: one for one in history}
    newest = history[-1].revision
    numbers = wanted if len(wanted) == 2 else [max((wanted or [newest])[0] - 1, 1), (wanted or [newest])[0]]
    for number in numbers:
        if number not in by_number:
            raise UsageError(f"there is no revision {number} of {history[-1].id}; it has {len(history)}")
    return by_number[numbers[0]], by_number[numbers[1]]


def _print(settings: Settings, old: "Record", new: "Record", timezone: str) -> None:
    from cuttings.cli import tell

    facts, texts = _facts(old, new), _texts(old, new)
    if settings.json:
        tell.json_line(_as_json(old, new, facts, texts))
        return
    tell.line(f"{new.id}: revision {old.revision} -> {new.revision}{_weight(old, new)}")
    for name, fact in facts.items():
        tell.line(f"{name:<12}{_shown(fact['was'])} -> {_shown(fact['is'])}")
    for name, parts in texts.items():
        if name != "text":
            _print_parts(name, parts)
    _print_paragraphs(old, new)
    if not facts and not texts:
        same = "it has no other revision" if old.revision == new.revision == 1 else "they say the same"
        tell.aside(f"nothing changed: {same}")


def _as_json(
    old: "Record", new: "Record", facts: "dict[str, dict[str, Any]]", texts: "dict[str, Sequence[Part]]"
) -> "dict[str, Any]":
    from cuttings.normalise import edits

    changes = {name: [{"how": how, "text": text} for how, text in parts] for name, parts in texts.items()}
    paragraphs = [
        {"at": one.at, "old": one.old, "new": one.new, "weight": _name(why), "material": list(why or ())}
        for one, why in edits.weighed(old, new)
    ]
    edit = edits.judged(old, new)
    return {
        "id": new.id,
        "from": old.revision,
        "to": new.revision,
        "cause": new.cause,
        "weight": _name(edit.material if edit else None),
        "material": list(edit.material if edit else ()),
        "changes": {**facts, **changes},
        "paragraphs": paragraphs,
    }


def _weight(old: "Record", new: "Record") -> str:
    from cuttings.normalise import edits

    edit = edits.judged(old, new)
    if old.revision == new.revision or (edit is None and new.cause == "ours"):
        return ""
    return f", {_in_words(edit.material if edit else None)}"


def _name(material: "Sequence[str] | None") -> str:
    return "noise" if material is None else "material" if material else "minor"


def _in_words(material: "Sequence[str] | None") -> str:
    name = _name(material)
    return f"{name}: {', '.join(material)}" if material else name


def _facts(old: "Record", new: "Record") -> "dict[str, dict[str, Any]]":
    """Return what differs among the fields that are no running text, in the public form."""
    from cuttings.model.article import as_json

    was, now = as_json(old, None), as_json(new, None)
    return {name: {"was": was[name], "is": now[name]} for name in FACTS if was[name] != now[name]}


def _texts(old: "Record", new: "Record") -> "dict[str, Sequence[Part]]":
    from cuttings.text.difference import difference

    pairs = {name: (getattr(old, name) or "", getattr(new, name) or "") for name in TEXTS}
    return {name: difference(was, now) for name, (was, now) in pairs.items() if was != now}


def _print_parts(name: str, parts: "Sequence[Part]") -> None:
    """Print the lines of a text that changed, with what changed in them; "…" stands for the others."""
    import os
    import sys

    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(f"{name}:")
    lines = _lines(parts, _COLOURS if coloured else _MARKS)
    for changed, run in groupby(lines, key=lambda line: line[1]):
        print("\n".join(f"  {line}" for line, _ in run) if changed else "  …")


def _print_paragraphs(old: "Record", new: "Record") -> None:
    """Print each paragraph that changed: which one it is now, what the change weighs, and what changed in it."""
    from cuttings.normalise import edits
    from cuttings.text.difference import difference

    for change, why in edits.weighed(old, new):
        _print_parts(f"paragraph {change.at + 1}, {_in_words(why)}", difference(change.old, change.new))


def _lines(parts: "Sequence[Part]", marks: "Mapping[str, tuple[str, str]]") -> "Sequence[tuple[str, bool]]":
    """Return each line with its marks, and whether it has any; blank lines go along with those before them."""
    from cuttings.text.visible import visible

    lines = [("", False)]
    for how, text in parts:
        first, *others = text.split("\n")
        for number, piece in enumerate((first, *others)):
            before, changed = lines.pop() if number == 0 else ("", False)
            start, end = marks[how] if piece else ("", "")
            lines.append((before + start + visible(piece) + end, changed or (how != "same" and bool(piece))))
    return [(line, changed) for line, changed in lines if line]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(one["name"] if isinstance(one, dict) else str(one) for one in value) or "none"
    return "none" if value is None else str(value)
