"""What docs/running.md and its files promise an operator, as far as this machine can tell."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cuttings.logs.metrics import Metrics
from tests.unit.test_web_desk import standing

ROOT = Path(__file__).parents[2]
RUNNING = (ROOT / "docs" / "running.md").read_text("utf-8")


def test_the_unit_is_one_that_systemd_understands(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        if os.environ.get("CUTTINGS_REQUIRE_ALL"):
            pytest.fail("systemd-analyze is required here")
        pytest.skip("systemd-analyze is not installed")
    text = (ROOT / "docs" / "cuttings.service").read_text("utf-8")
    unit = tmp_path / "cuttings.service"
    unit.write_text(text.replace("/opt/cuttings/bin/cuttings", sys.executable))

    command = [analyze, "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, [line for line in done.stderr.splitlines() if "cuttings.service" in line]) == (0, [])


def test_the_image_is_made_of_what_is_here():
    text = (ROOT / "docs" / "Containerfile").read_text("utf-8")

    for file in re.findall(r"/src/([\w.-]+)", text):
        assert (ROOT / file).exists()
    assert not re.search(r"(?m)^USER (root|0)", text)
    assert text.rstrip().endswith('ENTRYPOINT ["/opt/cuttings/bin/cuttings"]\nCMD ["run"]')


def test_figures_worth_an_alarm_are_told():
    metrics = Metrics("1")
    metrics.troubled("collect")
    metrics.reloaded(False)

    _, body = metrics.exposition(standing(), "")

    names = re.findall(r"cuttings_\w+(?:\{[^}]*\})?", RUNNING)
    assert len(names) >= 6
    for name in names:
        assert re.search(rf"(?m)^{re.escape(name)}[_{{ ]", body.decode()), name
