"""A month of a farm whose feeds are read on the first day only, and the looks back at its articles' pages."""

import hashlib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cuttings import app
from cuttings.app import Outside
from cuttings.config.load import load
from cuttings.model.article import Record
from cuttings.ports import Query
from tests.fakes import Ticking
from tests.farm import configuration, farm

BEGINS = datetime(2025, 1, 1, tzinfo=UTC)  # the farm's first day
STEPS = (1.2, 24, 400, 380, 50, 8)  # hours
LAST_LOOK = timedelta(days=30)  # of an article's age; what happens later nobody looks for


@dataclass
class Month:
    """What was found, what a perfect archivist would have, and what the sites saw of us."""

    found: Counter[str]
    records: Mapping[str, Record]
    truth: Mapping[str, dict[str, Any]]
    removed_by: Mapping[str, datetime]  # when the farm was first seen without it
    log: Sequence[dict[str, Any]]

    @property
    def removed(self) -> list[Record]:
        """The records whose articles went while they were looked at."""
        return [self.records[url] for url, when in self.removed_by.items() if self._in_time(url, when)]

    @property
    def edited(self) -> list[Record]:
        """The records whose articles stayed, and were edited last while they were looked at."""
        return [
            record for url, record in self.records.items() if self._edits(url) and self._in_time(url, self._at(url))
        ]

    @property
    def made_up(self) -> list[Record]:
        """The records that were revised though nothing happened to their articles."""
        return [
            record
            for url, record in self.records.items()
            if record.revision > 1 and not self.truth[url]["deleted"] and not self._edits(url)
        ]

    def is_true(self, record: Record) -> bool:
        text = hashlib.sha256(" ".join(record.text.split()).encode()).hexdigest()
        return bool(text == self.truth[record.url or ""]["text_sha256"])

    def breaches(self, *names: str) -> int:
        return sum(row[name] for row in self.log for name in names)

    def _edits(self, url: str) -> int:
        return 0 if self.truth[url]["deleted"] else len(self.truth[url]["revisions"]) - 1

    def _at(self, url: str) -> datetime:
        return datetime.fromisoformat(self.truth[url]["revisions"][-1]["at"])

    def _in_time(self, url: str, when: datetime) -> bool:
        return url in self.records and when < datetime.fromisoformat(self.truth[url]["published"]) + LAST_LOOK


async def month(folder: Path, sites: int, *options: str) -> Month:
    """Read each feed once, then let a month pass and only look back."""
    clock, found, removed_by = Ticking(BEGINS), Counter[str](), dict[str, datetime]()
    with farm("-n", str(sites), "--profile", "clean", "--edits", "1", "--deletes", "0.4", *options) as world:
        (folder / "config.yaml").write_text(configuration(world.feeds(), extra=", full_text: page"))
        config = load(folder / "config.yaml", os.environ)
        async with app.opened(config, following=True, outside=Outside(clock=clock)) as house:
            await house.collect([one.name for one in config.sources])
            world.ask("log/reset", "POST")
            for hours in STEPS:
                world.tick(hours)
                clock.pass_by(timedelta(hours=hours))
                found += await house.rounds().all()
                truth = {entry["url"]: entry for site in world.rows("truth") for entry in site["entries"]}
                for url in truth:
                    if truth[url]["deleted"]:
                        removed_by.setdefault(url, clock())
            records = {record.url or "": record async for record in house.archive.newest(Query())}
        return Month(found, records, truth, removed_by, world.rows("log?all=1"))
