"""What a feed selects: the rule that its configuration is compiled to.

Pure.  Keys of `select` join by and, the values within one by or; an empty key
selects everything.  Standards: RFC 4647 3.3.1 (language ranges).
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from cuttings.model.article import SourceKey
from cuttings.model.feed import Feed
from cuttings.model.source import Source
from cuttings.text import language
from cuttings.text.digest import digest


class Selectable(Protocol):
    """What a rule looks at: a record, or the candidate that stands for it."""

    @property
    def source(self) -> SourceKey | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def categories(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A compiled `select`: names are resolved to keys, case is folded.

    `sources` is None where the feed names none; `tagged` are the sources that
    carry one of `tags`.
    """

    sources: frozenset[SourceKey] | None = None
    tags: frozenset[str] = frozenset()
    tagged: frozenset[SourceKey] = frozenset()
    languages: tuple[str, ...] = ()

    def matches(self, record: Selectable) -> bool:
        """Tell whether a record is selected."""
        return self.why_not(record) is None

    def why_not(self, record: Selectable) -> tuple[str, str] | None:
        """Return the key that turns a record away and what it saw, for people; None where it is selected."""
        return next(self._refusals(record), None)

    @property
    def digest(self) -> str:
        """What differs where another choice might be made."""
        named = ["*"] if self.sources is None else sorted(self.sources)
        keys = (named, sorted(self.tags), sorted(self.tagged), sorted(self.languages))
        return digest(*(repr(key) for key in keys)).hex()

    def _refusals(self, record: Selectable) -> Iterator[tuple[str, str]]:
        if self.sources is not None and record.source not in self.sources:
            yield "sources", f"comes from {record.source or 'no source'}"
        if self.tags and record.source not in self.tagged and self.tags.isdisjoint(_folded(record.categories)):
            yield "tags", ", ".join(record.categories) or "has none"
        if self.languages and not any(language.matches(wanted, record.language) for wanted in self.languages):
            yield "languages", record.language or "unknown"


def compiled(feed: Feed, sources: Mapping[SourceKey, Source]) -> Rule:
    """Return the rule of a feed over the sources that are followed now.

    A name that no source has selects nothing, and a `select` of such names
    alone selects no record at all.
    """
    select = feed.select
    tags = _folded(select.tags)
    return Rule(
        sources=_named(select.sources, sources) if select.sources else None,
        tags=tags,
        tagged=frozenset(key for key, source in sources.items() if not tags.isdisjoint(_folded(source.tags))),
        languages=tuple(sorted(select.languages)),
    )


def _named(names: Sequence[str], sources: Mapping[SourceKey, Source]) -> frozenset[SourceKey]:
    return frozenset(key for key, source in sources.items() if source.name in names)


def _folded(words: Sequence[str] | Set[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)
