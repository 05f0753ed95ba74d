"""The configuration: read from a file, checked as a whole, handed on as values of the model.

Reads the file and the OPML files it includes, nothing else: no network, no
archive.  All faults are told at once, each with its file, line and key.
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cuttings.config import document, doubts, hubs, living, naming, opml, schema, sending
from cuttings.config.document import Document, Where
from cuttings.config.values import Config, Declaration, Endpoint, Fetch, Schedule, Server
from cuttings.errors import ConfigError, ConfigErrors
from cuttings.model.feed import Feed, Located, Select, Site
from cuttings.model.source import Extent, Source
from cuttings.text import urls

DEFAULT_FILE = "config.yaml"
VARIABLE = "CUTTINGS_CONFIG"
LARGEST = 16 * 2**20  # bytes of a configuration file: 100,000 sources written out


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Return the configuration of `path`, else of $CUTTINGS_CONFIG, else of ./config.yaml, else the defaults.

    Raises ConfigErrors with all faults that can be told at once.
    """
    if (file := file_of(path, environ)) is None:
        return _Loading(None, Path.cwd(), Document(None, {})).config()
    try:
        return read_as(_text_of(file), file, environ)
    except ConfigError as error:
        raise ConfigErrors([error]) from error


def read_as(text: str, file: Path, environ: Mapping[str, str]) -> Config:
    """Return the configuration that this text would be in the place of a file.  Raises ConfigErrors."""
    try:
        read = document.read(text, str(file), environ)
    except ConfigError as error:
        raise ConfigErrors([error]) from error
    return _Loading(file.absolute(), file.absolute().parent, read, str(file)).config()


