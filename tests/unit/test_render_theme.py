"""Themes: what they may change, and what becomes of their faults."""

import logging
import re
from pathlib import Path

import pytest

from cuttings.app import checks
from cuttings.config.load import load
from cuttings.errors import ConfigErrors
from cuttings.render import html, theme, trial
from cuttings.render.html import OURS, Card, Pages
from cuttings.render.theme import Templates
from tests.builders import item, presentation, record, sheet
from tests.publishing import SITE

PAGES_TOLD = Path(__file__).parents[2] / "docs" / "pages.md"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "theme").mkdir()
    return tmp_path / "theme"


def themed(folder, **files):
    """Return the pages under a theme of these files; `feed_html` is feed.html."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, "utf-8")
    return Pages(Templates(theme.read(folder)))


def faults_of(folder):
    return [(fault.file, fault.line, fault.key) for fault in trial.faults(Templates(theme.read(folder)))]


def feed_page(pages, *shown):
    return pages.document(presentation(), sheet(), [pages.entry(presentation(), one) for one in shown]).decode()


def test_our_own_templates_are_without_fault():
    assert trial.faults(OURS.templates) == ()


def test_a_template_of_the_theme_goes_before_ours_and_the_others_stay(folder):
    pages = themed(folder, entry_html="<article>{{ heading|upper }} & {{ origin }}</article>\n")

    page = feed_page(pages, item(record(title="Tides <high>")))

    assert "<article>TIDES &lt;HIGH&gt; & The Daily</article>" in page
    assert '<header class="masthead">' in page


def test_a_theme_changes_a_part_of_our_template(folder):
    pages = themed(folder, base_html='{% extends "ours/base.html" %}{% block skip %}Jump{% endblock %}')

    assert ">Jump</a>" in pages.index(SITE, [Card(presentation=presentation(), items=())]).decode()


def test_styles_of_the_theme_are_let_through_by_the_policy_of_its_pages(folder):
    pages = themed(folder, extra_css=":root{--leaf:#a00}")

    page = feed_page(pages, item())

    assert ":root{--leaf:#a00}</style>" in page
    assert pages.templates.policy != html.POLICY
    assert pages.templates.policy.replace("'", "&#39;") in page


def test_another_theme_is_another_version_of_the_format(folder):
    plain, first = themed(folder).format.version, themed(folder, extra_css="p{}").format.version
    second = themed(folder, extra_css="a{}").format.version

    assert len({plain, first, second}) == 3
    assert plain == html.FORMAT.version
    assert themed(folder, extra_css="p{}").format.version == first


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("feed.html", '{% extends "ours/feed.html" %}\n{% block body %}\n', 2),
        ("feed.html", "<h1>\n{{ titel }}", 2),
        ("index.html", "\n\n{{ cards[0].title }}", 3),
        ("entry.html", "{% for author in authors %}\n{{ author.nick }}{% endfor %}", 2),
        ("article.html", '{% include "missing.html" %}', 1),
        ("sources.html", "{{ ''.__class__.__mro__ }}", 1),
        ("base.html", "{{ 1 / 0 }}", 1),
        ("parts.html", "\n{% macro when() %}{% endmacro %}", None),
        ("extra.css", "p{}\n</style><script>", 2),
    ],
)
def test_a_fault_is_told_with_its_file_and_line(folder, name, text, line):
    (folder / name).write_text(text, "utf-8")

    found = faults_of(folder)

    assert found
    assert all(key == "site.theme" for _, _, key in found)
    assert line is None or (str(folder / name), line) in [(file, at) for file, at, _ in found]


def test_a_theme_that_cannot_be_read_is_a_fault(folder):
    (folder / "feed.html").write_bytes(b"\xff\xfe")
    (folder / "index.html").write_bytes(b"x" * (theme.LARGEST + 1))

    with pytest.raises(ConfigErrors) as faults:
        theme.read(folder)
    assert len(faults.value.errors) == 2
    with pytest.raises(ConfigErrors, match=r"no-theme: site\.theme: cannot be read: No such file"):
        theme.read(folder / "no-theme")


def test_what_the_documentation_shows_works(folder):
    told = PAGES_TOLD.read_text("utf-8")
    for language, name in (("css", "extra.css"), ("jinja", "base.html")):
        (folder / name).write_text(told.partition(f"```{language}\n")[2].partition("```")[0], "utf-8")

    pages = Pages(Templates(theme.read(folder)))

    assert faults_of(folder) == []
    assert b'<link rel="me"' in pages.sources(SITE, [])
    assert b"--leaf: #7a2f8f" in pages.sources(SITE, [])


def test_every_template_and_colour_is_documented():
    told, templates = PAGES_TOLD.read_text("utf-8"), Path(theme.__file__).parent / "templates"
    style = (templates / "style.css").read_text("utf-8")

    assert [file.name for file in templates.iterdir() if f"`{file.name}`" not in told] == []
    assert [name for name in re.findall(r"(--\w+):", style) if f"`{name}`" not in told] == []


def test_other_files_beside_the_templates_are_left_alone(folder):
    (folder / "README.md").write_text("{% for")
    (folder / "old").mkdir()

    assert theme.read(folder) == {}


def test_where_a_theme_fails_on_an_article_ours_stands_in_and_it_is_said_once(folder, caplog):
    pages = themed(folder, entry_html="<b>{{ 7 // (heading|length - 5) }}</b>")
    with caplog.at_level(logging.ERROR):
        page = feed_page(pages, item(record(title="Tides")), item(record(title="Ebb")), item(record(title="Flood")))

    assert page.count("<b>-4</b>") == 1
    assert page.count('<h2 dir="auto"><a') == 2
    [said] = caplog.messages
    assert f"{folder / 'entry.html'}:1: site.theme:" in said


def test_what_a_theme_puts_into_a_page_is_escaped(folder):
    pages = themed(folder, entry_html="{{ summary }}{{ note }}")

    page = feed_page(pages, item(record(summary="a < b"), note="<script>"))

    assert "a &lt; b&lt;script&gt;" in page


def test_check_tells_what_is_wrong_with_a_theme(tmp_path, folder):
    (folder / "feed.html").write_text("{{")
    (tmp_path / "config.yaml").write_text("site: {theme: theme/}\n")
    config = load(tmp_path / "config.yaml", {})

    with pytest.raises(ConfigErrors, match=r"feed\.html:1: site\.theme"):
        checks.check(config)
    (folder / "feed.html").unlink()
    checks.check(config)
