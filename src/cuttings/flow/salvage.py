"""What was captured and taken in by nobody: the process died, or gave up reading.  It is not asked for again."""

from dataclasses import dataclass

from cuttings.errors import ArchiveError, ParseError
from cuttings.fetch import headers, replay
from cuttings.model.capture import Document, Exchange, Fetched
from cuttings.model.source import Capture
from cuttings.ports import Archive, Captures
from cuttings.text import urls
from cuttings.text.digest import sha256
from cuttings.text.urls import UrlError

MOST_HOPS = 6  # captures of one visit: redirects, and what they led to
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """A visit as its `captures` have it, redirects among them, the body's last; `fetched` has no exchanges."""

    fetched: Fetched
    captures: tuple[Capture, ...]


async def salvaged(url: str, archive: Archive, captures: Captures) -> Salvaged | None:
    """Return what was captured at an address and never taken in, None where nothing was, or it cannot be read."""
    hops: list[Capture] = []
    while len(hops) < MOST_HOPS:
        try:
            found = await archive.stranded(urls.parse(url).public)
            if found is None:
                return None
            hops.append(found)
            exchange = await whole(found, archive, captures)
            document = replay.document(exchange)
        except (ArchiveError, ParseError, UrlError):
            return None
        if exchange.status not in REDIRECTS or "location" not in document.headers:
            return Salvaged(fetched=_fetched(document, hops), captures=tuple(hops))
        url = urls.absolute(found.url, document.headers["location"]) or ""
    return None


async def whole(capture: Capture, archive: Archive, captures: Captures) -> Exchange:
    """Return what was captured, body and all: a revisit's is with the first of its kind (WARC 1.1, 6.7)."""
    first = await archive.captured(capture.url, capture.payload_sha256) or capture
    return await captures.read(first.ref)


def _fetched(document: Document, hops: list[Capture]) -> Fetched:
    pairs = [(name.encode(), value.encode()) for name, value in document.headers.items()]
    return Fetched(
        document=document,
        at=hops[0].at,
        sha256=sha256(document.body),
        validators=headers.validators_of(pairs, document.url),
    )
