"""What a configuration leads to: rules, picks and theme, and what is wrong with them."""

from collections.abc import Mapping, Sequence

from cuttings.app.held import utc_now
from cuttings.archive.sqlite import FILE, SqliteArchive
from cuttings.config import picks
from cuttings.config.values import Config
from cuttings.curate.picks import verdicts
from cuttings.curate.rules import Rule, compiled
from cuttings.errors import ArchiveError, ConfigError, ConfigErrors
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.feed import Verdict
from cuttings.render import theme, trial
from cuttings.render.html import OURS, Pages
from cuttings.render.theme import Templates

Verdicts = Mapping[RecordId, Verdict]
"""What people decided of records in one feed."""


def check(config: Config) -> None:
    """Look at what a configuration leads to.  Raises ConfigErrors with the faults of its rules, picks and theme."""
    faults: list[ConfigError] = []
    for look in (rules, picked_in, pages):
        try:
            look(config)
        except ConfigErrors as errors:
            faults += errors.errors
    if faults:
        raise ConfigErrors(faults, config.includes)


def picked_in(config: Config) -> Mapping[str, Verdicts]:
    """Return what people decided in each feed, by its name.  Raises ConfigErrors with the faults of their file."""
    return {name: verdicts(picked) for name, picked in picks.read(config.picks, config.feeds).items()}


async def unmet(config: Config) -> Sequence[str]:
    """Return, in words, the picks of records that are not in the archive (yet).  Raises what `picked_in` does."""
    picked = picks.read(config.picks, config.feeds)
    if not picked or not (config.archive / FILE).exists():
        return ()
    try:
        async with SqliteArchive.opened(config.archive, clock=utc_now) as archive:
            wanted = [(feed, pick) for feed, found in picked.items() for pick in found]
            known = await archive.many((pick.record, 1) for _, pick in wanted)
    except ArchiveError as error:
        return (f"whether the picked records are there could not be told: {error}",)
    return [
        f"{config.picks}:{pick.line}: {feed}: no record {pick.record} is in the archive"
        for feed, pick in wanted
        if (pick.record, 1) not in known
    ]


def rules(config: Config) -> Mapping[str, Rule]:
    """Return what each feed selects by, by its name.  Raises ConfigErrors with the faults of all feeds' rules."""
    sources = {SourceKey(source.address): source for source in config.sources}
    made: dict[str, Rule] = {}
    faults: list[ConfigError] = []
    for feed in config.feeds:
        try:
            made[feed.name] = compiled(feed, sources)
        except ConfigErrors as errors:
            faults += errors.errors
    if faults:
        raise ConfigErrors(faults)
    return made


def pages(config: Config) -> Pages:
    """Return the pages as the theme words them.  Raises ConfigErrors with its faults."""
    if config.theme is None:
        return OURS
    templates = Templates(theme.read(config.theme))
    if faults := trial.faults(templates):
        raise ConfigErrors(faults)
    return Pages(templates)


def pages_to_look_at(config: Config) -> Pages:
    """Return the pages for who publishes nothing, whatever became of the theme."""
    try:
        return pages(config)
    except ConfigErrors:
        return OURS
