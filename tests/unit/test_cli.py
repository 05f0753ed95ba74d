"""The command line: options, answers, exit codes.  The application behind it is a small one in memory."""

import asyncio
import io
import json
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.cli.main import main
from cuttings.curate.preview import Change, Preview
from cuttings.errors import ArchiveDamaged, ArchiveUnavailable
from cuttings.flow.archive import Archived
from cuttings.flow.publish import Published
from cuttings.model.article import Person, SourceKey
from cuttings.model.source import Receipt
from tests.builders import DAILY, NOW, record, visit

CONFIG = """
site: {timezone: Europe/Berlin}
sources:
  - {name: daily, url: "https://daily.example/feed.xml"}
  - {name: weekly, url: "https://weekly.example/feed.xml"}
feeds: [{name: front-page}]
"""
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "output.schema.json").read_text("utf-8"))["$defs"]


class SmallApp:
    """An application whose visits come to what a test says."""

    def __init__(self, receipts=(), trouble=None):
        self.archive = self.sources = MemoryArchive()
        self.receipts, self.trouble = receipts, trouble
        self.asked, self.archived, self.config = [], [], None

    async def source_names(self):
        return {SourceKey(DAILY): "daily"}

    async def feed_key(self, name):
        return None

    async def collect(self, names, report):
        if self.trouble:
            raise self.trouble
        self.asked.append(names)
        for one in self.receipts:
            report(one)
        return self.receipts

    async def look_back(self):
        return {"edited": 2, "unchanged": 41, "waiting": 1}

    async def archive_target(self, target, body=None):
        self.archived.append((target, body))
        if target == "bad.txt":
            return Archived(target=target, error="no such file")
        return Archived(target=target, records=(record(title="Tides\x1b[2J"),))

    async def publish(self, names, report):
        report(Published(feed="front-page", entered=1, entries=2, written=3))

    async def preview(self, names):
        change = Change(what="enters", record=record().id, title="Tides", rule="live", fact="it is new")
        return [Preview(feed="front-page", changes=[change], pages=2)]


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Return a small application that the commands will find, the configuration lying in the current folder."""
    made = SmallApp()

    @asynccontextmanager
    async def opened(config, **options):
        made.config = config
        yield made

    monkeypatch.setattr("cuttings.app.opened", opened)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTTINGS_CONFIG", raising=False)
    (tmp_path / "config.yaml").write_text(CONFIG)
    return made


@pytest.fixture
def cuttings(capsys):
    """Return a function that runs a command and gives (exit code, stdout, stderr)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


def outcome(kind: str, **changes) -> Receipt:
    """Return a receipt of a visit to the daily."""
    return Receipt(**{"source": "daily", "outcome": kind, **changes})


def test_the_program_runs_as_a_module():
    helped = subprocess.run([sys.executable, "-m", "cuttings", "--help"], check=True, capture_output=True, text=True)

    assert "collect Visit the sources that are due" in " ".join(helped.stdout.split())


def test_help_imports_nothing_that_only_commands_need():
    loaded = loaded_with("cuttings.cli.main")

    assert not {"rich", "pydantic", "httpx", "structlog", "lxml", "asyncio"} & loaded


def test_what_finds_the_text_of_pages_is_loaded_by_workers_alone():
    loaded = loaded_with("cuttings.daemon")

    assert not {"trafilatura", "lxml_html_clean", "numpy", "py3langid", "cuttings.parse.page"} & loaded


def loaded_with(module):
    listing = f"import {module}, sys; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", listing], check=True, capture_output=True, text=True)
    return set(told.stdout.split())


@pytest.mark.parametrize("where", ["before", "after"])
def test_common_options_stand_before_or_after_the_command(small, cuttings, tmp_path, where):
    (tmp_path / "other.yaml").write_text("")
    options = ["--json", "-c", "other.yaml"]

    code, out, _ = cuttings(*([*options, "check"] if where == "before" else ["check", *options]))

    assert code == 0
    assert json.loads(out)["file"].endswith("other.yaml")


def test_a_mistyped_command_is_answered_with_the_right_one(cuttings):
    code, out, err = cuttings("colect")

    assert (code, out) == (2, "")
    assert "collect" in err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["collect", "dialy"], "did you mean daily?"),
        (["publish", "front"], "front-page"),
        (["list", "--source", "dialy"], "did you mean daily?"),
        (["list", "--feed", "frontpage"], "did you mean front-page?"),
        (["list", "--since", "yesterday"], "write 2026-11-24"),
        (["show", "zzz"], "no record's id begins with zzz"),
        (["list", "--limit", "-1"], "--limit"),
        (["-c", "absent.yaml", "list"], "cuttings init"),
    ],
)
def test_a_wrong_word_is_answered_with_what_would_be_right(small, cuttings, arguments, hint):
    code, out, err = cuttings(*arguments)

    assert (code, out) == (2, "")
    assert hint in err


