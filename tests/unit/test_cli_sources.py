"""The source list and the state of everything, as commands tell them."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
import typer

from cuttings.archive import locks
from cuttings.archive.memory import MemoryArchive
from cuttings.cli import advice, complete, disk
from cuttings.cli.health import health, states_by_name
from cuttings.cli.main import app, main
from cuttings.flow.discover import Discovered
from cuttings.model.article import Channel
from cuttings.model.capture import Trouble
from cuttings.model.source import Move, PendingPage, Rhythm
from cuttings.parse.discovery import FeedLink
from cuttings.schedule import moves
from tests.builders import DAILY, NOW, at, record, source, state, visit

CONFIG = """
sources:  # mine
  - {name: daily, url: "https://daily.example/feed.xml", tags: [sea]}
  - {name: weekly, url: "https://weekly.example/feed.xml?token=abc"}
  - {name: inbox, path: inbox/}
  - {name: ours, url: "https://ours.example/${PLACE}/feed"}
  - include: more.opml
feeds: [{name: front-page}]
"""
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "output.schema.json").read_text("utf-8"))["$defs"]


class Known:
    """An application that knows a few sources, and what an address offers."""

    def __init__(self, config):
        self.config, self.archive = config, MemoryArchive()
        self.sources = self.archive
        self.clock = lambda: NOW
        self.offers: tuple[FeedLink, ...] = ()

    def no_room(self):
        return None

    async def discover(self, address, confirm=False, guess=False):
        return Discovered(address=address, feeds=self.offers, error=None if self.offers else "the page names no feed")


def typed(config=None):
    """Return a line of options, as far as they are typed."""
    line = typer.Context(typer.main.get_command(app))
    line.params = {"config": config}
    return line


@pytest.fixture
def known(monkeypatch, tmp_path):
    """Return the application that the commands will find; the daily was visited and failed at last."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "more.opml").write_text('<opml><body><outline text="d" xmlUrl="https://d.example/"/></body></opml>')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTTINGS_CONFIG", raising=False)
    monkeypatch.setenv("PLACE", "hidden")
    made = Known(None)

    @asynccontextmanager
    async def opened(config, **options):
        made.config = config
        config.archive.mkdir(exist_ok=True)
        yield made

    monkeypatch.setattr("cuttings.app.opened", opened)
    monkeypatch.setattr("cuttings.app.utc_now", lambda: NOW)
    asyncio.run(_failed(made.archive))
    return made


async def _failed(archive):
    old = (await archive.follow([source()], at(-9000)))["daily"]
    failing = replace(old, last_visit=at(-5), met=at(-9000), last_success=at(-60), failures=3, failing_since=at(-50))
    failing = replace(failing, error="HTTP 503", next_visit=at(60), channel=Channel(title="The Daily"))
    failing = replace(failing, move=Move(target="https://new.example/feed", first_seen=at(-5)))
    failing = replace(failing, pending=(PendingPage(record=record().id, url="https://daily.example/1"),))
    await archive.commit(visit(record(), state=replace(failing, rhythm=Rhythm(per_day=3.5, visits=9))))


