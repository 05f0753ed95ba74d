"""The file of picks: what people decided of single records in each feed.  Read strictly, edited in place.

    front-page:
      - {id: h3gk…, title: for people only, actions: {pin: true, note: Read this first.}}

What stands in the file beside the picks that are changed stays byte for byte.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cuttings.config import document, lines, spans
from cuttings.config.document import Document, Where
from cuttings.config.inplace import rewritten
from cuttings.config.schema import nearest
from cuttings.config.spans import Value
from cuttings.errors import ConfigError, ConfigErrors, UsageError
from cuttings.model.article import RecordId
from cuttings.model.feed import Feed, Pick, Picks, Verdict

LARGEST = 16 * 2**20  # bytes: some 100,000 picks
LONGEST_TITLE = 1_000  # characters; as long as a source's own may be
LONGEST_NOTE = 2_000
LONGEST_LABEL = 100  # characters of the title that we write for people

_ID = re.compile(r"[a-z2-7]{26}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")  # no XML can say these
_EXCLUSIVE = ("add", "drop", "hold", "withdraw")
_ACTIONS = (*_EXCLUSIVE, "pin", "note", "retitle")
_KEYS = ("id", "title", "actions")


def read(file: Path, feeds: Sequence[Feed]) -> Picks:
    """Return the picks of a file; one that is not there says nothing.

    Raises ConfigErrors with all faults that can be told at once.
    """
    try:
        return _Reading(_text_of(file), file, feeds).picks()
    except ConfigError as error:
        raise ConfigErrors([error]) from error


def edit(
    file: Path,
    feeds: Sequence[Feed],
    feed: Feed,
    titles: Mapping[RecordId, str],
    decide: Callable[[Verdict], Verdict],
) -> Mapping[RecordId, tuple[Verdict, Verdict]]:
    """Put `decide` of what the file says of some records in its place; return what it said and says now.

    `titles` are theirs, for people.  Two who edit at once take turns.  Raises
    ConfigErrors where the file is faulty, UsageError where it cannot be
    changed; it is as it was then.
    """
    told: dict[RecordId, tuple[Verdict, Verdict]] = {}

    def change(text: str) -> str:
        held = _held(text, file, feeds, feed)
        told.update((record, (held.get(record, Verdict()), decide(held.get(record, Verdict())))) for record in titles)
        for record, (before, after) in told.items():
            if after != before:
                text = _with_pick(text, _key(text, feed), record, titles[record], before, after)
        return text

    def look(new: Path) -> None:
        wanted = {record: after for record, (_, after) in told.items()}
        found = _held(new.read_bytes().decode("utf-8"), file, feeds, feed)
        if any(found.get(record, Verdict()) != verdict for record, verdict in wanted.items()):
            raise UsageError(f"{file} stays as it is: the picks are written there in a way that only you can change")

    rewritten(file, change, look)
    return told


def _held(text: str, file: Path, feeds: Sequence[Feed], feed: Feed) -> Mapping[RecordId, Verdict]:
    try:
        return {pick.record: pick.verdict for pick in _Reading(text, file, feeds).picks().get(feed.name, ())}
    except ConfigError as error:
        raise ConfigErrors([error]) from error


def _text_of(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise ConfigError(f"larger than {LARGEST // 2**20} MiB", file=str(file))
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(file)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8 (at byte {error.start})", file=str(file)) from error


class _Fault(Exception):
    """What is wrong with a value, and where."""

    def __init__(self, where: Where, problem: str) -> None:
        self.where, self.problem = where, problem


@dataclass(slots=True)
class _Reading:
    """One look at a file's text; what is wrong is gathered."""

    text: str
    file: Path
    feeds: Sequence[Feed]
    faults: list[ConfigError] = field(default_factory=list)
    document: Document = field(init=False)

    def picks(self) -> Picks:
        self.document = document.read(self.text, str(self.file), None)
        self.faults += self.document.faults
        found: dict[str, list[Pick]] = {}
        for name, items in self._lists():
            feed = next((one for one in self.feeds if name in (one.name, *one.formerly)), None)
            if feed is None:
                self._fault((name,), f"no feed is named {name}{_near(name, [one.name for one in self.feeds])}")
                continue
            found.setdefault(feed.name, []).extend(self._of_feed(name, items, found.get(feed.name, [])))
        if self.faults:
            raise ConfigErrors(sorted(self.faults, key=lambda fault: fault.line or 0))
        return found

    def _lists(self) -> Iterator[tuple[str, list[Any]]]:
        values = self.document.values
        if values is not None and not isinstance(values, dict):
            self._fault((), "names of feeds are expected, each with a list of picks")
            return
        for name, items in (values or {}).items():
            if items is None or isinstance(items, list):
                yield name, items or []
            else:
                self._fault((name,), "a list of picks is expected")

    def _of_feed(self, name: str, items: list[Any], before: Sequence[Pick]) -> Iterator[Pick]:
        taken = {pick.record: pick.line for pick in before}
        for number, item in enumerate(items):
            where: Where = (name, number)
            try:
                pick = self._pick(item, where)
            except _Fault as fault:
                self._fault(fault.where, fault.problem)
                continue
            if pick.record in taken:
                self._fault((*where, "id"), f"{pick.record} is picked already (line {taken[pick.record]})")
            taken[pick.record] = pick.line
            yield pick

    def _pick(self, item: Any, where: Where) -> Pick:
        keys = _mapping(item, where, _KEYS)
        for needed in ("id", "actions"):
            if keys.get(needed) is None:
                raise _Fault((*where, needed), "is missing")
        record, title = keys["id"], keys.get("title")
        if not isinstance(record, str) or not _ID.fullmatch(record):
            raise _Fault((*where, "id"), "a record's whole id is expected, 26 letters and digits")
        verdict = _verdict(_mapping(keys["actions"], (*where, "actions"), _ACTIONS), (*where, "actions"))
        return Pick(
            record=RecordId(record),
            verdict=verdict,
            title=str(title) if title is not None else None,
            line=self.document.line(where),
        )

    def _fault(self, where: Where, problem: str) -> None:
        key = document.key_of(where) or None
        self.faults.append(ConfigError(problem, file=str(self.file), line=self.document.line(where), key=key))


