"""XML is read safely or not at all."""

import time

import pytest

from cuttings.text import xml


def test_white_space_and_a_bom_before_the_document_are_passed_over():
    root = xml.parse(b"\xef\xbb\xbf \n<a xmlns='urn:x'><!-- c -->q&amp;<b>r</b></a>")

    assert (xml.local_name(root), xml.namespace(root), xml.text_of(root)) == ("a", "urn:x", "q&r")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0\0\0",
        b"<a>",
        b"<a>&nbsp;</a>",
        b"<a/><b/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"+/v8-<a/>",
        b"<?xml version='1.0' encoding='utf-7'?><a/>",
        b"<?xml version='1.0' encoding='nowhere'?><a/>",
        "<a/>".encode("utf-32"),
    ],
)
def test_what_is_not_well_formed_or_declares_entities_is_refused(body):
    with pytest.raises(ValueError, match=r"\w"):
        xml.parse(body)


@pytest.mark.parametrize("body", [b"<a>" * 300, b"<a>" * 1_000_000, b"<a>" + b"x" * 11_000_000 + b"</a>"])
def test_what_is_too_deep_or_too_long_is_told_apart_and_refused_at_once(body):
    start = time.process_time()

    with pytest.raises(xml.TooMuch):
        xml.parse(body)

    assert time.process_time() - start < 1


def test_entities_that_grow_are_refused_without_growing():
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<!DOCTYPE a [<!ENTITY e0 "haha">{lines}]><a>&e11;</a>'.encode()

    with pytest.raises(ValueError, match="entit"):
        xml.parse(body)


def test_a_page_is_mended_and_an_empty_one_is_refused():
    assert xml.text_of(xml.parse_html("<p>h\xf6h <b>x")) == "h\xf6h x"
    assert xml.text_of(xml.parse_html(b"<p>h\xf6h", "iso-8859-1")) == "h\xf6h"
    assert xml.text_of(xml.parse_html(b"<p>x", "no-such-charset")) == "x"
    with pytest.raises(ValueError, match="empty"):
        xml.parse_html(b" ")


def test_what_is_built_can_be_written_whatever_the_text():
    link = xml.make("{urn:a}link", None, {"href": "a\0b"}, {"atom": "urn:a"})
    xml.child(link, "name", "\x0b<&>\ufffe", lang="en")

    assert xml.serialise(link).decode() == (
        '<atom:link xmlns:atom="urn:a" href="a\ufffdb"><name lang="en">\ufffd&lt;&amp;&gt;\ufffd</name></atom:link>'
    )
    assert xml.local_name(xml.parse(xml.serialise(link))) == "link"
