"""What a feed selects: the rule that its configuration is compiled to.

Pure.  Keys of `select` join by and, the values within one by or; an empty key
selects everything.  What a record's row says is asked first; its text is
loaded only where that has not decided.  Standards: RFC 4647 3.3.1 (language
ranges).
"""

import logging
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar

from cuttings.curate.where import Label, Where
from cuttings.curate.words import Faulty, Words
from cuttings.errors import ConfigError, ConfigErrors
from cuttings.model.article import Record, SourceKey
from cuttings.model.feed import Feed, Located
from cuttings.model.source import Source
from cuttings.text import language, urls
from cuttings.text.digest import digest

log = logging.getLogger(__name__)

T = TypeVar("T")

SHOWN = 200  # characters of an expression in a reason
COMPILED = 1_000  # rules' parts that are kept compiled

Refusal = tuple[str, str]
"""The key that turned a record away, and what it saw, for people."""


class Selectable(Protocol):
    """What a rule looks at first: a record, or the candidate that stands for it."""

    @property
    def source(self) -> SourceKey | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def order_date(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A compiled `select`: names are resolved to keys, case is folded.

    `sources` is None where the feed names none; `tagged` are the sources that
    carry one of `tags`, `labels` what `where` calls the sources.
    """

    sources: frozenset[SourceKey] | None = None
    tags: frozenset[str] = frozenset()
    tagged: frozenset[SourceKey] = frozenset()
    languages: tuple[str, ...] = ()
    newer_than: timedelta | None = None
    authors: frozenset[str] = frozenset()
    any_words: "Searched | None" = None
    none_words: "Searched | None" = None
    where: "Asked | None" = None
    labels: Mapping[SourceKey, Label] = field(default_factory=dict)

    def matches(self, record: Selectable, whole: Callable[[], Record | None], newest: datetime | None) -> bool:
        """Tell whether a record is selected; arguments as for `why_not`."""
        return self.why_not(record, whole, newest) is None

    def why_not(
        self, record: Selectable, whole: Callable[[], Record | None], newest: datetime | None
    ) -> Refusal | None:
        """Return what turns a record away, None where it is selected.

        `whole` loads the record with its text; `newest` is the newest
        `first_seen` of the archive, None while it is empty.
        """
        refusal = next(self._by_row(record, newest), None)
        if refusal is not None or not self.reads:
            return refusal
        loaded = whole()
        return ("text", "cannot be read") if loaded is None else next(self._by_text(loaded), None)

    @property
    def reads(self) -> bool:
        """Tell whether this rule needs more of a record than its row."""
        return bool(self.authors) or any(part is not None for part in (self.any_words, self.none_words, self.where))

    def oldest(self, newest: datetime | None) -> datetime | None:
        """Return the date before which nothing is selected, None where age does not matter."""
        return None if self.newer_than is None or newest is None else _before(newest, self.newer_than)

    @property
    def digest(self) -> str:
        """What differs where another choice might be made."""
        named = ["*"] if self.sources is None else sorted(self.sources)
        keys = (named, sorted(self.tags), sorted(self.tagged), sorted(self.languages))
        more = {
            "newer_than": self.newer_than,
            "authors": sorted(self.authors),
            "any_words": self.any_words,
            "none_words": self.none_words,
            "where": self.where,
            "labels": sorted(f"{key} {label}" for key, label in self.labels.items()),
        }
        told = [f"{key} {value!r}" for key, value in more.items() if value]
        return digest(*(repr(key) for key in keys), *told).hex()

    def _by_row(self, record: Selectable, newest: datetime | None) -> Iterator[Refusal]:
        if self.sources is not None and record.source not in self.sources:
            yield "sources", f"comes from {urls.masked(record.source) if record.source else 'no source'}"
        if self.tags and record.source not in self.tagged and self.tags.isdisjoint(_folded(record.categories)):
            yield "tags", ", ".join(record.categories) or "has none"
        if self.languages and not any(language.matches(wanted, record.language) for wanted in self.languages):
            yield "languages", record.language or "unknown"
        oldest = self.oldest(newest)
        if oldest is not None and record.order_date < oldest:
            yield "newer_than", f"is of {record.order_date:%Y-%m-%d %H:%M}, before {oldest:%Y-%m-%d %H:%M}"

    def _by_text(self, record: Record) -> Iterator[Refusal]:
        if self.authors and self.authors.isdisjoint(_names(one.name for one in record.authors)):
            yield "authors", ", ".join(one.name for one in record.authors) or "has none"
        texts = (record.title, record.summary or "", record.text)
        if self.any_words and self.any_words.words.found_in(texts) is None:
            yield "any_words", "has none of them"
        if self.none_words and (found := self.none_words.words.found_in(texts)) is not None:
            yield "none_words", found
        if self.where and (fact := self.where.fault(record, self.labels.get(record.source or SourceKey(""), Label()))):
            yield "where", fact


class Searched:
    """The words of one key."""

    def __init__(self, written: Sequence[str]) -> None:
        self.written, self.words = tuple(written), Words(written)

    def __repr__(self) -> str:
        return repr(self.written)


class Asked:
    """The expression of `where`, with the place it stands at; its failures are told once."""

    def __init__(self, written: Located) -> None:
        self._written, self.where, self._told = written, Where(written.text), False
        self._shown = textwrap.shorten(written.text, SHOWN, placeholder=" …")

    def __repr__(self) -> str:
        return repr(self._written.text)

    def fault(self, record: Record, label: Label) -> str | None:
        """Return what is wrong with a record, None: it is as asked."""
        try:
            return None if self.where.holds(record, label) else f"not so: {self._shown}"
        except Faulty as error:
            self._tell(record, error)
            return f"cannot be told, so it is not selected: {error}"

    def _tell(self, record: Record, error: Faulty) -> None:
        if not self._told:
            self._told = True
            at = f"{self._written.file}:{self._written.line}: {self._written.key}"
            log.warning("%s: cannot be told of record %s (nor, perhaps, of others): %s", at, record.id, error)


def compiled(feed: Feed, sources: Mapping[SourceKey, Source]) -> Rule:
    """Return the rule of a feed over the sources that are followed now.

    A name that no source has selects nothing, and a `select` of such names
    alone selects no record at all.  Raises ConfigErrors with all that is
    faulty in words, patterns and expression.
    """
    select, faults = feed.select, list[ConfigError]()
    tags = _folded(select.tags)
    where = _part(_asked, (select.where,) if select.where else (), faults)
    rule = Rule(
        sources=_named(select.sources, sources) if select.sources else None,
        tags=tags,
        tagged=frozenset(key for key, source in sources.items() if not tags.isdisjoint(_folded(source.tags))),
        languages=tuple(sorted(select.languages)),
        newer_than=select.newer_than,
        authors=_names(select.authors),
        any_words=_part(_searched, select.any_words, faults),
        none_words=_part(_searched, select.none_words, faults),
        where=where,
        labels=_labels(where, sources),
    )
    if faults:
        raise ConfigErrors(sorted(faults, key=lambda fault: fault.line or 0))
    return rule


def _labels(where: "Asked | None", sources: Mapping[SourceKey, Source]) -> Mapping[SourceKey, Label]:
    """Return what an expression sees of the sources: nothing else makes another rule of it."""
    used = where.where.used if where else frozenset[str]()
    if used.isdisjoint({"source", "tags"}):
        return {}
    return {
        key: Label(source.name if "source" in used else "", source.tags if "tags" in used else ())
        for key, source in sources.items()
    }


def _part(
    make: Callable[[tuple[Located, ...]], T], written: tuple[Located, ...], faults: list[ConfigError]
) -> T | None:
    """Compile what stands at a key, None where nothing does; what is wrong with it goes to the faults."""
    try:
        return make(written) if written else None
    except Faulty as error:
        number, problem = error.args if len(error.args) > 1 else (0, error.args[0])
        at = written[number]
        faults.append(ConfigError(problem, file=at.file, line=at.line, key=at.key))
        return None


@lru_cache(COMPILED)
def _searched(written: tuple[Located, ...]) -> Searched:
    return Searched([one.text for one in written])


@lru_cache(COMPILED)
def _asked(written: tuple[Located, ...]) -> Asked:
    return Asked(written[0])


def _before(newest: datetime, span: timedelta) -> datetime | None:
    """Return the time so long before; None where it lies before all times."""
    try:
        return newest - span
    except OverflowError:
        return None


def _named(names: Sequence[str], sources: Mapping[SourceKey, Source]) -> frozenset[SourceKey]:
    return frozenset(key for key, source in sources.items() if source.name in names)


def _names(names: "Sequence[str] | Iterator[str]") -> frozenset[str]:
    """Return people's names with case and white space folded."""
    return frozenset(" ".join(name.split()).casefold() for name in names)


def _folded(words: Sequence[str] | Set[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)
