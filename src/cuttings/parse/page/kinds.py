"""What a page is: an article, the beginning of one before a paywall, or none.

Pure.  A page is an article unless several signs together speak against it:
its address, what it declares itself to be, and whether it holds sentences or
links to other pages.  No sign alone suffices, since many an article declares
itself a website, holds a login form, or is called "404".
Standards: HTML 4.10 (forms), Open Graph (og:type), schema.org (WebPage and its
kinds, isAccessibleForFree).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cuttings.parse.metadata import Metadata
from cuttings.parse.page import sayings
from cuttings.parse.page.blocks import Block
from cuttings.text import urls
from cuttings.text.xml import Element, text_of

Kind = Literal["article", "stub", "none"]

_BARE, _FEW, _SHORT, _LONG = (
    10,
    60,
    150,
    300,
)  # words of a text: none, as good as none, no more than a notice, surely a text
_STUB = 250  # words: what a paywall shows at most
_AFTER = 12  # blocks after a text in which a paywall offers the rest of it
_DIRECTLY_AFTER = 3  # blocks in which it says how much is left: farther on, another article may begin
_SHARE_SHOWN = 0.7  # of the words that the page says its article has
_TEASER = range(4, 61)  # words of a link that is another page's headline, or announces it
_MANY = 8  # such links
_PER_TEASER = 25  # words of text for each: below, the page is there for the links
_PER_PROSE = 10  # words of links for each of text: more, and the page is there for them, however short
_CERTAIN = 4  # points that make a list of articles
_LONGEST_CONSENT, _CONSENT_SHARE = 6_000, 0.6  # characters of a page's sentences; the share that asks
_LARGEST_JSON = 200_000  # characters of JSON-LD looked at
_LETTERS_PER_WORD = 15  # more on the average, and the script has no spaces: two letters count as a word

_TYPE = re.compile(r'"@type"\s*:\s*\[?\s*"([A-Za-z]{1,40})"')
_WORD_COUNT = re.compile(r'"wordCount"\s*:\s*"?(\d{2,5})')
_ARTICLES = re.compile(r"Article|Posting|Report|Review$|Recipe|NewsItem")
_LISTS = frozenset(("Blog", "CollectionPage", "SearchResultsPage", "ProfilePage", "CategoryPage"))
_LISTS_OF_NEWS = frozenset(("ItemList", "NewsMediaOrganization"))  # at the root of a site
_LIST_PATH = re.compile(
    r"/(?:tags?|categor(?:y|ies|ia|ie)|topics?|thema|themen|temas?|etiket(?:a|te)?|keywords?|search|suche|recherche|"
    r"buscar?|cerca|zoeken|szukaj|archives?|author|autor|auteur|rubriques?|rubrik|sections?|page/\d+)(?:/|$)",
    re.IGNORECASE,
)
_SEARCH_QUERY = re.compile(r"[?&](?:s|q|query|search|keywords?)=")
_HOME_PATH = re.compile(
    r"/?(?:index\.\w{2,5}|home(?:\.\w{2,5})?|default\.aspx?|"
    r"(?:ar|cs|da|de|el|en|es|fi|fr|he|hi|hu|id|it|ja|ko|nl|no|pl|pt|ro|ru|sv|th|tr|uk|vi|zh)(?:-[a-z]{2})?)?/?",
    re.IGNORECASE,
)
_LIST_CLASSES = frozenset(
    ("archive", "category", "tag", "search", "search-results", "author", "home", "blog", "front-page")
)
_ARTICLE_CLASSES = frozenset(("single", "single-post", "page-article", "article-page", "node-type-article"))
_WALLS = ("paywall", "pay-wall", "regwall", "meteredcontent", "subscriber-only", "subscribers-only", "premium-lock")
_MENUS = frozenset(("nav", "footer", "header", "menu"))
_TITLE_PARTS = re.compile(r"\s+[|–—·•»«:-]+\s+|[|»]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` says in words what made it no whole article; "" for one."""

    kind: Kind
    why: str = ""


ARTICLE = Verdict("article")


def kind_of(
    root: Element, url: str, said: Metadata, blocks: Sequence[Block], kept: Sequence[bool], words: int | None = None
) -> Verdict:
    """Tell what a page is.

    `url` is where it was got, "" for a saved one.  `words` is the length of
    the text in the end, where it is more than the blocks kept.
    """
    page = _Page(root, url, said, blocks, kept, words)
    for name, applies in _NONE:
        if applies(page):
            return Verdict("none", name)
    why = _paywall(page)
    return Verdict("stub", why) if why else ARTICLE


