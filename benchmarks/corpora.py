"""Article pages with gold, and how near a text comes to it.

A folder holds sets of pages as their origins published them, packed or not:

    DIR[/articles]/SET/{html.tar.xz | *.html}, ground-truth.json | evaldata.json
    DIR[/articles]/readability{.tar.xz | /NAME/{source,expected}.html, expected-metadata.json}

The measure is that of scrapinghub's article-extraction-benchmark: runs of four
words, each as often as it occurs; precision and recall a page, averaged over a
set's pages; F1 of the two means.  Scripts without spaces are measured by runs
of five characters, the trafilatura set by its segments.
"""

import json
import re
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lxml.html
import numpy

from cuttings.parse.page.blocks import BLOCKS

SETS = ("scrapinghub", "naeb", "fundus-eval", "fundus", "readability", "trafilatura")
DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "corpora"

_SAMPLES, _SEED = 2_000, 7  # of a bootstrap
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u4e00-\u9fff]")  # Thai, Burmese, Japanese, Chinese
_ADDRESS = re.compile(
    rb"""<link[^>]*rel=["']?canonical["']?[^>]*href=["']?(http[^"'\s>]+)|property=["']og:url["'][^>]*content=["'](http[^"']+)"""
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*?\.[a-z]{2,4}(?=[.-])", re.IGNORECASE)  # that a file's name begins with
_NO_TEXT = frozenset(("head", "noscript", "script", "style", "template"))
_SECOND_LEVEL = frozenset(["ac", "co", "com", "edu", "gob", "gov", "net", "or", "org"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What people wrote down about a page; None is nothing written down, "" and () that there is none."""

    paragraphs: tuple[str, ...] | None = None  # one in square brackets is right with or without it
    wanted: tuple[str, ...] = ()  # segments that the text must have
    unwanted: tuple[str, ...] = ()  # and must not have
    html: str | None = None
    title: str | None = None
    authors: tuple[str, ...] | None = None
    date: str | None = None  # ISO 8601
    language: str | None = None  # RFC 5646

    @property
    def text(self) -> str:
        """The whole text without what is optional."""
        return "\n".join(p for p in self.paragraphs or () if not p.startswith("["))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a set; `site` is its registered domain, or a name of its own where no address is known."""

    set: str
    name: str
    site: str
    url: str
    body: bytes
    gold: Gold

    @property
    def html(self) -> str:
        """The page decoded: by its mark, as UTF-8, or as it declares."""
        return decoded(self.body)


@dataclass(frozen=True, slots=True)
class Score:
    """What a page adds to its set: what is right of what was kept, and what was found of what was wanted."""

    right: float
    kept: float
    found: float
    wanted: float


@dataclass(frozen=True, slots=True)
class Figures:
    """A set's figures; F1 with its interval of 95 in a hundred bootstrap samples."""

    f1: float
    precision: float
    recall: float
    low: float
    high: float


def present(folder: Path) -> list[str]:
    """Return the names of the sets that a folder holds."""
    return [
        name for name in SETS if _gold_file(folder, name).exists() or (name == "readability" and _packed(folder, name))
    ]


def pages(folder: Path, sets: Sequence[str] = SETS) -> Iterator[Page]:
    """Yield the pages of sets, each set by name; a set that the folder does not hold is passed over."""
    for name in sets:
        if name in present(folder):
            yield from (_readability if name == "readability" else _listed)(folder, name)


def paragraphs(html: str) -> tuple[str, ...]:
    """Return the texts of an HTML fragment's blocks."""
    parts: list[str] = []
    if html.strip():
        _gather(lxml.html.fromstring(html), parts)
    return tuple(line for part in "".join(parts).split("\n") if (line := " ".join(part.split())))


def decoded(body: bytes) -> str:
    """Return bytes as text: by their mark, as UTF-8, as they declare, or with what is wrong replaced."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16", "replace")
    declared = _CHARSET.search(body[:4096])
    for encoding in ("utf-8-sig", declared[1].decode("ascii") if declared else "ascii"):
        try:
            return body.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("utf-8", "replace")


def site_of(url: str) -> str:
    """Return the registered domain of an address or a host name."""
    parts = (urlsplit(url if "//" in url else f"//{url}").hostname or url).removeprefix("www.").split(".")
    return ".".join(parts[-3:] if len(parts) > 2 and parts[-2] in _SECOND_LEVEL and len(parts[-1]) == 2 else parts[-2:])


def score(gold: Gold, text: str) -> Score:
    """Return how near a text comes to the gold."""
    if gold.wanted or gold.unwanted:
        return _segments(gold, text)
    runs = _characters if _is_unspaced(gold.text) else _words
    had, wanted = runs(text), runs("\n".join(_due(gold.paragraphs or (), text, runs)))
    both = sum(min(count, had[run]) for run, count in wanted.items() if run in had)
    return Score(both / sum(had.values()), 1, both / sum(wanted.values()), 1)


def figures(scores: Sequence[Score]) -> Figures:
    """Return a set's figures from those of its pages."""
    rows = _rows(scores)
    f1, precision, recall = (float(value) for value in _f1(rows.sum(0)))
    low, high = numpy.quantile(_f1(_samples(len(scores)) @ rows)[0], (0.025, 0.975))
    return Figures(f1, precision, recall, float(low), float(high))


def difference(ours: Sequence[Score], theirs: Sequence[Score]) -> tuple[float, float, float]:
    """Return by how much the F1 of ours is higher on the same pages, and the interval of that by a paired bootstrap."""
    samples = _samples(len(ours))
    apart = _f1(samples @ _rows(ours))[0] - _f1(samples @ _rows(theirs))[0]
    low, high = numpy.quantile(apart, (0.025, 0.975))
    whole = _f1(_rows(ours).sum(0))[0] - _f1(_rows(theirs).sum(0))[0]
    return float(whole), float(low), float(high)


# The sets.


def _folder(folder: Path) -> Path:
    return folder / "articles" if (folder / "articles").is_dir() else folder


def _gold_file(folder: Path, name: str) -> Path:
    if name == "readability":
        return _folder(folder) / name
    return _folder(folder) / name / ("evaldata.json" if name == "trafilatura" else "ground-truth.json")


def _packed(folder: Path, name: str) -> Path | None:
    path = _folder(folder) / (f"{name}.tar.xz" if name == "readability" else f"{name}/html.tar.xz")
    return path if path.exists() else None


def _files(folder: Path, name: str) -> Mapping[str, bytes]:
    """Return the files of a set by their path in it."""
    if packed := _packed(folder, name):
        with tarfile.open(packed, "r:xz") as archive:
            members = ((member, archive.extractfile(member)) for member in archive)
            return {member.name.removeprefix("./"): file.read() for member, file in members if file}
    root = _folder(folder) / name
    paths = (
        path for path in sorted(root.rglob("*")) if path.suffix == ".html" or path.name == "expected-metadata.json"
    )
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def _listed(folder: Path, name: str) -> Iterator[Page]:
    """Yield the pages of a set that one JSON file tells of."""
    listed: dict[str, dict[str, Any]] = json.loads(_gold_file(folder, name).read_bytes())
    files = _files(folder, name)
    for key, said in sorted(listed.items()):
        file = str(said.get("file") or (key if key.endswith(".html") else f"{key}.html"))
        url = str(said.get("url") or key)
        host = _HOST.match(file.removeprefix("archive.org."))
        if not url.startswith("http"):
            url = f"https://{host[0] if host else 'page.invalid'}/{file}"
        if file in files:
            yield Page(set=name, name=key, site=site_of(url), url=url, body=files[file], gold=_GOLD[name](said))


def _readability(folder: Path, name: str) -> Iterator[Page]:
    files = _files(folder, name)
    for path in sorted(path for path in files if path.endswith("source.html")):
        where, body = path.removesuffix("source.html"), files[path]
        said = json.loads(files.get(f"{where}expected-metadata.json", b"{}"))
        html, key = decoded(files[f"{where}expected.html"]), where.strip("/")
        found = _ADDRESS.search(body)
        url = (found[1] or found[2]).decode("utf-8", "replace") if found else ""
        gold = Gold(
            paragraphs=paragraphs(html),
            html=html,
            title=said.get("title"),
            authors=tuple(filter(None, [" ".join((said.get("byline") or "").split())])) if "byline" in said else None,
            date=said.get("publishedTime"),
            language=said.get("lang"),
        )
        site, address = (site_of(url), url) if url else (f"{name}:{key}", f"https://page.invalid/{key}")
        yield Page(set=name, name=key, site=site, url=address, body=body, gold=gold)


def _plain_gold(said: Mapping[str, Any]) -> Gold:
    return Gold(paragraphs=_lines(said["articleBody"]))


def _naeb_gold(said: Mapping[str, Any]) -> Gold:
    authors = tuple(name for name in (part.strip() for part in said["authors"].split(",")) if name)
    return Gold(
        paragraphs=_lines(said["articleBody"]),
        title=said["title"],
        authors=authors,
        date=said["date"] if said["date"][:1].isdigit() else None,
    )


def _fundus_eval_gold(said: Mapping[str, Any]) -> Gold:
    return Gold(paragraphs=tuple(said["body"]), language="en")


def _fundus_gold(said: Mapping[str, Any]) -> Gold:
    authors = said.get("authors")
    return Gold(
        paragraphs=_lines(said["articleBody"]),
        title=said["title"],
        authors=None if authors is None else tuple(authors),
        date=said["publishing_date"],
    )


def _segments_gold(said: Mapping[str, Any]) -> Gold:
    author = said.get("author") or ""
    return Gold(
        wanted=tuple(said.get("with") or ()),
        unwanted=tuple(said.get("without") or ()),
        title=said.get("title") or None,
        authors=tuple(author if isinstance(author, list) else re.split(r"\s*[;,]\s*", author)) if author else None,
        date=said.get("date") or None,
    )


_GOLD: Mapping[str, Callable[[Mapping[str, Any]], Gold]] = {
    "scrapinghub": _plain_gold,
    "naeb": _naeb_gold,
    "fundus-eval": _fundus_eval_gold,
    "fundus": _fundus_gold,
    "trafilatura": _segments_gold,
}


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for part in text.split("\n") if (line := part.strip()))


def _gather(element: lxml.html.HtmlElement, parts: list[str]) -> None:
    """Add an element's text, a line a block."""
    tag = element.tag
    if isinstance(tag, str) and tag not in _NO_TEXT:
        edge = "\n" if tag in BLOCKS or tag == "br" else ""
        parts.append(edge + (element.text or ""))
        for child in element:
            _gather(child, parts)
        parts.append(edge)
    parts.append(element.tail or "")


# The measure.


def _words(text: str) -> Counter[Any]:
    return _counted(_WORD.findall(text), 4)


def _characters(text: str) -> Counter[Any]:
    return _counted("".join(_WORD.findall(text)), 5)


def _counted(parts: Sequence[str], length: int) -> Counter[Any]:
    """Count the runs of so many parts; fewer are one run, none too, so that nothing found is found wrongly."""
    return Counter(tuple(parts[n : n + length]) for n in range(max(1, len(parts) - length + 1)))


def _is_unspaced(text: str) -> bool:
    head = "".join(text[:4_000].split())
    return len(_UNSPACED.findall(head)) > 0.3 * len(head)


def _due(gold: Sequence[str], text: str, runs: Callable[[str], Counter[Any]]) -> Iterator[str]:
    """Yield the paragraphs that a text must have: an optional one only if it has more than half of it."""
    had = runs(text)
    for paragraph in gold:
        if not paragraph.startswith("["):
            yield paragraph
            continue
        wanted = runs(optional := paragraph.strip("[]"))
        if sum(run in had for run in wanted) > 0.5 * len(wanted):
            yield optional


def _segments(gold: Gold, text: str) -> Score:
    squeezed = " ".join(text.split())
    found = sum(" ".join(segment.split()) in squeezed for segment in gold.wanted)
    wrong = sum(" ".join(segment.split()) in squeezed for segment in gold.unwanted)
    return Score(found, found + wrong, found, len(gold.wanted))


def _rows(scores: Sequence[Score]) -> Any:
    return numpy.array([(s.right, s.kept, s.found, s.wanted) for s in scores], dtype=float)


def _f1(sums: Any) -> tuple[Any, Any, Any]:
    """Return F1, precision and recall of sums in the order of a score."""
    right, kept, found, wanted = numpy.moveaxis(sums, -1, 0)
    precision, recall = right / numpy.maximum(kept, 1e-9), found / numpy.maximum(wanted, 1e-9)
    return 2 * precision * recall / numpy.maximum(precision + recall, 1e-9), precision, recall


@cache
def _samples(size: int) -> Any:
    """Return how often each of so many pages is drawn in each sample; the same for all tools, so that they pair."""
    return numpy.random.default_rng(_SEED).multinomial(size, [1 / size] * size, _SAMPLES).astype(float)
