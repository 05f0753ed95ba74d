"""What pages say of themselves, as we read it, against gold; and for how many of them the page says it at all.

    python -m benchmarks.metadata [--wrong] [DIR]

Metadata alone, of the sets of pages whose gold has any; `fidelity` has the same
figures beside other tools'.  A gold that stands nowhere on its page, in no
wording that we know of, is out of reach of any tool: it was written down from
another version of the page, or wrongly.  `--wrong` prints each that is wrong.
"""

import html
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpora import DEFAULT, Page, pages
from benchmarks.exactness import days, exact, folded
from benchmarks.peers import Reading
from cuttings.model.capture import Document
from cuttings.parse.discovery import base_of, tree_of
from cuttings.parse.metadata import metadata
from cuttings.text import dates

FIELDS = ("title", "authors", "date")

_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[./]\s?\d{1,2}[./]\s?\d{2,4}|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}"
    r"|\d{1,2}(?:st|nd|rd|th|\.)?\s(?:de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s)?\d{4}|[^\W\d_]{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}"
)
_ORDERS = ("en-us", "en-gb")  # of day and month: both count


def main() -> None:
    """Read the metadata of all pages, and print the figures of each set."""
    named = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    counts: Counter[tuple[str, str, str]] = Counter()
    for page in pages(Path(named[0]) if named else DEFAULT):
        found = read(page)
        for field in FIELDS:
            right = exact(field, page.gold, found)
            if right is not None:
                reachable = right or stands(field, page)
                counts.update({(page.set, field, "all"): 1, (page.set, field, "right"): right})
                counts[page.set, field, "reachable"] += reachable
                if not right and "--wrong" in sys.argv:
                    print(f"{page.set}/{page.name}: {_shown(field, page, found)}", "" if reachable else "(absent)")
    print(f"{'':14}" + "".join(f"{f'{field}: exact, on the page':>34}" for field in FIELDS))
    for name in dict.fromkeys(key[0] for key in counts):
        print(f"{name:14}" + "".join(f"{_figures(counts, name, field):>34}" for field in FIELDS))


def read(page: Page) -> Reading:
    """Return what a page says of itself."""
    root, _ = tree_of(Document(body=page.body, url=page.url))
    said = metadata(root, base_of(root, page.url))
    moment = dates.local(said.published or "", said.language)
    names = tuple(person.name for person in said.authors)
    return Reading(title=said.title, authors=names, dates=(moment.isoformat(),) if moment else ())


def stands(field: str, page: Page) -> bool:
    """Tell whether the gold of a field can be read anywhere on its page, its head and its data included."""
    shown = html.unescape(re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), page.html))
    if field == "date":
        wanted = days([page.gold.date or ""])
        return any(wanted & days([day]) for day in _dates(shown))
    texts = [re.sub(r"<[^>]*>", " ", shown), re.sub(r"<[^>]*>", "", shown), shown]
    wanted_texts = [page.gold.title or ""] if field == "title" else list(page.gold.authors or ())
    return any(all(folded(one) in folded(text) for one in wanted_texts) for text in texts)


def _dates(text: str) -> Iterator[str]:
    for written in dict.fromkeys(found[0] for found in _DATE.finditer(text)):
        yield from (moment.isoformat() for order in _ORDERS if (moment := dates.local(written, order)))


def _figures(counts: Counter[tuple[str, str, str]], name: str, field: str) -> str:
    whole = counts[name, field, "all"]
    parts = [f"{counts[name, field, what] / whole:.3f}" for what in ("right", "reachable")] if whole else ["-", "-"]
    return f"{' '.join(parts)} of {whole}"


def _shown(field: str, page: Page, found: Reading) -> str:
    gold = {"title": page.gold.title, "authors": page.gold.authors, "date": page.gold.date}[field]
    ours = {"title": found.title, "authors": found.authors, "date": found.dates}[field]
    return f"{field} {ours!r}, gold {gold!r}"


if __name__ == "__main__":
    main()
