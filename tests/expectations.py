"""What feedparser's cases expect of an entry, asked of ours.

Each case is a feed with an expression over feedparser's result in a comment at
its head.  The expression is walked as a tree, never run.  Of the claims that
it joins by `and`, those about the fields that we keep are asked; the others
(`bozo`, `feed`, `encoding` …) are passed over, and so is what an entry of ours
has no room for (`ASIDE`).
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cuttings.model.article import Entry, Person
from cuttings.model.capture import Document
from cuttings.parse import syndication
from cuttings.text import dates, markup, urls

FIELDS = frozenset(
    [
        "title",
        "title_detail",
        "link",
        "id",
        "guid",
        "published",
        "published_parsed",
        "issued",
        "issued_parsed",
        "updated",
        "updated_parsed",
        "modified",
        "modified_parsed",
        "date",
        "date_parsed",
        "content",
        "summary",
        "summary_detail",
        "description",
        "author",
        "author_detail",
        "authors",
        "enclosures",
        "category",
        "categories",
        "tags",
        "has_key",
    ]
)
ASIDE = frozenset(["base", "language", "scheme", "label", "email"])
ADDRESS = "http://127.0.0.1:8097/tests/"  # where the cases take themselves to be served
HEADER = re.compile(r"^Header:\s*([\w-]+)\s*:\s*(.*?)\s*$", re.MULTILINE)
EXPECT = re.compile(r"^Expect:\s*(.*?)\s*(?:-->|\Z)", re.MULTILINE | re.DOTALL)
MARKUP = re.compile(r"[<&]")


@dataclass(frozen=True)
class Case:
    """One file: the document as it is served, and the claims about our fields of its entries."""

    name: str
    document: Document
    claims: tuple[ast.expr, ...]


def case(name: str, body: bytes) -> Case | None:
    """Return a case, None where it expects nothing of the fields that we keep."""
    head = body[: body.find(b"-->")].decode("utf-8", "replace")
    expected = EXPECT.search(head)
    if expected is None:
        return None
    claims = tuple(claim for claim in _claims(ast.parse(expected[1].strip(), mode="eval").body) if _is_ours(claim))
    headers = {"content-type": "application/xml", **{key.lower(): value for key, value in HEADER.findall(head)}}
    url = urls.absolute(ADDRESS + name, headers.get("content-location", "")) or ADDRESS + name  # we go by the address
    return Case(name, Document(body=body, url=url, headers=headers), claims) if claims else None


def differences(one: Case) -> list[str]:
    """Return the claims of a case that do not hold of our entries, each with what ours are."""
    parsed = syndication.read(one.document, frozenset())
    entries = [_shown(entry) for entry in parsed.entries]
    return [told for claim in one.claims if (told := _difference(claim, entries))]


def _claims(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _claims(value)
    else:
        yield node


def _is_ours(claim: ast.expr) -> bool:
    """Tell whether a claim is about a field of an entry that we keep."""
    steps = [_steps(node) for node in ast.walk(claim) if isinstance(node, ast.Subscript | ast.Attribute)]
    ours = [path for path in steps if len(path) > 2 and path[0] == "entries" and path[2] in FIELDS]
    return bool(ours) and not any(ASIDE.intersection(map(str, path[3:])) for path in ours)


def _steps(node: ast.expr) -> list[Any]:
    """Return `entries[0]['title']` and `entries[0].title` as [entries, 0, title]."""
    if isinstance(node, ast.Subscript):
        return [*_steps(node.value), _literal(node.slice)]
    if isinstance(node, ast.Attribute):
        return [*_steps(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [None]


def _difference(claim: ast.expr, entries: list[dict[str, Any]]) -> str | None:
    try:
        holds = _holds(claim, entries)
    except (KeyError, IndexError, TypeError) as error:
        return f"{ast.unparse(claim)}: {type(error).__name__} {error}"
    if holds:
        return None
    paths = [_steps(node) for node in ast.walk(claim) if isinstance(node, ast.Subscript | ast.Attribute)]
    ours = next((_at(path, entries) for path in paths if len(path) > 2), None)
    return f"{ast.unparse(claim)}: ours is {ours!r}"


def _holds(claim: ast.expr, entries: list[dict[str, Any]]) -> bool:
    if isinstance(claim, ast.UnaryOp) and isinstance(claim.op, ast.Not):
        return not _holds(claim.operand, entries)
    if not isinstance(claim, ast.Compare):
        return bool(_value(claim, entries))
    values = [_value(side, entries) for side in (claim.left, *claim.comparators)]
    return all(
        _compared(operator, left, right) for operator, left, right in zip(claim.ops, values, values[1:], strict=False)
    )


def _compared(operator: ast.cmpop, left: Any, right: Any) -> bool:
    if isinstance(operator, ast.Eq | ast.Is):
        return _alike(left, right)
    if isinstance(operator, ast.NotEq):
        return not _alike(left, right)
    if isinstance(operator, ast.In):
        return left in right
    if isinstance(operator, ast.NotIn):
        return left not in right
    raise TypeError(f"a comparison we do not know: {type(operator).__name__}")


def _value(node: ast.expr, entries: list[dict[str, Any]]) -> Any:
    if isinstance(node, ast.Subscript | ast.Attribute):
        return _at(_steps(node), entries)
    if isinstance(node, ast.Call):
        return _called(node, entries)
    return _literal(node)


def _called(node: ast.Call, entries: list[dict[str, Any]]) -> Any:
    if isinstance(node.func, ast.Name) and node.func.id == "len":
        return len(_value(node.args[0], entries))
    if isinstance(node.func, ast.Attribute) and node.func.attr == "has_key":
        return bool(_value(node.func.value, entries).get(_literal(node.args[0])))
    return _literal(node)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise TypeError(ast.unparse(node)) from error


def _at(path: list[Any], entries: list[dict[str, Any]]) -> Any:
    if path[0] != "entries":
        raise TypeError(f"not of an entry: {path}")
    value: Any = entries
    for step in path[1:]:
        value = value[step]
    return value


def _alike(ours: Any, theirs: Any) -> bool:
    """Compare; texts with markup as the trees that are left of them when both are cleaned."""
    if isinstance(ours, _Text) and isinstance(theirs, str):
        return str(ours) == theirs or ours.cleaned == markup.sanitised(theirs, ours.base)
    if isinstance(ours, str) and isinstance(theirs, _Text):
        return _alike(theirs, ours)
    if isinstance(ours, str) and isinstance(theirs, str) and ours.startswith(("http://", "https://")):
        return ours in (theirs, urls.absolute("", theirs))  # RFC 3986 6.2.2.1
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(ours.get(key) == value for key, value in theirs.items())
    return bool(ours == theirs)


class _Text(str):
    """A text of an entry, in its own words, that knows how it is cleaned."""

    base: str
    cleaned: str


def _text(value: str | None, kind: str, base: str) -> _Text:
    text = _Text(value or "")
    text.base, text.cleaned = (
        base,
        markup.sanitised(value or "" if kind == "html" else markup.escaped(value or ""), base),
    )
    return text


def _shown(entry: Entry) -> dict[str, Any]:
    """Return an entry of ours under the names that feedparser has for its parts."""
    title = _text(entry.title, entry.title_type, entry.base)
    summary = _text(entry.summary, entry.summary_type, entry.base)
    content = _text(entry.content, entry.content_type, entry.base)
    either = summary if entry.summary else content
    tags = [{"term": name, "label": name} for name in entry.categories]
    authors = [_person(person) for person in entry.authors]
    shown: dict[str, Any] = {
        "title": title,
        "title_detail": _detail(title, entry.title_type),
        "link": entry.trace.link,
        "id": entry.trace.guid,
        "guid": entry.trace.guid,
        "summary": either,
        "description": either,
        "summary_detail": _detail(either, entry.summary_type),
        "content": _contents(content, entry),
        "authors": authors,
        "author_detail": authors[0] if authors else {},
        "author": _named(authors[0]) if authors else "",
        "tags": tags,
        "categories": [(None, name) for name in entry.categories],
        "category": entry.categories[0] if entry.categories else None,
        "enclosures": [_file(one.url, one.type, one.length) for one in entry.enclosures],
    }
    for names, raw in ((("published", "issued"), entry.published), (("updated", "modified", "date"), entry.modified)):
        moment = dates.parse(raw) if raw else None
        for name in names:
            shown[name] = raw
            shown[f"{name}_parsed"] = tuple(moment.utctimetuple()) if moment else None
    return shown


def _detail(text: _Text, kind: str) -> dict[str, Any]:
    return {"value": text, "type": _Kind("text/html" if kind == "html" else "text/plain")}


def _contents(content: _Text, entry: Entry) -> list[dict[str, Any]]:
    """Return the content, and what is content elsewhere (RFC 4287 4.1.3.2)."""
    inline = [_detail(content, entry.content_type)] if entry.content else []
    return [*inline, *({"src": url} for rel, url in entry.links if rel == "content")]


class _Kind(str):
    """A media type; XHTML is HTML to us."""

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, "text/html" if other == "application/xhtml+xml" else other)

    __hash__ = str.__hash__


def _person(person: Person) -> dict[str, Any]:
    return {"name": person.name, "url": person.url, "href": person.url}


def _named(author: dict[str, Any]) -> str:
    return str(author["name"])


def _file(url: str, media_type: str | None, length: int | None) -> dict[str, Any]:
    return {"href": url, "url": url, "type": media_type, "length": None if length is None else str(length)}
