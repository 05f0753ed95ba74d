"""What publishing needs besides an archive, small and real: an outlet and a cache in memory, formats one can read.

The outlet, and the ledger, can be killed between any two writes.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from cuttings.flow.publish import Publisher
from cuttings.model.feed import Format, Item, Presentation, Sheet, Site, path_of
from cuttings.ports import Archive, Ledger

SITE = Site(title="My cuttings", url="https://cuttings.example/")


class Killed(Exception):
    """The process ended here."""


class Fuse:
    """Burns down with every step that lasts; at its end the process is killed."""

    def __init__(self) -> None:
        self.left: int | None = None

    def burn(self) -> None:
        """Come one step nearer to the end."""
        if self.left is not None:
            if self.left == 0:
                raise Killed
            self.left -= 1


class MemoryOutlet:
    """Keeps `ports.Outlet` in a dictionary; `after` is called after every single write."""

    def __init__(self, fuse: Fuse | None = None) -> None:
        self.files: dict[str, tuple[bytes, datetime]] = {}
        self.written: list[str] = []
        self.after: Callable[[str], None] = lambda path: None
        self._fuse = fuse or Fuse()

    async def put(self, path: str, body: bytes, at: datetime) -> None:
        self._fuse.burn()
        self.files[path] = (body, at)
        self.written.append(path)
        self.after(path)

    async def time_of(self, path: str) -> datetime | None:
        return self.files[path][1] if path in self.files else None

    async def read(self, path: str) -> bytes | None:
        return self.files[path][0] if path in self.files else None

    async def times(self, folder: str) -> dict[str, datetime | None]:
        return {path: at for path, (_, at) in self.files.items() if path.startswith(f"{folder}/")}

    async def remove(self, path: str) -> None:
        self._fuse.burn()
        if self.files.pop(path, None):
            self.after(path)


class MemoryCache(dict[bytes, bytes]):
    """Keeps `ports.Cache`."""

    def put(self, key: bytes, body: bytes) -> None:
        self[key] = body


class Inline(ThreadPoolExecutor):
    """Runs at once what others would run in a thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


def form(name: str, version: int = 1) -> Format:
    """Return a format that says all there is to say, as JSON."""
    entry, document = partial(_entry, version), partial(_document, name, version)
    return Format(name=name, suffix=name, media_type="text/plain", version=version, entry=entry, document=document)


def feed_ids() -> Iterator[str]:
    """Yield ids as they would be minted for feeds."""
    return (f"urn:uuid:3d6c4d0e-0000-4000-8000-{number:012}" for number in itertools.count(1))


def publisher(
    archive: Archive, ledger: Ledger, outlet: MemoryOutlet, clock: Callable[[], datetime], **changes: Any
) -> Publisher:
    """Return a publisher of two formats."""
    values: dict[str, Any] = {"formats": (form("one"), form("two")), "site": SITE, "cache": MemoryCache()}
    values["mint"] = partial(next, feed_ids())
    return Publisher(archive=archive, ledger=ledger, outlet=outlet, clock=clock, **(values | changes))


def _entry(version: int, presentation: Presentation, item: Item) -> bytes:
    said = {
        "id": item.published_id,
        "record": item.record.id,
        "revision": item.record.revision,
        "title": item.title,
        "note": item.note,
        "updated": item.updated.isoformat(),
        "extent": item.extent,
        "origin": item.origin.title,
        "link": item.link,
        "by": presentation.site_title,
        "version": version,
    }
    return json.dumps(said).encode()


def _document(name: str, version: int, presentation: Presentation, sheet: Sheet, parts: Sequence[bytes]) -> bytes:
    said = {
        "format": name,
        "version": version,
        "id": presentation.feed_id,
        "title": presentation.title,
        "site": presentation.site_url,
        "updated": sheet.updated.isoformat(),
        "items": [json.loads(part) for part in parts],
        "prev": sheet.prev and path_of(presentation.name, sheet.prev, name),
        "next": sheet.next and path_of(presentation.name, sheet.next, name),
    }
    return json.dumps(said).encode()
