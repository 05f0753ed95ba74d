"""What a document is, is told by its bytes."""

import pytest

from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.parse import sniff

RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Tides</title></channel></rss>'


def document(body: bytes, media_type: str = "") -> Document:
    return Document(body=body, url="https://daily.example/", headers={"content-type": media_type} if media_type else {})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (RSS, "syndication"),
        (b"\xef\xbb\xbf \n" + RSS, "syndication"),
        (RSS.decode().encode("utf-16"), "syndication"),
        (b"<!-- a -->\n<?xml-stylesheet href='x.xsl'?><!DOCTYPE rss [<!ELEMENT a ANY>]>\n<RSS>", "syndication"),
        (b"<rdf:RDF xmlns:rdf='urn:x'/>", "syndication"),
        (b"<a:feed xmlns:a='urn:x'/>", "syndication"),
        (b"<!DOCTYPE html><feed xmlns='http://www.w3.org/2005/Atom'/>", "syndication"),
        (b"<br />\n<b>Warning</b>: on line 3<br />\n" + RSS, "syndication"),
        (b"Warning: on line 3\n" + RSS, "syndication"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "jsonfeed"),
        (b"<opml version='2.0'>", "opml"),
        (b"<!doctype html><title>x</title> about <rss ", "page"),
        (b"<HTML><body>", "page"),
        (b"<p>a piece", "page"),
        (b"High tide\n\nThe water <rose> today, he said.", "plaintext"),
    ],
)
@pytest.mark.parametrize("media_type", ["", "text/plain", "application/octet-stream"])
def test_the_bytes_tell_what_it_is_whatever_the_media_type_says(body, kind, media_type):
    assert sniff.kind(document(body, media_type)) == kind


@pytest.mark.parametrize(
    ("body", "media_type", "kind"),
    [
        (RSS, "text/html", "syndication"),
        (b"[1]", "application/json", "jsonfeed"),
        (b"{a template}", "text/html", "page"),
        (b"<x-app>", "text/html; charset=utf-8", "page"),
        (b"no tags at all", "text/html", "page"),
    ],
)
def test_the_media_type_has_a_say_where_the_bytes_leave_it_open(body, media_type, kind):
    assert sniff.kind(document(body, media_type)) == kind


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "an empty body"),
        (b" \n\xef\xbb\xbf ", "an empty body"),
        (b"%PDF-1.7", "a PDF, not a feed or a page"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image, not a feed or a page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "XML, but no feed: its root is svg"),
        (b"<kml/>", "XML, but no feed: its root is kml"),
        (b"\x01\x02data\x7f" * 9, "neither text nor markup"),
        (RSS.decode().encode("utf-32"), "in an encoding that is refused (UTF-7, UTF-32 or EBCDIC)"),
        (b"<?xml version='1.0' encoding='UTF-7'?><rss/>", "in an encoding that is refused: utf-7"),
    ],
)
def test_what_nobody_reads_is_refused_with_what_it_is(body, problem):
    with pytest.raises(ParseError) as caught:
        sniff.kind(document(body))

    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("\ufeff<a>höh</a>".encode(), "text/xml; charset=iso-8859-1"),  # the BOM first
        ("<?xml version='1.0' encoding='koi8-r'?><a>höh</a>".encode("cp1252"), "text/xml; charset=iso-8859-1"),
        ("<?xml version='1.0' encoding='iso-8859-1'?><a>höh</a>".encode("cp1252"), "text/xml"),
        ("<a>höh</a>".encode(), "text/xml; charset=nonsense"),
        ("<a>höh</a>".encode("utf-16-le"), ""),
        ("<a>höh</a>".encode("utf-16") + b"<", ""),  # cut off within a character
        ("<meta charset=windows-1252><a>höh</a>".encode("cp1252"), ""),
        ("<meta charset=iso-8859-15><a>höh</a>".encode(), ""),  # left behind by who saved the page as UTF-8
    ],
)
def test_the_encoding_is_that_of_the_bom_else_of_http_else_the_declared_else_utf_8(body, media_type):
    assert "höh" in sniff.decoded(document(body, media_type))


def test_windows_1252_is_meant_by_iso_8859_1():
    assert "“x”" in sniff.decoded(document(b"\x93x\x94", "text/plain; charset=ISO-8859-1"))


def test_an_encoding_declared_far_down_is_heeded_where_it_is_not_utf_8():
    scripts = b"<script>" + b"x" * 2000 + b"</script>"
    declared = b"<html><head>" + scripts + b'<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'

    assert sniff.decoded(document(declared + "话剧".encode("gb18030"))).endswith("话剧")
    assert sniff.decoded(document(declared + "话剧".encode())).endswith("话剧")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"caf\xe9 \xab\xa0x\xa0\xbb d\xe9j\xe0 vu", "café «\xa0x\xa0» déjà vu"),  # all of it is windows-1252
        ("déjà vu, été, ".encode() + b"\x93x\x94", "déjà vu, été, “x”"),  # a little of it is
    ],
)
def test_bytes_that_are_not_what_they_claim_are_read_as_windows_1252_and_it_is_said(body, text):
    decoded = sniff.decode(document(body))

    assert decoded.text == text
    assert decoded.warnings == ("not in utf-8 as declared: odd bytes read as windows-1252",)


def test_controls_become_blanks_and_what_is_no_character_the_replacement():
    assert sniff.decoded(document("a\0b\x0bc\ufffed\uffff\n".encode())) == "a b c\ufffdd\ufffd\n"
