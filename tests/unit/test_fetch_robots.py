"""What robots.txt allows us."""

import pytest

from cuttings.fetch.robots import LONGEST, allows, crawl_delay

AGENT = "cuttings"
RULES = b"""\xef\xbb\xbfUser-agent: other
Disallow: /

User-Agent: CUTTINGS
Disallow: /private/
Allow: /private/open$
nonsense line
User-agent: cuttings
Disallow: /*.pdf
Crawl-delay: 5
"""


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        ("/", True),
        ("/private/x", False),
        ("/private/open", True),
        ("/private/open/x", False),
        ("/a/b.pdf", False),  # groups for one agent are one
        ("/robots.txt", True),
        ("/%70rivate/x", False),
    ],
)
def test_the_longest_match_of_our_group_decides(target, allowed):
    assert allows(RULES, AGENT, f"https://h.example{target}") is allowed


def test_without_a_group_of_ours_the_star_decides_and_without_any_all_is_allowed():
    star = b"User-agent: *\nDisallow: /x\n"

    assert not allows(star, AGENT, "https://h.example/x")
    assert allows(b"User-agent: other\nDisallow: /\n", AGENT, "https://h.example/x")
    assert allows(b"", AGENT, "https://h.example/x")


def test_a_file_that_nobody_could_get_forbids_all():
    assert not allows(None, AGENT, "https://h.example/x")


def test_a_crawl_delay_is_a_minute_at_most():
    assert crawl_delay(RULES, AGENT) == 5.0
    assert crawl_delay(b"User-agent: *\nCrawl-delay: 86400\n", AGENT) == 60.0
    assert crawl_delay(b"User-agent: *\nCrawl-delay: soon\n", AGENT) == 0.0
    assert crawl_delay(b"User-agent: *\nCrawl-delay: -1\n", AGENT) == 0.0
    assert crawl_delay(b"", AGENT) == crawl_delay(None, AGENT) == 0.0


@pytest.mark.parametrize("body", [b"\x00\xff" * 1000, b"User-agent: *\r" * 1000, b"<html>" * 1000, b"a" * 3 * LONGEST])
def test_nonsense_allows(body):  # H-87
    assert allows(body, AGENT, "https://h.example/x")


def test_what_stands_beyond_the_limit_is_not_read():
    body = b"#" * LONGEST + b"\nUser-agent: *\nDisallow: /\n"

    assert allows(body, AGENT, "https://h.example/x")
