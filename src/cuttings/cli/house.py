"""The house: check, init."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cuttings.cli.common import Settings, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cuttings.config.values import Config
    from cuttings.errors import ConfigError

Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Where; the current folder if not given.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(group, "check", "cuttings check", "cuttings -c other.yaml check")(check)
    command(group, "init", "cuttings init", "cuttings init ~/cuttings")(init)


def check(settings: Settings) -> int:
    """Check the configuration.

    Each fault is told with its file, line and key, and the nearest valid key.
    """
    import asyncio

    from cuttings.app import checks
    from cuttings.config.load import load
    from cuttings.errors import ConfigErrors

    try:
        config = load(settings.config, os.environ)
        checks.check(config)
        unmet = asyncio.run(checks.unmet(config))
    except ConfigErrors as faults:
        _tell_faults(settings, faults.errors)
        return faults.exit_code
    _tell_good(settings, config, [*config.warnings, *unmet])
    return 0


def init(settings: Settings, folder: Folder = Path()) -> int:
    """Write a commented config.yaml and archive/."""
    from importlib.resources import files

    from cuttings.cli import tell
    from cuttings.config.load import DEFAULT_FILE
    from cuttings.errors import UsageError

    file, letter = folder / DEFAULT_FILE, folder / "archive" / "README.md"
    try:
        letter.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write((files("cuttings.config") / "sample.yaml").read_text("utf-8"))
        if not letter.exists():
            letter.write_text((files("cuttings.config") / "archive.md").read_text("utf-8"), "utf-8")
    except FileExistsError as error:
        raise UsageError(f"{error.filename} is there already and stays as it is") from error
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}") from error
    if settings.json:
        tell.json_line({"file": str(file), "archive": str(folder / "archive")})
    else:
        tell.line(str(file))
        tell.aside(f"next: `cuttings source add URL -c {file}`, then `cuttings run -c {file}`")
    return 0


def _tell_faults(settings: Settings, faults: "Sequence[ConfigError]") -> None:
    from cuttings.cli import tell

    if settings.json:
        errors = [{"file": one.file, "line": one.line, "key": one.key, "problem": one.problem} for one in faults]
        tell.json_line({"file": faults[0].file, "errors": errors, "warnings": []})
        return
    for one in faults:
        tell.aside(str(one))
    tell.aside(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}")


def _tell_good(settings: Settings, config: "Config", warnings: "Sequence[str]") -> None:
    from cuttings.cli import tell

    name = str(config.file) if config.file else "the defaults (no configuration file)"
    if settings.json:
        file = str(config.file) if config.file else None
        tell.json_line({"file": file, "errors": [], "warnings": list(warnings)})
        return
    for warning in warnings:
        tell.aside(f"note: {warning}")
    tell.line(f"{name}: good, {len(config.sources)} sources, {len(config.feeds)} feeds")
