"""The blogroll: whom we follow, as OPML 2.0.

Pure; no dates in it, so that it changes only when the sources do.  A source
whose address holds a credential stays out: it is nobody else's.
Serves OPML 2.0; STANDARDS 6.
"""

from collections.abc import Sequence

from cuttings.model.feed import Site
from cuttings.model.source import Source, SourceState
from cuttings.render import wording
from cuttings.text import urls, xml

DOCS = "http://opml.org/spec2.opml"


def blogroll(site: Site, sources: Sequence[tuple[Source, SourceState | None]]) -> bytes:
    """Return the OPML of all sources with a web address, in the order given."""
    root = xml.make("opml", attributes={"version": "2.0"})
    head = xml.child(root, "head")
    xml.child(head, "title", wording.line(site.title))
    xml.child(head, "docs", DOCS)
    body = xml.child(root, "body")
    outlines = [outline for source, state in sources if (outline := _outline(source, state))]
    for outline in outlines or [{"text": "No sources yet"}]:  # a body holds one at least
        body.append(xml.make("outline", attributes=outline))
    for parent in (root, head, body):
        xml.break_lines(parent)
    return xml.serialise(root, declaration=True) + b"\n"


def _outline(source: Source, state: SourceState | None) -> dict[str, str] | None:
    url = wording.web((state.address if state else source.url) if source.url else None)
    if url is None or source.kind not in ("auto", "feed") or source.own or source.secret or urls.masked(url) != url:
        return None
    channel = state.channel if state else None
    title = wording.line((channel and channel.title) or "") or source.name
    return {
        "type": "rss",
        "text": title,
        "title": title,
        "xmlUrl": url,
        **_given("htmlUrl", wording.web(channel.link) if channel else None),
        **_given("language", channel.language if channel else None),
        **_given("category", ",".join(_category(tag) for tag in source.tags)),
    }


def _given(name: str, value: str | None) -> dict[str, str]:
    return {name: value} if value else {}


def _category(tag: str) -> str:
    """A tag as a category: commas part them and slashes make paths, so neither may stand in one."""
    return wording.line(tag).replace(",", " ").replace("/", " ")
