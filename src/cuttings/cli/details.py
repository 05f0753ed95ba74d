"""All that is known of one source, for `source show`.  Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cuttings.cli import health, tell, week
from cuttings.config.values import Config
from cuttings.model.source import Move, Source, SourceState
from cuttings.ports import Counts
from cuttings.schedule import rhythm
from cuttings.schedule.words import of_push, why_then
from cuttings.text import urls

Facts = list[tuple[str, str | None]]


def facts(config: Config, source: Source, state: SourceState | None, counts: Counts | None, now: datetime) -> Facts:
    """Return names and words, in the order in which people ask; None is not worth a line."""
    zone = config.site.timezone
    healthy = health.health(source, state, now)
    where = config.declared[source.name].include
    lines: Facts = [
        ("name", source.name),
        ("address", urls.masked(source.address)),
        ("tags", ", ".join(source.tags)),
        ("republish", source.republish or "no ceiling"),
        ("full text", source.full_text),
        ("stands in", str(where or config.file)),
        ("health", health.told(healthy, state, zone)),
        ("advice", healthy.advice),
    ]
    return lines + (_known(source, state, counts, zone) if state else [])


def _known(source: Source, state: SourceState, counts: Counts | None, zone: str) -> Facts:
    habit, channel, move = state.rhythm, state.channel, state.move
    return [
        ("title", channel.title),
        ("site", channel.link),
        ("language", channel.language),
        ("first met", tell.when(state.met, zone) if state.met else None),
        ("last visit", tell.when(state.last_visit, zone)),
        ("last success", tell.when(state.last_success, zone)),
        ("next visit", f"{tell.when(health.next_visit(source, state), zone)}, {why_then(source, state)}"),
        ("rhythm", f"{habit.per_day:.2g} new a day, over {habit.visits} visits" if habit.per_day else None),
        *week.lines(habit),
        ("push", of_push(state.push)),
        ("records", f"{counts.records:,}" if counts else None),
        ("pages to try", f"{len(state.pending)} that did not come yet" if state.pending else None),
        ("asked at", urls.masked(state.address) if state.address != source.address else None),
        ("moves to", f"{urls.masked(move.target)}, {_how_sure(move)}" if move else None),
        ("key", urls.masked(state.key)),
        ("told apart by", "the link, since its guids changed" if state.identity == "link" else None),
        ("validators", "ETag or Last-Modified" if state.validators else "none, so it is asked once a day at most"),
    ]


def _how_sure(move: Move) -> str:
    return f"seen {move.seen}x; " + (
        "believed when seen again" if move.familiar else "not believed unless you say so (`cuttings source moves`)"
    )


def as_json(
    config: Config, source: Source, state: SourceState | None, counts: Counts | None, now: datetime
) -> dict[str, Any]:
    """Return a source in its public form with all details."""
    moment, include = health.moment, config.declared[source.name].include
    channel, move = (state.channel, state.move) if state else (None, None)
    by_hour, by_day = rhythm.profile(state.rhythm) if state and state.rhythm.hours else ((), ())
    return {
        **health.as_json(source, state, now),
        "advice": health.health(source, state, now).advice,
        "include": str(include) if include else None,
        "full_text": source.full_text,
        "title": channel.title if channel else None,
        "site": channel.link if channel else None,
        "language": channel.language if channel else None,
        "met": moment(state.met if state else None),
        "not_before": moment(state.not_before if state else None),
        "why_next": why_then(source, state) if state else None,
        "per_day": state.rhythm.per_day if state else None,
        "visits": state.rhythm.visits if state else 0,
        "pushed_until": moment(state.push.until if state and state.push else None),
        "pushed": state.push.brought if state and state.push else 0,
        "push_missed": state.push.missed if state and state.push else 0,
        "records": counts.records if counts else 0,
        "pending_pages": len(state.pending) if state else 0,
        "asked_at": state.address if state else None,
        "moves_to": move.target if move else None,
        "identity": state.identity if state else None,
        "hours": _rounded(by_hour),
        "weekdays": _rounded(by_day),
    }


def _rounded(profile: Sequence[float]) -> list[float]:
    return [round(one, 2) for one in profile]
