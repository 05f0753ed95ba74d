"""The long proofs: `make prove` runs them and writes down what was proven; a proof run by itself renews its rows."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

HEAD = """# Proofs

What each long proof said when it ran last, on two cores that other work may have shared: {held} of {all} hold.
`make prove` runs all of them anew.

| proof | file | took | day | at | |
|---|---|---|---|---|---|
"""


def pytest_addoption(parser):
    """Take the file that the report goes to."""
    parser.addoption("--proofs", metavar="FILE", help="write what was proven to this file, in place of what it said")


def pytest_terminal_summary(terminalreporter, config):
    """Write one line a proof, and keep those of proofs that did not run."""
    target = config.getoption("--proofs")
    if not target:
        return
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    told = _read(Path(target)) | dict(_row(one, _commit()) for one in reports if one.when == "call" or one.failed)
    rows = sorted((file, proof, rest) for (proof, file), rest in told.items())
    held = sum(rest.endswith("| holds |") for *_, rest in rows)
    lines = [f"| {proof} | {file} | {rest}\n" for file, proof, rest in rows]
    Path(target).write_text(HEAD.format(held=held, all=len(rows)) + "".join(lines), "utf-8")


def _read(target):
    lines = target.read_text("utf-8").splitlines() if target.exists() else []
    cells = [line.removeprefix("| ").split(" | ", 2) for line in lines if " | `tests/" in line]
    return {(proof, file): rest for proof, file, rest in cells}


def _row(report, commit):
    file, _, name = report.nodeid.partition("::")
    name = name.removesuffix("::runTest").rpartition("::")[2]  # a state machine is one test, named after its class
    sentence = name.removeprefix("test_").removeprefix("Test_").replace("_", " ").replace("|", "/")
    verdict = "holds" if report.passed else "**fails**"
    return (sentence, f"`{file}`"), f"{report.duration:.0f} s | {datetime.now(UTC).date()} | {commit} | {verdict} |"


def _commit():
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"
