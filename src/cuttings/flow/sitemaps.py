"""A sitemap as a source: the documents it is made of, and which of their addresses are articles for us.

    robots.txt ──► index ──► sitemap ──► what is new or changed ──► intake

A first visit takes the newest few: what else is there was there before us, and
is passed over.  Bounded: how deep indexes stand in each other, how many
documents and how many addresses one visit asks for (an index that contains
itself is one document).  Standards: sitemaps.org 0.9.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cuttings.errors import ParseError
from cuttings.flow.intake import SITEMAPS, Intake
from cuttings.flow.settling import Origin, Taken
from cuttings.model.capture import Failed, Fetched, NotModified, Outcome, Request, Validators
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import Part, Source, SourceState, Visit
from cuttings.normalise.identity import Match
from cuttings.ports import Fetcher
from cuttings.text import dates, urls
from cuttings.text.urls import UrlError

DEEPEST = 3  # robots.txt, an index, an index in it
MOST_PARTS = 10  # documents that one visit asks for beside the first
FIRST = 50  # articles that a first visit takes
MOST_NEW = 1_000  # articles that a later one takes
MOST_CHANGED = 100  # known ones that are read again
SUDDENLY = 20  # known ones of which more than half have a new date: dates that say when the list was made
REMEMBERED = 10_000  # traces
REMEMBERED_PARTS = 1_000
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NEWS = DAY  # what was published longer before we came enters feeds quietly


def root_of(address: str) -> str:
    """Return what is asked for: of a site, the robots.txt that names its sitemaps."""
    url = urls.parse(address)
    return f"{url.public}robots.txt" if url.target == "/" else address


def of_root(address: str, outcome: Outcome) -> Outcome:
    """Return what came of the root as what it says of the source: a site is not its robots.txt."""
    if root_of(address) == address:
        return outcome
    if isinstance(outcome, Failed):
        return replace(outcome, status=404) if outcome.status == 410 else outcome
    return replace(outcome, moved_to=outcome.moved_to and outcome.moved_to.removesuffix("robots.txt"))


@dataclass(slots=True)
class Walk:
    """One visit.  What it leaves behind is in `state`, with an error where nothing came at all."""

    fetcher: Fetcher
    intake: Intake
    source: Source
    state: SourceState
    now: datetime
    new: int = 0
    dates: list[datetime] = field(default_factory=list)  # of what is taken, when it was published
    _parts: dict[str, Part] = field(default_factory=dict)
    _passed: list[datetime] = field(default_factory=list)  # when what is passed over changed
    _errors: list[str] = field(default_factory=list)
    _came: bool = False
    _strange: bool = False  # the document at hand may hold what was there before us: it was never read, or not wholly
    _taken: int = 0

    def goes_on_from(self, outcome: Outcome) -> bool:
        """Tell whether there is something to do: a site without a robots.txt may have a sitemap all the same."""
        if not isinstance(outcome, Failed):
            return True
        return self._is_site and outcome.status is not None and 400 <= outcome.status < 500 and outcome.status != 429

    async def visits(self, outcome: Outcome) -> AsyncIterator[Visit]:
        """Yield what the documents bring, none of it with a state."""
        async for taken in self._documents(outcome):
            async for visit in self._brought(taken):
                yield visit
        if self._came and not self.state.present:
            self._came = False
            self._errors.insert(0, "its sitemaps lead to each other, and to no list of addresses")
        failed = self._errors and not self._came
        if self.state.met is None and self._passed:
            self.state = replace(self.state, horizon=min(self.now, max(self._passed)))
        self.state = replace(
            self.state,
            met=self.state.met or (None if failed else self.now),
            parts=tuple(self._parts.values())[:REMEMBERED_PARTS],
            error="; ".join(self._errors[:3]) if failed else None,
        )

    async def _documents(self, outcome: Outcome) -> AsyncIterator[Taken]:
        """Yield the documents that may have changed: the first, then its parts, the most promising before others."""
        self._parts = {part.url: part for part in self.state.parts}
        first = await self._first(outcome)
        if first is not None:
            yield first
        waiting = [(url, changed, 1) for url, changed in self._listed(first)]
        asked = {root_of(self.state.address)}
        while waiting and len(asked) <= MOST_PARTS:
            url, changed, depth = waiting.pop(0)
            if url in asked or not self._is_due(url, changed):
                continue
            asked.add(url)
            taken = await self._part(url, changed)
            if taken is not None:
                yield taken
                if depth < DEEPEST:
                    waiting[:0] = [(one, when, depth + 1) for one, when in taken.reading.channel.parts]
        for url, changed, _ in waiting:
            self._leave(url, changed)

    async def _first(self, outcome: Outcome) -> Taken | None:
        if isinstance(outcome, Failed):
            return None
        read = replace(self.state, validators=outcome.validators)
        if isinstance(outcome, NotModified) or outcome.sha256 == self.state.fingerprint:
            self.state = read
            return None
        try:
            taken = await self._read(outcome)
        except ParseError as error:
            if not self._is_site:
                self._errors.append(error.problem)
            return None
        self.state = replace(read, fingerprint=outcome.sha256)
        return taken

    def _listed(self, first: Taken | None) -> Sequence[tuple[str, str | None]]:
        """Return the parts, in the order of who lists them; what is told anew goes before what was."""
        told = first.reading.channel.parts if first is not None else ()
        self._parts = {url: self._parts[url] for url in [*(url for url, _ in told), *self._parts] if url in self._parts}
        listed = told or [(part.url, part.changed) for part in self._parts.values()]
        if not listed and self._is_site:
            return [(root_of(self.state.address).removesuffix("robots.txt") + "sitemap.xml", None)]
        return listed

    def _is_due(self, url: str, changed: str | None) -> bool:
        """Tell whether a part may hold something new; one that wants to be left alone is remembered for later."""
        part = self._parts.get(url)
        if part is None:
            return True
        if part.not_before is not None and self.now < part.not_before:
            self._errors += [part.error] if part.error else []
            if changed != part.changed:
                self._parts[url] = replace(part, changed=None, passed=False)
            return False
        return changed != part.changed or (changed is None and not part.passed)

    async def _part(self, url: str, changed: str | None) -> Taken | None:
        """Ask for a part; what cannot be had or read is asked for again at the next visit."""
        part = self._parts.get(url)
        self._strange = part is None or part.passed
        validators = part.validators if part else Validators()
        outcome = await self.fetcher.fetch(Request(url=url, validators=validators, robots=True, own=self.source.own))
        if isinstance(outcome, Failed):
            missing = outcome.status is not None and 400 <= outcome.status < 500
            self._failed(url, outcome.reason, outcome.wish.retry_after or (DAY if missing else HOUR))
            return None
        try:
            taken = await self._read(outcome) if isinstance(outcome, Fetched) else None
        except ParseError as error:
            self._failed(url, error.problem, outcome.wish.fresh_for or HOUR)
            return None
        self._came = True
        fresh_for = outcome.wish.fresh_for
        not_before = self.now + fresh_for if fresh_for else None
        self._parts[url] = Part(url=url, changed=changed, validators=outcome.validators, not_before=not_before)
        return taken

    def _failed(self, url: str, why: str, wait: timedelta) -> None:
        """Have a part asked for again after a while, whatever the index says then."""
        self._errors.append(f"{url}: {why}")
        part = self._parts.get(url, Part(url=url))
        again = replace(part, changed=None, passed=False, not_before=self.now + wait, error=self._errors[-1])
        self._parts[url] = again

    def _leave(self, url: str, changed: str | None) -> None:
        """Remember a part that this visit did not come to: for the next; at a first one, as there before us."""
        if self.state.met is not None:
            self._parts[url] = replace(self._parts.get(url, Part(url=url)), changed=None, passed=False)
            return
        self._parts.setdefault(url, Part(url=url, changed=changed, passed=True))
        moment = dates.parse(changed) if changed else None
        self._passed += [moment] if moment else []

    async def _read(self, fetched: Fetched) -> Taken:
        known = frozenset(trace.digest for trace in self.state.present)
        return await self.intake.take_in(fetched, self._origin, known=known, rule="link", expected=SITEMAPS)

    async def _brought(self, taken: Taken) -> AsyncIterator[Visit]:
        """Yield what a document's addresses become, and remember all of them."""
        if not taken.reading.present:
            return
        wanted, told = self._wanted(taken)
        self._taken += len(wanted)
        self.new += sum(match.existing is None for match in wanted)
        self.dates += [match.draft.published for match in wanted if match.draft.published]
        chosen = replace(taken, matched=wanted, reasons=(*taken.reasons, *await self.intake.news(told)))
        async for visit in self.intake.portions(chosen, self._origin, self.state):
            if visit.state is not None:
                self.state = replace(self.state, pending=visit.state.pending)
            yield replace(visit, state=None)
        here = {trace.link for trace in taken.reading.present}
        newest = [*taken.reading.present, *(one for one in self.state.present if one.link not in here)]
        title = taken.reading.channel.title or self.state.channel.title
        channel = replace(taken.reading.channel, title=title, parts=())
        self.state = replace(self.state, present=tuple(newest[:REMEMBERED]), channel=channel)

    def _wanted(self, taken: Taken) -> tuple[list[Match], list[Reason]]:
        """Return what is to become of a document's new and changed addresses, and what of it is not believed."""
        before = {trace.link for trace in self.state.present}
        ours = [match for match in taken.matched if self._is_ours(match)]
        new = [one for one in ours if one.existing is None and one.draft.trace.link not in before]
        changed = [one for one in ours if one.existing is not None]
        told = [] if len(ours) == len(taken.matched) else ["addresses of other sites are left out"]
        if len(changed) > SUDDENLY and 2 * len(changed) > sum(one.link in before for one in taken.reading.present):
            changed = []
            told.append("most addresses say that they changed, all at once: that is when the list was made")
        new = [one for one in new if not self._was_before_us(one)]
        room = max(0, (FIRST if self.state.met is None else MOST_NEW) - self._taken)
        self._passed += _dates_of(new[room:])
        return [*new[:room], *changed[:MOST_CHANGED]], [_not_believed(taken, fact) for fact in told]

    def _is_ours(self, match: Match) -> bool:
        host = _host(match.draft.trace.link or "")
        return any(is_of(host, _host(url)) for url in (self.source.url or "", self.state.address))

    def _was_before_us(self, match: Match) -> bool:
        """Tell whether an address that we do not know is an old one; dates are often of days, without a time."""
        horizon = self.state.horizon
        if horizon is None or not (self._strange or len(self.state.present) >= REMEMBERED):
            return False
        return any(moment + DAY <= horizon for moment in _dates_of([match]))

    @property
    def _origin(self) -> Origin:
        since = self.state.met - NEWS if self.state.met else None
        return Origin(key=self.state.key, full_text=self.source.full_text, own=self.source.own, since=since)

    @property
    def _is_site(self) -> bool:
        return root_of(self.state.address) != self.state.address


def _dates_of(matches: Iterable[Match]) -> list[datetime]:
    """Return when each changed last, or was published; without those that do not say."""
    moments = (match.draft.modified or match.draft.published for match in matches)
    return [moment for moment in moments if moment is not None]


def _not_believed(taken: Taken, fact: str) -> Reason:
    return Reason(subject=subject_of(taken.captures[-1].url), step="parse", rule="not believed", fact=fact)


def _host(url: str) -> str:
    """Return whose address it is; "" for nonsense."""
    try:
        return urls.parse(url).host.removeprefix("www.")
    except UrlError:
        return ""


def is_of(host: str, other: str) -> bool:
    """Tell whether two hosts are one site's: the same, or one within the other."""
    return bool(host and other) and (host == other or host.endswith("." + other) or other.endswith("." + host))
