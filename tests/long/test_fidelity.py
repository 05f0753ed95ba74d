"""The measure itself: what is known of a peer comes out again."""

import json

import pytest
from benchmarks import fidelity

from tests.farm import needs_shared

KNOWN = {
    "scrapinghub": 0.960,
    "naeb": 0.910,
    "fundus-eval": 0.928,
    "fundus": 0.953,
    "readability": 0.932,
    "trafilatura": 0.930,
}


def test_trafilatura_comes_out_as_it_is_known(capsys):
    folder = needs_shared("corpora", "articles").parent

    fidelity.main(["--corpora", str(folder), "--tools", "trafilatura", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert {name: found[name]["trafilatura"]["f1"] for name in KNOWN} == pytest.approx(KNOWN, abs=0.01)
