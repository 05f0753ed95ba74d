"""When an article was published and changed, as its page says.

Pure.  What is said in so many words goes first: linked data, microdata, meta
tags; then the time and the dateline that readers see, nearest the headline
first; tags that only say "date", the address, and other dates are the last.  "Two hours ago" is no date.
Serves DESIGN 6 (Dates).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import chain, islice, zip_longest

from cuttings.parse.metadata.heard import Heard, Said, marks, opening, props, text
from cuttings.text import dates
from cuttings.text.xml import Element

_PUBLISHED = (
    *("article:published_time", "article:published", "og:article:published_time", "og:published_time"),
    *("parsely-pub-date", "sailthru.date", "publish_date", "publish-date", "publishdate", "pubdate"),
    *("article.published", "published_time", "published-date", "publication_date", "publication-date"),
    *("article_date_original", "displaydate", "dc.date.issued", "dcterms.issued", "date_published"),
    *("cxenseparse:recs:publishtime", "citation_publication_date", "citation_date", "originalpublicationdate"),
    *("bt:pubdate", "release_date", "prism.publicationdate", "cxensepublishtime", "og:pubdate", "rnews:datepublished"),
    *("dateposted", "pub_date", "article:publish_date", "vr:published_time", "datepublished"),
)
# Which day such a one means, that of its file or of its text, pages do not agree on: readers see the better one.
_DATED = (
    *("dcterms.created", "dc.date.created", "dc.date", "dcterms.date", "article:created_time"),
    *("datecreated", "date", "created"),
)
_MODIFIED = (
    *("article:modified_time", "article:modified", "og:article:modified_time", "datemodified", "og:updated_time"),
    *(
        "dcterms.modified",
        "dc.date.modified",
        "lastmod",
        "last-modified",
        "last_updated_date",
        "revised",
        "updated_time",
    ),
)
_DATE = re.compile(
    r"(?<![a-z])(?:publish\w*|published|entry-?date|post-?_*date|dt-published|article-?_*_*(?:date|time)\w*|pub-?_*date|date"
    r"|date-?(?:line|published|time|created|stamp)|time-?stamp|posted-?on|posted|byline|meta|datum|fecha|veroeffentlicht"
    r"|created|time|submitted|data|info|entry-?meta|post-?meta)(?![a-z])"
)
_CHANGED = re.compile(
    r"(?<![a-z])(?:updated?|modified|last-?_*(?:modified|update)|actuali\w+|aktuali\w+)(?![a-z])", re.IGNORECASE
)
_CHANGED_TEXT = re.compile(
    r"^\W*(?:last\s)?(?:updated|modified|aktualisiert|zuletzt|mis à jour|modifié|actualizado|atualizado|aggiornato"
    r"|bijgewerkt|gewijzigd|aktualizacja|обновлено|güncelleme|تحديث|更新|수정)",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(
    r"(?<!\d)(?P<y>(?:19[9]|20[0-4])\d)(?:(?P<s>[/_.-])(?P<m>\d\d?|[a-z]{3})(?P=s)(?P<d>\d\d?)"
    r"|(?P<m2>0[1-9]|1[0-2])/?(?P<d2>[0-2]\d|3[01]))(?!\d)"
)
_NO_DATELINE = re.compile(r"©|\(c\)|copyright|all rights|alle rechte|tous droits", re.IGNORECASE)
_FIGURE = re.compile(r"\d")
_ANNOUNCED = re.compile(
    r"publi(?:sh|é|cad|kat)|veröffentlicht|erschienen|posted|gepostet|datum|erstellt|created|submitted|written|pubblicat|geplaatst"
    r"|dodano|опубликовано|yayın|نشر|公開|掲載|发布|發布|입력|등록",
    re.IGNORECASE,
)
_CLOSE = 40  # elements on either side of the headline
_MET = 24  # of these, the nearest, that stand with the headline, whatever they are marked as
_MOST_LATER = 6  # witnesses who are asked for the time after the first who tells the day
_MOST_SEEN = 6  # whose clock is compared with it, where it says no zone
_MOST_ZONED = 24  # who are asked for the zone of a moment that is given in UTC
_SHOWN = ("time", "the dateline")  # witnesses whose clock readers see
_WEST, _EAST = timedelta(hours=-11), timedelta(hours=14)  # of clocks that people live by
_HALF_A_DAY = timedelta(hours=12)  # apart: "10:20" without its "PM"
_STEP = timedelta(minutes=30)  # of zones; all but a few islands keep it
_EXACT = timedelta(minutes=1)
_OF_CHANGE = re.compile(r"modif|update|changed|revised", re.IGNORECASE)  # in a witness's name
_LONGEST_LINE = 160
_OPENING = 60  # characters of a paragraph in which its dateline stands
_UNSHOWN = frozenset(
    ("script", "style", "noscript", "template", "svg", "option", "select", "textarea", "iframe", "body")
)

_Told = tuple[str, str, datetime]


def published_of(heard: Heard, headline: Element | None, language: str | None) -> tuple[str | None, str]:
    """Return the first that can be read as a date, and who said it.

    As it stands there; a moment in UTC by the clock of the page's readers where
    the page shows that, too.
    """
    return _first(_published(heard, headline), language)


def modified_of(heard: Heard, headline: Element | None, language: str | None) -> tuple[str | None, str]:
    """Return the same of the last change that the page tells."""
    return _first(_modified(heard, headline), language)


def _published(heard: Heard, headline: Element | None) -> Iterator[Said]:
    yield from heard.linked_said("datePublished")
    yield from heard.metas_said(*_PUBLISHED)
    yield from (("microdata datePublished", when) for e in heard.props("datePublished") for when in _of(e))
    for near in _near(heard, headline):
        yield from (("time", when) for e in near if e.tag == "time" and not _is_change(e) for when in _of(e))
        marked = (e for e in near if _DATE.search(marks(e)) and not _is_change(e))
        yield from (("the dateline", when) for e in marked for when in _of(e))
        yield from (("the dateline", when) for e in near if not _is_change(e) for when in _spoken(e))
    yield from heard.metas_said(*_DATED)
    yield from heard.linked_said("dateCreated", "uploadDate")
    yield from (("the headline", when) for when in _heading(headline))
    yield from in_address(heard.base)
    yield from (("the address", when) for address in _addresses(heard) for _, when in in_address(address))
    shown = [e for e in heard.all if not heard.is_beside(e)]
    yield from (("time", when) for e in islice((e for e in shown if e.tag == "time"), 5) for when in _of(e))
    marked = (e for e in shown if e.tag not in _UNSHOWN and _DATE.search(marks(e)) and not _is_change(e))
    yield from (("a marked date", when) for e in islice(marked, 20) for when in _of(e))
    yield from (("a date on the page", when) for e in shown if e.tag not in _UNSHOWN for when in _announced(e))
    beside = (e for e in heard.all if heard.is_beside(e) and e.tag not in _UNSHOWN)
    yield from (("a date on the page", when) for e in beside for when in _announced(e, by_name=True))
    yield from heard.linked_said("dateModified")
    yield from heard.metas_said(*_MODIFIED)


def _near(heard: Heard, headline: Element | None) -> tuple[list[Element], list[Element]]:
    """The elements close to the headline, the nearest first, and those farther away; what stands beside is neither."""
    after, before = heard.around_apart(headline)
    reach = _CLOSE if headline is not None else 0
    close = [e for pair in zip_longest(after[:reach], before[:reach]) for e in pair if e is not None]
    far = [*after[reach:], *before[reach:]]
    met = set(close[:_MET])
    close = [e for e in close if e.tag not in _UNSHOWN and (e in met or not heard.is_beside(e))]
    return close, [e for e in far if e.tag not in _UNSHOWN and not heard.is_beside(e)]


def _addresses(heard: Heard) -> list[str]:
    """What else the page calls its address."""
    links = [
        e.get("href") or "" for e in heard.root.iter("link") if "canonical" in (e.get("rel") or "").lower().split()
    ]
    return [*links[:2], *heard.meta("og:url")]


def _modified(heard: Heard, headline: Element | None) -> Iterator[Said]:
    yield from heard.linked_said("dateModified")
    yield from (("microdata dateModified", when) for e in heard.props("dateModified") for when in _of(e))
    yield from heard.metas_said(*_MODIFIED)
    near = (e for e in heard.around(headline) if e.tag not in _UNSHOWN and not heard.is_beside(e))
    yield from (("the dateline", when) for e in near if _is_change(e) for when in _of(e))


def _first(candidates: Iterable[Said], language: str | None) -> tuple[str | None, str]:
    """The first that is a date; another that tells the time of that day, where the first does not.

    One whose order only the language tells is put into the order of all.
    """
    said = _read(candidates, language)
    first = next(said, None)
    if first is None:
        return None, ""
    who, raw, moment = first
    if not _has_time(moment):
        day = moment.date()
        later = (one for one in islice(said, _MOST_LATER) if not _OF_CHANGE.search(one[0]))
        same = (one for one in later if one[2].date() == day and _has_time(one[2]))
        who, raw, moment = next(same, first)
    if _has_time(moment) and not moment.utcoffset() and (zone := _zone_of(moment, islice(said, _MOST_ZONED))):
        return moment.astimezone(timezone(zone)).isoformat(), who
    return (raw if dates.parse(raw) else moment.isoformat()), who


def _read(candidates: Iterable[Said], language: str | None) -> Iterator[_Told]:
    """Those that are dates; a generator of its own, as one in brackets would leave its last moment behind."""
    for who, raw in candidates:
        if moment := dates.local(raw, language):
            yield who, raw, moment


def _zone_of(moment: datetime, others: Iterable[_Told]) -> timedelta | None:
    """How far from UTC the clock stood that readers saw, where others tell the same moment, given in UTC, by it."""
    told = [(who, other) for who, _, other in others if not _OF_CHANGE.search(who)]
    named = (other.utcoffset() for _, other in told if other.utcoffset() and abs(other - moment) < _EXACT)
    seen = islice((other for who, other in told if who in _SHOWN and not other.utcoffset()), _MOST_SEEN)
    return next(chain(named, filter(None, (_ahead(moment, other) for other in seen))), None)


def _ahead(moment: datetime, seen: datetime) -> timedelta | None:
    """How far a clock without a zone is ahead of a moment in UTC, as far as a zone is.

    A day alone tells it of a midnight that is the day before in UTC.
    """
    ahead = round((seen - moment) / _STEP) * _STEP
    if not ahead or not _WEST <= ahead <= _EAST or abs(ahead) == _HALF_A_DAY or abs(seen - moment - ahead) >= _EXACT:
        return None
    return ahead if _has_time(seen) or seen - moment == ahead > timedelta() else None


def _has_time(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second) != (0, 0, 0)


def in_address(address: str) -> Iterator[Said]:
    """Yield the day that an address holds, as in /2024/05/03/ and /2024/may/3/."""
    for found in islice(_IN_ADDRESS.finditer(address[:2_000].lower()), 3):
        month, day = found["m"] or found["m2"], found["d"] or found["d2"]
        yield "the address", f"{found['y']}-{month}-{day:0>2}" if month.isdecimal() else f"{day} {month} {found['y']}"


def _of(element: Element) -> Iterator[str]:
    """Yield what an element says in its attributes, then the date in its text."""
    for name in ("datetime", "content", "title", "data-datetime", "data-date", "data-timestamp"):
        if value := element.get(name):
            yield value
    line = text(element, _LONGEST_LINE)
    if line and len(line) <= _LONGEST_LINE and (when := dates.found(line)):
        yield when


def _spoken(element: Element) -> Iterator[str]:
    """Yield the date in the text that stands in an element itself: a short line, or the first words of a long one."""
    for line in (element.text, *(child.tail for child in islice(element, 40))):
        line = " ".join((line or "")[:_LONGEST_LINE].split())
        if len(line) < 6 or _NO_DATELINE.search(line) or not _FIGURE.search(line):
            continue
        whole = len(line) <= 80
        when = dates.found(line if whole else line[:_OPENING])
        if when and (len(line) - len(when) <= 30 if whole else line.find(when) <= _OPENING // 2):
            yield when


def _announced(element: Element, *, by_name: bool = False) -> Iterator[str]:
    """Yield the date of a short line that says nothing else, or says that it is the day of publication.

    `by_name`: only of one that says so.
    """
    for line in (element.text, *(child.tail for child in islice(element, 40))):
        line = " ".join((line or "")[:_LONGEST_LINE].split())
        if not 6 <= len(line) <= 80 or _NO_DATELINE.search(line) or not _FIGURE.search(line):
            continue
        when = dates.found(line)
        is_alone = not by_name and when is not None and len(line) - len(when) <= 12
        if when and (is_alone or _ANNOUNCED.search(line)):
            yield when


def _heading(headline: Element | None) -> Iterator[str]:
    """Yield the date that a headline begins with."""
    line = text(headline, _LONGEST_LINE) if headline is not None else ""
    if (when := dates.found(line[:_OPENING])) and line.startswith(when):
        yield when


def _is_change(element: Element) -> bool:
    return bool(
        "dateModified" in props(element)
        or _CHANGED.search(element.get("class") or "")
        or _CHANGED_TEXT.match(opening(element))
    )
