"""Which story an article joins: asked of the archive, and of what this process has taken in but not committed yet.

A story is named by its first record.  Others are held against that one, so
that a story cannot drift away from what it began with; and so a record that
became another one, or was joined by mistake, comes apart again when its text
changes or is read anew.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cuttings.model.article import Draft, Record, RecordId
from cuttings.normalise import stories
from cuttings.ports import Archive

RECENT = 1_000  # records that were taken in last: their commits may still be on the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The story that an article is of, and why; its own id where it joins none, `why` then tells what it left."""

    story: str
    why: str | None = None


class Stories:
    """Finds the stories of articles; one for each process, since visits run side by side."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._recent: OrderedDict[RecordId, tuple[frozenset[bytes], Record]] = OrderedDict()
        self._having: defaultdict[bytes, set[RecordId]] = defaultdict(set)  # of the recent: who has a key

    async def joined(self, draft: Draft, record: Record, now: datetime) -> Joined:
        """Return the story of a record that was settled from a draft, a new one or a next revision.

        `record.story` is what its canonical address, or the revision before,
        says.
        """
        if record.story == record.id:
            return await self._by_text(draft, record, now) or Joined(story=record.id)
        first = await self._first(record.story)
        if first is None or not self._has_left(draft, record, first):
            return Joined(story=record.story)
        left = f"no longer the story of {record.story}: another text"
        return await self._by_text(draft, record, now) or Joined(story=record.id, why=left)

    def note(self, draft: Draft, record: Record) -> None:
        """Remember a record until its commit is sure to be seen."""
        if draft.sketch is None:
            return
        self._forget(record.id)
        self._recent[record.id] = (_keys(draft.sketch), record)
        for key in _keys(draft.sketch):
            self._having[key].add(record.id)
        if len(self._recent) > RECENT:
            self._forget(next(iter(self._recent)))

    def _forget(self, record: RecordId) -> None:
        keys, _ = self._recent.pop(record, (frozenset(), None))
        for key in keys:
            self._having[key].discard(record)
            if not self._having[key]:
                del self._having[key]

    def _has_left(self, draft: Draft, record: Record, first: Record) -> bool:
        if record.canonical_url is not None and record.canonical_url == first.canonical_url:
            return stories.is_another(record, first)
        return draft.sketch is not None and stories.same_story(record, first, record.source) is None

    async def _by_text(self, draft: Draft, record: Record, now: datetime) -> Joined | None:
        if draft.sketch is None:
            return None
        alike = [one for one in await self._alike(draft.sketch, now) if one.id != record.id]
        if any(one.story == record.id for one in alike):
            return None  # it is the first of a story itself
        for story in dict.fromkeys(one.story for one in alike):
            first = next((one for one in alike if one.id == story), None) or await self._first(story)
            why = first and stories.same_story(record, first, record.source)
            if why:
                return Joined(story=story, why=why)
        return None

    async def _alike(self, sketch: bytes, now: datetime) -> Sequence[Record]:
        """Return the records whose texts may be near the same, those first that are not committed yet."""
        having = {id_ for key in _keys(sketch) for id_ in self._having.get(key, ())}
        recent = {id_: self._recent[id_][1] for id_ in sorted(having)}
        [found] = await self._archive.alike([sketch], now - stories.WITHIN)
        kept = [await self._archive.get(id_) for id_ in found if id_ not in recent]
        return [*recent.values(), *filter(None, kept)]

    async def _first(self, story: str) -> Record | None:
        recent = self._recent.get(RecordId(story))
        return recent[1] if recent else await self._archive.get(RecordId(story))


def _keys(sketch: bytes) -> frozenset[bytes]:
    return frozenset(sketch[start : start + 8] for start in range(0, len(sketch), 8))
