"""Runs every benchmark of this package, one after the other."""

import runpy
from pathlib import Path


def main() -> None:
    """Run each module that is not this one."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if not path.name.startswith("_") and path.stem != "measure":
            runpy.run_module(f"benchmarks.{path.stem}", run_name="__main__")


if __name__ == "__main__":
    main()
