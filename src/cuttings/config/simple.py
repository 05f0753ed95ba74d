"""The YAML that most configurations are written in, read a line at a time: a tenth of what ruamel.yaml takes.

Pure.  Block mappings and lists of what fits on a line: plain and quoted words
without escapes, flow lists of them, flow mappings of these.  What is not
surely that is left to ruamel.yaml, errors too; so the nodes made here are the
ones that it would have made, tag by tag and line by line.

Standards: YAML 1.2.2 (core schema).
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ruamel.yaml import YAML, nodes
from ruamel.yaml.error import FileMark
from ruamel.yaml.tag import Tag

_KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,99}:"
_QUOTED = r"""'[^']*+'|"[^"\\]*+\""""
_PLAIN = r"(?:[A-Za-z0-9/._~$+(]|[^\x00-\x7f])(?:[^ :#]++|:(?=[^ ])|(?<=[^ ])\#|[ ]++(?=[^ :#]))*+"
_WORD = r"[A-Za-z0-9/._~](?:[A-Za-z0-9/._~?=&+%@-]++|:(?=[A-Za-z0-9/._~?=&+%@:-]))*+"  # in flow style
_ITEM = rf"(?:{_QUOTED}|{_WORD}(?:[ ]++{_WORD})*+)"
_LIST = rf"\[[ ]*+(?:{_ITEM}[ ]*+(?:,[ ]*+{_ITEM}[ ]*+)*+)?\]"
_PAIR = rf"{_KEY}[ ]++(?:{_ITEM}|{_LIST})"
_MAPPING = rf"\{{[ ]*+(?:{_PAIR}[ ]*+(?:,[ ]*+{_PAIR}[ ]*+)*+)?\}}"

_LINE = re.compile(
    rf"""([ ]*+) (-[ ]++)? (?:({_KEY})(?=[ ]|$)[ ]*+)?
         ({_PLAIN}|{_QUOTED}|{_LIST}|{_MAPPING})? [ ]*+ (?:(?<![^ ])\#.*+)?""",
    re.VERBOSE,
)
_ITEMS = re.compile(_ITEM)
_PAIRS = re.compile(rf"({_KEY})[ ]++({_ITEM}|{_LIST})")
_UNUSUAL = re.compile(r"[^\n\x20-\x7e\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

_KINDS: Mapping[str, Sequence[tuple[str, re.Pattern[str]]]] = YAML(typ="safe", pure=True).resolver.versioned_resolver
_TEXT, _NULL, _SEQUENCE, _MAP = (Tag(suffix=f"tag:yaml.org,2002:{kind}") for kind in ("str", "null", "seq", "map"))


class _Line(NamedTuple):
    """A line that says something: its number and the column it begins at, both from 0."""

    number: int
    column: int
    dash: int  # how wide its dash is, with the blanks behind it; 0: it has none
    key: str | None
    value: str | None


class _Unsure(Exception):
    """This is for the whole of YAML."""


def composed(text: str) -> nodes.Node | None:
    """Return the tree of a text that is surely simple, None of any other."""
    try:
        composing = _Composing(_lines(text))
        return composing.whole()
    except _Unsure:
        return None


def _lines(text: str) -> list[_Line]:
    if _UNUSUAL.search(text):
        raise _Unsure
    lines = []
    for number, written in enumerate(text.split("\n")):
        found = _LINE.fullmatch(written)
        if found is None:
            raise _Unsure
        blanks, dash, key, value = found.groups()
        if dash or key or value:
            lines.append(_Line(number, len(blanks), len(dash or ""), key and key[:-1], value))
    return lines


class _Composing:
    """One walk down the lines.  A line at a column where nobody expects it is left over at the end."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = [*lines, _Line(0, -1, 0, None, None)]
        self._at = 0

    def whole(self) -> nodes.Node:
        if self._lines[0].column != 0:
            raise _Unsure
        root = self._block(0)
        if self._at < len(self._lines) - 1:
            raise _Unsure
        return root

    def _block(self, column: int) -> nodes.Node:
        return self._list(column) if self._lines[self._at].dash else self._mapping(column, self._lines[self._at])

    def _list(self, column: int) -> nodes.Node:
        number, items = self._lines[self._at].number, []
        while (line := self._lines[self._at]).column == column and line.dash:
            if line.key is not None:
                within = column + line.dash
                items.append(self._mapping(within, _Line(line.number, within, 0, line.key, line.value)))
            elif line.value is not None:
                items.append(_value(line.value, _mark(line.number)))
                self._at += 1
            else:
                raise _Unsure
        return nodes.SequenceNode(_SEQUENCE, items, _mark(number))

    def _mapping(self, column: int, line: _Line) -> nodes.Node:
        number, pairs = line.number, []
        while line.column == column and not line.dash:
            if line.key is None:
                raise _Unsure
            self._at += 1
            mark = _mark(line.number)
            value = self._below(column, mark) if line.value is None else _value(line.value, mark)
            pairs.append((nodes.ScalarNode(_TEXT, line.key, mark), value))
            line = self._lines[self._at]
        return nodes.MappingNode(_MAP, pairs, _mark(number))

    def _below(self, column: int, mark: FileMark) -> nodes.Node:
        """Return what stands below a key: further in, or a list right beneath it."""
        following = self._lines[self._at]
        if following.column > column:
            return self._block(following.column)
        if following.column == column and following.dash:
            return self._list(column)
        return nodes.ScalarNode(_NULL, "", mark)


def _value(written: str, mark: FileMark) -> nodes.Node:
    return _mapped(written, mark) if written[0] == "{" else _listed(written, mark)


def _mapped(written: str, mark: FileMark) -> nodes.Node:
    pairs = [(nodes.ScalarNode(_TEXT, key[:-1], mark), _listed(value, mark)) for key, value in _PAIRS.findall(written)]
    return nodes.MappingNode(_MAP, pairs, mark)


def _listed(written: str, mark: FileMark) -> nodes.Node:
    if written[0] != "[":
        return _scalar(written, mark)
    return nodes.SequenceNode(_SEQUENCE, [_scalar(item, mark) for item in _ITEMS.findall(written)], mark)


def _scalar(written: str, mark: FileMark) -> nodes.Node:
    if written[0] in "'\"":
        return nodes.ScalarNode(_TEXT, written[1:-1], mark)
    for tag, pattern in _KINDS.get(written[0], ()):
        if pattern.match(written):
            return nodes.ScalarNode(Tag(suffix=tag), written, mark)
    return nodes.ScalarNode(_TEXT, written, mark)


def _mark(number: int) -> FileMark:
    return FileMark(None, 0, number, 0)
