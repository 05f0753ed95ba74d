"""What an operator sees at a glance: what is to be decided, what is late or waits, what is well.  Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from cuttings.cli import advice, health, listed, tell
from cuttings.cli.report import Report, Standing, size_of
from cuttings.flow.moves import Moving
from cuttings.model.capture import Trouble
from cuttings.model.feed import LedgerHead
from cuttings.text import urls

Kind = Literal[
    "daemon",
    "disk",
    "list",
    "moved",
    "move",
    "quiet",
    "gaps",
    "gone",
    "failing",
    "overdue",
    "pages",
    "push",
    "backfill",
]

A_MOMENT = timedelta(minutes=1)  # who is due so long is not late yet: visits take their turns
DEAD = timedelta(hours=1)  # what is due so long, while no daemon runs, waits for a person
LATELY = timedelta(days=7)  # a list that changed since then is told
PAGELESS = 3  # articles in a row whose page was given up: that is no chance any more
NAMED = 3  # sources named in a line about several

_TROUBLES: Mapping[Trouble, str] = {
    "name": "no such name",
    "unreached": "not reached",
    "barred": "not allowed",
    "certificate": "certificate",
    "silent": "no answer",
    "redirects": "redirects",
    "missing": "not there",
    "gone": "gone",
    "denied": "not let in",
    "busy": "busy",
    "server": "server error",
    "login": "login page",
    "parked": "name for sale",
    "page": "no feed",
    "unreadable": "not readable",
    "ours": "our own fault",
}


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know; `source` is None where it is of no single one, `advice` where time mends it."""

    kind: Kind
    name: str
    words: str
    advice: str | None = None
    source: str | None = None
    trouble: Trouble | None = None


# -- to be decided


def decisions(found: Report, zone: str) -> Sequence[Note]:
    """Return what waits for a person: the house first, then sources, what came last first."""
    return (*_of_house(found, zone), *_of_lists(found, zone), *_of_moves(found, zone), *_of_sources(found, zone))


def _of_house(found: Report, zone: str) -> Iterator[Note]:
    if not found.daemon and found.overdue and found.now - found.overdue[0] > DEAD:
        words = f"not running, and since {tell.when(found.overdue[0], zone)} sources wait to be visited"
        yield Note("daemon", "daemon", words, "`cuttings run` starts it")
    if found.no_room:
        words = f"{found.no_room}; nothing is collected"
        yield Note("disk", "disk", words, "make room; what is published is served on")


def _of_lists(found: Report, zone: str) -> Iterator[Note]:
    for one in found.lists:
        if one.changed is not None and found.now - one.changed < LATELY:
            todo = "look whether you want that; what a source that went brought is kept"
            yield Note("list", one.name, listed.words(one, zone).removeprefix(f"{one.name}: "), todo)


def _of_moves(found: Report, zone: str) -> Iterator[Note]:
    kept_back = {one.source.name: advice.kept_back(one.source, one.state) for one in found.moves}
    believed = [one.source.name for one in found.moves if one.standing == "believed" and not kept_back[one.source.name]]
    if len(believed) == 1:
        words = "moved for good, and is asked at its new address"
        yield Note("moved", believed[0], words, f"`cuttings source moves --apply {believed[0]}` writes it down")
    elif believed:
        words = f"{named(believed)} moved for good, and are asked at their new addresses"
        yield Note("moved", f"{len(believed):,} sources", words, "`cuttings source moves --apply` writes them down")
    for one in found.moves:
        without = kept_back[one.source.name]
        if without and one.standing == "believed" and not one.state.failures:  # else its trouble says so
            yield Note("moved", one.source.name, without, advice.to_send(one.source), one.source.name)
        if one.standing == "doubtful":
            todo = f"if that is right, `cuttings source moves --apply {one.source.name}` believes it"
            yield Note("move", one.source.name, f"{_seen(one, zone)}; nothing known was there", todo, one.source.name)


