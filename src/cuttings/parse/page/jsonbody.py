"""An article's text out of the JSON in its page, for pages that show the rest of it by a script only.

Looked at are JSON-LD, and the data that scripts build the page from.  A text
counts only where it holds what was found on the page and goes on with what
the page has nowhere: else it is another article, the same one without its
markup, or the same one with all that stands around it.  Pure; sizes, depths and
numbers are bounded.
Standards: schema.org Article (articleBody).
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cuttings.parse.page.blocks import Block
from cuttings.text import markup
from cuttings.text.xml import Element

LARGEST = 1_000_000  # characters of one script, and of a body
_MOST_SCRIPTS = 20
_SHORTEST_SCRIPT = 800  # characters: below, no article is in it
_DEEPEST, _MOST_VALUES = 40, 60_000  # of what JSON holds
_FEWEST_WORDS = 80  # of a body
_LONGER, _MORE = 1.15, 60  # times, and words more, that a body must have of what is shown
_HELD = 0.75  # share of what is shown that a body must hold, in runs of four words
_NEARLY = 0.1  # less of it than the best body holds is as good
_RUN = 4
_PROBES, _PROBE = 8, 24  # texts looked for in a script before it is read, and their characters

_BODIES = frozenset(
    (
        *("articlebody", "body", "bodyhtml", "body_html", "bodytext", "content", "contenthtml", "content_html", "html"),
        *("text", "articletext", "articlehtml", "storyhtml", "rendered", "fulltext", "main", "story", "copy"),
    )
)
_NAMES = ("type", "name", "nodeType", "tagName", "tag", "_type", "kind", "__typename")
_CHILDREN = ("content", "children", "items", "nodes", "blocks")
_TEXTS = ("textHtml", "html", "contentHtml", "value", "text", "data", "content", "body", "innerHtml")
_HEADED = ("headline", "title", "slug", "canonical_url")  # what has one is an article of its own, no block
_ELEMENTS = {
    **dict.fromkeys(("p", "paragraph", "text-paragraph", "textparagraph", "rawhtml", "raw_html"), "p"),
    **dict.fromkeys(("heading", "header", "subheading", "subhead", "crosshead", "h1", "h2"), "h2"),
    **{name: name for name in ("h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "sub", "sup")},
    **dict.fromkeys(("unordered-list", "unordered_list", "bullet_list", "bulletlist", "list"), "ul"),
    **dict.fromkeys(("ordered-list", "ordered_list", "orderedlist", "numbered_list"), "ol"),
    **dict.fromkeys(("list-item", "list_item", "listitem"), "li"),
    **dict.fromkeys(("quote", "block-quote"), "blockquote"),
    **dict.fromkeys(("strong", "b", "bold"), "strong"),
    **dict.fromkeys(("em", "i", "italic"), "em"),
}
_BLOCKS = frozenset(("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre"))
_ASIDES = re.compile(
    r"(?:^|[^a-z])(?:ads?|advert\w*|newsletter|related|recirc\w*|promo\w*|embed|image|photo|picture|video|audio|media|"
    r"gallery|figure|chart|social|tweet|interstitial\w*|reference|script|style|iframe|signup|paywall|pull-?quote)"
    r"(?:[^a-z]|$)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(?:p|br|div|h[1-6]|ul|ol|blockquote)\b[^<>]*>", re.IGNORECASE)
_KNOWN_TAG = re.compile(
    r"</?(?:p|br|div|h[1-6]|ul|ol|li|blockquote|a|b|i|u|em|strong|span|small|su[bp]|code|img|figure|cite|q)\b[^<>]*>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
_ESCAPED = re.compile(r"&(?:lt|#60);/?(?:p|br|div|h[1-6])\b")
_PART = re.compile(r"\r?\n\s*|\s*<br\s*/?>\s*<br\s*/?>\s*")
_PARAGRAPH = re.compile(r"(<(p|h[1-6]|li|blockquote)\b[^<>]*>)(.*?)</\2>", re.DOTALL | re.IGNORECASE)
_ASSIGNED = re.compile(r"[=(]\s*(?:JSON\.parse\(\s*)?(?=[{\[\"])")
_PLAIN = re.compile(rf"[A-Za-z0-9 ,;:.()-]{{{_PROBE}}}")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A text found in JSON: HTML as its author's system holds it, not sanitised; `at` are the keys that led to it."""

    html: str
    words: int
    at: str


