"""The command line: `cuttings COMMAND …`.

Answers go to stdout, everything else to stderr.  Exit codes: 0 done, 1 some
targets failed, 2 wrong usage or configuration, 3 the archive is damaged, 4 it
is busy or not writable.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from cuttings import failpoints
from cuttings.cli import adopt, backfill, diff, gaps, house, look, picks, river, sources, status, tend, why
from cuttings.cli.common import root
from cuttings.errors import CuttingsError

app = typer.Typer(
    help="Follow the sources, keep every article, publish the selection.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"cuttings {version('cuttings')}")
        raise typer.Exit


@root(app)
def before(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Follow the sources, keep every article, publish the selection."""


river.register(app)
backfill.register(app)
look.register(app)
diff.register(app)
why.register(app)
picks.register(app)
adopt.register(app)
sources.register(app)
status.register(app)
gaps.register(app)
tend.register(app)
house.register(app)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command that the arguments (None: the process's own) name, and exit with its code."""
    try:
        failpoints.arm(os.environ.get("CUTTINGS_FAIL"))
        app(arguments, prog_name="cuttings")
    except CuttingsError as error:
        _complain(error)
        _leave(error.exit_code)
    except KeyboardInterrupt:
        _leave(130)
    _leave(0)


def _complain(error: CuttingsError) -> None:
    from cuttings.text.visible import visible

    for line in str(error).splitlines() or [type(error).__name__]:
        print(f"cuttings: {visible(line)}", file=sys.stderr)


def _leave(code: int) -> NoReturn:
    """Exit, also where stdout was closed by who read it (a pipe to `head`)."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
