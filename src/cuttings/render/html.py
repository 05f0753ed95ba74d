"""Pages for people: the index, the sources, a feed, its closed pages, an article.

Pure.  Pages need no further file and run no script; a policy in the page says
so.  Lists show no pictures: to open one troubles no publisher's server and
tells it nothing of the reader.  All text is escaped by the templates; the one
thing that is not is what `text.markup` cleaned.
Serves THREATS X3, X4, 1.13; H-67, H-68; STANDARDS 12 (AD-6).
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any

from markupsafe import Markup

from cuttings.model.article import Enclosure
from cuttings.model.feed import Format, Item, Presentation, Sheet, Site
from cuttings.render import plot, wording
from cuttings.render.health import Told
from cuttings.render.theme import Templates
from cuttings.text import urls

log = logging.getLogger(__name__)

SHOWN = 10  # articles of each feed on the index
PLOTTED = 91  # days of each feed that the index draws: a quarter of a year
WORDS_A_MINUTE = 230  # of a reader without haste
VERSION = 2  # counts changes of what is said here; what the templates say counts by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A feed as the index shows it; `items` as its document has them, the first ten are shown.

    `count` is how many the document has, None: as many as `items`; `days` how
    many articles of each day the feed has, of late.
    """

    presentation: Presentation
    items: Sequence[Item]
    count: int | None = None
    days: Mapping[date, int] = field(default_factory=dict)


class Pages:
    """All pages, as a set of templates words them.

    Where a theme fails on a page, ours stands in, since an operator's slip
    should stop no publishing; `strict` raises what went wrong.
    """

    def __init__(self, templates: Templates, *, strict: bool = False) -> None:
        self.templates, self._strict = templates, strict
        self._told: set[str] = set()  # templates whose failure was told
        version = int.from_bytes(templates.digest[:5], "big") * 100 + VERSION
        self.format = Format(
            name="html",
            suffix="html",
            media_type="text/html",
            version=version,
            entry=self.entry,
            document=self.document,
        )

    def entry(self, presentation: Presentation, item: Item) -> bytes:
        """Return an article of a list: on the first line its day, for the plot; then what `document` joins."""
        words = _words(presentation, item)
        body = self._rendered("entry.html", root=_root(presentation.site_url), feed=presentation, **words)
        return _day_of(item).isoformat().encode() + b"\n" + body

    def document(self, presentation: Presentation, sheet: Sheet, parts: Sequence[bytes]) -> bytes:
        """Return the page of a feed, or of a closed page of its history."""
        entries = [part.partition(b"\n") for part in parts]
        return self._rendered(
            "feed.html",
            root=_root(presentation.site_url),
            feed=presentation,
            title=wording.feed_title(presentation),
            sheet=sheet,
            count=len(parts),
            plot=plot.drawn(Counter(date.fromisoformat(day.decode()) for day, _, _ in entries)),
            canonical=wording.address(presentation, sheet.number, "html"),
            articles=Markup(b"".join(body for _, _, body in entries).decode()),  # noqa: S704  escaped when rendered
        )

    def article(self, presentation: Presentation, item: Item) -> bytes:
        """Return the page of one article, whole."""
        return self._rendered(
            "article.html",
            root=_root(presentation.site_url),
            feed=presentation,
            feed_title=wording.feed_title(presentation),
            subtitle=wording.line(item.record.subtitle or ""),
            rights=wording.rights(item),
            content=Markup(wording.content(item)),  # noqa: S704  cleaned by text.markup, just now
            canonical=f"{presentation.site_url}articles/{item.record.id}.html",
            **_words(presentation, item),
        )

    def index(self, site: Site, cards: Sequence[Card], sources: Sequence[Told] = ()) -> bytes:
        """Return the front page: each feed with its formats and its newest articles."""
        shown = [
            {
                "feed": card.presentation,
                "title": wording.feed_title(card.presentation),
                "count": len(card.items) if card.count is None else card.count,
                "plot": plot.drawn(card.days),
                "items": [_words(card.presentation, item) for item in card.items[:SHOWN]],
            }
            for card in cards
        ]
        return self._rendered("index.html", **_about(site), cards=shown, source_count=len(sources))

    def sources(self, site: Site, sources: Sequence[Told]) -> bytes:
        """Return the list of sources, those in trouble first, each part by title."""
        by_title = sorted(sources, key=lambda source: (source.title.casefold(), source.feed or ""))
        return self._rendered(
            "sources.html",
            **_about(site),
            canonical=f"{site.url}sources.html",
            counts=Counter(source.word for source in sources),
            troubled=[source for source in by_title if source.is_troubled],
            others=[source for source in by_title if not source.is_troubled],
        )

    def _rendered(self, template: str, **names: Any) -> bytes:
        try:
            return self.templates.render(template, **names)
        except Exception as error:
            if self._strict:
                raise
            if template not in self._told:
                log.error("%s; our own %s stands in", self.templates.fault(error, template), template)  # noqa: TRY400
            self._told.add(template)
            return OURS.templates.render(template, **names)


OURS = Pages(Templates(), strict=True)
"""The pages as they come with the program."""

FORMAT = OURS.format
POLICY = OURS.templates.policy
"""The Content-Security-Policy of our own pages."""


def _words(presentation: Presentation, item: Item) -> dict[str, Any]:
    """What the templates say of an item."""
    link = wording.web(item.link)
    own = f"{_root(presentation.site_url)}articles/{item.record.id}.html" if item.extent == "full" else None
    original = None if link is not None and link.startswith(presentation.site_url) else link
    return {
        "id": item.record.id,
        "heading": wording.heading(item),
        "link": original or own,
        "original": original,
        "own": own,
        "host": _host(original),
        "lang": wording.other_language(presentation, item),
        "origin": wording.origin_title(item),
        "home": wording.web(item.origin.home),
        "published": wording.published(item),
        "first_seen": item.record.first_seen,
        "authors": wording.authors(item),
        "note": wording.note(item),
        "summary": wording.extract(item),
        "also": wording.also(item),
        "minutes": max(1, round(item.record.words / WORDS_A_MINUTE)) if own else None,
        "enclosures": [{"url": file.url, "label": _label(file)} for file in wording.enclosures(item)],
    }


def _about(site: Site) -> dict[str, Any]:
    return {"root": _root(site.url), "site": site, "title": wording.line(site.title)}


def _day_of(item: Item) -> date:
    return item.record.order_date.astimezone(UTC).date()


def _root(site_url: str) -> str:
    """The path that the site stands at: links made of it work under whatever name a reader reaches us by."""
    return "/" + site_url.partition("://")[2].partition("/")[2]


def _host(url: str | None) -> str | None:
    try:
        return urls.parse(url).host.removeprefix("www.") if url else None
    except urls.UrlError:
        return None


def _label(file: Enclosure) -> str:
    kind = (file.type or "").partition("/")[0]
    name = {"audio": "Audio", "video": "Video", "image": "Image"}.get(kind, "File")
    return f"{name}, {file.length / 1_000_000:.1f} MB" if file.length and file.length >= 50_000 else name
