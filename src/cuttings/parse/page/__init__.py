"""An article's page as a source: one entry, its text with its markup, and what the page says of itself.

Pure.  The one door to trafilatura, which finds the text; its tree is rendered
to HTML here, with what it loses on the way (captions, images without file
extension, preformatted code) put back from the page's own tree.
Serves THREATS H-122.
"""

import logging
from collections.abc import Set
from dataclasses import dataclass

from trafilatura import bare_extraction
from trafilatura.settings import Document as Extracted

from cuttings.errors import ParseError
from cuttings.model.article import Channel, Digest, Entry, Image, Parsed, Trace
from cuttings.model.capture import Document
from cuttings.parse.discovery import base_of, feed_pairs, tree_of
from cuttings.parse.metadata import Metadata, metadata
from cuttings.text import markup, urls, xml
from cuttings.text.digest import sha256
from cuttings.text.xml import Element

_NUMBERED = "http://image.invalid/"  # stands for the page's images while trafilatura works
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-full-src", "data-hi-res-src")
_SETS = ("data-srcset", "data-lazy-srcset")
_INLINE = {"#b": "strong", "#i": "em", "#u": "u", "#t": "code", "#sub": "sub", "#sup": "sup"}
_LINKED = ("http", "https", "mailto", "tel")
_EXTRACTED = ("text", "extracted from the page", "by trafilatura")
_NOTHING_EXTRACTED = ("text", "none found on the page", "its head alone speaks")
_BLOCKS = {"p": "p", "quote": "blockquote", "table": "table", "row": "tr", "div": "div"}

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its complaints about pages are no news


def read(document: Document, known: Set[Digest]) -> Parsed:
    """Return the article of a page as one entry of status "full", "partial" where no text was found.

    Raises ParseError where there is neither a text nor a title.
    """
    root, warnings = tree_of(document)
    base = base_of(root, document.url)
    said = metadata(root, base)
    trace = _trace(document, said)
    channel = Channel(title=said.site, language=said.language, links=feed_pairs(root, base))
    if trace.digest in known:
        return Parsed(channel=channel, entries=(), present=(trace,), warnings=warnings)
    entry = _entry(trace, base, said, _content(root, base, said.title))
    if not entry.content and not entry.title:
        raise ParseError(document.url, "a page without a title and without a text")
    return Parsed(channel=channel, entries=(entry,), present=(trace,), warnings=warnings)


def _trace(document: Document, said: Metadata) -> Trace:
    link = urls.absolute("", document.url) or said.canonical
    return Trace(guid=None, link=link, title=said.title, digest=sha256(document.body)[:16])


