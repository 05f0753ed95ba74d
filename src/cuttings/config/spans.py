"""Where the values of a YAML text stand, to the character, so that one can be changed and all else stays.

Pure.  Standards: YAML 1.2.2; ends are where the words of a value end, not the
comments and blank lines behind it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ruamel.yaml import YAML, events


@dataclass(frozen=True, slots=True)
class Value:
    """A value from `start` to `end` (characters).  `parts` are a list's items, or keys and values in turn."""

    kind: str  # scalar, list, mapping, alias
    start: int
    end: int
    column: int  # where it begins, from 0; of a list in block style: its dashes
    flow: bool = False  # [a, b] or {a: b}
    text: str = ""  # of a scalar
    parts: tuple["Value", ...] = ()

    @property
    def pairs(self) -> tuple[tuple["Value", "Value"], ...]:
        """A mapping's keys with their values."""
        return tuple(zip(self.parts[::2], self.parts[1::2], strict=True)) if self.kind == "mapping" else ()

    def pair(self, key: str) -> "tuple[Value, Value] | None":
        """Return a key of a mapping and its value."""
        return next(((name, value) for name, value in self.pairs if name.text == key), None)


@lru_cache(maxsize=2)  # one change asks several times where something stands
def read(text: str) -> Value | None:
    """Return the tree of a text that is known to be good YAML; None where it says nothing."""
    stream = (event for event in YAML(typ="safe", pure=True).parse(text) if not isinstance(event, _FRAME))
    first = next(stream, None)
    return None if first is None else _value(text, first, stream)


def line_start(text: str, index: int) -> int:
    """Return where the line of a character begins."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Return where the line of a character ends, its line break with it."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


_FRAME = (events.StreamStartEvent, events.StreamEndEvent, events.DocumentStartEvent, events.DocumentEndEvent)


def _value(text: str, event: events.Event, stream: Iterator[events.Event]) -> Value:
    start, column = event.start_mark.index, event.start_mark.column
    if isinstance(event, events.ScalarEvent):
        end = start + len(text[start : event.end_mark.index].rstrip())
        return Value("scalar", start, end, column, text=event.value)
    if isinstance(event, events.AliasEvent):
        return Value("alias", start, event.end_mark.index, column)
    assert isinstance(event, events.CollectionStartEvent)
    parts, last = _parts(text, stream)
    kind = "list" if isinstance(event, events.SequenceStartEvent) else "mapping"
    if event.flow_style:
        return Value(kind, start, last.end_mark.index, column, True, parts=parts)
    if kind == "mapping" and parts:  # an anchor may stand before it, on a line above
        column = parts[0].column
    return Value(kind, start, parts[-1].end if parts else start, column, parts=parts)


def _parts(text: str, stream: Iterator[events.Event]) -> tuple[tuple[Value, ...], events.Event]:
    """Return the values up to the end of a collection, and the event that ends it."""
    parts: list[Value] = []
    for event in stream:
        if isinstance(event, events.SequenceEndEvent | events.MappingEndEvent):
            return tuple(parts), event
        parts.append(_value(text, event, stream))
    raise ValueError("a collection without an end")