def test_collect_prints_what_was_new_changed_and_failed(small, cuttings):
    small.receipts = (
        outcome("new", new=2, changed=1),
        outcome("failed", source="weekly", error="HTTP 503", next=NOW),
        outcome("unchanged", source="third"),
    )

    code, out, err = cuttings("collect")

    assert code == 0
    assert out.splitlines() == ["daily: 2 new, 1 changed", "weekly: failed: HTTP 503; next try 2026-11-24 13:00"]
    assert "3 sources: 2 new, 1 changed, 1 unchanged, 1 failed" in err
    assert "articles looked at again: 2 edited, 41 unchanged" in err
    assert small.asked == [None]


def test_collect_as_json_is_a_line_a_source(small, cuttings):
    small.receipts = (outcome("new", new=2), outcome("waiting", next=NOW))

    _, out, err = cuttings("collect", "--json")

    lines = [json.loads(line) for line in out.splitlines()]
    assert [list(line) for line in lines] == [SCHEMA["collect"]["required"]] * 2
    assert (lines[1]["outcome"], lines[1]["next"]) == ("waiting", "2026-11-24T12:00:00Z")
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "outcomes", "code"),
    [
        ([], [], 0),
        ([], ["failed", "unchanged"], 0),
        ([], ["failed", "failed"], 1),
        ([], ["failed", "waiting"], 1),
        ([], ["waiting"], 0),
        (["daily"], ["failed", "unchanged"], 1),
        (["daily"], ["waiting"], 0),
        (["https://daily.example/feed.xml", "daily"], ["new"], 0),
    ],
)
def test_collect_fails_where_a_named_source_or_every_visit_did(small, cuttings, arguments, outcomes, code):
    small.receipts = tuple(map(outcome, outcomes))

    assert cuttings("collect", *arguments)[0] == code
    assert small.asked == [["daily"] if arguments else None]


@pytest.mark.parametrize(("trouble", "code"), [(ArchiveDamaged("x\x1b"), 3), (ArchiveUnavailable("busy"), 4)])
def test_what_is_wrong_with_the_archive_is_the_exit_code(small, cuttings, trouble, code):
    small.trouble = trouble

    told, _, err = cuttings("collect")

    assert told == code
    assert err.startswith("cuttings: ")
    assert "\x1b" not in err


def test_archive_prints_ids_and_titles_and_goes_on_after_a_failure(small, cuttings):
    code, out, err = cuttings("archive", "bad.txt", "good.txt")

    assert code == 1
    assert out == f"{record().id}  Tides\\x1b[2J\n"
    assert "bad.txt: no such file" in err


def test_archive_as_json_is_a_line_a_target(small, cuttings):
    _, out, _ = cuttings("archive", "--json", "bad.txt", "good.txt")

    assert [json.loads(line) for line in out.splitlines()] == [
        {"target": "bad.txt", "records": [], "error": "no such file"},
        {"target": "good.txt", "records": [record().id], "error": None},
    ]


def test_archive_reads_standard_input_for_a_dash(small, cuttings, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"<opml/>")))

    cuttings("archive", "-")

    assert small.archived == [("-", b"<opml/>")]


def test_publish_tells_what_it_would_change_and_by_which_rule(small, cuttings):
    code, out, err = cuttings("publish", "--dry-run")
    told = json.loads(cuttings("--json", "publish", "--dry-run")[1])

    assert (code, err) == (0, "nothing was written\n")
    assert out == (f"front-page: 1 change, 2 pages would close\n  enters     {record().id}  Tides  (live: it is new)\n")
    assert list(told) == SCHEMA["preview"]["required"]
    assert list(told["changes"][0]) == SCHEMA["preview"]["properties"]["changes"]["items"]["required"]


def test_check_refuses_a_faulty_rule_with_its_place(small, cuttings, tmp_path):
    (tmp_path / "config.yaml").write_text(
        CONFIG.replace("{name: front-page}", "{name: front-page, select: {where: record.titel != ''}}")
    )

    code, _, err = cuttings("check")

    assert code == 2
    assert (
        "config.yaml:6: feeds[0].select.where: column 7: record.titel is not known; did you mean record.title?" in err
    )


