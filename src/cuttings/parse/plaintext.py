"""A text saved from a page as a source: one entry, its headline, the line below it, a caption, its paragraphs.

Pure.  A plain text has no marks, so the lines' lengths and order decide, and
phrases for what is no part of the article; the entry's notes say how they did.
It carries no date that could be trusted, so `published` stays None.
"""

import re
from collections.abc import Iterator, Set

from cuttings.errors import ParseError
from cuttings.model.article import Channel, Digest, Entry, Image, Parsed, Person, Trace
from cuttings.model.capture import Document
from cuttings.parse.sniff import decode
from cuttings.text import markup, phrases, urls
from cuttings.text.digest import sha256
from cuttings.text.language import language_of

LONGEST_HEADLINE = 250  # characters; a longer first line is a paragraph already
LONGEST_SUMMARY = 250  # a longer line below it is the first paragraph
LONGEST_CAPTION = 400
_NAMED_IN = 60  # characters at an end of a caption, where the photographer and the day are named
_QUOTES = '“„«「『"'
_TOLD_BY = 2_000  # characters that tell the language
_FEWEST_BELOW = 2  # paragraphs below a caption
_LONGEST_BYLINE = 100
_LONGEST_LINK = 14  # words of a line above the headline that is none

_ABOVE: frozenset[phrases.Kind] = frozenset(("skip", "share", "cookie", "app"))
_DATED = re.compile(
    r"\b(?:3[01]|[12]?\d)(?:st|nd|rd|th|er|º|\.)?\b[^\d\n]{0,15}\b(?:19|20)\d\d\W*$"
    r"|\d{4}[年년] ?\d{1,2}[月월] ?\d{1,2}[日일]\W*$"
)
_NEXT_SENTENCE = re.compile(r"\w{4}[.!?。]\s*\w")
_BYLINE = re.compile(r"by:?\s+(\w[^\n]*)", re.IGNORECASE)
_NAMES = re.compile(r"\s*(?:,|;|&|\band\b)\s*")
_RULE = re.compile(r"[=\-_*~#\s]+")
_WRAPPED = range(45, 101)  # characters of a line that an editor or a mail program broke

_Note = tuple[str, str, str]


def read(document: Document, known: Set[Digest]) -> Parsed:
    """Return the text as one entry of status "full"; raises ParseError where it is empty."""
    text, warnings = decode(document)
    blocks = list(_blocks(text[: markup.LONGEST]))
    if not blocks:
        raise ParseError(document.url, "a text without words")
    entry = _entry(document, blocks)
    entries = () if entry.trace.digest in known else (entry,)
    return Parsed(channel=Channel(), entries=entries, present=(entry.trace,), warnings=warnings)


def _entry(document: Document, blocks: list[str]) -> Entry:
    notes: list[_Note] = []
    blocks = _without_links(blocks, notes)
    title, blocks = _headline(blocks, notes)
    authors, blocks = _byline(blocks, notes) if title else ((), blocks)
    caption, blocks = _caption(blocks, notes) if title else (None, blocks)
    summary, blocks = _summary(blocks, notes) if title else (None, blocks)
    if not authors and summary:
        authors, blocks = _byline(blocks, notes)
    if not caption and title:
        caption, blocks = _caption(blocks, notes)
    link = urls.absolute("", document.url)
    return Entry(
        trace=Trace(guid=None, link=link, title=title, digest=sha256(document.body)[:16]),
        base=document.url if link else "",
        title=title,
        summary=summary,
        summary_type="text",
        content=markup.paragraphs("\n\n".join(_without_chrome(blocks, notes))) or None,
        authors=authors,
        image=Image(url=None, caption=caption) if caption else None,
        status="full",
        notes=tuple(notes),
    )


