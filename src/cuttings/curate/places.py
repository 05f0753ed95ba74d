"""How records enter a feed, and what its document and pages then hold.

Pure: one look at the ledger and the archive in, all events of one publish out.
A decision costs what arrived and what the document holds, not what is kept;
only the first one, and one under a changed rule, looks at every record.

An open line is always shown: by the document, or its record's page is closed
now.  That, and that nothing shown is ever taken back but by a withdrawal, is
what lets a reader walk the feed's history (RFC 5005 4) and find everything once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cuttings.curate import replay, seen
from cuttings.curate.book import Book, event_time
from cuttings.curate.terms import NO_VERDICT, Terms, is_picked, is_refused
from cuttings.model.article import Record, RecordId
from cuttings.model.feed import NEWER, Candidate, Decision, Place, Taking, Versions
from cuttings.ports import View

JUST_AFTER = timedelta(microseconds=1)
KNOWN_STORY = "kept out: the feed has this story already, or a person refused it"


def decide(view: View, terms: Terms, now: datetime) -> Decision:
    """Return what happens to a feed: who enters, is announced, shown, withdrawn, and which lines close into pages.

    `now` is cut to whole seconds, since Last-Modified has no more; where the
    clock went back, time goes on from the last event.
    """
    view, terms = seen.applied(view, terms, now)
    book = Book(view, terms, now)
    changed = _changed_verdicts(view, terms)
    _withdraw(book, changed)
    _lower(book)
    entering, news = _look(book, changed)
    live = _enter(book, entering)
    _announce(book, news, terms.feed.size - live)
    return replay.counted(view, _decided(book))


def adopt(view: View, terms: Terms, takings: Sequence[Taking], feed_id: str | None, now: datetime) -> Decision:
    """Return how a feed without places begins with what another program published last, in its document's order.

    All that was archived before stays where it is and enters quietly; what
    arrives from now on is new.  `feed_id` None: the feed keeps its own.
    """
    found = [(taking, candidate) for taking in takings if (candidate := view.candidate(taking.record))]
    dates = _in_order([candidate for _, candidate in found])
    book = Book(view, terms, now, replace(view.head, adopted=dates, feed_id=feed_id or view.head.feed_id))
    for taking, candidate in reversed(found):
        book.take_over(taking, candidate)
    decision = _decided(book)
    return replace(decision, head=replace(decision.head, rules=""))  # so that the next one looks at all there is


def _in_order(candidates: Sequence[Candidate]) -> dict[RecordId, datetime]:
    """Return order dates that keep an order: each one's own, or just after the next one's where that is later."""
    dates: dict[RecordId, datetime] = {}
    least: datetime | None = None
    for candidate in reversed(candidates):
        least = candidate.order_date if least is None else max(candidate.order_date, least + JUST_AFTER)
        dates[candidate.id] = least
    return dates


def _decided(book: Book) -> Decision:
    """Make up the document and close what pages that takes."""
    members = _members(book)
    for place in members:
        _show(book, place)
    _close(book, {place.record for place in members})
    return book.decision([book.known(place.record) for place in members])


def remade(view: View, versions: Versions, now: datetime) -> Decision:
    """Return the event that a program of other formats, or other versions of them, makes the files from now on."""
    head = view.head
    assert head.address is not None
    assert head.edition is not None
    time = event_time(head, now)
    address = replace(head.address, versions=versions)
    edition = replace(head.edition, address=address, updated=time)
    return Decision(head=replace(head, time=time, address=address, addressed=time, edition=edition))


def _changed_verdicts(view: View, terms: Terms) -> Sequence[RecordId]:
    before, now = view.head.verdicts, terms.verdicts
    return sorted(record for record in {*before, *now} if before.get(record) != now.get(record))


def _withdraw(book: Book, changed: Sequence[RecordId]) -> None:
    """Take out of lines and pages what is withdrawn; let back in at the end what is added after that."""
    places = sorted(filter(None, map(book.place, changed)), key=lambda place: place.number)
    for place in places:
        action = book.terms.verdict(place.record).action
        if action == "withdraw" and not place.withdrawn:
            book.withdraw(place)
        elif action == "add" and place.withdrawn:
            book.put(replace(place, withdrawn=False))
            book.append(place.record, live=True)
            book.explain(place.record, "add", "back, by a new line under its old id")


def _lower(book: Book) -> None:
    """Take text out of pages where a publisher's ceiling came down."""
    if book.head.ceilings == book.ceilings:
        return
    for source, ceiling in sorted(book.terms.ceilings.items()):
        for page in book.view.pages_of(source):
            book.lower(page, source, ceiling)


