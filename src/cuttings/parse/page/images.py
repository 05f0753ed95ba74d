"""The pictures of a page: where each really is, what says something about it, which of them are ornament.

Pure; the tree is not changed.
Standards: HTML 4.8.3 (img), 4.8.4.2.1 (srcset), 4.4.12 (figure); AMP (amp-img).
"""

import re
from collections.abc import Iterator
from itertools import islice

from cuttings.parse.page.blocks import IMAGES
from cuttings.text import urls
from cuttings.text.xml import Element

LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-full-src",
    "data-hi-res-src",
    "data-orig-file",
    "data-large-file",
    "data-original-src",
    "data-echo",
    "data-image-src",
    "nitro-lazy-src",
)
"""Where an image waits until a script has shown it."""
_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set", "srcset")

_LARGEST_USEFUL = 2_600  # pixels: beyond it are originals for print, seen with 60 MB
_CANDIDATE = re.compile(r"([^\s,]\S{0,4000})(?:\s+([0-9.]{1,9})([wx]))?\s*(?:,|$)")
_MOST_CANDIDATES = 60
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.=-])(?:blank|spacer|placeholder|1x1|1px|pixel|transparent|clear|dot|grey|gray|loading|loader|lazy"
    r"|lazyload)(?:[_.\d-]|$)",
    re.IGNORECASE,
)
_ORNAMENT = re.compile(
    r"(?:^|[/_.=-])(?:icons?|arrows?|subscribe|avatars?|gravatar|logos?|sprites?|favicon|smil(?:ey|ies)|emojis?|badges?"
    r"|buttons?|pixel|tracking|beacon|spacer|1x1|rss|facebook|twitter|whatsapp|linkedin|pinterest)(?:[/_.\d-]|$)",
    re.IGNORECASE,
)
_SMALLEST = 50  # pixels
_ORNAMENTAL = frozenset(
    "icon icons avatar avatars gravatar logo logos share sharing social sprite emoji smiley tracking pixel author"  # noqa: SIM905
    " authors byline headshot bio related recommended promo sponsor sponsored advert advertisement ad ads badge".split()
)
_SYMBOLS = frozenset(("emoji", "smiley", "wp-smiley", "emojione"))
_SIZED = re.compile(r"(?:-\d{1,5}x\d{1,5}|-scaled|@\dx)?(?:\.\w{2,5})?$")
_TELLING = 10  # characters: shorter names are numbers, or those of programs that many images come from
_FORMULAE = re.compile(r"math|latex|formula", re.IGNORECASE)
_NAME_PART = re.compile(r"[A-Za-z][a-z]+|[A-Z]+")
_SIZE = re.compile(r"\s*([0-9]{1,5})(?:\.[0-9]+)?(?:px)?\s*")
_STYLED = re.compile(r"(?:^|[;\s])(?:width|height)\s*:\s*([0-9]{1,5})(?:\.[0-9]+)?px")
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)$", re.IGNORECASE)


def address(image: Element, base: str) -> str | None:
    """Return where an image is: the largest of what its sets name, else what a script would load, else its source.

    None where it is a placeholder, or in the page itself.
    """
    for candidate in _candidates(image):
        if candidate and "{" not in candidate and candidate.lstrip()[:5].lower() != "data:":
            url = urls.absolute(base, candidate)
            if url and not _PLACEHOLDER.search(_file(url)):
                return url
    return None


def pictures(node: Element) -> Iterator[Element]:
    """Yield the images in an element, itself included, in document order."""
    return node.iter(*IMAGES)


def is_symbol(image: Element) -> bool:
    """Tell whether an image stands for a character: its alt text is that character."""
    return bool(image.get("alt")) and not _SYMBOLS.isdisjoint((image.get("class") or "").split())


def is_ornament(image: Element, url: str, around: tuple[Element, ...]) -> bool:
    """Tell whether an image is an icon, a face, a logo, a counter, by its size, its names and those `around` it."""
    if _FORMULAE.search(f"{image.get('class') or ''} {url[:200]}"):
        return False
    return (
        _is_small(image)
        or bool(_ORNAMENT.search(_path(url)))
        or any(not _ORNAMENTAL.isdisjoint(_names(element)) for element in (image, *around))
    )


def is_picture_file(url: str) -> bool:
    """Tell whether an address is that of an image, by its extension."""
    return bool(_PICTURE_FILE.search(url.partition("#")[0].partition("?")[0]))


def key(url: str) -> str:
    """Return what the sizes of one image share: its file's name, its whole path where that tells little."""
    head, _, query = url.partition("#")[0].partition("?")
    path = head.split("//", 1)[-1].partition("/")[2]
    file = path.rpartition("/")[2]
    name = _SIZED.sub("", file)
    if len(name) >= _TELLING:
        return name
    return path if "." in file else f"{path}?{query}"


def _candidates(image: Element) -> Iterator[str | None]:
    yield _largest(_sets(image))
    for name in LAZY:
        yield image.get(name)
    yield from _unscripted(image)
    yield image.get("src")


def _sets(image: Element) -> Iterator[str]:
    """The candidates that an image and the sources beside it in a picture name."""
    for name in _SETS:
        yield image.get(name) or ""
    picture = next(image.iterancestors("picture"), None)
    if picture is not None:
        for source in islice(picture.iter("source"), _MOST_CANDIDATES):
            for name in _SETS:
                yield source.get(name) or ""


def _largest(sets: Iterator[str]) -> str | None:
    """Return the widest candidate of the first set that has any; the last of those that tell no width."""
    for candidates in sets:
        best, widest = None, -1.0
        for number, found in enumerate(_CANDIDATE.finditer(candidates[:20_000])):
            width = _number(found[2]) * (1 if found[3] == "w" else 1_000)
            if number < _MOST_CANDIDATES and widest <= width and (width <= _LARGEST_USEFUL or best is None):
                best, widest = found[1], width
        if best and not best.startswith("data:"):
            return best
    return None


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _unscripted(image: Element) -> Iterator[str | None]:
    """What the noscript element beside a lazy image, or beside the picture it stands in, names."""
    for element in (image, next(image.iterancestors("picture"), None)):
        for beside in () if element is None else (element.getnext(), element.getprevious()):
            if beside is not None and beside.tag == "noscript":
                found = next(beside.iter("img"), None)
                yield None if found is None else _largest(_sets(found)) or found.get("src")


def _is_small(image: Element) -> bool:
    sizes = [_SIZE.fullmatch(image.get(name) or "") for name in ("width", "height")]
    told = [int(size[1]) for size in sizes if size]
    told += [int(size) for size in _STYLED.findall((image.get("style") or "")[:500])]
    return any(1 < size < _SMALLEST for size in told) or (bool(told) and max(told) == 1)


def _names(element: Element) -> list[str]:
    said = f"{element.get('class') or ''} {element.get('id') or ''}"[:400]
    return [part.lower() for part in _NAME_PART.findall(said)]


def _path(url: str) -> str:
    """An address's path from its last folder on: above it are names of sites and systems."""
    path = url.partition("#")[0].partition("?")[0].split("/", 3)[-1]
    return "/" + "/".join(path.split("/")[-2:])


def _file(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].rpartition("/")[2]
