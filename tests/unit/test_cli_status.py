"""The page of `status`: what it tells at a glance, on terminals of every width, in a pipe and as a picture."""

import re
from dataclasses import replace
from html import unescape

import pytest

from cuttings.cli import glance, report, screen
from cuttings.cli.glance import Note
from cuttings.model.article import SourceKey
from cuttings.model.push import Subscription
from cuttings.model.source import Moved
from tests import statuspage
from tests.builders import NOW, at, source, state


def decided(found: report.Report) -> dict[str, Note]:
    """Return what waits for a person, by name."""
    return {one.name: one for one in glance.decisions(found, "UTC")}


def waiting(found: report.Report) -> dict[str, Note]:
    """Return what is late or waits, by name."""
    return {one.name: one for one in glance.waiting(found, "UTC")}


def lines(found: report.Report, *, everything: bool = False) -> list[str]:
    """Return the page as a pipe gets it."""
    return list(screen.lines(found, "UTC", everything))


def many(number: int, **changes: object) -> report.Report:
    """Return a report of so many sources that all are alike."""
    sources = [source(f"s{n}") for n in range(number)]
    states = [state(one.address, name=one.name, **changes) for one in sources]
    return statuspage.made(sources=sources, states=states, lists=(), lacks=())


def test_what_only_a_person_can_decide_is_told_with_what_to_do():
    told = decided(statuspage.made())

    assert {name: one.kind for name, one in told.items()} == {
        "planet.opml": "list",
        "library": "moved",
        "old-mill": "move",
        "brass-band": "failing",
        "ferry-times": "failing",
        "skittles": "failing",
        "coal-merchant": "gone",
        "allotments": "quiet",
        "choir": "pages",
        "gaps": "gaps",
    }
    assert all(one.advice for one in told.values())
    assert told["library"].advice == "`cuttings source moves --apply library` writes it down"


def test_a_move_that_leaves_credentials_behind_is_told_by_itself():
    own = source("library", auth="Bearer a")
    moved = Moved(old=own.address, new="https://elsewhere.example/feed", at=NOW)
    known = state(own.address, name="library", address=moved.new, moved=(moved,), last_visit=NOW, last_success=NOW)

    told = decided(statuspage.made(sources=[own], states=[known], lists=(), lacks=()))["library"]

    assert told.kind == "moved"
    assert told.words == "moved to https://elsewhere.example/feed, where its `headers` and `auth` are not sent"
    assert told.advice == "if they should be, `cuttings source moves --apply library` makes that its `url`"


def test_what_comes_right_by_itself_asks_nothing_of_anybody():
    told = waiting(statuspage.made())

    assert {name: one.kind for name, one in told.items()} == {
        "evening-echo": "failing",
        "tide-tables": "move",
        "pages": "pages",
    }
    assert all(one.advice is None for one in told.values())


def test_a_hub_that_will_not_tell_us_is_named_and_counted():
    key = SourceKey(source("choir").address)
    asked = Subscription(
        callback="https://a.example/s3cret", source=key, hub="https://hub.example/", topic=key, due=NOW
    )
    denied = replace(asked, pending="subscribe", failures=6, error="denied: no room")
    found = statuspage.made(subscriptions=[replace(asked, confirmed=NOW), denied])

    note, told = waiting(found)["push"], report.as_json(found)

    assert note.words.startswith(
        "not told to us by the hub of choir: https://hub.example/: denied: no room; visited as"
    )
    assert told["push"]["subscriptions"] == {"confirmed": 1, "asked": 0, "failing": 1, "ending": 0}
    assert told["missed"]["rolled"] == {"sources": 1, "entries": 12}
    assert "s3cret" not in f"{told}{note}"


def test_where_all_is_well_the_page_says_that_nothing_is_to_be_decided_and_nothing_late():
    well = many(3, last_visit=at(-5), last_success=at(-5), next_visit=at(30))

    page = statuspage.drawn(100, well).export_text()

    assert page.startswith("To decide: nothing\nLate, or waiting: nothing\n")
    assert "3: 3 good" in page


