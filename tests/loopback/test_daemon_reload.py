"""The daemon takes another configuration while it runs, or keeps the one it has."""

import random
import re
from collections.abc import Iterator

import pytest

from tests.daemons import Running
from tests.farm import House, free_port, kill, wait_for

ARTICLE = "\n\n".join(["Tides Rise Twice", "Nobody was surprised.", *(["The tide came in over the flats."] * 3)])

CONFIG = """\
archive: archive/
site:
  title: Test
  url: http://127.0.0.1:{port}/
  contact: mailto:editor@example.org
server:
  listen: 127.0.0.1:{port}
  desk: 127.0.0.1:{desk}
fetch:
  timeout: 20s
  allow_networks: [10.0.0.0/8]
schedule:
  at_least: 5m
sources:
  - name: inbox
    path: inbox/
    republish: full
    tags: [tides]
  - include: list.opml
feeds:
  - name: all
    title: Everything
    size: 50
    select:
      tags: [tides]
      none_words: [sponsored]
      where: size(record.title) > 0
"""

NOT_YAML = [
    ("  title: Test", "  title: 'Test"),
    ("tags: [tides]", "tags: [tides"),
    ("site:\n", "site: {\n"),
    ("  - name: all", "\t- name: all"),
    ("feeds:", "feeds"),
]
FAULTY = [
    ("archive: archive/", "archive: elsewhere/"),
    ("  listen: 127", "  listen: 128"),
    ("  desk: 127.0.0.1:", "  desk: 127.0.0.2:"),
    ("  desk: 127.0.0.1:", "  desk: unix:desk.sock #"),
    ("archive: archive/", "archive: postgresql://user@host/db"),
    ("  contact: mailto:editor@example.org", "  contact: ${NOBODY_SET_THIS}"),
    ("20s", "20 parsecs"),
    ("20s", "0s"),
    ("10.0.0.0/8", "10.0.0.0/99"),
    ("at_least: 5m", "at_least: [5m]"),
    ("path: inbox/", "path: inbox/\n    url: https://both.example/"),
    ("republish: full", "republish: fully"),
    ("    tags: [tides]\n  - inc", "    tags: tides\n  - inc"),
    ("list.opml", "nowhere.opml"),
    ("list.opml", "ftp://example.org/list.opml"),
    ("  - include", "  - {{name: inbox, path: other/}}\n  - include".replace("{{", "{").replace("}}", "}")),
    ("name: all", "name: all of it"),
    ("size: 50", "size: 0"),
    ("size: 50", "size: fifty"),
    ("size: 50", "size: 50\n    size: 60"),
    ("select:\n", "select:\n      sources: [inbocks]\n"),
    ("[sponsored]", "['/(unclosed/']"),
    ("size(record.title) > 0", "size(record.titel) > 0"),
    ("size(record.title) > 0", "size(record.title)"),
    ("size(record.title) > 0", "size(record.title"),
    ("title: Everything", "title: !!python/object:os.system x"),
]


def misspelled(text: str, chance: random.Random) -> str:
    """Return the text with a letter of one of its keys doubled."""
    keys = list(re.finditer(r"(?m)^ *(?:- )?(\w+):", text))
    found = chance.choice(keys)
    place = chance.randrange(found.start(1), found.end(1))
    return text[:place] + text[place] + text[place:]


def broken(text: str, chance: random.Random) -> Iterator[tuple[str, bool]]:
    """Yield faulty configurations, and whether each is YAML at all."""
    for written, wrong in NOT_YAML:
        assert written in text
        yield text.replace(written, wrong, 1), False
    for written, wrong in FAULTY:
        assert written in text
        yield text.replace(written, wrong, 1), True
    while True:
        yield misspelled(text, chance), True


@pytest.fixture
def house(tmp_path):
    for name in ("inbox", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "inbox" / "tides.txt").write_text(ARTICLE)
    (tmp_path / "list.opml").write_text("<opml/>")
    return House(tmp_path)


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def text(port):
    return CONFIG.format(port=port, desk=port + 1)


@pytest.fixture
def daemon(house, text, port):
    house.configure(text)
    running = Running(house, port)
    wait_for(lambda: running.shows("Tides Rise Twice"), 30)
    yield running
    if running.process.poll() is None:
        kill(running.process)


