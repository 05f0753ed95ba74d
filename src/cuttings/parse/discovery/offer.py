"""What can be followed at an address: where it was found, how good it is, and why, in words.

Pure.  Serves STANDARDS 12 (AD-1, AD-3).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cuttings.text import urls

How = Literal["itself", "header", "head", "platform", "link", "guess"]
WORDS: dict[How, str] = {
    "itself": "the address itself is a feed",
    "header": "the server names it, in a Link header",
    "head": "the page names it in its head",
    "platform": "where sites of its kind keep a feed",
    "link": "a link on the page that looks like one",
    "guess": "found at a usual address",
}
TYPES = (
    *("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"),
    *("application/json", "application/xml"),
)
MOST = 20  # a page may name ten thousand (H-88)

_RANK: dict[How, int] = {"itself": 0, "header": 1, "head": 1, "guess": 2, "platform": 3, "link": 4}
_RICHEST = ("application/feed+json", "application/atom+xml")  # of twins: JSON Feed and Atom say more than RSS
_COMMENTS = re.compile(
    r"\bcomments?\b|\bcommentaires?\b|\bkommentare?\b|\bcoment[aá]rios?\b|\breacties\b|\bkommentarer\b|\bcommenti\b"
    r"|\bkomentarze\b|\byorumlar\b|комментари|コメント|评论|評論|댓글",
    re.IGNORECASE,
)
_FORMATS = re.compile(r"\b(?:rss|atom|json|xml|rdf|feeds?|[012]\.\d+)\b|\W", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A document that may be followed; whether it is a feed shows when it is fetched, unless that is `confirmed`."""

    url: str  # absolute
    title: str | None
    media_type: str  # as it is declared, "" where nobody says
    how: How = "head"
    where: str | None = None  # the platform that it is on
    comments: bool = False  # of comments, not of articles
    elsewhere: bool = False  # on another site than the page
    confirmed: bool = False

    @property
    def why(self) -> str:
        """The reason that it is offered, in words."""
        said = f"where {self.where} keeps a feed" if self.where else WORDS[self.how]
        asides = ("of comments" if self.comments else "", "on another site" if self.elsewhere else "")
        sure = "fetched, and it is one" if self.confirmed and self.how not in ("itself", "guess") else ""
        return ", ".join(filter(None, (said, *asides, sure)))


def ranked(found: Iterable[FeedLink], url: str) -> tuple[FeedLink, ...]:
    """Return what was found from `url`, each once, the best first.

    What is named goes before what is only likely, the site's own before those
    of other sites, comments last; else they keep the order of the page.  Of
    one feed in several formats the richest goes first.
    """
    judged = [_judged(one, url) for one in _once(found)]
    first = {_twins(one): number for number, one in reversed(list(enumerate(judged)))}
    return tuple(sorted(judged, key=lambda one: (*_order(one), first[_twins(one)], _richness(one))))[:MOST]


def _once(found: Iterable[FeedLink]) -> Sequence[FeedLink]:
    """Drop what was found again, in a worse place, or as the same address written otherwise."""
    kept: dict[str, FeedLink] = {}
    for one in sorted(found, key=lambda one: _RANK[one.how]):
        kept.setdefault(urls.canonical(one.url).partition("://")[2].rstrip("/"), one)
    return list(kept.values())


def _judged(link: FeedLink, url: str) -> FeedLink:
    path = urls.clean(link.url).partition("://")[2].partition("/")[2]
    comments = link.comments or _COMMENTS.search(f"{path} {link.title or ''}") is not None
    elsewhere = link.how in ("header", "head", "link") and not _same_site(link.url, url)
    return replace(link, comments=comments, elsewhere=elsewhere)


def _same_site(one: str, other: str) -> bool:
    """Tell whether two addresses are one site's: one host, or one within the other."""
    hosts = [_host(url) for url in (one, other)]
    return not hosts[1] or hosts[0] == hosts[1] or any(a.endswith("." + b) for a, b in (hosts, hosts[::-1]))


def _host(url: str) -> str:
    try:
        return urls.parse(url).host.removeprefix("www.")
    except urls.UrlError:
        return ""


def _order(link: FeedLink) -> tuple[bool, int, bool]:
    return link.comments, _RANK[link.how], link.elsewhere


def _twins(link: FeedLink) -> str:
    """What feeds that differ in their format alone have in common: their title without its name."""
    return _FORMATS.sub("", link.title or "").lower() or link.url


def _richness(link: FeedLink) -> int:
    return _RICHEST.index(link.media_type) if link.media_type in _RICHEST else len(_RICHEST)
