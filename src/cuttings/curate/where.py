"""The expression of `where`: what a person asks of a record's fields, in CEL.

Pure; the one door to CEL.  Each field is a declared variable with its type, so
a wrong name or type is found when the rule is compiled.  CEL has no loops but
its macros; those may not nest, and see no long texts, so that no expression
costs more than its patterns do.  Standards: the Common Expression Language.
"""

import difflib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from cel_expr_python import cel

from cuttings.curate.words import Faulty, looked_at, pattern
from cuttings.model.article import Record

LONGEST = 1_000  # characters of an expression

_MOST = 100  # members of a list that are looked at
_LONG = ("text", "content")  # fields too long to be gone through once for each member of a list
_TEXTS, _TIMES = cel.Type.List(cel.Type.STRING), cel.Type.List(cel.Type.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class Label:
    """What a record's source is called, and its tags; empty for a record without a source that is followed."""

    name: str = ""
    tags: tuple[str, ...] = ()


def _list(values: Any) -> list[Any]:
    return [looked_at(value) for value in list(values)[:_MOST]]


_FIELDS: Mapping[str, tuple[Any, Callable[[Record, Label], Any]]] = {
    "id": (cel.Type.STRING, lambda record, label: record.id),
    "source": (cel.Type.STRING, lambda record, label: label.name),
    "guid": (cel.Type.STRING, lambda record, label: record.guid),
    "url": (cel.Type.STRING, lambda record, label: record.url),
    "canonical_url": (cel.Type.STRING, lambda record, label: record.canonical_url),
    "story": (cel.Type.STRING, lambda record, label: record.story),
    "revision": (cel.Type.INT, lambda record, label: record.revision),
    "cause": (cel.Type.STRING, lambda record, label: record.cause),
    "status": (cel.Type.STRING, lambda record, label: record.status),
    "provenance": (cel.Type.STRING, lambda record, label: record.provenance),
    "title": (cel.Type.STRING, lambda record, label: record.title),
    "subtitle": (cel.Type.STRING, lambda record, label: record.subtitle),
    "authors": (_TEXTS, lambda record, label: _list(one.name for one in record.authors)),
    "published": (_TIMES, lambda record, label: [record.published] if record.published else []),
    "modified": (_TIMES, lambda record, label: [record.modified] if record.modified else []),
    "first_seen": (cel.Type.TIMESTAMP, lambda record, label: record.first_seen),
    "language": (cel.Type.STRING, lambda record, label: record.language),
    "categories": (_TEXTS, lambda record, label: _list(record.categories)),
    "tags": (_TEXTS, lambda record, label: _list(dict.fromkeys((*label.tags, *record.categories)))),
    "rights": (cel.Type.STRING, lambda record, label: record.rights),
    "reserved": (_TEXTS, lambda record, label: _list(record.reserved)),
    "summary": (cel.Type.STRING, lambda record, label: record.summary),
    "content": (cel.Type.STRING, lambda record, label: record.content),
    "text": (cel.Type.STRING, lambda record, label: record.text),
    "words": (cel.Type.INT, lambda record, label: record.words),
    "image": (cel.Type.STRING, lambda record, label: (record.image and record.image.url) or ""),
    "enclosures": (_TEXTS, lambda record, label: _list(one.url for one in record.enclosures)),
}
FIELDS = tuple(_FIELDS)

_LITERAL = re.compile(r"""[rR]?('''[\s\S]*?'''|\"""[\s\S]*?\"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")""")
_RAW_LITERAL = re.compile(r"""[rR](?:'[^'\n]*'|"[^"\n]*")""")
_NOTE = re.compile(r"//[^\n]*")
_TOKENS = re.compile(f"{_NOTE.pattern}|{_RAW_LITERAL.pattern}|{_LITERAL.pattern}")
_MACRO = re.compile(r"\.\s*(all|exists|exists_one|existsOne|map|filter)\s*\(")
_MATCHES = re.compile(r"\bmatches\s*\(")
_USED = re.compile(r"\brecord\s*\.\s*(\w+)")
_COMPLAINT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_UNKNOWN = re.compile(r"undeclared reference to '([^']*)'")


class Where:
    """A compiled expression.  Raises Faulty, whose message says where in the expression, if it is none."""

    def __init__(self, expression: str) -> None:
        if len(expression) > LONGEST:
            raise Faulty(f"more than {LONGEST} characters")
        self._expression = _compiled(expression)
        if self._expression.return_type() != cel.Type.BOOL:
            raise Faulty(f"gives {_type_name(self._expression)}; a condition, true or false, is expected")
        code = _code(expression)
        _check_macros(code)
        _check_patterns(expression, code)
        self.used = frozenset(_USED.findall(code)) & _FIELDS.keys()

    def holds(self, record: Record, label: Label) -> bool:
        """Tell whether a record is as the expression asks.  Raises Faulty where that cannot be told."""
        values = {f"record.{name}": _value(_FIELDS[name][1](record, label)) for name in self.used}
        try:
            found = self._expression.eval(data=values)
        except (RuntimeError, ValueError, TypeError) as error:
            raise Faulty(str(error)) from error
        if found.type() != cel.Type.BOOL:
            raise Faulty(str(found))
        return bool(found.value())


@cache
def _language() -> Any:
    return cel.NewEnv(variables={f"record.{name}": kind for name, (kind, _) in _FIELDS.items()})


def _compiled(expression: str) -> Any:
    try:
        return _language().compile(looked_at(expression))
    except RuntimeError as error:
        raise Faulty(_complaint(str(error), expression)) from error


def _complaint(said: str, expression: str) -> str:
    """Return the first complaint of the compiler, with its place in the expression and the nearest name."""
    found = _COMPLAINT.search(said)
    if found is None:
        return said.split("\n", maxsplit=1)[0]
    line, column, words = (
        int(found[1]),
        int(found[2]),
        found[3].removesuffix(" [INVALID_ARGUMENT]").partition(" expecting {")[0],
    )
    unknown = _UNKNOWN.match(words)
    return f"{_place(line, column, expression)}{_unknown(unknown[1]) if unknown else words}"


def _place(line: int, column: int, expression: str) -> str:
    if line < 1:
        return ""
    return f"column {column}: " if "\n" not in expression.strip() else f"line {line}, column {column} of it: "


def _unknown(name: str) -> str:
    known = [f"record.{field}" for field in FIELDS] if "." in name or name in FIELDS else _FUNCTIONS
    near = difflib.get_close_matches(f"record.{name}" if name in FIELDS else name, known, n=1, cutoff=0.6)
    return f"{name} is not known" + (f"; did you mean {near[0]}?" if near else "")


_FUNCTIONS = ["contains", "startsWith", "endsWith", "matches", "size", "timestamp", "duration"]


def _type_name(expression: Any) -> str:
    return str(expression.return_type()).lower()


def _value(value: Any) -> Any:
    if value is None:
        return ""
    return looked_at(value) if isinstance(value, str) else value


# -- what an expression may cost


def _code(expression: str) -> str:
    """Return the expression, what is quoted or a note made blank, of the same length."""
    return _TOKENS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), expression)


