"""Lists of sources as other programs write them: OPML, planet INI (Venus, pluto), CSV, or an address a line.

Pure.  What a file is, its content tells.  Nothing it points to is followed,
and what could not be taken is named with its line (THREATS H-90 to H-92).

Standards: OPML (see `config.opml`), RFC 4180.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cuttings.config import opml, schema
from cuttings.model.source import Source
from cuttings.text import urls

MOST = opml.MOST
LARGEST = opml.LARGEST
MOST_LINES = 500_000
MOST_FAULTS = 1000

_SECTION = re.compile(r"(?m)^[ \t]*\[([^\]\r\n]+)\][ \t]*(?:[#;].*)?\r?$")
_KEY = re.compile(r"[ \t]*([A-Za-z_][\w .-]{0,60})[=:](.*)")
_FEED_KEYS = ("feed", "feed_url", "xml_url", "xmlurl")  # of a pluto section, which is named as its author likes
_RULES = ("filter", "exclude", "filters", "includes", "require")  # what planets do to entries; here feeds have rules
_COLUMNS = {
    "url": ("url", "xmlurl", "xml_url", "feed", "feed_url", "feedurl", "rss", "address", "link"),
    "name": ("name", "title", "text"),
    "tags": ("tags", "tag", "category", "categories", "folder", "group"),
    "full_text": ("full_text",),
    "republish": ("republish",),
    "every": ("every",),
}
_NEUTRALISED = re.compile(r"\A'(?=[=+\-@\t\r'])")


@dataclass(frozen=True, slots=True)
class Listed:
    """One source of a list: its address and the keys it would have in the configuration."""

    url: str
    name: str | None = None
    tags: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()  # further ones: full_text, republish, every


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file lists, each address once; `faults` name what could not be read, `notes` what is not taken over."""

    kind: str  # OPML, planet INI, CSV
    found: tuple[Listed, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read(body: bytes) -> Listing:
    """Return the sources of a list in its order.  Raises ValueError where it is none, or too large."""
    if len(body) > LARGEST:
        raise ValueError(f"larger than {LARGEST // 2**20} MiB")
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe<|\xfe\xff\0<", body):
        outlines = opml.read(body)
        return Listing("OPML", tuple(Listed(o.url, o.title, o.tags) for o in outlines.found), outlines.warnings)
    text = _decoded(body)
    if text.count("\n") > MOST_LINES:
        raise ValueError(f"more than {MOST_LINES:,} lines")
    if _SECTION.search(text):
        return replace(_gathered("planet INI", _planet(text)), notes=tuple(_notes(text)))
    return _gathered("CSV", _table(text))


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do: the sources it adds, under names that are free, and (address, reason) of the others."""

    added: tuple[Listed, ...]
    known: tuple[tuple[str, str], ...]  # followed already
    refused: tuple[tuple[str, str], ...]


def plan(listing: Listing, sources: Sequence[Source]) -> Plan:
    """Return what importing a list into these sources would do."""
    taken = {address: one.name for one in sources for address in (one.address, *one.formerly)}
    used = {one.name for one in sources}
    added: list[Listed] = []
    known: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    for one in listing.found:
        if one.url in taken:
            known.append((one.url, f"is followed already, as {taken[one.url]}"))
        elif (fault := _fault(one)) is not None:
            refused.append((one.url, fault))
        else:
            added.append(replace(one, name=_free(one.name, used)))
    return Plan(tuple(added), tuple(known), tuple(refused))


def keys(listed: Listed) -> dict[str, Any]:
    """Return the keys of a source as the configuration has them, without its address."""
    given = {"name": listed.name, "tags": list(listed.tags), **dict(listed.keys)}
    return {key: value for key, value in given.items() if value}


def table(sources: Sequence[Source]) -> str:
    """Return sources with a web address as CSV that `read` takes back and no spreadsheet runs."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(_COLUMNS)
    for one in sources:
        every = f"{int(one.every.total_seconds())}s" if one.every else ""
        full_text = one.full_text if one.full_text != "auto" else ""
        cells = (one.url or "", one.name, _joined(one.tags), full_text, one.republish or "", every)
        rows.writerow([_neutral(cell) for cell in cells])
    return written.getvalue()


def _fault(listed: Listed) -> str | None:
    _, problems = schema.check({"sources": [{"url": listed.url, **keys(listed)}]})
    return "; ".join(f"{problem.where[-1]}: {problem.words}" for problem in problems) or None


def _free(name: str | None, used: set[str]) -> str | None:
    """Return a name that nobody has, like it."""
    if name is None:
        return None
    free, count = name, 1
    while free in used:
        count += 1
        free = f"{name}-{count}"
    used.add(free)
    return free


def _joined(tags: Sequence[str]) -> str:
    """Return tags as one cell; a last semicolon says that commas do not part them."""
    return ";".join(tags) + (";" if any("," in tag for tag in tags) else "")


def _neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (THREATS J4); `read` takes it back."""
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r", "'")) else cell


def _decoded(body: bytes) -> str:
    if b"\0" in body:
        raise ValueError("not a list of sources: OPML, a planet's INI file, CSV, or an address a line")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")  # old planets are


def _gathered(kind: str, listed: Iterator[Listed | str]) -> Listing:
    found: dict[str, Listed] = {}
    faults: list[str] = []
    for one in listed:
        if isinstance(one, str):
            faults.append(one)
        elif one.url in found:
            found[one.url] = replace(found[one.url], tags=tuple(dict.fromkeys((*found[one.url].tags, *one.tags))))
        else:
            found[one.url] = one
        if len(found) > MOST:
            raise ValueError(f"more than {MOST:,} sources")
        if len(faults) > MOST_FAULTS and len(faults) > 10 * len(found):
            raise ValueError(f"not a list of sources: {faults[0]}")
    return Listing(kind, tuple(found.values()), tuple(faults))


def _checked(line: int, url: str, name: str, tags: str = "", keys: Mapping[str, str] | None = None) -> Listed | str:
    """Return a source, or what is wrong with it."""
    url = url.strip().removeprefix("feed:") if url.strip().startswith("feed:http") else url.strip()
    try:
        parsed = urls.parse(url)
    except urls.UrlError as error:
        return f"line {line}: {_line(name) or urls.masked(url)[:200]}: {error}"
    if parsed.userinfo is not None:
        return f"line {line}: {parsed.host}: a name or password in an address is not available in this version"
    labels = (_line(tag) for tag in tags.split(";" if ";" in tags else ","))
    return Listed(url, _line(name) or None, tuple(dict.fromkeys(filter(None, labels))), tuple((keys or {}).items()))


def _line(text: str) -> str:
    """Return a text on one line, without what could steer a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


# -- planets


def _planet(text: str) -> Iterator[Listed | str]:
    """Yield the sources of a Venus file (a section is an address) or of a pluto file (a section has a `feed`)."""
    for line, name, keys in _sections(text):
        url = name if "://" in name else next((keys[key] for key in _FEED_KEYS if key in keys), None)
        if url is not None and not _is_list(keys):
            title = keys.get("name") or keys.get("title") or ("" if "://" in name else name)
            yield _checked(line, url, title, keys.get("tags", ""))


def _notes(text: str) -> Iterator[str]:
    """Yield what of a planet's file is not taken over."""
    for line, name, keys in _sections(text):
        if _is_list(keys):
            yield f"line {line}: {_line(name)}: a reading list, which is not followed; import it by itself"
        for rule in _RULES:
            if rule in keys:
                yield f"line {line}: {rule}: a feed's `select` says what it takes"


def _is_list(keys: Mapping[str, str]) -> bool:
    return keys.get("content_type", "").lower() in ("opml", "foaf", "csv", "config")


def _sections(text: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Yield (line, name, keys) of each section; what stands before the first one is about the planet."""
    section: tuple[int, str, dict[str, str]] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#", ";")):
            continue
        if (head := _SECTION.match(line)) is not None:
            if section is not None:
                yield section
            section = (number, head[1].strip(), {})
        elif section is not None and (pair := _KEY.match(line)) is not None:
            section[2].setdefault(pair[1].strip().lower(), pair[2].strip())
    if section is not None:
        yield section


# -- tables


def _table(text: str) -> Iterator[Listed | str]:
    """Yield the sources of a table, or of lines with an address each; the first line may name the columns."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(lines[0]), strict=False)
    columns: dict[str, int] | None = None
    try:
        for row in rows:
            if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                continue
            if columns is None:
                columns = _columns(row)
                if "://" not in "".join(row):
                    continue
            yield _row(rows.line_num, row, columns)
    except csv.Error as error:
        yield f"line {rows.line_num}: {error}; what follows is not read"


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _columns(row: list[str]) -> dict[str, int]:
    """Return where each key stands, from a row of names; without names the addresses tell."""
    if any("://" in cell for cell in row):
        return {"line": next(n for n, cell in enumerate(row) if "://" in cell)}
    names = [cell.strip().lower() for cell in row]
    found = {key: next((names.index(one) for one in known if one in names), None) for key, known in _COLUMNS.items()}
    if found["url"] is None:
        raise ValueError("not a list of sources: no address in its first line, and no column named url")
    return {key: number for key, number in found.items() if number is not None}


def _row(line: int, row: list[str], columns: Mapping[str, int]) -> Listed | str:
    cells: dict[str, Any] = {key: _NEUTRALISED.sub("", row[n], 1) for key, n in columns.items() if n < len(row)}
    keys = {key: cells[key].strip() for key in ("full_text", "republish", "every") if cells.get(key, "").strip()}
    if "line" in cells:  # an address, and perhaps a remark behind it
        return _checked(line, cells["line"].strip().partition(" ")[0], "")
    return _checked(line, cells.get("url", ""), cells.get("name", ""), cells.get("tags", ""), keys)