def _mapping(value: Any, where: Where, known: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Fault(where, f"keys and values are expected: {', '.join(known)}")
    for key in value:
        if key not in known:
            raise _Fault((*where, key), f"unknown key{_near(key, known)}")
    return value


def _verdict(actions: dict[str, Any], where: Where) -> Verdict:
    said = {key: value for key, value in actions.items() if key not in ("note", "retitle")}
    for key, value in said.items():
        if not isinstance(value, bool):
            raise _Fault((*where, key), "true or false is expected")
    chosen = [key for key in _EXCLUSIVE if said.get(key)]
    if len(chosen) > 1:
        raise _Fault(where, f"{' and '.join(chosen)} exclude each other")
    if not actions:
        raise _Fault(where, f"at least one of {', '.join(_ACTIONS)} is expected")
    return Verdict(
        action=chosen[0] if chosen else None,  # type: ignore[arg-type]
        pin=bool(said.get("pin")),
        title=_words(actions, "retitle", where, LONGEST_TITLE),
        note=_words(actions, "note", where, LONGEST_NOTE),
    )


def _words(actions: dict[str, Any], key: str, where: Where, longest: int) -> str | None:
    value = actions.get(key)
    if value is None:
        return None
    if isinstance(value, bool | dict | list):
        raise _Fault((*where, key), "a text is expected")
    text = str(value).strip()
    if key == "retitle":
        text = " ".join(text.split())
    if not text or len(text) > longest or _CONTROL.search(text):
        raise _Fault((*where, key), f"a text of at most {longest:,} characters is expected, none of them control ones")
    return text


def _near(word: str, words: Sequence[str]) -> str:
    return nearest(word, words) or f"; known are {', '.join(words[:8]) or 'none'}"


# -- the text


def _key(text: str, feed: Feed) -> str:
    """Return the name under which the feed's picks stand, its present one where none do."""
    root = spans.read(text)
    return next((name for name in (feed.name, *feed.formerly) if root and root.pair(name)), feed.name)


def _with_pick(text: str, key: str, record: RecordId, title: str, before: Verdict, after: Verdict) -> str:
    """Return the text with what was decided of a record."""
    listed, index = _found(text, key, record)
    if index is None:
        label = " ".join(title.split())[:LONGEST_LABEL]
        told = f", title: {lines.scalar(label)}" if label else ""
        return lines.with_items(text, key, [f"{{id: {lines.scalar(record)}{told}, actions: {_actions(after)}}}"])
    assert listed is not None
    if after == Verdict():
        return lines.without_item(text, listed, index)
    return _with_actions(text, key, record, before, after)


def _with_actions(text: str, key: str, record: RecordId, before: Verdict, after: Verdict) -> str:
    """Change the actions one by one; the file's other words, and comments among them, stay."""
    had, wanted = _said(before), _said(after)
    for name, word in wanted.items():
        if had.get(name) == word:
            continue
        text = lines.with_key(text, _actions_at(text, key, record), name, word)
    for name in [one.text for one, _ in _actions_at(text, key, record).pairs if one.text not in wanted]:
        held = _actions_at(text, key, record)
        if (gone := held.pair(name)) is not None:
            text = lines.without_pair(text, held, gone)
    return text


def _actions_at(text: str, key: str, record: RecordId) -> Value:
    listed, index = _found(text, key, record)
    pair = listed.parts[index].pair("actions") if listed is not None and index is not None else None
    if pair is None or pair[1].kind != "mapping" or not pair[1].parts:
        raise UsageError(f"the actions of {record} are no plain keys; change them by hand")
    return pair[1]


def _found(text: str, key: str, record: RecordId) -> tuple[Value | None, int | None]:
    """Return a feed's list, and where in it a record stands."""
    root = spans.read(text)
    pair = root.pair(key) if root else None
    if pair is None or pair[1].kind != "list":
        return None, None
    for index, item in enumerate(pair[1].parts):
        found = item.pair("id")
        if found is not None and found[1].text == record:
            return pair[1], index
    return pair[1], None


def _actions(verdict: Verdict) -> str:
    return "{" + ", ".join(f"{name}: {word}" for name, word in _said(verdict).items()) + "}"


def _said(verdict: Verdict) -> dict[str, str]:
    """Return a verdict in the file's words."""
    flags = [*([verdict.action] if verdict.action else []), *(["pin"] if verdict.pin else [])]
    texts = {"note": verdict.note, "retitle": verdict.title}
    return dict.fromkeys(flags, "true") | {name: lines.scalar(text) for name, text in texts.items() if text}
