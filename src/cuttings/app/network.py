"""Our way to the network, as a configuration has it."""

from collections.abc import Callable
from functools import partial

import cuttings
from cuttings.app.held import Held
from cuttings.app.measures import seats, standing
from cuttings.config.values import Config
from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import system_gate
from cuttings.fetch.http import HttpFetcher
from cuttings.model.feed import own_feed
from cuttings.text import urls


def user_agent(config: Config) -> str:
    """Return who we say we are: name, version, and where to complain (STANDARDS RQ-2)."""
    name = f"cuttings/{cuttings.__version__}"
    return f"{name} (+{config.site.contact})" if config.site.contact else name


def fetcher(config: Config, held: Held) -> HttpFetcher:
    """Return who fetches; the hosts' turns go on by this configuration."""
    asked = config.fetch
    ports = [endpoint for endpoint in (config.server.listen, config.server.desk) if endpoint.socket is None]
    own = [(endpoint.host, endpoint.port) for endpoint in ports]
    gate = system_gate(map(str, asked.allow_networks), asked.allow_ports, own)
    limits = Limits(total=asked.timeout.total_seconds(), body=asked.max_body)
    held.hosts.renew(asked.pace, gate.is_ours)
    return HttpFetcher(
        held.outside.transport(gate, limits),
        held.hosts,
        held.archive,
        held.outside.clock,
        user_agent=user_agent(config),
        concurrency=seats(asked.concurrency) + standing(asked.concurrency),
        max_body=asked.max_body,
        timeout=asked.timeout,
        own_feed=partial(own_feed, config.site, config.feeds),
    )


def mirrored(config: Config) -> Callable[[str], str | None]:
    """Tell our own feeds by what a document says its address is, unless ours is one that every machine has."""
    if urls.parse(config.site.url).host in ("localhost", "127.0.0.1", "::1"):
        return lambda url: None
    return partial(own_feed, config.site, config.feeds)
