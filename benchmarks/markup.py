"""How much of an article's markup is kept, by kind, beside what others keep.

    python -m benchmarks.markup [--corpora DIR] [--tools NAME…]

Gold is the HTML that comes with the readability set.  A mark of the gold is
present where the output has it too: a link by its address, an image by its
file, a heading by its words; an item of an ordered or other list, a paragraph
of a quotation, a row of a table where its words stand in that kind of the
output.  Recall is the share of the gold's marks present, precision that of the
output's marks in the gold; pooled over all pages.  `oracle` renders the blocks
that the gold's text asks for: what the renderer alone loses.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import lxml.html

from benchmarks import corpora
from benchmarks.corpora import Page
from benchmarks.extraction.labels import labels
from cuttings.model.capture import Document
from cuttings.normalise.content import clean
from cuttings.parse.discovery import base_of, tree_of
from cuttings.parse.page import images, read
from cuttings.parse.page.blocks import blocks
from cuttings.parse.page.render import render
from cuttings.text import markup, urls

KINDS = ("links", "images", "headings", "lists", "quotes", "tables")
Marks = Mapping[str, Sequence[str]]
Tool = Callable[[Page], str]

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src", "srcset", "data-srcset")
_SIZE = re.compile(r"[0-9.]+[wx],?")
_OWN_HOSTS = ("fakehost", "page.invalid")  # what the gold and the set resolve relative addresses against


@dataclass(frozen=True, slots=True)
class Kept:
    """Marks of one kind: how many the gold has, how many of these are present; the output's, how many are right."""

    wanted: int = 0
    present: int = 0
    had: int = 0
    right: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            self.wanted + other.wanted, self.present + other.present, self.had + other.had, self.right + other.right
        )

    @property
    def recall(self) -> float | None:
        """None where the gold has none."""
        return self.present / self.wanted if self.wanted else None

    @property
    def precision(self) -> float | None:
        """None where the output has none."""
        return self.right / self.had if self.had else None


def kept(gold: str, html: str, url: str, title: str = "") -> dict[str, Kept]:
    """Return for each kind how the marks of an output compare with those of the gold; both stand at `url`.

    The page's own `title` counts nowhere: it is a field of its own.
    """
    due, had = marks(gold, url), marks(html, url)
    for one in (due, had):
        one["headings"] = [heading for heading in one["headings"] if heading != _squeezed(title)]
    return {kind: _compared(kind, due[kind], had[kind]) for kind in KINDS}


def pooled(pages: Iterable[Mapping[str, Kept]]) -> dict[str, Kept]:
    """Add up pages; `all` is the sum over the kinds."""
    total = dict.fromkeys((*KINDS, "all"), Kept())
    for page in pages:
        for kind, one in page.items():
            total[kind] += one
            total["all"] += one
    return total


def marks(html: str, url: str) -> dict[str, list[str]]:
    """Return the marks of each kind in an HTML fragment."""
    root = lxml.html.fromstring(f"<div>{html}</div>") if html.strip() else lxml.html.Element("div")
    return {
        "links": [_address(url, a.get("href")) for a in root.iter("a") if _leads(a.get("href") or "", url)],
        "images": list(filter(None, (_files(url, image) for image in root.iter("img", "amp-img", "graphic")))),
        "headings": _texts(root.iter(*_HEADINGS)),
        "lists": [f"{_kind_of(item)}{text}" for item in root.iter("li", "dd", "dt") if (text := _own_text(item))],
        "quotes": list(chain.from_iterable(_paragraphs(quote) for quote in root.iter("blockquote"))),
        "tables": _texts(row for row in root.iter("tr") if next(row.iter("table"), None) is None),
    }


def _compared(kind: str, due: Sequence[str], had: Sequence[str]) -> Kept:
    if kind == "images":
        both = _matched(due, had)
        return Kept(len(due), both, len(had), both)
    if kind in ("links", "headings"):
        both = sum((Counter(due) & Counter(had)).values())
        return Kept(len(due), both, len(had), both)
    here, there = "\n".join(had), "\n".join(due)
    return Kept(len(due), sum(one in here for one in due), len(had), sum(one in there for one in had))


def _matched(due: Sequence[str], had: Sequence[str]) -> int:
    """How many images of the one are among the other, each named by the files of all its sizes."""
    left = [set(one.split()) for one in had]
    found = 0
    for names in (set(one.split()) for one in due):
        same = next((n for n, other in enumerate(left) if names & other), None)
        if same is not None:
            del left[same]
            found += 1
    return found


def _leads(href: str, url: str) -> bool:
    """Tell whether a link leads somewhere else than into the page itself."""
    href = href.strip()
    return bool(href) and not href.lower().startswith(("javascript:", "#", "data:", f"{url}#".lower()))


