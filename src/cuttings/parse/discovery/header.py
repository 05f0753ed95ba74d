"""Feeds and hubs that a server names in the header field Link.

Pure, linear.  Standards: RFC 8288 3 (Link), STANDARDS 12 (AD-2), WS-1.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from cuttings.model.article import Channel
from cuttings.model.capture import Document
from cuttings.parse.discovery.offer import MOST, TYPES, FeedLink
from cuttings.text import urls

LONGEST = 16_384  # characters of the field that are read
MOST_HUBS = 5
KEPT = ("content-type", "x-robots-tag", "cache-control", "tdm-reservation")  # how it is written, what is reserved
PAST = frozenset({"prev-archive", "next", "current"})  # RFC 5005 3 and 4
LONGEST_KEPT = 2_000  # characters of one

_LINK = re.compile(r"[\s,]*<([^<>]{0,8000})>")
_PARAMETER = re.compile(
    r"""\s*;\s*([\w!#$&+.^`|~-]{1,40}\*?)\s*(?:=\s*(?:"((?:[^"\\]|\\.){0,2000})"|([^",;\s]{0,2000})))?"""
)


def feeds_in(field: str, url: str) -> Iterator[FeedLink]:
    """Yield the feeds that the field names; `url` is the document's address."""
    number = 0
    for target, parameters in _links(field[:LONGEST]):
        rels = parameters.get("rel", "").lower().split()
        media = parameters.get("type", "").partition(";")[0].strip().lower()
        found = urls.absolute(url, target)
        if found is None or "anchor" in parameters or media not in TYPES or not {"alternate", "feed"} & set(rels):
            continue
        yield FeedLink(url=found, title=parameters.get("title") or None, media_type=media, how="header")
        number += 1
        if number == MOST:
            return


def told(channel: Channel, document: Document) -> Channel:
    """Return a channel with the hubs and the address that its headers name, else those that the document names.

    What leads to its past (RFC 5005) is taken from the headers where the
    document itself does not name it.
    """
    field, hubs, own = document.headers.get("link", "")[:LONGEST], list[str](), list[str]()
    past: dict[str, str] = {}
    for target, parameters in _links(field):
        found = urls.absolute(document.url, target)
        if found is not None and "anchor" not in parameters:
            rels = parameters.get("rel", "").lower().split()
            hubs += [found] if "hub" in rels else []
            own += [found] if "self" in rels else []
            for rel in PAST.intersection(rels):
                past.setdefault(rel, found)
    named = tuple(dict.fromkeys(hubs or channel.hubs))[:MOST_HUBS]
    said = {rel for rel, _ in channel.links}
    links = (*channel.links, *((rel, url) for rel, url in past.items() if rel not in said))
    kept = tuple((name, document.headers[name][:LONGEST_KEPT]) for name in KEPT if name in document.headers)
    address, headers = own[0] if own else channel.self_url, kept if named else ()
    return replace(channel, hubs=named, self_url=address, headers=headers, links=links)


def _links(field: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each link's target and its parameters; of several of one name the first counts (RFC 8288 3.3)."""
    at = 0
    while found := _LINK.match(field, at):
        at = found.end()
        parameters: dict[str, str] = {}
        while said := _PARAMETER.match(field, at):
            at = said.end()
            quoted, token = said[2], said[3]
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token or ""
            parameters.setdefault(said[1].lower(), value)
        yield found[1], parameters
        comma = field.find(",", at)
        at = comma if comma >= 0 else len(field)
