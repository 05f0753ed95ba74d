"""How true the text, its markup and its metadata are that tools read from pages with gold.

    python -m benchmarks.fidelity [--corpora DIR] [--sets NAME…] [--tools NAME…] [--json]

Where all sites of the pages are among those that our model learned from, each
page is read by the fold model that has not seen its site; else by the shipped
model.  What is measured is said in docs/benchmarks.md.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import appeals, corpora, peers
from benchmarks.corpora import Page, Score
from benchmarks.exactness import exact
from benchmarks.markup import KINDS, Kept, kept, pooled
from benchmarks.peers import FIELDS, OURS, Reading, Tool
from cuttings.parse.page.trees import Trees
from cuttings.text import phrases

TOOLS = (OURS, *peers.THEIRS)
MEASURES = ("f1", "precision", "recall", "title", "authors", "date", "markup", "ms")

_PROCESSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a tool made of a page; a field is None where there is nothing to compare."""

    score: Score
    fields: Mapping[str, bool | None]
    marks: Mapping[str, Kept] | None
    appeals: Sequence[bool]  # whether each is still there
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A page as read by all tools."""

    set: str
    name: str
    tools: Mapping[str, Measured]
    appeals: Sequence[str] = ()  # their kinds
    paragraphs: int = 0  # of the gold
    lost: int = 0  # of these, to the phrases alone


@dataclass(slots=True)
class Bench:
    """What a process needs to measure pages."""

    tools: Mapping[str, Tool]
    flags: appeals.Flags
    warm: set[str] = field(default_factory=set)

    def measure(self, page: Page) -> Result:
        """Read a page by each tool, and compare."""
        due = appeals.appeals(page, self.flags.get(f"{page.set}/{page.name}", ()))
        gold = [p.strip("[]") for p in page.gold.paragraphs or ()]
        return Result(
            set=page.set,
            name=page.name,
            tools={name: self._measured(name, page, due) for name in self.tools},
            appeals=[kind for kind, _ in due],
            paragraphs=len(gold),
            lost=len(phrases.standing(gold, page.gold.language)),
        )

    def _measured(self, name: str, page: Page, due: Sequence[tuple[str, list[str]]]) -> Measured:
        tool = self.tools[name]
        if name not in self.warm:  # what a process loads once is no cost of a page
            _read(name, tool, page)
            self.warm.add(name)
        found, seconds = _read(name, tool, page)
        return Measured(
            score=corpora.score(page.gold, found.text),
            fields={field: exact(field, page.gold, found) if field in tool.fields else None for field in FIELDS},
            marks=kept(page.gold.html, _html(tool, page), page.url) if page.gold.html else None,
            appeals=appeals.kept(due, found.text),
            seconds=seconds,
        )


def _read(name: str, tool: Tool, page: Page) -> tuple[Reading, float]:
    """Return what a tool reads and the processor time it takes; where it fails it has read nothing."""
    began = time.process_time()
    try:
        return tool.read(page), time.process_time() - began
    except Exception as error:  # a peer's failure, of whatever kind
        said = str(error).partition("\n")[0]
        print(f"{name}: {page.set}/{page.name}: {type(error).__name__}: {said}", file=sys.stderr)
    return Reading(), time.process_time() - began


def _html(tool: Tool, page: Page) -> str:
    try:
        return tool.markup(page)
    except Exception:  # was told of when the text was read
        return ""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print one table or one JSON document."""
    options = _options(arguments)
    sets = [name for name in corpora.SETS if name in options.sets and name in corpora.present(options.corpora)]
    pages = list(corpora.pages(options.corpora, sets))
    by_folds = bool(pages) and {page.site for page in pages} <= peers.folds().keys()
    tools = _tools(options.tools, by_folds)
    results = _measure_all(pages, Bench(tools, appeals.flags(options.corpora)))
    if options.json:
        print(json.dumps(document(results, sets, options.tools), indent=1))
    else:
        _print(results, sets, list(tools), by_folds)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description="What tools read, against gold.")
    parser.add_argument("--corpora", type=Path, default=corpora.DEFAULT, metavar="DIR")
    parser.add_argument("--sets", nargs="+", choices=corpora.SETS, default=corpora.SETS, metavar="NAME")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=TOOLS, metavar="NAME")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    if not corpora.present(options.corpora):
        parser.error(f"{options.corpora} holds none of the sets")
    return options


def _tools(names: Sequence[str], by_folds: bool) -> dict[str, Tool]:
    """Return the tools of those names that are installed."""
    model: Callable[[Page], Trees | None] = peers.unseen if by_folds else lambda _: None
    all_tools = {OURS: peers.ours(model), **peers.THEIRS}
    for name in names:
        if not all_tools[name].installed:
            print(f"{name} is not installed; `pip install 'cuttings[bench]'` has it", file=sys.stderr)
    return {name: all_tools[name] for name in TOOLS if name in names and all_tools[name].installed}


_bench: Bench  # of this process, inherited by those that measure


def _measure_all(pages: Sequence[Page], bench: Bench) -> list[Result]:
    """Measure in processes that share the work; results are in the order of the pages."""
    global _bench
    _bench, results = bench, []
    with multiprocessing.get_context("fork").Pool(_PROCESSES) as pool:
        for result in pool.imap(_measure, pages, chunksize=4):
            results.append(result)
            if len(results) % 100 == 0 or len(results) == len(pages):
                print(f"{len(results)} of {len(pages)} pages", file=sys.stderr, flush=True)
    return results


def _measure(page: Page) -> Result:
    return _bench.measure(page)


Figures = dict[str, float | None]


