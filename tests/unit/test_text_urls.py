"""URLs: what is followed, how links resolve, and when two are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.text import urls
from cuttings.text.urls import Url, UrlError

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


def test_a_url_is_taken_apart_and_its_target_stays_byte_for_byte():
    assert urls.parse("HTTPS://Example.COM/a%7Eb/%2f?x=1&&y#top") == Url(
        "https", "example.com", 443, "/a%7Eb/%2f?x=1&&y"
    )


@pytest.mark.parametrize(
    ("written", "target"), [("http://h", "/"), ("http://h?q", "/?q"), ("http://h/?", "/?"), ("http://h/ä", "/%C3%A4")]
)
def test_a_target_begins_with_a_slash_and_is_ascii(written, target):
    assert urls.parse(written).target == target


def test_a_name_beyond_ascii_becomes_punycode():
    assert urls.parse("http://Bücher.example/").host == "xn--bcher-kva.example"


def test_an_ipv6_address_is_kept_without_brackets_and_shown_with_them():
    url = urls.parse("http://[2001:DB8::1]:8080/x")

    assert (url.host, url.port, url.public) == ("2001:db8::1", 8080, "http://[2001:db8::1]:8080/x")


def test_an_origin_always_says_its_port():
    assert urls.origin("https://u:p@Example.com/x") == "https://example.com:443"
    assert urls.origin("http://[::1]/") == "http://[::1]:80"


@pytest.mark.parametrize(
    "written",
    [
        "http://2130706433/",  # H-2
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://0/",
        "http://①②⑦.⓪.⓪.①/",  # H-3
        "http://127。0。0。1/",
        "http://example.com\\@10.0.0.1/",  # H-9
        "http://exa\tmple.com/",
        "http://example.com/\r\nX: y",
        "http://example.com/a b",
        " http://example.com/",
        "http://" + "a" * 300 + "/",  # H-16
        "http://" + "a." * 150 + "com/",
        "http://example.com./",
        "http://a..b/",
        "http://.a/",
        "http://a%00b/",
        "http://a\x00b/",
        "http:///x",
        "http://:80/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:8x/",
        "http://a@b@c/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[::1]evil/",
        "ftp://h/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "gopher://h/",
        "//h/x",
        "/x",
        "",
        "http://h/" + "a" * 9_000,
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(written):
    with pytest.raises(UrlError):
        urls.parse(written)


@pytest.mark.parametrize("written", ["http://u:secret@a..b/", "http://u:secret@h:99999/", "http://u:secret@h/ "])
def test_a_refusal_names_no_secret(written):
    with pytest.raises(UrlError) as refusal:
        urls.parse(written)

    assert "secret" not in str(refusal.value)


@given(TEXT)
def test_any_text_is_parsed_or_refused(text):
    for written in (text, "http://" + text, "http://h/" + text):
        try:
            url = urls.parse(written)
        except UrlError:
            continue
        assert urls.parse(url.public).public == url.public


# RFC 3986 5.4: normal and abnormal examples, base http://a/b/c/d;p?q
EXAMPLES = {
    "g": "http://a/b/c/g",
    "./g": "http://a/b/c/g",
    "g/": "http://a/b/c/g/",
    "/g": "http://a/g",
    "//g": "http://g",
    "?y": "http://a/b/c/d;p?y",
    "g?y": "http://a/b/c/g?y",
    "#s": "http://a/b/c/d;p?q#s",
    "g?y#s": "http://a/b/c/g?y#s",
    ";x": "http://a/b/c/;x",
    "": "http://a/b/c/d;p?q",
    ".": "http://a/b/c/",
    "..": "http://a/b/",
    "../g": "http://a/b/g",
    "../..": "http://a/",
    "../../../g": "http://a/g",
    "/./g": "http://a/g",
    "/../g": "http://a/g",
    "g.": "http://a/b/c/g.",
    "..g": "http://a/b/c/..g",
    "./../g": "http://a/b/g",
    "g/./h": "http://a/b/c/g/h",
    "g;x=1/../y": "http://a/b/c/y",
    "g?y/../x": "http://a/b/c/g?y/../x",
}


@pytest.mark.parametrize(("reference", "resolved"), EXAMPLES.items())
def test_links_resolve_as_the_standard_has_it(reference, resolved):
    assert urls.absolute("http://a/b/c/d;p?q", reference) == resolved


@pytest.mark.parametrize(
    ("reference", "resolved"),
    [
        (" \n/x\ty\n", "http://h/xy"),
        ("\\x\\y", "http://h/x/y"),
        ("\\\\evil\\x", "http://evil/x"),
        ("a b", "http://h/a%20b"),
        ('"><script>', "http://h/%22%3E%3Cscript%3E"),
        ("ü?ü#ü", "http://h/%C3%BC?%C3%BC#%C3%BC"),
        ("HTTP://Example.COM:80/A%7e?", "http://example.com/A%7e?"),
    ],
)
def test_links_in_the_wild_resolve_as_in_a_browser(reference, resolved):
    assert urls.absolute("http://h/", reference) == resolved


@pytest.mark.parametrize(
    "reference",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:http://h/x",
        "file:///etc/passwd",
        "mailto:a@b",
        "http:x",
        "http://",
        "http://127.1/",
        "http://a..b/",
    ],
)
def test_nonsense_and_other_schemes_are_no_link(reference):
    assert urls.absolute("http://h/", reference) is None


def test_further_schemes_are_taken_where_the_caller_takes_them():
    schemes = ("http", "https", "mailto", "tel")

    assert urls.absolute("", "MAILTO:a@b?subject=\r\nBcc: c", schemes) == "mailto:a@b?subject=Bcc:%20c"
    assert urls.absolute("http://h/", "javascript:x", schemes) is None


def test_a_relative_link_without_a_base_is_none():
    assert urls.absolute("", "/x") is None
    assert urls.absolute("urn:x", "/x") is None


def test_the_userinfo_of_a_base_is_not_handed_to_its_links():
    assert urls.absolute("http://u:secret@h/feed", "/a") == "http://h/a"


@given(TEXT, TEXT)
def test_a_resolved_link_is_ascii_and_resolves_to_itself(base, reference):
    resolved = urls.absolute("http://h/" + base, reference)

    if resolved is not None:
        assert resolved.isascii()
        assert urls.absolute("", resolved) == resolved


def test_tracking_parameters_go_and_the_rest_stays_byte_for_byte():
    assert urls.clean("http://h/a%7Eb?utm_source=x&b=%2f&&fbclid=1&c") == "http://h/a%7Eb?b=%2f&&c"
    assert urls.clean("http://h/?utm_source=x&UTM_Medium=y#top") == "http://h/#top"
    assert urls.clean("http://h/#utm_source=rss") == "http://h/"
    assert urls.clean("http://h/?") == "http://h/?"
    assert urls.clean("http://h/?key=utm_source") == "http://h/?key=utm_source"


@pytest.mark.parametrize(
    "other",
    [
        "HTTP://EXAMPLE.com/a?b=1",
        "http://example.com:80/a?b=1",
        "http://example.com/a?b=1#c",
        "http://example.com/a?b=1&utm_source=feed",
        "http://u:p@example.com/a?b=1",
    ],
)
def test_the_same_article_has_one_canonical_form(other):
    assert urls.canonical(other) == "http://example.com/a?b=1"


def test_other_articles_have_other_canonical_forms():
    same = {urls.canonical(u) for u in ("http://h/a", "http://h/A", "https://h/a", "http://h/a?b", "http://h:81/a")}

    assert len(same) == 5
    assert urls.canonical("http://h") == "http://h/"
    assert urls.canonical("no url") == "no url"


@given(TEXT)
def test_a_canonical_form_is_its_own(text):
    once = urls.canonical("http://h/" + text)

    assert urls.canonical(once) == once


def test_secrets_are_masked():
    assert urls.masked("https://user:pw@h/x?token=abc&a=1") == "https://***@h/x?token=***&a=1"
    assert urls.masked("no route to http://u:p@h/?api_key=1#x") == "no route to http://***@h/?api_key=***#x"
    assert urls.masked("http://h/a@b") == "http://h/a@b"
