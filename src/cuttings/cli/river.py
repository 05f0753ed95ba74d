"""The river: run, collect, archive, publish."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuttings.cli import complete
from cuttings.cli.common import Settings, command, hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cuttings.config.values import Config
    from cuttings.curate.preview import Preview
    from cuttings.flow.archive import Archived
    from cuttings.flow.publish import Published
    from cuttings.model.source import Receipt

LOOKED = ("edited", "gone", "unchanged", "failed")  # what a look back may come to
LARGEST_INPUT = 64 * 2**20  # bytes on standard input

SourceNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SOURCE]...", help="Names or addresses of sources.", autocompletion=complete.sources),
]
FeedNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FEED]...", help="Names of feeds; none: all.", autocompletion=complete.feeds),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; tell what would change, and by which rule.")]
Targets = Annotated[list[str], typer.Argument(metavar="TARGET...", help="URLs, files, or - for a list on stdin.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module."""
    command(group, "run", "cuttings run", "cuttings -c /etc/cuttings/config.yaml run")(run)
    command(
        group,
        "collect",
        "cuttings collect                 what is due",
        "cuttings collect truthout        this one, now",
        "cuttings --json collect | jq .outcome",
    )(collect)
    command(
        group,
        "archive",
        "cuttings archive https://example.org/2026/an-article",
        "cuttings archive https://example.org/        the feed that this site names",
        "cuttings archive saved.html blogroll.opml old.warc.gz",
        "curl -s https://example.org/feed.xml | cuttings archive -",
    )(archive)
    command(group, "publish", "cuttings publish", "cuttings publish --dry-run front-page")(publish)


def run(settings: Settings) -> int:
    """Run the daemon: collect, publish and serve.

    It ends when it is asked to (Ctrl-C, SIGTERM), within ten seconds.
    """
    import asyncio
    import os
    from functools import partial

    from cuttings import daemon, logs
    from cuttings.config.load import load

    config = settings.load()
    logs.configure(verbose=settings.verbose, daemon=True)
    return asyncio.run(daemon.run(config, partial(load, settings.config, os.environ)))


def collect(settings: Settings, sources: SourceNames = None) -> int:
    """Visit the sources that are due, or the named ones now.

    Without names, pages of articles that are due are looked at again too, for edits and removals.

    A wish of the server (Retry-After, max-age) is kept even when you name the source: then nothing is sent, and you
    are told until when.
    """
    import asyncio

    config = settings.load()
    names = named(sources, [(one.name, one.address) for one in config.followed], "source") if sources else None
    _refuse_paused(config, names or ())
    receipts = asyncio.run(_collected(settings, config, names))
    if config.lists and names is None and (fresh := settings.load()).sources != config.sources:
        receipts = [*receipts, *asyncio.run(_collected(settings, fresh, None))]  # those that a list brought just now
    visits = [one for one in receipts if one.outcome != "waiting"]
    failed = [one for one in visits if one.outcome == "failed"]
    return int(bool(failed) and (names is not None or len(failed) == len(visits)))


def _refuse_paused(config: "Config", names: "Sequence[str]") -> None:
    from cuttings.errors import UsageError

    for source in config.sources:
        if source.paused and source.name in names:
            raise UsageError(f"{source.name} is paused; `cuttings source pause {source.name} --off` takes it up again")


async def _collected(settings: Settings, config: "Config", names: "Sequence[str] | None") -> "Sequence[Receipt]":
    from cuttings import app
    from cuttings.cli import tell

    with tell.progress("sources", len(names) if names else None, settings.json) as step:

        def report(receipt: "Receipt") -> None:
            step()
            if settings.json:
                tell.json_line(receipt_json(receipt))
            else:
                tell.receipt(receipt, config.site.timezone)

        async with app.opened(config, following=True) as opened:
            receipts = await opened.collect(names, report)
            looked = await opened.look_back() if names is None else {}
    if not settings.json:
        tell.aside(_summary(receipts))
        if told := ", ".join(f"{looked[one]} {one}" for one in LOOKED if looked.get(one)):
            tell.aside(f"articles looked at again: {told}")
    return receipts


def receipt_json(receipt: "Receipt") -> dict[str, Any]:
    """Return a receipt in its public form."""
    from cuttings.text.dates import rfc3339

    return {
        "source": receipt.source,
        "outcome": receipt.outcome,
        "new": receipt.new,
        "changed": receipt.changed,
        "error": receipt.error,
        "next": rfc3339(receipt.next) if receipt.next else None,
    }


