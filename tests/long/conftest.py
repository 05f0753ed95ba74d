"""The long proofs: `make prove` runs them and writes down what was proven."""

from datetime import UTC, datetime
from pathlib import Path

HEAD = """# Proofs

What `make prove` ran last, on {day}, {count} of {all} held.

| proof | file | took | |
|---|---|---|---|
"""


def pytest_addoption(parser):
    """Take the file that the report goes to."""
    parser.addoption("--proofs", metavar="FILE", help="write what was proven to this file")


def pytest_terminal_summary(terminalreporter, config):
    """Write one line a proof."""
    target = config.getoption("--proofs")
    if not target:
        return
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    reports = sorted((one for one in reports if one.when == "call"), key=lambda one: one.nodeid)
    held = sum(one.passed for one in reports)
    head = HEAD.format(day=datetime.now(UTC).date(), count=held, all=len(reports))
    Path(target).write_text(head + "".join(map(_row, reports)), "utf-8")


def _row(report):
    file, _, name = report.nodeid.partition("::")
    name = name.removesuffix("::runTest").rpartition("::")[2]  # a state machine is one test, named after its class
    sentence = name.removeprefix("test_").removeprefix("Test_").replace("_", " ")
    return f"| {sentence} | `{file}` | {report.duration:.0f} s | {'holds' if report.passed else '**fails**'} |\n"
