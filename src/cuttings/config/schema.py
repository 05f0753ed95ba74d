"""What a configuration may say: one typed schema, its units, and words for what is wrong.

Pure.  `check` turns plain values into a `ConfigFile` or into faults that name
the key and the nearest valid one; `json_schema` is the same for editors.
What this version does not have is refused by name, never passed over.
"""

import difflib
import ipaddress
import json
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from cuttings.config import hubs, sending
from cuttings.config.document import Where
from cuttings.text import urls, xml

NOT_YET = "not available in this version"

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SIZES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMG]i?B|B)")
_ENDPOINT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]*):(\d{1,5})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FEED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")  # becomes the name of files and a part of addresses


def _duration(value: Any) -> Any:
    if value is None or isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a time with its unit: 60s, 5m, 24h or 7d")
    return timedelta(**{_UNITS[found[2]]: float(found[1])})


def _size(value: Any) -> Any:
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a size with its unit, like 16 MiB")
    return int(float(found[1]) * _SIZES[found[2].replace("KB", "kB")])


def _endpoint(value: str) -> str:
    if value.strip().startswith("unix:"):
        return _one_line(value)
    found = _ENDPOINT.fullmatch(value.strip())
    if found is None or not 1 <= int(found[2]) <= 65535:
        raise ValueError("an address and a port, like 127.0.0.1:8080, or unix:PATH")
    return value.strip()


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.strip(), strict=False))
    except ValueError as error:
        raise ValueError("a network like 10.0.0.0/8 or ::1/128") from error


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("a control character or a line break in it")
    if not (trimmed := value.strip()):
        raise ValueError("empty")
    return trimmed


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('a language tag like en or de-AT (a quoted "no" is Norwegian)')
    return value


def _timezone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError of its own
        raise ValueError("a time zone like Europe/Berlin") from error
    except KeyError as error:
        raise ValueError("no such time zone; one like Europe/Berlin") from error


def source_url(value: str) -> str:
    """Return an address that can be followed.  Raises ValueError for what cannot."""
    try:
        parsed = urls.parse(value)
    except urls.UrlError as error:
        raise ValueError(str(error)) from error
    if parsed.userinfo is not None:
        raise ValueError("a name or password does not stand in an address; write `auth: ${NAME}` beside it")
    return value


def _site_url(value: str) -> str:
    source_url(value)
    if re.search(r"[?#]", value):
        raise ValueError("where the published files are reached: without ? and #")
    return value if value.endswith("/") else value + "/"


def _hubs(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _hub(value: str) -> str:
    if value in (hubs.AUTO, hubs.OWN, hubs.OFF):
        return value
    if "://" not in value:
        raise ValueError("one of auto, own, off is expected, or the address of a hub")
    return source_url(value)


def _which_hubs(values: list[str]) -> list[str]:
    if len(values) > 1 and not {hubs.AUTO, hubs.OFF}.isdisjoint(values):
        raise ValueError("`auto` and `off` stand alone; `own` may stand beside addresses")
    return values


def _contact(value: str) -> str:
    if re.fullmatch(r"(mailto:[^\s@<>()]+@[^\s@<>()]+|https?://[^\s<>()]+)", value, re.ASCII) is None:
        raise ValueError("mailto:you@example.org, or the address of a page about you")
    return value


def _archive(value: str) -> str:
    if re.match(r"postgres(ql)?:", value):
        raise ValueError(f"an archive in PostgreSQL is {NOT_YET}; write a folder")
    return _one_line(value)


def _feed_name(value: str) -> str:
    if not _FEED_NAME.fullmatch(value):
        raise ValueError("letters, digits, - and _ only, since it names files (front-page)")
    return value


def _only(allowed: Any) -> Callable[[Any], Any]:
    def refuse(value: Any) -> Any:
        if value != allowed or type(value) is not type(allowed):
            raise ValueError(f"another value than {json.dumps(allowed)} is {NOT_YET}")
        return value

    return refuse


_READ = BeforeValidator(_duration, json_schema_input_type=str)  # behind the bounds: these are then told in words
Every = Annotated[
    Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=30))] | None,
    BeforeValidator(lambda value: None if value == "auto" else _duration(value), json_schema_input_type=str),
]
Turn = Annotated[
    Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=366))] | None,
    BeforeValidator(lambda value: None if value is None else _duration(value), json_schema_input_type=str),
]
Size = Annotated[int, BeforeValidator(_size, json_schema_input_type=str)]
Line = Annotated[str, AfterValidator(_one_line), Field(max_length=500)]
FeedName = Annotated[str, AfterValidator(_feed_name)]
SourceUrl = Annotated[str, AfterValidator(source_url)]
Hubs = Annotated[
    Annotated[
        list[Annotated[str, AfterValidator(_hub)]], Field(min_length=1, max_length=5), AfterValidator(_which_hubs)
    ],
    BeforeValidator(_hubs, json_schema_input_type=str | list[str]),
]
Language = Annotated[str, AfterValidator(_language)]
Extent = Literal["full", "summary", "link"]


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {key: value for key, value in values.items() if value is not None or key not in cls.model_fields}


