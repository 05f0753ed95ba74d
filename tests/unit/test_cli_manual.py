"""The man page says what the help says, and is good roff."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cuttings.cli.main import app
from cuttings.cli.manual import page

WRITTEN = Path(__file__).parents[2] / "docs" / "cuttings.1"


def test_the_man_page_is_made_from_the_help():
    assert WRITTEN.read_text("utf-8") == page(app), "the help has changed: run `make man`"


def test_every_command_is_in_it():
    text = page(app)

    for words in ('.SS "cuttings run"', '.SS "cuttings source import FILE"', "\\fB\\-\\-full\\-text\\fR", ".B 4"):
        assert words in text


def test_the_man_page_is_rendered_without_a_warning():
    groff = shutil.which("groff")
    if groff is None:
        if os.environ.get("CUTTINGS_REQUIRE_ALL"):
            pytest.fail("groff is required here")
        pytest.skip("groff is not installed")

    plain = [groff, "-man", "-ww", "-Tutf8", "-P-cbou", str(WRITTEN)]
    done = subprocess.run(plain, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "cuttings source import FILE" in done.stdout