@pytest.fixture
def cuttings(capsys):
    """Return a function that runs a command and gives (exit code, stdout, stderr)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return run


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "new"),
        ({"last_visit": NOW}, "good"),
        ({"last_visit": NOW, "not_before": at(5)}, "waiting"),
        ({"last_visit": NOW, "failures": 1, "failing_since": NOW}, "failing"),
        ({"last_visit": NOW, "failures": 1, "stopped": True, "gone": NOW}, "gone"),
    ],
)
def test_a_source_has_one_word_for_how_it_does(changes, word):
    assert health(source(), state(**changes), NOW).word == word
    assert health(source(paused=True), state(**changes), NOW).word == "paused"


def test_who_needs_a_person_is_told_what_to_do():
    never = state(last_visit=NOW, failures=2, failing_since=at(-60))
    long = state(last_visit=NOW, failures=40, failing_since=at(-60 * 24 * 31), last_success=at(-60 * 24 * 32))

    assert "cuttings source discover https://daily.example/feed.xml" in (health(source(), never, NOW).advice or "")
    assert "still there" in (health(source(), long, NOW).advice or "")


@pytest.mark.parametrize("trouble", get_args(Trouble))
def test_for_each_trouble_that_lasts_there_is_something_to_do_and_for_most_nothing_before(trouble):
    just = state(last_visit=NOW, failures=1, failing_since=NOW, last_success=NOW, trouble=trouble)
    long = replace(just, failing_since=at(-60 * 24 * 31))

    assert advice.of(source(), long, NOW)
    assert bool(advice.of(source(), just, NOW)) is (trouble in ("barred", "login", "parked", "ours"))


def test_a_name_that_was_never_found_may_be_misspelt_and_is_not_said_to_be_gone():
    new = state(last_visit=NOW, failures=1, failing_since=NOW, last_success=None, trouble="name")
    old = replace(new, last_success=NOW - timedelta(days=9), failing_since=NOW - timedelta(days=3))

    assert "spelt" in (advice.of(source(), new, NOW) or "")
    assert "new address" in (advice.of(source(), old, NOW) or "")


@pytest.mark.parametrize("failures", [0, 3])
def test_credentials_that_a_moved_source_does_not_get_are_told(failures):
    own = source(auth="Basic bWU6aHVudGVyMg==")
    near, far = "https://daily.example/new.xml", "https://other.example/feed.xml"
    moved = state(last_visit=NOW, failures=failures, failing_since=NOW, address=far, trouble="denied")

    told = health(own, moved, NOW).advice or ""

    assert far in told and "not sent" in told and "cuttings source moves --apply daily" in told
    assert "not sent" not in (health(own, replace(moved, address=near), NOW).advice or "")
    assert "not sent" not in (health(source(), moved, NOW).advice or "")


def test_a_move_to_where_nothing_is_known_is_a_persons_to_decide():
    known = state(last_visit=NOW, move=Move(target="https://portal.example/f", first_seen=NOW, familiar=False))

    told = health(source(), known, NOW)

    assert told.word == "good"
    assert "https://portal.example/f" in (told.advice or "")


def test_what_is_known_of_a_source_is_found_under_its_former_address_and_after_a_move():
    moved = state("https://old.example/", name="x", address="https://new.example/")

    for declared in (source(url="https://old.example/"), source(url="https://new.example/")):
        assert states_by_name([declared], [moved]) == {"daily": moved}
    assert states_by_name([source(formerly=("https://old.example/",))], [moved]) == {"daily": moved}
    assert states_by_name([source()], [moved]) == {}


def test_show_tells_all_that_is_known(known, cuttings):
    code, out, _ = cuttings("source", "show", "https://daily.example/feed.xml")

    told = dict(line.split(maxsplit=1) for line in out.splitlines() if line[:1].islower())
    assert code == 0
    assert told["health"] == "failed 3x since 2026-11-24 11:10: HTTP 503"
    assert told["records"] == "1"
    assert "https://new.example/feed, seen 1x" in out
    assert "3.5 new a day, over 9 visits" in out

    shown = json.loads(cuttings("--json", "source", "show", "daily")[1])
    assert list(shown) == SCHEMA["source_details"]["required"]
    assert (shown["health"], shown["per_day"], shown["pending_pages"]) == ("failing", 3.5, 1)


def test_a_source_is_paused_goes_on_and_is_removed(known, cuttings, tmp_path):
    assert cuttings("source", "pause", "daily")[1] == "daily: paused\n"
    assert "tags: [sea], paused: true}" in (tmp_path / "config.yaml").read_text()
    assert json.loads(cuttings("--json", "source", "pause", "--off", "daily")[1])["health"] == "new"
    assert (tmp_path / "config.yaml").read_text() == CONFIG

    code, out, err = cuttings("source", "remove", "daily")
    assert (code, out) == (0, "daily: https://daily.example/feed.xml\n")
    assert "kept" in err
    assert "daily" not in (tmp_path / "config.yaml").read_text()


async def _moved(archive, *pairs):
    """Have sources (old address, new address) believed to have moved."""
    followed = [source(f"s{n}", url=old) for n, (old, _) in enumerate(pairs)]
    states = await archive.follow(followed, NOW)
    for one, (_, new) in zip(followed, pairs, strict=True):
        await archive.commit(visit(state=moves.believed(states[one.name], new, NOW)))


def test_moves_are_listed_and_those_believed_are_a_patch_until_they_are_written(known, cuttings, tmp_path):
    pairs = [("https://ours.example/hidden/feed", "https://o.example/"), ("https://d.example/", "https://d.example/2")]
    asyncio.run(_moved(known.archive, *pairs))

    code, out, err = cuttings("source", "moves")
    assert code == 0
    assert "daily: https://daily.example/feed.xml -> https://new.example/feed, seen 1x since 2026-11-24 11:55" in out
    assert "+++ b/more.opml" in out
    assert "config.yaml" not in out
    assert "ours: its address holds" in err

    code, out, err = cuttings("source", "moves", "--apply")
    assert (code, "written: d" in err) == (1, True)
    assert 'xmlUrl="https://d.example/2"' in (tmp_path / "more.opml").read_text()
    assert (tmp_path / "config.yaml").read_text() == CONFIG
    told = json.loads(cuttings("--json", "source", "moves")[1])
    assert list(told) == SCHEMA["moves"]["required"]
    assert list(told["moves"][0]) == SCHEMA["moves"]["properties"]["moves"]["items"]["required"]
    assert [one["source"] for one in told["moves"]] == ["daily", "ours"]


def test_a_move_that_waits_is_believed_and_written_for_who_names_it(known, cuttings, tmp_path):
    code, _, err = cuttings("source", "moves", "--apply", "daily")

    assert (code, "written: daily" in err) == (0, True)
    new = 'url: "https://new.example/feed", tags: [sea], formerly: [https://daily.example/feed.xml]'
    assert new in (tmp_path / "config.yaml").read_text()
    [of_daily] = [one for one in asyncio.run(known.archive.states()) if one.key == DAILY]
    assert of_daily.address == "https://new.example/feed"


def test_a_move_to_where_another_source_was_followed_is_left_to_a_person(known, cuttings, tmp_path):
    async def followed_once():
        await known.archive.follow([source("other", url="https://new.example/feed")], NOW)
        await known.archive.follow([source()], NOW)

    asyncio.run(followed_once())
    code, _, err = cuttings("source", "moves", "--apply", "daily")

    assert (code, "daily: another source was followed" in err) == (1, True)
    assert (tmp_path / "config.yaml").read_text() == CONFIG


@pytest.mark.parametrize("options", [["--undo"], ["--undo", "--apply", "daily"]])
def test_a_move_is_taken_back_of_sources_that_are_named(known, cuttings, options):
    assert cuttings("source", "moves", *options)[0] == 2


def test_where_nothing_moved_there_is_nothing_to_take_back(known, cuttings):
    async def followed():
        await known.archive.follow([source("weekly", url="https://weekly.example/feed.xml?token=abc")], NOW)

    asyncio.run(followed())

    assert "weekly: it did not move" in cuttings("source", "moves", "--undo", "weekly")[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["remove", "dialy"], "did you mean daily"),
        (["show", "dialy"], "did you mean daily"),
        (["remove", "d"], "more.opml"),
        (["pause", "d"], "more.opml"),
        (["import", "absent.opml"], "No such file"),
        (["import", "config.yaml"], "not a list of sources"),
        (["add", "--discover", "https://a.example/"], "names no feed"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(known, cuttings, tmp_path, arguments, words):
    code, out, err = cuttings("source", *arguments)

    assert (code, out) == (2, "")
    assert words in err
    assert (tmp_path / "config.yaml").read_text() == CONFIG


def test_discover_prints_what_an_address_offers(known, cuttings):
    assert cuttings("source", "discover", "https://a.example/")[0] == 1
    known.offers = (FeedLink(url="https://a.example/feed", title="A\x1b", media_type="application/rss+xml"),)

    assert cuttings("source", "discover", "a")[1] == (
        "A\\x1b\tapplication/rss+xml\tthe page names it in its head\thttps://a.example/feed\n"
    )
    found = json.loads(cuttings("--json", "source", "discover", "a")[1])
    assert list(found) == SCHEMA["discover"]["required"]
    assert list(found["feeds"][0]) == SCHEMA["discover"]["properties"]["feeds"]["items"]["required"]
    assert found["feeds"][0]["url"] == "https://a.example/feed"


def test_add_takes_the_first_feed_that_a_site_names(known, cuttings, tmp_path):
    feeds = [FeedLink(url=f"https://a.example/{n}", title=None, media_type="text/xml") for n in (1, 2)]
    known.offers = tuple(feeds)

    code, out, err = cuttings("source", "add", "--discover", "https://a.example/")

    assert (code, out) == (0, "a.example: https://a.example/1\n")
    assert "it also offers https://a.example/2" in err


def test_a_list_is_imported_as_its_plan_says(known, cuttings, tmp_path):
    (tmp_path / "l.csv").write_text(
        "url,name,tags\nhttps://new.example/,daily,x;y\nhttps://daily.example/feed.xml,,\nnope,,\n"
    )

    planned = json.loads(cuttings("--json", "source", "import", "l.csv", "--dry-run")[1])
    assert (tmp_path / "config.yaml").read_text() == CONFIG
    code, out, err = cuttings("source", "import", "l.csv")

    assert list(planned) == SCHEMA["import"]["required"]
    assert planned["added"] == [{"source": "daily-2", "address": "https://new.example/", "tags": ["x", "y"]}]
    assert (code, out) == (1, "+  https://new.example/  daily-2  x, y\n")
    assert "https://daily.example/feed.xml is followed already, as daily" in err
    assert "not read: line 4: nope" in err
    assert "{name: daily-2, url: https://new.example/, tags: [x, y]}" in (tmp_path / "config.yaml").read_text()


def test_export_tells_no_secret_and_imports_back(known, capsysbinary, tmp_path):
    for arguments in (["export"], ["export", "--format", "csv"]):
        with pytest.raises(SystemExit):
            main(["source", *arguments])
        out, err = capsysbinary.readouterr()
        assert b"https://daily.example/feed.xml" in out
        assert b"token" not in out
        assert b"hidden" not in out
        assert b"weekly: left out" in err
        assert b"inbox: left out" in err
        (tmp_path / "exported").write_bytes(out)
        with pytest.raises(SystemExit):
            main(["--json", "source", "import", "exported", "--dry-run"])
        assert len(json.loads(capsysbinary.readouterr().out)["known"]) == 2


def test_status_says_how_everything_is(known, cuttings):
    out = cuttings("status")[1]

    assert "daemon    not running" in out
    assert "feed      front-page: not published yet" in out
    assert "records   1, search is 1 behind" in out
    assert "sources   5: 1 failing, 4 not visited yet" in out
    assert "late      daily: failed 3x since 2026-11-24 11:10: HTTP 503; next try 2026-11-24 13:00" in out
    assert "late      pages: 1 did not come, and will be tried again" in out
    assert "week      daily: 3.5 a day, next visit 11-24 13:00, the wait grows while it fails" in out


def test_status_is_one_document_as_json(known, cuttings):
    told = json.loads(cuttings("--json", "status")[1])

    assert list(told) == SCHEMA["status"]["required"]
    assert told["trouble"][0]["source"] == "daily"
    assert [one["kind"] for one in told["waiting"]] == ["failing", "move", "pages"]
    assert list(told["waiting"][0]) == SCHEMA["status"]["properties"]["waiting"]["items"]["required"]


def test_the_disk_is_told_by_part_and_captures_by_month(tmp_path):
    for path in (
        "cuttings.sqlite3",
        "captures/2026/10/a.warc.gz",
        "captures/2026/11/b.warc.gz",
        "published/feeds/f.rss",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x" * 5000)

    found = disk.used(tmp_path)

    assert found.parts["database"] == found.months["2026-10"] == found.months["2026-11"] > 4096
    assert found.parts["captures"] == 2 * found.parts["published"]
    assert found.total == 4 * found.parts["database"]


def test_a_daemon_is_seen_while_it_holds_its_lock(tmp_path):
    assert not locks.daemon_lives(tmp_path)

    with locks.sole_daemon(tmp_path):
        assert locks.daemon_lives(tmp_path)

    assert not locks.daemon_lives(tmp_path)


def test_names_are_completed_from_a_configuration_of_usual_size(known, tmp_path):
    assert complete.sources(typed(), "d") == ["daily", "d"]
    assert complete.feeds(typed(), "") == ["front-page"]
    assert complete.ids(typed(), "a") == []

    (tmp_path / "config.yaml").write_text(CONFIG + "#" * complete.LARGEST)
    assert complete.sources(typed(), "d") == []
    (tmp_path / "config.yaml").write_text("sources: [")
    assert complete.sources(typed(), "d") == []


def test_ids_are_completed_where_two_letters_are_there(known, tmp_path):
    (tmp_path / "archive").mkdir()

    assert complete.ids(typed(tmp_path / "config.yaml"), record().id[:2].upper()) == [record().id]
