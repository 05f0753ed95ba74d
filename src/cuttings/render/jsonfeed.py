"""JSON Feed 1.1, and the catalogue of all feeds.

Pure.  Items are rendered once; a document is its head, the items' bytes and a
tail.  Serves JSON Feed 1.1; RFC 5005 by analogy (`next_url` is prev-archive,
`_archive` says the rest); STANDARDS 3.
"""

import json
from collections.abc import Sequence
from typing import Any

from cuttings.model.article import Enclosure, Person
from cuttings.model.feed import Format, Item, Presentation, Sheet, Site
from cuttings.render import wording
from cuttings.text import dates

VERSION = "https://jsonfeed.org/version/1.1"
ABOUT_ARCHIVE = "https://www.rfc-editor.org/rfc/rfc5005"
ABOUT_RELATED = "https://www.rfc-editor.org/rfc/rfc4287#section-4.2.7"
ABOUT_SOURCE = "https://www.rfc-editor.org/rfc/rfc4287#section-4.2.11"


def entry(presentation: Presentation, item: Item) -> bytes:
    """Return one item as a JSON object on one line."""
    picture = wording.image(item)
    return _line(
        {
            "id": item.published_id,
            "url": wording.web(item.link),
            "title": wording.title(item),
            **_words(item),
            "image": picture and picture.url,
            "date_published": _date(item),
            "date_modified": dates.rfc3339(item.updated),
            "authors": [_author(person) for person in wording.authors(item)],
            "tags": list(wording.categories(item)),
            "language": item.record.language,
            "attachments": [_attachment(file) for file in wording.enclosures(item)],
            "_source": _source(item),
            "_also": _also(item),
        }
    )


def document(presentation: Presentation, sheet: Sheet, parts: Sequence[bytes]) -> bytes:
    """Return the JSON Feed that holds these items, an item a line."""
    head = _line(
        {
            "version": VERSION,
            "title": wording.feed_title(presentation),
            "home_page_url": wording.address(presentation, None, "html"),
            "feed_url": wording.address(presentation, sheet.number, "json"),
            "next_url": _page(presentation, sheet.prev),
            "hubs": [{"type": "WebSub", "url": url} for url in sheet.hubs],
            "language": presentation.language,
            "authors": [
                {"name": wording.line(presentation.site_title) or presentation.name, "url": presentation.site_url}
            ],
            "_archive": _archive(presentation, sheet),
        }
    )
    return head.removesuffix(b"}") + b', "items": [\n' + b",\n".join(parts) + b"\n]}\n"


FORMAT = Format(
    name="json", suffix="json", media_type="application/feed+json", version=1, entry=entry, document=document
)


def catalogue(site: Site, feeds: Sequence[Presentation], formats: Sequence[Format]) -> bytes:
    """Return feeds.json: each feed with its id and the URLs of its formats, for programs."""
    found = {
        "title": wording.line(site.title),
        "home_page_url": site.url,
        "language": site.language,
        "opml_url": f"{site.url}blogroll.opml",
        "feeds": [_feed(feed, formats) for feed in feeds],
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def _feed(feed: Presentation, formats: Sequence[Format]) -> dict[str, Any]:
    return {
        "id": feed.feed_id,
        "name": feed.name,
        "title": wording.feed_title(feed),
        "language": feed.language,
        "formats": {
            form.name: {"url": wording.address(feed, None, form.suffix), "type": form.media_type} for form in formats
        },
    }


def _words(item: Item) -> dict[str, str | None]:
    """Content must be there in some form (JF-2): the article, else its summary, else the title.

    An article has its summary beside it; a summary that stands for the
    article is said once as `summary` too, where lists look for it.
    """
    summary = wording.summary(item)
    if content := wording.annotated(item):
        return {"content_html": content, "summary": summary}
    stand_in = wording.title(item) or wording.web(item.link) or item.published_id
    return {"content_text": summary or stand_in, "summary": summary}


def _date(item: Item) -> str | None:
    published = wording.published(item)
    return dates.rfc3339(published) if published else None


def _author(person: Person) -> dict[str, str | None]:
    return _known({"name": person.name, "url": person.url})


def _attachment(file: Enclosure) -> dict[str, Any]:
    return _known({"url": file.url, "mime_type": file.type, "size_in_bytes": file.length})


def _source(item: Item) -> dict[str, Any] | None:
    """Where the item came from, as `atom:source` has it; None for a one-off."""
    origin = item.origin
    found = _known(
        {
            "id": origin.id,
            "title": wording.line(origin.title or ""),
            "url": wording.origin_url(item),
            "home_page_url": wording.web(origin.home),
            "rights": wording.rights(item),
        }
    )
    return {"about": ABOUT_SOURCE, **found} if found else None


def _also(item: Item) -> dict[str, Any] | None:
    """Where else the story is told, as Atom's related links have it."""
    links = [{"url": url, "title": title} for url, title in wording.also(item)]
    return {"about": ABOUT_RELATED, "links": links} if links else None


def _archive(presentation: Presentation, sheet: Sheet) -> dict[str, Any]:
    current = None if sheet.number is None else wording.address(presentation, None, "json")
    return _known({"about": ABOUT_ARCHIVE, "current": current, "next": _page(presentation, sheet.next)})


def _page(presentation: Presentation, number: int | None) -> str | None:
    return None if number is None else wording.address(presentation, number, "json")


def _known(pairs: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is unknown or empty; JSON Feed has no null."""
    return {key: value for key, value in pairs.items() if value not in (None, "", [], {})}


def _line(pairs: dict[str, Any]) -> bytes:
    return json.dumps(_known(pairs), ensure_ascii=False).encode("utf-8", "replace")
