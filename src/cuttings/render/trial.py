"""A theme, tried before it is used: each page is made with all there can be on it, and with next to nothing.

Pure.  What a theme does wrong shows when the configuration is read, not when
an article arrives that has no title.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from cuttings.errors import ConfigError
from cuttings.model.article import Enclosure, Image, Person, Record, RecordId
from cuttings.model.feed import Item, Origin, Presentation, Sheet, Site
from cuttings.render.health import Told, Word
from cuttings.render.html import Card, Pages
from cuttings.render.theme import Templates

_WHEN = datetime(2026, 1, 31, 12, tzinfo=UTC)
_SITE = Site(title="A site", url="https://example.org/")
_FEED = Presentation(
    feed_id="urn:uuid:00000000-0000-4000-8000-000000000000",
    name="feed",
    title="A feed",
    language="en",
    site_title="A site",
    site_url="https://example.org/",
)
_BARE = Record(
    id=RecordId("a" * 26),
    source=None,
    ident="a",
    guid=None,
    url=None,
    canonical_url=None,
    story="a",
    status="feed",
    provenance="feed",
    title="",
    first_seen=_WHEN,
)
_WHOLE = replace(
    _BARE,
    url="https://example.org/1",
    status="full",
    title="A title",
    subtitle="A line under it",
    authors=(Person(name="Jane", url="https://example.org/jane"), *(Person(name=name) for name in "ABCDE")),
    published=_WHEN,
    language="fr",
    rights="CC BY 4.0",
    summary="A summary.",
    content="<p>A text.</p>",
    text="A text.",
    image=Image(url="https://example.org/1.png", alt="A picture", caption="Its caption"),
    enclosures=(Enclosure(url="https://example.org/1.mp3", type="audio/mpeg", length=1_000_000),),
)
_ITEMS = (
    Item(
        record=_WHOLE,
        published_id="https://example.org/1",
        updated=_WHEN,
        title="A title",
        note="A note.",
        extent="full",
        origin=Origin(title="A source", url="https://example.org/feed", home="https://example.org/"),
        link="https://example.org/1",
    ),
    Item(
        record=_BARE,
        published_id="urn:uuid:00000000-0000-4000-8000-000000000001",
        updated=_WHEN,
        title="",
        note=None,
        extent="link",
        origin=Origin(),
        link=None,
    ),
)
_WORDS: tuple[Word, ...] = ("good", "quiet", "failing", "gone", "paused", "new")
_SOURCES = tuple(
    Told(
        title="A source",
        home="https://example.org/" if word == "good" else None,
        feed="https://example.org/feed" if word != "new" else None,
        language="en" if word == "good" else None,
        tags=("a", "b") if word == "good" else (),
        word=word,
        since=_WHEN if word not in ("paused", "new") else None,
        reason="503" if word == "failing" else None,
    )
    for word in _WORDS
)
_DAYS = {_WHEN.date() - timedelta(days=ago): ago + 1 for ago in range(5)}
_SHEETS = (
    Sheet(number=None, updated=_WHEN, prev=2),
    Sheet(number=2, updated=_WHEN, prev=1, next=3),
    Sheet(number=1, updated=_WHEN),
)


def faults(templates: Templates) -> Sequence[ConfigError]:
    """Return what a theme does wrong: in how it is written, else in what comes of it; each template's first."""
    return templates.faults() or tuple({fault.file: fault for fault in _failures(templates)}.values())


def _failures(templates: Templates) -> Iterator[ConfigError]:
    for template, page in _pages(Pages(templates, strict=True)):
        try:
            page()
        except Exception as error:  # a template is a program: anything may go wrong in it
            yield templates.fault(error, template)


def _pages(pages: Pages) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield each page with the template that it begins with."""
    for item in _ITEMS:
        yield "entry.html", partial(pages.entry, _FEED, item)
        yield "article.html", partial(pages.article, _FEED, item)
    for sheet in _SHEETS:
        for days in ([], list(_DAYS)):
            parts = [day.isoformat().encode() + b"\n<article></article>" for day in days]
            yield "feed.html", partial(pages.document, _FEED, sheet, parts)
    filled, empty = Card(presentation=_FEED, items=_ITEMS, count=20, days=_DAYS), Card(presentation=_FEED, items=())
    for cards, sources in (((), ()), ((filled, empty), _SOURCES)):
        yield "index.html", partial(pages.index, _SITE, cards, sources)
        yield "sources.html", partial(pages.sources, _SITE, sources)