def _look(book: Book, changed: Sequence[RecordId]) -> tuple[list[Candidate], dict[RecordId, int]]:
    """Judge what was touched; return who wants to enter, and which visible records have news to announce."""
    entering: list[Candidate] = []
    flows = book.view.commit > (book.head.mark or 0)  # else what waits for room waits on: same state, same bytes
    news = {place.record: _news(book.view, place) for place in (book.view.due() if flows else ())}
    for candidate in _touched(book, changed):
        place = book.place(candidate.id)
        if place is None:
            if book.terms.is_wanted(candidate, book.view):
                entering.append(candidate)
            continue
        if candidate.reserved:
            place = book.hold_back(place)
        if book.judge(place, candidate) and candidate.news > place.announced and (flows or not place.due):
            news[candidate.id] = candidate.news
        else:
            news.pop(candidate.id, None)
    return entering, news


def _touched(book: Book, changed: Sequence[RecordId]) -> Iterator[Candidate]:
    """Yield, once each, the records of which something may be other than at the last decision."""
    head = book.head
    concerned: dict[RecordId, Candidate] = {}
    for candidate in filter(None, map(book.view.candidate, changed)):
        concerned[candidate.id] = candidate
        if is_refused(head.verdicts.get(candidate.id, NO_VERDICT)):  # it may have kept its twins out
            concerned.update((twin.id, twin) for twin in book.view.twins(candidate.story))
    concerned.update((candidate.id, candidate) for candidate in _too_old(book))
    waiting = () if book.terms.feed.of else filter(None, map(book.view.candidate, head.waiting))
    concerned.update((candidate.id, candidate) for candidate in waiting)
    yield from concerned.values()
    all_anew = head.mark is None or head.rules != book.rules
    for candidate in book.view.arrivals(0 if all_anew else head.mark or 0):
        if candidate.id not in concerned:
            yield candidate


def _too_old(book: Book) -> Iterator[Candidate]:
    """Yield what is shown and older than the rule allows by now: what leaves, and what a person keeps."""
    oldest = book.terms.rule.oldest(book.view.newest_seen)
    places = book.view.visible_before(oldest) if oldest is not None else ()
    return filter(None, (book.candidate(place.record) for place in places))


def _enter(book: Book, entering: Sequence[Candidate]) -> int:
    """Give places to those who may have one, and return how many of them are live."""
    admitted = _without_twins(book, sorted(entering, key=_by_date))
    live = [candidate for candidate in admitted if _why_live(book, candidate)][-book.terms.feed.size :]
    alive = {candidate.id for candidate in live}
    quiet = [candidate for candidate in admitted if candidate.id not in alive]
    book.waiting = _without_company(book, quiet)
    for candidate in (c for c in quiet if c.id not in book.waiting):
        book.enter(candidate, _why_quiet(book, candidate), live=False)
    for candidate in live:
        book.enter(candidate, _why_live(book, candidate) or "", live=True)
    return len(live)