def test_publish_says_what_it_wrote(small, cuttings):
    assert cuttings("publish")[1] == "front-page: 1 entered, 2 shown, 3 files written\n"
    assert list(json.loads(cuttings("--json", "publish")[1])) == SCHEMA["publish"]["required"]


@pytest.fixture
def kept(small):
    """Put two records into the small application's archive."""
    high = record("https://daily.example/1", title="High\twater", categories=("sea",))
    low = record("https://daily.example/2", title="Low water", authors=(Person(name="Ann"),), published=None)
    asyncio.run(small.archive.commit(visit(high, low)))


def test_list_shows_the_newest_first(kept, cuttings):
    assert [line.split("\t")[1:] for line in cuttings("list")[1].splitlines()] == [
        ["2026-11-24 13:00", "daily", "Low water"],
        ["2026-11-24 12:00", "daily", r"High\twater"],
    ]


def test_list_and_show_give_records_as_json(kept, cuttings):
    listed = [json.loads(line) for line in cuttings("list", "--json", "--tag", "sea")[1].splitlines()]
    shown = json.loads(cuttings("show", "--json", listed[0]["id"][:8].upper())[1])

    assert [one["title"] for one in listed] == ["High\twater"]
    assert shown == listed[0]
    assert list(shown) == SCHEMA["record"]["required"]


def test_show_is_readable(kept, cuttings):
    out = cuttings("show", record("https://daily.example/2").id)[1]

    assert out.startswith("Low water\n\n")
    assert "by          Ann\npublished   unknown\nfirst seen  2026-11-24 13:00\nsource      daily\n" in out
    assert out.rstrip().endswith("High.")


def test_check_tells_every_fault_and_what_is_doubtful(small, cuttings, tmp_path):
    (tmp_path / "bad.yaml").write_text("site:\n  titel: x\nfeeds: [{}]\n")

    code, out, err = cuttings("check", "-c", "bad.yaml")
    assert (code, out) == (2, "")
    assert "bad.yaml:2: site.titel: unknown key; did you mean title?" in err
    assert "2 faults" in err

    code, out, err = cuttings("check")
    assert (code, out) == (0, f"{tmp_path / 'config.yaml'}: good, 2 sources, 1 feeds\n")
    assert "site.contact is not set" in err


def test_check_as_json_has_the_keys_of_the_schema(small, cuttings, tmp_path):
    (tmp_path / "bad.yaml").write_text("site:\n  titel: x\n")

    for arguments in (["check"], ["check", "-c", "bad.yaml"]):
        _, out, _ = cuttings("--json", *arguments)
        assert list(json.loads(out)) == SCHEMA["check"]["required"]
    assert json.loads(out)["errors"][0]["line"] == 2


def test_init_writes_a_good_configuration_and_overwrites_none(cuttings, tmp_path):
    code, out, _ = cuttings("init", str(tmp_path / "new"))
    assert (code, out) == (0, f"{tmp_path / 'new' / 'config.yaml'}\n")
    assert "To whoever finds this folder" in (tmp_path / "new" / "archive" / "README.md").read_text()
    assert cuttings("check", "-c", str(tmp_path / "new" / "config.yaml"))[0] == 0

    code, _, err = cuttings("init", str(tmp_path / "new"))
    assert code == 2
    assert "is there already and stays as it is" in err


def test_a_source_is_added_to_the_file_and_listed(small, cuttings, tmp_path):
    code, out, _ = cuttings("source", "add", "https://new.example/", "--tag", "a", "--republish", "full")
    assert (code, out) == (0, "new.example: https://new.example/\n")
    assert "{url: https://new.example/, republish: full, tags: [a]}" in (tmp_path / "config.yaml").read_text()

    listed = [json.loads(line) for line in cuttings("source", "list", "--json")[1].splitlines()]
    assert [one["source"] for one in listed] == ["daily", "weekly", "new.example"]
    assert list(listed[2]) == SCHEMA["source"]["required"]
    assert "not visited yet" in cuttings("source", "list")[1]


def test_a_source_cannot_be_added_to_no_file(small, cuttings, tmp_path):
    (tmp_path / "config.yaml").unlink()

    code, _, err = cuttings("source", "add", "https://new.example/")

    assert code == 2
    assert "`cuttings init` writes one" in err


def test_a_reader_that_goes_away_is_no_trouble(tmp_path):
    (tmp_path / "bad.yaml").write_text("feeds: [" + "{}, " * 5000 + "]")
    command = f"{sys.executable} -m cuttings --json check -c {tmp_path / 'bad.yaml'} | head -c 1"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    assert "Traceback" not in done.stderr
