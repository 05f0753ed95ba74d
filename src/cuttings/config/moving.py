"""The files that declare sources, with other addresses in them: as a patch, or in their place.

All else in a file stays as it stands, byte for byte.  The text is changed,
read again as a whole, and compared with what was meant; what cannot be
written so is told, source by source.
"""

import difflib
import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from cuttings.config import edit, lines, opml
from cuttings.config.inplace import rewritten
from cuttings.config.lines import put, scalar
from cuttings.config.load import read_as
from cuttings.config.spans import Value
from cuttings.config.values import Config
from cuttings.errors import ConfigErrors, UsageError
from cuttings.model.source import Source
from cuttings.text import urls

_BY_HAND = "it is written there in a way that only you can change"
_VARIABLE = "its address holds what an environment variable says; change it by hand"
_ADDRESS = re.compile(r"""<!--.*?-->|(\bxmlurl\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be written of a source: its address, and (where the file can say so) all that it had before."""

    name: str
    url: str
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """One file as it was and would be; `refused` says, by a source's name, why something is not in it."""

    file: Path
    old: str
    new: str
    refused: Mapping[str, str] = field(default_factory=dict)


Change = Callable[[str, Sequence[Step]], str]  # raises UsageError where the text cannot be changed so


def planned(config: Config, steps: Sequence[Step], environ: Mapping[str, str]) -> Sequence[Written]:
    """Return what the files would say that declare these sources.  Raises UsageError for one that cannot be read."""
    return [_changed(file, _text_of(file), theirs, change) for file, theirs, change in _files(config, steps, environ)]


def written(config: Config, steps: Sequence[Step], environ: Mapping[str, str]) -> Sequence[Written]:
    """Write them; return what was written.  Raises UsageError for a file that cannot be read or written."""
    return [_put(file, theirs, change) for file, theirs, change in _files(config, steps, environ)]


def refusals(config: Config, steps: Sequence[Step]) -> Mapping[str, str]:
    """Return, by name, why sources cannot have these addresses, whatever their files look like."""
    taken = {address: one.name for one in config.sources for address in (one.address, *one.formerly)}
    by_name = {one.name: one for one in config.sources}
    refused: dict[str, str] = {}
    for step in steps:
        where = config.declared[step.name].include
        if taken.get(step.url, step.name) != step.name:
            refused[step.name] = (
                f"{urls.masked(step.url)} is followed already, as {taken[step.url]}: remove one of them"
            )
        elif by_name[step.name].secret:
            refused[step.name] = _VARIABLE
        elif isinstance(where, str):
            refused[step.name] = f"it stands in {where}: who keeps that list may change it there"
    return refused


def patch(files: Sequence[Written], folder: Path) -> str:
    """Return the changes as `patch -p1` takes them in a folder; "" where there are none."""
    return "".join(line for one in files for line in _difference(one, folder))


def _difference(one: Written, folder: Path) -> Iterator[str]:
    name = one.file.relative_to(folder) if one.file.is_relative_to(folder) else one.file
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (one.old, one.new))
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _files(
    config: Config, steps: Sequence[Step], environ: Mapping[str, str]
) -> Iterator[tuple[Path, Sequence[Step], Change]]:
    """Yield the files that declare these sources, with what is theirs and how it is written."""
    assert config.file is not None
    by_file: dict[Path | str | None, list[Step]] = {}
    for step in steps:
        by_file.setdefault(config.declared[step.name].include, []).append(step)
    addresses = {one.name: one.address for one in config.sources}
    for include, theirs in by_file.items():
        if include is None:
            yield config.file, theirs, partial(_in_yaml, config.file, environ)
        elif isinstance(include, Path):
            yield include, theirs, partial(_in_opml, addresses)


def _put(file: Path, steps: Sequence[Step], change: Change) -> Written:
    done: list[Written] = []

    def changed(text: str) -> str:
        done.append(_changed(file, text, steps, change))
        return done[0].new

    rewritten(file, changed, lambda new: None)
    return done[0]


def _changed(file: Path, text: str, steps: Sequence[Step], change: Change) -> Written:
    """Change a text for all at once; where that is refused, for one after the other."""
    try:
        return Written(file, text, change(text, steps))
    except UsageError:
        pass
    new, refused = text, {}
    for step in steps:
        try:
            new = change(new, [step])
        except UsageError as error:
            refused[step.name] = str(error)
    return Written(file, text, new, refused)


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 (at byte {error.start})") from error