def _without_company(book: Book, quiet: Sequence[Candidate]) -> tuple[RecordId, ...]:
    """Return who waits until a page is full: the newest of what a long quiet work, while it lasts, has brought.

    Otherwise each publish meanwhile would close a short page.  A feed's first
    decision waits for nothing, nor does a first visit.
    """
    if not book.terms.unhurried or book.head.mark is None or book.terms.feed.of:
        return ()
    brought = [candidate.id for candidate in quiet if _is_of_long_work(book.view.record(candidate.id))]
    return tuple(brought[len(brought) // book.terms.feed.size * book.terms.feed.size :])


def _is_of_long_work(record: Record | None) -> bool:
    """Tell whether a backfill, a re-read or an import brought a record as it is now."""
    return record is not None and (record.provenance == "backfill" or record.cause == "ours" or record.source is None)


def _without_twins(book: Book, entering: Sequence[Candidate]) -> list[Candidate]:
    """Keep out what tells a story that this feed has, refused or just takes; a person's pick enters all the same."""
    if not entering or book.terms.feed.duplicates == "keep":
        return list(entering)
    refused = [record for record, verdict in book.terms.verdicts.items() if is_refused(verdict)]
    taken = {candidate.story for candidate in filter(None, map(book.view.candidate, refused))}
    admitted = []
    for candidate in sorted(entering, key=book.terms.preference):
        if not is_picked(book.terms.verdict(candidate.id)) and (
            candidate.story in taken or book.view.story_is_placed(candidate.story)
        ):
            if candidate.news > (book.head.mark or 0):  # of old ones, `standing` tells when asked
                book.explain(candidate.id, "story", KNOWN_STORY)
            continue
        taken.add(candidate.story)
        admitted.append(candidate)
    return sorted(admitted, key=_by_date)


def _why_live(book: Book, candidate: Candidate) -> str | None:
    """Return why a record comes to the front: picked, released, or news above the mark; None: it does not."""
    head, verdict = book.head, book.terms.verdict(candidate.id)
    if is_picked(verdict):
        return "a person added it" if verdict.action == "add" else "a person pinned it"
    if head.verdicts.get(candidate.id, NO_VERDICT).action == "hold":
        return "it was held, and is released"
    return "it is new" if head.mark is not None and candidate.news > head.mark else None


def _why_quiet(book: Book, candidate: Candidate) -> str:
    if _why_live(book, candidate):
        return f"more than {book.terms.feed.size} came at once"
    if book.head.mark is None:
        return "the feed began with it"
    return "it was in the archive before it was let in" if candidate.news else "it arrived as an old one"


def _announce(book: Book, news: Mapping[RecordId, int], room: int) -> None:
    """Append one more line for each revision to be announced, while there is room; else it is passed over."""
    places = sorted(filter(None, map(book.place, news)), key=lambda place: place.number)
    for place in places:
        line = book.open_line(place.record)
        if book.terms.feed.revisions == "announce" and not (line and line.live):
            if room < 1:
                book.put(replace(place, due=True))
                continue
            if line is not None:  # it has no other: a quiet line is a record's first
                book.unline(place.record)
            book.append(place.record, live=True)
            book.explain(place.record, "announce", "its new revision comes to the front")
            room -= 1
        book.put(replace(book.known(place.record), announced=news[place.record], due=False))


def _members(book: Book) -> list[Place]:
    """Return who stands in the document, in its order: pins, then order date, then id, descending."""
    size = book.terms.feed.size
    members: dict[RecordId, Place] = {}
    for place in book.newest_live():
        members.setdefault(place.record, place)
        if len(members) == size:
            break
    fills = len(members) < size and not book.head.adopted  # to who reads on, what stood before would be news
    for place in book.by_date() if fills else ():
        members.setdefault(place.record, place)
        if len(members) == size:
            break
    pins = [record for record, verdict in book.terms.verdicts.items() if verdict.pin]
    members.update((place.record, place) for place in filter(None, map(book.place, pins)) if place.visible)
    pinned = frozenset(pins)
    return sorted(members.values(), key=lambda p: (p.record in pinned, p.order_date, p.record), reverse=True)


def _show(book: Book, place: Place) -> None:
    """Let a record in the document move on to its newest revision and words; `updated` tells only of people's work."""
    candidate = book.candidate(place.record)
    if candidate is None:
        return
    before = place.shown
    revision = before.revision if book.terms.feed.revisions == "ignore" else max(before.revision, candidate.revision)
    shown = book.terms.shown(candidate, revision, before, book.terms.also(candidate, book.view))
    reworded = (shown.title, shown.note) != (before.title, before.note)
    rewritten = revision > before.revision and candidate.authored > before.revision
    updated = max(place.updated + NEWER, book.time) if reworded or rewritten else place.updated
    book.put(replace(place, shown=shown, updated=updated))


def _close(book: Book, members: set[RecordId]) -> None:
    """Close all open lines into pages if they fill one, or if one of them would be shown nowhere."""
    lines, size = book.open_lines(), book.terms.feed.size
    if len(lines) < size and all(line.record in members for line in lines):
        return
    for start in range(0, len(lines), size):
        book.close(lines[start : start + size])


def _by_date(candidate: Candidate) -> tuple[datetime, RecordId]:
    return candidate.order_date, candidate.id


def _news(view: View, place: Place) -> int:
    candidate = view.candidate(place.record)
    return candidate.news if candidate else place.announced
