"""Changes to the configuration file that leave everything else in it as it stands, byte for byte.

The text is changed at one place, read again as a whole, and only then put in
place of the old one by a rename.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, nodes

from cuttings.config.load import load
from cuttings.errors import ConfigErrors, UsageError
from cuttings.model.source import Source

_PLAIN = re.compile(r"[A-Za-z0-9/._~][A-Za-z0-9/._~:?=&+%@-]*(?<!:)")
_NOT_TEXT = re.compile(r"(?i:null|true|false|~|[-+.]?[0-9][0-9_.:ex+-]*|\.nan|\.inf|<<|=)")


def add_source(file: Path, address: str, keys: Mapping[str, Any], environ: Mapping[str, str]) -> Source:
    """Add a source (a URL, or a folder's path) with these keys to the end of `sources`; return it as it is read.

    Raises UsageError, the file as it was, where it would not be valid.
    """
    place = "url" if "://" in address else "path"
    values = {**({"name": keys["name"]} if "name" in keys else {}), place: address, **keys}
    item = _scalar(address) if list(values) == ["url"] else _mapping(values)
    file = file.resolve()
    new = _with_item(file.read_text("utf-8"), item)
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_text(new, "utf-8")
        added = _read_back(beside, file, address, environ)
        beside.chmod(file.stat().st_mode)
        _put_in_place(beside, file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
    return added


def _read_back(beside: Path, file: Path, address: str, environ: Mapping[str, str]) -> Source:
    try:
        config = load(beside, environ)
    except ConfigErrors as faults:
        told = "\n".join(f"{one.key or 'the file'}: {one.problem}" for one in faults.errors)
        raise UsageError(f"{file} stays as it is:\n{told}") from faults
    return next(source for source in config.sources if source.address == address)


def _put_in_place(beside: Path, file: Path) -> None:
    with beside.open("rb") as written:
        os.fsync(written.fileno())
    beside.replace(file)


def _with_item(text: str, item: str) -> str:
    """Return the text with one more item at the end of `sources`."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    key, value = _sources(text)
    if key is None or value is None:
        return "".join(lines) + f"sources:\n  - {item}\n"
    if isinstance(value, nodes.SequenceNode) and value.value and not value.flow_style:
        indent = value.start_mark.column
        after = _behind_comments(lines, _last_line(value) + 1, indent)
        return "".join([*lines[:after], f"{' ' * indent}- {item}\n", *lines[after:]])
    if isinstance(value, nodes.SequenceNode) and value.value:
        end = value.end_mark.index - 1
        return text[:end].rstrip().removesuffix(",") + f", {item}" + text[end:]
    return _in_place_of_nothing(lines, key, value, item)


def _in_place_of_nothing(lines: list[str], key: nodes.Node, value: nodes.Node, item: str) -> str:
    """Return the lines with a list of one item where `sources` has an empty list, or nothing."""
    first = key.start_mark.line
    if isinstance(value, nodes.SequenceNode):
        last, column = value.end_mark.line, value.end_mark.column
        rest = lines[last][column:].strip()
        lines[first : last + 1] = [f"sources:{'  ' + rest if rest else ''}\n"]
    lines.insert(first + 1, f"  - {item}\n")
    return "".join(lines)


def _sources(text: str) -> tuple[nodes.Node | None, nodes.Node | None]:
    root = YAML(typ="safe", pure=True).compose(text)
    if not isinstance(root, nodes.MappingNode):
        return None, None
    return next(((key, value) for key, value in root.value if key.value == "sources"), (None, None))


def _last_line(node: nodes.Node) -> int:
    """Return the last line (from 0) that a node has text on; the end of a block lies behind its comments."""
    if not isinstance(node, nodes.CollectionNode) or node.flow_style or not node.value:
        mark = node.end_mark
        return int(mark.line - 1 if mark.column == 0 and mark.line > node.start_mark.line else mark.line)
    last = node.value[-1]
    return _last_line(last[1] if isinstance(node, nodes.MappingNode) else last)


def _behind_comments(lines: list[str], line: int, indent: int) -> int:
    """Return the line behind the comments that belong to the item above: those further in than its dash."""
    while line < len(lines) and re.match(rf" {{{indent + 1},}}#", lines[line]):
        line += 1
    return line


def _mapping(values: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in values.items()) + "}"


def _value(value: Any) -> str:
    return "[" + ", ".join(map(_scalar, value)) + "]" if isinstance(value, list) else _scalar(value)


def _scalar(text: str) -> str:
    """Return a text as YAML that reads back as it is, quoted only where it must be."""
    if _PLAIN.fullmatch(text) and not _NOT_TEXT.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)
