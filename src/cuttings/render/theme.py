"""The templates of pages: ours, and those of a theme that go before them.  The one door to jinja2.

A theme is a folder of the operator's own.  It is read once, whole, so that
pages are a function of what was read, and its digest is part of the format's
version.  All text is escaped; a theme runs in jinja2's sandbox, which keeps it
from files and programs, not from writing what it likes into a page.
Serves THREATS X3, X4; DESIGN 4 `site.theme`.
"""

import base64
import hashlib
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from cuttings.errors import ConfigError, ConfigErrors
from cuttings.model.feed import path_of
from cuttings.text import dates

log = logging.getLogger(__name__)

OURS = "ours/"  # before a name: our template of that name, for a theme that changes a part of it
KEY = "site.theme"
LARGEST = 1 << 20  # bytes of a theme's file
MOST = 200  # files of a theme
SUFFIXES = (".html", ".css")
SYNDICATED = (  # in the order that feed readers should prefer them
    ("atom", "Atom", "application/atom+xml"),
    ("rss", "RSS", "application/rss+xml"),
    ("json", "JSON Feed", "application/feed+json"),
)

_FOLDER = Path(__file__).parent / "templates"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read(folder: Path) -> Mapping[Path, str]:
    """Return the templates and styles of a folder.  Raises ConfigErrors where it, or one of them, cannot be read."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    except OSError as error:
        raise ConfigErrors([ConfigError(f"cannot be read: {error.strerror}", file=str(folder), key=KEY)]) from error
    if len(paths) > MOST:
        raise ConfigErrors([ConfigError(f"more than {MOST} templates", file=str(folder), key=KEY)])
    texts: dict[Path, str] = {}
    faults: list[ConfigError] = []
    for path in paths:
        try:
            texts[path] = _text_of(path)
        except (OSError, ValueError) as error:
            faults.append(ConfigError(f"cannot be read: {error}", file=str(path), key=KEY))
    if faults:
        raise ConfigErrors(faults)
    return texts


class Templates:
    """Our templates, and before them those of a theme (its files with their texts)."""

    def __init__(self, theme: Mapping[Path, str] | None = None) -> None:
        self._theme = {path.name: (text, str(path)) for path, text in (theme or {}).items()}
        self._texts = {name: (text, "") for name, text in _ours.items()} | self._theme
        style = self._texts["style.css"][0] + self._texts.get("extra.css", ("",))[0]
        self.style = Markup(style)  # noqa: S704  without "</", as `faults` looks
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src http: https: data:; "
            "base-uri 'none'; form-action 'none'"
        )
        self._environment = self._made(ImmutableSandboxedEnvironment if theme else Environment)

    @property
    def digest(self) -> bytes:
        """What differs where any page may."""
        return hashlib.sha256(repr(sorted((name, text) for name, (text, _) in self._texts.items())).encode()).digest()

    def render(self, template: str, **names: Any) -> bytes:
        """Return a page, or a part of one.  Raises what goes wrong in a theme; see `fault`."""
        return self._environment.get_template(template).render(**names).encode("utf-8", "replace")

    def faults(self) -> list[ConfigError]:
        """Return what is wrong with the theme's files as they are written."""
        found = [
            ConfigError('"</" may not stand in a style', file=file, line=before.count("\n") + 1, key=KEY)
            for name, (text, file) in self._theme.items()
            for before, mark, _ in [text.partition("</")]
            if mark and name.endswith(".css")
        ]
        for name in (name for name in self._theme if name.endswith(".html")):
            try:
                self._environment.get_template(name)
            except TemplateError as error:
                found.append(self.fault(error, name))
        return found

    def fault(self, error: Exception, template: str) -> ConfigError:
        """Return what went wrong with the file and line where it did, the template's own where that is unknown."""
        file, line = self._texts[template][1], None
        files = {file for _, file in self._theme.values()}
        if isinstance(error, TemplateSyntaxError):
            file, line = error.filename or file, error.lineno
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if frame.filename in files:
                    file, line = frame.filename, frame.lineno
        return ConfigError(f"{str(error) or type(error).__name__}"[:500], file=file, line=line, key=KEY)

    def _made(self, kind: type[Environment]) -> Environment:
        made = kind(
            loader=FunctionLoader(self._source),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.filters.update(day=_day, minute=_minute, stamp=dates.rfc3339)
        made.globals.update(style=self.style, policy=self.policy, syndicated=SYNDICATED, path_of=path_of)
        return made

    def _source(self, name: str) -> tuple[str, str | None, None] | None:
        if name.startswith(OURS):
            text, file = _ours.get(name.removeprefix(OURS)), ""
        else:
            text, file = self._texts.get(name, (None, ""))
        return None if text is None else (text, file or None, None)


def _day(when: date, year: bool = True) -> str:
    utc = when.astimezone(UTC) if isinstance(when, datetime) else when
    return f"{utc.day} {_MONTHS[utc.month - 1]}" + (f" {utc.year}" if year else "")


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        body = file.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ValueError(f"larger than {LARGEST >> 20} MiB")
    return body.decode("utf-8-sig")


_ours = {path.name: _text_of(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in SUFFIXES}
