"""The SAX driver that feedparser reads with: the standard library's, handing texts on whole.

Unbuffered, expat makes one call of each entity and line of an escaped article;
that is a third of feedparser's time.  feedparser finds a driver by its
module's name, and calls `create_parser`.
"""

from typing import Any
from xml.sax.expatreader import ExpatParser

_BUFFER = 1 << 16  # bytes; few articles are longer


class _Buffering(ExpatParser):
    _parser: Any

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_size = _BUFFER
        self._parser.buffer_text = True


def create_parser() -> ExpatParser:
    """Return a driver for one document."""
    return _Buffering()
