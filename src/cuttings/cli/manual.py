"""The man page, made from the help: `python -m cuttings.cli.manual > docs/cuttings.1`.

Pure but for the last line.  Standards: man(7).
"""

import re
from collections.abc import Iterator
from typing import Any

import typer

INTRODUCTION = """\
.TH CUTTINGS 1 "" "cuttings" "User Commands"
.SH NAME
cuttings \\- follow the sources, keep every article, publish the selection
.SH SYNOPSIS
.B cuttings
[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]
.SH DESCRIPTION
.B cuttings
fetches articles from sources (feeds, folders of saved pages), archives each of them in a normal form with what was
received byte for byte, and republishes curated feeds. It runs as a daemon (\\fBcuttings run\\fR); all other commands
may be used beside it.
.PP
Answers go to standard output, everything else to standard error.
"""

END = """\
.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
some targets failed, the rest is kept
.TP
.B 2
wrong usage or configuration
.TP
.B 3
the archive is damaged
.TP
.B 4
the archive is busy or cannot be written
.SH ENVIRONMENT
.TP
.B CUTTINGS_CONFIG
the configuration, where \\-\\-config does not name one
.SH FILES
.TP
.I config.yaml
the configuration, where nothing else names one; paths in it count from its folder
.TP
.I archive/
the archive, where the configuration does not name another one; the letter in it explains its parts
"""

COMMON = {"config", "as_json", "verbose", "help"}  # told once


def page(app: typer.Typer) -> str:
    """Return the man page of an application as roff."""
    root = typer.main.get_command(app)
    options = "".join(line for one in root.params for line in _option(one))
    commands = "".join(line for name, one in _commands(root, "cuttings") for line in _command(name, one))
    told = "The first three stand before or after the command.\n"
    return f"{INTRODUCTION}.SH OPTIONS\n{told}{options}.SH COMMANDS\n{commands}{END}"


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the full names of all commands that do something, in the order of the help."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from _commands(one, f"{path} {name}")
        elif not one.hidden:
            yield f"{path} {name}", one


def _command(name: str, command: Any) -> Iterator[str]:
    own = [one for one in command.params if one.name not in COMMON]
    arguments = " ".join(one.metavar or one.name.upper() for one in own if one.param_type_name == "argument")
    yield f'.SS "{_text(f"{name} {arguments}".strip())}"\n'
    for number, block in enumerate(re.split(r"\n\s*\n", command.help or "")):
        yield (".PP\n" if number else "") + _text(" ".join(block.split())) + "\n"
    for one in own:
        if one.param_type_name == "option":
            yield from _option(one)
    examples = (command.epilog or "").replace("\b", "").strip().splitlines()[1:]
    if examples:
        yield (
            ".PP\nExamples:\n.PP\n.RS\n.nf\n" + "".join(f"{_code(line.strip())}\n" for line in examples) + ".fi\n.RE\n"
        )


def _option(option: Any) -> Iterator[str]:
    names = ", ".join(f"\\fB{_code(one)}\\fR" for one in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.metavar is None else f" \\fI{_text(option.metavar)}\\fR"
    yield f".TP\n{names}{value}\n{_text(' '.join((option.help or '').split()))}\n"


def _code(text: str) -> str:
    return _text(text).replace("-", "\\-")


def _text(text: str) -> str:
    """Return a text as roff that prints it as it is."""
    plain = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text.replace("\\", "\\e"))
    plain = plain.replace('"', "\\(dq").replace("'", "\\(aq")
    return f"\\&{plain}" if plain.startswith(".") else plain


if __name__ == "__main__":
    from cuttings.cli.main import app

    print(page(app), end="")
