"""Which record an entry is: the one we hold, or a new one.

Pure.  An entry is named by its guid, where that is of use; else by its link;
else by what it says.  A record keeps the name it was first met under, and
with it its id, whatever the source does later.
Serves DESIGN 6 (Identity, Revisions), THREATS 1.6 (I1, I2, I6), 1.13 (Y2), H-58 to H-64, H-86.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cuttings.model.article import Arrival, Cause, Draft, Provenance, Record, RecordId, SourceKey, Trace, words_of
from cuttings.model.capture import Document
from cuttings.model.reason import Reason
from cuttings.model.source import IdentityRule
from cuttings.normalise import edits
from cuttings.ports import Known
from cuttings.text import dates, urls
from cuttings.text.digest import digest, record_id, sha256

TOO_MANY_CHANGED = 3  # guids that changed for known links in one visit: the source makes them anew each time


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the archive is to be asked for, so that `match` can decide."""

    idents: tuple[str, ...]
    links: tuple[str, ...]
    canonicals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A draft with the name it goes by in its source, and the newest revision that we hold of it.

    Not `alone` at its address: other articles of the source have it too, so
    it makes no story.  `notes` say why a new one goes by another name than
    its guid.
    """

    draft: Draft
    ident: str
    existing: Record | None
    alone: bool = True
    notes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """All drafts of a document, each article once, in document order; `rule` is the source's from now on."""

    matches: tuple[Match, ...]
    rule: IdentityRule
    reasons: tuple[Reason, ...]


def wanted(drafts: Sequence[Draft]) -> Wanted:
    """Return every name that these drafts could be known by."""
    names = [name for draft in drafts for name in (draft.trace.guid, draft.url, _digest(draft)) if name]
    return Wanted(
        idents=tuple(dict.fromkeys(names)),
        links=tuple(dict.fromkeys(draft.url for draft in drafts if draft.url)),
        canonicals=tuple(dict.fromkeys(draft.canonical_url for draft in drafts if draft.canonical_url)),
    )


def without_returned(drafts: Sequence[Draft], known: Known) -> tuple[tuple[Draft, ...], tuple[Reason, ...]]:
    """Part from the others the drafts under an id that we made: our own articles, come back by way of somebody else."""
    returned = [draft for draft in drafts if draft.trace.guid in known.returned]
    reasons = [
        Reason(subject=draft.url or ident, step="identity", rule="our own article come back, not taken in", fact=ident)
        for draft in returned
        if (ident := draft.trace.guid)
    ]
    return tuple(draft for draft in drafts if draft.trace.guid not in known.returned), tuple(reasons)


def match(drafts: Sequence[Draft], present: Sequence[Trace], known: Known, rule: IdentityRule) -> Matched:
    """Tell which record each draft is.

    `present` are the traces of all entries of the document, the drafts'
    included.  Of two entries that are the same article the newest wins (H-58).
    """
    document = _Document(present)
    renamed = [] if rule == "link" else [draft for draft in drafts if _is_renamed(draft, document, known)]
    if len(renamed) >= TOO_MANY_CHANGED:
        rule = "link"
    found = [_match(draft, document, known, rule) for draft in drafts]
    matches, doubles = _each_once(found)
    reasons = [*_rule_changed(renamed, known, rule), *doubles]
    return Matched(matches=tuple(matches), rule=rule, reasons=tuple(reasons))


def settle(
    match: Match,
    *,
    source: SourceKey | None,
    provenance: Provenance,
    arrival: Arrival,
    cause: Cause,
    now: datetime,
    stories: Mapping[str, str],
) -> Record | None:
    """Return the new record, or the next revision, that a match makes; None where only noise changed.

    `stories` are the known ones by canonical URL; a new record joins the one
    of its URL, or begins its own.
    """
    draft, old = match.draft, match.existing
    if old is None:
        return _new(match, source, provenance, arrival, cause, now, stories)
    edit = edits.judged(old, draft)
    if edit is None:
        return _reserved_since(old, draft)
    return old.followed_by(
        draft,
        guid=draft.trace.guid or old.guid,
        published=draft.published or old.published,
        provenance=provenance,
        arrival=arrival,
        cause=cause,
        edit=replace(edit, at=now) if cause == "author" else None,
        titles=edits.titles_of(old, draft),
    )