def _of_sources(found: Report, zone: str) -> Iterator[Note]:
    yield from (_trouble(one, zone) for one in reversed(found.troubled) if one.health.advice)
    for one in found.standings:
        if one.state is not None and one.state.pageless >= PAGELESS and not one.source.paused:
            words = f"the pages of the last {one.state.pageless:,} articles that should have one did not come"
            todo = "`full_text: feed` takes what the feed gives, and asks for no page"
            yield Note("pages", one.source.name, words, todo, one.source.name)
    for lack in found.lacks:
        if lack.missed.why == "quiet":
            words = f"nothing new since {tell.when(lack.missed.since, zone)}, against its habit"
            todo = "look whether it goes on elsewhere, or has ended"
            yield Note("quiet", lack.source.name, words, todo, lack.source.name)
    rolled = [lack for lack in found.lacks if lack.missed.why == "rolled"]
    if rolled:
        count, names = sum(lack.missed.count for lack in rolled), list(dict.fromkeys(one.source.name for one in rolled))
        words = f"probably missed in the last days: about {counted(count, 'article')} of {named(names)}"
        yield Note("gaps", "gaps", words, "`cuttings gaps` says when; `cuttings backfill` brings what can still be had")


def _seen(one: Moving, zone: str) -> str:
    times = "once" if one.seen == 1 else f"{one.seen} times"
    return f"seen {times} since {tell.when(one.since, zone)} to move to {urls.masked(one.target)}"


def _trouble(one: Standing, zone: str) -> Note:
    kind: Kind = "gone" if one.health.word == "gone" else "failing"
    again = f"; next try {tell.when(one.next, zone)}" if one.next and kind == "failing" else ""
    words = health.told(one.health, one.state, zone) + again
    trouble = one.state.trouble if one.state else None
    return Note(kind, one.source.name, words, one.health.advice, one.source.name, trouble)


# -- late, or waiting


def waiting(found: Report, zone: str) -> Sequence[Note]:
    """Return what is late or under way, and comes right by itself, as far as can be told."""
    failing = (_trouble(one, zone) for one in reversed(found.troubled) if not one.health.advice)
    return (*_overdue(found, zone), *failing, *_moving(found, zone), *_unheard(found), *_left_over(found))


def _overdue(found: Report, zone: str) -> Iterator[Note]:
    if _is_late(found):
        words = f"{len(found.overdue):,} overdue, the first since {tell.when(found.overdue[0], zone)}"
        yield Note("overdue", "visits", words)


def _moving(found: Report, zone: str) -> Iterator[Note]:
    for one in found.moves:
        if one.standing == "waiting":
            words = f"{_seen(one, zone)}; believed when it is seen again"
            yield Note("move", one.source.name, words, None, one.source.name)


def _unheard(found: Report) -> Iterator[Note]:
    if found.unheard:
        [(_, first), *_] = found.unheard
        names = [one.source.name for one, _ in found.unheard]
        why = f"{urls.masked(first.hub)}: {first.error or 'no answer'}"
        words = f"not told to us by the hub of {named(names)}: {why}; visited as if there were none, and asked again"
        yield Note("push", "push", words, None, names[0] if len(names) == 1 else None)


def _left_over(found: Report) -> Iterator[Note]:
    if found.pending:
        yield Note("pages", "pages", f"{found.pending:,} did not come, and will be tried again")
    if found.walking:
        words = f"the walk through the past of {named(found.walking)} did not come to its end yet"
        yield Note("backfill", "backfill", words, "`cuttings backfill` goes on with it")


# -- well