def _calls(head: re.Pattern[str], code: str) -> Iterator[tuple[int, int]]:
    """Yield where the arguments of each such call begin and end."""
    for found in head.finditer(code):
        depths = accumulate((character == "(") - (character == ")") for character in code[found.end() :])
        length = next((length for length, depth in enumerate(depths) if depth < 0), len(code) - found.end())
        yield found.end(), found.end() + length


def _check_macros(code: str) -> None:
    for start, end in _calls(_MACRO, code):
        inside = code[start:end]
        if _MACRO.search(inside):
            raise Faulty(f"{_at(start, code)}.all, .exists, .map and the like may not stand within each other")
        if long := next((name for name in _USED.findall(inside) if name in _LONG), None):
            raise Faulty(f"{_at(start, code)}record.{long} is too long to be looked at for each member of a list")


def _check_patterns(expression: str, code: str) -> None:
    """Compile all patterns now: CEL would only when a record comes."""
    for start, end in _calls(_MATCHES, code):
        last = expression[start + code[start:end].rfind(",") + 1 : end].strip()
        if not (_RAW_LITERAL.fullmatch(last) or _LITERAL.fullmatch(last)):
            raise Faulty(f"{_at(start, code)}matches() takes a pattern in quotes")
        try:
            pattern(str(_compiled(last).eval(data={}).value()))
        except Faulty as error:
            raise Faulty(f"{_at(start, code)}{error}") from error


def _at(position: int, code: str) -> str:
    starts = [0, *(found.end() for found in re.finditer("\n", code))]
    line = bisect_right(starts, position)
    return _place(line, position - starts[line - 1] + 1, code)
