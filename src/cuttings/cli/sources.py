"""The source list: source add, list, show, remove, pause, discover; the rest is in `lists` and `moves`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuttings.cli import complete, lists, moves
from cuttings.cli.common import Settings, command, hint

if TYPE_CHECKING:
    from cuttings.config.values import Config
    from cuttings.flow.discover import Discovered
    from cuttings.model.capture import Fetched
    from cuttings.model.source import Source, SourceState
    from cuttings.parse.discovery import FeedLink

Address = Annotated[str, typer.Argument(metavar="URL|FOLDER", help="A feed's address, or a folder of saved pages.")]
Site = Annotated[str, typer.Argument(metavar="URL", help="The address of a site, a page or a feed.")]
Which = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A source's name or address.", autocompletion=complete.sources)
]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Its name; else its host.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag; repeatable.")]
FullText = Annotated[str | None, typer.Option("--full-text", metavar="auto|page|feed", help="Where the text is taken.")]
Republish = Annotated[
    str | None, typer.Option("--republish", metavar="full|summary|link", help="How much feeds may give out of it.")
]
Kind = Annotated[
    str | None,
    typer.Option("--kind", metavar="auto|feed|page|sitemap", help="What stands there; else a feed."),
]
Selector = Annotated[
    str | None, typer.Option("--selector", metavar="CSS", help="With --kind page: which of its links lead to articles.")
]
Every = Annotated[str | None, typer.Option("--every", metavar="TIME", help="A wish, like 30m; else it is learned.")]
Discover = Annotated[bool, typer.Option("--discover", help="The address is a site's: add the first feed it names.")]
Guess = Annotated[bool, typer.Option("--guess", help="Try usual addresses where the site names no feed: six at most.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Fetch what is offered, and leave out what is no feed.")]
Off = Annotated[bool, typer.Option("--off", help="Go on visiting it.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    source = typer.Typer(
        help="The source list: add, show, pause, import …",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    command(
        source,
        "add",
        "cuttings source add https://example.org/feed.xml --name example --tag politics",
        "cuttings source add --discover https://example.org/",
        "cuttings source add inbox/ --republish full",
    )(add)
    command(source, "list", "cuttings source list", "cuttings --json source list | jq .health")(list_sources)
    command(source, "show", "cuttings source show truthout", "cuttings --json source show truthout")(show)
    command(source, "remove", "cuttings source remove truthout")(remove)
    command(
        source, "pause", "cuttings source pause truthout", "cuttings source pause --off truthout    visit it again"
    )(pause)
    command(
        source,
        "discover",
        "cuttings source discover https://example.org/",
        "cuttings source discover --guess --confirm https://example.org/",
        "cuttings --json source discover https://example.org/ | jq -r '.feeds[0].url'",
    )(discover)
    moves.register(source)
    lists.register(source)
    group.add_typer(source, name="source")


def add(
    settings: Settings,
    address: Address,
    name: Name = None,
    tag: Tags = None,
    kind: Kind = None,
    selector: Selector = None,
    full_text: FullText = None,
    republish: Republish = None,
    every: Every = None,
    discover: Discover = False,
    guess: Guess = False,
) -> int:
    """Add a source to the configuration file.

    Everything else in the file, comments too, stays as it is. What --discover has fetched of the feed itself is
    taken in at once, so that nobody is asked for it twice.
    """
    import os

    from cuttings.cli import tell
    from cuttings.config import edit

    file, found = settings.file(), None
    if discover or guess:
        found = _discovered(settings, address, guess=guess)
        address = _first_feed(found)
    keys: dict[str, Any] = {"name": name, "kind": kind, "selector": selector, "full_text": full_text}
    keys |= {"republish": republish, "every": every, "tags": tag}
    added = edit.add_source(file, address, {key: value for key, value in keys.items() if value}, os.environ)
    if found is not None and found.fetched is not None:
        _begin(settings, added, found.fetched)
    if settings.json:
        _print_json(added, None)
        return 0
    tell.line(f"{added.name}: {added.address}")
    tell.aside(f"added to {file}; `cuttings collect` visits it")
    if added.url is not None and added.url.count("/") == 3 and added.url.endswith("/"):
        tell.aside(f"if that is a site and no feed: `cuttings source discover {added.url}` finds what it offers")
    return 0


def list_sources(settings: Settings) -> int:
    """List the sources with what is known of each."""
    from cuttings.cli import tell
    from cuttings.cli.health import known_states, states_by_name

    config = settings.load()
    known = states_by_name(config.followed, known_states(config)) if config.followed else {}
    if settings.json:
        for source in config.followed:
            _print_json(source, known.get(source.name))
    elif config.followed:
        _print_table(config, known)
    else:
        tell.aside("no sources; `cuttings source add URL` adds one")
    return 0


def show(settings: Settings, source: Which) -> int:
    """Print what is known of one source.

    How it does, when it is visited next and why then, where it moved, how often it brings something, how much is kept.
    """
    import asyncio

    from cuttings import app
    from cuttings.cli import details, tell
    from cuttings.cli.health import states_by_name

    config = settings.load()
    declared = _declared(config, source)

    async def shown() -> None:
        async with app.opened(config) as opened:
            state = states_by_name([declared], await opened.sources.states()).get(declared.name)
            counts = await opened.archive.counts(state.key) if state else None
        if settings.json:
            tell.json_line(details.as_json(config, declared, state, counts, app.utc_now()))
            return
        for name, value in details.facts(config, declared, state, counts, app.utc_now()):
            if value:
                tell.line(f"{name:<14}{value}")

    asyncio.run(shown())
    return 0


def remove(settings: Settings, source: Which) -> int:
    """Take a source out of the configuration file.

    The articles it brought are kept, and feeds go on showing them.
    """
    import os

    from cuttings.cli import tell
    from cuttings.config import edit

    file = settings.file()
    removed = edit.remove_source(file, source, os.environ)
    if settings.json:
        _print_json(removed, None)
    else:
        tell.line(f"{removed.name}: {removed.address}")
        tell.aside(f"removed from {file}; what it brought is kept and stays in the feeds")
    return 0


def pause(settings: Settings, source: Which, off: Off = False) -> int:
    """Leave a source alone until you say otherwise.

    It stays in the list, and what it brought stays in the feeds.
    """
    import os
    from dataclasses import replace

    from cuttings.cli import tell
    from cuttings.config import edit

    file = settings.file()
    was = edit.pause_source(file, source, not off, os.environ)
    if settings.json:
        _print_json(replace(was, paused=not off), None)
    else:
        tell.line(f"{was.name}: {'visited again' if off else 'paused'}")
    return 0


def discover(settings: Settings, address: Site, confirm: Confirm = False, guess: Guess = False) -> int:
    """Find the feeds that an address offers, and say why each is offered.

    It is visited once; the best comes first, those of comments last, and nothing is kept.
    """
    from cuttings.cli import tell

    found = _discovered(settings, address, confirm=confirm, guess=guess)
    if settings.json:
        tell.json_line(
            {"address": found.address, "feeds": [_offer_json(one) for one in found.feeds], "error": found.error}
        )
    elif found.feeds:
        rows = [(one.title or "–", one.media_type or "–", one.why, one.url) for one in found.feeds]
        tell.table(("title", "type", "why", "address"), rows)
    else:
        tell.aside(f"{found.address}: {found.error}")
        if not guess:
            tell.aside("--guess tries usual addresses; a source of `kind: page` follows what a page lists")
    return int(not found.feeds)


def _offer_json(one: "FeedLink") -> dict[str, Any]:
    return {
        "url": one.url,
        "title": one.title,
        "type": one.media_type,
        "why": one.why,
        "found": one.how,
        "comments": one.comments,
        "confirmed": one.confirmed,
    }


def _declared(config: "Config", word: str) -> "Source":
    from cuttings.errors import UsageError

    for source in config.followed:
        if word in (source.name, source.address):
            return source
    raise UsageError(f"no source is named {word}{hint(word, [source.name for source in config.followed])}")


def _discovered(settings: Settings, address: str, *, confirm: bool = False, guess: bool = False) -> "Discovered":
    import asyncio

    from cuttings import app

    async def found() -> "Discovered":
        async with app.opened(settings.load()) as opened:
            return await opened.discover(address, confirm=confirm, guess=guess)

    return asyncio.run(found())


def _first_feed(found: "Discovered") -> str:
    from cuttings.cli import tell
    from cuttings.errors import UsageError

    if not found.feeds:
        raise UsageError(f"{found.address}: {found.error}")
    for other in found.feeds[1:]:
        tell.aside(f"it also offers {other.url}{f' ({other.title})' if other.title else ''}: {other.why}")
    return found.feeds[0].url


def _begin(settings: Settings, added: "Source", fetched: "Fetched") -> None:
    """Take in what was fetched to find a source; where that fails the source is visited as any other."""
    import asyncio

    from cuttings import app
    from cuttings.cli import tell
    from cuttings.errors import ArchiveError

    async def begun() -> None:
        config = settings.load()
        async with app.opened(config, following=True) as opened:
            for receipt in await opened.begin(added.name, added.address, fetched):
                tell.aside(f"{receipt.new} articles taken in" if receipt.error is None else receipt.error)

    try:
        asyncio.run(begun())
    except ArchiveError as error:
        tell.aside(f"its articles are not taken in yet: {error}")


def _print_json(source: "Source", state: "SourceState | None") -> None:
    from cuttings.app import utc_now
    from cuttings.cli import health, tell

    tell.json_line(health.as_json(source, state, utc_now()))


def _print_table(config: "Config", known: Any) -> None:
    from cuttings.app import utc_now
    from cuttings.cli import tell
    from cuttings.cli.health import health, next_visit, told

    zone, now = config.site.timezone, utc_now()
    rows = []
    for source in config.followed:
        state = known.get(source.name)
        last = tell.when(state.last_success, zone) if state else "–"
        words = told(health(source, state, now), state, zone)
        rows.append((source.name, last, tell.when(next_visit(source, state), zone), words, source.address))
    tell.table(("source", "last success", "next visit", "health", "address"), rows)