class SiteKeys(_Keys):
    """Under whose name, and where, feeds are published."""

    title: Line = "My cuttings"
    url: Annotated[str, AfterValidator(_site_url)] = "http://localhost:8080/"
    language: Language = "en"
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    contact: Annotated[str, AfterValidator(_contact)] | None = None
    theme: Line | None = None


class ServerKeys(_Keys):
    """Where the daemon listens."""

    listen: Annotated[str, AfterValidator(_endpoint)] = "127.0.0.1:8080"
    desk: Annotated[str, AfterValidator(_endpoint)] = "127.0.0.1:8081"


class FetchKeys(_Keys):
    """How the network is used."""

    concurrency: Annotated[int, Field(ge=1, le=1000)] = 64
    timeout: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(hours=1)), _READ] = timedelta(seconds=60)
    max_body: Annotated[Size, Field(ge=1024, le=2**30)] = 16 * 2**20
    pace: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(minutes=10)), _READ] = timedelta(seconds=1)
    allow_networks: list[Annotated[str, AfterValidator(_network)]] = []
    allow_ports: list[Annotated[int, Field(ge=1, le=65535)]] = [80, 443, 8080, 8443]


class ScheduleKeys(_Keys):
    """How often sources are visited."""

    at_least: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=1)), _READ] = timedelta(minutes=5)
    at_most: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=7)), _READ] = timedelta(hours=24)
    budget: Annotated[int, Field(ge=1, le=10**9)] | None = None


def _selector(value: str) -> str:
    xml.select(xml.make("html"), value)
    return value


Headers = Annotated[dict[str, str], AfterValidator(sending.headers)]
Auth = Annotated[str, AfterValidator(sending.authorization)] | None


class SourceKeys(_Keys):
    """One source: an address or a folder, and how it is treated."""

    name: Line | None = None
    url: SourceUrl | None = None
    path: Line | None = None
    kind: Literal["auto", "feed", "page", "sitemap"] = "auto"
    selector: Annotated[Line, AfterValidator(_selector)] | None = None
    headers: Headers = {}
    auth: Auth = None
    full_text: Literal["auto", "page", "feed"] = "auto"
    republish: Extent | None = None
    tags: list[Line] = []
    every: Every = None
    formerly: list[Line] = []
    paused: bool = False

    @model_validator(mode="after")
    def _one_place(self) -> "SourceKeys":
        if (self.url is None) == (self.path is None):
            raise ValueError("either `url` (an address) or `path` (a folder) is expected, and not both")
        return self

    @model_validator(mode="after")
    def _fitting(self) -> "SourceKeys":
        if self.path is not None and (self.kind != "auto" or self.headers or self.auth):
            raise ValueError("`kind`, `headers` and `auth` have no meaning for a folder")
        if self.selector is not None and self.kind != "page":
            raise ValueError("`selector` says which links of a page lead to articles: it goes with `kind: page`")
        return self


class IncludeKeys(_Keys):
    """Sources that stand in a list of their own: a file, or an address."""

    include: Line
    headers: Headers = {}
    auth: Auth = None

    @model_validator(mode="after")
    def _fitting(self) -> "IncludeKeys":
        if "://" not in self.include and (self.headers or self.auth):
            raise ValueError("`headers` and `auth` have no meaning for a file")
        return self


class SelectKeys(_Keys):
    """What a feed selects: keys join by and, values within one by or."""

    sources: list[Line] = []
    tags: list[Line] = []
    languages: list[Language] = []
    any_words: list[Line] = []
    none_words: list[Line] = []
    authors: list[Line] = []
    newer_than: Annotated[timedelta, Field(gt=timedelta(0)), _READ] | None = None
    where: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None


