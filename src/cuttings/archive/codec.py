"""Our values as JSON and back, by the types of their fields.

What the archive keeps is made to be read without us: names are the model's,
times RFC 3339 in UTC, durations seconds, bytes hexadecimal.  A field that a
value of an older time does not have takes its default; one we do not know is
passed over.  So a field may be added to the model, but never change its sense
or its default.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Convert = Callable[[Any], Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_in_ascii = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make it anew each time


def packable(value: object) -> bytes:
    """Return a value as JSON in UTF-8; a lone surrogate passes as itself."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def from_packable(kind: type[T], data: bytes) -> T:
    """Undo `packable`.  Raises ValueError or TypeError for what it did not write."""
    return made(kind, json.loads(data.decode("utf-8", "surrogatepass")))


def text(value: object, without: frozenset[str] = frozenset()) -> str:
    """Return a value as JSON in ASCII, which any column takes; `without` names fields left out."""
    return _in_ascii(_fields_said(value, without) if without else plain(value))


def from_text(kind: type[T], data: str, **ready: Any) -> T:
    """Undo `text`; `ready` are fields that were kept elsewhere."""
    return made(kind, json.loads(data), **ready)


def plain(value: Any) -> Any:
    """Return what JSON can say of a value; of a dataclass, fields that are None or empty are left out."""
    to_plain = _TO_PLAIN.get(type(value))
    if to_plain is not None:
        return to_plain(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    return _fields_said(value, frozenset())


def made(kind: type[T], values: Any, **ready: Any) -> T:
    """Return the dataclass that `plain` made these values of."""
    if not isinstance(values, Mapping):
        raise TypeError(f"no {kind.__name__}, but a {type(values).__name__}")
    anything: Any = kind  # mypy holds that a type is not hashable
    fields = _fields(anything)
    for name, value in values.items():
        if name in fields and name not in ready:
            convert = fields[name]
            ready[name] = value if convert is None else convert(value)
    for name, empty in _required_empties(anything):
        ready.setdefault(name, empty)
    return kind(**ready)


def microseconds(time: datetime) -> int:
    """Return a time as microseconds since 1970, which columns are ordered by."""
    since = time - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def time_of(microseconds_since: int) -> datetime:
    """Undo `microseconds`."""
    return EPOCH + timedelta(microseconds=microseconds_since)


def _fields_said(value: Any, without: frozenset[str]) -> dict[str, Any]:
    kind: Any = type(value)
    said: dict[str, Any] = {}
    for name in _names_said(kind, without):
        kept = getattr(value, name)
        if type(kept) in _AS_IT_IS:
            if kept != "":
                said[name] = kept
        elif kept is not None and kept != ():
            said[name] = plain(kept)
    return said


def _list(values: Any) -> list[Any]:
    return [value if type(value) in _AS_IT_IS else plain(value) for value in values]


def _time(time: datetime) -> str:
    return (time if time.tzinfo is UTC else time.astimezone(UTC)).isoformat()[: -len("+00:00")] + "Z"


_AS_IT_IS = frozenset({str, int, float, bool})

_TO_PLAIN: dict[type, Convert] = {
    datetime: _time,
    timedelta: timedelta.total_seconds,
    bytes: bytes.hex,
    tuple: _list,
    list: _list,
    frozenset: lambda values: sorted(map(plain, values)),
    dict: lambda values: {key: plain(value) for key, value in values.items()},
    types.MappingProxyType: lambda values: {key: plain(value) for key, value in values.items()},
}

_FROM_PLAIN: dict[Any, Convert | None] = {
    datetime: datetime.fromisoformat,
    timedelta: lambda seconds: timedelta(seconds=seconds),
    bytes: bytes.fromhex,
    str: None,
    int: None,
    float: None,
    bool: None,
    types.NoneType: None,
}


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _names_said(kind: Any, without: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in _field_names(kind) if name not in without)


@cache
def _fields(kind: Any) -> Mapping[str, Convert | None]:
    """Return how each field is made of JSON; None: it is taken as it is."""
    hints = typing.get_type_hints(kind)
    return {name: _from_plain(hints[name]) for name in _field_names(kind)}


@cache
def _required_empties(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Return the fields without default that `plain` leaves out when they are empty, and what they then are."""
    hints = typing.get_type_hints(kind)
    required = [f.name for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING]
    return tuple((name, _empty(hints[name])) for name in required if _empty(hints[name]) is not ...)


def _empty(hint: Any) -> Any:
    """Return what a field of this type is when it is empty, `...` when it never is."""
    if types.NoneType in typing.get_args(hint):
        return None
    if typing.get_origin(hint) is tuple:
        return ()
    return "" if hint is str else ...


def _from_plain(hint: Any) -> Convert | None:
    hint = getattr(hint, "__supertype__", hint)
    if hint in _FROM_PLAIN:
        return _FROM_PLAIN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return None
    if origin in (types.UnionType, typing.Union):
        return _optional(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin is Sequence:
        return _tuple((*arguments, ...))
    if origin is frozenset:
        return frozenset if (convert := _from_plain(arguments[0])) is None else _each(frozenset, convert)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_from_plain(arguments[1]))
    return lambda values: made(hint, values)


def _optional(arguments: tuple[Any, ...]) -> Convert | None:
    [convert] = [_from_plain(argument) for argument in arguments if argument is not types.NoneType]
    return None if convert is None else lambda value: None if value is None else convert(value)


def _tuple(arguments: tuple[Any, ...]) -> Convert:
    converts = [_from_plain(argument) for argument in arguments if argument is not ...]
    if arguments[-1] is ...:
        return tuple if converts[0] is None else _each(tuple, converts[0])
    return lambda values: tuple(
        value if convert is None else convert(value) for convert, value in zip(converts, values, strict=True)
    )


def _each(kind: Convert, convert: Convert) -> Convert:
    return lambda values: kind(map(convert, values))


def _mapping(convert: Convert | None) -> Convert:
    return dict if convert is None else lambda values: {key: convert(value) for key, value in values.items()}
