"""How well pages that are no articles, and beginnings before a paywall, are told from articles.

    python -m benchmarks.kinds [DIR]

`kinds.json` names pages of the shared corpora that are none (with the address
they had, where the set does not say) and that are stubs, as a reader sees
them; all other pages of the sets are articles.  The pages that the rules were
made with and those they were not are counted apart; a page of these that is
among those, byte by byte, is left out.
"""

import json
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
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
_UNSEEN = ("articles/newspaper3k", "articles/postlight/html")


def main() -> None:
    """Judge all pages, print who was judged wrongly, and the figures."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else DEFAULT
    labels = json.loads(_LABELS.read_text("utf-8"))
    spent: list[float] = []
    seen: set[bytes] = set()
    for title, found in (("seen", _all(folder)), ("unseen", _packed(folder, _UNSEEN))):
        counts = {kind: {"right": 0, "missed": 0, "false": 0} for kind in ("none", "stub")}
        total = 0
        for name, url, body in found:
            digest = sha256(body).digest()
            if title == "unseen" and digest in seen:
                continue
            seen.add(digest)
            total += 1
            true = "none" if name in labels["none"] else "stub" if name in labels["stub"] else "article"
            given = _judged(body, labels["none"].get(name) or url, spent)
            for kind, count in counts.items():
                count["right"] += true == given.kind == kind
                count["missed"] += true == kind != given.kind
                count["false"] += given.kind == kind != true
            if given.kind != true:
                print(f"{name}: {true}, taken for {given.kind} {given.why}")
        for kind, count in counts.items():
            print(f"{title}, {kind}: precision {_share(count, 'false')}, recall {_share(count, 'missed')}")
        print(f"{title}: {total} pages")
    spent.sort()
    print(f"{spent[len(spent) // 2] * 1000:.2f} ms a page (median of the judgement alone)")


def _share(count: dict[str, int], wrong: str) -> str:
    return f"{count['right'] / max(count['right'] + count[wrong], 1):.3f} ({count['right']}, {count[wrong]} {wrong})"


def _all(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield (set/name, address or "", body) of every page."""
    for page in pages(folder):
        yield f"{page.set}/{page.name}", page.url, page.body
    yield from _packed(folder, _WITHOUT_GOLD)


def _packed(folder: Path, paths: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
    for path in paths:
        packed = folder / f"{path}.tar.xz"
        if not packed.exists():
            continue
        name = path.removesuffix("/html").rpartition("/")[2]
        with tarfile.open(packed, "r:xz") as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file and not member.name.endswith((".txt", ".json")):
                    yield f"{name}/{member.name.removeprefix('./')}", "", file.read()


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
