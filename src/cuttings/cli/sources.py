"""The source list: source add, source list."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuttings.cli.common import Settings, command

if TYPE_CHECKING:
    from cuttings.config.load import Config
    from cuttings.model.source import Source, SourceState

Address = Annotated[str, typer.Argument(metavar="URL|FOLDER", help="A feed's address, or a folder of saved pages.")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Its name; else its host.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag; repeatable.")]
FullText = Annotated[str | None, typer.Option("--full-text", metavar="auto|page|feed", help="Where the text is taken.")]
Republish = Annotated[
    str | None, typer.Option("--republish", metavar="full|summary|link", help="How much feeds may give out of it.")
]
Every = Annotated[str | None, typer.Option("--every", metavar="TIME", help="A wish, like 30m; else it is learned.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    source = typer.Typer(help="The list of sources: add, list.", no_args_is_help=True, rich_markup_mode=None)
    command(
        source,
        "add",
        "cuttings source add https://example.org/feed.xml --name example --tag politics",
        "cuttings source add inbox/ --republish full",
    )(add)
    command(source, "list", "cuttings source list", "cuttings --json source list")(list_sources)
    group.add_typer(source, name="source")


def add(
    settings: Settings,
    address: Address,
    name: Name = None,
    tag: Tags = None,
    full_text: FullText = None,
    republish: Republish = None,
    every: Every = None,
) -> int:
    """Add a source to the configuration file; its comments stay as they are."""
    import os

    from cuttings.cli import tell
    from cuttings.config import edit
    from cuttings.errors import UsageError

    config = settings.load()
    if config.file is None:
        raise UsageError("there is no configuration file to add to; `cuttings init` writes one")
    keys = {"name": name, "full_text": full_text, "republish": republish, "every": every, "tags": tag}
    added = edit.add_source(config.file, address, {key: value for key, value in keys.items() if value}, os.environ)
    if settings.json:
        tell.json_line(_json(added, None))
    else:
        tell.line(f"{added.name}: {added.address}")
        tell.aside(f"added to {config.file}; `cuttings collect` visits it")
    return 0


def list_sources(settings: Settings) -> int:
    """List the sources of the configuration with what is known of each."""
    import asyncio

    from cuttings import app
    from cuttings.cli import tell

    config = settings.load()

    async def states() -> "dict[str, SourceState]":
        async with app.opened(config) as opened:
            return {state.name: state for state in await opened.sources.states()}

    known = asyncio.run(states()) if config.sources else {}
    if settings.json:
        for source in config.sources:
            tell.json_line(_json(source, known.get(source.name)))
    elif config.sources:
        _print_table(config, known)
    else:
        tell.aside("no sources; `cuttings source add URL` adds one")
    return 0


def _print_table(config: "Config", known: "dict[str, SourceState]") -> None:
    from cuttings.cli import tell

    zone = config.site.timezone
    rows = []
    for source in config.sources:
        state = known.get(source.name)
        last = tell.when(state.last_success, zone) if state else "–"
        due = tell.when(state.next_visit, zone) if state and not state.stopped else "–"
        rows.append((source.name, last, due, _health(state), source.address))
    tell.table(("source", "last success", "next visit", "health", "address"), rows)


def _health(state: "SourceState | None") -> str:
    if state is None or state.last_visit is None:
        return "not visited yet"
    if state.stopped:
        return "gone"
    return f"failed {state.failures}x: {state.error}" if state.failures else "good"


def _json(source: "Source", state: "SourceState | None") -> dict[str, Any]:
    """Return a source in its public form; what is not known yet is null."""
    from cuttings.text.dates import rfc3339

    def at(name: str) -> str | None:
        moment = getattr(state, name, None)
        return rfc3339(moment) if moment else None

    return {
        "source": source.name,
        "address": source.address,
        "key": state.key if state else None,
        "tags": list(source.tags),
        "republish": source.republish,
        "last_visit": at("last_visit"),
        "last_success": at("last_success"),
        "next": at("next_visit"),
        "failures": state.failures if state else 0,
        "error": state.error if state else None,
    }