def body_of(root: Element, found: Sequence[Block], kept: Sequence[bool], title: str, description: str) -> Body | None:
    """Return the article's body from the page's JSON; None where what is kept of the page's blocks is no shorter.

    Where nothing is kept, a body must have the page's title or hold its
    description.
    """
    shown = "\n".join(block.text for block, keep in zip(found, kept, strict=True) if keep)
    own = _Own(shown, title, description)
    bodies = [body for script in _scripts(root, shown) for body in _Reader(own).read(script)]
    if not bodies:
        return None
    best = max(own.share(body) for body in bodies) - _NEARLY
    body = max((body for body in bodies if own.share(body) >= best), key=lambda body: body.words)
    return body if _goes_on(body, shown, found) else None


def _goes_on(body: Body, shown: str, found: Sequence[Block]) -> bool:
    """Tell whether what a body has beyond the text is not on the page: what is there was left out on purpose."""
    beyond = _runs(_words(_bare(body.html))) - _runs(_words(shown))
    unseen = beyond - _runs(_words("\n".join(block.text for block in found)))
    return len(unseen) >= max(_MORE, len(beyond) / 2)


class _Own:
    """What tells an article's own text from another's."""

    def __init__(self, shown: str, title: str, description: str) -> None:
        self._title = _folded(title)
        self._words = _words(shown)
        known = shown if len(self._words) >= _RUN * 2 else description
        self._runs = _runs(_words(known))
        self._shares: dict[str, float] = {}

    def is_longer(self, words: int) -> bool:
        shown = len(self._words)
        return words >= max(_FEWEST_WORDS, shown * _LONGER, shown + _MORE)

    def share(self, body: Body) -> float:
        if body.html not in self._shares:
            held = _runs(_words(_bare(body.html)))
            self._shares[body.html] = len(self._runs & held) / len(self._runs) if self._runs else 0.0
        return self._shares[body.html]

    def holds(self, body: Body, headline: str) -> bool:
        """Tell whether a body is this article's; `headline` is what the JSON gives beside it."""
        if self._words and self._runs:
            return self.share(body) >= _HELD
        headed = len(self._title) > _PROBE // 2 and _folded(headline) == self._title
        return headed or (bool(self._runs) and self.share(body) >= _HELD)


def _scripts(root: Element, shown: str) -> Iterator[Any]:
    """Yield what the JSON of a page holds, where it has some of what is shown."""
    probes = _probes(shown)
    looked = 0
    for script in root.iter("script"):
        text = script.text or ""
        if not _SHORTEST_SCRIPT <= len(text) <= LARGEST or looked >= _MOST_SCRIPTS:
            continue
        if len(shown) < len(text) * 2 and (not probes or any(probe in text for probe in probes)):
            looked += 1
            yield from _loaded(text, (script.get("type") or "").lower())


