"""How fast two processes hand out 100,000 due sources between them, each to one of them alone.

First leases alone, then the whole turn of a visit that brought nothing: leased,
its next visit committed, given back.  What SQLite says of the question is looked
at too: it has to find who is due in the index, never by scanning.

    python -m benchmarks.lease [--sources N]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import apsw
from tests.builders import NOW, source

from cuttings.archive.sqlite import source_rows
from cuttings.archive.sqlite.archive import FILE, SqliteArchive
from cuttings.model.source import Rhythm, SourceState, Visit

AT_ONCE = 64  # a lease, as the daemon's seats are
LATER = timedelta(hours=2)
RHYTHM = Rhythm(per_day=3.5, visits=90, since=NOW, until=NOW, hours=(1.25,) * 24, weekdays=(4.5,) * 7)
A_MINUTE = 100_000


def main() -> None:
    """Print sources a minute, the bar, and the plan of the question."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.lease")
    options.add_argument("--sources", type=int, default=100_000)
    options.add_argument("--work", nargs=2, metavar=("FOLDER", "WHAT"), help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.work:
        print(*asyncio.run(work(Path(asked.work[0]), whole=asked.work[1] == "whole")))
        return
    print(f"lease: {asked.sources:,} due sources, two processes")
    with tempfile.TemporaryDirectory(prefix="cuttings-") as folder:
        asyncio.run(compared(Path(folder), asked.sources))


async def compared(folder: Path, count: int) -> None:
    """Make the sources, let two processes take them, print what came of it."""
    async with SqliteArchive.opened(folder) as archive:
        await archive.follow([source(f"s{number}") for number in range(count)], NOW)
    print(f"  {plan(folder / FILE)}")
    for what in ("leases", "whole"):
        taken, seconds = await between_two(folder, what)
        a_minute = taken / seconds * 60
        holds = "holds" if a_minute >= A_MINUTE and taken == count else "DOES NOT HOLD"
        print(f"  {what:<10}{taken:>9,} in {seconds:6.2f} s: {a_minute:>11,.0f} a minute   bar: {A_MINUTE:,}: {holds}")


async def between_two(folder: Path, what: str) -> tuple[int, float]:
    """Return how many sources both took, and the seconds the slower one needed."""
    command = [sys.executable, "-m", "benchmarks.lease", "--work", str(folder), what]
    both = [await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE) for _ in range(2)]
    said = [(await one.communicate())[0].split() for one in both]
    return sum(int(taken) for taken, _ in said), max(float(seconds) for _, seconds in said)


async def work(folder: Path, *, whole: bool) -> tuple[int, float]:
    """Take sources until none is due; with `whole`, say when each is visited next and give it back."""
    taken = 0
    async with SqliteArchive.opened(folder, linger=0.0) as archive:
        began = time.perf_counter()
        while leased := await archive.lease(NOW + LATER / 2, AT_ONCE):
            taken += len(leased)
            if whole:
                await asyncio.gather(*(archive.commit(_visit(state)) for state in leased))
                await archive.release([state.key for state in leased])
        return taken, time.perf_counter() - began


def plan(database: Path) -> str:
    """Return how SQLite finds who is due, in its own words."""
    asked: list[tuple[str, object]] = []
    with closing(apsw.Connection(str(database))) as connection, connection:

        def noted(cursor: apsw.Cursor, sql: str, values: object) -> bool:
            asked.append((sql, values))
            return True

        connection.exec_trace = noted
        source_rows.lease_due(connection, "nobody", NOW - LATER, 1)
        connection.exec_trace = None
        sql, values = asked[0]
        rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()  # type: ignore[arg-type]
    steps = [str(row[-1]) for row in rows]
    scans = any(step.startswith("SCAN") for step in steps)
    return f"{'SCANS: ' if scans else ''}{'; '.join(steps)}"


def _visit(state: SourceState) -> Visit:
    later = replace(state, next_visit=NOW + LATER, last_visit=NOW, last_success=NOW, rhythm=RHYTHM)
    return Visit(source=state.key, state=later)


if __name__ == "__main__":
    main()
