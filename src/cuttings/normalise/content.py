"""An entry in its source's words becomes a draft in our normal form: cleaned, dated, in absolute URLs.

Pure.  Here is decided what `parse` only translated; what is unknown stays
None, and each decision worth asking about is a note.
Serves DESIGN 5 (a record's fields), 6 (Dates, Full text, Revisions);
THREATS H-60 to H-80.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, overload

from cuttings.model.article import Channel, Draft, Enclosure, Entry, Image, Person, Record, Trace, words_of
from cuttings.text import blocks, boilerplate, dates, language, markup, urls
from cuttings.text.boilerplate import Counts
from cuttings.text.sketches import sketch

LONGEST_TITLE = 1_000  # characters (H-68)
LONGEST_SUMMARY = 2_000
MOST_CATEGORIES = 200  # H-79
MOST_PEOPLE = 50
MOST_ENCLOSURES = 100
LONGEST_NAME = 200  # characters of a person's name or a category

_WHOLE_WORDS = 250  # a lone description of this length is the article: summaries are shorter
_TOLD_BY = 200  # characters of text that may speak against the declared language
_TAIL = 400  # characters at the end of a text in which a truncation mark stands
_MORE = (
    r"continue reading|keep reading|read (?:the )?(?:more|full|rest|whole|entire)|view (?:the )?full|weiterlesen"
    r"|mehr lesen|lire la suite|seguir leyendo|leer más|leggi tutto|lees verder|czytaj dalej"
)
_CUT = re.compile(
    r"(?:…|\.\.\.)\s*\]?\s*(?:\(?\s*(?:read|continue|weiter|lire|leer)\b[^\n]{0,60})?\W*$"
    rf"|(?:^|[\n.!?…»)\]]\s*)(?:{_MORE})\b[^\n]{{0,120}}$",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?:^|\n|\b)The post [^\n]{1,300} appeared first on [^\n]{1,200}$")  # WordPress adds it
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")

_FROM_PAGES = (  # what a page may say where a feed is silent
    *("title", "subtitle", "authors", "published", "modified", "language", "categories", "rights", "summary", "image"),
)

_SILENT: dict[str, Any] = {
    **dict.fromkeys(("subtitle", "published", "modified", "language", "rights", "summary", "image")),
    "title": "",
    "authors": (),
    "categories": (),
}

_Note = tuple[str, str, str]


def clean(entry: Entry, channel: Channel) -> Draft:
    """Return an entry as a draft; what it is silent about, its channel may say.

    A lone summary is the content, the summary then None.  `whole` is False
    where a feed gives a teaser only.
    """
    notes = list(entry.notes)
    content = markup.sanitised(_markup_of(entry), entry.base)
    content, image = _lead(content, entry, notes)
    text = markup.text_of(content)
    link = urls.absolute("", entry.trace.link or "")
    url = urls.clean(link) if link else None
    declared = language.tag(entry.language or "") or language.tag(channel.language or "")
    draft = Draft(
        trace=entry.trace,
        title=markup.summary(markup.plain(entry.title or "", entry.title_type), LONGEST_TITLE),
        subtitle=markup.plain(entry.subtitle or "", "text") or None,
        url=url,
        canonical_url=_canonical(entry, url),
        authors=_people(entry.authors or channel.authors),
        published=dates.parse(entry.published, declared) if entry.published else None,
        modified=dates.parse(entry.modified, declared) if entry.modified else None,
        categories=_unique(map(_name, entry.categories), MOST_CATEGORIES),
        rights=_name(entry.rights or channel.rights or "", LONGEST_TITLE) or None,
        summary=_summary(entry, text),
        content=content,
        text=text,
        image=image,
        enclosures=_enclosures(entry),
        status=entry.status,
        links=entry.links,
        sketch=sketch(text),
        witnesses=entry.witnesses,
    )
    notes += [("dates", f"{name} unreadable", raw[:LONGEST_NAME]) for name, raw in _undated(entry, draft)]
    tongue = _language(draft, declared, notes)
    return replace(draft, language=tongue, whole=_is_whole(draft, entry, notes), notes=tuple(notes))


def merged(feed: Draft, page: Draft) -> Draft:
    """Return the page's text under the feed's identity, title, dates and authors where the feed gives them.

    The feed's text stays where the page's is shorter than it: a paywall, a
    stub, a consent page.
    """
    short = page.words < feed.words or not page.text
    text = feed if short else page
    fact = f"the page's {page.words} words, the feed's {feed.words}"
    taken = {name for name in _FROM_PAGES if not getattr(feed, name)} | set(() if short else ("text", "status"))
    return replace(
        feed,
        title=feed.title or page.title,
        subtitle=feed.subtitle or page.subtitle,
        canonical_url=page.canonical_url or feed.canonical_url,
        authors=feed.authors or page.authors,
        published=feed.published or page.published,
        modified=feed.modified or page.modified,
        language=text.language or feed.language,
        categories=feed.categories or page.categories,
        rights=feed.rights or page.rights,
        summary=feed.summary or _teaser(feed, text) or page.summary,
        content=text.content,
        text=text.text,
        image=text.image or feed.image or page.image,
        status=feed.status if short else page.status,
        sketch=text.sketch,
        witnesses=tuple((name, witness) for name, witness in page.witnesses if name in taken),
        reserved=tuple(dict.fromkeys((*feed.reserved, *page.reserved))),
        whole=True,
        notes=(*feed.notes, *page.notes, ("text", "the feed's" if short else "the page's", fact)),
    )


def renewed(record: Record, page: Draft) -> Draft:
    """Return what a record says once its page was read anew: all that the page had said, as it says it now.

    Also where that is less than before: an author may take back.
    """
    trace = Trace(guid=record.guid, link=record.url, title=record.title, digest=b"")
    held = Draft(trace=trace, **{**words_of(record), "content": "", "text": "", "status": "feed"})
    return merged(yielding(held, record), page)


def yielding(draft: Draft, record: Record) -> Draft:
    """Return a draft without the fields that the record has from its page, so that the page gives them."""
    told = {name for name, _ in record.witnesses if name in _FROM_PAGES}
    return replace(draft, **{name: value for name, value in _SILENT.items() if name in told})


def yielded(draft: Draft, page: Draft) -> Draft:
    """Return what a list says of an article without the title and the date that its page says itself."""
    return replace(
        draft, title="" if page.title else draft.title, published=None if page.published else draft.published
    )


def retitled(record: Record) -> Record:
    """Return a record whose headline is from now on its page's."""
    return replace(record, witnesses=(*record.witnesses, ("title", "page looked at again")))


