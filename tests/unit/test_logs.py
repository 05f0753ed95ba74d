"""What is logged: one line an event, no secret, nothing that steers a terminal."""

import io
import json
import logging

import pytest

from cuttings import logs
from cuttings.text.visible import visible


@pytest.fixture
def logged():
    """Return a function that logs with a configuration and gives what was written."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)

    def written(level: int, message: str, *arguments: object, error: Exception | None = None, **options: bool) -> str:
        stream = io.StringIO()
        logs.configure(stream=stream, **options)
        logging.getLogger("cuttings.test").log(level, message, *arguments, exc_info=error)
        return stream.getvalue()

    yield written
    root.handlers[:], root.level = before[0], before[1]
    logging.captureWarnings(False)


def test_a_command_tells_warnings_and_a_daemon_its_story(logged):
    assert logged(logging.INFO, "served") == ""
    assert logged(logging.WARNING, "%s failed", "a") == "warning: a failed\n"
    assert logged(logging.INFO, "served", daemon=True).endswith("Z served\n")
    assert logged(logging.DEBUG, "asked", daemon=True) == ""
    assert logged(logging.DEBUG, "asked", verbose=True) == "debug: asked\n"


def test_a_name_cannot_forge_a_line_or_steer_the_terminal(logged):
    told = logged(logging.WARNING, "%s: failed", "x\n2026 error: all gone\x1b[2J\u202e")

    assert told.count("\n") == 1
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert r"x\n2026 error: all gone\x1b[2J\u202e: failed" in told


@pytest.mark.parametrize(
    "words",
    ["https://me:hunter2@a.example/feed", "https://a.example/?token=hunter2&a=1", "Authorization: Bearer hunter2"],
)
def test_a_secret_is_not_logged(logged, words):
    assert "hunter2" not in logged(logging.WARNING, "asked %s", words)
    assert "hunter2" not in logged(logging.ERROR, "oh", error=ValueError(words))


def test_a_traceback_cannot_pass_for_further_events(logged):
    told = logged(logging.ERROR, "oh", error=ValueError("a\nwarning: b"))

    assert all(line.startswith(("error: oh", "    ")) for line in told.splitlines())


def test_json_is_one_object_a_line(logged):
    told = json.loads(logged(logging.WARNING, "a\nb", as_json=True))

    assert (told["event"], told["level"]) == (r"a\nb", "warning")
    assert told["timestamp"].endswith("Z")


def test_a_log_that_cannot_be_written_stops_nothing(logged):
    closed = io.StringIO()
    closed.close()
    logs.configure(stream=closed)

    logging.getLogger("cuttings.test").warning("gone")


def test_ordinary_words_of_all_languages_stay_visible_as_they_are():
    assert visible("Überschrift – 見出し, عنوان 🎈") == "Überschrift – 見出し, عنوان 🎈"
    assert visible("a\tb\r\nc\x00\ud800") == r"a\tb\r\nc\x00\ud800"
