"""Under which id readers know a record: its origin's, where that is one for the whole world.

Pure.  Standards: RFC 4287 4.2.6 (atom:id is an IRI), RFC 3987, RFC 4151 (tag:),
RFC 8141 (urn:), RFC 9562 5.8.
"""

import itertools
import re
from collections.abc import Iterator

from cuttings.model.feed import Candidate
from cuttings.text.digest import record_id, urn_of

LONGEST = 1_000  # characters; readers keep ids in indexed columns

_CHARACTERS = r"(?:[^\s<>\"{}|\\^`%\[\]#]|%[0-9A-Fa-f]{2})"
_FORMS = (
    rf"https?://(?:[\w.~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?(?:[/?]{_CHARACTERS}*)?",
    rf"tag:[\w.@-]+,[0-9]{{4}}(?:-[0-9]{{2}}){{0,2}}:{_CHARACTERS}*",
    r"urn:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    rf"urn:(?!uuid:|urn-)[A-Za-z0-9][A-Za-z0-9-]{{1,31}}:{_CHARACTERS}+",
)
_IRI = re.compile(rf"(?:{'|'.join(_FORMS)})(?:#{_CHARACTERS}*)?", re.IGNORECASE)


def published_ids(candidate: Candidate) -> Iterator[str]:
    """Yield the ids a record may get, best first, without end: the first one that nobody holds is its own.

    Another record may hold the record's own urn:uuid, since a guid is what a
    stranger says it is; then others follow, made in the same way.
    """
    if candidate.guid is not None and is_absolute(candidate.guid):
        yield candidate.guid
    yield urn_of(candidate.id)
    for number in itertools.count(1):
        yield urn_of(record_id(candidate.id, str(number)))


def is_absolute(guid: str) -> bool:
    """Tell whether a guid is an absolute IRI (http, https, tag or urn) that may stand as atom:id as it is."""
    return len(guid) <= LONGEST and guid.isprintable() and _IRI.fullmatch(guid) is not None
