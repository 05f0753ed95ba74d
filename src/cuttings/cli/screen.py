"""The page of `status`: for a terminal, as wide as that is, and as lines for pipes.

Colour only repeats what words say.
"""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cuttings.cli import glance, week
from cuttings.cli.glance import Note
from cuttings.cli.report import Report
from cuttings.cli.week import Week
from cuttings.text.visible import visible

SHOWN = 10  # of a section, unless all is asked for
LEAST_NAME, WIDEST_NAME = 8, 20
WIDE, NARROW = 88, 64  # columns: from the one on hours are told singly, below the other there are no plots
HOURS, FEWER_HOURS = "0     6     12    18 UTC", "0  6  12 18"
WELL = "bold green"
ALL = "`cuttings status --all`"


def lines(found: Report, zone: str, everything: bool) -> Iterator[str]:
    """Yield the page as lines that say all by themselves."""
    for name, words in glance.well(found, zone):
        yield f"{name:<10}{words}"
    for heading, notes in (("decide", glance.decisions(found, zone)), ("late", glance.waiting(found, zone))):
        shown, rest = _cut(notes, everything)
        for note in shown:
            yield f"{heading:<10}{note.name}: {note.words}" + (f"; {note.advice}" if note.advice else "")
        if rest:
            yield f"{heading:<10}{rest}"
    for one in week.weeks(found, zone, None if everything else SHOWN):
        plots = f"{one.hours} {one.weekdays} " if one.hours else ""
        yield f"{'week':<10}{one.name}: {plots}{one.per_day} a day, next visit {one.next}"


def draw(found: Report, zone: str, console: Console, everything: bool) -> None:
    """Print the page on a terminal."""
    decisions, waiting = glance.decisions(found, zone), glance.waiting(found, zone)
    width = _name_width((*decisions, *waiting), console.width)
    _notes("To decide", decisions, "bold red", console, width, everything)
    _notes("Late, or waiting", waiting, "bold yellow", console, width, everything)
    _heading("How it is", WELL, console)
    grid = _grid(width)
    for name, words in glance.well(found, zone):
        grid.add_row(name, visible(words))
    console.print(grid)
    weeks = week.weeks(found, zone, None if everything else SHOWN)
    if weeks:
        console.print()
        console.print(_table(weeks, console.width))
        more = sum(one.next is not None for one in found.standings) - len(weeks)
        if more > 0:
            console.print(f"  … and {more:,} more, visited later: {ALL}", style="dim")


def _notes(title: str, notes: Sequence[Note], style: str, console: Console, width: int, everything: bool) -> None:
    if not notes:
        _heading(f"{title}: nothing", WELL, console)
        return
    _heading(f"{title}: {len(notes):,}", style, console)
    shown, rest = _cut(notes, everything)
    grid = _grid(width)
    for note in shown:
        words = Text(visible(note.words))
        if note.advice:
            words.append(f"\n→ {visible(note.advice)}", style="italic")
        grid.add_row(visible(note.name), words)
    console.print(grid)
    if rest:
        console.print(Text(f"  {rest}", style="dim"))
    console.print()


def _heading(words: str, style: str, console: Console) -> None:
    console.print(Text(words, style=style))


def _cut(notes: Sequence[Note], everything: bool) -> tuple[Sequence[Note], str]:
    """Return the notes that are shown, and a line about the others."""
    if everything or len(notes) <= SHOWN:
        return notes, ""
    shown, rest = glance.fairly(notes, SHOWN)
    return shown, f"… and {len(rest):,} more ({glance.in_short(rest)}): {ALL}"


def _name_width(notes: Sequence[Note], columns: int) -> int:
    """Return how wide names are told in all parts of the page."""
    longest = max((cell_len(visible(note.name)) for note in notes), default=0)
    return min(max(longest, LEAST_NAME), WIDEST_NAME, columns // 4)


def _grid(width: int) -> Table:
    grid = Table(box=None, show_header=False, show_edge=False, pad_edge=True, padding=(0, 1, 0, 2))
    grid.add_column(no_wrap=True, overflow="ellipsis", width=width, style="bold")
    grid.add_column(overflow="fold", ratio=1)
    return grid


def _table(weeks: Sequence[Week], width: int) -> Table:
    """Return the weeks as a table that fits."""
    table = Table(box=None, show_edge=False, pad_edge=True, padding=(0, 1, 0, 2), header_style="bold")
    table.add_column("source", no_wrap=True, overflow="ellipsis", max_width=WIDEST_NAME, style="bold")
    if width >= NARROW:
        table.add_column(HOURS if width >= WIDE else FEWER_HOURS, no_wrap=True)
        table.add_column("MTWTFSS", no_wrap=True)
        table.add_column("a day", no_wrap=True, justify="right")
    table.add_column("next visit, and why then", overflow="fold", ratio=1)
    for one in weeks:
        hours = one.hours if width >= WIDE else "".join(map(max, one.hours[::2], one.hours[1::2]))
        plots = (hours, one.weekdays, one.per_day) if width >= NARROW else ()
        table.add_row(visible(one.name), *plots, visible(one.next))
    return table
