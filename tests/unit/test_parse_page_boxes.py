"""An appeal in a box of its own goes with all that is in the box; an article that speaks of donations stays."""

from cuttings.parse.page.blocks import blocks
from cuttings.parse.page.boxes import appeals
from cuttings.text import xml

NEWS = [f"The harbour of town {n} lay dry on Monday, and {n + 40} boats waited there for the water." for n in range(9)]
PLEA = [
    "We are not backing down.",
    "Our newsroom tells the truth without advertisements, and it belongs to nobody but you.",
    "Half of our budget comes from readers who give us a little each month.",
    "Please support our work and make a donation today: your gift keeps us independent.",
]


def taken(html: str, kept: bool = True) -> list[str]:
    found = blocks(xml.parse_html(f"<html><body><main>{html}</main></body></html>"))
    keeping = [kept or "donation" not in block.text for block in found]
    return [found[n].text for n in sorted(appeals(found, keeping, "en"))]


def marked(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def test_a_box_with_an_appeal_goes_as_a_whole():
    assert taken(f"{marked(NEWS[:4])}<div>{marked(PLEA)}</div>{marked(NEWS[4:])}") == PLEA


def test_a_box_goes_too_whose_plea_was_left_out_already():
    assert taken(f"{marked(NEWS)}<div>{marked(PLEA)}</div>", kept=False) == PLEA[:3]


def test_paragraphs_beside_an_appeal_without_a_box_stay():
    assert taken(marked(NEWS[:4] + PLEA + NEWS[4:])) == []


def test_a_section_about_donations_stays():
    about = [
        "The museum of the town asks for donations, its director said on Monday.",
        *NEWS[:3],
        "Please support our work and make a donation today, its posters say: your gift keeps us open.",
    ]

    assert taken(f"{marked(NEWS)}<section>{marked(about)}</section>") == []


def test_an_article_that_speaks_of_its_author_all_along_stays():
    letter = [f"We saw harbour {n} lie dry, and our boats waited with us." for n in range(9)]

    assert taken(f"{marked(letter)}<div>{marked(PLEA)}</div>") == []


def test_a_page_without_a_text_has_no_appeal():
    assert taken("") == []