def _blocks(text: str) -> Iterator[str]:
    """Yield what blank lines part; lines that were only wrapped are joined, long lines are paragraphs themselves."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    for block in re.split(r"\n[^\S\n]*\n", text):
        lines = [line for raw in block.split("\n") if (line := " ".join(raw.split())) and not _RULE.fullmatch(line)]
        if len(lines) > 1 and all(len(line) in _WRAPPED for line in lines[:-1]) and len(lines[-1]) < _WRAPPED.stop:
            yield " ".join(lines)
        elif any(len(line) >= _WRAPPED.stop for line in lines):
            yield from lines
        elif lines:
            yield "\n".join(lines)


def _without_links(blocks: list[str], notes: list[_Note]) -> list[str]:
    """Leave out the links to skip and to share that stand above the headline."""
    count = next((at for at, block in enumerate(blocks) if not _is_link(block)), 0)
    if count == 0:
        return blocks
    notes.append(("text", "above the headline", f"left out: {' | '.join(blocks[:count])[:200]}"))
    return blocks[count:]


def _is_link(block: str) -> bool:
    return len(block.split()) <= _LONGEST_LINK and bool(phrases.kinds(block, None) & _ABOVE)


def _headline(blocks: list[str], notes: list[_Note]) -> tuple[str | None, list[str]]:
    """Take the first line as headline where it is short; what stands below it in its block goes on."""
    first, _, rest = blocks[0].partition("\n")
    if len(first) > LONGEST_HEADLINE:
        notes.append(("title", "first line", "none: the text begins with a paragraph"))
        return None, blocks
    notes.append(("title", "first line", "the first line of the text"))
    return markup.plain(first.lstrip("# "), "text") or None, [*([rest] if rest else []), *blocks[1:]]


def _byline(blocks: list[str], notes: list[_Note]) -> tuple[tuple[Person, ...], list[str]]:
    found = _BYLINE.fullmatch(blocks[0]) if len(blocks) > 1 else None
    if found is None or len(blocks[0]) > _LONGEST_BYLINE or blocks[0].endswith((".", "!", "?")):
        return (), blocks
    notes.append(("authors", "byline", blocks[0]))
    return tuple(Person(name=name) for part in _NAMES.split(found[1]) if (name := markup.plain(part, "text"))), blocks[
        1:
    ]


def _summary(blocks: list[str], notes: list[_Note]) -> tuple[str | None, list[str]]:
    """Take the line below the headline where it is one line, no longer than a summary, and not all there is."""
    if len(blocks) < 2 or "\n" in blocks[0] or len(blocks[0]) > LONGEST_SUMMARY:
        return None, blocks
    notes.append(("summary", "line below the headline", "one line, and the article goes on below it"))
    return markup.plain(blocks[0], "text"), blocks[1:]


def _caption(blocks: list[str], notes: list[_Note]) -> tuple[str | None, list[str]]:
    """Take what stands above the first paragraph, and speaks of a picture, as its caption."""
    if len(blocks) <= _FEWEST_BELOW or len(blocks[0]) > LONGEST_CAPTION or not _is_caption(blocks[0]):
        return None, blocks
    notes.append(("image", "caption above the first paragraph", "it names who took it, or the day, in one sentence"))
    return markup.plain(blocks[0], "text"), blocks[1:]


def _is_caption(block: str) -> bool:
    """Tell a caption: it names who took the picture, or says in one sentence what is seen on what day.

    What is told as past is a paragraph; names are left aside, "United" being
    none of a verb's forms.
    """
    if phrases.pictured(block[-_NAMED_IN:]):
        return True
    told = " ".join(word for word in block.split() if not word[:1].isupper())
    if phrases.told(told) or block[:1] in _QUOTES:
        return False
    dated = _DATED.search(block[-_NAMED_IN:]) is not None and _NEXT_SENTENCE.search(block) is None
    return dated or phrases.pictured(block[:_NAMED_IN])


def _without_chrome(blocks: list[str], notes: list[_Note]) -> list[str]:
    """Leave out appeals and what else is no part of the article, unless there is nothing else."""
    taken = phrases.standing(blocks, language_of("\n".join(blocks)[:_TOLD_BY]))
    if len(taken) == len(blocks):
        return blocks
    notes += [("text", f"left out: {why}", markup.summary(blocks[at], 200)) for at, why in sorted(taken.items())]
    return [block for at, block in enumerate(blocks) if at not in taken]
