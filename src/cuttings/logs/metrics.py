"""What a daemon counts, for Prometheus: the one door to prometheus_client.

Labels are words of ours and names of configured feeds, so their sets are
bounded; no address of a source is ever one.
Standards: the text format 0.0.4 and OpenMetrics 1.0, by what is accepted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder

from cuttings.model.coverage import Missing
from cuttings.model.push import STANDINGS
from cuttings.model.push import Standing as Subscribed

STALLS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)  # seconds; 0.05 is the most we allow ourselves

WHYS: Final[Sequence[Missing]] = ("rolled", "unpushed", "unread", "quiet")  # see model.coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand when somebody asks; times None: never, or nothing waits."""

    now: datetime
    followed: int
    paused: int
    overdue: int
    overdue_since: datetime | None
    last_success: datetime | None
    commits: int
    records: int
    unindexed: int
    disk_free: int
    sandbox_deaths: int
    visiting: int
    listeners: int
    pushes_waiting: int
    subscriptions: Mapping[Subscribed, int] = field(default_factory=dict)
    missed: Mapping[Missing, tuple[int, int]] = field(default_factory=dict)  # (sources, entries) lately, by why


class Metrics:
    """The counters of one process."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, words: str, labels: Sequence[str] = ()) -> Counter:
            return Counter(f"cuttings_{name}", words, labels, registry=registry)

        def gauge(name: str, words: str, labels: Sequence[str] = ()) -> Gauge:
            return Gauge(f"cuttings_{name}", words, labels, registry=registry)

        self._visits = counter("visits", "Visits to sources, by what came of them.", ["outcome"])
        self._records = counter(
            "collected_records", "Records that visits and pushes brought, new or changed.", ["kind"]
        )
        self._pushes = counter("pushes", "Documents that hubs have sent, and that brought something.")
        self._told = counter("told", "Times somebody was told of a document of ours that changed.", ["outcome"])
        self._entered = counter("entered", "Records that entered a feed.", ["feed"])
        self._written = counter("written_files", "Published files written.")
        self._reloads = counter("reloads", "Configurations read while running, by whether they were good.", ["outcome"])
        self._troubles = counter("troubles", "Times our own archive or disk failed us.", ["what"])
        self._stalls = Histogram(
            "cuttings_loop_delay_seconds", "How late the event loop woke.", buckets=STALLS, registry=registry
        )
        self._sources = gauge("sources", "Sources of the configuration.", ["state"])
        self._visiting = gauge("visiting_sources", "Visits under way.")
        self._overdue = gauge("overdue_sources", "Sources that are due and not yet visited.")
        self._lag = gauge("overdue_seconds", "How long the first of them has been due.")
        self._success = gauge("last_success_timestamp_seconds", "When a source was last visited with success.")
        self._commits = gauge("archive_commit", "The number of the newest commit.")
        self._held = gauge("archive_records", "Records in the archive.")
        self._unindexed = gauge("search_behind_records", "Records whose newest revision search does not know yet.")
        self._free = gauge("disk_free_bytes", "Room on the disk where the archive lies.")
        self._deaths = gauge("sandbox_deaths", "Workers that ran out of time or memory, or died, since the start.")
        self._subscribed = gauge("subscriptions", "Our subscriptions at the hubs of sources.", ["state"])
        self._waiting = gauge("pushes_waiting", "Documents that hubs have sent, and that are not taken in yet.")
        self._listeners = gauge("listeners", "Subscribers of our hub and other hubs, by document.")
        self._lacking = gauge("lacking_sources", "Sources that missed something within a day, by why.", ["why"])
        self._missed = gauge("missed_entries", "Entries they probably missed, or got late, by why.", ["why"])
        gauge("build_info", "What runs here.", ["version"]).labels(version).set(1)
        for outcome in ("new", "unchanged", "failed", "waiting"):
            self._visits.labels(outcome)
        for outcome in ("accepted", "refused"):
            self._told.labels(outcome)

    def visited(self, outcome: str, new: int, changed: int) -> None:
        """Count a visit."""
        self._visits.labels(outcome).inc()
        self._records.labels("new").inc(new)
        self._records.labels("changed").inc(changed)

    def pushed(self, new: int, changed: int) -> None:
        """Count a push."""
        self._pushes.inc()
        self._records.labels("new").inc(new)
        self._records.labels("changed").inc(changed)

    def told(self, accepted: bool) -> None:
        """Count that somebody was told of a document, whether they took it or not."""
        self._told.labels("accepted" if accepted else "refused").inc()

    def published(self, feed: str, entered: int, written: int) -> None:
        """Count what a publish did."""
        self._entered.labels(feed).inc(entered)
        self._written.inc(written)

    def reloaded(self, good: bool) -> None:
        """Count a reload."""
        self._reloads.labels("good" if good else "refused").inc()

    def troubled(self, what: str) -> None:
        """Count a failure of ours: in collecting, publishing, telling, indexing or housekeeping."""
        self._troubles.labels(what).inc()

    def delayed(self, seconds: float) -> None:
        """Remember by how much the event loop was late."""
        self._stalls.observe(seconds)

    def exposition(self, standing: Standing, accept: str) -> tuple[str, bytes]:
        """Return all of it, with its media type, in the best format that is accepted."""
        self._stands(standing)
        try:
            encode, media_type = choose_encoder(accept[:1000])
            return media_type, encode(self._registry)
        except (ValueError, TypeError):  # a version that is none
            return CONTENT_TYPE_PLAIN_0_0_4, generate_latest(self._registry)

    def _stands(self, standing: Standing) -> None:
        since = standing.overdue_since
        self._sources.labels("followed").set(standing.followed)
        self._sources.labels("paused").set(standing.paused)
        self._visiting.set(standing.visiting)
        self._overdue.set(standing.overdue)
        self._lag.set((standing.now - since).total_seconds() if since else 0)
        self._success.set(standing.last_success.timestamp() if standing.last_success else 0)
        self._commits.set(standing.commits)
        self._held.set(standing.records)
        self._unindexed.set(standing.unindexed)
        self._free.set(standing.disk_free)
        self._deaths.set(standing.sandbox_deaths)
        self._waiting.set(standing.pushes_waiting)
        self._listeners.set(standing.listeners)
        for state in STANDINGS:
            self._subscribed.labels(state).set(standing.subscriptions.get(state, 0))
        for why in WHYS:
            sources, entries = standing.missed.get(why, (0, 0))
            self._lacking.labels(why).set(sources)
            self._missed.labels(why).set(entries)
