"""Inline content of a page as HTML: links, emphasis and the like, with nothing else in it.

Pure; the tree is not changed.
Standards: HTML 4.5 (text-level semantics), 4.7 (edits).
"""

from collections.abc import Callable, Iterable

from cuttings.parse.page.blocks import IMAGES, UNSHOWN
from cuttings.text import markup, urls
from cuttings.text.xml import Element

LINKED = ("http", "https", "mailto", "tel")

_SAME = frozenset(
    "abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small strong sub sup time u var".split()  # noqa: SIM905
)
_OTHERWISE = {"tt": "code", "strike": "s", "acronym": "abbr"}  # HTML 16.2: obsolete, and what stands for them now
_TOLD = {"abbr": ("title",), "acronym": ("title",), "time": ("datetime",), "bdo": ("dir",), "dfn": ("title",)}
_PERMALINKS = frozenset("#¶§🔗")  # what the link of a heading to itself shows

Picture = Callable[[Element], str]
"""An image as HTML, "" where it does not belong to the text."""


def rendered(nodes: Iterable[Element | str], base: str, picture: Picture, *, verbatim: bool = False) -> str:
    """Return a run of inline content as HTML, without line breaks at its ends unless it is `verbatim`."""
    parts: list[str] = []
    writer = _Writer(base, picture, verbatim, parts)
    for node in nodes:
        if isinstance(node, str):
            parts.append(markup.escaped(node))
        else:
            writer.write(node)
    return "".join(parts) if verbatim else _trimmed("".join(parts))


def opening(element: Element, base: str) -> tuple[str, str]:
    """Return the tags that stand for an inline element, each "" where its content stands for itself."""
    tag = str(element.tag)
    if tag == "a":
        url = urls.absolute(base, element.get("href") or "", LINKED) if element.get("href") else None
        return (f'<a href="{markup.escaped(url)}">', "</a>") if url else ("", "")
    name = tag if tag in _SAME else _OTHERWISE.get(tag, "")
    if not name:
        return "", ""
    told = "".join(f' {key}="{markup.escaped(value)}"' for key in _TOLD.get(tag, ()) if (value := element.get(key)))
    return f"<{name}{told}>", f"</{name}>"


class _Writer:
    def __init__(self, base: str, picture: Picture, verbatim: bool, parts: list[str]) -> None:
        self._base, self._picture, self._verbatim, self._parts = base, picture, verbatim, parts

    def write(self, element: Element) -> None:
        tag = element.tag
        if tag == "br":
            self._parts.append("\n" if self._verbatim else "<br>")
        elif tag in IMAGES:
            self._parts.append(self._picture(element))
        elif tag not in UNSHOWN or tag == "source":  # what follows it stands in it, as libxml2 reads
            self._around(element)

    def _around(self, element: Element) -> None:
        """Write an element; one that nothing is in is left out, what parted words in it stays."""
        opens, closes = opening(element, self._base)
        start = len(self._parts)
        if opens:
            self._parts.append(opens)
        if element.text:
            self._parts.append(markup.escaped(element.text))
        for child in element:
            self.write(child)
            if child.tail:
                self._parts.append(markup.escaped(child.tail))
        if opens:
            self._close(element, start, closes)

    def _close(self, element: Element, start: int, closes: str) -> None:
        inner = "".join(self._parts[start + 1 :])
        if not inner.strip() or (element.tag == "a" and inner.strip() in _PERMALINKS):
            self._parts[start:] = [inner if not inner.strip() else ""]
        else:
            self._parts.append(closes)


def _trimmed(html: str) -> str:
    html = html.strip()
    while html.startswith("<br>"):
        html = html[4:].lstrip()
    while html.endswith("<br>"):
        html = html[:-4].rstrip()
    return html
