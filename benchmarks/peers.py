"""What each tool reads from a page: ours as collecting does it, the others as their documentation tells to call them.

A tool's `read` is what is timed: the page to text and metadata.  `markup` is
its HTML of the same text; where it costs the tool another call that is not timed.
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import corpora
from benchmarks.corpora import Page
from cuttings.model.capture import Document
from cuttings.normalise.content import clean
from cuttings.parse.page import read as read_page
from cuttings.parse.page.trees import Trees

FIELDS = ("title", "authors", "date", "language")

_EXTRACTION = Path(__file__).parent / "extraction"
_ALL_MARKUP = dict.fromkeys(("include_links", "include_images", "include_tables", "include_formatting"), True)

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("readability").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a tool found; `dates` are ISO 8601, one publishing date in all the ways that it is given."""

    text: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool, the package it needs, and the fields it offers to find."""

    package: str
    read: Callable[[Page], Reading]
    markup: Callable[[Page], str]
    fields: tuple[str, ...]

    @property
    def installed(self) -> bool:
        """Whether it can be called here."""
        return find_spec(self.package) is not None


@cache
def folds() -> Mapping[str, int]:
    """Return by site the number of the fold model that has not seen it."""
    found: dict[str, int] = json.loads((_EXTRACTION / "folds.json").read_text("utf-8"))
    return found


def unseen(page: Page) -> Trees:
    """Return the model that was trained without a page's site."""
    return _fold(folds()[page.site])


@cache
def _fold(number: int) -> Trees:
    return Trees.load(_EXTRACTION / "folds" / f"{number}.npz")


def ours(model: Callable[[Page], Trees | None]) -> Tool:
    """Return our reader; `model` gives the trees for a page, None being the shipped ones."""

    def read(page: Page) -> Reading:
        parsed = read_page(Document(body=page.body, url=page.url), frozenset(), model(page))
        [entry] = parsed.entries
        draft = clean(entry, parsed.channel)
        published = (entry.published or "", draft.published.isoformat()) if draft.published else ()
        return Reading(
            text=f"{draft.subtitle or ''}\n{draft.text}",
            title=draft.title or None,
            authors=tuple(person.name for person in draft.authors),
            dates=published,
            language=draft.language,
        )

    def markup(page: Page) -> str:
        parsed = read_page(Document(body=page.body, url=page.url), frozenset(), model(page))
        draft = clean(parsed.entries[0], parsed.channel)
        return f"<h2>{escape(draft.subtitle or '')}</h2>{draft.content}"

    return Tool(package="cuttings", read=read, markup=markup, fields=FIELDS)


def _trafilatura(**how: bool) -> Tool:
    def read(page: Page) -> Reading:
        found = import_module("trafilatura").bare_extraction(
            page.html, url=page.url, with_metadata=True, include_comments=False, **how
        )
        if found is None:
            return Reading()
        authors = tuple(filter(None, (found.author or "").split("; ")))
        return Reading(text=found.text or "", title=found.title, authors=authors, dates=_told(found.date))

    def markup(page: Page) -> str:
        extract = import_module("trafilatura").extract
        told = {**_ALL_MARKUP, **how}
        return extract(page.html, url=page.url, output_format="html", include_comments=False, **told) or ""

    return Tool(package="trafilatura", read=read, markup=markup, fields=("title", "authors", "date"))


def _readability() -> Tool:
    def summary(page: Page) -> Any:
        return import_module("readability").Document(page.html, url=page.url)

    def read(page: Page) -> Reading:
        document = summary(page)
        author = document.author()
        authors = (author,) if author and author != "[no-author]" else ()
        title = document.short_title()
        html = document.summary(html_partial=True)
        return Reading(text="\n".join(corpora.paragraphs(html)), title=title, authors=authors)

    def markup(page: Page) -> str:
        return str(summary(page).summary(html_partial=True))

    return Tool(package="readability", read=read, markup=markup, fields=("title", "authors"))


def _newspaper() -> Tool:
    def parsed(page: Page) -> Any:
        article = import_module("newspaper").Article(page.url, keep_article_html=True, fetch_images=False)
        article.download(input_html=page.html)
        article.parse()
        return article

    def read(page: Page) -> Reading:
        article = parsed(page)
        published = article.publish_date
        return Reading(
            text=article.text,
            title=article.title or None,
            authors=tuple(article.authors),
            dates=_told(published.isoformat() if hasattr(published, "isoformat") else published),
            language=article.meta_lang or None,
        )

    def markup(page: Page) -> str:
        return str(parsed(page).article_html)

    return Tool(package="newspaper", read=read, markup=markup, fields=FIELDS)


def _told(date: str | None) -> tuple[str, ...]:
    return (str(date),) if date else ()


OURS = "cuttings"
THEIRS: Mapping[str, Tool] = {
    "trafilatura": _trafilatura(),
    "trafilatura-precision": _trafilatura(favor_precision=True),
    "readability-lxml": _readability(),
    "newspaper4k": _newspaper(),
}
