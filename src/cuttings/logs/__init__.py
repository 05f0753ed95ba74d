"""Logging: one line an event on stderr, for people or as JSON; the one door to structlog.

Everything that a stage logs passes here: control characters are escaped
(THREATS H-103, J2) and credentials in addresses masked (C1) before a line is
written.  A log that cannot be written stops nothing (F-25).
"""

import logging
import re
import sys
from typing import Any, TextIO

import structlog

from cuttings.text import urls
from cuttings.text.visible import visible

_HEADER = re.compile(r"\b(authorization|cookie|set-cookie)(['\"]?\s*[:=]\s*).+", re.IGNORECASE)

_QUIET = ("apscheduler", "asyncio", "httpx", "trafilatura", "granian", "htmldate", "courlan", "justext", "py3langid")


def configure(
    *, verbose: bool = False, daemon: bool = False, as_json: bool = False, stream: TextIO | None = None
) -> None:
    """Send what is logged to stderr: warnings, the daemon's story too, everything of ours with `verbose`.

    On a terminal and in a file people read lines; `as_json` is for collectors
    of logs.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=_processors(as_json, daemon)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO if daemon else logging.WARNING)
    logging.raiseExceptions = False  # a closed stderr is no reason to stop
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def masked(text: str) -> str:
    """Return the text on one line, without passwords and tokens."""
    return visible(_HEADER.sub(r"\1\2***", urls.masked(text)))


def _processors(as_json: bool, daemon: bool) -> list[Any]:
    times = [structlog.processors.TimeStamper(fmt="iso", utc=True)] if daemon or as_json else []
    shape = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else _plain
    return [
        structlog.stdlib.add_log_level,
        *times,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        _cleaned,
        shape,
    ]


def _cleaned(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: _clean(str(value), key) for key, value in event.items()}


def _clean(value: str, key: str) -> str:
    """Mask a value; a traceback keeps its lines, indented, so that none of them passes for another event."""
    if key != "exception":
        return masked(value)
    return "\n".join("    " + masked(line) for line in value.splitlines())


def _plain(_logger: Any, _method: str, event: structlog.typing.EventDict) -> str:
    """Return a line as people read it: time, level where it is not ordinary, what happened."""
    level = "" if event["level"] == "info" else f"{event['level']}: "
    time = f"{event['timestamp'][:19]}Z " if "timestamp" in event else ""
    trace = f"\n{event['exception']}" if "exception" in event else ""
    return f"{time}{level}{event['event']}{trace}"
