"""Where the rest of an article is that is cut into pages, and where its other versions are.

A page belongs to an article only where its address is the article's own with
the number of a page added: `rel=next` alone leads as often to the next article.
Pure; of the same origin only, and bounded.
Standards: HTML 4.6.6 (rel next), AMP (amphtml).
"""

import re
from collections.abc import Iterator, Sequence

from cuttings.model.article import MOST_PARTS
from cuttings.text import urls
from cuttings.text.xml import Element, text_of

_MOST_LINKS = 5_000  # anchors looked at
_LAST_PAGE = 50  # a higher number is no page of an article
_ALL = -1  # the number of the page that holds them all

_NAMES = "page|p|pg|pn|seite|pagina|pag|sayfa|strona|offset_page|pagenum|page_no|curpage"
_IN_QUERY = re.compile(rf"(?:^|(?<=&))(?:{_NAMES}|show)=(\d{{1,2}}|all|full)(?:&|$)", re.IGNORECASE)
_IN_PATH = re.compile(
    r"(?:/(?:page|seite|pagina|p|strona|sayfa)?[-/,_]?(\d{1,2}|all)|[,;](?:page|p|seite)?-?(\d{1,2}))(?=/?$|\.\w{3,5}$)",
    re.IGNORECASE,
)
_IN_NAME = re.compile(r"[-_](?:p(?:age)?)?(\d{1,2})(?=\.(?:s?html?|php|aspx?)$)", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"/\d{1,2}/?$")
_PRINT = re.compile(
    r"(?:^|[/?&._-])print(?:able|er|ansicht|version|view)?(?:=(?:1|true|yes|y))?(?:$|[/?&._-])", re.IGNORECASE
)

Link = tuple[str, str]
"""(rel, absolute URL): "next" for each further page in order, "all" for one of them all, "amphtml", "print"."""


def parts_of(root: Element, url: str) -> tuple[Link, ...]:
    """Return the further pages and other versions of the article at `url`; () where its address is unknown."""
    if not _is_article_address(url):
        return ()
    ours = _readings(url)
    pages: dict[int, str] = {}
    others: dict[str, str] = {}
    for rel, target, text in _links(root, url, [_name(stem) for stem, _ in ours]):
        stem, number = _numbered(target, "next" in rel or text.isdecimal())
        if any(stem == own and _is_after(number, at) for own, at in ours):
            pages.setdefault(number, target)
        elif "amphtml" in rel:
            others.setdefault("amphtml", target)
        elif {"alternate", "print"} <= rel or any(_is_print(target, own) for own, _ in ours):
            others.setdefault("print", target)
    everything = [("all", pages.pop(_ALL))] if _ALL in pages else []
    following = [("next", pages[number]) for number in sorted(pages)]
    return tuple([*everything, *following, *others.items()][:MOST_PARTS])


def _is_article_address(url: str) -> bool:
    try:
        return urls.parse(url).target != "/"
    except urls.UrlError:
        return False


def _readings(url: str) -> tuple[tuple[str, int], ...]:
    """Return what an article's address may be: that of a page by its number, and one whose number is its own.

    A bare number at its end names the article: "/articles/4" is no page of "/articles".
    """
    path, _, query = urls.clean(url).partition("#")[0].partition("?")
    whole = (_stem(path, query), 1)
    return (whole,) if _BARE_NUMBER.search(path) else tuple(dict.fromkeys((_numbered(url, True), whole)))


def _is_after(number: int, own: int) -> bool:
    return number == _ALL or own < number <= _LAST_PAGE


def _links(root: Element, url: str, names: Sequence[str]) -> Iterator[tuple[set[str], str, str]]:
    """Yield what each link that may be one of ours is said to be, its address, and its text.

    Most are not, and are told by none of the article's `names` being in them.
    """
    origin, seen = urls.origin(url), 0
    for element in root.iter("link", "a"):
        href = element.get("href") or ""
        if not href or href.startswith("#") or seen >= _MOST_LINKS:
            continue
        seen += 1
        rel = set((element.get("rel") or "").lower().split())
        if element.tag == "a" and href[0] != "?" and not any(name in href for name in names):
            continue
        if element.get("media") == "print":
            rel.add("print")
        target = _target(url, href, origin)
        if target and (element.tag == "a" or rel & {"next", "amphtml", "alternate"}):
            yield rel, target, text_of(element)[:20].strip() if element.tag == "a" else ""


def _target(url: str, href: str, origin: str) -> str | None:
    resolved = urls.absolute(url, href)
    if resolved is None:
        return None
    try:
        return resolved.partition("#")[0] if urls.origin(resolved) == origin else None
    except urls.UrlError:
        return None


def _numbered(url: str, sure: bool) -> tuple[str, int]:
    """Return an address without the number of its page, and that number: 1 where it has none.

    A number at the end of a file's name counts only where it is `sure` to be
    a page's: "story-2.html" is another story as well.
    """
    path, _, query = urls.clean(url).partition("#")[0].partition("?")
    if found := _IN_QUERY.search(query):
        rest = (query[: found.start()] + query[found.end() :]).strip("&")
        return _stem(path, rest), _number(found[1])
    below = path.find("/", path.find("//") + 2)
    for pattern in (_IN_PATH, _IN_NAME) if sure else (_IN_PATH,):
        found = pattern.search(path, below) if below >= 0 else None
        if found:
            number = _number(next(filter(None, found.groups())))
            return _stem(path[: found.start()] + path[found.end() :], query), number
    return _stem(path, query), 1


def _stem(path: str, query: str) -> str:
    return f"{path.rstrip('/')}?{query}"


def _name(stem: str) -> str:
    """The beginning of the last part of an address, as a relative link to a page of it has it too."""
    return stem.partition("?")[0].rpartition("/")[2].partition(".")[0][:30]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else _ALL


def _is_print(target: str, stem: str) -> bool:
    """Tell whether an address is the article's own, marked for printing."""
    found = _PRINT.search(target)
    if found is None:
        return False
    path, _, query = stem.partition("?")
    bare = _PRINT.sub("/", target, count=1).rstrip("/").rstrip("?&")
    return bare in (path, f"{path}?{query}".rstrip("?")) or _PRINT.sub("?", target, count=1).rstrip("?") == path