class _Page:
    """A page's signs, gathered in one pass."""

    def __init__(
        self, root: Element, url: str, said: Metadata, blocks: Sequence[Block], kept: Sequence[bool], words: int | None
    ) -> None:
        self.root, self.said, self.blocks, self.kept = root, said, blocks, kept
        chosen = [block for block, keep in zip(blocks, kept, strict=True) if keep]
        self.text = "\n".join(block.text for block in chosen)
        self.size = max(sum(_size(block.text) for block in chosen), words or 0)
        self.prose = max(sum(_size(b.text) for b in chosen if b.linked * 2 < len(b.text)), words or 0)
        self.teasers = sum(map(_is_teaser, blocks))
        self.titles = [_plain(text) for text in _titles(root, said)]
        self.target = _target(url if urls.absolute("", url) else _own_address(root))
        self.classes = _classes(root)
        self.og_type = _og_type(root)
        self.types, self.length = _linked(root)

    @property
    def is_declared_article(self) -> bool:
        return self.og_type == "article" or any(map(_ARTICLES.search, self.types))

    @property
    def is_told_as_article(self) -> bool:
        """Whether it declares itself one, or names a date or an author."""
        return self.is_declared_article or bool(self.said.published or self.said.authors)

    @property
    def is_home(self) -> bool:
        return self.target is not None and bool(_HOME_PATH.fullmatch(self.target))

    @property
    def is_for_links(self) -> bool:
        """Whether it leads on to many pages, and says little itself."""
        return self.teasers >= _MANY and self.prose < self.teasers * _PER_TEASER


def _is_error(page: _Page) -> bool:
    return page.size < _SHORT and any(map(sayings.is_error, page.titles))


def _is_login(page: _Page) -> bool:
    if page.size >= _SHORT or page.is_declared_article:
        return False
    asks = any((e.get("type") or "").lower() == "password" for e in page.root.iter("input"))
    return any(map(sayings.is_login, page.titles)) and (asks or page.size < _FEW)


def _is_consent(page: _Page) -> bool:
    """Most of the sentences on it ask to agree to something."""
    if page.is_declared_article or page.said.published or page.size >= _LONG:
        return False
    sentences = [b.text for b in page.blocks if _size(b.text) >= _TEASER.start]
    length = sum(map(len, sentences))
    if not 0 < length < _LONGEST_CONSENT:
        return False
    return sum(len(text) for text in sentences if sayings.is_consent(text)) >= length * _CONSENT_SHARE


def _is_gate(page: _Page) -> bool:
    """Something that wants a script to run, or a person to be one, before it shows the page."""
    if page.size >= _SHORT or page.said.published:
        return False
    return sayings.is_gate(page.text or " ".join(b.text for b in page.blocks[:20])) and not page.is_for_links


def _is_front(page: _Page) -> bool:
    if not page.is_home or page.og_type == "article":
        return False
    if page.size < _FEW or page.is_for_links:
        return True
    if any(map(_ARTICLES.search, page.types)):
        return False
    if page.og_type == "website" and page.size < _LONG:  # what a site says of itself
        return True
    many = page.og_type == "website" and page.teasers >= _MANY and page.prose < 2 * _LONG
    return many or bool((_LISTS | _LISTS_OF_NEWS) & page.types) or bool(_LIST_CLASSES & page.classes)


def _is_list(page: _Page) -> bool:
    if page.is_home:
        return False
    if not page.is_for_links:
        return page.size < _LONG and _is_root_of_list(page) and not page.is_told_as_article
    bare = (page.size < _SHORT and page.prose < page.teasers) or page.prose * _PER_PROSE < page.size < _LONG
    return (bare and not page.is_declared_article) or (_is_declared_list(page) and _list_points(page) >= _CERTAIN)


def _is_nothing(page: _Page) -> bool:
    """A shell without a text, and without a word that it is an article."""
    if page.is_declared_article or page.said.published:
        return False
    return (
        page.size == 0
        or (page.size < _BARE and not page.said.title)
        or (page.size < _FEW and page.og_type == "website")
    )


_NONE = (
    ("an error page", _is_error),
    ("a login page", _is_login),
    ("a page that asks for consent", _is_consent),
    ("a page that asks for a script or a person", _is_gate),
    ("a home page", _is_front),
    ("a list of articles", _is_list),
    ("a page without a text", _is_nothing),
)


def _is_declared_list(page: _Page) -> bool:
    return _stands_as_list(page) or bool(_LISTS & page.types) or bool(_LIST_CLASSES & page.classes)


def _stands_as_list(page: _Page) -> bool:
    target = page.target or ""
    return bool(_LIST_PATH.search(target) or _SEARCH_QUERY.search(target))


