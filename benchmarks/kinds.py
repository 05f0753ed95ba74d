"""How well pages that are no articles, and beginnings before a paywall, are told from articles.

    python -m benchmarks.kinds [DIR]

`kinds.json` names pages of the shared corpora that are none (with the address
they had, where the set does not say) and that are stubs; all other pages of
the sets are articles.
"""

import json
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpora import DEFAULT, pages
from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.parse.discovery import base_of, tree_of
from cuttings.parse.metadata import metadata
from cuttings.parse.page.blocks import blocks
from cuttings.parse.page.choose import choose
from cuttings.parse.page.jsonbody import body_of
from cuttings.parse.page.kinds import Verdict, kind_of
from cuttings.parse.page.witness import told

_LABELS = Path(__file__).with_suffix(".json")
_WITHOUT_GOLD = ("articles/mediacloud-pages", "articles/newspaper4k", "feeds/suites/discovery-pages")


def main() -> None:
    """Judge all pages, print who was judged wrongly, and the figures."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else DEFAULT
    labels = json.loads(_LABELS.read_text("utf-8"))
    counts = {kind: {"right": 0, "missed": 0, "false": 0} for kind in ("none", "stub")}
    spent: list[float] = []
    articles = 0
    for name, url, body in _all(folder):
        true = "none" if name in labels["none"] else "stub" if name in labels["stub"] else "article"
        articles += true == "article"
        given = _judged(body, labels["none"].get(name) or url, spent)
        for kind, count in counts.items():
            count["right"] += true == given.kind == kind
            count["missed"] += true == kind != given.kind
            count["false"] += given.kind == kind != true
        if given.kind != true:
            print(f"{name}: {true}, taken for {given.kind} {given.why}")
    for kind, count in counts.items():
        print(f"{kind}: precision {_share(count, 'false')}, recall {_share(count, 'missed')}")
    spent.sort()
    print(f"{articles} articles; {spent[len(spent) // 2] * 1000:.2f} ms a page (median of the judgement alone)")


def _share(count: dict[str, int], wrong: str) -> str:
    return f"{count['right'] / max(count['right'] + count[wrong], 1):.3f} ({count['right']}, {count[wrong]} {wrong})"


def _all(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield (set/name, address or "", body) of every page."""
    for page in pages(folder):
        yield f"{page.set}/{page.name}", page.url, page.body
    for path in _WITHOUT_GOLD:
        archive = folder / f"{path}.tar.xz"
        if archive.exists():
            yield from _packed(archive)


def _packed(path: Path) -> Iterator[tuple[str, str, bytes]]:
    with tarfile.open(path, "r:xz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file and not member.name.endswith((".txt", ".json")):
                yield f"{path.name.partition('.')[0]}/{member.name.removeprefix('./')}", "", file.read()


def _judged(body: bytes, url: str, spent: list[float]) -> Verdict:
    address = url if url.startswith("http") else ""
    try:
        root, _ = tree_of(Document(body=body, url=address, headers={}))
    except ParseError as error:
        return Verdict("none", error.problem)
    said = metadata(root, base_of(root, address))
    found = blocks(root)
    heard = told(root, said.title, said.description, [one.name for one in said.authors])
    kept = [choice.kept for choice in choose(root, found, heard)]
    hidden = body_of(root, found, kept, said.title or "", said.description or "")
    start = time.process_time()
    verdict = kind_of(root, address, said, found, kept, hidden.words if hidden else None)
    spent.append(time.process_time() - start)
    return verdict


if __name__ == "__main__":
    main()
