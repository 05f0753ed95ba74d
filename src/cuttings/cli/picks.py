"""A person's decisions about single records: pick."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuttings.cli import complete, records
from cuttings.cli.common import Settings, command, hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cuttings.config.values import Config
    from cuttings.curate.picks import Action
    from cuttings.model.article import Record
    from cuttings.model.feed import Feed, Verdict

ActionWord = Annotated[
    str, typer.Argument(metavar="ACTION", help="add, drop, hold, pin, note, retitle, withdraw or clear.")
]
FeedName = Annotated[str, typer.Argument(metavar="FEED", help="A feed's name.", autocompletion=complete.feeds)]
Ids = Annotated[
    list[str],
    typer.Argument(metavar="ID...", help="Records' ids, or their beginnings.", autocompletion=complete.ids),
]
Text = Annotated[str | None, typer.Option("--text", metavar="TEXT", help="What a note or a new title says.")]

_MEANING = {
    "add": "enters, whatever the rules say",
    "drop": "stays off the document",
    "hold": "waits until it is cleared",
    "pin": "stands first in the document",
    "note": "has the note",
    "retitle": "has the title",
    "withdraw": "goes out of the document and all pages",
    "clear": "is as the rules have it",
}
_FOR_GOOD = "what is withdrawn stays so after `clear` too; `add` brings it back, under its old id"


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "pick",
        "cuttings pick pin front-page h3gkut4e",
        "cuttings pick note front-page h3gkut4e --text 'Read this first.'",
        "cuttings pick drop front-page h3gkut4e m7c2xq5b",
        "cuttings pick clear front-page h3gkut4e",
    )(pick)


def pick(settings: Settings, action: ActionWord, feed: FeedName, ids: Ids, text: Text = None) -> int:
    """Decide about records in a feed, over its rules.

    add: it enters whatever the rules say. drop: off the document. hold: it waits until it is cleared. pin: first in
    the document. note, retitle: with --text. withdraw: out of the document and all pages. clear: takes picks back.
    The file of picks is edited, its comments stay; a running daemon, or the next publish, acts on it.
    """
    import asyncio

    from cuttings import app
    from cuttings.config import picks
    from cuttings.curate.picks import decided

    chosen, config = _action(action, text), settings.load()
    where = _feed(config, feed)

    async def found() -> "Sequence[Record]":
        async with app.opened(config) as opened:
            return [await records.found(opened, written) for written in ids]

    about = {record.id: record for record in asyncio.run(found())}
    titles = {record.id: record.title for record in about.values()}
    told = picks.edit(config.picks, config.feeds, where, titles, partial(decided, action=chosen, text=text))
    for id_, (before, after) in told.items():
        _tell(settings, where.name, about[id_], chosen, before, after)
    if not settings.json:
        _tell_what_next(chosen, told)
    return 0


def _action(word: str, text: str | None) -> "Action":
    from cuttings.curate.picks import ACTIONS, WORDED
    from cuttings.errors import UsageError

    chosen = next((one for one in ACTIONS if one == word), None)
    if chosen is None:
        raise UsageError(f"{word} is no action{hint(word, ACTIONS)}")
    if (chosen in WORDED) != bool(text and text.strip()):
        raise UsageError(f"{chosen} needs --text TEXT" if chosen in WORDED else f"{chosen} has no use for --text")
    return chosen


def _feed(config: "Config", name: str) -> "Feed":
    from cuttings.errors import UsageError

    for feed in config.feeds:
        if name in (feed.name, *feed.formerly):
            return feed
    raise UsageError(f"no feed is named {name}{hint(name, [feed.name for feed in config.feeds])}")


def _tell(settings: Settings, feed: str, record: "Record", action: str, before: "Verdict", after: "Verdict") -> None:
    from cuttings.cli import tell

    if settings.json:
        line = {"feed": feed, "id": record.id, "title": record.title, "action": action}
        tell.json_line({**line, "changed": before != after, "pick": as_json(after)})
        return
    meaning = _MEANING[action] if before != after else "is picked so already"
    tell.line(f"{record.id}  {record.title or '(no title)'}: {meaning}")


def as_json(verdict: "Verdict") -> dict[str, Any] | None:
    """Return a verdict in its public form, None where nothing was decided."""
    from cuttings.model.feed import Verdict

    if verdict == Verdict():
        return None
    return {"action": verdict.action, "pin": verdict.pin, "note": verdict.note, "retitle": verdict.title}


def _tell_what_next(action: str, told: "Mapping[Any, tuple[Verdict, Verdict]]") -> None:
    from cuttings.cli import tell

    if action == "withdraw" or any(before.action == "withdraw" for before, _ in told.values() if action == "clear"):
        tell.aside(_FOR_GOOD)
    if any(before != after for before, after in told.values()):
        tell.aside("next: `cuttings publish`, unless a daemon runs: it sees the file of picks change")
