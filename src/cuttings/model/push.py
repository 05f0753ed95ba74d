"""Our subscriptions at the hubs of sources, what comes by them, and what push has come to for a source."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from cuttings.model.article import SourceKey

Mode = Literal["subscribe", "unsubscribe"]

Standing = Literal[
    "confirmed",  # a hub tells us what is new
    "asked",  # one is asked to, and may ask back
    "failing",  # one will not, or says nothing; it is asked again
    "ending",  # one is asked to let us go
]
STANDINGS: Final[Sequence[Standing]] = ("confirmed", "asked", "failing", "ending")


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What push has come to for a source, as of its last visit or push.

    `since` and `until` say when a hub tells us of all that is new, None: it
    does not.  While there is `doubt`, so many pushes have to bring something
    before we rely on it.
    """

    since: datetime | None = None
    until: datetime | None = None
    last: datetime | None = None  # the last push that could be read
    brought: int = 0  # entries that push brought first
    missed: int = 0  # entries that a visit found, and push should have brought
    missed_at: datetime | None = None  # the last visit that found some
    doubt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription at one hub, with a callback of its own.

    `pending` is what was asked for and is not confirmed; `asked` is when, None
    where it is to be asked (again) at `due`.  Confirmed, `due` is when it is
    renewed.
    """

    callback: str = field(repr=False)  # where the hub reaches us; its last part is the token
    source: SourceKey
    hub: str
    topic: str
    secret: str | None = field(default=None, repr=False)
    pending: Mode | None = None
    asked: datetime | None = None
    confirmed: datetime | None = None
    expires: datetime | None = None
    due: datetime
    failures: int = 0  # in a row
    error: str | None = None
    seen: tuple[bytes, ...] = ()  # digests of the last bodies, the newest last

    @property
    def standing(self) -> Standing:
        """How it stands with the hub."""
        if self.pending == "unsubscribe":
            return "ending"
        if self.failures:
            return "failing"
        return "asked" if self.pending else "confirmed"

    @property
    def token(self) -> str:
        """What makes its callback unguessable."""
        return self.callback.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A body that was pushed to us, as it is to be read: unpacked."""

    source: SourceKey
    topic: str
    at: datetime
    body: bytes