def joined(parts: Sequence[Draft]) -> Draft:
    """Return the parts of an article that stands on several pages as one, under what the first says of itself."""
    first, *rest = parts
    whole = blocks.joined([part.content for part in parts])
    text = markup.text_of(whole)
    return replace(first, content=whole, text=text, sketch=sketch(text)) if rest else first


@overload
def without_boilerplate(article: Draft, counts: Counts) -> Draft: ...
@overload
def without_boilerplate(article: Record, counts: Counts) -> Record: ...
def without_boilerplate(article: Draft | Record, counts: Counts) -> Draft | Record:
    """Return an article without what recurs in its source's; a draft's notes say why, block by block."""
    verdicts = boilerplate.judge(blocks.parts(article.content), counts)
    if not verdicts:
        return article
    content = blocks.without(article.content, [verdict.part for verdict in verdicts])
    trimmed = replace(article, content=content, text=markup.text_of(content))
    if isinstance(trimmed, Record):
        return trimmed
    notes = [
        ("boilerplate", f"taken out: {verdict.why}", markup.summary(verdict.part.text, LONGEST_NAME))
        for verdict in verdicts
    ]
    return replace(trimmed, notes=(*trimmed.notes, *notes))


def _undated(entry: Entry, draft: Draft) -> Iterable[tuple[str, str]]:
    """Return the dates that an entry gives, and nobody can read."""
    given = (("published", entry.published, draft.published), ("modified", entry.modified, draft.modified))
    return [(name, raw) for name, raw, read in given if raw and read is None]


def _markup_of(entry: Entry) -> str:
    if entry.content is not None:
        return entry.content if entry.content_type == "html" else markup.paragraphs(entry.content)
    summary = entry.summary or ""
    return summary if entry.summary_type == "html" else markup.paragraphs(summary)


def _lead(content: str, entry: Entry, notes: list[_Note]) -> tuple[str, Image | None]:
    """Part the image that a content opens with from it; one that is all there is stays."""
    opening = markup.opening_image(content)
    told = _told_image(entry)
    if opening is None:
        return content, told
    if not markup.text_of(opening.rest):
        return content, None
    notes.append(("image", "opens the content", opening.url))
    alike = told if told and _file_of(told.url) == _file_of(opening.url) else None
    alt, caption = (alike.alt, alike.caption) if alike else (None, None)
    url = alike.url if alike else opening.url
    return opening.rest, Image(url=url, alt=opening.alt or alt, caption=opening.caption or caption)


def _told_image(entry: Entry) -> Image | None:
    image = entry.image
    if image is None:
        return None
    url = urls.absolute(entry.base, image.url) if image.url else None
    caption = _name(image.caption or "", LONGEST_SUMMARY) or None
    if url is None and (image.url or not caption):
        return None
    return Image(url=url, alt=_name(image.alt or "") or None, caption=caption)


