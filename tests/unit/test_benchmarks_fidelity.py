import json
import tarfile

import pytest
from benchmarks import appeals, corpora, fidelity
from benchmarks.corpora import Gold, Page
from benchmarks.exactness import exact
from benchmarks.peers import Reading

TEXT = "The tide came in over the flats. Nobody on the quay was surprised by it at all."
APPEAL = "Please donate today: our reporting is paid for by readers."


def page(text=TEXT, extra="", **gold):
    body = f"<html><body><h1>Tides</h1><p>{text}</p>{extra}</body></html>".encode()
    return Page(set="naeb", name="1", site="tides.example", url="https://tides.example/1", body=body, gold=Gold(**gold))


def folder(path, **truth):
    """A set of one page."""
    where = path / "articles" / "naeb"
    where.mkdir(parents=True)
    said = {"articleBody": TEXT, "title": "Tides", "authors": "Ann Oar, Ben Sail", "date": "2026-11-24"}
    (where / "ground-truth.json").write_text(json.dumps({"1": {**said, "url": "https://tides.example/1", **truth}}))
    (where / "1.html").write_bytes(page().body)
    return path


def test_the_gold_itself_scores_one_and_nothing_scores_zero():
    gold = Gold(paragraphs=(TEXT,))

    scores = [corpora.figures([corpora.score(gold, text)]) for text in (TEXT, "")]

    assert [(s.f1, s.precision, s.recall) for s in scores] == [(1, 1, 1), (0, 0, 0)]


def test_f1_is_that_of_the_mean_precision_and_the_mean_recall():
    gold = Gold(paragraphs=("one two three four",))
    half = corpora.score(gold, "one two three four five")  # one run of two is right

    whole = corpora.figures([half, corpora.score(gold, "one two three four")])

    assert (whole.precision, whole.recall) == (0.75, 1)
    assert whole.f1 == pytest.approx(2 * 0.75 / 1.75)


def test_an_optional_paragraph_is_right_with_and_without_it():
    gold = Gold(paragraphs=(TEXT, "[Reporting by a colleague in the harbour office]"))

    scores = [corpora.score(gold, text) for text in (TEXT, f"{TEXT}\nReporting by a colleague in the harbour office")]

    assert [(s.right, s.found) for s in scores] == [(1, 1), (1, 1)]


def test_scripts_without_spaces_are_measured_by_characters():
    gold = Gold(paragraphs=("潮は静かに満ちてきた。誰も驚かなかった。",))

    assert corpora.score(gold, "潮は静かに満ちてきた。").found == pytest.approx(6 / 14)


def test_segments_count_as_found_and_as_wrongly_kept():
    gold = Gold(wanted=("over the flats", "not there"), unwanted=("on the quay",))

    assert corpora.score(gold, TEXT) == corpora.Score(1, 2, 1, 2)


def test_the_same_texts_are_not_ahead_of_each_other():
    scores = [corpora.score(Gold(paragraphs=(TEXT,)), text) for text in (TEXT, TEXT[:40], "")]

    assert corpora.difference(scores, scores) == (0, 0, 0)


def test_packed_and_unpacked_sets_are_the_same_pages(tmp_path):
    unpacked = list(corpora.pages(folder(tmp_path)))
    file = tmp_path / "articles" / "naeb" / "1.html"
    with tarfile.open(file.with_name("html.tar.xz"), "w:xz") as archive:
        archive.add(file, "1.html")
    file.unlink()

    assert list(corpora.pages(tmp_path)) == unpacked
    assert unpacked[0].gold.authors == ("Ann Oar", "Ben Sail")


def test_a_registered_domain_is_told_from_its_hosts():
    assert [corpora.site_of(name) for name in ("https://www.a.b.example/x", "news.b.co.uk")] == [
        "b.example",
        "b.co.uk",
    ]


@pytest.mark.parametrize(
    ("field", "gold", "found", "right"),
    [
        ("title", Gold(title="High tide | Tides"), Reading(title="High Tide"), True),
        ("title", Gold(title="High tide"), Reading(title="High tide | Tides"), False),
        ("title", Gold(title="High tide at last - Sea - Tides"), Reading(title="High\u00ad Tide at last"), True),
        ("title", Gold(title="Harbour: High tide at last"), Reading(title="High tide at last"), True),
        ("title", Gold(title="High tide at last"), Reading(title="Harbour: High tide at last"), True),
        ("title", Gold(title="Harbour: High tide at last"), Reading(title="Sea: High tide at last"), False),
        ("title", Gold(), Reading(title="High tide"), None),
        ("authors", Gold(authors=("Oar, Ann", "Ben Sail")), Reading(authors=("Ben Sail", "Ann Oar")), True),
        ("authors", Gold(authors=("Ann Oar",)), Reading(authors=("By Ann Oar",)), True),
        ("authors", Gold(authors=()), Reading(authors=("Staff",)), False),
        ("authors", Gold(authors=("Tides Staff",)), Reading(), True),
        ("date", Gold(date="2026-11-25"), Reading(dates=("2026-11-24T23:00:00-05:00",)), True),
        ("date", Gold(date="2026-11-25"), Reading(dates=("2026-11-24",)), False),
        ("language", Gold(language="en-GB"), Reading(language="en"), True),
    ],
)
def test_a_field_is_exact_where_people_would_say_so(field, gold, found, right):
    assert exact(field, gold, found) is right


def test_an_appeal_is_a_block_with_its_words_that_the_gold_does_not_have():
    asking = page(extra=f"<div>{APPEAL}</div>", paragraphs=(TEXT,))
    about = page(extra=f"<div>{APPEAL}</div>", paragraphs=(TEXT, APPEAL))

    [due] = appeals.appeals(asking, appeals.KINDS)

    assert due[0] == "donation_appeal"
    assert appeals.appeals(about, appeals.KINDS) == []
    assert appeals.kept([due], f"{TEXT}\n{APPEAL}") == [True]
    assert appeals.kept([due], TEXT) == [False]


def test_the_document_has_every_measure_of_every_tool_and_null_where_nothing_was_measured(tmp_path, capsys):
    where = folder(tmp_path, authors="", date="NaT")

    fidelity.main(["--corpora", str(where), "--tools", "trafilatura", "cuttings", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert found.keys() == {"naeb"}
    assert found["naeb"].keys() == {"cuttings", "trafilatura"}
    ours = found["naeb"]["cuttings"]
    assert ours.keys() == set(fidelity.MEASURES)
    assert (ours["f1"], ours["authors"], ours["date"], ours["markup"]) == (1, 1, None, None)


def test_a_folder_without_sets_is_a_wrong_use(tmp_path):
    with pytest.raises(SystemExit, match="2"):
        fidelity.main(["--corpora", str(tmp_path)])
