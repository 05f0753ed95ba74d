"""A web page where another document should be."""

import pytest

from cuttings.model.capture import Document
from cuttings.parse import posing

FORM = '<form action="/in"><input name=u><input name="p" type="password"></form>'
STORY = "<p>" + "The tide came in twice today, and nobody was surprised by it. " * 80 + "</p>"


def page(body: str, title: str = "Daily", url: str = "https://daily.example/feed.xml") -> Document:
    return Document(body=f"<!doctype html><title>{title}</title><body>{body}".encode(), url=url)


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (page(FORM, "Sign in – Daily"), "login"),
        (page(FORM), "login"),
        (page("<p>One moment</p>", "Anmelden", "https://sso.example/auth/realm"), "login"),
        (page(STORY + FORM, "Log in", "https://daily.example/wp-login.php"), "login"),
        (page(STORY + FORM), "page"),  # a site whose every page has a box to log in at
        (page(STORY, "How to log in"), "page"),
        (page("<h1>daily.example</h1><p>This domain may be for sale.", "daily.example"), "parked"),
        (page("<p>Diese Domain steht zum Verkauf"), "parked"),
        (page("<p>Buy this domain!</p>" + STORY), "page"),
        (page("<script>var t = 'Buy this domain'</script><p>Coming soon"), "page"),
        (page("<p>Not found"), "page"),
        (Document(body=b"", url="x"), "page"),
        (Document(body=b"\xff\xfe\0\0<html>", url="http://[/"), "page"),
    ],
)
def test_what_came_is_told_by_what_it_asks_for(document, what):
    assert posing.what(document) == what


@pytest.mark.parametrize("piece", ["<script>", "<title ", "<input ", "<div>", "domain ", "log in "])
def test_a_page_of_one_piece_again_and_again_is_soon_told(piece):
    assert posing.what(page(piece * 40_000)) in ("page", "login")