# -- YAML


def _in_yaml(file: Path, environ: Mapping[str, str], text: str, steps: Sequence[Step]) -> str:
    before = _read(text, file, environ)
    new = text
    for step in steps:
        source, index = edit.declared(before, step.name)
        new = _readdressed(new, index, source, step)
    by_name = {step.name: step for step in steps}
    meant = tuple(_as_meant(source, by_name.get(source.name)) for source in before.sources)
    after = _read(new, file, environ)
    if (after.sources, after.lists, after.feeds) != (meant, before.lists, before.feeds):
        raise UsageError(_BY_HAND)
    return new


def _as_meant(source: Source, step: Step | None) -> Source:
    return source if step is None else replace(source, url=step.url, formerly=step.formerly)


def _read(text: str, file: Path, environ: Mapping[str, str]) -> Config:
    try:
        return read_as(text.removeprefix("\ufeff"), file, environ)
    except ConfigErrors as faults:
        raise UsageError("; ".join(f"{one.key or 'the file'}: {one.problem}" for one in faults.errors)) from faults


def _readdressed(text: str, index: int, source: Source, step: Step) -> str:
    """Return the text with the address of its source of this index changed, and what it was called kept."""
    item = edit.sequence(text).parts[index]
    named = {"name": step.name} if _host(source.url) != _host(step.url) else {}
    if item.kind == "scalar":
        return put(text, item, lines.mapping({**named, "url": step.url, "formerly": list(step.formerly)}))
    pair = item.pair("url")
    if pair is None or pair[1].kind != "scalar":
        raise UsageError(_BY_HAND)
    text = put(text, pair[1], lines.alike(text, pair[1], step.url))
    if named and item.pair("name") is None:
        text = lines.with_key(text, edit.sequence(text).parts[index], "name", scalar(step.name))
    return _with_former(text, edit.sequence(text).parts[index], step.formerly)


def _host(url: str | None) -> str:
    return urls.parse(url or "").host.removeprefix("www.")


def _with_former(text: str, item: Value, formerly: Sequence[str]) -> str:
    """Return the text with exactly these former addresses: those that stand there stay as they are written."""
    pair = item.pair("formerly")
    if pair is None:
        return lines.with_key(text, item, "formerly", _list(formerly)) if formerly else text
    value = pair[1]
    stand = [one.text for one in value.parts]
    more = [scalar(one) for one in formerly if one not in stand]
    if not formerly:
        return lines.without_pair(text, item, pair)
    if value.kind != "list" or not value.parts:
        return put(text, value, _list(formerly))
    if all(one in formerly for one in stand):
        return lines.with_more(text, value, more)
    kept = [text[one.start : one.end] for one in value.parts if one.text in formerly]
    return put(text, value, f"[{', '.join((*kept, *more))}]")


def _list(words: Sequence[str]) -> str:
    return f"[{', '.join(map(scalar, words))}]"


# -- OPML


def _in_opml(addresses: Mapping[str, str], text: str, steps: Sequence[Step]) -> str:
    """An outline has no place for former addresses: the archive knows these."""
    new_urls = {addresses[step.name]: step.url for step in steps}

    def put_new(found: re.Match[str]) -> str:
        url = new_urls.get(" ".join(html.unescape((found[2] or "")[1:-1]).split()))
        return found[0] if url is None else f"{found[1]}{found[2][0]}{html.escape(url)}{found[2][0]}"

    before = _outlines(text)
    unnamed = {one.url for one in before if one.title is None}
    if any(old in unnamed and _host(old) != _host(new) for old, new in new_urls.items()):
        raise UsageError("its outline has no text, so its name would be another; give it one")
    new = _ADDRESS.sub(put_new, text)
    if _outlines(new) != [replace(one, url=new_urls.get(one.url, one.url)) for one in before]:
        raise UsageError(_BY_HAND)
    return new


def _outlines(text: str) -> list[opml.Outline]:
    try:
        return list(opml.read(text.encode()).found)
    except ValueError as error:
        raise UsageError(str(error)) from error
