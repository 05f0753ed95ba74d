"""Runs every benchmark of this package, one after the other."""

import runpy
import sys
from pathlib import Path

from benchmarks.corpora import DEFAULT

_SHARED = ("appeals", "corpora", "exactness", "measure", "peers", "publishing")  # what benchmarks share
_OF_PAGES = ("fidelity", "kinds", "markup", "metadata", "revisions", "stories")


def main() -> None:
    """Run each; those that measure on the shared pages only where these are."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in _OF_PAGES and not DEFAULT.exists():
            print(f"{path.stem}: left out, {DEFAULT} is not there", file=sys.stderr)
        elif not path.name.startswith("_") and path.stem not in _SHARED:
            runpy.run_module(f"benchmarks.{path.stem}", run_name="__main__")


if __name__ == "__main__":
    main()
