"""What an item says and links to, the same in every format.

Pure.  Records are clean at rest and cleaned once more here, on the way out.
Serves DESIGN 6 *Republishing*; THREATS X1, X2, H-61, H-67 to H-69; STANDARDS 16.
"""

from datetime import datetime

from cuttings.model.article import Enclosure, Image, Person
from cuttings.model.feed import Item, Presentation, path_of
from cuttings.text import markup, urls

LONGEST_LINE = 1_000  # characters of a title or a name; more is no title (H-68)
SUMMARY = 300  # characters of a summary that we make ourselves
STAND_IN = 60  # characters of text that stand for a missing title, in pages for people

UNKNOWN_TYPE = "application/octet-stream"
REMOVED = "Removed by its publisher."
TYPES = {  # of enclosures that do not say: our own list, since a machine's /etc/mime.types would decide our bytes
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "zip": "application/zip",
}


def address(presentation: Presentation, number: int | None, suffix: str) -> str:
    """Return the URL of the document (`number` None) or of a closed page."""
    return presentation.site_url + path_of(presentation.name, number, suffix)


def feed_title(presentation: Presentation) -> str:
    """Return the feed's title, its name where that is empty."""
    return line(presentation.title) or presentation.name


def title(item: Item) -> str:
    """Return the title as one line of plain text; may be empty."""
    return line(item.title)


def heading(item: Item) -> str:
    """Return the title, or what stands for it in a page for people; never empty."""
    return title(item) or markup.summary(extract(item) or "", STAND_IN) or "Untitled"


def summary(item: Item) -> str | None:
    """Return the note and, unless the title is all that may be shown, the summary: one line of plain text."""
    return " — ".join(filter(None, (note(item), extract(item)))) or None


def note(item: Item) -> str | None:
    """Return what the editor wrote to it, and that its publisher removed it, as one line."""
    return " ".join(filter(None, (REMOVED if is_gone(item) else "", line(item.note or "")))) or None


def is_gone(item: Item) -> bool:
    """Tell whether an article was removed where it was published: then its text is given out no more."""
    return item.record.status == "gone"


def extract(item: Item) -> str | None:
    """Return the record's own summary, else the beginning of its text; None where only the title may be shown."""
    return None if item.extent == "link" or is_gone(item) else _of_record(item)


def content(item: Item) -> str:
    """Return the article as clean HTML, its lead image in front; "" unless all of it may be shown."""
    if item.extent != "full" or not item.record.content or is_gone(item):
        return ""
    body = markup.sanitised(item.record.content, item.record.url or "")
    picture = image(item)
    return body if picture is None or markup.escaped(picture.url or "") in body else _figure(picture) + body


def annotated(item: Item) -> str:
    """Return `content` with the editor's note in front, for readers that show nothing else."""
    whole, remark = content(item), note(item)
    return f"<p><em>{markup.escaped(remark)}</em></p>{whole}" if whole and remark else whole


def image(item: Item) -> Image | None:
    """Return the lead image, unless only the title may be shown, or only its caption is known."""
    picture = item.record.image
    if item.extent == "link" or is_gone(item) or picture is None or web(picture.url) is None:
        return None
    return Image(url=picture.url, alt=line(picture.alt or "") or None, caption=line(picture.caption or "") or None)


def published(item: Item) -> datetime | None:
    """Return the date the source gave, None where it gave none or one from the future (H-61)."""
    record = item.record
    return record.published if record.published == record.order_date else None


def authors(item: Item) -> tuple[Person, ...]:
    """Return who wrote it; addresses are web addresses."""
    people = ((line(person.name), web(person.url)) for person in item.record.authors)
    return tuple(Person(name=name, url=url) for name, url in people if name)


def categories(item: Item) -> tuple[str, ...]:
    """Return its categories, each once, each one line."""
    return tuple(dict.fromkeys(filter(None, map(line, item.record.categories))))


def enclosures(item: Item) -> tuple[Enclosure, ...]:
    """Return its files, each with a type, unless only the title may be shown."""
    files = () if item.extent == "link" or is_gone(item) else item.record.enclosures
    return tuple(Enclosure(url=f.url, type=_type(f), length=f.length) for f in files if web(f.url))


def rights(item: Item) -> str | None:
    """Return the article's terms, else its source's."""
    return line(item.record.rights or "") or line(item.origin.rights or "") or None


def origin_title(item: Item) -> str | None:
    """Return the name of where it came from, else its address; None for a one-off."""
    return line(item.origin.title or "") or origin_url(item) or web(item.origin.home)


def origin_url(item: Item) -> str | None:
    """Return the address of the source's feed; None where it holds credentials, which go to nobody."""
    url = web(item.origin.url)
    return None if url is None or urls.masked(url) != url else url


def also(item: Item) -> tuple[tuple[str, str], ...]:
    """Return (address, title) of where else the story is told; the title is never empty."""
    links = ((web(one.url), line(one.title or "")) for one in item.also)
    return tuple((url, title or url) for url, title in links if url)


def other_language(presentation: Presentation, item: Item) -> str | None:
    """Return the article's language where it is known and not the feed's."""
    language = item.record.language
    return language if language and language.lower() != presentation.language.lower() else None


def line(text: str) -> str:
    """Return a text as one clean line of bounded length."""
    text = markup.plain(text, "text")
    return text if len(text) <= LONGEST_LINE else markup.summary(text, LONGEST_LINE)


def web(url: str | None) -> str | None:
    """Return the URL as it may stand in a link: absolute, http or https; else None (X2, H-69)."""
    return urls.absolute("", url or "")


def _of_record(item: Item) -> str | None:
    record = item.record
    if own := markup.plain(record.summary or "", "text"):
        return own
    return markup.summary(markup.plain(record.text, "text"), SUMMARY) or None


def _figure(picture: Image) -> str:
    caption = f"<figcaption>{markup.escaped(picture.caption)}</figcaption>" if picture.caption else ""
    image = f'<img src="{markup.escaped(picture.url or "")}" alt="{markup.escaped(picture.alt or "")}">'
    return f"<figure>{image}{caption}</figure>"


def _type(file: Enclosure) -> str:
    if file.type and markup.plain(file.type, "text") == file.type and "/" in file.type:
        return file.type
    path = file.url.partition("?")[0].partition("#")[0]
    return TYPES.get(path.rpartition(".")[2].lower(), UNKNOWN_TYPE)
