"""HTML fragments: cleaned on the way in, read as plain text, made from plain text.

Pure.  The one door to nh3, an allow-list sanitiser on a real HTML5 parser.
What it returns is regular: every `<` opens a tag and every attribute value
stands in double quotes, so that `_TAG` below takes it apart exactly.
Serves THREATS 1.2 (X1, X2), 1.13 (Y1), H-67 to H-76; STANDARDS 16.
"""

import html as entities
import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

import nh3

from cuttings.text import urls

LONGEST = 2_000_000  # characters; a fragment longer than this is no article (H-76)
DEEPEST = 100  # elements within each other; the HTML5 algorithm looks through them all at each tag

BLOCK_NAMES = frozenset(  # each starts a new line of text
    "address article aside blockquote caption dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header"  # noqa: SIM905
    " hr li main ol p pre section summary table tbody tfoot thead tr ul".split()
)
_INLINE = frozenset(
    "a abbr b bdi bdo br cite code del dfn em i img ins kbd mark q rp rt ruby s samp small strong sub sup td th time"  # noqa: SIM905
    " tt u var wbr".split()
)
_DROPPED = set(  # with all that is in them
    "applet button datalist dialog embed iframe math noembed noframes object script select style svg template"  # noqa: SIM905
    " textarea title".split()
)
_ALLOWED = set(BLOCK_NAMES | _INLINE)
_ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height", "style", "data-src", "data-lazy-src", "data-original"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_LAZY = ("data-src", "data-lazy-src", "data-original")  # where an image waits until a script has shown it
_LINKS = ("http", "https", "mailto", "tel")
_SCHEMES = {*_LINKS, "data"}

_TAG = re.compile(r'<(/?[a-z][a-z0-9]*)(?: [^\s"=<>]+="[^"]*")*>')
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>?")
_FLAT = frozenset(  # void, or ended by the next of their kind
    "area base br col dd dt embed hr img input li link meta p param source tbody td tfoot th thead tr track wbr".split()  # noqa: SIM905
)
_MANY = 2_000  # tags; fewer cost nothing worth looking at
_IMAGE = re.compile(r'<img((?: [^\s"=<>]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([^\s"=<>]+)="([^"]*)"')
_HREF = re.compile(r'(<a(?: [^\s"=<>]+="[^"]*")*?) href="([^"]*)"')
_QUOTES = {"&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;"}
_QUOTED = re.compile('[&"<>]')
_FIGCAPTION = re.compile(r"<figcaption[^<>]*>(.*?)</figcaption>", re.DOTALL)
_EMPTY = re.compile(r"<(p|a|div|figure|strong|em|b)(?: [^<>]*)?>\s*(?:<br>\s*)*</\1>")
_NOSCRIPT = re.compile(r"</?noscript\b[^<>]*>", re.IGNORECASE)  # lazy loaders keep the real image in it
_UNSEEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![-\w])(?:width|height)\s*:\s*[0-2](?:px)?\s*(?:;|$)"
)
_SMALLEST = 3  # pixels: what is smaller counts readers (Y1)
_SMALLEST_LEAD = 100  # pixels: what is smaller is an icon, a face, a smiley
_RASTER = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=%\s]*", re.IGNORECASE)
_PLACEHOLDER, _LARGEST_DATA = 400, 87_400  # characters of a data: URL; the latter is 64 KB in base64
_BEACONS = re.compile(
    r"//(?:[^/?#]*\.)?(?:feedburner\.com/~|feedsportal\.com/|doubleclick\.net/|google-analytics\.com/|quantserve\.com/"
    r"|scorecardresearch\.com/|(?:pixel|stats)\.wp\.com/|stats\.wordpress\.com/|feeds\.wordpress\.com/1\.0/"
    r"|facebook\.com/tr\b|medium\.com/_/stat|follow\.it/track|pixel\.propublica\.org/|counter\.theconversation\.com/"
    r"|rss\.buysellads\.com/|feedads\.g\.|ads\.pheedo\.com/|pixel\.newscred\.com/|list-manage\.com/track/)"
    r"|[?&]republication-pixel=|/count\.gif\?distributor=",
    re.IGNORECASE,
)

_KEPT_OF_IMAGES = ("alt", "title", "width", "height", "lang", "dir")

# What parts text, as control characters on the way; none is left in a clean fragment.
_BLOCK, _BR, _CAPTION_OPENS, _CAPTION_CLOSES = "\0", "\1", "\2", "\3"
_PARTING = {"br": _BR, "td": " ", "th": " ", "rp": " "}
_CAPTION = re.compile("\2[^\2\3]*\3")
_TWO_BREAKS = re.compile("\1\\s*\1")
_MARK_OF = {
    **{f"{slash}{name}": _BLOCK for name in BLOCK_NAMES for slash in ("", "/")},
    **{f"{slash}{name}": mark for name, mark in _PARTING.items() for slash in ("", "/")},
    "figcaption": _CAPTION_OPENS,
    "/figcaption": _CAPTION_CLOSES,
}

