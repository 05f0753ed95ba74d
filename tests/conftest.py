"""For all tests: where everything is required, a test that is skipped has failed."""

import os

import pytest

REQUIRED = os.environ.get("CUTTINGS_REQUIRE_ALL") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skipped test into a failed one."""
    return _required((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Turn a skipped module into a failed one."""
    return _required((yield))


def _required(report):
    if REQUIRED and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"everything is required here, but: {reason}"
    return report
