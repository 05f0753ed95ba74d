"""Lists of subscriptions, as files in the wild have them."""

from pathlib import Path

import pytest

from cuttings.config import opml
from cuttings.config.opml import Outline

LISTS = Path(__file__).parents[2].parent / "shared" / "corpora" / "lists"


def listed(outlines: str) -> bytes:
    """Return an OPML document with these outlines."""
    return f'<opml version="2.0"><head/><body>{outlines}</body></opml>'.encode()


def test_folders_and_categories_become_tags():
    read = opml.read(
        listed('<outline text="Sea"><outline text="T" xmlUrl="https://t.example/" category="/a/b,c"/></outline>')
    )

    assert read.found == (Outline("https://t.example/", "T", ("Sea", "a/b", "c")),)


def test_attribute_names_and_labels_are_taken_as_they_come():
    read = opml.read(
        listed('<outline title="T&#10;&#x202e;x" XMLURL=" https://t.example/ "/><outline xmlurl="https://u.example/"/>')
    )

    assert [(one.url, one.title) for one in read.found] == [("https://t.example/", "T x"), ("https://u.example/", None)]


def test_a_bare_ampersand_and_an_html_entity_are_read_as_meant():
    read = opml.read(listed('<outline text="Q&A &Uuml; &amp; B&nope; C" xmlUrl="https://t.example/?a=1&b=2"/>'))

    assert [(one.title, one.url) for one in read.found] == [("Q&A Ü & B&nope; C", "https://t.example/?a=1&b=2")]


def test_a_subscription_in_two_folders_is_one_with_both_tags():
    twice = '<outline text="{}"><outline text="T" xmlUrl="https://t.example/"/></outline>'

    assert opml.read(listed(twice.format("a") + twice.format("b"))).found == (
        Outline("https://t.example/", "T", ("a", "b")),
    )


def test_what_the_file_includes_is_not_followed_but_named():
    read = opml.read(listed('<outline type="include" text="more" url="file:///etc/passwd"/>'))

    assert read.found == ()
    assert read.warnings == ("more: includes another file, which is not followed",)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:x", "https://me:pw@a.example/", "/feed", "feed:x"])
def test_an_address_that_cannot_be_followed_is_named_without_its_secret(url):
    read = opml.read(listed(f'<outline text="a" xmlUrl="{url}"/><outline text="b" xmlUrl="https://b.example/"/>'))

    assert [one.url for one in read.found] == ["https://b.example/"]
    assert len(read.warnings) == 1
    assert "pw" not in read.warnings[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>404</body></html>",
        b"<opml><body>",
        b'<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;"/></body></opml>',
        b"<opml>" + b" " * opml.LARGEST + b"</opml>",
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(body):
    with pytest.raises(ValueError, match=r"\w"):
        opml.read(body)


def test_more_than_a_list_can_hold_is_refused():
    many = "".join(f'<outline xmlUrl="https://a.example/{n}"/>' for n in range(opml.MOST + 1))

    with pytest.raises(ValueError, match="more than 20,000"):
        opml.read(listed(many))


def test_folders_within_folders_without_end_are_not_walked_to_their_end():
    deep = "<outline text='f'>" * 200 + '<outline xmlUrl="https://a.example/"/>' + "</outline>" * 200

    read = opml.read(listed(deep))

    assert read.found == ()


@pytest.mark.skipif(not LISTS.is_dir(), reason="the corpus of lists is not beside this repository")
def test_lists_of_the_wild_are_read():
    files = sorted(LISTS.rglob("*.opml"))
    failed, found = [], 0
    for file in files:
        try:
            found += len(opml.read(file.read_bytes()).found)
        except ValueError as error:
            failed.append((file.name, str(error)))

    assert len(files) > 10
    assert len(failed) <= len(files) * 0.3, failed  # a < or a quote within an attribute: refused, with the line
    assert found > 700
