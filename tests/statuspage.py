"""The page of `status` of a made-up planet; `python -m tests.statuspage` draws docs/pictures/status.svg anew."""

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from cuttings.cli import disk, report, screen
from cuttings.cli.listed import Listed
from cuttings.flow.coverage import Lack
from cuttings.model.article import Channel
from cuttings.model.coverage import Coverage, Day, Gap
from cuttings.model.feed import LedgerHead
from cuttings.model.push import Push
from cuttings.model.source import Move, Moved, PendingPage, Rhythm, Source, SourceState
from cuttings.ports import Counts
from cuttings.schedule import coverage
from tests.builders import NOW, at, ledger_head, record, source, state

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "status.svg"
COLUMNS = 112
DAY = 24 * 60  # minutes

_OFFICE = (0, 0, 0, 0, 0, 1, 3, 7, 9, 8, 7, 8, 6, 7, 8, 7, 6, 5, 3, 2, 1, 1, 0, 0)
_EVENING = (1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 1, 0, 1, 1, 2, 4, 7, 9, 8, 5, 2)
_CLOCK = (3, 2, 2, 2, 3, 4, 6, 7, 8, 8, 7, 7, 8, 7, 7, 8, 8, 7, 6, 6, 5, 5, 4, 3)
_MONDAYS = (9, 1, 1, 0, 1, 0, 0)
_WORKDAYS = (8, 9, 9, 8, 6, 1, 1)
_ALL_DAYS = (7, 7, 8, 7, 7, 6, 6)


def habit(per_day: float, hours: tuple[int, ...], weekdays: tuple[int, ...], **changes: Any) -> Rhythm:
    """Return a rhythm that was learned over four weeks."""
    counts = tuple(float(one * per_day) for one in hours), tuple(float(one * per_day) for one in weekdays)
    values: dict[str, Any] = {"since": at(-28 * DAY), "until": NOW, "days": 14.0, "visits": 300, "holds": 20}
    return Rhythm(per_day=per_day, hours=counts[0], weekdays=counts[1], **(values | changes))


def known(name: str, **changes: Any) -> tuple[Source, SourceState]:
    """Return a source, and that it does well but for these changes."""
    declared = source(name)
    values: dict[str, Any] = {
        "name": name,
        "met": at(-90 * DAY),
        "last_visit": at(-20),
        "last_success": at(-20),
        "next_visit": at(25),
        "planned_by": "rhythm",
        "rhythm": habit(6, _OFFICE, _WORKDAYS),
    }
    return declared, state(declared.address, **(values | changes))


def failing(name: str, trouble: str, error: str, days: float, **changes: Any) -> tuple[Source, SourceState]:
    """Return a source that fails since so many days."""
    values: dict[str, Any] = {
        "trouble": trouble,
        "error": error,
        "failures": 7,
        "failing_since": at(-days * DAY),
        "last_success": at(-days * DAY - 30),
        "next_visit": at(200),
    }
    return known(name, **(values | changes))


def lacks(declared: Source, learned: SourceState) -> list[Lack]:
    """Return what was missed of a source; the weather station's document rolled over once."""
    gap = Gap(why="rolled", since=at(-900), until=at(-840), count=12)
    days = [Day(number=coverage.number_of(NOW), gaps=(gap,))] if declared.name == "weather-station" else []
    return [Lack(source=declared, state=learned, missed=one) for one in coverage.missed(learned, days, NOW)]


