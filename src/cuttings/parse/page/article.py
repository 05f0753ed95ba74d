"""The article in a page's tree: which blocks are its text, and what becomes of them.

Pure; the tree is not changed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cuttings.model.article import Image, Status
from cuttings.parse.metadata import Metadata
from cuttings.parse.page import sayings
from cuttings.parse.page.between import bereft
from cuttings.parse.page.blocks import Block, blocks
from cuttings.parse.page.boxes import appeals
from cuttings.parse.page.choose import HEADLINE, Choice, choose
from cuttings.parse.page.jsonbody import body_of
from cuttings.parse.page.kinds import kind_of
from cuttings.parse.page.parts import parts_of
from cuttings.parse.page.render import render
from cuttings.parse.page.trees import Trees
from cuttings.parse.page.witness import told
from cuttings.text import markup
from cuttings.text.phrases import standing
from cuttings.text.xml import Element

MOST_NOTES = 40  # blocks within the text that were taken out, and are told of
_SHOWN = 120  # characters of such a block

SUBTITLE = "the line under the headline"
BOXED = "in a box with an appeal for money"
REST = "it says how much of the article is left"
BEREFT = "the heading of what was taken out"

_HEAD = 4  # blocks of the text among which headline and subtitle stand
_BYLINE = 10  # words: more beside the headline than names and a date are a paragraph

_FEWEST_WORDS = 3  # of a title that was cut at a separator, or that a block goes on from
_SEPARATOR = re.compile(r"\s+[|\-–—·•»:]\s+")

_Note = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What was found.  `refused` says why a page is no article's, None for one that is; `witness` who gave the text."""

    html: str = ""
    witness: str = "the page"
    images: tuple[Image, ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # (rel, absolute URL) of its other parts and versions
    status: Status = "full"
    refused: str | None = None
    notes: tuple[_Note, ...] = ()


def article_of(root: Element, url: str, base: str, said: Metadata, trees: Trees | None = None) -> Article:
    """Return the article of the page at `url`, "" for a saved one; relative addresses resolve against `base`."""
    found = blocks(root)
    title, description = said.title or "", said.description or ""
    choices = choose(root, found, told(root, said.title, said.description, [one.name for one in said.authors]), trees)
    choices = _without_head(found, choices, title, said.subtitle or "")
    choices = _without_chrome(found, choices, said.language)
    kept = [choice.kept for choice in choices]
    body = body_of(root, found, kept, title, description)
    verdict = kind_of(root, url, said, found, kept, body.words if body else None)
    if verdict.kind == "none":
        return Article(refused=f"no article: {verdict.why}")
    rendered = render(found, kept, base)
    html = body.html if body else rendered.html
    if not html and not title:
        return Article(refused="a page without a title and without a text")
    stub = [("text", "partial", verdict.why)] if verdict.kind == "stub" else []
    return Article(
        html=html,
        witness=f"the page's JSON: {body.at}" if body else "the page",
        images=rendered.images,
        links=parts_of(root, url),
        status="full" if html and not stub else "partial",
        notes=(*stub, *(() if body else _left_out(found, choices))),
    )


def _without_head(found: Sequence[Block], choices: Sequence[Choice], title: str, subtitle: str) -> list[Choice]:
    """Set apart what is a field of its own: the line under the headline, the headline with its byline in one block."""
    told = list(choices)
    titles = _titles(title)
    for n in [n for n, choice in enumerate(choices) if choice.kept][:_HEAD]:
        text = _folded(found[n].text)
        if subtitle and text == _folded(subtitle):
            told[n] = replace(told[n], kept=False, why=SUBTITLE)
        elif any(_is_headline(text, one) for one in titles):
            told[n] = replace(told[n], kept=False, why=HEADLINE)
    return told


def _without_chrome(found: Sequence[Block], choices: Sequence[Choice], language: str | None) -> list[Choice]:
    """Take out what is an appeal, a share row or the like by its words, where the model is not certain."""
    told = list(choices)
    kept = [n for n, choice in enumerate(choices) if choice.kept]
    texts = [found[n].text for n in kept]
    for at, why in standing(texts, language, [choices[n].probability for n in kept]).items():
        told[kept[at]] = replace(told[kept[at]], kept=False, why=why)
    for n in appeals(found, [choice.kept for choice in choices], language):
        told[n] = replace(told[n], kept=False, why=BOXED)
    for n in (n for n in kept if sayings.is_rest(found[n].text)):
        told[n] = replace(told[n], kept=False, why=REST)
    for n in bereft(found, [choice.kept for choice in choices], [choice.kept for choice in told]):
        told[n] = replace(told[n], kept=False, why=BEREFT)
    return told


def _titles(title: str) -> list[str]:
    """The title, and what is left of it without a site's name behind it."""
    parted = [title, *(title[: cut.start()] for cut in _SEPARATOR.finditer(title))]
    return [folded for one in parted if len((folded := _folded(one)).split()) >= _FEWEST_WORDS or one == title != ""]


def _is_headline(text: str, title: str) -> bool:
    """Tell whether a block is the title, or begins with it and has no room for more than a byline."""
    words = len(title.split())
    return text == title or (words >= _FEWEST_WORDS and text.startswith(title) and len(text.split()) <= words + _BYLINE)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _left_out(found: Sequence[Block], choices: Sequence[Choice]) -> tuple[_Note, ...]:
    """Tell which blocks between the first and the last of the text were taken out, and why."""
    kept = [n for n, choice in enumerate(choices) if choice.kept]
    within = range(kept[0], kept[-1]) if kept else range(0)
    out = [n for n in within if not choices[n].kept and found[n].words]
    return tuple(
        ("text", f"taken out: {choices[n].why}", markup.summary(found[n].text, _SHOWN)) for n in out[:MOST_NOTES]
    )