_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 2.2, Char
_DECEIVING = re.compile(r"[\u202a-\u202e\u2066-\u2069\ufeff]")  # bidi overrides and isolates, BOMs
_CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\s]+")
_MARKED_UP = re.compile(
    r"</?(?:b|i|em|strong|sub|sup|code|br|span|a)(?:\s[^<>]*)?/?>|&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});"
)
_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")


def sanitised(html: str, base: str) -> str:
    """Return a fragment with nothing in it but what an article needs, all URLs absolute.

    Relative URLs resolve against `base` ("" for unknown: they are dropped).
    Links go to http, https, mailto and tel.  Out are tracking parameters, and
    images that are unseen, tiny, known beacons or without an address; images
    that wait for a script get their address.  Links carry rel=noopener.
    """

    clean = nh3.clean(
        _NOSCRIPT.sub("", _bounded(html)),
        tags=_ALLOWED,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
    )
    if " href=" in clean:
        clean = _HREF.sub(lambda link: _link(base, link), clean)
    if "<img" in clean:
        clean = _IMAGE.sub(lambda image: _shown(base, image), clean)
    return legal(clean).strip()


def text_of(html: str) -> str:
    """Return what `sanitised` returned as plain text: one line a block, blocks parted by blank lines.

    White space is collapsed.  A line break is a blank, two of them part
    blocks; a table's row is a block.  Figures' captions and alt texts are not
    in it.
    """
    return "\n\n".join(_blocks(html))


def plain(value: str, kind: Literal["text", "html"]) -> str:
    """Return a title, a name or the like as one line of plain text, NFC.

    "text" is taken as it is, "html" decoded once and without its tags.
    Control characters and bidi overrides are out (STANDARDS 16).
    """
    if kind == "html" and ("<" in value or "&" in value):
        value = " ".join(_blocks(_bare(value)))
    value = _CONTROLS.sub(" ", _DECEIVING.sub("", value[:LONGEST]))
    return unicodedata.normalize("NFC", legal(value).strip())


def kind_of(value: str) -> Literal["text", "html"]:
    """Tell how a text of undeclared kind, such as an RSS title, is meant.

    "html" where it holds a tag that people put into titles, or an entity
    (escaped twice); a lone `<` is text (STANDARDS 16).
    """
    return "html" if _MARKED_UP.search(value) else "text"


def summary(text: str, limit: int = 300) -> str:
    """Return a text as one line of at most `limit` characters, cut at a word and then ended by "…"."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    head = line[:limit]  # one more than there is room for beside the mark: a word may end right there
    cut = head.rfind(" ")
    head = head[:cut] if cut > limit // 2 else head[: limit - 1]  # no blanks: Chinese, Japanese, Thai
    return head.rstrip(" ,;:–—-") + "…"


class Opening(NamedTuple):
    """The image that a fragment opens with, and the fragment without it."""

    url: str
    alt: str | None
    caption: str | None
    rest: str


def opening_image(html: str) -> Opening | None:
    """Return the image that stands before any text of what `sanitised` returned; None for icons, and for none.

    Its figure goes with it, so does what is left empty around it.
    """
    image = _IMAGE.search(html)
    if image is None or next(_blocks(html[: image.start()]), None):
        return None
    found = attributes_of(image[1])
    if _is_below(found, _SMALLEST_LEAD) or not found["src"].startswith("http"):
        return None
    start, end = _figure_around(html, image) or image.span()
    caption = _FIGCAPTION.search(html, start, end)
    return Opening(
        url=found["src"],
        alt=plain(found.get("alt", ""), "text") or None,
        caption=plain(caption[1], "html") or None if caption else None,
        rest=_EMPTY.sub("", _EMPTY.sub("", html[:start] + html[end:], 3), 3).strip(),
    )


def escaped(text: str) -> str:
    """Return plain text as HTML, for element content and quoted attribute values alike."""
    return entities.escape(legal(text), quote=True)


def paragraphs(text: str) -> str:
    """Return plain text as HTML: a paragraph where blank lines part it, a line break where a line ends."""
    blocks = (block.strip() for block in _PARAGRAPHS.split(text.replace("\r\n", "\n").replace("\r", "\n")))
    return "".join(f"<p>{_broken(block)}</p>" for block in blocks if block)


def legal(text: str) -> str:
    """Return a text with U+FFFD for what XML 1.0 cannot hold: most controls, lone surrogates, non-characters."""
    return _ILLEGAL.sub("\ufffd", text) if _ILLEGAL.search(text) else text


def attributes_of(tag: str) -> dict[str, str]:
    """Return the attributes of one start tag, or of their part of it, in what `sanitised` returned."""
    return {name: entities.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}


def _broken(block: str) -> str:
    return "<br>".join(escaped(line.strip()) for line in block.split("\n"))


def _bounded(html: str) -> str:
    """Return what nh3 takes, and in time: no lone surrogates, not too long, not too deep."""
    html = html[:LONGEST]
    try:
        html.encode()
    except UnicodeEncodeError:
        html = legal(html)
    return _flattened(html) if html.count("<") > _MANY else html


def _flattened(html: str) -> str:
    """Without the tags of elements that lie deeper than DEEPEST."""
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[2].lower() in _FLAT:
            return tag[0]
        if tag[1]:
            depth -= depth > 0
            return tag[0] if depth < DEEPEST else ""
        depth += 1
        return tag[0] if depth <= DEEPEST else ""

    return _ANY_TAG.sub(kept, html)


def _bare(html: str) -> str:
    """Only the tags that say where a block ends, for reading."""
    tags = set(BLOCK_NAMES | _PARTING.keys())
    clean = nh3.clean(_bounded(html), tags=tags, clean_content_tags=_DROPPED, attributes={}, link_rel=None)
    return _CONTROLS.sub(" ", clean)


def _link(base: str, link: re.Match[str]) -> str:
    """Return a link's tag up to its address, which is out where it leads nowhere."""
    url = urls.absolute(base, _read(link[2]), _LINKS)
    return link[1] if url is None else f'{link[1]} href="{_written(urls.clean(url))}"'


