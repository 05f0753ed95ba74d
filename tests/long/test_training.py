"""What is trained is what is run: LightGBM's forests and ours, as arrays, say the same."""

import numpy as np
import pytest

from cuttings.parse.page.features import NAMES


def test_exported_trees_say_what_those_of_the_library_say():
    pytest.importorskip("lightgbm", reason="who trains installs it: make train")
    from benchmarks.extraction.examples import Example
    from benchmarks.extraction.train import exported, fitted

    random = np.random.default_rng(3)
    rows = random.normal(size=(600, len(NAMES))).astype(np.float32)
    known = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0).astype(np.int8)
    boosters = fitted([Example("a.example", rows, known, np.ones(600))])

    odds = np.mean([booster.predict(rows, raw_score=True) for booster in boosters], axis=0)
    assert np.abs(exported(boosters).probabilities(rows) - 1 / (1 + np.exp(-odds))).max() < 1e-6
