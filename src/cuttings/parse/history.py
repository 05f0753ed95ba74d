"""Where a source's past lies: what its documents lead to, and to which document from there.

Pure: what a document says of itself in, the next document to ask for out.
Standards: RFC 5005 2 to 4 (complete, paged and archived feeds), JSON Feed 1.1 (`next_url`), OpenSearch 1.1
(startIndex); WordPress numbers the pages of its feeds.
"""

import re

from cuttings.model.article import Channel
from cuttings.model.source import Step
from cuttings.text import urls
from cuttings.text.urls import UrlError

DEEPEST = 3  # a robots.txt, an index of sitemaps, an index in it
_LAST_NUMBER = re.compile(r"(\d{1,6})(?!.*\d)")
_NUMBERED = "wordpress"  # in what a feed says it was made by


def begins(channel: Channel, url: str) -> Step | None:
    """Return where the past of the feed at `url` begins, None where its documents do not say."""
    if channel.complete:
        return None
    archived, paged = _linked(channel, "prev-archive"), _linked(channel, "next")
    if archived is not None:
        return Step(url=archived, way="archived")
    if paged is not None:
        return Step(url=paged, way="paged")
    if _NUMBERED in (channel.generator or "").lower():
        return Step(url=_with(url, {"paged": "2"}), way="numbered", number=2)
    return _window(channel, url, 0)


def follows(step: Step, channel: Channel, holds: int) -> Step | None:
    """Return what comes before a document that held so many entries, None where it is the last one."""
    if step.way == "archived":
        following = _linked(channel, "prev-archive")
        return Step(url=following, way="archived") if following else None
    if step.way == "paged":
        following = _linked(channel, "next")
        return Step(url=following, way="paged") if following else None
    if step.way == "numbered" and holds:
        if channel.window is not None:
            return _window(channel, step.url, step.number)
        number = step.number + 1
        return Step(url=_with(step.url, {"paged": str(number)}), way="numbered", number=number)
    return None


def sitemaps(url: str) -> Step | None:
    """Return where a site names its sitemaps, None where the address is none on the web."""
    try:
        site = urls.parse(url)
        return Step(url=f"{site.scheme}://{site.authority}/robots.txt", way="sitemap")
    except UrlError:
        return None


def usual_sitemap(step: Step) -> Step:
    """Return the sitemap of a site whose robots.txt names none."""
    return Step(url=step.url.removesuffix("robots.txt") + "sitemap.xml", way="sitemap", number=1)


def parts(step: Step, channel: Channel) -> tuple[Step, ...]:
    """Return the sitemaps that a document leads to."""
    if step.number >= DEEPEST:
        return ()
    return tuple(
        Step(url=url, way="sitemap", number=step.number + 1, changed=changed) for url, changed in channel.parts
    )


def left(step: Step, channel: Channel | None) -> int | None:
    """Return about how many documents are left with this one, None where nobody can tell."""
    if channel is not None and channel.window is not None and step.way == "numbered":
        total, first, size = channel.window
        return max(0, -(-(total - first + 1) // size) - 1)
    found = _LAST_NUMBER.search(step.url) if step.way == "archived" else None
    return int(found[1]) if found and int(found[1]) < 1900 else None  # more is rather a year


def _window(channel: Channel, url: str, number: int) -> Step | None:
    """Return the next window on a feed that says how many entries it has (OpenSearch, as Blogger)."""
    if channel.window is None:
        return None
    total, first, size = channel.window
    if first + size > total:
        return None
    asked = {"start-index": str(first + size), "max-results": str(size)}
    return Step(url=_with(url, asked), way="numbered", number=number + 1)


def _linked(channel: Channel, rel: str) -> str | None:
    return next((url for name, url in channel.links if name == rel), None)


def _with(url: str, parameters: dict[str, str]) -> str:
    """Return an address with these parameters in the place of those of their names."""
    address, _, query = url.partition("#")[0].partition("?")
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] not in parameters]
    return f"{address}?{'&'.join([*kept, *(f'{name}={value}' for name, value in parameters.items())])}"