def _summary(receipts: "Sequence[Receipt]") -> str:
    if not receipts:
        return "nothing is due"
    counts = {one: sum(receipt.outcome == one for receipt in receipts) for one in ("unchanged", "failed", "waiting")}
    parts = [f"{sum(one.new for one in receipts)} new", f"{sum(one.changed for one in receipts)} changed"]
    parts += [f"{count} {outcome}" for outcome, count in counts.items() if count]
    return f"{len(receipts)} {'source' if len(receipts) == 1 else 'sources'}: " + ", ".join(parts)


def archive(settings: Settings, targets: Targets) -> int:
    """Archive articles, feeds, sites or saved files, once.

    A target is the URL of an article, of a feed or of a site (its feed is looked for), a local .html .txt .xml .json
    .opml .warc or .warc.gz file, or - for one of these on standard input (an OPML list archives each feed it names).
    """
    import asyncio

    return asyncio.run(_archived(settings, settings.load(), targets))


async def _archived(settings: Settings, config: "Config", targets: "Sequence[str]") -> int:
    from cuttings import app
    from cuttings.cli import tell

    failed = 0
    async with app.opened(config) as opened, opened.archive.working():
        with tell.progress("targets", len(targets), settings.json) as step:
            for target in targets:
                done = await opened.archive_target(target, _standard_input() if target == "-" else None)
                step()
                failed += done.error is not None
                _tell_archived(settings, done)
    return int(failed > 0)


def _standard_input() -> bytes:
    import sys

    from cuttings.errors import UsageError

    body = sys.stdin.buffer.read(LARGEST_INPUT + 1)
    if len(body) > LARGEST_INPUT:
        raise UsageError(f"standard input has more than {LARGEST_INPUT // 2**20} MiB")
    return body


def _tell_archived(settings: Settings, done: "Archived") -> None:
    from cuttings.cli import tell

    if settings.json:
        tell.json_line({"target": done.target, "records": [one.id for one in done.records], "error": done.error})
        return
    for record in done.records:
        tell.line(f"{record.id}  {record.title or '(no title)'}")
    if done.error is not None:
        tell.aside(f"{done.target}: {done.error}")


def publish(settings: Settings, feeds: FeedNames = None, dry_run: DryRun = False) -> int:
    """Write the files of the feeds.

    What is there already and as it should be is not written again.
    """
    import asyncio

    config = settings.load()
    names = named(feeds, [(one.name, one.name) for one in config.feeds], "feed") if feeds else None
    asyncio.run((_previewed if dry_run else _published)(settings, config, names))
    return 0


async def _previewed(settings: Settings, config: "Config", names: "Sequence[str] | None") -> None:
    from cuttings import app
    from cuttings.app import checks
    from cuttings.cli import tell

    checks.check(config)
    async with app.opened(config) as opened:
        for found in await opened.preview(names):
            if settings.json:
                tell.json_line(asdict(found))
            else:
                _tell_preview(found)
    if not settings.json:
        tell.aside("nothing was written")


def _tell_preview(found: "Preview") -> None:
    from cuttings.cli import tell

    pages = f", {_counted(found.pages, 'page')} would close" if found.pages else ""
    moved = ", all files would be written anew" if found.moved else ""
    tell.line(f"{found.feed}: {_counted(len(found.changes), 'change')}{pages}{moved}")
    for one in found.changes:
        tell.line(f"  {one.what:<9}  {one.record}  {one.title or '(no title)'}  ({one.rule}: {one.fact})")


def _counted(number: int, word: str) -> str:
    return f"{number or 'no'} {word}" + ("" if number == 1 else "s")


async def _published(settings: Settings, config: "Config", names: "Sequence[str] | None") -> None:
    from cuttings import app
    from cuttings.cli import tell

    def report(done: "Published") -> None:
        if settings.json:
            tell.json_line(
                {"feed": done.feed, "entered": done.entered, "entries": done.entries, "written": done.written}
            )
        else:
            tell.line(f"{done.feed}: {done.entered} entered, {done.entries} shown, {done.written} files written")

    async with app.opened(config, following=True) as opened:
        await opened.publish(names, report)
    if not settings.json:
        tell.aside(f"published in {config.archive / 'published'}" if config.feeds else "no feeds are configured")


def named(words: "Sequence[str]", known: "Sequence[tuple[str, str]]", kind: str) -> list[str]:
    """Return the names that words stand for (a name, or the second of its pair), each once."""
    from cuttings.errors import UsageError

    names = {either: name for name, address in known for either in (address, name)}
    for word in words:
        if word not in names:
            raise UsageError(f"no {kind} is named {word}{hint(word, [name for name, _ in known])}")
    return list(dict.fromkeys(names[word] for word in words))
