"""A YAML file as plain values, with the line that each of them stands on.

Only the tree of nodes is made, never an object that a tag asks for (THREATS
H-100), so `no` is Norway and 2026-11-24 is text.  `${NAME}` takes an
environment variable.

Standards: YAML 1.2.2 (core schema).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML, nodes
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from cuttings.errors import ConfigError

Where = tuple[str | int, ...]
"""Keys and indices (from 0) that lead to a value."""

MOST_VALUES = 1_000_000  # aliases of aliases make a small file endless
DEEPEST = 20  # our schema has five levels

_TAG = "tag:yaml.org,2002:"
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: `values` as dicts, lists and scalars, `lines` (from 1) by path, `faults` met on the way.

    `secret` are the paths of values that an environment variable went into:
    these are never shown.
    """

    values: Any
    lines: Mapping[Where, int]
    secret: frozenset[Where] = frozenset()
    faults: tuple[ConfigError, ...] = ()

    def line(self, path: Where) -> int | None:
        """Return the line of a path, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read(text: str, file: str, environ: Mapping[str, str] | None) -> Document:
    """Return what the text says; an empty file says nothing (None).

    Without an environment `${NAME}` has no meaning.  Raises ConfigError where it is no YAML.
    What is wrong with single values is in `faults`.
    """
    reading = _Reading(file, environ)
    values = reading.value(root, (), 0) if (root := _composed(text, file)) is not None else None
    return Document(values, reading.lines, frozenset(reading.secret), tuple(reading.faults))


def key_of(path: Where) -> str:
    """Return a path as people write it: sources[2].url."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _composed(text: str, file: str) -> nodes.Node | None:
    try:
        node: nodes.Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(_words(error), file=file, line=mark.line + 1 if mark else None) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(f"not readable as YAML: {_first_line(error)}", file=file) from error
    return node


def _words(error: MarkedYAMLError) -> str:
    said = [part for part in (error.context, error.problem) if part]
    return "not readable as YAML: " + ", ".join(said)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@dataclass(slots=True)
class _Reading:
    """One walk over a file's nodes."""

    file: str
    environ: Mapping[str, str] | None
    lines: dict[Where, int] = field(default_factory=dict)
    secret: set[Where] = field(default_factory=set)
    faults: list[ConfigError] = field(default_factory=list)
    seen: int = 0

    def value(self, node: nodes.Node, path: Where, depth: int) -> Any:
        self.seen += 1
        self.lines.setdefault(path, node.start_mark.line + 1)
        if self.seen > MOST_VALUES or depth > DEEPEST:
            raise ConfigError("too deep or too large to be a configuration", file=self.file, line=self.lines[path])
        if isinstance(node, nodes.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, nodes.SequenceNode):
            return self._sequence(node, path, depth)
        return self._scalar(node, path)

    def _mapping(self, node: nodes.MappingNode, path: Where, depth: int) -> dict[str, Any]:
        self._plain(node, path, "map")
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            name = key_node.value if isinstance(key_node, nodes.ScalarNode) else str(key_node.tag)
            below = (*path, name)
            if name in values:
                self._fault("stands here twice", below, key_node.start_mark.line + 1)
                continue
            self.lines[below] = key_node.start_mark.line + 1
            values[name] = self.value(value_node, below, depth + 1)
        return values

    def _sequence(self, node: nodes.SequenceNode, path: Where, depth: int) -> list[Any]:
        self._plain(node, path, "seq")
        return [self.value(item, (*path, index), depth + 1) for index, item in enumerate(node.value)]

    def _scalar(self, node: nodes.Node, path: Where) -> Any:
        kind = str(node.tag).removeprefix(_TAG)
        if kind == "str":
            return self._filled(node.value, path)
        if kind == "null":
            return None
        if kind == "bool":
            return node.value.lower() == "true"
        if kind in ("int", "float"):
            return _number(node.value)
        self._plain(node, path, "timestamp")
        return self._filled(node.value, path)

    def _plain(self, node: nodes.Node, path: Where, *kinds: str) -> None:
        if str(node.tag).removeprefix(_TAG) not in kinds:
            self._fault("YAML tags have no meaning here; write the plain value", path, node.start_mark.line + 1)

    def _filled(self, text: str, path: Where) -> str:
        environ = self.environ
        if environ is None or "${" not in text:
            return text

        def variable(found: re.Match[str]) -> str:
            name = found[1]
            if not _NAME.fullmatch(name):
                self._fault(f"${{{name}}} is no name of an environment variable", path)
            elif name not in environ:
                self._fault(f"the environment variable {name} is not set", path)
            self.secret.add(path)
            return environ.get(name, "")

        return _VARIABLE.sub(variable, text)

    def _fault(self, problem: str, path: Where, line: int | None = None) -> None:
        self.faults.append(
            ConfigError(problem, file=self.file, line=line or self.lines[path], key=key_of(path) or None)
        )


def _number(written: str) -> int | float | str:
    """Return a number; 010 is ten (YAML 1.2), what Python cannot read stays text."""
    for made in (int, _other_base, float):
        try:
            return made(written)
        except ValueError:
            continue
    return written


def _other_base(written: str) -> int:
    return int(written, 0)
