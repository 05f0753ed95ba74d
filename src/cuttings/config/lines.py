"""Changes to YAML text that leave all around them as it stands, byte for byte.

Pure: a text in, the changed text out.  Whoever calls reads the result again
and compares it with what was meant.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cuttings.config import spans
from cuttings.config.spans import Value, line_end, line_start

_PLAIN = re.compile(r"[A-Za-z0-9/._~][A-Za-z0-9/._~:?=&+%@-]*(?<!:)")
_COMMA = re.compile(r"((?:\s|#[^\n]*\n)*),[ \t]*")  # behind an item of a flow list
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")  # YAML 1.2.2, 5.1
_NOT_TEXT = re.compile(r"(?i:null|true|false|~|[-+.]?[0-9][0-9_.:ex+-]*|\.nan|\.inf|<<|=)")


def with_items(text: str, name: str, items: Sequence[str]) -> str:
    """Return the text with more items at the end of the list that stands under a key of the whole."""
    root = spans.read(text)
    pair = root.pair(name) if root else None
    if pair is None:
        return _with_lines(text, len(text), "  ", items, head=f"{name}:{_break(text)}")
    key, value = pair
    if value.kind == "list" and value.parts and value.flow:
        end = value.parts[-1].end
        return text[:end] + "".join(f", {item}" for item in items) + text[end:]
    if value.kind == "list" and value.parts:
        behind = _behind_comments(text, line_end(text, value.end), value.column)
        return _with_lines(text, behind, " " * value.column, items)
    colon = text.index(":", key.end)
    end = max(value.end, colon + 1) if value.kind == "list" or value.text else colon + 1  # an empty one, or null
    rest = text[end:].lstrip(" ")
    text = text[: colon + 1] + ("  " if rest.startswith("#") else "") + rest
    return _with_lines(text, line_end(text, colon), "  ", items)


def with_more(text: str, values: Value, words: Sequence[str]) -> str:
    """Return the text with more words at the end of a list that has some."""
    end = values.parts[-1].end
    if values.flow:
        return text[:end] + "".join(f", {word}" for word in words) + text[end:]
    return _with_lines(text, line_end(text, end), " " * values.column, words)


def _with_lines(text: str, at: int, indent: str, items: Sequence[str], head: str = "") -> str:
    """Return the text with lines of items at the beginning of a line, or at the end of a text without its last one."""
    end = _break(text)
    before = text[:at] + (end if text[:at] and not text[:at].endswith("\n") else "")
    return before + head + "".join(f"{indent}- {item}{end}" for item in items) + text[at:]


def without_item(text: str, values: Value, index: int) -> str:
    """Return the text without one item: its lines, or in a flow list its words and their comma."""
    item = values.parts[index]
    if values.flow:
        comma = _COMMA.match(text, item.end)
        comments = comma[1] if comma and "#" in comma[1] else ""
        return text[: item.start] + comments + text[comma.end() if comma else item.end :]
    start = line_start(text, item.start)
    while text[start + values.column] != "-":  # it may begin on a line below its dash
        start = line_start(text, start - 1)
    return text[:start] + text[line_end(text, item.end) :]


def with_key(text: str, item: Value, name: str, word: str) -> str:
    """Return the text with a key of a mapping (not an empty one) at this word, added at its end if it is not there."""
    if (pair := item.pair(name)) is not None:
        return put(text, pair[1], word)
    if item.flow:
        end = item.parts[-1].end
        return f"{text[:end]}, {name}: {word}{text[end:]}"
    at = line_end(text, item.end)
    before = text[:at] + ("" if text[:at].endswith("\n") else _break(text))
    return f"{before}{' ' * item.column}{name}: {word}{_break(text)}{text[at:]}"


def without_pair(text: str, item: Value, pair: tuple[Value, Value]) -> str:
    """Return the text without a key of a mapping that has others: its lines, or in flow style its words."""
    key, value = pair
    if item.flow:
        comma = _COMMA.match(text, value.end)
        comments = comma[1] if comma and "#" in comma[1] else ""
        if comma is None and key is not item.parts[0]:
            before = item.parts[item.parts.index(key) - 1].end
            return text[:before] + text[value.end :]
        return text[: key.start] + comments + text[comma.end() if comma else value.end :]
    return text[: line_start(text, key.start)] + text[line_end(text, value.end) :]


def put(text: str, value: Value, word: str) -> str:
    """Return the text with another word in the place of a value."""
    return text[: value.start] + word + text[value.end :]


def alike(text: str, value: Value, word: str) -> str:
    """Return a text as YAML, quoted as a value is that it will take the place of."""
    quoted = scalar(word)
    if text[value.start] == "'" and quoted in (word, f'"{word}"'):
        return "'" + word.replace("'", "''") + "'"
    return json.dumps(word) if text[value.start] == '"' and quoted == word else quoted


def _behind_comments(text: str, at: int, indent: int) -> int:
    """Return where the comments end that belong to the item above: those further in than its dash."""
    while re.compile(rf" {{{indent + 1},}}#").match(text, at):
        at = line_end(text, at)
    return at


def _break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def mapping(values: Mapping[str, Any]) -> str:
    """Return keys with texts or lists of them on one line."""
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in values.items()) + "}"


def _value(value: Any) -> str:
    return "[" + ", ".join(map(scalar, value)) + "]" if isinstance(value, list) else scalar(value)


def scalar(text: str) -> str:
    """Return a text as YAML that reads back as it is, quoted only where it must be."""
    if _PLAIN.fullmatch(text) and not _NOT_TEXT.fullmatch(text):
        return text
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
