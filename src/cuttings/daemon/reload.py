"""Another configuration for a daemon that runs: what it may change, and what is said of it.

Pure, but for the reading itself.
"""

import logging
from collections.abc import Callable, Sequence

from cuttings.app import checks
from cuttings.config.values import Config
from cuttings.errors import ConfigError, ConfigErrors

log = logging.getLogger(__name__)

TOLD = 20  # faults; more are counted

Load = Callable[[], Config]
"""Reads the configuration as the daemon was told at its start.  Raises ConfigErrors."""


def read(load: Load, running: Config) -> Config:
    """Return the configuration as it stands now.

    Raises ConfigErrors where it, a rule in it or its theme is faulty, or it
    asks for what only a restart can do.
    """
    config = load()
    fixed = list(_fixed(running, config))
    if fixed:
        raise ConfigErrors(fixed, config.includes)
    checks.check(config)
    return config


def tell_faults(faults: Sequence[ConfigError]) -> None:
    """Log each fault, and that all stays as it was."""
    for fault in faults[:TOLD]:
        log.error("%s", fault)
    more = f" (and {len(faults) - TOLD} more)" if len(faults) > TOLD else ""
    log.error("the configuration is faulty%s; the one before stays in force", more)


def changes(before: Config, after: Config) -> str:
    """Return in words what a reload changed."""
    kinds = [
        ("source", {one.name for one in before.sources}, {one.name for one in after.sources}),
        ("feed", {one.name for one in before.feeds}, {one.name for one in after.feeds}),
    ]
    return ", ".join(_difference(word, had, has) for word, had, has in kinds)


def _fixed(running: Config, config: Config) -> list[ConfigError]:
    """Return what may not change while the daemon runs, and did."""
    pairs = [
        ("archive", running.archive, config.archive),
        ("server.listen", running.server.listen, config.server.listen),
        ("server.desk", running.server.desk, config.server.desk),
    ]
    words = "cannot change while the daemon runs; restart it, or write {} again"
    return [config.fault(key, words.format(before)) for key, before, after in pairs if before != after]


def _difference(word: str, had: set[str], has: set[str]) -> str:
    counted = f"{len(has)} {word}" + ("" if len(has) == 1 else "s")
    parts = [f"{len(has - had)} new" if has - had else "", f"{len(had - has)} gone" if had - has else ""]
    told = ", ".join(part for part in parts if part)
    return f"{counted} ({told})" if told else counted
