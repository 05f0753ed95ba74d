"""Another program's feed, taken over: adopt."""

from typing import TYPE_CHECKING, Annotated

import typer

from cuttings.cli import complete
from cuttings.cli.common import Settings, command

if TYPE_CHECKING:
    from cuttings.config.values import Config
    from cuttings.flow.adopt import Adopted

Target = Annotated[str, typer.Argument(metavar="URL|FILE", help="The feed, as it was published last.")]
Into = Annotated[
    str,
    typer.Option("--feed", metavar="NAME", help="Which of our feeds goes on with it.", autocompletion=complete.feeds),
]


def register(group: typer.Typer) -> None:
    """Add the command of this module."""
    command(
        group,
        "adopt",
        "cuttings source import planet.ini",
        "cuttings adopt https://planet.example/atom.xml --feed front-page",
        "cuttings adopt output/rss20.xml --feed front-page",
        "cuttings collect && cuttings publish",
    )(adopt)


def adopt(settings: Settings, target: Target, feed: Into) -> int:
    """Take over the ids and the order of a planet's last published feed.

    Its entries stand in the next document of our feed under the ids that their readers know, in the same order, so that
    these see nothing new when the old program is switched off; what comes later follows. The feed must not have been
    published yet. Import the sources first, so that each article is known to be theirs.
    """
    import asyncio

    from cuttings.cli.river import named

    config = settings.load()
    [name] = named([feed], [(one.name, one.name) for one in config.feeds], "feed")
    done = asyncio.run(_adopted(config, target, name))
    _tell(settings, config, target, name, done)
    return int(done.error is not None)


async def _adopted(config: "Config", target: str, name: str) -> "Adopted":
    from cuttings import app

    async with app.opened(config, following=True) as opened:
        return await opened.adopt(target, name)


def _tell(settings: Settings, config: "Config", target: str, name: str, done: "Adopted") -> None:
    from cuttings.cli import tell

    if settings.json:
        passed = [{"entry": entry, "why": why} for entry, why in done.passed]
        tell.json_line(
            {
                "target": target,
                "feed": name,
                "taken": done.taken,
                "new": done.new,
                "passed": passed,
                "error": done.error,
            }
        )
        return
    for entry, why in done.passed:
        tell.aside(f"not taken over: {entry}: {why}")
    if done.error is not None:
        tell.aside(f"{target}: {done.error}")
        return
    tell.line(f"{name}: {done.taken} taken over, {done.new} of them new to the archive")
    size = next(one.size for one in config.feeds if one.name == name)
    if done.taken > size:
        tell.aside(f"its document holds the first {size} of them (`size`), its pages the rest")
