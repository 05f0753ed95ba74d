"""The documents that we publish, as hubs and the field Link tell of them."""

from collections.abc import Mapping, Sequence

from cuttings import plugins
from cuttings.config.values import Config
from cuttings.flow.hub import links
from cuttings.model.feed import path_of
from cuttings.model.hub import Topic

FORMATS = ("rss", "atom", "json")  # and the pages, which a theme may word


def topics(config: Config) -> Sequence[Topic]:
    """Return the documents that hubs tell of."""
    formats = [plugins.format_named(name) for name in FORMATS]
    paths = [(path_of(feed.name, None, form.suffix), form.media_type) for feed in config.feeds for form in formats]
    return [
        Topic(url=config.site.url + path, path=path, media_type=f"{media_type}; charset=utf-8")
        for path, media_type in paths
    ]


def document_links(config: Config) -> Mapping[str, bytes]:
    """Return what the field Link says of each document, by its path; a former name says what the present one does."""
    suffixes = [plugins.format_named(name).suffix for name in FORMATS] if config.site.hubs else []
    return {
        path_of(name, None, suffix): links(config.site.url + path_of(feed.name, None, suffix), config.site.hubs).encode(
            "latin-1", "replace"
        )
        for feed in config.feeds
        for name in (feed.name, *feed.formerly)
        for suffix in suffixes
    }