def document(results: Iterable[Result], sets: Sequence[str], tools: Sequence[str]) -> dict[str, dict[str, Figures]]:
    """Return all figures by set and tool; what was not measured is None."""
    by_set = _by_set(results)
    return {name: {tool: _figures(by_set[name], tool) for tool in tools} for name in sets}


def _by_set(results: Iterable[Result]) -> dict[str, list[Result]]:
    by_set: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_set[result.set].append(result)
    return by_set


def _figures(results: Sequence[Result], tool: str) -> Figures:
    measured = [result.tools[tool] for result in results if tool in result.tools]
    if not measured:
        return dict.fromkeys(MEASURES)
    whole = corpora.figures([one.score for one in measured])
    marked = pooled(one.marks for one in measured if one.marks is not None)["all"]
    found: Figures = {"f1": whole.f1, "precision": whole.precision, "recall": whole.recall}
    found |= {name: _share([one.fields[name] for one in measured]) for name in ("title", "authors", "date")}
    found |= {"markup": marked.recall, "ms": 1000 * sum(one.seconds for one in measured) / len(measured)}
    return {name: None if value is None else round(value, 4) for name, value in found.items()}


def _share(answers: Iterable[bool | None]) -> float | None:
    known = [answer for answer in answers if answer is not None]
    return sum(known) / len(known) if known else None


# The table.


def _print(results: Sequence[Result], sets: Sequence[str], tools: Sequence[str], by_folds: bool) -> None:
    model = "each page by the fold model that has not seen its site" if by_folds else "by the shipped model"
    print(f"{OURS} reads {model}; 95 % intervals; ms of processor time a page\n")
    heads = (
        "F1",
        "interval",
        "prec.",
        "recall",
        "ours is ahead by",
        "title",
        "authors",
        "date",
        "lang.",
        "markup",
        "ms",
    )
    print(_line("", *heads))
    by_set = _by_set(results)
    for name in sets:
        print(f"{name}, {len(by_set[name])} pages")
        for tool in tools:
            print(_line(f"  {tool}", *_cells(by_set[name], tool)))
    _print_means(by_set, tools)
    _print_marks(results, tools)
    _print_appeals(results, tools)


def _line(name: str, *cells: str) -> str:
    widths = (7, 14, 7, 8, 24, 8, 9, 7, 10, 8, 8)
    return f"{name:24}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _cells(results: Sequence[Result], tool: str) -> list[str]:
    figures = _figures(results, tool)
    whole = corpora.figures([result.tools[tool].score for result in results])
    language = _share([result.tools[tool].fields["language"] for result in results])
    shown = {name: _shown(figures[name]) for name in MEASURES}
    between = f"{_shown(whole.low)}-{_shown(whole.high)}"
    return [
        shown["f1"], between, shown["precision"], shown["recall"], _ahead(results, tool), shown["title"],
        shown["authors"], shown["date"], _shown(language), shown["markup"], f"{figures['ms'] or 0:.1f}",
    ]  # fmt: skip


def _ahead(results: Sequence[Result], tool: str) -> str:
    if tool == OURS or OURS not in results[0].tools:
        return ""
    scores = [[result.tools[name].score for result in results] for name in (OURS, tool)]
    by, low, high = corpora.difference(*scores)
    return f"{by:+.3f} ({low:+.3f} {high:+.3f})"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _print_means(by_set: Mapping[str, Sequence[Result]], tools: Sequence[str]) -> None:
    print("\nmean F1 of the sets, and time of all pages against trafilatura's")
    seconds = {tool: sum(r.tools[tool].seconds for results in by_set.values() for r in results) for tool in tools}
    for tool in tools:
        means = [corpora.figures([r.tools[tool].score for r in results]).f1 for results in by_set.values()]
        ratio = f"{seconds[tool] / seconds['trafilatura']:.2f}x" if seconds.get("trafilatura") else "-"
        print(f"  {tool:24}{sum(means) / len(means):.3f}{ratio:>10}")


def _print_marks(results: Sequence[Result], tools: Sequence[str]) -> None:
    print("\nshare of the gold's markup present / of the tool's that is in the gold")
    print(f"  {'':24}" + "".join(f"{kind:>14}" for kind in (*KINDS, "all")))
    for tool in tools:
        total = pooled(r.tools[tool].marks or {} for r in results)
        cells = [f"{_shown(one.recall)} / {_shown(one.precision)}" for one in total.values()]
        print(f"  {tool:24}" + "".join(f"{cell:>14}" for cell in cells))


def _print_appeals(results: Sequence[Result], tools: Sequence[str]) -> None:
    print("\nappeals on flagged pages that are not in the text, and of those that trafilatura keeps")
    rows = [(kind, r, n) for r in results for n, kind in enumerate(r.appeals)]
    print(f"  {'':24}" + "".join(f"{kind:>26}" for kind in appeals.KINDS))
    for tool in tools:
        print(f"  {tool:24}" + "".join(f"{_left_out(rows, kind, tool):>26}" for kind in appeals.KINDS))
    lost, paragraphs = sum(r.lost for r in results), sum(r.paragraphs for r in results)
    print(f"  the phrases alone would take {lost} of {paragraphs} gold paragraphs ({lost / max(1, paragraphs):.2%})")


def _left_out(rows: Sequence[tuple[str, Result, int]], kind: str, tool: str) -> str:
    out = [not r.tools[tool].appeals[n] for name, r, n in rows if name == kind]
    hard = [
        not r.tools[tool].appeals[n]
        for name, r, n in rows
        if name == kind and "trafilatura" in r.tools and r.tools["trafilatura"].appeals[n]
    ]
    return f"{sum(out)}/{len(out)}, {sum(hard)}/{len(hard)}"


if __name__ == "__main__":
    main()
