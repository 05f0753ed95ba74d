"""Who is told when one of our documents changes, and what is asked of our hub."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Mode = Literal["subscribe", "unsubscribe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A subscriber of our hub, who is given the whole document; or another hub, which is told that it changed.

    `topic` is the document's address, `told` the time of the document that
    was last delivered (its event in the ledger), `sent` when that was tried
    last, by our clock.
    """

    topic: str
    callback: str  # as it was given, byte for byte; of another hub its address
    host: str  # of the callback
    due: datetime  # when there is something to do next: to tell, or to forget who expired
    secret: str | None = field(default=None, repr=False)
    expires: datetime | None = None  # None: another hub, which the configuration names
    told: datetime | None = None
    sent: datetime | None = None
    failures: int = 0  # in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asked of our hub; nothing of it holds before their callback has confirmed it."""

    mode: Mode
    topic: str
    callback: str
    host: str
    secret: str | None = field(default=None, repr=False)
    lease: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One of our documents that can be followed by push: its address, where it lies, and its media type."""

    url: str
    path: str  # below the published folder
    media_type: str
