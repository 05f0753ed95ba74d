"""`adopt` on the command line: what it says, how it ends."""

import json
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cuttings.cli.main import main
from cuttings.flow.adopt import Adopted

SCHEMA = Path(__file__).parents[2] / "docs" / "output.schema.json"
PASSED = (("No. 9", "it has neither an id nor a link, so no reader knows it again"),)


class SmallApp:
    """An application that takes over as a test says."""

    def __init__(self):
        self.asked, self.done = [], Adopted(taken=60, new=58, passed=PASSED)

    async def adopt(self, target, name):
        self.asked.append((target, name))
        return self.done


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Return a small application that the command will find."""
    made = SmallApp()

    @asynccontextmanager
    async def opened(config, **options):
        yield made

    monkeypatch.setattr("cuttings.app.opened", opened)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTTINGS_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text("feeds: [{name: front}]\n")
    return made


@pytest.fixture
def cuttings(capsys):
    """Return a function that runs a command and gives (exit code, stdout, stderr)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        return int(left.value.code or 0), *capsys.readouterr()

    return run


def test_it_tells_how_many_were_taken_over_and_which_were_not(small, cuttings):
    code, out, told = cuttings("adopt", "old.xml", "--feed", "front")

    assert (code, out) == (0, "front: 60 taken over, 58 of them new to the archive\n")
    assert "not taken over: No. 9: it has neither an id nor a link" in told
    assert "its document holds the first 50 of them" in told
    assert small.asked == [("old.xml", "front")]


def test_as_json_it_is_as_the_schema_says(small, cuttings):
    _, out, _ = cuttings("--json", "adopt", "old.xml", "--feed", "front")

    said, schema = json.loads(out), json.loads(SCHEMA.read_text("utf-8"))["$defs"]["adopt"]
    assert list(said) == schema["required"]
    assert list(said["passed"][0]) == schema["properties"]["passed"]["items"]["required"]


def test_it_fails_with_the_reason_where_nothing_was(small, cuttings):
    small.done = Adopted(error="a web page, not a feed")

    assert cuttings("adopt", "old.html", "--feed", "front") == (1, "", "old.html: a web page, not a feed\n")


def test_a_feed_that_is_not_there_is_wrong_usage(small, cuttings):
    code, _, told = cuttings("adopt", "old.xml", "--feed", "frnt")

    assert (code, small.asked) == (2, [])
    assert "did you mean front?" in told
