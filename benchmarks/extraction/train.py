"""Learn which blocks of a page are its text, from pages with gold.

    python -m benchmarks.extraction.train [--corpora DIR]

Writes the model that comes with the package, learned from all pages, and five
more, each learned without the sites of one fold: by them the pages are scored
that the shipped model has seen.  `folds.json` says which site is in which fold.
The same pages and library versions give the same bytes.
"""

import argparse
import io
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from benchmarks.corpora import DEFAULT
from benchmarks.extraction.examples import FOLDS, Example, examples, fold_of
from cuttings.parse.page.features import NAMES
from cuttings.parse.page.trees import MODEL, Trees

HERE = Path(__file__).parent
FOLDER = HERE / "folds"
SITES = HERE / "folds.json"

_SEEDS, _ROUNDS = (1, 2, 3), 100  # forests of one model: their mean errs less than any of them
_LEARNING = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 24,
    "max_depth": 8,
    "min_child_samples": 30,
    "min_sum_hessian_in_leaf": 1e-3,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train all models; progress goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction.train", description=__doc__)
    parser.add_argument("--corpora", type=Path, default=DEFAULT)
    learned = list(examples(parser.parse_args(arguments).corpora))
    FOLDER.mkdir(exist_ok=True)
    sites = {example.site: fold_of(example.site) for example in learned}
    SITES.write_text(json.dumps(sites, indent=0, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    for fold in range(FOLDS):
        print(f"fold {fold}", file=sys.stderr, flush=True)
        write(exported(fitted([one for one in learned if fold_of(one.site) != fold])), FOLDER / f"{fold}.npz")
    print("the shipped model", file=sys.stderr, flush=True)
    write(exported(fitted(learned)), MODEL)


def fitted(learned: Sequence[Example]) -> list[lightgbm.Booster]:
    """Return the forests that pages teach; what they make of a block is the mean of their log-odds."""
    known = np.concatenate([example.known for example in learned])
    weights = np.concatenate([example.weights for example in learned])
    rows = np.vstack([example.rows for example in learned])
    sure = known >= 0
    data = lightgbm.Dataset(
        rows[sure],
        known[sure],
        weight=weights[sure] / weights.mean(),
        feature_name=list(NAMES),
    )
    return [lightgbm.train({**_LEARNING, "seed": seed}, data, _ROUNDS) for seed in _SEEDS]


def exported(boosters: Sequence[lightgbm.Booster]) -> Trees:
    """Return LightGBM's forests as one of ours."""
    feature: list[int] = []
    number: list[float] = []
    right: list[int] = []
    roots: list[int] = []
    depths = []
    for tree in [tree for booster in boosters for tree in booster.dump_model()["tree_info"]]:
        roots.append(len(feature))
        depths.append(_add(tree["tree_structure"], feature, number, right))
    leaves = np.array(feature) < 0
    return Trees(
        feature=np.array(feature, np.int16),
        number=np.where(leaves, np.array(number) / len(boosters), number).astype(np.float32),
        right=np.array(right, np.int16),
        roots=np.array(roots, np.int32),
        depth=max(depths),
        names=NAMES,
    )


def _add(node: dict[str, Any], feature: list[int], number: list[float], right: list[int]) -> int:
    """Add a node and what is below it; return how deep that is."""
    at = len(feature)
    if "left_child" not in node:
        feature.append(-1)
        number.append(node["leaf_value"])
        right.append(0)
        return 0
    feature.append(node["split_feature"])
    number.append(_rounded_down(node["threshold"]))
    right.append(0)
    left_depth = _add(node["left_child"], feature, number, right)
    right[at] = len(feature) - at
    return 1 + max(left_depth, _add(node["right_child"], feature, number, right))


def _rounded_down(threshold: float) -> float:
    """Return the greatest number of single precision that is not above: the same rows are at most this."""
    rounded = np.float32(threshold)
    return float(rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32("-inf")))


def write(trees: Trees, path: Path) -> None:
    """Write a model as npz; a model has one form in bytes, whenever it is written."""
    arrays: dict[str, NDArray[Any]] = {
        "feature": trees.feature,
        "number": trees.number,
        "right": trees.right,
        "roots": trees.roots,
        "depth": np.array(trees.depth),
        "names": np.array(" ".join(trees.names)),
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, array in arrays.items():
            written = io.BytesIO()
            np.save(written, array)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            file.writestr(entry, written.getvalue(), zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main()
