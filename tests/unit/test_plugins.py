"""Kinds and formats are found by name, ours and others' by one door."""

import pytest

from cuttings import plugins
from cuttings.errors import UsageError
from cuttings.model.capture import Document
from cuttings.parse import jsonfeed, syndication


def test_our_source_kinds_are_found_by_name():
    assert plugins.source_kind("syndication") is syndication.read
    assert plugins.source_kind("jsonfeed") is jsonfeed.read


@pytest.mark.parametrize("name", ["page", "plaintext"])
def test_every_kind_that_is_named_exists(name):
    assert callable(plugins.source_kind(name))


@pytest.mark.parametrize("name", ["rss", "atom", "json", "html"])
def test_every_format_that_is_named_exists_and_knows_its_name(name):
    assert plugins.format_named(name).name == name


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(UsageError, match="'rdf'; known are atom, html, json, rss"):
        plugins.format_named("rdf")
    with pytest.raises(UsageError, match="known are jsonfeed, listing, page, plaintext, sitemap, syndication"):
        plugins.source_kind("gopher")


def test_another_package_adds_its_own_but_takes_none_of_ours(monkeypatch):
    theirs = {"echo": f"{__name__}:echo", "page": f"{__name__}:echo"}
    monkeypatch.setattr(plugins, "_others", lambda group: theirs)

    assert plugins.source_kind("echo").__name__ == "echo"
    assert plugins.source_kind("page").__name__ == "read"
    assert plugins.format_names() == ("rss", "atom", "json", "html", "echo", "page")


def echo(document: Document) -> Document:
    return document
