"""What stands among kept paragraphs stays with them, whatever a model thinks of lists and tables."""

import pytest

from cuttings.parse.page.between import bereft, between, endings, notes
from cuttings.parse.page.blocks import blocks
from cuttings.text import xml

ROW = "<tr><td>Ebb</td><td>0.4 m</td></tr>"


def kept_of(step, body, *doubted, probability=0.1):
    """Return the texts that stay where those `doubted` were not kept before."""
    found = blocks(xml.parse_html(f"<html><body><main>{body}</main></body></html>"))
    kept = [block.text not in doubted for block in found]
    likely = [1.0 if keep else probability for keep in kept]
    return [block.text for block, keep in zip(found, step(found, likely, kept), strict=True) if keep]


def test_a_table_between_kept_paragraphs_stays_whole():
    page = f"<p>Before.</p><table>{ROW}</table><p>After the table come more words.</p>"

    assert kept_of(between, page, "Ebb", "0.4 m") == ["Before.", "Ebb", "0.4 m", "After the table come more words."]


def test_a_list_after_the_last_kept_paragraph_does_not():
    assert kept_of(between, "<p>Words here.</p><ul><li>Home</li></ul>", "Home") == ["Words here."]


def test_a_list_of_links_does_not():
    page = '<p>Some words.</p><ul><li><a href="/x">Another story</a></li></ul><p>And some more of them.</p>'

    assert "Another story" not in kept_of(between, page, "Another story")


def test_what_stands_in_a_box_of_its_own_does_not():
    page = "<p>Some words.</p><div><ul><li>Tips</li></ul></div><p>And some more of them.</p>"

    assert "Tips" not in kept_of(between, page, "Tips")


def test_what_the_model_is_sure_of_does_not():
    page = "<p>Some words.</p><ul><li>Tips</li></ul><p>And some more of them.</p>"

    assert "Tips" not in kept_of(between, page, "Tips", probability=0.01)


def test_a_heading_stays_with_the_paragraph_under_it_and_only_with_it():
    page = '<p>Words.</p><h2><a href="#ebb">Ebb</a></h2><p>Low.</p><h2>Related</h2><p>Other.</p>'

    assert kept_of(between, page, "Ebb", "Related", "Other.") == ["Words.", "Ebb", "Low."]


def test_a_heading_between_kept_paragraphs_stays_however_much_it_is_doubted():
    page = "<p>Words.</p><div><h2>Coda</h2></div><p>Low.</p><h2>Sure</h2><p>Other.</p>"

    assert "Coda" in kept_of(between, page, "Coda", probability=0.06)
    assert "Coda" not in kept_of(between, page, "Coda", "Words.", probability=0.06)


def test_a_linked_heading_with_a_byline_stays_with_the_article_under_it_and_no_other():
    line, link = "By Jane Roe, May 3, 2024", '<h2><a href="/ebb">Ebb</a></h2>'

    assert "Ebb" in kept_of(between, f"{link}<div>{line}</div><p>Low.</p>", "Ebb", line)
    assert "Ebb" not in kept_of(between, f"{link}<div>Read more</div><p>Low.</p>", "Ebb", "Read more")
    assert "Ebb" not in kept_of(between, f"<div>{link}<div>{line}</div></div><p>Low.</p>", "Ebb", line)
    assert "Ebb" not in kept_of(between, f"{link}<div>{line}</div><p>Low.</p>", "Ebb", line, probability=0.05)


@pytest.mark.parametrize("heads", ["<tr><th>When</th><th>Depth</th></tr>", ""])
def test_a_table_of_data_is_no_layout_however_large(heads):
    page = f"<p>Before.</p><table>{heads}{ROW * 20}</table><p>After the table.</p>"

    assert "Ebb" in kept_of(between, page, "When", "Depth", "Ebb", "0.4 m")


def test_a_table_of_whole_paragraphs_is_a_layout_where_it_holds_most_of_the_page():
    page = f"<p>Before.</p><table><tr><td><p>Ebb</p></td><td><p>{'Tide. ' * 40}</p></td></tr></table><p>After it.</p>"

    assert "Ebb" not in kept_of(between, page, "Ebb")


def test_notes_stay_where_the_text_points_to_one_of_them():
    page = (
        '<p>Words<sup><a href="#n1">[1]</a></sup> and words enough to be half of the page.</p>'
        '<h2>Notes</h2><ol><li id="n1">One.</li><li>Two.</li></ol><ul><li id="n2">Tip.</li></ul>'
    )

    assert kept_of(notes, page, "Notes", "One.", "Two.", "Tip.")[1:] == ["Notes", "One.", "Two."]


ENDS = "<p>Words here.</p><p>More of them.</p><ul><li>Ebb at six</li></ul><h2>Flood at noon</h2>"


def test_the_lists_and_headings_with_which_an_element_of_paragraphs_ends_stay():
    kept = kept_of(
        endings, f"<div>{ENDS}</div><div>Share</div>", "Ebb at six", "Flood at noon", "Share", probability=0.2
    )

    assert kept == ["Words here.", "More of them.", "Ebb at six", "Flood at noon"]


@pytest.mark.parametrize(
    ("after", "probability"),
    [
        ("", 0.1),
        ("<p>By our staff</p>", 0.2),
        ("<div><p>By our staff</p></div>", 0.2),
        ('<ul><li><a href="/1">Another story</a></li></ul>', 0.2),
        ("<h3>One</h3><h3>Two</h3><h3>Three</h3>", 0.2),
    ],
)
def test_they_do_not_where_they_are_doubted_much_or_something_else_follows(after, probability):
    doubted = ("Ebb at six", "Flood at noon", "By our staff", "Another story", "One", "Two", "Three")

    assert kept_of(endings, ENDS + after, *doubted, probability=probability) == ["Words here.", "More of them."]


def test_a_heading_goes_with_all_that_stood_under_it():
    page = (
        "<p>Words.</p><div><h3>Support us</h3><p>Give now.</p></div><h3>Ebb</h3><p>Give all.</p><p>Low.</p><h3>End</h3>"
    )
    found = blocks(xml.parse_html(f"<html><body><main>{page}</main></body></html>"))
    before = [True] * len(found)
    after = [not block.text.startswith("Give") for block in found]

    assert [found[n].text for n in bereft(found, before, after)] == ["Support us"]
