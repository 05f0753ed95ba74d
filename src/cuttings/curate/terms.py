"""What a feed's decision goes by besides its ledger and the archive: rule, picks, ceilings, credits.

Pure values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from cuttings.curate.rules import Refusal, Rule
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.feed import EXTENTS, Address, Also, Candidate, Feed, Head, Origin, Shown, Verdict
from cuttings.model.source import Extent, Source, SourceState
from cuttings.ports import View
from cuttings.text import urls
from cuttings.text.digest import digest

REFUSALS = ("drop", "hold", "withdraw")
NO_VERDICT = Verdict()
MOST_ALSO = 10  # other tellings of a story that are listed
RESERVED: Extent = "summary"  # what a publisher reserves may still be told of
UNFOLLOWED: Extent = "summary"  # who is followed no longer says nothing of their terms any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a decision goes by besides the ledger and the archive.

    `sources` are those followed now, `states` also those that once were.
    `unhurried`: a long quiet work is under way (backfill, re-read, import),
    and what it brings enters in whole sizes.
    """

    feed: Feed
    rule: Rule
    head: Head
    address: Address
    sources: Mapping[SourceKey, Source] = field(default_factory=dict)
    states: Mapping[SourceKey, SourceState] = field(default_factory=dict)
    verdicts: Mapping[RecordId, Verdict] = field(default_factory=dict)
    unhurried: bool = False

    def verdict(self, record: RecordId) -> Verdict:
        """Return what a person decided of a record."""
        return self.verdicts.get(record, NO_VERDICT)

    def is_wanted(self, candidate: Candidate, view: View) -> bool:
        """Tell whether a record that has no place may enter."""
        if is_picked(self.verdict(candidate.id)):
            return True
        return self.feed.approval == "auto" and self.hidden(candidate, view) is None

    def hidden(self, candidate: Candidate, view: View, *, is_adopted: bool = False) -> Refusal | None:
        """Return what keeps a record that has a place off the document, None: nothing does.

        What was taken over from another program is in by a person's decision,
        whatever the rules say.
        """
        verdict = self.verdict(candidate.id)
        if is_picked(verdict):
            return None
        if is_refused(verdict):
            return verdict.action or "", "a person picked so"
        if is_adopted:
            return None
        return self.rule.why_not(candidate, partial(view.record, candidate.id), view.newest_seen)

    def kept_out(self, candidate: Candidate, view: View) -> Refusal | None:
        """Return what keeps a record that has no place out, twins aside; None: nothing does."""
        refusal = self.hidden(candidate, view)
        waits = self.feed.approval == "desk" and not is_picked(self.verdict(candidate.id))
        return refusal or (("approval", "waits for a person to pick it") if waits else None)

    def extent(self, candidate: Candidate, before: Shown | None) -> Extent:
        """Return how much of a record is shown; `before` is how it was, None: it was not.

        What its publisher reserves is never given on in full: `republish` is
        a ceiling, and lifts none.
        """
        allowed = self._allowed(candidate.source, before)
        return least(allowed, RESERVED) if candidate.reserved else allowed

    def _allowed(self, source: SourceKey | None, before: Shown | None) -> Extent:
        if source is None:
            return self.feed.content
        if source in self.sources:
            return least(self.feed.content, self.sources[source].republish or "full")
        return least(self.feed.content, before.extent if before else UNFOLLOWED)

    def origin(self, source: SourceKey | None, before: Shown | None) -> Origin:
        """Return a source as it is credited; one that is not followed any more stays as it was."""
        if source is None:
            return Origin()
        if source in self.sources:
            return credited(self.sources[source], self.states.get(source))
        return before.origin if before else credited(None, self.states.get(source))

    def preference(self, candidate: Candidate) -> tuple[bool, int, datetime, RecordId]:
        """Order those that tell one story: a person's choice, then the sources as the feed, else the file, names them.

        Of one source, and of those that nobody follows, the earliest is first.
        """
        names = list(self.feed.select.sources) or [source.name for source in self.sources.values()]
        source = self.sources.get(candidate.source) if candidate.source is not None else None
        rank = names.index(source.name) if source is not None and source.name in names else len(names)
        return not is_picked(self.verdict(candidate.id)), rank, candidate.order_date, candidate.id

    def also(self, candidate: Candidate, view: View) -> tuple[Also, ...]:
        """Return where else a record's story is told, by others that the feed lets in, the preferred ones first."""
        if self.feed.duplicates == "keep":
            return ()
        twins = [twin for twin in view.twins(candidate.story) if twin.id != candidate.id]
        links: dict[str, Also] = {}
        for twin in sorted(twins, key=self.preference):
            if twin.url and twin.url != candidate.url and self.hidden(twin, view) is None:
                links.setdefault(twin.url, Also(url=twin.url, title=self.origin(twin.source, None).title))
        return tuple(links.values())[:MOST_ALSO]

    def shown(self, candidate: Candidate, revision: int, before: Shown | None, also: tuple[Also, ...] = ()) -> Shown:
        """Return a record's revision as this feed shows it now."""
        verdict = self.verdict(candidate.id)
        return Shown(
            revision=revision,
            title=verdict.title,
            note=verdict.note,
            extent=self.extent(candidate, before),
            origin=self.origin(candidate.source, before),
            also=also,
        )

    @property
    def rules(self) -> str:
        """A digest of what selects."""
        return digest(self.rule.digest, self.feed.approval, self.feed.duplicates).hex()

    @property
    def ceilings(self) -> Mapping[SourceKey, Extent]:
        """The sources whose publishers allow less than all."""
        bounds = {key: source.republish for key, source in self.sources.items()}
        return {key: extent for key, extent in bounds.items() if extent is not None and extent != "full"}


def credited(source: Source | None, state: SourceState | None) -> Origin:
    """Return a source under its own title, else the name it was declared under.

    Of a source that is not followed (None) nobody knows any more whether its
    address holds a secret.
    """
    if state is None:
        return Origin()
    channel = state.channel
    return Origin(
        title=channel.title or state.name,
        url=None if source is None or source.secret else _public(state.address),
        home=channel.link,
        id=channel.id,
        rights=channel.rights,
    )


def is_picked(verdict: Verdict) -> bool:
    return verdict.action == "add" or (verdict.pin and verdict.action is None)


def is_refused(verdict: Verdict) -> bool:
    return verdict.action in REFUSALS


def least(*extents: Extent) -> Extent:
    return min(extents, key=EXTENTS.index)


def _public(address: str) -> str | None:
    """Return a source's address, None where it is none for the public: a folder, or one that holds secrets."""
    return address if address.startswith(("http://", "https://")) and urls.masked(address) == address else None
