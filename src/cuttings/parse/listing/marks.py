"""Which links of a page lead to articles: marks for what such a link has, and what its likes have.

Pure.  No rule names a site: an article's link is a headline, says several
words, has a card with a date, an address with words, a date or a number in
it, and stands in a row of its likes; menus, tags, authors and the like have
other places and other addresses.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from urllib.parse import urlsplit

from cuttings.parse.listing.cards import Link, above
from cuttings.text.xml import Element

ENOUGH = 3.0  # marks
ROW = 3  # links in the same place of as many cards make a row
SHARE = 0.5  # of a row that must be articles' for the rest of it to be
SECTION = 3  # addresses below another one make that a section's
DEEPEST = 8  # folders of an address that are counted
HIGH = 25  # elements around a link that are looked at
MIDDLING = 0.5  # marks that one of a row must have then

_CHROME = frozenset({"nav", "footer", "aside", "form", "menu"})
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|footer|sidebar|breadcrumbs?|pagination|pager|social|share|sharing"
    r"|tags?|tagcloud|login|cookies?|newsletter|sponsored|adverts?|advertising|skip|legal|copyright|byline|authors?)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?:^|[\s_-])(?:h?entry|posts?|articles?|story|stories|teasers?|cards?|news|headlines?|items?|stream|results?)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_NO_ARTICLES = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|kategorie|sections?|authors?|autor(?:en)?|users?|people|profiles?|members?|page"
    r"|search|log-?in|sign-?in|sign-?up|register|subscri\w*|abo|account|cart|shop|about(?:-us)?|contact(?:-us)?|kontakt"
    r"|impressum|imprint|privacy|datenschutz|terms|legal|help|faq|jobs|careers|newsletters?|feeds?|rss|wp-\w+|archives?"
    r"|comments?|share|print|cookies?|advertis\w+)(?:/|\.\w{2,5}$|$)"
    r"|\.(?:jpe?g|png|gif|webp|svg|pdf|zip|mp[34]|docx?|xlsx?|xml|rss|atom|json|css|js)$",
    re.IGNORECASE,
)
_DATED = re.compile(r"/(?:19|20)\d\d[/-]?(?:[01]?\d|[a-z]{3})(?:[/-]|$)|/(?:19|20)\d{6}(?:\D|$)", re.IGNORECASE)
_NUMBERED = re.compile(r"\d{4,}")
_WORDED = re.compile(r"[^/_-]+(?:[_-][^/_-]+){3}")
_IDEOGRAPH = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def articles(links: Sequence[Link], url: str) -> Sequence[Link]:
    """Return those that lead to articles, in their order; `url` is the page's."""
    below = Counter(folder for link in links for folder in _folders(link.url))
    marks = {link: _marks(link, url) - (4.0 if below[_folder(link.url)] >= SECTION else 0.0) for link in links}
    rows: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        rows[_place(link.anchors[0])].append(link)
    chosen = {link for link, given in marks.items() if given >= ENOUGH}
    for row in rows.values():
        if len(row) >= ROW and len(chosen.intersection(row)) >= SHARE * len(row):
            chosen.update(link for link in row if marks[link] >= MIDDLING)
    return [link for link in links if link in chosen]


def _marks(link: Link, url: str) -> float:
    given = _of_words(link.title) + _of_address(link.url, url) + _of_places(link)
    given += 2.0 if link.headline else 0.0
    return given + (1.5 if link.date else 0.0)


def _of_words(title: str) -> float:
    """Headlines have several words; CJK and Thai are counted by their signs."""
    length = len(title) + 2 * len(_IDEOGRAPH.findall(title))
    words = len(title.split()) + len(_IDEOGRAPH.findall(title)) // 2
    if words >= 5 or length >= 30:
        return 1.5
    return 0.5 if words >= 3 else -2.0 if length < 15 else 0.0


def _of_address(address: str, url: str) -> float:
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    if (not path and not parts.query) or _NO_ARTICLES.search(path + ("/" if parts.path.endswith("/") else "")):
        return -4.0
    if urlsplit(url).path.startswith(path + "/"):  # what lies above the page
        return -4.0
    told = (_DATED.search(path), _NUMBERED.search(f"{path}?{parts.query}"), _WORDED.search(path.rpartition("/")[2]))
    return 1.5 if any(told) else 0.5 if path.count("/") > 1 or path.endswith((".html", ".htm")) else 0.0


def _of_places(link: Link) -> float:
    """The best of the places that links to an address stand in."""
    return max(_of_place(anchor) for anchor in link.anchors)


def _of_place(anchor: Element) -> float:
    given, within = 0.0, False
    for element in islice((anchor, *above(anchor)), HIGH):
        about = f"{element.get('class') or ''} {element.get('id') or ''}"[:500]
        if element.tag == "article" or (element.tag in ("li", "div", "section", "a") and _CARD.search(about)):
            given, within = 1.0, True
        elif element.tag in _CHROME or (element.tag == "header" and not within) or element.get("role") == "navigation":
            return given - 4.0
        elif element.tag not in ("body", "html", "main") and _ASIDE.search(about):
            return given - 3.0
    return given


def _folders(address: str) -> Iterator[str]:
    """Yield the folders that an address lies in, without the site's own: the first few."""
    steps = urlsplit(address).path.strip("/").split("/")[: DEEPEST + 1]
    for number in range(1, len(steps)):
        yield "/" + "/".join(steps[:number])


def _folder(address: str) -> str:
    """The folder that an address is the first page of."""
    return re.sub(r"/(?:index|home|default)\.\w{2,5}$", "", urlsplit(address).path).rstrip("/")


def _place(anchor: Element) -> str:
    """The way down to a link: what those of a row have in common."""
    steps = [anchor, *above(anchor)][:5]
    return "/".join(f"{step.tag}.{' '.join((step.get('class') or '').split()[:1])}" for step in steps)
