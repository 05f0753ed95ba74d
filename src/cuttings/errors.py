"""What can go wrong by our own doing; what the world does wrong is a value (`model.capture.Failed`).

    CuttingsError
    ├── UsageError              the caller's words are off                     exit 2
    │   ├── ConfigError         ... in a file: it names file, line and key     exit 2
    │   └── ConfigErrors        all of them, of one configuration              exit 2
    ├── ParseError              a document cannot be read; becomes `Failed` one floor up
    │   └── GaveUp              ... by our reader, in time or memory; it may be good
    └── ArchiveError            the archive did not do what was asked
        ├── ArchiveDamaged      it is not what we once wrote                   exit 3
        └── ArchiveUnavailable  busy, full or not ours to write                exit 4
            └── ArchiveReadOnly it can be read, and not be written             exit 4

Each carries its facts as attributes and keeps its cause (`raise ... from error`).
"""

from collections.abc import Sequence
from pathlib import Path


class CuttingsError(Exception):
    """The root: everything that `cuttings` raises on purpose."""

    exit_code = 1


class UsageError(CuttingsError):
    """A command or an option does not make sense; the message says which would."""

    exit_code = 2


class ConfigError(UsageError):
    """One fault of a configuration file.  `line` counts from 1, None when the fault is of the whole file."""

    def __init__(self, problem: str, *, file: str, line: int | None = None, key: str | None = None) -> None:
        self.problem, self.file, self.line, self.key = problem, file, line, key
        where = file if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")


class ConfigErrors(UsageError):
    """All faults of a configuration, in the order of the file; `includes` are the further files that it names."""

    def __init__(self, errors: Sequence[ConfigError], includes: Sequence[Path] = ()) -> None:
        self.errors, self.includes = tuple(errors), tuple(includes)
        super().__init__("\n".join(map(str, errors)))


class ParseError(CuttingsError):
    """A document that cannot be read at all; `url` is where it came from.

    `instead` is what came where something else was wanted, if that is known
    ("page", "login", "parked").
    """

    def __init__(self, url: str, problem: str, instead: str | None = None) -> None:
        self.url, self.problem, self.instead = url, problem, instead
        super().__init__(f"{url}: {problem}")


class GaveUp(ParseError):
    """Our reader ran out of time or memory, or failed: the document may be good, and be read at another time."""


class ArchiveError(CuttingsError):
    """The archive could not do what was asked; nothing of the request was kept."""


class ArchiveDamaged(ArchiveError):
    """The archive holds something that we never wrote."""

    exit_code = 3


class ArchiveUnavailable(ArchiveError):
    """The archive is busy, full, read-only or in use by another daemon; try again when that has changed."""

    exit_code = 4


class ArchiveReadOnly(ArchiveUnavailable):
    """The archive lies where we cannot write; what is there can be read and served."""
