"""Changes to the source list in the configuration file that leave everything else in it as it stands, byte for byte.

The text is changed at one place, read again as a whole, compared with what
was meant, and only then put in place of the old one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cuttings.config import lines, spans
from cuttings.config.inplace import rewritten
from cuttings.config.lines import mapping, put, scalar
from cuttings.config.load import load
from cuttings.config.schema import nearest
from cuttings.config.spans import Value, line_end, line_start
from cuttings.config.values import Config
from cuttings.errors import ConfigErrors, UsageError
from cuttings.model.source import Source

Keys = Mapping[str, Any]
Change = Callable[[str, Value, int], str]  # the text, its list of sources, and which of them
Meant = Callable[[Source], Source | None]  # what is to be said of a source, None: nothing


def add_source(file: Path, address: str, keys: Keys, environ: Mapping[str, str]) -> Source:
    """Add a source (a URL, or a folder's path) with these keys to the end of `sources`; return it as it is read.

    Raises UsageError, the file as it was, where it would not be valid.
    """
    return add_sources(file, [(address, keys)], environ)[0]


def add_sources(file: Path, added: Sequence[tuple[str, Keys]], environ: Mapping[str, str]) -> Sequence[Source]:
    """Add sources, all or none; see `add_source`."""
    items = [_item(address, keys) for address, keys in added]
    config = rewritten(
        file, lambda text: lines.with_items(text, "sources", items), lambda new: _loaded(new, file, environ)
    )
    by_address = {source.address: source for source in config.sources}
    return [by_address[address] for address, _ in added]


def remove_source(file: Path, word: str, environ: Mapping[str, str]) -> Source:
    """Take a source (its name or address) out; return what it was.

    Raises UsageError, the file as it was, where that cannot be.
    """
    return _changed(file, word, environ, lines.without_item, lambda source: None)


def pause_source(file: Path, word: str, paused: bool, environ: Mapping[str, str]) -> Source:
    """Have a source (its name or address) paused or not; return what it was.  Raises UsageError, the file as it was."""

    def change(text: str, values: Value, index: int) -> str:
        return _with_pause(text, values.parts[index], paused)

    return _changed(file, word, environ, change, lambda source: replace(source, paused=paused))


def _changed(file: Path, word: str, environ: Mapping[str, str], change: Change, meant: Meant) -> Source:
    """Change one source's text and put the file in place, if that changes what was meant and nothing else."""
    before: list[Config] = []

    def changed(text: str) -> str:
        before.append(load(file, environ))
        source, index = declared(before[0], word)
        return text if meant(source) == source else change(text, sequence(text), index)

    def look(new: Path) -> Source:
        source, wanted = declared(before[0], word)[0], _by_address(before[0])
        wanted[source.address] = meant(replace(source, name=""))
        if _by_address(_loaded(new, file, environ)) != {address: one for address, one in wanted.items() if one}:
            raise UsageError(f"{file} stays as it is: {source.name} is written there in a way that only you can change")
        return source

    return rewritten(file, changed, look)


def declared(config: Config, word: str) -> tuple[Source, int]:
    """Return a source and its index in the file's list.  Raises UsageError where it stands elsewhere, or nowhere."""
    source = next((source for source in config.sources if word in (source.name, source.address)), None)
    if source is None:
        names = [source.name for source in config.sources]
        more = nearest(word, names) or "; `cuttings source list` shows those there are"
        raise UsageError(f"no source is named {word}{more}")
    declared = config.declared[source.name]
    if declared.include is not None:
        raise UsageError(f"{source.name} stands in {declared.include}, which {config.file} includes; change it there")
    return source, declared.index


def _loaded(new: Path, file: Path, environ: Mapping[str, str]) -> Config:
    try:
        return load(new, environ)
    except ConfigErrors as faults:
        told = "\n".join(f"{one.key or 'the file'}: {one.problem}" for one in faults.errors)
        raise UsageError(f"{file} stays as it is:\n{told}") from faults


def _by_address(config: Config) -> dict[str, Source | None]:
    """Return the sources by address, without their names: derived ones change with those before them."""
    return {source.address: replace(source, name="") for source in config.sources}


# -- the text


def sequence(text: str) -> Value:
    root = spans.read(text)
    pair = root.pair("sources") if root else None
    if pair is None or pair[1].kind != "list":
        raise UsageError("`sources` is no plain list here; change it by hand")
    return pair[1]


def _with_pause(text: str, item: Value, paused: bool) -> str:
    if item.kind != "mapping":
        return text[: item.start] + f"{{url: {scalar(item.text)}, paused: true}}" + text[item.end :]
    if (pair := item.pair("paused")) is not None:
        return _without_pause(text, item, pair) if not paused else put(text, pair[1], "true")
    return lines.with_key(text, item, "paused", "true")


def _without_pause(text: str, item: Value, pair: tuple[Value, Value]) -> str:
    """Return the text without `paused` where that stands last and alone, as we write it; else with it at false."""
    key, value = pair
    if key is item.parts[-2] and len(item.pairs) > 1:
        before = item.parts[-3].end
        if item.flow and text[before : key.start].strip() == ",":
            return text[:before] + text[value.end :]
        start, end = line_start(text, key.start), line_end(text, value.end)
        if not item.flow and start > before and not text[value.end : end].strip():
            return text[:start] + text[end:]
    return put(text, value, "false")


def _item(address: str, keys: Keys) -> str:
    place = "url" if "://" in address else "path"
    values = {**({"name": keys["name"]} if "name" in keys else {}), place: address, **keys}
    return scalar(address) if list(values) == ["url"] else mapping(values)