def well(found: Report, zone: str) -> Iterator[tuple[str, str]]:
    """Yield names and words of how everything else is."""
    yield "daemon", "running" if found.daemon else "not running"
    yield "sources", _sources(found)
    if not _is_late(found):
        yield "due", _due(found, zone)
    for name, head in found.heads.items():
        yield "feed", f"{name}: {_published(head, zone)}"
    yield "records", _records(found)
    yield "disk", _disk(found)
    for one in found.lists:
        yield "list", listed.words(one, zone)
    if found.pushed:
        yield "push", f"told to us at once, by hubs: what is new in {counted(found.pushed, 'source')}"
    if found.listeners:
        told = counted(found.listeners, "subscriber or hub", "subscribers and hubs")
        yield "hub", f"told at once of what is new in our feeds: {told}"
    if found.walked:
        yield "backfill", f"walked through to the beginning: the past of {counted(found.walked, 'source')}"


def _sources(found: Report) -> str:
    named = {"good": "good", "failing": "failing", "gone": "gone", "waiting": "waiting", "paused": "paused"}
    named["new"] = "not visited yet"
    parts = [f"{found.words[word]:,} {words}" for word, words in named.items() if found.words.get(word)]
    return f"{len(found.standings):,}" + (": " + ", ".join(parts) if parts else "")


def _published(head: LedgerHead | None, zone: str) -> str:
    if head is None or head.time is None:
        return "not published yet"
    return f"{head.places:,} articles, {head.pages} closed pages, published {tell.when(head.time, zone)}"


def _is_late(found: Report) -> bool:
    return bool(found.overdue) and found.now - found.overdue[0] > A_MOMENT


def _due(found: Report, zone: str) -> str:
    ahead = [one.next for one in found.standings if one.next is not None]
    return f"nothing overdue; the next visit is at {tell.when(min(ahead), zone)}" if ahead else "nothing"


def _records(found: Report) -> str:
    parts = [f"{found.counts.records:,}"]
    if found.counts.unindexed:
        parts.append(f"search is {found.counts.unindexed:,} behind")
    if found.checks:
        parts.append(f"{found.checks:,} will be looked at again for edits")
    return ", ".join(parts)


def _disk(found: Report) -> str:
    months = sorted(found.used.months)[-3:]
    told = [f"{part} {size_of(size)}" for part, size in found.used.parts.items() if size]
    grown = [f"{month} {size_of(found.used.months[month])}" for month in months]
    more = "" if found.used.whole else "more than "
    by_month = f"; captures by month: {', '.join(grown)}" if grown else ""
    return f"{more}{size_of(found.used.total)} ({', '.join(told)}), {size_of(found.free)} free{by_month}"


# -- in short


def named(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are."""
    told = ", ".join(names[:NAMED])
    return told if len(names) <= NAMED else f"{told} and {len(names) - NAMED:,} more"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number of things in words."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def fairly(notes: Sequence[Note], most: int) -> tuple[Sequence[Note], Sequence[Note]]:
    """Part notes into those that are shown and the others, so that one kind of trouble does not hide the rest."""
    had: Counter[str] = Counter()
    ranks = []
    for note in notes:
        ranks.append(had[_short(note)])
        had[_short(note)] += 1
    shown = set(sorted(range(len(notes)), key=lambda at: (ranks[at], at))[:most])
    return [notes[at] for at in sorted(shown)], [note for at, note in enumerate(notes) if at not in shown]


def in_short(notes: Sequence[Note]) -> str:
    """Return what notes that are not shown are about, the most frequent first."""
    return ", ".join(f"{count:,} {short}" for short, count in Counter(map(_short, notes)).most_common())


def _short(note: Note) -> str:
    return _TROUBLES[note.trouble] if note.trouble else note.kind


def as_json(found: Report, zone: str) -> dict[str, Any]:
    """Return what is to be decided and what waits in its public form."""
    notes = {"decisions": decisions(found, zone), "waiting": waiting(found, zone)}
    return {key: [_note_json(note) for note in told] for key, told in notes.items()}


def _note_json(note: Note) -> dict[str, Any]:
    return {
        "kind": note.kind,
        "source": note.source,
        "trouble": note.trouble,
        "words": f"{note.name}: {note.words}",
        "advice": note.advice,
    }
