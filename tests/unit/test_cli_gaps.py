"""What is told of what was missed, over a real archive."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cuttings.archive.sqlite import SqliteArchive
from cuttings.cli.main import main
from cuttings.model.coverage import Coverage, Day, Gap
from cuttings.model.source import Rhythm, Visit
from cuttings.schedule.coverage import number_of
from tests.builders import state

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMES = ("busy", "pushed", "gone-html", "silent", "well")
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "output.schema.json").read_text("utf-8"))["$defs"]


def known(name, gaps=(), since=NOW, silent=0.0, **changes):
    """Return the state of a source with one day in its ledger."""
    day = Day(number=number_of(NOW), expected=12.4, seen=9, pushed=2, visits=8, failed=1, overlap=0.25, gaps=gaps)
    ledger = Coverage(until=NOW, since=since, days=(day,), silent=silent, habit=9.0, heaps=1.0, known=60.0)
    rhythm = Rhythm(per_day=12.0, since=NOW - 30 * DAY, until=NOW, holds=20)
    whole = state(f"https://{name}.example/feed.xml", coverage=ledger, rhythm=rhythm, last_success=NOW - HOUR)
    return replace(whole, name=name, **changes)


STATES = (
    known("busy", gaps=(Gap(why="rolled", since=NOW - 9 * HOUR, until=NOW - 2 * HOUR, count=40, times=2),)),
    known("pushed", gaps=(Gap(why="unpushed", since=NOW - 9 * HOUR, until=NOW, count=1),)),
    known("gone-html", failures=3, failing_since=NOW, error="a web page, not a feed", trouble="page"),
    known("silent", since=NOW - 9 * DAY, silent=80.0),
    known("well"),
)


@pytest.fixture(autouse=True)
def _house(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sources = "\n".join(f'  - {{name: {name}, url: "https://{name}.example/feed.xml"}}' for name in NAMES)
    (tmp_path / "config.yaml").write_text(f"sources:\n{sources}\n", encoding="utf-8")

    async def fill() -> None:
        async with SqliteArchive.opened(tmp_path / "archive") as archive:
            for one in STATES:
                await archive.commit(Visit(source=one.key, state=one))

    asyncio.run(fill())


def said(capsys, *words):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    return capsys.readouterr().out


def test_each_gap_is_told_with_how_many_why_and_what_to_do(capsys):
    out = said(capsys, "gaps")

    assert "busy: about 40 articles missed between" in out
    assert "`cuttings backfill busy`" in out
    assert "pushed: about 1 article came late" in out
    assert "gone-html: cannot be read since" in out
    assert "a web page, not a feed" in out
    assert "silent: has gone quiet: nothing since" in out
    assert "well" not in out


def test_a_named_source_is_told_with_what_was_expected_and_what_came(capsys):
    out = said(capsys, "gaps", "well")

    assert out.startswith("well: about 12 expected, 9 came (2 of them pushed), 8 visits (1 of them failed)")
    assert "busy" not in out


def test_what_ended_before_since_is_not_told(capsys):
    out = said(capsys, "gaps", "busy", "--since", (NOW + HOUR).isoformat())

    assert "missed" not in out


def test_as_json_it_is_one_document_of_the_schema(capsys):
    told = json.loads(said(capsys, "--json", "gaps"))

    assert list(told) == SCHEMA["gaps"]["required"]
    for part in ("gaps", "coverage"):
        assert list(told[part][0]) == SCHEMA["gaps"]["properties"][part]["items"]["required"]
    assert {gap["source"]: gap["why"] for gap in told["gaps"]} == {
        "busy": "rolled",
        "pushed": "unpushed",
        "gone-html": "unread",
        "silent": "quiet",
    }
    assert [one["source"] for one in told["coverage"]] == ["busy", "pushed", "gone-html", "silent"]