def _probes(shown: str) -> list[str]:
    """Return bits of what is shown as JSON would hold them."""
    lines = sorted((line for line in shown.split("\n") if len(line) >= _PROBE), key=len, reverse=True)[:_PROBES]
    plain = [found[0] for line in lines if (found := _PLAIN.search(line))]
    if plain:
        return plain
    bits = [line[: _PROBE // 2] for line in lines]
    return [*bits, *(json.dumps(bit)[1:-1] for bit in bits)]


def _loaded(text: str, kind: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(strict=False)
    opening = 0
    if "json" not in kind:
        assigned = _ASSIGNED.search(text, 0, 5_000)
        if assigned is None:
            return
        opening = assigned.end()
    try:
        value, _ = decoder.raw_decode(text.lstrip() if not opening else text, opening)
        yield decoder.decode(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return


class _Reader:
    """Finds the bodies in one JSON value."""

    def __init__(self, own: _Own) -> None:
        self._own, self._left = own, _MOST_VALUES

    def read(self, value: Any) -> Iterator[Body]:
        yield from self._walk(value, (), "")

    def _walk(self, value: Any, keys: tuple[str, ...], headline: str) -> Iterator[Body]:
        self._left -= 1
        if self._left < 0 or len(keys) > _DEEPEST:
            return
        if isinstance(value, dict):
            headline = _headline(value) or headline
            for key, below in value.items():
                if isinstance(below, dict | list) or (isinstance(below, str) and key.lower() in _BODIES):
                    yield from self._walk(below, (*keys, key), headline)
        elif isinstance(value, list):
            if _is_run_of_blocks(value):
                yield from self._own_body(_rendered(value, 0), keys, headline)
            else:
                for below in value[:200]:
                    yield from self._walk(below, keys, headline)
        elif isinstance(value, str) and len(value) >= _FEWEST_WORDS * 3:
            yield from self._own_body(_as_html(value), keys, headline)

    def _own_body(self, found: str, keys: Sequence[str], headline: str) -> Iterator[Body]:
        found = _once(found[:LARGEST])
        words = len(_runs(_words(_bare(found))))  # a body that says all twice is no longer for it
        body = Body(html=found, words=words, at=".".join(keys)[-80:])
        if keys and self._own.is_longer(words) and _is_prose(found, words) and self._own.holds(body, headline):
            yield body


def _headline(value: dict[str, Any]) -> str:
    return next((value[key] for key in ("headline", "title", "name") if isinstance(value.get(key), str)), "")


def _is_run_of_blocks(value: list[Any]) -> bool:
    """Tell whether a list is a text: its members mostly blocks of one, told by what they are named and hold."""
    blocks = [one for one in value[:50] if isinstance(one, dict) and _name(one) and not any(k in one for k in _HEADED)]
    return len(blocks) >= 2 and len(blocks) * 2 > len(value[:50]) and any(map(_holds_text, blocks))


def _holds_text(node: dict[str, Any]) -> bool:
    return any(isinstance(node.get(key), str) for key in _TEXTS) or any(
        isinstance(node.get(key), list) for key in _CHILDREN
    )


def _name(node: dict[str, Any]) -> str:
    """What a node is: the most telling of its names."""
    names = [name.lower() for key in _NAMES if isinstance(name := node.get(key), str) and name]
    return next((name for name in names if name in _ELEMENTS), names[0] if names else "")


def _rendered(nodes: Sequence[Any], depth: int) -> str:
    return "".join(_node(node, depth) for node in nodes if isinstance(node, dict | str))


def _node(node: dict[str, Any] | str, depth: int) -> str:
    """Render a node of a text; what is no text (pictures, advertisements, boxes) is left out."""
    if isinstance(node, str):
        return _inline(node)
    name = _name(node)
    if depth > _DEEPEST or _ASIDES.search(name):
        return ""
    inner = _inner(node, depth)
    element = _ELEMENTS.get(name, "p" if depth == 0 and inner and not _TAG.search(inner) else "")
    if name in ("a", "link") or _address(node):
        address = _address(node)
        return f'<a href="{markup.escaped(address)}">{inner}</a>' if address and inner.strip() else inner
    if element == "p" and _TAG.search(inner):
        return inner
    return f"<{element}>{inner}</{element}>" if element and inner.strip() else inner


def _inner(node: dict[str, Any], depth: int) -> str:
    for key in _CHILDREN:
        below = node.get(key)
        if isinstance(below, list) and below:
            return _rendered(below, depth + 1)
    return next((_inline(text) for key in _TEXTS if isinstance(text := node.get(key), str) and text), "")


def _address(node: dict[str, Any]) -> str:
    """Where a node links to, by its own attributes or those of the link in it."""
    places = [
        node,
        *(node[key] for key in ("data", "attribs", "attrs", "attributes") if isinstance(node.get(key), dict)),
    ]
    links = [place["link"] for place in places if isinstance(place.get("link"), dict)]
    found = [place.get(key) for place in (*places, *links) for key in ("webUrl", "data-web-url", "href")]
    return next((address for address in found if isinstance(address, str) and address), "")


def _inline(text: str) -> str:
    return text if _KNOWN_TAG.search(text) else markup.escaped(html.unescape(text))


def _as_html(text: str) -> str:
    """Return a body as HTML: as it is, unescaped, or its lines as paragraphs."""
    if _ESCAPED.search(text):
        text = html.unescape(text)
    if _TAG.search(text):
        return text
    return "".join(f"<p>{_inline(line.strip())}</p>" for line in _PART.split(text) if line.strip())


def _once(text: str) -> str:
    """Return a body without the paragraphs that it has twice."""
    seen: set[str] = set()

    def first(found: re.Match[str]) -> str:
        squeezed = _folded(_bare(found[3]))
        if len(squeezed) > 2 * _PROBE and squeezed in seen:
            return ""
        seen.add(squeezed)
        return found[0]

    return _PARAGRAPH.sub(first, text)


def _is_prose(text: str, words: int) -> bool:
    """Tell sentences from style sheets, scripts and lists of names."""
    bare = _bare(text)
    ends = sum(map(bare.count, ".。!?！？؟।"))
    return ends * 60 >= words and sum(map(bare.count, "{};=")) * 40 < words and "<script" not in text[:5_000]


def _bare(text: str) -> str:
    return html.unescape(_ANY_TAG.sub(" ", text))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return set(zip(*(words[start:] for start in range(_RUN)), strict=False))


def _folded(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