def file_of(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file that `load` reads, None where there is none."""
    if path is not None or environ.get(VARIABLE):
        return path or Path(environ[VARIABLE])
    return Path(DEFAULT_FILE) if Path(DEFAULT_FILE).exists() else None


def _text_of(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise ConfigError(f"larger than {LARGEST // 2**20} MiB", file=str(file))
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        hint = "; `cuttings init` writes one" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError(f"cannot be read: {error.strerror}{hint}", file=str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8 (at byte {error.start})", file=str(file)) from error


@dataclass(frozen=True, slots=True)
class _Declared:
    """A source with the place that declares it; `named` says whether its name was chosen by a person."""

    source: Source
    where: Where
    named: bool
    include: Path | str | None = None  # the file or list that names it, where it is not written out


class _Loading:
    """One load: what is found wrong or doubtful on the way is gathered, so that all is told at once."""

    def __init__(self, file: Path | None, folder: Path, read: Document, shown: str = "") -> None:
        self.file, self.folder, self.document, self.shown = file, folder, read, shown
        self.faults: list[ConfigError] = list(read.faults)
        self.warnings: list[str] = []
        self.includes: list[Path] = []
        self.lists: list[tuple[Source, int]] = []
        self.archive = folder

    def config(self) -> Config:
        keys, problems = schema.check(self.document.values, self.document.secret)
        self.archive = self.folder / Path(keys.archive).expanduser()
        for where, words in problems:
            self.fault(where, words)
        if self.endpoint(keys.server.listen) == self.endpoint(keys.server.desk):
            self.fault(("server", "desk"), "another address than `listen` is expected: the desk is for its owner")
        declared = self.sources(keys)
        feeds = self.feeds(keys, [one.source.name for one in declared])
        if self.faults:
            raise ConfigErrors(sorted(self.faults, key=lambda fault: fault.line or 0), self.includes)
        config = self.built(keys, tuple(one.source for one in declared), feeds)
        places = {one.source.name: self.declaration(one) for one in declared}
        places |= {one.name: Declaration(index=at) for one, (_, at) in zip(config.lists, self.lists, strict=True)}
        lines = {document.key_of(path): line for path, line in self.document.lines.items() if len(path) < 3}
        return replace(config, warnings=(*self.warnings, *_doubts(config)), declared=places, lines=lines)

    def built(self, keys: schema.ConfigFile, sources: tuple[Source, ...], feeds: tuple[Feed, ...]) -> Config:
        site, fetch, schedule = keys.site, keys.fetch, keys.schedule
        return Config(
            file=self.file,
            folder=self.folder,
            archive=self.archive,
            site=Site(**site.model_dump(exclude={"theme"}), hubs=hubs.hubs(keys.hub, site.url)),
            server=Server(listen=self.endpoint(keys.server.listen), desk=self.endpoint(keys.server.desk)),
            fetch=Fetch(
                concurrency=fetch.concurrency,
                timeout=fetch.timeout,
                max_body=fetch.max_body,
                pace=fetch.pace,
                allow_networks=tuple(map(ipaddress.ip_network, fetch.allow_networks)),
                allow_ports=frozenset(fetch.allow_ports),
            ),
            schedule=Schedule(at_least=schedule.at_least, at_most=schedule.at_most, budget=schedule.budget),
            picks=self.folder / Path(keys.picks).expanduser(),
            theme=self.folder / Path(site.theme).expanduser() if site.theme else None,
            sources=sources,
            lists=naming.with_free_names([one for one, _ in self.lists], {source.name for source in sources}),
            feeds=feeds,
            push=keys.push == "on" or (keys.push == "auto" and hubs.is_reached_from_elsewhere(site.url)),
            heartbeat=keys.heartbeat,
            includes=tuple(self.includes),
        )

    def endpoint(self, written: str) -> Endpoint:
        if written.startswith("unix:"):
            return Endpoint(socket=self.folder / Path(written.removeprefix("unix:")).expanduser())
        host, _, port = written.rpartition(":")
        return Endpoint(host=host.strip("[]"), port=int(port))

    def fault(self, where: Where, words: str) -> None:
        key = document.key_of(where) or None
        self.faults.append(ConfigError(words, file=self.shown, line=self.document.line(where), key=key))

    # Sources

    def sources(self, keys: schema.ConfigFile) -> list[_Declared]:
        declared = [one for index, item in enumerate(keys.sources) for one in self.declared(item, ("sources", index))]
        return self.named(self.distinct(declared))

    def declared(self, item: schema.SourceItem, where: Where) -> Iterator[_Declared]:
        if isinstance(item, str):
            secret = where in self.document.secret
            yield _Declared(Source(name="", url=item, secret=secret), where, named=False)
        elif isinstance(item, schema.IncludeKeys):
            self.kept_out(item, where)
            yield from self.included(item, where)
        else:
            secret = (*where, "url") in self.document.secret
            self.kept_out(item, where)
            yield _Declared(replace(self.source(item), secret=secret), where, named=item.name is not None)

    def kept_out(self, item: schema.SourceKeys | schema.IncludeKeys, where: Where) -> None:
        """Find secrets that stand in the file."""
        given = {("headers", name) for name in item.headers if sending.is_secret(name)}
        for key in (*given, *([("auth",)] if item.auth else [])):
            if (*where, *key) not in self.document.secret:
                self.fault((*where, *key), sending.FROM_THE_ENVIRONMENT)

    def declaration(self, declared: _Declared) -> Declaration:
        return Declaration(index=int(declared.where[1]), include=declared.include)

    def source(self, keys: schema.SourceKeys) -> Source:
        folder = str(self.folder / Path(keys.path).expanduser()) if keys.path is not None else None
        return Source(
            name=keys.name or "",
            url=keys.url,
            folder=folder,
            written=keys.path,
            kind=keys.kind,
            selector=keys.selector,
            headers=tuple(keys.headers.items()),
            auth=keys.auth,
            full_text=keys.full_text,
            republish=keys.republish,
            tags=tuple(dict.fromkeys(keys.tags)),
            every=keys.every,
            formerly=tuple(keys.formerly),
            paused=keys.paused,
        )

    def included(self, item: schema.IncludeKeys, where: Where) -> Iterator[_Declared]:
        name, where = item.include, (*where, "include")
        if "://" in name:
            yield from self.listed(item, where)
            return None
        path = self.folder / Path(name).expanduser()
        self.includes.append(path)
        try:
            with path.open("rb") as file:
                outlines = opml.read(file.read(opml.LARGEST + 1))
        except OSError as error:
            return self.fault(where, f"{name} cannot be read: {error.strerror}")
        except ValueError as error:
            return self.fault(where, f"{name}: {error}")
        self.warnings += [f"{name}: {warning}" for warning in outlines.warnings]
        for found in outlines.found:
            source = Source(name=found.title or "", url=found.url, tags=found.tags)
            yield _Declared(source, where, named=False, include=path)
        return None

    def listed(self, item: schema.IncludeKeys, where: Where) -> Iterator[_Declared]:
        """Yield what a list at an address said when it was last read; until it was, that is nothing."""
        url = item.include
        try:
            schema.source_url(url)
        except ValueError as error:
            return self.fault(where, str(error))
        if url in {one.url for one, _ in self.lists}:
            return self.fault(where, f"{urls.masked(url)} is included already")
        its = Source(
            name=living.label_of(url),
            url=url,
            kind="list",
            headers=tuple(item.headers.items()),
            auth=item.auth,
            secret=where in self.document.secret,
        )
        self.lists.append((its, int(where[1])))
        file = self.archive / living.FOLDER / living.name_of(url)
        self.includes.append(file)
        try:
            found = living.read(file)
        except ValueError as error:
            found = ()
            self.warnings.append(f"{file}, the copy of {urls.masked(url)}, {error}; it is written anew when it is read")
        for one in found:
            source = Source(name=one.title or "", url=one.url, tags=one.tags)
            yield _Declared(source, where, named=False, include=urls.masked(url))

    def distinct(self, declared: Sequence[_Declared]) -> list[_Declared]:
        """Return each address once: what is written out goes before what is included, and twice is a fault."""
        taken: dict[str, _Declared] = {}
        for one in sorted(declared, key=lambda one: one.include is not None):
            for address in (one.source.address, *one.source.formerly):
                other = taken.setdefault(address, one)
                if other is not one and one.include is None:
                    self.fault(one.where, f"{address} is a source already (line {self.document.line(other.where)})")
        return [one for one in declared if taken[one.source.address] is one]

    def named(self, declared: Sequence[_Declared]) -> list[_Declared]:
        """Return the sources with a name each: chosen ones must differ, derived ones are made to.

        What a list calls a source takes no name from one that is written out.
        """
        taken: dict[str, _Declared] = {}
        for one in declared:
            if one.named and taken.setdefault(one.source.name, one) is not one:
                first = self.document.line(taken[one.source.name].where)
                self.fault((*one.where, "name"), f"{one.source.name} is the name of another source (line {first})")
        used = set(taken)
        ours_first = sorted((one for one in declared if not one.named), key=lambda one: one.include is not None)
        free = {id(one): naming.with_free_name(one.source, used) for one in ours_first}
        return [one if one.named else replace(one, source=free[id(one)]) for one in declared]

    # Feeds

    def feeds(self, keys: schema.ConfigFile, sources: Sequence[str]) -> tuple[Feed, ...]:
        claimed: dict[str, str] = {}
        for index, feed in enumerate(keys.feeds):
            self.claim(feed, ("feeds", index), claimed)
            self.leads_to_a_feed(feed, ("feeds", index), keys.feeds)
            for number, name in enumerate(feed.select.sources):
                if name not in sources and self.lists:  # what others keep may lose one, or not be read yet
                    self.warnings.append(f"feed {feed.name}: no source is named {name}")
                elif name not in sources:
                    where = ("feeds", index, "select", "sources", number)
                    self.fault(where, f"no source is named {name}{schema.nearest(name, sources)}")
        names = {feed.name: (feed.name, *feed.formerly) for feed in keys.feeds}
        return tuple(self.feed(feed, ("feeds", index), names) for index, feed in enumerate(keys.feeds))

    def leads_to_a_feed(self, feed: schema.FeedKeys, where: Where, feeds: Sequence[schema.FeedKeys]) -> None:
        """Find an `of` that names no feed of articles."""
        if feed.of is None:
            return
        articles = [one.name for one in feeds if one.kind is None]
        if any(one.name == feed.of and one.kind for one in feeds):
            self.fault((*where, "of"), f"{feed.of} is made of another feed itself")
        elif feed.of not in articles:
            self.fault((*where, "of"), f"no feed is named {feed.of}{schema.nearest(feed.of, articles)}")

    def feed(self, keys: schema.FeedKeys, where: Where, names: Mapping[str, tuple[str, ...]]) -> Feed:
        content: Extent = (
            "full" if keys.kind == "revisions" and "content" not in keys.model_fields_set else keys.content
        )
        return Feed(
            name=keys.name,
            title=keys.title or keys.name,
            select=self.select(keys.select, (*where, "select")),
            approval=keys.approval,
            content=content,
            duplicates=keys.duplicates,
            revisions=keys.revisions,
            size=keys.size,
            formerly=tuple(keys.formerly),
            of=names.get(keys.of, ()) if keys.of else (),
            every=keys.every,
        )

    def select(self, keys: schema.SelectKeys, where: Where) -> Select:
        def located(key: str, words: Sequence[str]) -> tuple[Located, ...]:
            return tuple(self.located(word, (*where, key, number)) for number, word in enumerate(words))

        return Select(
            sources=tuple(keys.sources),
            tags=tuple(keys.tags),
            languages=tuple(keys.languages),
            any_words=located("any_words", keys.any_words),
            none_words=located("none_words", keys.none_words),
            authors=tuple(keys.authors),
            newer_than=keys.newer_than,
            where=self.located(keys.where, (*where, "where")) if keys.where else None,
        )

    def located(self, text: str, where: Where) -> Located:
        return Located(text=text, file=self.shown, line=self.document.line(where), key=document.key_of(where))

    def claim(self, feed: schema.FeedKeys, where: Where, claimed: dict[str, str]) -> None:
        """Find names that two feeds claim; case is ignored, since some file systems do."""
        for key, name in [("name", feed.name), *(("formerly", name) for name in feed.formerly)]:
            if claimed.setdefault(name.lower(), feed.name) != feed.name or (
                key == "formerly" and name.lower() == feed.name.lower()
            ):
                self.fault((*where, key), f"{name} is a name of the feed {claimed[name.lower()]} already")


def _doubts(config: Config) -> Iterator[str]:
    """Yield what works, but perhaps not as someone thinks."""
    if config.site.contact is None and any(source.url for source in config.followed):
        yield "site.contact is not set: publishers cannot tell who visits them"
    yield from doubts.of_sources(config.sources, config.schedule.at_least, config.schedule.at_most)
    for feed in config.feeds:
        yield from doubts.of_feed(feed, config.sources)
