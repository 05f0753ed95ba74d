"""`backfill` on the command line: whom it walks, what it says, how it ends."""

import json
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.cli.main import main
from cuttings.flow.backfill import Walked
from tests.builders import NOW, source, state, visit

SCHEMA = Path(__file__).parents[2] / "docs" / "output.schema.json"


class Walker:
    """Who walks as a test says; `limits` are what it was given."""

    def __init__(self):
        self.came, self.limits = {}, None

    async def backfill(self, source, key, limits):
        self.limits = limits
        yield Walked(source=source.name, documents=1, left=3)
        yield self.came.get(source.name, Walked(source=source.name, result="done", way="archived", documents=4, new=40))

    async def planned(self, source, key):
        return Walked(source=source.name, way="archived", next="https://daily.example/archive/3", left=3)


class SmallApp:
    """An application of two sources, one of them visited of late."""

    def __init__(self):
        self.archive, self.backfiller, self.visited = MemoryArchive(), Walker(), []
        self.declared = {source(name).address: source(name) for name in ("daily", "weekly")}

    def clock(self):
        return NOW

    async def collect(self, names):
        self.visited += names


@pytest.fixture
async def small(monkeypatch, tmp_path):
    """Return a small application that the command will find."""
    made = SmallApp()
    for key, one in made.declared.items():
        seen = NOW - timedelta(minutes=10) if one.name == "daily" else None
        await made.archive.commit(visit(source=key, state=state(key, name=one.name, last_success=seen)))

    @asynccontextmanager
    async def opened(config, **options):
        yield made

    monkeypatch.setattr("cuttings.app.opened", opened)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTTINGS_CONFIG", raising=False)
    sources = "".join(f"  - {{name: {one.name}, url: '{one.url}'}}\n" for one in made.declared.values())
    (tmp_path / "config.yaml").write_text(f"sources:\n{sources}")
    return made


@pytest.fixture
def cuttings(capsys):
    """Return a function that runs a command and gives (exit code, stdout)."""

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        return int(left.value.code or 0), capsys.readouterr().out

    return run


def test_all_are_walked_and_only_who_was_not_visited_of_late_is_visited_first(small, cuttings):
    code, out = cuttings("backfill")

    assert (code, small.visited) == (0, ["weekly"])
    assert sorted(out.splitlines()) == [f"{name}: done, 40 new in 4 documents" for name in ("daily", "weekly")]


def test_a_line_of_json_a_source_is_as_the_schema_says(small, cuttings):
    _, out = cuttings("--json", "backfill", "daily", "--pages", "7")

    [said] = map(json.loads, out.splitlines())
    assert set(said) == set(json.loads(SCHEMA.read_text("utf-8"))["$defs"]["backfill"]["required"])
    assert (said["source"], said["result"], small.backfiller.limits.documents) == ("daily", "done", 7)


def test_it_fails_where_a_past_is_not_whole_and_says_why(small, cuttings):
    small.backfiller.came["daily"] = Walked(source="daily", result="partly", error="archive/2: 404 Not Found")

    assert cuttings("backfill", "daily") == (1, "daily: partly, 0 new in 0 documents: archive/2: 404 Not Found\n")


def test_a_dry_run_says_where_it_would_begin_and_asks_for_nothing(small, cuttings):
    code, out = cuttings("backfill", "--dry-run", "daily")

    assert (code, out) == (0, "daily: archived, from https://daily.example/archive/3, about 3 documents\n")
    assert small.visited == []