def _is_root_of_list(page: _Page) -> bool:
    """Tell whether its address ends with the word for a list or a search."""
    path = (page.target or "").partition("?")[0]
    return any(found.end() == len(path) for found in _LIST_PATH.finditer(path))


def _list_points(page: _Page) -> int:
    """How much speaks for a page that lists others: what it declares, where it stands, how it looks."""
    for_it = (
        *(2 * (page.is_home or _stands_as_list(page)), 2 * bool(_LISTS & page.types), 2 * page.is_for_links),
        *(2 * bool(_LIST_CLASSES & page.classes), page.og_type == "website"),
        not page.said.published and not page.said.authors,
    )
    against = (
        *(3 * (page.og_type == "article"), 2 * any(map(_ARTICLES.search, page.types))),
        *(3 * bool(_ARTICLE_CLASSES & page.classes), bool(page.said.published)),
        2 * (page.prose >= _LONG and not page.is_for_links and not page.is_home),
    )
    return sum(for_it) - sum(against)


def _paywall(page: _Page) -> str:
    """Why a text is only the beginning of one; "" where it is not."""
    cut = page.length > _STUB / 2 and page.size < page.length * _SHARE_SHOWN
    if page.said.paywalled and cut:
        return f"a paywall: {page.size} of its {page.length} words"
    if _says_what_is_left(page):
        return "a paywall: it says how much of the article is left"
    if page.size >= _STUB or page.said.paywalled is False:
        return ""
    if cut and page.size < _FEW:
        return f"{page.size} of the {page.length} words that the page says it has"
    if _offers_the_rest(page) and (page.said.paywalled or cut or _has_wall(page.root)):
        return "a paywall: it offers the rest to subscribers where the text ends"
    if page.said.paywalled and page.text.rstrip().endswith(("…", "...")):
        return "a paywall, as the page says, and a text that breaks off"
    return ""


def _offers_the_rest(page: _Page) -> bool:
    return any(map(sayings.is_wall, _at_the_end(page, _AFTER)))


def _says_what_is_left(page: _Page) -> bool:
    return any(map(sayings.is_rest, _at_the_end(page, _DIRECTLY_AFTER)))


def _at_the_end(page: _Page, after: int) -> list[str]:
    """The short texts with which what is shown ends, and those after it."""
    last = max((number for number, keep in enumerate(page.kept) if keep), default=-1)
    return [b.text for b in page.blocks[max(last - 1, 0) : last + after] if len(b.text) < 600]


def _has_wall(root: Element) -> bool:
    """Tell whether an element is marked as the wall, in the words of the trade."""
    marks = " ".join(e.get("class") or "" for e in root.iter("div", "section", "aside")).lower()
    return any(word in marks for word in _WALLS)


def _titles(root: Element, said: Metadata) -> Iterator[str]:
    """Yield what the page calls itself, without the site's name."""
    for element in root.iter("title", "h1"):
        yield from _TITLE_PARTS.split(" ".join(text_of(element)[:300].split()))
    yield said.title or ""


def _classes(root: Element) -> frozenset[str]:
    body = next(root.iter("body"), None)
    return frozenset((body.get("class") or "").lower()[:2_000].split()) if body is not None else frozenset()


def _is_teaser(block: Block) -> bool:
    """Tell whether a block is a link that announces a page, and none of a menu."""
    if len(block.words) not in _TEASER or block.linked * 10 < len(block.text) * 9:
        return False
    return not any(element.tag in _MENUS for element in block.chain)


def _own_address(root: Element) -> str:
    """What a saved page says its address is."""
    named = [e.get("href") for e in root.iter("link") if (e.get("rel") or "").lower() == "canonical"]
    named += [e.get("content") for e in root.iter("meta") if e.get("property") == "og:url"]
    return next((address for address in named if address), "")


def _og_type(root: Element) -> str:
    metas = root.iter("meta")
    return next(((m.get("content") or "").strip().lower() for m in metas if m.get("property") == "og:type"), "")


def _linked(root: Element) -> tuple[frozenset[str], int]:
    """Return the types that JSON-LD names, and how many words it says the article has."""
    types: set[str] = set()
    length = 0
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            text = (script.text or "")[:_LARGEST_JSON]
            types.update(_TYPE.findall(text))
            counted = _WORD_COUNT.search(text)
            length = length or (int(counted[1]) if counted else 0)
    return frozenset(types), length


def _target(url: str) -> str | None:
    try:
        return urls.parse(url).target
    except urls.UrlError:
        return None


def _size(text: str) -> int:
    """Words; of a script without spaces, half its letters."""
    words = len(text.split())
    return words if len(text) <= words * _LETTERS_PER_WORD else len(text) // 2


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .!…:")