def _reserved_since(old: Record, draft: Draft) -> Record | None:
    """Return the revision that says what is reserved by now; None where nothing more is, and nothing is lifted."""
    reserved = tuple(dict.fromkeys((*old.reserved, *draft.reserved)))
    if reserved == old.reserved:
        return None
    return old.followed_by_itself(reserved=reserved, cause="ours", arrival="quiet", edit=None)


def entry_of(record: Record, drafts: Sequence[Draft]) -> Draft | None:
    """Return which of a document's drafts a record was made of; None where none is like it."""
    named = [draft for draft in drafts if record.ident in (draft.trace.guid, draft.url, _digest(draft))]
    linked = [draft for draft in named if draft.url == record.url]
    alike = [draft for draft in linked or named if _title(draft.title) == _title(record.title)]
    return max(alike or linked or named or _at(record, drafts), key=_age, default=None)


def _at(record: Record, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts at a record's address, for one that goes by what it once said."""
    return [draft for draft in drafts if record.url is not None and draft.url == record.url]


def one_off(draft: Draft, document: Document) -> str:
    """Return the name of a record without source.

    Its canonical URL, else the entry's guid, else for a page or a text the
    file's sha256, else the digest of what it says.
    """
    if draft.canonical_url or draft.trace.guid:
        return draft.canonical_url or draft.trace.guid or ""
    return _digest(draft) if draft.status == "feed" else f"sha256:{sha256(document.body).hex()}"


class _Document:
    """Which guids and links of a document name one entry only."""

    def __init__(self, present: Sequence[Trace]) -> None:
        self.guids: dict[str, set[tuple[str | None, str]]] = defaultdict(set)
        self._titles: dict[str, set[str]] = defaultdict(set)
        for trace in present:
            link, title = _link(trace), _title(trace.title)
            if trace.guid:
                self.guids[trace.guid].add((link, title))
            if link:
                self._titles[link].add(title)

    def guid_is_usable(self, guid: str | None) -> bool:
        """Tell whether no entry with another link or title carries it too."""
        return guid is not None and len(self.guids.get(guid, ())) <= 1

    def link_is_usable(self, link: str | None) -> bool:
        """Tell whether no entry with another title carries it too."""
        return link is not None and len(self._titles.get(link, ())) <= 1


def _match(draft: Draft, document: _Document, known: Known, rule: IdentityRule) -> Match:
    ident, there = _ident(draft, document, rule), _at_link(draft, document, known)
    if rule == "guid" and there is not None and not _has_guid_of(there, draft):
        existing = known.by_ident.get(ident) or _unless_two(there, draft, document, new_guid=draft.trace.guid == ident)
    else:
        existing = there or known.by_ident.get(ident)
    shared = draft.url in known.by_link or not document.link_is_usable(draft.url)
    return Match(
        draft=draft,
        ident=existing.ident if existing else ident,
        existing=existing,
        alone=existing is not None or not shared,
        notes=() if existing else _why_not_guid(draft, document, rule, ident),
    )


def _why_not_guid(
    draft: Draft, document: "_Document", rule: IdentityRule, ident: str
) -> tuple[tuple[str, str, str], ...]:
    """Return why an entry goes by its link, or by what it says."""
    guid, link = draft.trace.guid, draft.url
    if ident == guid:
        return ()
    name = "link" if ident == link else "digest"
    if not guid:
        why = "it has no guid"
    elif rule == "link":
        why = f"guids of this source change; this one is {guid}"
    else:
        why = f"another entry has the guid {guid} too"
    also = "" if name == "link" else ", and no link" if not link else ", and another entry has its link too"
    return (("identity", name, why + also),)


def _ident(draft: Draft, document: _Document, rule: IdentityRule) -> str:
    guid, link = draft.trace.guid, draft.url
    if guid and rule == "guid" and document.guid_is_usable(guid):
        return guid
    if link and document.link_is_usable(link):
        return link
    return _digest(draft)


def _at_link(draft: Draft, document: _Document, known: Known) -> Record | None:
    return known.by_link.get(draft.url or "") if document.link_is_usable(draft.url) else None


def _has_guid_of(record: Record, draft: Draft) -> bool:
    """With the same link, the surest sign, also where the guid was given to several."""
    return record.guid is not None and record.guid == draft.trace.guid


def _unless_two(record: Record, draft: Draft, document: _Document, new_guid: bool) -> Record | None:
    """Return the record at a draft's link, unless the document, or a `new_guid`, shows that they are two."""
    if record.guid is None:
        return record
    if record.guid in document.guids:
        return None
    return record if not new_guid or _is_same_article(draft, record) else None


def _is_same_article(draft: Draft, record: Record) -> bool:
    """Tell whether an entry under a new guid is the record at its link, not the next one at a reused address."""
    if draft.published and record.published:
        return draft.published == record.published
    return _title(record.title) == _title(draft.title)


def _is_renamed(draft: Draft, document: _Document, known: Known) -> bool:
    """Tell whether the source has given a known article another guid."""
    record = _at_link(draft, document, known)
    if record is None or not record.guid or not draft.trace.guid or draft.trace.guid in known.by_ident:
        return False
    gone = record.guid not in document.guids and record.guid != draft.trace.guid
    return gone and _title(record.title) == _title(draft.title)


def _each_once(found: Sequence[Match]) -> tuple[list[Match], list[Reason]]:
    """Keep the newest of the matches that go by one name, in the place of the first."""
    kept: dict[str, Match] = {}
    reasons = []
    for one in found:
        other = kept.get(one.ident)
        if other is not None:
            subject = one.existing.id if one.existing else one.draft.url or one.ident
            reasons.append(Reason(subject=subject, step="identity", rule="twice in one document", fact=one.ident))
        if other is None or _age(one.draft) > _age(other.draft):
            kept[one.ident] = one
    return list(kept.values()), reasons


def _age(draft: Draft) -> datetime:
    return draft.modified or draft.published or datetime.min.replace(tzinfo=UTC)


def _rule_changed(renamed: Sequence[Draft], known: Known, rule: IdentityRule) -> list[Reason]:
    """Say of each article that came under another guid what was made of it."""
    rule_name = "link: guids change" if rule == "link" else "same article, another guid"
    records = [(known.by_link[draft.url], draft) for draft in renamed if draft.url]
    return [
        Reason(subject=record.id, step="identity", rule=rule_name, fact=f"{record.guid} became {draft.trace.guid}")
        for record, draft in records
    ]


def _new(
    match: Match,
    source: SourceKey | None,
    provenance: Provenance,
    arrival: Arrival,
    cause: Cause,
    now: datetime,
    stories: Mapping[str, str],
) -> Record:
    draft, name = match.draft, RecordId(record_id(source, match.ident))
    return Record(
        id=name,
        source=source,
        ident=match.ident,
        guid=draft.trace.guid,
        story=stories.get(draft.canonical_url or "", name) if match.alone else name,
        first_seen=now,
        provenance=provenance,
        arrival=arrival,
        cause=cause,
        **words_of(draft),
    )


def _digest(draft: Draft) -> str:
    published = dates.rfc3339(draft.published) if draft.published else None
    return f"digest:{digest(draft.title, published, draft.text).hex()}"


def _link(trace: Trace) -> str | None:
    return urls.clean(trace.link) if trace.link else None


def _title(title: str | None) -> str:
    return " ".join((title or "").split()).casefold()
