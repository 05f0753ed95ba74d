"""Lists of sources, in and out: source import, source export."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cuttings.cli.common import Settings, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cuttings.config.importing import Listing, Plan
    from cuttings.config.values import Config
    from cuttings.model.source import Source

SHOWN = 20  # lines of one kind that people are told

File = Annotated[
    str, typer.Argument(metavar="FILE", help="OPML, a planet's INI file, CSV, or an address a line; - reads stdin.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan; change nothing.")]
Format = Annotated[Literal["opml", "csv"], typer.Option("--format", help="opml or csv.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(
        group,
        "import",
        "cuttings source import subscriptions.opml --dry-run",
        "cuttings source import /etc/planet/config.ini     of Planet Venus, or of pluto",
        "cuttings source import sources.csv",
    )(import_list)
    command(
        group, "export", "cuttings source export > sources.opml", "cuttings source export --format csv > sources.csv"
    )(export)


def import_list(settings: Settings, file: File, dry_run: DryRun = False) -> int:
    """Add the sources of a list.

    What the list is, its content tells: OPML, the INI file of Planet Venus or pluto, CSV with a column `url`, or an
    address a line. Names and tags (folders) come along; what is followed already is passed over.
    """
    import os

    from cuttings.config import edit, importing

    target = settings.file()
    listing = _listing(file)
    plan = importing.plan(listing, settings.load().sources)
    if plan.added and not dry_run:
        edit.add_sources(target, [(one.url, importing.keys(one)) for one in plan.added], os.environ)
    _tell(settings, target, listing, plan, dry_run)
    return int(bool(plan.refused or listing.faults))


def export(settings: Settings, format: Format = "opml") -> int:  # noqa: A002 - it is the option's name
    """Print the source list as OPML or CSV.

    Sources whose address holds a secret, and folders, stay out. What moved for good is listed at its new address.
    """
    import sys

    from cuttings.cli import tell
    from cuttings.config import importing
    from cuttings.render import opml

    config = settings.load()
    sources, left_out = _public(config)
    if settings.json:
        listed = [{"source": one.name, "address": one.url, "tags": list(one.tags)} for one in sources]
        tell.json_line({"sources": listed, "left_out": left_out})
        return 0
    body = (
        importing.table(sources).encode()
        if format == "csv"
        else opml.blogroll(config.site, [(one, None) for one in sources])
    )
    sys.stdout.buffer.write(body)
    sys.stdout.flush()
    for name in left_out:
        tell.aside(f"{name}: left out: a folder, or an address with a secret")
    return 0


def _listing(file: str) -> "Listing":
    import sys

    from cuttings.config import importing
    from cuttings.errors import UsageError

    try:
        if file == "-":
            return importing.read(sys.stdin.buffer.read(importing.LARGEST + 1))
        with Path(file).open("rb") as opened:
            return importing.read(opened.read(importing.LARGEST + 1))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{file}: {error}") from error


def _tell(settings: Settings, target: Path, listing: "Listing", plan: "Plan", dry_run: bool) -> None:
    from cuttings.cli import tell

    if settings.json:
        tell.json_line(_json(target, listing, plan, dry_run))
        return
    for one in plan.added:
        tell.line("  ".join(filter(None, ("+", one.url, one.name, ", ".join(one.tags)))))
    _some([f"{url} {reason}" for url, reason in plan.known])
    _some([f"refused: {url}: {reason}" for url, reason in plan.refused])
    _some([f"not read: {fault}" for fault in listing.faults])
    _some([f"not taken over: {note}" for note in listing.notes])
    what = "would be added" if dry_run else "added"
    tell.aside(f"{listing.kind}: {len(plan.added)} of {len(listing.found)} {what} to {target}")


def _some(lines: "Sequence[str]") -> None:
    from cuttings.cli import tell

    for line in lines[:SHOWN]:
        tell.aside(line)
    if len(lines) > SHOWN:
        tell.aside(f"… and {len(lines) - SHOWN} more like these")


def _json(target: Path, listing: "Listing", plan: "Plan", dry_run: bool) -> dict[str, Any]:
    return {
        "file": str(target),
        "kind": listing.kind,
        "dry_run": dry_run,
        "added": [{"source": one.name, "address": one.url, "tags": list(one.tags)} for one in plan.added],
        "known": [{"address": url, "reason": reason} for url, reason in plan.known],
        "refused": [{"address": url, "reason": reason} for url, reason in plan.refused],
        "faults": list(listing.faults),
        "notes": list(listing.notes),
    }


def _public(config: "Config") -> "tuple[list[Source], list[str]]":
    """Return the sources that may be told to others, at the addresses where they are asked now, and the other names."""
    from dataclasses import replace

    from cuttings.cli.health import known_states, states_by_name
    from cuttings.text import urls

    states = states_by_name(config.sources, known_states(config)) if config.sources else {}
    public, left_out = [], []
    for source in config.sources:
        state = states.get(source.name)
        now = replace(source, url=state.address) if state and source.url else source
        if now.url is None or now.secret or urls.masked(now.url) != now.url:
            left_out.append(source.name)
        else:
            public.append(now)
    return public, left_out