class FeedKeys(_Keys):
    """One feed that is published."""

    name: FeedName
    title: Line | None = None
    kind: Literal["revisions", "replay"] | None = None
    of: FeedName | None = None
    every: Turn = None
    select: SelectKeys = SelectKeys()
    approval: Literal["auto", "desk"] = "auto"
    content: Extent = "summary"
    duplicates: Literal["collapse", "keep"] = "collapse"
    revisions: Literal["ignore", "update", "announce"] = "update"
    size: Annotated[int, Field(ge=1, le=10_000)] = 50
    private: Annotated[Literal[False], BeforeValidator(_only(False))] = False
    formerly: list[FeedName] = []

    @model_validator(mode="after")
    def _made_of_another(self) -> "FeedKeys":
        if (self.kind is None) != (self.of is None):
            raise ValueError("`kind` (revisions or replay) and `of` (the feed that it is made of) go together")
        if (self.kind == "replay") != (self.every is not None):
            raise ValueError("`kind: replay` and `every` (the time from one instalment to the next: 1d) go together")
        for key in ("approval", "duplicates", "revisions"):
            if self.kind and key in self.model_fields_set:
                raise ValueError(f"`{key}` has no meaning in a feed of {self.kind}")
        return self


def _kind_of_source(value: Any) -> str:
    if isinstance(value, dict):
        return "include" if "include" in value else "source"
    return "address"


SourceItem = Annotated[
    Annotated[SourceUrl, Tag("address")]
    | Annotated[SourceKeys, Tag("source")]
    | Annotated[IncludeKeys, Tag("include")],
    Discriminator(_kind_of_source),
]


class ConfigFile(_Keys):
    """The whole file."""

    archive: Annotated[str, AfterValidator(_archive)] = "archive/"
    site: SiteKeys = SiteKeys()
    server: ServerKeys = ServerKeys()
    fetch: FetchKeys = FetchKeys()
    schedule: ScheduleKeys = ScheduleKeys()
    sources: list[SourceItem] = []
    feeds: list[FeedKeys] = []
    picks: Line = "picks.yaml"
    hub: Hubs = [hubs.AUTO]
    push: Literal["auto", "on", "off"] = "auto"
    heartbeat: SourceUrl | None = None


class Problem(NamedTuple):
    """One fault of plain values: where, and in words what would be right."""

    where: Where
    words: str


def check(values: Any, hidden: AbstractSet[Where] = frozenset()) -> tuple[ConfigFile, list[Problem]]:
    """Return the values as typed keys (None says nothing), and what is wrong; with faults the keys are the defaults.

    Values at `hidden` are never repeated.
    """
    try:
        return ConfigFile.model_validate({} if values is None else values), []
    except ValidationError as error:
        return ConfigFile(), [_problem(detail, hidden) for detail in error.errors()]


def json_schema() -> dict[str, Any]:
    """Return the schema of the file for editors (JSON Schema 2020-12)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ConfigFile.model_json_schema()}


def nearest(word: str, words: Sequence[str]) -> str:
    """Return "; did you mean X?" where one of the words is near, else ""."""
    found = difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


_SECTIONS: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): ConfigFile,
    ("site",): SiteKeys,
    ("server",): ServerKeys,
    ("fetch",): FetchKeys,
    ("schedule",): ScheduleKeys,
    ("sources",): SourceKeys,
    ("feeds",): FeedKeys,
    ("feeds", "select"): SelectKeys,
}

_WANTED = {
    "string_type": "a text is expected",
    "int_type": "a whole number is expected",
    "int_parsing": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "list_type": "a list is expected, like [a, b]",
    "model_type": "keys and values are expected",
    "time_delta_type": "a time with its unit is expected: 60s, 5m, 24h or 7d",
    "missing": "is missing",
}


def _problem(detail: ErrorDetails, hidden: AbstractSet[Where]) -> Problem:
    where = _where(detail["loc"])
    return Problem(where, _words(detail, where, where in hidden))


def _where(loc: Where) -> Where:
    """Return the path without the tag that tells kinds of source items apart."""
    return loc[:2] + loc[3:] if len(loc) > 2 and loc[0] == "sources" else loc


def _words(detail: ErrorDetails, where: Where, secret: bool) -> str:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "extra_forbidden":
        return _unknown(where)
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        expected = re.findall(r"'([^']*)'", context["expected"])
        return f"one of {', '.join(expected)} is expected" + ("" if secret else nearest(str(value), expected))
    if kind in ("greater_than_equal", "less_than_equal"):
        least = kind == "greater_than_equal"
        return f"at {'least' if least else 'most'} {context['ge' if least else 'le']}"
    return _WANTED.get(kind, detail["msg"])


def _unknown(where: Where) -> str:
    section = tuple(step for step in where[:-1] if isinstance(step, str))
    key = str(where[-1])
    known = list(_SECTIONS[section].model_fields) if section in _SECTIONS else []
    return "unknown key" + (nearest(key, known) or (f"; known are {', '.join(known)}" if known else ""))
