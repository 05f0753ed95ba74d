"""pick, why, search, diff on the command line, over a real archive in a folder."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from cuttings.archive.sqlite import SqliteArchive
from cuttings.cli import diff
from cuttings.cli.main import main
from cuttings.model.source import Source
from tests.builders import DAILY, NOW, at, next_revision, reason, record, visit

CONFIG = f"""
sources: [{{name: daily, url: "{DAILY}"}}]
feeds: [{{name: front-page}}, {{name: side, formerly: [edge]}}]
"""
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "output.schema.json").read_text("utf-8"))["$defs"]
HIGH = record(title="High tide", text="The moon pulls.\n\nThe sea comes.", published=at(-10))
LOW = record("https://daily.example/2", title="Low\x1b[2J tide", text="The moon lets go.", language="de")


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Return a folder with two articles, one of which has two revisions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTTINGS_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text(CONFIG)

    async def fill():
        async with SqliteArchive.opened(tmp_path / "archive", clock=lambda: NOW) as archive:
            await archive.follow([Source(name="daily", url=DAILY)], NOW)
            told = reason(HIGH.id, step="page", rule="failed", fact="503 Service Unavailable")
            await archive.commit(visit(HIGH, LOW, reasons=(told,)))
            await archive.commit(visit(next_revision(HIGH, text="The moon pulls hard.\n\nThe sea comes.")))
            while await archive.index():
                pass

    asyncio.run(fill())
    return tmp_path


@pytest.fixture
def cuttings(capsys):
    """Return a function that runs a command and gives (exit code, stdout, stderr)."""

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


def rows(out, kind):
    found = [json.loads(line) for line in out.splitlines()]
    for row in found:
        assert set(row) == set(SCHEMA[kind]["required"])
    return found


# -- pick


def test_a_pick_is_written_and_told(house, cuttings):
    code, out, err = cuttings("pick", "pin", "front-page", HIGH.id[:8])

    assert (code, out) == (0, f"{HIGH.id}  High tide: stands first in the document\n")
    assert "cuttings publish" in err
    assert (house / "picks.yaml").read_text() == (
        f'front-page:\n  - {{id: {HIGH.id}, title: "High tide", actions: {{pin: true}}}}\n'
    )


def test_several_records_are_picked_at_once_and_told_as_json(house, cuttings):
    _, out, _ = cuttings("--json", "pick", "note", "edge", HIGH.id, LOW.id, "--text", "Read\nthis.")

    told = rows(out, "pick")
    assert [(row["feed"], row["id"], row["changed"]) for row in told] == [
        ("side", HIGH.id, True),
        ("side", LOW.id, True),
    ]
    assert told[0]["pick"] == {"action": None, "pin": False, "note": "Read\nthis.", "retitle": None}


def test_clear_takes_back_and_says_what_stays(house, cuttings):
    cuttings("pick", "withdraw", "front-page", HIGH.id)

    _, out, _ = cuttings("--json", "pick", "clear", "front-page", HIGH.id)
    assert rows(out, "pick")[0]["pick"] is None

    cuttings("pick", "withdraw", "front-page", HIGH.id)
    assert "stays so" in cuttings("pick", "clear", "front-page", HIGH.id)[2]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["pni", "front-page", HIGH.id], "did you mean pin?"),
        (["pin", "front-pge", HIGH.id], "did you mean front-page?"),
        (["pin", "front-page", f"{HIGH.id[:9]}zzzz"], f"did you mean {HIGH.id} (High tide)?"),
        (["pin", "front-page", "zzzzzzz"], "`cuttings list` shows some"),
        (["drop", "front-page", HIGH.id, "zzzzzzz"], "no record's id begins with zzzzzzz"),
        (["note", "front-page", HIGH.id], "note needs --text TEXT"),
        (["pin", "front-page", HIGH.id, "--text", "x"], "pin has no use for --text"),
        (["note", "front-page", HIGH.id, "--text", "a\x07b"], "control"),
        (["retitle", "front-page", HIGH.id, "--text", "x" * 1001], "1,000"),
    ],
)
def test_what_cannot_be_picked_is_refused_with_what_would_be_right(house, cuttings, words, hint):
    code, out, err = cuttings("pick", *words)

    assert (code, out) == (2, "")
    assert hint in err
    assert not (house / "picks.yaml").exists()


@pytest.mark.parametrize(
    "command", [["check"], ["publish"], ["publish", "--dry-run"], ["pick", "pin", "side", HIGH.id]]
)
def test_a_faulty_file_of_picks_is_refused_with_its_line(house, cuttings, command):
    (house / "picks.yaml").write_text(f"side:\n  - {{id: {HIGH.id}, actions: {{drpo: true}}}}\n")

    code, _, err = cuttings(*command)

    assert code == 2
    assert "picks.yaml:2: side[0].actions.drpo: unknown key; did you mean drop?" in err
    assert not (house / "archive" / "published").exists()


def test_a_pick_of_a_record_that_is_not_there_is_a_note(house, cuttings):
    missing = "a" * 26
    (house / "picks.yaml").write_text(f"side: [{{id: {missing}, actions: {{drop: true}}}}]\n")

    code, out, _ = cuttings("--json", "check")

    assert code == 0
    assert any(missing in warning for warning in json.loads(out)["warnings"])


def test_picks_are_what_is_published(house, cuttings):
    cuttings("pick", "drop", "front-page", LOW.id)
    cuttings("pick", "retitle", "front-page", HIGH.id, "--text", "Water!")

    _, planned, _ = cuttings("--json", "publish", "--dry-run", "front-page")
    cuttings("publish")

    assert [one["record"] for one in json.loads(planned)["changes"]] == [HIGH.id]
    items = json.loads((house / "archive/published/feeds/front-page.json").read_text())["items"]
    assert [one["title"] for one in items] == ["Water!"]
    assert len(json.loads((house / "archive/published/feeds/side.json").read_text())["items"]) == 2


# -- why


def test_why_tells_what_was_decided_and_what_holds(house, cuttings):
    cuttings("pick", "drop", "side", HIGH.id)
    cuttings("publish", "front-page")

    code, out, _ = cuttings("why", HIGH.id[:6])

    assert code == 0
    assert out.startswith(f"{HIGH.id}  High tide\n")
    assert "2026-11-24 12:00  page      failed: 503 Service Unavailable" in out
    assert "front-page: stands in the document with revision 2" in out
    assert "side: kept out: a person picked so" in out


def test_why_of_a_url_tells_its_records_and_of_nothing_says_so(house, cuttings):
    _, out, _ = cuttings("--json", "why", HIGH.url)

    [told] = rows(out, "why")
    assert (told["id"], told["url"]) == (HIGH.id, HIGH.url)
    assert cuttings("why", "https://nobody.example/") == (
        2,
        "",
        "cuttings: nothing is known of https://nobody.example/: no record, no source, and nothing that was refused\n",
    )


# -- search


def test_search_finds_what_has_all_words_within_the_filters(house, cuttings):
    _, out, _ = cuttings("--json", "search", "moon", "TIDE")
    assert {row["id"] for row in rows(out, "record")} == {HIGH.id, LOW.id}

    _, out, _ = cuttings("search", "moon", "--language", "de", "--source", "daily")
    assert out.split("\t")[0] == LOW.id
    assert "\x1b" not in out

    assert "no such records" in cuttings("search", "moon", "--feed", "side")[2]
    assert cuttings("search", "moon", "--feed", "frnt-page")[0] == 2


# -- diff


def test_diff_marks_what_changed_in_the_last_revision(house, cuttings):
    code, out, _ = cuttings("diff", HIGH.id)

    assert code == 0
    assert out == (
        f"{HIGH.id}: revision 1 -> 2, material: text\nparagraph 1, material: text:\n  The moon pulls{{+ hard+}}.\n"
    )


def test_diff_as_json_gives_the_parts_in_order(house, cuttings):
    _, out, _ = cuttings("--json", "diff", HIGH.id, "2", "1")

    [told] = rows(out, "diff")
    assert (told["from"], told["to"]) == (2, 1)
    assert {"how": "gone", "text": " hard"} in told["changes"]["text"]
    [paragraph] = told["paragraphs"]
    assert (told["weight"], paragraph["at"], paragraph["material"]) == ("material", 0, ["text"])


@pytest.mark.parametrize(("revisions", "hint"), [(["1", "9"], "it has 2"), (["1", "2", "1"], "two revisions")])
def test_diff_refuses_revisions_that_are_not_there(house, cuttings, revisions, hint):
    code, _, err = cuttings("diff", HIGH.id, *revisions)

    assert code == 2
    assert hint in err


def test_diff_of_a_record_that_never_changed_says_so(house, cuttings):
    assert "it has no other revision" in cuttings("diff", LOW.id)[2]


def test_a_terminal_gets_colours_and_nothing_that_the_text_brings(house, cuttings, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    old, new = replace(LOW, authors=()), replace(LOW, title="Low\x1b[2J ebb")

    assert diff._lines([("gone", "a\x1b"), ("new", "b")], diff._COLOURS) == [
        ("\x1b[31;9ma\\x1b\x1b[0m\x1b[32mb\x1b[0m", True)
    ]
    assert list(diff._texts(old, new)) == ["title"]
