"""What all commands share: the options that stand before or after the command word, and the exit code."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cuttings.config.values import Config

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="The configuration; else $CUTTINGS_CONFIG.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on stdout, and nothing else there.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")]


@dataclass(frozen=True, slots=True)
class Settings:
    """The common options, wherever they stood."""

    config: Path | None = None
    json: bool = False
    verbose: bool = False

    def load(self) -> "Config":
        """Return the configuration, logging set up.  Raises ConfigErrors."""
        import os

        from cuttings import logs
        from cuttings.config.load import load

        logs.configure(verbose=self.verbose)
        return load(self.config, os.environ)

    def file(self) -> Path:
        """Return the configuration file.  Raises UsageError where there is none to change."""
        import os

        from cuttings.config.load import file_of
        from cuttings.errors import UsageError

        file = file_of(self.config, os.environ)
        if file is None:
            raise UsageError("there is no configuration file to change; `cuttings init` writes one")
        return file


_AS_WRITTEN = "\b\n"  # what follows is not wrapped


def command(group: typer.Typer, name: str, *examples: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Register `function(settings, …) -> exit code` as a command; its docstring is the help, the examples end it."""

    def register(function: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(function)
        def run(ctx: typer.Context, config: Path | None, as_json: bool, verbose: bool, **arguments: Any) -> None:
            raise typer.Exit(function(_joined(ctx, config, as_json, verbose), **arguments))

        own = list(inspect.signature(function).parameters.values())[1:]
        _sign(run, [*_COMMON, *own])
        group.command(name, epilog=_AS_WRITTEN + "Examples:\n" + "\n".join(f"  {line}" for line in examples))(run)
        return function

    return register


def root(group: typer.Typer) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register `function(…)`, which runs before the command, with the common options."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(ctx: typer.Context, config: Path | None, as_json: bool, verbose: bool, **arguments: Any) -> None:
            ctx.obj = Settings(config, as_json, verbose)
            function(**arguments)

        _sign(run, [*_COMMON, *inspect.signature(function).parameters.values()])
        group.callback()(run)
        return function

    return register


def hint(word: str, words: Sequence[str]) -> str:
    """Return what to add to "there is no …": the nearest of the words, else some of them."""
    from cuttings.config.schema import nearest

    some = ", ".join(words[:8]) + (" …" if len(words) > 8 else "")
    return nearest(word, words) or f"; known are: {some or 'none'}"


def _joined(ctx: typer.Context, config: Path | None, as_json: bool, verbose: bool) -> Settings:
    before = ctx.find_root().obj or Settings()
    return Settings(config or before.config, as_json or before.json, verbose or before.verbose)


def _sign(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> None:
    """Give a function the signature that typer reads."""
    keyword = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    function.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
    function.__annotations__ = {one.name: one.annotation for one in keyword}


_COMMON = [
    inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
    inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ConfigOption),
    inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=JsonOption),
    inspect.Parameter("verbose", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=VerboseOption),
]
