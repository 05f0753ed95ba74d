"""An editor at work on a farm for weeks: picks, other rules and sizes, edited articles; a reader looks each time."""

import asyncio
import hashlib
import random
import shutil
from pathlib import Path

import pytest

from cuttings.archive.sqlite import SqliteArchive
from cuttings.config import picks
from cuttings.model.article import RecordId
from cuttings.model.feed import Feed, Place, Verdict
from cuttings.ports import View
from tests.farm import House, farm
from tests.reading import FORMATS, Read, walk

SITES, ROUNDS = 24, 14
SITE = "http://127.0.0.1:8080/"
NAMES = ("all", "few", "desk")
FEEDS = [Feed(name=name, title=name) for name in NAMES]
Places = dict[RecordId, Place]
REFUSED = ("drop", "hold", "withdraw")

RULES = (
    "{}",
    "{none_words: [the, /^a/]}",
    "{any_words: [and, of, '/e{2}/']}",
    "{newer_than: 5d}",
    "{where: 'record.words % 2 == 0 || size(record.authors) > 1'}",
    "{sources: [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9]}",
    "{languages: [en]}",
)


class Editor:
    """Decides by chance, always the same one: what is picked, and how the feeds are declared."""

    def __init__(self, house: House, feeds: list[str], chance: random.Random) -> None:
        self.house, self.sources, self.chance = house, feeds, chance
        self.declared = {"all": "{}", "few": RULES[1], "desk": "{}"}
        self.sizes = {"all": 20, "few": 10, "desk": 5}
        self.revisions, self.approval = "announce", "desk"

    def configure(self) -> None:
        lines = [f"site: {{title: Test, url: '{SITE}'}}", "fetch: {allow_networks: [127.0.0.0/8]}", "sources:"]
        lines += [f"  - {{name: s{n}, url: '{url}', full_text: feed}}" for n, url in enumerate(self.sources)]
        more = {"all": "", "few": f", revisions: {self.revisions}", "desk": f", approval: {self.approval}"}
        lines.append("feeds:")
        for name in NAMES:
            lines.append(f"  - {{name: {name}, select: {self.declared[name]}, size: {self.sizes[name]}{more[name]}}}")
        self.house.configure("\n".join(lines) + "\n")

    def change_something(self) -> None:
        what = self.chance.choice(["rule", "rule", "size", "revisions", "approval", "nothing"])
        if what == "rule":
            self.declared["few"] = self.chance.choice(RULES)
        elif what == "size":
            self.sizes[self.chance.choice(NAMES)] = self.chance.choice([4, 10, 25])
        elif what == "revisions":
            self.revisions = self.chance.choice(["ignore", "update", "announce"])
        elif what == "approval":
            self.approval = self.chance.choice(["auto", "desk"])
        self.configure()

    def pick_some(self, records: list[str]) -> None:
        for _ in range(4):
            action = self.chance.choice(["add", "drop", "hold", "pin", "note", "retitle", "withdraw", "clear", "add"])
            name = self.chance.choice(NAMES)
            withdrawn = [one for one, verdict in verdicts(self.house, name).items() if verdict.action == "withdraw"]
            able = [one for one in records if action != "pin" or one not in withdrawn]
            text = ["--text", f"{action} & <more>"] if action in ("note", "retitle") else []
            self.house.run("pick", action, name, *self.chance.sample(able, 2), *text)


def verdicts(house: House, name: str) -> dict[RecordId, Verdict]:
    found = picks.read(house.folder / "picks.yaml", FEEDS).get(name, ())
    return {pick.record: pick.verdict for pick in found}