def _file_of(url: str | None) -> str:
    """The name that the sizes of one image share: without folder, size and extension."""
    return re.sub(r"(?:-\d+x\d+|-scaled|@\dx)?(?:\.\w{2,5})?$", "", (url or "").partition("?")[0].rpartition("/")[2])


def _canonical(entry: Entry, url: str | None) -> str | None:
    """What makes two records one story: never a home page, since many articles would be one."""
    named = urls.absolute(entry.base, entry.canonical) if entry.canonical else None
    for candidate in (named, url):
        address = urls.canonical(candidate) if candidate else None
        if address and not _is_home(address):
            return address
    return None


def _is_home(url: str) -> bool:
    """Tell what can be no article's own address."""
    try:
        return urls.parse(url).target in ("/", "/index.html", "/index.php")
    except urls.UrlError:
        return True


def _summary(entry: Entry, text: str) -> str | None:
    """The entry's own summary where it is one beside the content, and not the content once more."""
    if entry.content is None or not entry.summary:
        return None
    summary = markup.plain(entry.summary, entry.summary_type)
    if not summary or summary == " ".join(text.split()):
        return None
    return markup.summary(summary, LONGEST_SUMMARY)


def _teaser(feed: Draft, text: Draft) -> str | None:
    """A feed's short text, once the article itself is there, is its summary."""
    return markup.summary(feed.text, LONGEST_SUMMARY) or None if text is not feed and not feed.whole else None


def _people(people: Iterable[Person]) -> tuple[Person, ...]:
    named = [(_name(person.name), person.url) for person in people]
    unique = {name.casefold(): (name, url) for name, url in reversed(named) if name}
    found = [Person(name=name, url=urls.absolute("", url) if url else None) for name, url in reversed(unique.values())]
    return tuple(found[:MOST_PEOPLE])


def _name(text: str, limit: int = LONGEST_NAME) -> str:
    """A name or a category: an undeclared text, one line, bounded."""
    text = text[: 20 * limit]
    return markup.summary(markup.plain(text, markup.kind_of(text)), limit)


def _unique(values: Iterable[str], limit: int) -> tuple[str, ...]:
    unique: dict[str, str] = {}
    for value in values:
        if value:
            unique.setdefault(value.casefold(), value)
        if len(unique) == limit:
            break
    return tuple(unique.values())


def _enclosures(entry: Entry) -> tuple[Enclosure, ...]:
    found: dict[str, Enclosure] = {}
    for given in entry.enclosures[:MOST_ENCLOSURES]:
        if url := urls.absolute(entry.base, given.url):
            enclosure = Enclosure(url=url, type=_media_type(given.type), length=_length(given.length))
            found.setdefault(url, enclosure)
    return tuple(found.values())


def _media_type(declared: str | None) -> str | None:
    kind = (declared or "").partition(";")[0].strip().lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) else None


def _length(declared: int | None) -> int | None:
    """Bytes; 0 is what feeds write that do not know (RSS 2.0, enclosure), and 2^63 what none has."""
    return declared if declared is not None and 0 < declared < 2**63 else None


def _language(draft: Draft, declared: str | None, notes: list[_Note]) -> str | None:
    """What is declared, unless the text speaks clearly against it; what the text says where nothing is."""
    words = f"{draft.title}. {draft.text}" if len(draft.text) < _TOLD_BY else draft.text
    if declared is None:
        told = language.language_of(words)
        notes.append(("language", "told by the text" if told else "unknown", told or "nothing is declared"))
        return told
    told = language.language_of(words, language.CERTAIN) if len(draft.text) >= _TOLD_BY else None
    if told is None or not language.contradicts(told, declared):
        return declared
    notes.append(("language", "the text says otherwise", f"declared {declared}, reads as {told}"))
    return told


def _is_whole(draft: Draft, entry: Entry, notes: list[_Note]) -> bool:
    """Guess whether a feed gives all of the article, or a teaser of it."""
    if entry.status != "feed":
        return True
    if _CUT.search(_SIGNED.sub("", draft.text[-2 * _TAIL :]).rstrip()[-_TAIL:]):
        notes.append(("text", "truncated", "it ends with a mark that there is more"))
        return False
    if entry.content is None and draft.words < _WHOLE_WORDS:
        notes.append(("text", "a summary only", f"{draft.words} words and no content"))
        return False
    if draft.summary and len(draft.text) <= len(draft.summary):
        notes.append(("text", "a summary only", "the content is no longer than the summary"))
        return False
    return True