def planet() -> list[tuple[Source, SourceState]]:
    """Return the sources of a made-up town: most do well, some are in each kind of trouble."""
    silent = Coverage(until=NOW, since=at(-21 * DAY), silent=40.0, longest=3.0, habit=2.0, heaps=1.0, known=30.0)
    moved = Moved(old="https://library.example/feed.xml", new="https://library.example/news/feed", at=at(-2 * DAY))
    likely = Move(target="https://tides.example/feed", first_seen=at(-300), seen=2)
    doubtful = Move(target="https://mill.example/", first_seen=at(-DAY), familiar=False)
    page = PendingPage(record=record().id, url="https://choir.example/1")
    relied = Push(since=at(-5 * DAY), until=at(5 * DAY), last=at(-40), brought=31, doubt=0)
    return [
        known("harbour-gazette", next_visit=at(9), rhythm=habit(14, _CLOCK, _ALL_DAYS)),
        known("town-council", next_visit=at(18), planned_by="ttl", channel=Channel(ttl=timedelta(hours=2))),
        known("weather-station", next_visit=at(31), planned_by="rolling", rhythm=habit(48, _CLOCK, _ALL_DAYS)),
        known("choir", pageless=4, pending=(page,), next_visit=at(400), rhythm=habit(0.3, _EVENING, _MONDAYS)),
        known("night-kitchen", next_visit=at(52), rhythm=habit(2.5, _EVENING, _ALL_DAYS)),
        known("library", push=relied, planned_by="push", address=moved.new, moved=(moved,), next_visit=at(75)),
        known("tide-tables", next_visit=at(96), move=likely, rhythm=habit(2, _CLOCK, _ALL_DAYS)),
        known("old-mill", next_visit=at(130), move=doubtful, rhythm=habit(0.9, _OFFICE, _MONDAYS)),
        known("allotments", next_visit=at(260), coverage=silent, rhythm=habit(2, _OFFICE, _WORKDAYS)),
        failing(
            "ferry-times",
            "certificate",
            "its certificate has expired",
            3,
            next_visit=at(310),
            rhythm=habit(9, _CLOCK, _ALL_DAYS),
        ),
        failing(
            "brass-band",
            "login",
            "a page to log in at",
            1.5,
            next_visit=at(640),
            rhythm=habit(0.7, _EVENING, _WORKDAYS),
        ),
        failing("skittles", "missing", "HTTP 404", 12, last_success=None, next_visit=at(900), rhythm=Rhythm()),
        failing(
            "evening-echo",
            "busy",
            "HTTP 503",
            0.1,
            failures=2,
            next_visit=at(110),
            rhythm=habit(4, _EVENING, _ALL_DAYS),
        ),
        failing("coal-merchant", "gone", "HTTP 410", 40, stopped=True, gone=at(-40 * DAY), next_visit=at(20 * DAY)),
    ]


def made(**changes: Any) -> report.Report:
    """Return the report of the made-up planet."""
    pairs = planet()
    heads: dict[str, LedgerHead | None] = {"front-page": ledger_head(places=4_812, pages=96, time=at(-4))}
    values: dict[str, Any] = {
        "sources": [one for one, _ in pairs],
        "states": [one for _, one in pairs],
        "counts": Counts(records=12_044, unindexed=0),
        "checks": 210,
        "heads": heads,
        "lists": [Listed("planet.opml", 6, at(-3 * DAY), {"added": 2, "removed": 1})],
        "lacks": [lack for one, at_last in pairs for lack in lacks(one, at_last)],
        "listeners": 12,
        "used": disk.Used({"captures": 214 << 20, "published": 12 << 20, "database": 84 << 20}, {"2026-11": 41 << 20}),
        "free": 75 << 30,
        "daemon": True,
        "now": NOW + timedelta(seconds=30),
    }
    return report.made(**(values | changes))


def drawn(columns: int = COLUMNS, found: report.Report | None = None) -> Console:
    """Return a terminal of so many columns on which the page was printed."""
    console = Console(
        record=True, file=io.StringIO(), width=columns, force_terminal=True, color_system="truecolor", highlight=False
    )
    screen.draw(found or made(), "UTC", console, everything=False)
    return console


def picture() -> str:
    """Return the page as a picture that loads nothing."""
    own_fonts = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return drawn().export_svg(title="cuttings status", code_format=own_fonts, unique_id="status")


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
