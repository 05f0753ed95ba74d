"""Thousands of ways to make us connect where we must not, witnessed by who would have been connected to (G-S1)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.attacks import PUBLIC, all_attacks

ROOT = Path(__file__).parents[2]
NAMESPACES = (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"])  # for root, and for others


def _makes_a_network(command):
    return subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def siege():
    """What came of it, in a network of its own where whatever is dialled is a canary."""
    works = next(filter(_makes_a_network, NAMESPACES), None)
    if works is None:
        pytest.skip("no network namespace can be made here")
    command = [*works, sys.executable, "-m", "tests.hostile.siege", "--every-address"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout)


def test_there_are_more_than_two_thousand_attacks_and_no_two_are_the_same():
    attacks = {(attack.url, str(attack.answers)) for attack in all_attacks()}

    assert len(attacks) >= 2_000


def test_no_attack_reaches_an_address_that_is_refused(siege):
    assert siege["attacks"] >= 2_000
    assert set(siege["dialled"]) <= set(PUBLIC)
    assert siege["let_through"] == []


def test_the_canaries_sing_where_it_is_allowed(siege):
    assert siege["controls"] == dict.fromkeys(PUBLIC, 1)
