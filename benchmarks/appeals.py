"""Appeals, newsletters and subscriptions in pages that are known to have them: which of them a text still holds.

An index names the pages; a block of such a page is one where it uses such
words, and none of it is in the gold.  The words here are not those that our
reader goes by, so that it is not measured with its own rule.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.corpora import Page
from cuttings.model.capture import Document
from cuttings.parse.discovery import tree_of
from cuttings.parse.page.blocks import blocks

KINDS = ("donation_appeal", "newsletter_signup", "subscription_or_paywall")

_SPOKEN = {
    "donation_appeal": r"donat(?:e|ion)\b|support (?:our|us|independent)\b|contribution|become a (?:member|supporter)|"
    r"chip in|spende[nt]?\b|unterstützen sie uns|faire un don|soutenez|donaci[oó]n|apóyanos|wesprzyj|поддержите",
    "newsletter_signup": r"newsletter|sign ?up\b|your inbox|daily briefing|bolet[ií]n|infolettre",
    "subscription_or_paywall": r"subscri(?:be|ber|ption)|already a member|log ?in to|abonn|suscri[bp]|assine|prenumer",
}
_PATTERNS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _SPOKEN.items()}
_FEWEST, _MOST = 5, 150  # words of a block
_RUN = 4
_THERE = 0.5  # share of a block's runs of words that makes it be in a text
_WORD = re.compile(r"\w+")

Flags = Mapping[str, Sequence[str]]


def flags(folder: Path) -> Flags:
    """Return which kinds of boilerplate each page has, by "SET/NAME"; nothing where a folder has no index."""
    paths = [path for path in (folder / "articles" / "noise-index.json", folder / "noise-index.json") if path.exists()]
    found: Flags = json.loads(paths[0].read_bytes()) if paths else {}
    return found


def appeals(page: Page, kinds: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return the blocks of a page that are such, as (kind, words), each text once."""
    patterns = {kind: _PATTERNS[kind] for kind in KINDS if kind in kinds}
    if not patterns or not page.gold.paragraphs:
        return []
    gold, found = _runs(_words("\n".join(page.gold.paragraphs))), {}
    for block in blocks(tree_of(Document(body=page.body, url=page.url))[0]):
        kind = next((kind for kind, pattern in patterns.items() if pattern.search(block.text[:2_000])), None)
        if kind and _FEWEST <= len(block.words) <= _MOST and not is_in(words := _words(block.text), gold, 0.01):
            found[block.text] = (kind, words)
    return list(found.values())


def kept(due: Sequence[tuple[str, list[str]]], text: str) -> list[bool]:
    """Return for each appeal whether a text still has it."""
    runs = _runs(_words(text)) if due else set()
    return [is_in(words, runs, _THERE) for _, words in due]


def is_in(words: Sequence[str], text: set[tuple[str, ...]], share: float) -> bool:
    """Tell whether at least that share of a block's runs is among a text's."""
    runs = _runs(words)
    return sum(run in text for run in runs) >= share * len(runs)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[n : n + _RUN]) for n in range(len(words) - _RUN + 1)}
