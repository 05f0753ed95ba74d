"""A look back at an article's page: when it is due (`Check`), and what looking has taught of its source (`Looks`)."""

from dataclasses import dataclass
from datetime import datetime

from cuttings.model.article import RecordId, SourceKey
from cuttings.model.capture import Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page as it was when it was read last: what it is asked by, and what tells that it changed.

    Without `validators` and `fingerprint` it is asked and read whole: an
    article that stands on several pages, or one that is gone.
    """

    validators: Validators = Validators()
    fingerprint: bytes | None = None  # sha256 of the decoded body
    title: str = ""  # the headline as the page had it


UNSEEN = Seen()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """An article whose page is looked at again.

    `start` is the moment from which an article's age counts, `looked` when
    its page was read last.  `not_before` is the server's word.
    """

    record: RecordId
    source: SourceKey
    url: str
    start: datetime
    looked: datetime
    due: datetime | None  # None: never again
    seen: Seen = UNSEEN
    not_before: datetime | None = None
    edits: int = 0  # that were found so
    missing: datetime | None = None  # when the server first said that it is not there
    failures: int = 0  # in a row
    doubt: bytes | None = None  # digest of a text too unlike the article to be believed when it comes once


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What looking back at a source's pages came to: how often, how often in vain; both decay.

    `spent` requests were made on the UTC day that began at `day`.
    """

    looked: float = 0.0
    edited: float = 0.0
    day: datetime | None = None
    spent: int = 0
