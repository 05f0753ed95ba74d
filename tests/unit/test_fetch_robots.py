"""What robots.txt allows us: a table of verdicts by RFC 9309, and what it leaves to us."""

import pytest

from cuttings.fetch.robots import LONGEST, allows, crawl_delay

AGENT = "cuttings"
NOBODY = "User-agent: *\nDisallow: /\n"
FEW = "Disallow: /private/\nAllow: /private/open\n"

VERDICTS = [
    # 2.2.1: the group of our product token, whatever its case; else the star's; else all is allowed
    ("", "/x", True),
    ("# nothing\n", "/x", True),
    ("User-agent: other\nDisallow: /\n", "/x", True),
    (NOBODY, "/x", False),
    ("User-agent: cuttings\nDisallow: /\n", "/x", False),
    ("USER-AGENT: CUTTINGS\nDISALLOW: /\n", "/x", False),
    ("User-Agent: Cuttings\nDisallow: /a\n", "/a", False),
    ("User-agent: cuttings\nAllow: /\n\n" + NOBODY, "/x", True),
    (NOBODY + "\nUser-agent: cuttings\nAllow: /\n", "/x", True),
    (NOBODY + "\nUser-agent: cuttings\nDisallow:\n", "/x", True),
    ("User-agent: cutting\nDisallow: /\n", "/x", True),  # another one, though ours begins so
    ("User-agent: cuttingsbot\nDisallow: /\n", "/x", True),
    ("User-agent: cuttings/1.0\nDisallow: /\n", "/x", False),  # what stands behind a token is not of it
    ("User-agent: cuttings crawler\nDisallow: /\n", "/x", False),
    ("User-agent: other\nUser-agent: cuttings\nDisallow: /\n", "/x", False),
    ("User-agent: cuttings\nUser-agent: other\nDisallow: /\n", "/x", False),
    ("User-agent: cuttings\n\n\nUser-agent: other\nDisallow: /\n", "/x", False),  # blank lines end no group
    ("User-agent: cuttings\nDisallow: /a\nUser-agent: other\nDisallow: /b\n", "/b", True),
    ("User-agent: cuttings\nDisallow: /a\n\nUser-agent: cuttings\nDisallow: /b\n", "/a", False),  # groups are merged
    ("User-agent: cuttings\nDisallow: /a\n\nUser-agent: cuttings\nDisallow: /b\n", "/b", False),
    ("User-agent: *\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n", "/a", False),
    ("User-agent: *\nDisallow: /a\n\nUser-agent: cuttings\nDisallow: /b\n", "/a", True),  # never with the star's
    ("Disallow: /\n", "/x", True),  # rules of nobody
    ("Disallow: /\nUser-agent: cuttings\nAllow: /\n", "/x", True),
    # 2.2.2: the longest match in octets wins, allow where they tie
    ("User-agent: *\n" + FEW, "/private/x", False),
    ("User-agent: *\n" + FEW, "/private/open", True),
    ("User-agent: *\n" + FEW, "/private/opened", True),
    ("User-agent: *\nAllow: /p\nDisallow: /\n", "/page", True),
    ("User-agent: *\nDisallow: /\nAllow: /p\n", "/page", True),
    ("User-agent: *\nAllow: /folder\nDisallow: /folder\n", "/folder/page", True),
    ("User-agent: *\nDisallow: /folder\nAllow: /folder\n", "/folder/page", True),
    ("User-agent: *\nAllow: /page\nDisallow: /*.html\n", "/page.html", False),
    ("User-agent: *\nAllow: /$\nDisallow: /\n", "/", True),
    ("User-agent: *\nAllow: /$\nDisallow: /\n", "/page", False),
    ("User-agent: *\nDisallow:\n", "/x", True),
    ("User-agent: *\nAllow:\n" + "Disallow: /\n", "/x", False),
    ("User-agent: *\nDisallow: /fish\n", "/fish", False),
    ("User-agent: *\nDisallow: /fish\n", "/fish.html", False),
    ("User-agent: *\nDisallow: /fish\n", "/Fish", True),  # paths have case
    ("User-agent: *\nDisallow: /fish\n", "/catfish", True),
    ("User-agent: *\nDisallow: /fish/\n", "/fish", True),
    ("User-agent: *\nDisallow: /fish/\n", "/fish/x?y", False),
    (NOBODY, "/robots.txt", True),
    # 2.2.3: `*`, `$`, `#`
    ("User-agent: *\nDisallow: /*.php\n", "/a/b.php?x", False),
    ("User-agent: *\nDisallow: /*.php$\n", "/a.php", False),
    ("User-agent: *\nDisallow: /*.php$\n", "/a.php?x", True),
    ("User-agent: *\nDisallow: /fish*.php\n", "/fishheads/catfish.php?x", False),
    ("User-agent: *\nDisallow: /fish*.php\n", "/Fish.PHP", True),
    ("User-agent: *\nDisallow: *\n", "/x", False),
    ("User-agent: *\nDisallow: /a$b\n", "/a$b", False),  # only at the end it is one
    ("User-agent: *\nDisallow: /x # and why\n", "/x", False),
    ("User-agent: *\nDisallow: /x#y\n", "/xz", False),
    ("User-agent: *\nDisallow: /*?*page=\n", "/list?sort=1&page=2", False),
    # 2.2.2: compared as octets, percent-encoding made the same
    ("User-agent: *\nDisallow: /foo/bar?baz=http://foo.bar\n", "/foo/bar?baz=http://foo.bar", False),
    ("User-agent: *\nDisallow: /foo/bar/ツ\n", "/foo/bar/%E3%83%84", False),
    ("User-agent: *\nDisallow: /foo/bar/%E3%83%84\n", "/foo/bar/%E3%83%84", False),
    ("User-agent: *\nDisallow: /foo/bar/%e3%83%84\n", "/foo/bar/%E3%83%84", False),
    ("User-agent: *\nDisallow: /foo/bar/%62%61%7A\n", "/foo/bar/baz", False),
    ("User-agent: *\nDisallow: /foo/bar/baz\n", "/foo/bar/%62%61%7A", False),
    ("User-agent: *\nDisallow: /a%2Fb\n", "/a/b", True),  # reserved ones mean something else when encoded
    # 2.2 and beyond: what is written in the wild
    ("\ufeffUser-agent: *\nDisallow: /x\n", "/x", False),
    ("User-agent: *\rDisallow: /x\r", "/x", False),
    ("User-agent: *\r\nDisallow: /x\r\n", "/x", False),
    ("User-agent: *\nnonsense\nDisallow: /x", "/x", False),
    ("  User-agent :  *  \n\tDisallow\t:\t/x\n", "/x", False),
    ("User-agent: *\nSitemap: https://h.example/map.xml\nDisallow: /x\n", "/x", False),
    ("User-agent: *\nCrawl-delay: 5\nDisallow: /x\n", "/x", False),
    ("User-agent: cuttings\nSitemap: https://h.example/map.xml\nUser-agent: other\nDisallow: /x\n", "/x", False),
    ("Sitemap: https://h.example/map.xml\n\n" + NOBODY, "/x", False),
    ("<!doctype html><title>Not found</title>" * 9, "/x", True),
]