def test_a_hundred_faulty_configurations_change_nothing_and_each_is_told_by_its_place(daemon, house, text):
    def told() -> str:
        return str(daemon.log.read_text())

    page = daemon.get("/feeds/all.atom")
    faulty = broken(text, random.Random(22))

    for _ in range(100):
        wrong, is_yaml = next(faulty)
        before = len(told())
        house.configure(wrong)
        daemon.reload()
        said = told()[before:]
        place = r"config\.yaml:\d+: [a-z_.\[\]0-9]+: \S" if is_yaml else r"config\.yaml:\d+: not readable as YAML"
        assert re.search(place, said), f"{said} for\n{wrong}"
        assert "the one before stays in force" in said

    assert daemon.figure('reloads_total{outcome="good"}') == 0
    assert daemon.get("/feeds/all.atom") == page
    assert "Traceback" not in told()
    (house.folder / "inbox" / "moons.txt").write_text(ARTICLE.replace("Tides", "Moons"))
    house.configure(text)
    house.run("collect", "inbox")
    wait_for(lambda: daemon.shows("Moons Rise Twice", "/feeds/all.atom"), 20)


def test_what_is_changed_acts_at_once(daemon, house, text):
    (house.folder / "other" / "stars.txt").write_text(ARTICLE.replace("Tides", "Stars"))
    more = text.replace("  - include", "  - {name: other, path: other/, tags: [tides]}\n  - include")
    more = more.replace("title: Everything", "title: All of it") + "  - {name: second, title: Second}\n"

    house.configure(more)
    daemon.reload()

    wait_for(lambda: daemon.shows("Stars Rise Twice", "/feeds/all.atom"), 30)
    assert daemon.shows("<title>All of it</title>", "/feeds/all.rss")
    wait_for(lambda: daemon.shows("<title>Second</title>", "/feeds/second.rss"), 10)

    house.configure(text.replace("republish: full", "paused: true").replace("size: 50", "size: 1"))
    daemon.reload()

    wait_for(lambda: daemon.get("/feeds/second.rss")[0] == 404, 10)
    wait_for(lambda: daemon.get("/feeds/all.json")[1].count('Rise Twice",') == 1, 10)
    assert daemon.figure('sources{state="paused"}') == 1
    assert daemon.figure('sources{state="followed"}') == 0


def test_a_file_that_is_changed_is_read_without_being_asked_and_once(daemon, house, text):
    house.configure(text.replace("title: Everything", "titel: Everything"))
    wait_for(lambda: "feeds[0].titel: unknown key; did you mean title?" in daemon.log.read_text(), 10)
    reloads = daemon.reloads()

    house.configure(text.replace("title: Everything", "title: Mended"))

    wait_for(lambda: daemon.shows("<title>Mended</title>", "/feeds/all.rss"), 15)
    assert daemon.reloads() == reloads + 1
    assert daemon.log.read_text().count("unknown key") == 1


def test_a_list_it_includes_is_watched_too(daemon, house):
    outline = '<outline type="rss" text="A" xmlUrl="https://nowhere.invalid/feed.xml"/>'
    (house.folder / "list.opml").write_text(f"<opml><body>{outline}</body></opml>")

    wait_for(lambda: "nowhere.invalid was not found" in daemon.log.read_text(), 15)


def test_what_people_pick_acts_and_a_faulty_file_of_picks_is_told(daemon, house):
    [row] = house.rows("list")
    picks = house.folder / "picks.yaml"

    picks.write_text(f"all: [{{id: {row['id']}, actions: {{retitle: Moons Set Once}}}}]\n")
    wait_for(lambda: daemon.shows("Moons Set Once", "/feeds/all.atom"), 15)
    picks.write_text(f"all: [{{id: {row['id']}, actions: {{retitel: Stars}}}}]\n")
    wait_for(lambda: "picks.yaml:1: all[0].actions.retitel" in daemon.log.read_text(), 15)

    assert daemon.shows("Moons Set Once", "/feeds/all.atom")


def test_a_paused_source_is_refused_by_name(daemon, house, text):
    house.configure(text.replace("republish: full", "paused: true"))

    process = house.start("collect", "inbox")
    _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "inbox is paused; `cuttings source pause inbox --off` takes it up again" in errors