class Reader:
    """Reads one feed after each publish, and remembers."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.name = house, name
        self.ids: dict[str, str] = {}
        self.walked: dict[str, set[str]] = {suffix: set() for suffix in FORMATS}
        self.document: set[str] = set()
        self.known: set[str] = set()
        self.updated: dict[str, str] = {}
        self.pages: dict[str, list[tuple[str, str, str]]] = {}
        self.times: dict[Path, float] = {}

    def look(self, places: Places, picked: dict[RecordId, Verdict], size: int) -> None:
        stay = {place.published_id for place in places.values() if not place.withdrawn}
        gone = {place.published_id for place in places.values() if place.withdrawn}
        documents = {suffix: list(walk(self.house.published, self.name, suffix, SITE)) for suffix in FORMATS}
        for suffix, found in documents.items():
            ids = {one for document in found for one in document.ids}
            assert ids == stay, "1: a walk finds what has a place, all of it, and nothing else"
            assert self.walked[suffix] - gone <= ids, "1: a walk lost an entry"
            self.walked[suffix] = ids
            self._pages(found[1:], gone)
        for rss, atom, json in zip(*documents.values(), strict=True):
            assert rss.ids == atom.ids == json.ids, "9: formats differ"
            assert rss.titles == atom.titles == json.titles, "9: titles differ"
        self._places(places)
        self._document(documents["atom"][0], places, picked, size)

    def _pages(self, pages: list[Read], gone: set[str]) -> None:
        numbers = [int(Path(page.path).stem) for page in pages]
        assert numbers == list(range(len(pages), 0, -1)), "8: the chain is not linear"
        for page in pages:
            now = [(one, title, page.updated[one]) for one, title in zip(page.ids, page.titles, strict=True)]
            before = self.pages.setdefault(page.path, now)
            assert now == [entry for entry in before if entry[0] not in gone or entry in now], "2: a page changed"
            self.pages[page.path] = now

    def _places(self, places: Places) -> None:
        for record, place in places.items():
            assert self.ids.setdefault(record, place.published_id) == place.published_id, "4: an id changed"
        assert set(self.ids) == set(places), "10: a place is gone"
        assert len(set(self.ids.values())) == len(self.ids), "4: two records share an id"

    def _document(self, document: Read, places: Places, picked: dict[RecordId, Verdict], size: int) -> None:
        shown, of = set(document.ids), {place.published_id: record for record, place in places.items()}
        pins = {one for one, record in of.items() if picked.get(record, Verdict()).pin and places[record].visible}
        refused = {one for one, record in of.items() if picked.get(record, Verdict()).action in REFUSED}
        assert len(shown) <= size + len(pins)
        assert not shown & refused, "what a person refused stands in the document"
        assert set(document.ids[: len(pins)]) == pins, "pins do not come first"
        assert len(shown - self.document - pins) <= size, "5: more than `size` new ids at once"
        fresh = {one for one, record in of.items() if one not in self.known and places[record].live}
        assert fresh <= shown, "6: a live record is not in the document"
        for record, verdict in picked.items():
            if verdict.title and record in places and places[record].published_id in shown:
                titles = dict(zip(document.ids, document.titles, strict=True))
                assert titles[places[record].published_id] == verdict.title, "a title that a person gave is not shown"
        for one, updated in document.updated.items():
            assert updated >= self.updated.get(one, ""), "7: an entry's `updated` goes back"
        self.updated.update(document.updated)
        for suffix in FORMATS:
            file = self.house.published / f"feeds/{self.name}.{suffix}"
            assert file.stat().st_mtime >= self.times.get(file, 0), "7: Last-Modified goes back"
            self.times[file] = file.stat().st_mtime
        self.document = shown
        self.known = set(of)


def ledgers(house: House) -> dict[str, Places]:
    """Return the places of each feed by record."""

    async def read() -> dict[str, Places]:
        async with SqliteArchive.opened(house.archive) as archive:
            return {name: await archive.ask((name,), _places_of) for name in NAMES}

    return asyncio.run(read())


def _places_of(view: View) -> Places:
    places = {candidate.id: view.place(candidate.id) for candidate in view.arrivals(0)}
    return {record: place for record, place in places.items() if place is not None}


def files(house: House) -> dict[str, tuple[bytes, int]]:
    found = sorted(path for path in house.published.rglob("*") if path.is_file())
    return {str(path): (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) for path in found}


def come_back(house: House) -> None:
    before = files(house)
    shutil.rmtree(house.published)
    house.run("publish")
    assert files(house) == before, "3: other files come back than were deleted"


@pytest.mark.parametrize("seed", [7])
def test_the_promises_hold_under_an_editor(tmp_path, seed):
    chance = random.Random(seed)
    house = House(tmp_path)
    readers = {name: Reader(house, name) for name in NAMES}
    with farm("-n", str(SITES), "--profile", "clean", "--edits", "0.5", "--seed", str(seed)) as world:
        editor = Editor(house, world.feeds(), chance)
        editor.configure()
        for number in range(ROUNDS):
            house.run("collect", *(f"s{n}" for n in range(SITES)), timeout=600)
            records = [row["id"] for row in house.rows("list", "--limit", "400")]
            if number:
                editor.pick_some(records)
                editor.change_something()
            house.run("publish")
            places = ledgers(house)
            for name, reader in readers.items():
                reader.look(places[name], verdicts(house, name), editor.sizes[name])
            if number % 5 == 4:
                come_back(house)
            world.tick(chance.choice([6, 24, 48]))
    entered = {name: len(places[name]) for name in NAMES}
    kinds = [verdict for name in NAMES for verdict in verdicts(house, name).values()]
    assert entered["all"] > 200, entered
    assert any(place.withdrawn for name in NAMES for place in places[name].values())
    assert {verdict.action for verdict in kinds} >= {"add", "drop", "hold", "withdraw"}
