"""What readers are told of a source: who it is, and whether it still brings something.

Pure, and without a clock: the words change when the source's health does, not
with each visit.  A single failure is nobody's business; the third in a row is
told.  Addresses with credentials, folders and networks of ours are not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cuttings.model.source import Source, SourceState
from cuttings.render import wording
from cuttings.text import urls

TOLD_AFTER = 3  # failures in a row
QUIET = 1 / 30  # articles a day: fewer than one a month
LONGEST_REASON = 200

Word = Literal["good", "quiet", "failing", "gone", "paused", "new"]
TROUBLE: tuple[Word, ...] = ("failing", "gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A source as readers see it.  `since` is when it was met, first failed or went; `reason` is why it fails."""

    title: str
    home: str | None
    feed: str | None
    language: str | None
    tags: tuple[str, ...]
    word: Word
    since: datetime | None
    reason: str | None

    @property
    def is_troubled(self) -> bool:
        """Whether somebody should look after it."""
        return self.word in TROUBLE


def told(source: Source, state: SourceState | None) -> Told:
    """Return what readers are told of a source."""
    channel = state.channel if state else None
    feed = wording.web((state.address if state else source.url) if source.url else None)
    shareable = None if source.secret else _shareable(feed)
    word, since = _health(source, state)
    return Told(
        title=wording.line((channel and channel.title) or "") or source.name,
        home=_shareable(wording.web(channel.link) if channel else None),
        feed=shareable,
        language=channel.language if channel else None,
        tags=tuple(map(wording.line, source.tags)),
        word=word,
        since=since,
        reason=_reason(feed, shareable, state.error) if word == "failing" and state and state.error else None,
    )


def _health(source: Source, state: SourceState | None) -> tuple[Word, datetime | None]:
    if source.paused:
        return "paused", None
    if state is None:
        return "new", None
    if state.stopped:
        return "gone", state.gone
    if state.failures >= TOLD_AFTER:
        return "failing", state.failing_since
    if state.met is None:
        return "new", None
    is_quiet = state.rhythm.per_day is not None and state.rhythm.per_day < QUIET
    return ("quiet" if is_quiet else "good"), state.met


def _reason(feed: str | None, shareable: str | None, error: str) -> str | None:
    if feed is None:
        return "the folder cannot be read"
    if shareable is None:
        return None
    if "not public" in error:
        return "its address is not public"
    return wording.line(urls.masked(error))[:LONGEST_REASON]


def _shareable(url: str | None) -> str | None:
    return url if url is not None and urls.masked(url) == url else None