def _address(url: str, href: str | None) -> str:
    """An address without scheme, tracking and fragment; one of the page's own site without its host and folder."""
    parts = urlsplit(urls.clean(urljoin(url, (href or "").strip())).partition("#")[0])
    if parts.hostname in (*_OWN_HOSTS, urlsplit(url).hostname):
        return f"{parts.path.rstrip('/').rpartition('/')[2]}?{parts.query}"
    return f"{parts.netloc}{parts.path.rstrip('/')}?{parts.query}"


def _files(url: str, image: lxml.html.HtmlElement) -> str:
    """What an image's sizes are called, parted by blanks."""
    said = [value for name in _SOURCES if (value := image.get(name))]
    told = [part.strip(",") for value in said for part in value.split() if not _SIZE.fullmatch(part)]
    return " ".join(sorted({images.key(urljoin(url, part)) for part in told if part and not part.startswith("data:")}))


def _texts(elements: Iterable[lxml.html.HtmlElement]) -> list[str]:
    return [text for element in elements if (text := _squeezed(element.text_content()))]


def _own_text(item: lxml.html.HtmlElement) -> str:
    """An item's text without that of the lists in it."""
    nested = ("ul", "ol", "dl")
    parts = [item.text or ""]
    for child in item:
        parts += ["" if child.tag in nested else child.text_content(), child.tail or ""]
    return _squeezed("".join(parts))


def _kind_of(item: lxml.html.HtmlElement) -> str:
    parent = item.getparent()
    return "1." if item.tag == "li" and parent is not None and parent.tag == "ol" else "-"


def _paragraphs(quote: lxml.html.HtmlElement) -> list[str]:
    return [
        text for line in corpora.paragraphs(lxml.html.tostring(quote, encoding="unicode")) if (text := _squeezed(line))
    ]


def _squeezed(text: str) -> str:
    """The letters and figures of a text."""
    return "".join(filter(str.isalnum, text))


# The tools.


def oracle(page: Page) -> str:
    """Our renderer, given the blocks that the gold's text asks for."""
    document = Document(body=page.body, url=page.url, headers={})
    root, _ = tree_of(document)
    found = blocks(root)
    gold = [word for paragraph in page.gold.paragraphs or () for word in paragraph.split()]
    chosen = labels([block.text.split() for block in found], gold)
    base = base_of(root, page.url)
    return markup.sanitised(render(found, chosen, base).html, base)


def cuttings(page: Page) -> str:
    """A record's content, as collecting makes it."""
    parsed = read(Document(body=page.body, url=page.url, headers={}), set())
    return clean(parsed.entries[0], parsed.channel).content


def _trafilatura(page: Page) -> str:
    extract = import_module("trafilatura").extract
    told = dict.fromkeys(("include_links", "include_images", "include_tables", "include_formatting"), True)
    return extract(page.body, url=page.url, output_format="html", include_comments=False, **told) or ""


def _readability(page: Page) -> str:
    document = import_module("readability").Document(corpora.decoded(page.body), url=page.url)
    return str(document.summary(html_partial=True))


def _newspaper(page: Page) -> str:
    article = import_module("newspaper").Article(page.url, keep_article_html=True, fetch_images=False)
    article.download(input_html=corpora.decoded(page.body))
    article.parse()
    return str(article.article_html)


TOOLS: Mapping[str, Tool] = {
    "oracle": oracle,
    "cuttings": cuttings,
    "trafilatura": _trafilatura,
    "readability-lxml": _readability,
    "newspaper4k": _newspaper,
}


def main() -> None:
    """Print a line a tool."""
    parser = argparse.ArgumentParser(description="Share of an article's markup that is kept, by kind.")
    parser.add_argument("--corpora", type=Path, default=corpora.DEFAULT)
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    options = parser.parse_args()
    pages = [page for page in corpora.pages(options.corpora, ["readability"]) if page.gold.html]
    print(f"{'recall/precision':18}" + "".join(f"{kind:>12}" for kind in (*KINDS, "all")))
    for name in options.tools:
        total = pooled(_measured(name, page) for page in pages)
        cells = [f"{_figure(one.recall)}/{_figure(one.precision)}" for one in total.values()]
        print(f"{name:18}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


def _measured(name: str, page: Page) -> Mapping[str, Kept]:
    """What a tool keeps of a page; nothing where it fails."""
    try:
        html = TOOLS[name](page)
    except ModuleNotFoundError as error:
        raise SystemExit(f"{name} is not installed: {error}") from error
    except Exception as error:  # a peer's failure counts as nothing found
        print(f"{name}: {page.name}: {type(error).__name__}", file=sys.stderr)
        html = ""
    return kept(page.gold.html or "", html, page.url, page.gold.title or "")


def _figure(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"[1 if share < 1 else 0 :]


if __name__ == "__main__":
    main()
