"""Sources that moved for good: source moves."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuttings.cli import complete
from cuttings.cli.common import Settings, command, hint

if TYPE_CHECKING:
    from cuttings.app import App
    from cuttings.config.moving import Step, Written
    from cuttings.config.values import Config
    from cuttings.flow.moves import Mover, Moving
    from cuttings.model.source import Source, SourceState

Which = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SOURCE…]", help="Of these (names or addresses).", autocompletion=complete.sources),
]
Apply = Annotated[bool, typer.Option("--apply", help="Write the new addresses into the files.")]
Undo = Annotated[bool, typer.Option("--undo", help="The named sources did not move: ask where they were asked before.")]

LEFT = "not written: {name}: {why}"


def register(group: typer.Typer) -> None:
    """Add the command of this module."""
    command(
        group,
        "moves",
        "cuttings source moves",
        "cuttings source moves > moves.patch; patch -p1 < moves.patch",
        "cuttings source moves --apply",
        "cuttings source moves --apply truthout    believe it now, whatever was found there",
        "cuttings source moves --undo truthout     it was no move",
    )(moves)


def moves(settings: Settings, sources: Which = None, apply: Apply = False, undo: Undo = False) -> int:
    """List the sources that moved for good, and what the configuration would say: as a patch.

    A move is believed when it was seen long enough, and from then on the new address is asked; what remains is to
    write it down. Moves that are not believed yet, or never by themselves, are listed; they are in the patch, and
    written by --apply, where the source is named. No article, no id and no feed changes.
    """
    import asyncio

    from cuttings.errors import UsageError

    config, file = settings.load(), settings.file()
    named = _named(config, sources or [])
    if undo and (apply or not named):
        raise UsageError("--undo needs the names of sources, and not --apply")
    shown = _Shown(config)
    if undo:
        asyncio.run(_undo(config, named, shown))
    else:
        asyncio.run(_moves(config, named, apply, shown))
    shown.tell(settings.json, str(file))
    return int(bool(shown.problems) and (apply or undo))


class _Shown:
    """What is told in the end."""

    def __init__(self, config: "Config") -> None:
        self.config = config
        self.found: Sequence[Moving] = ()
        self.written: Sequence[Written] = ()
        self.problems: dict[str, str] = {}
        self.applied: list[str] = []
        self.undone: list[str] = []

    @property
    def patch(self) -> str:
        from cuttings.config import moving

        return moving.patch(self.written, self.config.folder)

    def tell(self, as_json: bool, file: str) -> None:
        import sys

        from cuttings.cli import tell

        if as_json:
            tell.json_line(self._json(file))
            return
        for one in self.found:
            tell.line(_words(one, self.config.site.timezone))
        sys.stdout.write(self.patch)
        sys.stdout.flush()
        for name in self.undone:
            tell.line(f"{name}: no move")
        for name, why in self.problems.items():
            tell.aside(LEFT.format(name=name, why=why))
        if not self.found and not self.undone:
            tell.aside("no source moved")
        elif self.applied:
            tell.aside(f"written: {', '.join(self.applied)}")

    def _json(self, file: str) -> dict[str, Any]:
        return {
            "file": file,
            "moves": [_as_json(self.config, one, self.problems.get(one.source.name)) for one in self.found],
            "patch": self.patch,
            "applied": self.applied,
            "undone": self.undone,
            "problems": [{"source": name, "problem": why} for name, why in self.problems.items()],
        }


async def _moves(config: "Config", named: Sequence["Source"], apply: bool, shown: _Shown) -> None:
    import os

    from cuttings import app
    from cuttings.config import moving

    async with app.opened(config, following=apply) as opened:
        shown.found = await _found(opened, named or config.sources)
        if apply and named:
            await _believe(opened, shown)
        wanted = [one for one in shown.found if named or one.standing == "believed"]
        steps = {one.source.name: _step(config, one) for one in reversed(wanted)}
        for one in wanted:
            if (problem := await _problem(opened, one)) is not None:
                shown.problems.setdefault(one.source.name, problem)
    shown.problems |= moving.refusals(config, list(steps.values()))
    write = moving.written if apply else moving.planned
    shown.written = write(config, [one for one in steps.values() if one.name not in shown.problems], os.environ)
    _note(shown, list(steps.values()) if apply else ())


def _note(shown: _Shown, steps: Sequence["Step"]) -> None:
    for one in shown.written:
        shown.problems |= one.refused
    shown.applied = [step.name for step in steps if step.name not in shown.problems]


async def _believe(opened: "App", shown: _Shown) -> None:
    """Have moves believed that were not, since a person names them."""
    from cuttings.errors import ArchiveUnavailable

    for one in [one for one in shown.found if one.standing != "believed"]:
        mover = _mover(opened)
        if await mover.is_taken(one.source, one.state.key, one.target):
            continue
        try:
            await mover.believe(one.state.key, one.target, opened.clock())
        except ArchiveUnavailable as error:
            shown.problems[one.source.name] = str(error)
    shown.found = await _found(opened, list(dict.fromkeys(one.source for one in shown.found)))


async def _undo(config: "Config", named: Sequence["Source"], shown: _Shown) -> None:
    """Take back what moved last, in the archive, and in the file where it is written there."""
    import os

    from cuttings import app
    from cuttings.cli.health import states_by_name
    from cuttings.config import moving
    from cuttings.errors import ArchiveUnavailable

    steps: list[Step] = []
    async with app.opened(config, following=True) as opened:
        before = states_by_name(named, await opened.sources.states())
        for source in named:
            try:
                after = await _mover(opened).disbelieve(before[source.name].key, opened.clock())
            except ArchiveUnavailable as error:
                shown.problems[source.name] = str(error)
                continue
            if after is None:
                shown.problems[source.name] = "it did not move"
                continue
            shown.undone.append(source.name)
            steps += _back(config, source, before[source.name], after)
    shown.problems |= moving.refusals(config, steps)
    shown.written = moving.written(config, [one for one in steps if one.name not in shown.problems], os.environ)
    _note(shown, ())


def _back(config: "Config", source: "Source", before: "SourceState", after: "SourceState") -> Sequence["Step"]:
    from cuttings.config.moving import Step

    if after.address == before.address or source.address != before.address:
        return ()
    kept = tuple(one for one in source.formerly if one != after.address)
    return [Step(name=source.name, url=after.address, formerly=kept)]


def _step(config: "Config", one: "Moving") -> "Step":
    """Return what is to be written; an included file has no place for former addresses."""
    from cuttings.config.moving import Step

    known = dict.fromkeys((*one.source.formerly, *one.formerly))
    kept = tuple(address for address in known if address != one.target or address in one.source.formerly)
    return Step(name=one.source.name, url=one.target, formerly=kept)


async def _problem(opened: "App", one: "Moving") -> str | None:
    """Return why a move cannot be written without a change of ids, None where it can."""
    if await _mover(opened).is_taken(one.source, one.state.key, one.target):
        return "another source was followed at its new address before; remove one of them"
    if one.standing != "believed" and opened.config.declared[one.source.name].include is not None:
        return "an included list has no place for its old address; --apply has it believed before it is written"
    return None


async def _found(opened: "App", sources: Sequence["Source"]) -> Sequence["Moving"]:
    from cuttings.cli.health import states_by_name
    from cuttings.flow import moves as moving

    return moving.found(sources, states_by_name(sources, await opened.sources.states()))


def _mover(opened: "App") -> "Mover":
    from cuttings.flow.moves import Mover

    return Mover(archive=opened.archive, sources=opened.sources)


def _named(config: "Config", words: Sequence[str]) -> Sequence["Source"]:
    from cuttings.errors import UsageError

    named = [source for source in config.sources if {source.name, source.address} & set(words)]
    known = {word for source in named for word in (source.name, source.address)}
    for word in words:
        if word not in known:
            raise UsageError(f"no source is named {word}{hint(word, [source.name for source in config.sources])}")
    return named


def _words(one: "Moving", zone: str) -> str:
    from cuttings.cli import tell
    from cuttings.text import urls

    way = f"{urls.masked(one.source.address)} -> {urls.masked(one.target)}"
    told = {
        "believed": f"believed {tell.when(one.since, zone)}",
        "waiting": f"seen {one.seen}x since {tell.when(one.since, zone)}, believed when it is seen again",
        "doubtful": f"seen {one.seen}x since {tell.when(one.since, zone)}, not believed unless you say so",
    }
    return f"{one.source.name}: {way}, {told[one.standing]}"


def _as_json(config: "Config", one: "Moving", problem: str | None) -> Mapping[str, Any]:
    from cuttings.cli.health import moment
    from cuttings.text import urls

    include = config.declared[one.source.name].include
    return {
        "source": one.source.name,
        "key": one.state.key,
        "address": urls.masked(one.source.address),
        "target": urls.masked(one.target),
        "standing": one.standing,
        "since": moment(one.since),
        "seen": one.seen,
        "include": str(include) if include else None,
        "problem": problem,
    }
