"""A text saved from a page as a source: one entry, its headline, the line below it, its paragraphs.

Pure.  A plain text has no marks, so the lines' lengths and order decide; the
entry's notes say how they did.  It carries no date that could be trusted, so
`published` stays None.
"""

import re
from collections.abc import Iterator, Set

from cuttings.errors import ParseError
from cuttings.model.article import Channel, Digest, Entry, Parsed, Person, Trace
from cuttings.model.capture import Document
from cuttings.parse.sniff import decode
from cuttings.text import markup, urls
from cuttings.text.digest import sha256

LONGEST_HEADLINE = 250  # characters; a longer first line is a paragraph already
LONGEST_SUMMARY = 250  # a longer line below it is the first paragraph
_LONGEST_BYLINE = 100

_SKIP_LINKS = re.compile(
    r"\W*(?:\b(?:skip|jump|go)\s+(?:directly\s+)?to\s+(?:the\s+)?(?:main\s+|primary\s+)?"
    r"(?:content|footer|navigation|nav|menu|search|sidebar|header|main|article|text)\b\W*)+",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"by:?\s+(\w[^\n]*)", re.IGNORECASE)
_NAMES = re.compile(r"\s*(?:,|;|&|\band\b)\s*")
_RULE = re.compile(r"[=\-_*~#\s]+")
_WRAPPED = range(45, 101)  # characters of a line that an editor or a mail program broke


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
    notes: list[tuple[str, str, str]] = []
    blocks = _without_skip_links(blocks, notes)
    title, blocks = _headline(blocks, notes)
    authors, blocks = _byline(blocks, notes) if title else ((), blocks)
    summary, blocks = _summary(blocks, notes) if title else (None, blocks)
    if not authors and summary:
        authors, blocks = _byline(blocks, notes)
    link = urls.absolute("", document.url)
    return Entry(
        trace=Trace(guid=None, link=link, title=title, digest=sha256(document.body)[:16]),
        base=document.url if link else "",
        title=title,
        summary=summary,
        summary_type="text",
        content=markup.paragraphs("\n\n".join(blocks)) or None,
        authors=authors,
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


def _without_skip_links(blocks: list[str], notes: list[tuple[str, str, str]]) -> list[str]:
    count = next((i for i, block in enumerate(blocks) if not _SKIP_LINKS.fullmatch(block[:LONGEST_HEADLINE])), 0)
    if count == 0:
        return blocks
    notes.append(("text", "skip links", f"left out: {' | '.join(blocks[:count])[:200]}"))
    return blocks[count:]


def _headline(blocks: list[str], notes: list[tuple[str, str, str]]) -> tuple[str | None, list[str]]:
    """Take the first line as headline where it is short; what stands below it in its block goes on."""
    first, _, rest = blocks[0].partition("\n")
    if len(first) > LONGEST_HEADLINE:
        notes.append(("title", "first line", "none: the text begins with a paragraph"))
        return None, blocks
    notes.append(("title", "first line", "the first line of the text"))
    return markup.plain(first.lstrip("# "), "text") or None, [*([rest] if rest else []), *blocks[1:]]


def _byline(blocks: list[str], notes: list[tuple[str, str, str]]) -> tuple[tuple[Person, ...], list[str]]:
    found = _BYLINE.fullmatch(blocks[0]) if len(blocks) > 1 else None
    if found is None or len(blocks[0]) > _LONGEST_BYLINE or blocks[0].endswith((".", "!", "?")):
        return (), blocks
    notes.append(("authors", "byline", blocks[0]))
    return tuple(Person(name=name) for part in _NAMES.split(found[1]) if (name := markup.plain(part, "text"))), blocks[
        1:
    ]


def _summary(blocks: list[str], notes: list[tuple[str, str, str]]) -> tuple[str | None, list[str]]:
    """Take the line below the headline where it is one line, no longer than a summary, and not all there is."""
    if len(blocks) < 2 or "\n" in blocks[0] or len(blocks[0]) > LONGEST_SUMMARY:
        return None, blocks
    notes.append(("summary", "line below the headline", "one line, and the article goes on below it"))
    return markup.plain(blocks[0], "text"), blocks[1:]
