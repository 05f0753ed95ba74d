"""Small real classes that keep the ports' promises without a network, a disk or a process."""

import importlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cuttings.errors import ArchiveDamaged
from cuttings.model.article import SourceKey
from cuttings.model.capture import (
    CaptureRef,
    Document,
    Exchange,
    Failed,
    Fetched,
    NotModified,
    Outcome,
    Request,
    Validators,
)
from cuttings.model.source import Capture
from cuttings.text.digest import sha256
from tests.builders import NOW


@dataclass
class Ticking:
    """A clock that is set by hand; calling it tells the time."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, wait: timedelta) -> None:
        self.now += wait


async def at_once(request: Request) -> None:
    """Answer without delay."""


@dataclass
class Scripted:
    """A fetcher that answers, after `before`, from a script: a URL's bodies or outcomes, the last one for ever."""

    clock: Ticking
    script: dict[str, list[bytes | Failed | Fetched]]
    asked: list[Request] = field(default_factory=list)
    before: Callable[[Request], Awaitable[None]] = at_once

    async def fetch(self, request: Request) -> Outcome:
        self.asked.append(request)
        await self.before(request)
        answers = self.script.get(request.url)
        if answers is None:
            return Failed(reason="404 Not Found", at=self.clock(), status=404)
        answer = answers[0] if len(answers) == 1 else answers.pop(0)
        if not isinstance(answer, bytes):
            return replace(answer, at=self.clock())
        etag = b'"%s"' % sha256(answer).hex()[:8].encode()
        if request.validators.etag == etag:
            return NotModified(at=self.clock(), validators=request.validators)
        return fetched(request.url, answer, self.clock(), validators=Validators(etag=etag, url=request.url))


def fetched(url: str, body: bytes, now: datetime = NOW, **changes: Any) -> Fetched:
    """Return a body that came over HTTP."""
    media = "text/html" if body.lstrip()[:5].lower() in (b"<html", b"<!doc") else "application/xml"
    exchange = Exchange(url=url, at=now, request=b"", answer=body, payload_sha256=sha256(body), address="192.0.2.1")
    whole = Fetched(
        document=Document(body=body, url=url, headers={"content-type": media}),
        at=now,
        sha256=sha256(body),
        exchanges=(exchange,),
    )
    return replace(whole, **changes)


class InlineSandbox:
    """A sandbox without walls: runs the function here."""

    async def run(self, function: str, *arguments: Any) -> Any:
        module, _, name = function.partition(":")
        return getattr(importlib.import_module(module), name)(*arguments)


@dataclass
class MemoryCaptures:
    """Captures that are remembered and never written; `kept` is in the order they came."""

    kept: list[Capture] = field(default_factory=list)
    revisits: int = 0
    exchanges: list[Exchange | None] = field(default_factory=list)

    async def keep(
        self, fetched: Fetched, source: SourceKey | None, same_as: Capture | None = None
    ) -> Sequence[Capture]:
        self.revisits += same_as is not None
        payload = fetched.exchanges[-1].payload_sha256 if fetched.exchanges else fetched.sha256
        capture = Capture(
            ref=CaptureRef(file="captures/memory.warc.gz", offset=len(self.kept)),
            url=fetched.document.url,
            at=fetched.at,
            payload_sha256=payload,
            record_id=f"<urn:uuid:00000000-0000-4000-8000-{len(self.kept):012}>",
        )
        self.kept.append(capture)
        self.exchanges.append(fetched.exchanges[-1] if fetched.exchanges else None)
        return [capture]

    async def read(self, ref: CaptureRef) -> Exchange:
        exchange = self.exchanges[ref.offset]
        if exchange is None:
            raise ArchiveDamaged("nothing there")
        return exchange


@dataclass
class MemoryFolders:
    """One folder of files, by path; a file's stamp is its content."""

    files: Mapping[str, bytes]
    now: datetime = NOW

    async def walk(self, folder: str) -> Sequence[tuple[str, str]]:
        return [(path, sha256(body).hex()) for path, body in sorted(self.files.items())]

    async def read(self, folder: str, path: str) -> Fetched:
        body = self.files[path]
        document = Document(body=body, url=f"file://{folder}/{path}")
        return Fetched(document=document, at=self.now, sha256=sha256(body))
