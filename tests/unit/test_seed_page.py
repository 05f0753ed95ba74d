"""The article that the project started from, in a page as magazines lay it out, gives what its saved text gives."""

import re

import pytest

from cuttings.flow.intake import read
from cuttings.model.article import Draft, Image
from cuttings.model.capture import Document
from cuttings.text import markup
from tests.farm import needs_shared

URL = "https://magazine.example/articles/incarcerated-citizens/"
FIRST, LAST = "On Tuesday, President Donald Trump told reporters", "Ramirez wrote."
_APPEAL_AFTER = 4  # paragraphs of the article, before the appeal that stands within it


def seed() -> list[str]:
    """The lines of the saved text: skip links, headline, line below it, caption, paragraphs, appeal."""
    [file] = needs_shared("seed").glob("*.txt")
    return [" ".join(line.split()) for line in file.read_text("utf-8").splitlines() if line.strip()]


def parted(lines: list[str]) -> tuple[list[str], list[str]]:
    """The article's own paragraphs, and the appeal after them."""
    first = next(n for n, line in enumerate(lines) if line.startswith(FIRST))
    last = next(n for n, line in enumerate(lines) if line.endswith(LAST))
    return lines[first : last + 1], lines[last + 1 :]


def marked(lines: list[str]) -> str:
    return "\n".join(f"<p>{markup.escaped(line)}</p>" for line in lines)


def magazine(lines: list[str], within: bool, box: str) -> str:
    """A page of a magazine's layout around the article: menus, share row, figure, appeal, related stories, footer.

    The appeal is a `box` (attributes of its element), and stands `within` the
    text or after it.
    """
    _, headline, subtitle, caption = lines[:4]
    paragraphs, (turn, *plea) = parted(lines)
    appeal = f"<div {box}><h3>{markup.escaped(turn)}</h3>{marked(plea)}<a href='/donate'>Donate now</a></div>"
    sections = "".join(f'<li><a href="/section/{name}">{name}</a></li>' for name in ("Politics", "Economy", "Culture"))
    share = "".join(
        f'<li><a href="https://{name}.example/share">Share via {name}</a></li>' for name in ("Fa", "Bl", "Ma")
    )
    related = "".join(
        f'<article class="card"><a href="/articles/{n}"><h3>What the council of town {n} decided on Monday</h3></a>'
        f'<p class="excerpt">Members voted late at night, and nobody was there to see it.</p></article>'
        for n in range(4)
    )
    return f"""<!doctype html><html lang="en-US"><head><meta charset="utf-8">
<title>{headline} | The Magazine</title><meta property="og:type" content="article">
<meta property="og:site_name" content="The Magazine"><meta property="og:title" content="{headline}">
<meta property="og:description" content="{subtitle}"><meta property="og:image" content="/media/lead.jpg">
<meta property="article:published_time" content="2025-02-05T17:40:00+00:00"><link rel="canonical" href="{URL}"></head>
<body class="single single-post"><a class="skip-link" href="#content">Skip to content</a>
<a class="skip-link" href="#footer">Skip to footer</a>
<header class="site-header"><a href="/">The Magazine</a><nav class="menu"><ul>{sections}</ul></nav>
<a class="donate" href="/donate">Donate</a></header>
<main id="content"><article class="post"><header class="entry-header"><div class="kicker"><a href="/news">News</a></div>
<h1 class="entry-title">{headline}</h1><p class="dek">{subtitle}</p>
<div class="byline">By <a rel="author" href="/authors/jane-doe">Jane Doe</a>, The Magazine</div>
<time datetime="2025-02-05T17:40:00+00:00">February 5, 2025</time><ul class="share">{share}</ul></header>
<figure class="wp-block-image"><img src="/media/lead.jpg" alt=""><figcaption>{caption}</figcaption></figure>
<div class="entry-content">{marked(paragraphs[:_APPEAL_AFTER])}
<aside class="newsletter-box"><h4>Stay in touch</h4><p>Get our newsletter in your inbox every morning.</p>
<form><input type="email"><button>Sign up</button></form></aside>
{appeal * within}{marked(paragraphs[_APPEAL_AFTER:])}
{appeal * (not within)}</div>
<div class="author-bio"><h4>Jane Doe</h4><p>Jane Doe is a news writer at The Magazine.</p></div></article>
<section class="related"><h2>Related Stories</h2>{related}</section></main>
<footer id="footer"><p>The Magazine is a nonprofit news organization.</p><nav><a href="/privacy">Privacy</a></nav>
<p>© 2025 The Magazine. All rights reserved.</p></footer></body></html>"""


def as_page(lines: list[str], within: bool = False, box: str = 'class="appeal-box"') -> Draft:
    page = magazine(lines, within, box)
    document = Document(body=page.encode(), url=URL, headers={"content-type": "text/html; charset=utf-8"})
    [draft] = read(document, frozenset(), frozenset({"page"})).drafts
    return draft


@pytest.mark.parametrize("box", ['class="appeal-box"', 'class="wp-block-group"', "style='border: 1px solid'"])
@pytest.mark.parametrize("within", [False, True])
def test_the_page_gives_the_same_text_as_the_saved_one(within, box):
    lines = seed()

    draft = as_page(lines, within, box)

    assert draft.text.split("\n\n") == parted(lines)[0]
    assert (draft.title, draft.status) == (lines[1], "full")


def test_the_line_under_the_headline_is_the_subtitle_and_the_caption_is_the_image_s():
    lines = seed()

    draft = as_page(lines)

    assert draft.subtitle == lines[2]
    assert draft.image == Image(url="https://magazine.example/media/lead.jpg", caption=lines[3])
    assert [person.name for person in draft.authors] == ["Jane Doe"]
    assert not re.search(r"newsletter|giving today|Share via|Related", draft.content)
