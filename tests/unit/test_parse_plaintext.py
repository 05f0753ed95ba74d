"""A text saved from a page: headline, the line below it, paragraphs."""

import time
from pathlib import Path

import pytest

from cuttings.errors import ParseError
from cuttings.model.article import Entry, Image, Person
from cuttings.model.capture import Document
from cuttings.parse.plaintext import read
from cuttings.text.markup import text_of

SEED = Path(__file__).parents[2].parent / "shared" / "seed"
PARAGRAPH = "The tide came in late that night, and the boats lay dry until the morning. " * 4


def article(text: str, url: str = "") -> Entry:
    [entry] = read(Document(body=text.encode(), url=url), set()).entries
    return entry


def paragraphs(entry: Entry) -> list[str]:
    return text_of(entry.content or "").split("\n\n")


@pytest.mark.skipif(not SEED.exists(), reason="the shared seed is not there")
def test_the_seed_is_read_as_a_person_would():
    [file] = SEED.glob("*.txt")
    lines = [" ".join(line.split()) for line in file.read_text("utf-8").splitlines() if line.strip()]

    [entry] = read(Document(body=file.read_bytes(), url=str(file)), set()).entries

    assert (entry.title, entry.summary, entry.published) == (lines[1], lines[2], None)
    assert entry.image == Image(url=None, caption=lines[3])
    assert paragraphs(entry) == lines[4:15]
    assert entry.status == "full"


def test_headline_byline_and_summary_are_told_by_their_place():
    entry = article(f"Skip to main content\n\n# Tides\n=====\nBy Jane Doe and John Roe\n\nIt was late.\n\n{PARAGRAPH}")

    assert (entry.title, entry.summary) == ("Tides", "It was late.")
    assert entry.authors == (Person(name="Jane Doe"), Person(name="John Roe"))
    assert paragraphs(entry) == [PARAGRAPH.strip()]


def test_how_it_was_decided_is_said():
    assert [rule for _, rule, _ in article(f"Skip to content\n\nTides\n\nLate.\n\n{PARAGRAPH}").notes] == [
        *("above the headline", "first line", "line below the headline"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "A gull stands on the pier of Example Bay during the spring tide on March 4, 2025.",
        "Boats lie dry in the harbour. (Photo by Jane Doe)",
        "Ein Boot liegt im Hafen von Musterstadt. Foto: dpa",
        "Photo by Jane Doe: boats that lie dry",
        "Una gaviota en el muelle de Ejemplo, el 4 de marzo de 2025.",
        "見本湾の桟橋に立つカモメ、2025年3月4日",
    ],
)
def test_a_caption_above_the_first_paragraph_stands_in_the_image(line: str):
    entry = article(f"Tides\n\nIt was late.\n\n{line}\n\n{PARAGRAPH}\n\n{PARAGRAPH}")

    assert (entry.summary, entry.image) == ("It was late.", Image(url=None, caption=line))
    assert paragraphs(entry) == [PARAGRAPH.strip()] * 2


def test_a_caption_is_not_taken_for_the_line_below_the_headline():
    entry = article(f"Tides\n\nBoats lie dry. (Photo by Jane Doe)\n\nIt was late.\n\n{PARAGRAPH}\n\n{PARAGRAPH}")

    assert (entry.summary, entry.image) == (
        "It was late.",
        Image(url=None, caption="Boats lie dry. (Photo by Jane Doe)"),
    )


@pytest.mark.parametrize(
    "line",
    [
        "The harbour was closed to all boats on March 4, 2025.",
        "The harbour closes on March 4, 2025. Boats have to leave by then.",
        "“The harbour closes,” the mayor says, “on March 4, 2025.”",
        "Der Hafen wurde geschlossen am 4. März 2025.",
        "Photographs of the harbour were sold for a high price, and nobody knows by whom.",
        "The tide comes in late these days, and the boats lie dry.",
    ],
)
def test_a_first_paragraph_is_no_caption(line: str):
    entry = article(f"Tides\n\nIt was late.\n\n{line}\n\n{PARAGRAPH}\n\n{PARAGRAPH}")

    assert (entry.image, paragraphs(entry)[0]) == (None, line)


def test_what_is_no_part_of_the_article_is_left_out_and_said():
    appeal = "Support our journalism! Please donate today, whatever you can give."
    entry = article(f"Tides\n\nLate.\n\n{PARAGRAPH}\n\nRead more: How ebb comes\n\n{PARAGRAPH}\n\n{appeal}")

    assert paragraphs(entry) == [PARAGRAPH.strip()] * 2
    assert ("text", "left out: it is an appeal for money", appeal) in entry.notes


def test_a_text_that_is_an_appeal_and_nothing_else_is_kept():
    assert paragraphs(article("Support us\n\nPlease donate to our newsroom today.")) == [
        "Please donate to our newsroom today."
    ]


def test_a_long_line_below_the_headline_is_a_paragraph_already():
    entry = article(f"Tides\n\n{PARAGRAPH * 2}\n\nEnd.")

    assert (entry.summary, len(paragraphs(entry))) == (None, 2)


def test_a_text_that_begins_with_a_paragraph_has_no_headline():
    entry = article(f"{PARAGRAPH}\n\nMore.")

    assert (entry.title, paragraphs(entry)) == (None, [PARAGRAPH.strip(), "More."])


def test_wrapped_lines_are_joined_and_long_lines_are_paragraphs():
    wrapped = "The tide came in late that night, and the boats\nlay dry until the morning, as they do now and\nthen."

    assert paragraphs(article(f"Tides\n\n{PARAGRAPH}{PARAGRAPH}\n\n{wrapped}"))[1] == wrapped.replace("\n", " ")
    assert len(paragraphs(article(f"Tides\n{PARAGRAPH}\n{PARAGRAPH}\n{PARAGRAPH}"))) == 3


def test_markup_in_a_text_is_text():
    entry = article(f"<script>alert(1)</script>\n\n{PARAGRAPH * 2}\n\n<b>x</b>")

    assert entry.title == "<script>alert(1)</script>"
    assert "<script" not in (entry.content or "")
    assert "&lt;b&gt;" in (entry.content or "")


def test_a_file_has_no_link_and_an_address_has():
    assert article("Tides\n\nx", url="inbox/tides.txt").trace.link is None
    assert article("Tides\n\nx", url="https://daily.example/t.txt").trace.link == "https://daily.example/t.txt"


def test_a_known_text_is_not_read_again():
    document = Document(body=b"Tides\n\nHigh.", url="")
    first = read(document, set())

    again = read(document, {first.present[0].digest})

    assert (again.entries, again.present) == ((), first.present)


def test_an_empty_text_is_refused():
    with pytest.raises(ParseError):
        read(Document(body=b" \n\n ---- \n", url="x.txt"), set())


def test_skip_links_without_end_cost_no_time():
    begun = time.process_time()

    article("skip to content" + " - " * 80 + "skip to content" + " - " * 80 + "x\n\n" + PARAGRAPH)
    article("-" * 200_000 + "x\n\n" + PARAGRAPH)

    assert time.process_time() - begun < 2