def _shown(base: str, image: re.Match[str]) -> str:
    """Return an image's tag with what readers need, "" for one that is none."""
    found = dict(_ATTRIBUTE.findall(image[1]))
    addresses = (_source(base, name, _read(found[name])) for name in (*_LAZY, "src") if found.get(name))
    source = next(filter(None, addresses), None)
    if source is None or _UNSEEN.search(found.get("style", "").lower()) or _is_below(found, _SMALLEST):
        return ""
    written = _written(source)
    if _BEACONS.search(written):
        return ""
    kept = {"src": written, **{name: found[name] for name in _KEPT_OF_IMAGES if name in found}}
    return "<img" + "".join(f' {name}="{value}"' for name, value in kept.items()) + ">"


def _source(base: str, name: str, value: str) -> str | None:
    """Return where an image is; of a picture in the address itself only what is no placeholder, and not too large."""
    if name == "src" and value[:5].lower() == "data:":
        return value if _PLACEHOLDER < len(value) <= _LARGEST_DATA and _RASTER.fullmatch(value) else None
    return urls.absolute(base, value)


def _read(attribute: str) -> str:
    return entities.unescape(attribute) if "&" in attribute else attribute


def _written(address: str) -> str:
    """Return an address, in which is nothing but ASCII, as nh3 writes an attribute."""
    return _QUOTED.sub(lambda found: _QUOTES[found[0]], address)


def _is_below(found: dict[str, str], pixels: int) -> bool:
    sizes = (found.get(name, "").strip().removesuffix("px") for name in ("width", "height"))
    return any(size.isdecimal() and int(size[:5]) < pixels for size in sizes)


def _figure_around(html: str, image: re.Match[str]) -> tuple[int, int] | None:
    """Return where the figure begins and ends that an image stands in alone."""
    start = html.rfind("<figure", 0, image.start())
    end = html.find("</figure>", image.end())
    if start < 0 or end < 0 or html.find("</figure>", start, image.start()) >= 0:
        return None
    return None if _IMAGE.search(html, image.end(), end) else (start, end + len("</figure>"))


def _blocks(html: str) -> Iterator[str]:
    """Yield the text of each block that has any, white space collapsed."""
    pieces = _TAG.split(html)
    pieces[1::2] = [_MARK_OF.get(name, "") for name in pieces[1::2]]
    marked = "".join(pieces)
    if _CAPTION_OPENS in marked:
        marked = _CAPTION.sub(_BLOCK, marked)
    marked = _TWO_BREAKS.sub(_BLOCK, entities.unescape(marked)) if _BR in marked else entities.unescape(marked)
    marked = marked.replace(_BR, " ").replace(_CAPTION_OPENS, "").replace(_CAPTION_CLOSES, "")
    for block in marked.split(_BLOCK):
        if line := " ".join(block.split()):
            yield line
