"""How commands tell: answers on stdout, everything else on stderr, progress bars only on a terminal."""

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cuttings.text.visible import visible

if TYPE_CHECKING:
    from cuttings.model.source import Receipt

WIDEST = 80  # columns of running text, as far as eyes like to go
WIDEST_CELL = 30  # columns of a table's cell that is not the last


def line(text: str) -> None:
    """Print one line of the answer; what could steer the terminal is written out."""
    print(visible(text), flush=True)


def aside(text: str) -> None:
    """Print one line to stderr."""
    print(visible(text), file=sys.stderr)


def json_line(value: Any) -> None:
    """Print a value as one line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def when(moment: datetime | None, timezone: str) -> str:
    """Return a time as people of this zone write it, "–" when it is unknown."""
    return moment.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M") if moment else "–"


def receipt(one: "Receipt", timezone: str) -> None:
    """Print what one visit came to; what changed nothing is not worth a line."""
    if one.outcome == "new":
        line(f"{one.source}: {one.new} new, {one.changed} changed")
    elif one.outcome == "failed":
        again = f"; next try {when(one.next, timezone)}" if one.next else ""
        line(f"{one.source}: failed: {one.error}{again}")
    elif one.outcome == "waiting":
        until = f" until {when(one.next, timezone)}" if one.next else ""
        line(f"{one.source}: waiting{until}: {one.error or 'the server asked to be left alone'}")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table with at least one row: cut to the width of a terminal, parted by tabs elsewhere."""
    if not sys.stdout.isatty():
        for row in rows:
            print("\t".join(map(visible, row)))
        return
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for number, head in enumerate(heads):
        widest = min(WIDEST_CELL, max(cell_len(visible(row[number])) for row in rows))  # only the last one gives way
        last = number == len(heads) - 1
        made.add_column(head, no_wrap=True, overflow="ellipsis", ratio=int(last), min_width=0 if last else widest)
    for row in rows:
        made.add_row(*(Text(visible(cell)) for cell in row))
    Console(highlight=False).print(made)


def text(body: str) -> None:
    """Print running text, its blocks (parted by blank lines) wrapped to a width that is good to read."""
    width = min(WIDEST, os.get_terminal_size().columns) if sys.stdout.isatty() else WIDEST
    for block in body.split("\n\n"):
        print("\n".join(textwrap.wrap(visible(block), width, break_long_words=False, break_on_hyphens=False)))
        print()


@contextmanager
def progress(what: str, total: int | None, quiet: bool) -> Iterator[Callable[[], None]]:
    """Show a bar on stderr while the block runs; yields a function that counts one more."""
    if quiet or total == 1 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # Lines are printed above the bar where both go to the terminal; a file or pipe gets them untouched.
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