@pytest.mark.parametrize(("seconds", "late"), [(30, False), (90, True)])
def test_who_is_due_for_a_moment_is_not_late(seconds, late):
    found = replace(many(2, last_visit=at(-90), next_visit=NOW), now=at(seconds / 60))
    found = replace(found, overdue=[NOW, NOW])

    assert ("visits" in waiting(found)) is late
    assert dict(glance.well(found, "UTC")).get("due", "late").startswith("nothing overdue") is not late


def test_who_waits_for_hours_while_no_daemon_runs_waits_for_a_person():
    late = many(2, last_visit=at(-900), next_visit=at(-120))

    assert "daemon" not in decided(late)
    assert decided(replace(late, daemon=False))["daemon"].advice == "`cuttings run` starts it"


def test_a_full_disk_is_the_first_to_be_told():
    full = statuspage.made(no_room="only 12 MiB are free where archive lies")

    [first, *_] = glance.decisions(full, "UTC")

    assert first.words == "only 12 MiB are free where archive lies; nothing is collected"


def test_a_list_that_changed_long_ago_is_no_news():
    [changed] = statuspage.made().lists
    old = statuspage.made(lists=[replace(changed, changed=at(-9 * statuspage.DAY))])

    assert "planet.opml" not in decided(old)


def test_in_a_pipe_each_line_says_all_by_itself():
    told = lines(statuspage.made())

    assert (
        "decide    coal-merchant: gone since 2026-10-15 12:00; remove it, or give its new address; what it had is "
        "kept. It is asked once a month"
    ) in told
    [week] = [one for one in told if one.startswith("week      town-council: ")]
    assert re.search(r" [▁-█]{24} [▁-█]{7} 6 a day, next visit 11-24 12:18, since its document asks for 2h", week)
    assert all(line[10:].strip() for line in told)


def test_of_thousands_of_sources_the_page_stays_short_and_no_kind_of_trouble_hides_the_others():
    found = many(2_000, last_visit=at(-5), failures=3, failing_since=at(-9000), trouble="missing", next_visit=at(9))
    lonely = known_as("coal-merchant")
    found = replace(found, standings=[*found.standings, lonely])

    told = lines(found)

    assert len(told) < 40
    assert any(line.startswith("decide    coal-merchant: gone") for line in told)
    assert "decide    … and 1,991 more (1,991 not there): `cuttings status --all`" in told
    assert sum(line.startswith("decide") for line in lines(found, everything=True)) == 2_001


def known_as(name: str) -> report.Standing:
    """Return a source of the made-up planet as it stands."""
    return next(one for one in statuspage.made().standings if one.source.name == name)


@pytest.mark.parametrize("columns", [30, 60, 80, 100, 200])
def test_the_page_fits_terminals_of_every_width_and_loses_no_words_of_what_is_to_be_done(columns):
    page = statuspage.drawn(columns).export_text()

    assert max(map(len, page.splitlines())) <= columns
    if columns >= 60:
        assert "`cuttings source moves --apply library`" in " ".join(page.split())
    assert ("MTWTFSS" in page) is (columns >= screen.NARROW)
    assert (screen.HOURS in page) is (columns >= screen.WIDE)


def test_without_colour_the_page_says_the_same():
    page = statuspage.drawn(100)
    coloured = page.export_text(clear=False, styles=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == page.export_text()


def test_what_others_wrote_does_not_steer_the_terminal():
    evil = many(1, last_visit=NOW, failures=1, failing_since=NOW, error="\x1b[2J[red]no[/red]", next_visit=at(9))

    page = statuspage.drawn(100, evil).export_text()

    assert "\\x1b[2J[red]no[/red]" in page


def test_the_picture_in_the_documents_shows_the_page_as_it_is_now():
    drawn = unescape(re.sub(r"<[^>]+>", "", statuspage.PICTURE.read_text("utf-8").rpartition("</style>")[2]))

    expected = "cuttings status" + statuspage.drawn().export_text()

    assert "".join(drawn.split()) == "".join(expected.split()), "`python -m tests.statuspage` draws it anew"
    assert not re.search(r"url\((?!#)|href=|@import|@font-face", statuspage.PICTURE.read_text("utf-8"))
