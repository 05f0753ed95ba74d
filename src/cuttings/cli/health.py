"""How a source is doing, in few words, and what the archive knows of all of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cuttings import app
from cuttings.cli import advice, tell
from cuttings.config.values import Config
from cuttings.model.source import Source, SourceState
from cuttings.text.dates import rfc3339

Word = Literal["good", "failing", "waiting", "gone", "paused", "new"]


@dataclass(frozen=True, slots=True)
class Health:
    """One word for a source; `since` when it fails or is gone, `until` when a server asked us to wait."""

    word: Word
    since: datetime | None = None
    until: datetime | None = None
    advice: str | None = None


def health(source: Source, state: SourceState | None, now: datetime) -> Health:
    """Return how a source is doing; "new" was not visited yet."""
    if source.paused:
        return Health("paused", advice=f"`cuttings source pause --off {source.name}` goes on")
    if state is None or state.last_visit is None:
        return Health("new")
    if state.stopped:
        words = "remove it, or give its new address; what it had is kept. It is asked once a month"
        return Health("gone", since=state.gone, advice=words)
    if state.failures:
        return Health("failing", since=state.failing_since, advice=advice.of(source, state, now))
    if state.not_before is not None and state.not_before > now:
        return Health("waiting", until=state.not_before)
    return Health("good", advice=advice.of(source, state, now))


def states_by_name(sources: Sequence[Source], states: Sequence[SourceState]) -> Mapping[str, SourceState]:
    """Return what is known of declared sources, found by address, by a former one, or by name."""
    known = {state.name: state for state in states}
    by_address = {address: state for state in states for address in (state.address, state.key)}
    found: dict[str, SourceState] = {}
    for source in sources:
        addresses = (source.address, *source.formerly)
        state = next((by_address[one] for one in addresses if one in by_address), known.get(source.name))
        if state is not None:
            found[source.name] = state
    return found


def as_json(source: Source, state: SourceState | None, now: datetime) -> dict[str, Any]:
    """Return a source in its public form; what is not known yet is null."""
    healthy = health(source, state, now)
    return {
        "source": source.name,
        "address": source.address,
        "key": state.key if state else None,
        "tags": list(source.tags),
        "republish": source.republish,
        "last_visit": moment(state.last_visit if state else None),
        "last_success": moment(state.last_success if state else None),
        "next": moment(next_visit(source, state)),
        "failures": state.failures if state else 0,
        "error": state.error if state else None,
        "trouble": state.trouble if state else None,
        "health": healthy.word,
        "since": moment(healthy.since),
        "paused": source.paused,
    }


def next_visit(source: Source, state: SourceState | None) -> datetime | None:
    """Return when a source is visited next, None where that is unknown or never."""
    if state is None or source.paused:
        return None
    return max(state.next_visit, state.not_before or state.next_visit)


def moment(when: datetime | None) -> str | None:
    """Return a time in its public form."""
    return rfc3339(when) if when else None


def told(healthy: Health, state: SourceState | None, zone: str) -> str:
    """Return a source's health in a few words."""
    if healthy.word == "new":
        return "not visited yet"
    if healthy.word == "waiting":
        return f"waiting until {tell.when(healthy.until, zone)}"
    if healthy.word == "failing" and state is not None:
        return f"failed {state.failures}x since {tell.when(healthy.since, zone)}: {state.error}"
    return f"gone since {tell.when(healthy.since, zone)}" if healthy.word == "gone" else healthy.word


def known_states(config: Config) -> tuple[SourceState, ...]:
    """Return what the archive knows of all sources."""

    async def states() -> tuple[SourceState, ...]:
        async with app.opened(config) as opened:
            return tuple(await opened.sources.states())

    return asyncio.run(states())
