"""Pages for people: the index, a feed, its closed pages, an article.  The one door to jinja2.

Pure.  Pages need no further file and run no script; a policy in the page says
so.  Lists show no pictures: to open one troubles no publisher's server and
tells it nothing of the reader.  All text is escaped by the templates; the one
thing that is not is what `text.markup` cleaned.
Serves THREATS X3, X4, 1.13; H-67, H-68; STANDARDS 12 (AD-6).
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cuttings.model.article import Enclosure
from cuttings.model.feed import Format, Item, Presentation, Sheet, Site, path_of
from cuttings.render import wording
from cuttings.text import dates, urls

SHOWN = 10  # articles of each feed on the index
WORDS_A_MINUTE = 230  # of a reader without haste
SYNDICATED = (  # in the order that feed readers should prefer them
    ("atom", "Atom", "application/atom+xml"),
    ("rss", "RSS", "application/rss+xml"),
    ("json", "JSON Feed", "application/feed+json"),
)

_FOLDER = Path(__file__).parent / "templates"
_STYLE = Markup((_FOLDER / "style.css").read_text("utf-8"))  # noqa: S704  our own file
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src http: https: data:; "
    "base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy of every page; a server may send it as a header too."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A feed as the index shows it; `items` as its document has them, the first ten are shown.

    `count` is how many the document has, None: as many as `items`.
    """

    presentation: Presentation
    items: Sequence[Item]
    count: int | None = None


def entry(presentation: Presentation, item: Item) -> bytes:
    """Return an article of a list: where from, when, its title, what it is about."""
    return _rendered("entry.html", root=_root(presentation.site_url), **_words(presentation, item))


def document(presentation: Presentation, sheet: Sheet, parts: Sequence[bytes]) -> bytes:
    """Return the page of a feed, or of a closed page of its history."""
    return _rendered(
        "feed.html",
        root=_root(presentation.site_url),
        feed=presentation,
        title=wording.feed_title(presentation),
        sheet=sheet,
        count=len(parts),
        canonical=wording.address(presentation, sheet.number, "html"),
        articles=Markup(b"".join(parts).decode()),  # noqa: S704  escaped when they were rendered
    )


FORMAT = Format(name="html", suffix="html", media_type="text/html", version=1, entry=entry, document=document)


def article(presentation: Presentation, item: Item) -> bytes:
    """Return the page of one article, whole."""
    return _rendered(
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


def index(site: Site, cards: Sequence[Card]) -> bytes:
    """Return the front page: each feed with its formats and its newest articles."""
    shown = [
        {
            "feed": card.presentation,
            "title": wording.feed_title(card.presentation),
            "count": len(card.items) if card.count is None else card.count,
            "items": [_words(card.presentation, item) for item in card.items[:SHOWN]],
        }
        for card in cards
    ]
    return _rendered("index.html", root=_root(site.url), site=site, title=wording.line(site.title), cards=shown)


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
        "minutes": max(1, round(item.record.words / WORDS_A_MINUTE)) if own else None,
        "enclosures": [{"url": file.url, "label": _label(file)} for file in wording.enclosures(item)],
    }


def _rendered(template: str, **names: Any) -> bytes:
    return _templates.get_template(template).render(**names).encode("utf-8", "replace")


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


def _day(moment: datetime) -> str:
    day = moment.astimezone(UTC)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(day=_day, minute=_minute, stamp=dates.rfc3339)
    found.globals.update(style=_STYLE, policy=POLICY, syndicated=SYNDICATED, path_of=path_of)
    return found


_templates = _environment()
