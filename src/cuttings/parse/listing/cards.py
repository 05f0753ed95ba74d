"""The links of a page, those to one address together, and the card that each stands in: its title, its date.

Pure.  A link's card is the largest of the elements around it that leads to
no other address.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cuttings.text import dates, markup, urls, xml
from cuttings.text.xml import Element

MOST_LINKS = 5_000  # of a page that are looked at
LONGEST = 300  # characters of a title
LONGEST_CARD = 3_000  # characters of a card that are looked through for a date
SEVERAL = 20  # characters of what may be a headline
HIGHEST = 6  # elements above a link that may be its card

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = ("p", "div", "section", "figcaption", "li", "dt", "dd", "td")
_PLACES = frozenset({"li", "article", "tr", "dd", "div", "section", "p", "td", "dt"})  # what a card may be
_MORE = re.compile(
    r"(?:read|learn|see|show|continue|load)\b.{0,30}|(?:more|mehr)\b.{0,20}"
    r"|(?:weiterlesen|lire la suite|leer m[aá]s).{0,20}|[\W\d]*",
    re.IGNORECASE,
)


@dataclass(eq=False)
class Link:
    """All links of a page to one address; `card` is None where it has none of its own."""

    url: str
    anchors: list[Element] = field(default_factory=list)
    card: Element | None = None

    @cached_property
    def headline(self) -> str:
        """The text of the first link of its that is a heading, or stands in one; "" without."""
        return next(filter(None, (_words(one) for anchor in self.anchors for one in _heading(anchor))), "")

    @cached_property
    def title(self) -> str:
        """Its headline, else the longest of what its links say first, beyond "read more"."""
        texts = [words for anchor in self.anchors if not _MORE.fullmatch(words := _first(anchor))]
        return self.headline or max(texts, key=len, default="")

    @cached_property
    def date(self) -> str | None:
        """The date that its card says, raw."""
        if self.card is None:
            return None
        marked = (e.get("datetime") or _words(e) for e in self.card.iter("time"))
        told = next((one for one in marked if dates.parse(one)), None)
        return told or dates.found(self._said)

    @property
    def _said(self) -> str:
        """What the card says besides the link: a date in a headline is not the article's."""
        assert self.card is not None
        pieces = [self.card.text, *(one for e in self.card.iterdescendants() for one in (e.text, e.tail))]
        text = " ".join(" ".join(filter(None, pieces)).split())[:LONGEST_CARD]
        return text.replace(self.title, " ") if self.title else text


def gathered(anchors: Iterable[Element], base: str, url: str, *, anywhere: bool = False) -> Sequence[Link]:
    """Return the addresses on the same site (or `anywhere`) that links lead to, in their order, without the page's."""
    here = _bare(url)
    found: dict[str, Link] = {}
    for anchor in _few(anchors):
        written = (anchor.get("href") or "").strip()
        target = urls.absolute(base, written) if written and not written.startswith("#") else None
        address = urls.clean(target.partition("#")[0]) if target else None
        if address is None or _bare(address) == here or not (anywhere or _same_site(address, url)):
            continue
        found.setdefault(_bare(address), Link(url=address)).anchors.append(anchor)
    _place(found.values())
    return list(found.values())


def above(element: Element) -> Iterator[Element]:
    """Yield the elements around one, the nearest first."""
    parent = element.getparent()
    while parent is not None:
        yield parent
        parent = parent.getparent()


def _place(links: Iterable[Link]) -> None:
    """Give each link its card."""
    held: Counter[Element] = Counter()
    around = {link: [_around(anchor) for anchor in link.anchors] for link in links}
    for ways in around.values():
        held.update({element for way in ways for element in way})
    for link, ways in around.items():
        alone = [element for element in ways[0] if held[element] == 1 and element.tag in _PLACES]
        link.card = alone[-1] if alone else None


def _around(anchor: Element) -> list[Element]:
    found = []
    for number, element in enumerate(above(anchor)):
        if number == HIGHEST or element.tag in ("body", "main"):
            break
        found.append(element)
    return found


def _heading(anchor: Element) -> Iterator[Element]:
    """Yield the heading in a link, or the link whose heading it is."""
    yield from anchor.iter(*HEADINGS)
    if any(element.tag in HEADINGS for element in _around(anchor)[:3]):
        yield anchor


def _first(anchor: Element) -> str:
    """What a link says; of one that holds a card, the first block that says several words."""
    blocks = [element for element in anchor.iter(*_BLOCKS) if next(element.iterdescendants(*_BLOCKS), None) is None]
    said = [words for block in blocks if block.tag != "figcaption" and (words := _words(block))]
    return next((words for words in said if len(words) >= SEVERAL), None) or max(said, key=len, default=_words(anchor))


def _words(element: Element) -> str:
    return markup.plain(" ".join(xml.text_of(element).split())[:LONGEST], "text")


def _few(anchors: Iterable[Element]) -> Iterator[Element]:
    for number, anchor in enumerate(anchors):
        if number == MOST_LINKS:
            return
        yield anchor


def _same_site(one: str, other: str) -> bool:
    """Tell whether two addresses are of one host, or one's host lies within the other's."""
    hosts = sorted((_host(one), _host(other)), key=len)
    return bool(hosts[0]) and (hosts[0] == hosts[1] or hosts[1].endswith("." + hosts[0]))


def _bare(url: str) -> str:
    return url.partition("#")[0].partition("://")[2].removeprefix("www.").rstrip("/")


def _host(url: str) -> str:
    try:
        return urls.parse(url).host.removeprefix("www.")
    except urls.UrlError:
        return ""
