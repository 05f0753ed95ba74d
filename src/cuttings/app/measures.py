"""How much at once, and how often: what the machine and the configuration allow."""

import resource
from collections.abc import Mapping
from dataclasses import replace

from cuttings import schedule
from cuttings.config.values import Config
from cuttings.flow.crew import STANDING
from cuttings.model.source import SourceState
from cuttings.schedule import Plan, cadence

OTHER_FILES = 48  # descriptors that are open when nothing is fetched, with some to spare


def seats(wanted: int) -> int:
    """Return how many visits there may be at once: no more than there are descriptors for (THREATS F-20)."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(wanted, (most - OTHER_FILES) // 2))


def standing(wanted: int) -> int:
    """Return how many visits may wait without a seat."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(0, min(wanted * STANDING, (most - OTHER_FILES) // 2 - seats(wanted)))


def plan(config: Config, states: Mapping[str, SourceState]) -> Plan:
    """Return how visits are planned where these are the states of declared sources, by name."""
    bounds = config.schedule
    usual = Plan(at_least=bounds.at_least, at_most=bounds.at_most)
    visited = [one for one in config.followed if one.name in states and one.folder is None and not one.paused]
    habits = [states[one.name].rhythm for one in visited if one.every is None and not states[one.name].failures]
    wished = sum(schedule.DAY / one.every for one in visited if one.every is not None)
    budget = cadence.USUAL_BUDGET * len(habits) if bounds.budget is None else bounds.budget - wished
    return replace(usual, price=cadence.price(habits, budget, usual.at_least, usual.at_most)) if habits else usual