def _entry(trace: Trace, base: str, said: Metadata, content: str) -> Entry:
    return Entry(
        trace=trace,
        base=base,
        title=said.title,
        subtitle=said.subtitle,
        summary=said.description,
        summary_type="text",
        content=content or None,
        authors=said.authors,
        published=said.published,
        modified=said.modified,
        language=said.language,
        categories=said.categories,
        image=said.image,
        canonical=said.canonical,
        status="full" if content else "partial",
        notes=(_EXTRACTED if content else _NOTHING_EXTRACTED,),
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What trafilatura's tree is rendered with."""

    base: str
    title: str  # folded
    images: list[Image]  # by number
    codes: dict[str, str]  # preformatted texts without white space -> as they stand
    shown: set[str]  # images that are in already


def _content(root: Element, base: str, title: str | None) -> str:
    """Return the article's text as HTML, "" where none was found.  The tree is spent by it."""
    page = _Page(base, _squeezed(title or "").casefold(), _numbered(root, base), _preformatted(root), set())
    found = bare_extraction(
        root,
        with_metadata=False,
        include_links=True,
        include_images=True,
        include_tables=True,
        include_formatting=True,
        include_comments=False,
        favor_precision=True,  # .96 against .95 F1 on the sets with gold text
    )
    if not isinstance(found, Extracted) or not xml.text_of(found.body).strip():
        return ""
    return "".join(_top(node, page) for node in found.body if not _is_headline(node, page)).replace("<p></p>", "")


def _numbered(root: Element, base: str) -> list[Image]:
    """Give every image an address that trafilatura believes in, and return what it is by its number."""
    images: list[Image] = []
    for element in root.iter("img"):
        url = _address(element, base)
        for name in [name for name in element.attrib if str(name).startswith(("data-", "src"))]:
            del element.attrib[name]
        if url:
            element.set("src", f"{_NUMBERED}{len(images)}.jpg")
            images.append(Image(url=url, alt=element.get("alt") or None, caption=_caption(element)))
    return images


def _address(image: Element, base: str) -> str | None:
    """Where an image really is: what a script would load, else the largest of a set, else its address."""
    candidates = [image.get(name) for name in _LAZY]
    candidates += [_largest(image.get(name) or "") for name in _SETS]
    candidates += [image.get("src"), _largest(image.get("srcset") or ""), _without_script(image)]
    resolved = (urls.absolute(base, candidate) for candidate in candidates if candidate)
    return next((url for url in resolved if url), None)


def _without_script(image: Element) -> str | None:
    """The address that the noscript element beside a lazy image gives."""
    beside = image.getnext()
    if beside is None or beside.tag != "noscript":
        return None
    return next((found.get("src") for found in beside.iter("img")), None)


def _largest(candidates: str) -> str:
    """Return the address of the last candidate in a srcset (HTML 4.8.4.2.1); sites list them by size."""
    parts = candidates.split()
    addresses = [part for part in parts if not part.rstrip(",")[:-1].replace(".", "").isdecimal()]
    return addresses[-1].strip(",") if addresses else ""


def _caption(image: Element) -> str | None:
    figure = next(image.iterancestors("figure"), None)
    caption = None if figure is None else next(figure.iter("figcaption"), None)
    return None if caption is None else markup.plain(xml.text_of(caption)[:2_000], "text") or None


def _preformatted(root: Element) -> dict[str, str]:
    return {_squeezed(text): text for element in root.iter("pre") if (text := xml.text_of(element)).strip()}


def _is_headline(node: Element, page: _Page) -> bool:
    return node.tag == "head" and _squeezed(xml.text_of(node)).casefold() == page.title


def _top(node: Element, page: _Page) -> str:
    """Render a child of the body."""
    rendered = _element(node, page)
    return f"<p>{rendered}</p>" if node.tag in ("hi", "ref", "del") else rendered


def _element(node: Element, page: _Page) -> str:
    if node.tag == "graphic":
        return _picture(node, page)
    if node.tag == "lb":
        return "<br>"
    if node.tag == "ref":
        return _link(node, page)
    if node.tag in ("quote", "code") and (code := page.codes.get(_squeezed(xml.text_of(node)))):
        return f"<pre><code>{markup.escaped(code)}</code></pre>"
    name = _html_name(node)
    return f"<{name}>{_inner(node, page)}</{name}>" if name else _inner(node, page)


def _html_name(node: Element) -> str:
    """Return the HTML element for one of trafilatura's, "" where its content stands for itself."""
    rend = node.get("rend") or ""
    match node.tag:
        case "head":
            return rend if rend in ("h2", "h3", "h4", "h5", "h6") else "h2"
        case "list":
            return rend if rend in ("ol", "dl") else "ul"
        case "item":
            return rend[:2] if rend[:2] in ("dt", "dd") else "li"
        case "cell":
            return "th" if node.get("role") == "head" else "td"
        case "hi":
            return _INLINE.get(rend, "em")
        case "code" | "del":
            return str(node.tag)
    return _BLOCKS.get(str(node.tag), "")


def _inner(node: Element, page: _Page) -> str:
    rendered = [markup.escaped(node.text or "")]
    for child in node:
        rendered += [_element(child, page), markup.escaped(child.tail or "")]
    return "".join(rendered)


def _link(node: Element, page: _Page) -> str:
    url = urls.absolute(page.base, node.get("target") or "", _LINKED)
    inner = _inner(node, page)
    return f'<a href="{markup.escaped(url)}">{inner}</a>' if url and inner.strip() else inner


def _picture(node: Element, page: _Page) -> str:
    """Render an image with its caption, once; a paragraph it stands in is parted there."""
    number = (node.get("src") or "").removeprefix(_NUMBERED).removesuffix(".jpg")
    image = page.images[int(number)] if number.isdecimal() and int(number) < len(page.images) else None
    if image is None or image.url is None or image.url in page.shown:
        return ""
    page.shown.add(image.url)
    tag = f'<img src="{markup.escaped(image.url)}" alt="{markup.escaped(image.alt or "")}">'
    if image.caption is None:
        return tag
    figure = f"<figure>{tag}<figcaption>{markup.escaped(image.caption)}</figcaption></figure>"
    parent = node.getparent()
    return f"</p>{figure}<p>" if parent is not None and parent.tag == "p" else figure


def _squeezed(text: str) -> str:
    return "".join(text.split())
