"""Feeds that a page names in its head, and links of its that look like feeds.

Pure.  Standards: HTML (link, base), STANDARDS 12 (AD-1); THREATS H-88, H-89.
"""

import re
from collections.abc import Iterator

from cuttings.parse.discovery.offer import MOST, TYPES, FeedLink
from cuttings.text import markup, urls, xml
from cuttings.text.xml import Element

MOST_ANCHORS = 5_000  # links of a page that are looked at

_LOOKS = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:rss|atom|feeds?|index|news|posts?|blog|updates|releases)2?\.(?:xml|rdf|json)"
    r"|/(?:rss|atom|feeds?|rss2)(?:\.php|\.aspx?)?)/?$"
    r"|^//feeds\d?\.(?:feedburner|soundcloud|simplecast|megaphone|transistor|buzzsprout|acast)\.",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?&](?:feed|format|type|alt|output|_format)=(?:rss2?|atom|rdf|feed|json_?feed)\b", re.IGNORECASE)
_SAYS = re.compile(
    r"(?:rss|atom|xml|json)(?:[ -]?feeds?)?(?: ?[012]\.\d+)?|(?:web)?feed|subscribe \(?rss\)?", re.IGNORECASE
)
_WITHIN = re.compile(r"https?(?::|%3a)(?://|%2f%2f)", re.IGNORECASE)
_SCHEME = re.compile(r"\s*feed:(?=//|https?:)", re.IGNORECASE)
_FEED = re.compile(r"feed|rss|atom", re.IGNORECASE)


def in_head(root: Element, base: str) -> Iterator[FeedLink]:
    """Yield the feeds that `<link>` elements name.

    These resolve against the base that stands before them, wherever that
    leads: nothing is fetched for it, and what is on another site is ranked so.
    """
    here, number = base, 0
    for element in root.iter("base", "link"):
        if element.tag == "base":
            here = urls.absolute(base, element.get("href") or "") or here if here == base else here
        elif {"alternate", "feed"} & set((element.get("rel") or "").lower().split()):
            number += 1
            if number > MOST:
                return
            yield from _named(element, here)


def links(root: Element, base: str) -> Iterator[FeedLink]:
    """Yield the page's `<a>` links that look like feeds: by their address, or by what they are called."""
    number = 0
    for count, anchor in enumerate(root.iter("a")):
        url = absolute(base, anchor.get("href"))
        if count == MOST_ANCHORS or number == MOST:
            return
        if url is not None and _looks_like_one(url, anchor):
            number += 1
            title = markup.plain(anchor.get("title") or "", "text") or " ".join(xml.text_of(anchor).split())[:200]
            yield FeedLink(url=url, title=title or None, media_type="", how="link")


def absolute(base: str, written: str | None) -> str | None:
    """Resolve a reference; `feed://example.org/` and `feed:https://…`, which browsers once took, are web addresses."""
    return urls.absolute(base, _SCHEME.sub("", written)) if written and written.strip() else None


def _named(element: Element, base: str) -> Iterator[FeedLink]:
    media = (element.get("type") or "").partition(";")[0].strip().lower()
    title = markup.plain(element.get("title") or "", "text") or None
    url = absolute(base, element.get("href"))
    if url is None or not (media in TYPES or (not media and "feed" in (element.get("rel") or "").lower().split())):
        return
    if media == "application/json" and not _FEED.search(f"{url.partition('://')[2]} {title or ''}"):
        return  # an API's: WordPress names one on each page
    yield FeedLink(url=url, title=title, media_type=media)


def _looks_like_one(url: str, anchor: Element) -> bool:
    """Addresses within addresses are those of services that would like to read it for people."""
    rest = url.partition("#")[0].partition(":")[2]
    path, question, query = rest.partition("?")
    if _WITHIN.search(rest):
        return False
    if _LOOKS.search(path) or _ASKS.search(question + query):
        return True
    if "#" in url:  # a place on a page
        return False
    said = " ".join(xml.text_of(anchor).split())[:40] or (anchor.get("title") or "").strip()[:40]
    return _SAYS.fullmatch(said) is not None
