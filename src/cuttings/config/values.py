"""What a configuration says, checked and whole: the values that `load` makes of a file."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cuttings.config import hubs
from cuttings.errors import ConfigError
from cuttings.model.feed import Feed, Site
from cuttings.model.source import Source

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a server listens: a host (IPv6 without brackets) and a port, or a Unix socket (then these say nothing)."""

    host: str = ""
    port: int = 0
    socket: Path | None = None  # absolute

    def __str__(self) -> str:
        if self.socket is not None:
            return f"unix:{self.socket}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The two addresses of the daemon: readers, and the desk."""

    listen: Endpoint
    desk: Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """How the network is used; `max_body` in bytes, after decompression."""

    concurrency: int
    timeout: timedelta
    max_body: int
    pace: timedelta  # between two requests to one host
    allow_networks: tuple[Network, ...]  # beyond public addresses: there any port, and no pace
    allow_ports: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The bounds of learned intervals, and how many requests a day they may come to, None: by the number of sources."""

    at_least: timedelta
    at_most: timedelta
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Where a source is declared: its index (from 0) in `sources`, and what is included there, where that names it."""

    index: int
    include: Path | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All that a configuration says.

    `file` is None where there is none and all is default; relative paths
    count from `folder`.  `includes` are the further files it was made from.
    `warnings` are for people: it works, but perhaps not as they think.
    """

    file: Path | None
    folder: Path
    archive: Path  # absolute
    site: Site
    server: Server
    fetch: Fetch
    schedule: Schedule
    picks: Path  # absolute; the file need not be there
    theme: Path | None = None  # a folder of templates that go before ours, absolute
    sources: tuple[Source, ...] = ()
    lists: tuple[Source, ...] = ()  # of sources, at an address; of `kind` "list"
    feeds: tuple[Feed, ...] = ()
    push: bool = False  # whether we subscribe at the hubs of sources
    heartbeat: str | None = field(default=None, repr=False)  # asked while some source succeeds
    includes: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()
    declared: Mapping[str, Declaration] = field(default_factory=dict, compare=False)  # by a source's name
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)  # of the keys that are in no list, by key

    @property
    def own_hub(self) -> str | None:
        """The address of our own hub, None where documents do not name it."""
        own = f"{self.site.url}{hubs.PATH}"
        return own if own in self.site.hubs else None

    @property
    def followed(self) -> tuple[Source, ...]:
        """All that is visited: the sources, and the lists that name some of them."""
        return (*self.sources, *self.lists)

    def fault(self, key: str, words: str) -> ConfigError:
        """Return what is wrong with a key, as `load` would have told it; one that is not there belongs to line 1."""
        line = self.lines.get(key) or self.lines.get(key.partition(".")[0]) or 1
        return ConfigError(words, file=str(self.file), line=line, key=key)