@pytest.mark.parametrize(("rules", "target", "allowed"), VERDICTS)
def test_a_verdict_is_that_of_the_standard(rules, target, allowed):
    assert allows(rules.encode(), AGENT, f"https://h.example{target}") is allowed


def test_the_table_is_as_long_as_it_should_be():
    assert len(VERDICTS) >= 60


def test_a_crawl_delay_is_a_minute_at_most():  # RB-7
    rules = b"User-agent: *\nCrawl-delay: 7\n\nUser-agent: CUTTINGS\nCrawl-delay: 5\n"

    assert crawl_delay(rules, AGENT) == 5.0
    assert crawl_delay(b"User-agent: *\nCrawl-delay: 86400\n", AGENT) == 60.0
    assert crawl_delay(b"User-agent: *\nCrawl-delay: 0.5\n", AGENT) == 0.5
    assert crawl_delay(b"User-agent: *\nCrawl-delay: soon\n", AGENT) == 0.0
    assert crawl_delay(b"User-agent: *\nCrawl-delay: -1\n", AGENT) == 0.0
    assert crawl_delay(b"User-agent: *\nCrawl-delay: nan\n", AGENT) == 0.0
    assert crawl_delay(b"", AGENT) == 0.0


@pytest.mark.parametrize("body", [b"\x00\xff" * 1000, b"User-agent: *\r" * 1000, b"<html>" * 1000, b"a" * 3 * LONGEST])
def test_nonsense_allows(body):  # H-87
    assert allows(body, AGENT, "https://h.example/x")


def test_what_stands_beyond_the_limit_is_not_read():  # RB-5
    body = b"#" * LONGEST + b"\nUser-agent: *\nDisallow: /\n"

    assert allows(body, AGENT, "https://h.example/x")


def test_what_stands_at_the_limits_end_is_read():
    rules = b"\nUser-agent: *\nDisallow: /\n"

    assert not allows(b"#" * (LONGEST - len(rules)) + rules, AGENT, "https://h.example/x")


@pytest.mark.parametrize(
    "rules",
    [
        "Disallow: /" + "*a" * 5_000 + "b",
        "Disallow: /" + "*" * 10_000 + "b",
        "\n".join(f"Disallow: /*{n}*x*y*z$" for n in range(5_000)),
    ],
    ids=["stars", "row", "many"],
)
def test_a_pattern_of_many_stars_is_soon_judged(rules):
    body = f"User-agent: *\n{rules}\n".encode()

    assert allows(body, AGENT, "https://h.example/" + "a" * 2_000)
