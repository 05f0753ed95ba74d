"""The archive in one SQLite file, by apsw.  This package is the one door to it."""

from cuttings.archive.locks import sole_daemon
from cuttings.archive.sqlite.archive import FILE, SqliteArchive

__all__ = ["FILE", "SqliteArchive", "sole_daemon"]
