"""Boosted trees as arrays: what was learned, asked without the library that learned it.

A file of the model (npz) holds the nodes of all trees, one tree after the
other, each node before its left branch and that before its right one:

    feature   column that the node looks at; -1: a leaf
    number    of a leaf its part of the log-odds; else the threshold: at most this goes left
    right     how many nodes further on the right branch begins; the left one is next; 0: a leaf
    roots     at which node each tree begins
    depth     the most steps from a root to a leaf
    names     what the columns are, in order

Pure, but for reading that file.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MODEL = Path(__file__).with_name("model.npz")
_EVERY = 2  # steps
_ARRAYS = ("feature", "number", "right", "roots")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """A model of boosted trees; `names` are its columns."""

    feature: NDArray[np.int16]
    number: NDArray[np.float32]
    right: NDArray[np.int16]
    roots: NDArray[np.int32]
    depth: int
    names: tuple[str, ...]

    @classmethod
    def load(cls, path: Path) -> "Trees":
        """Read a model; raises OSError or ValueError where there is none."""
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in _ARRAYS}
            return cls(**arrays, depth=int(file["depth"]), names=tuple(str(file["names"]).split()))

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of each row; its columns are those of `names`."""
        # All rows go down all trees a step at a time; those at a leaf step aside, every other time.
        count, trees = len(rows), len(self.roots)
        flat = rows.ravel()
        node = np.tile(self.roots, count)
        start = np.repeat(np.arange(count, dtype=np.int32) * np.int32(rows.shape[1]), trees)
        at = np.arange(count * trees, dtype=np.int32)
        odds = np.zeros(count * trees, np.float32)
        for step in range(self.depth):
            feature = self.feature.take(node)  # -1 at a leaf: any number does, it goes nowhere
            goes_left = flat.take(start + feature, mode="clip") <= self.number.take(node)
            node += np.where(goes_left, feature >= 0, self.right.take(node))
            if step % _EVERY == _EVERY - 1:
                ended = self.feature.take(node) < 0
                odds[at[ended]] = self.number.take(node[ended])
                node, at, start = node[~ended], at[~ended], start[~ended]
        odds[at] = self.number.take(node)
        sums: NDArray[np.float64] = odds.reshape(count, trees).sum(axis=1, dtype=np.float64)
        return 1 / (1 + np.exp(-sums))


@cache
def shipped() -> Trees:
    """Return the model that comes with the package."""
    return Trees.load(MODEL)
