"""What a shell offers for a word that is being typed: names of sources and feeds, the beginnings of ids.

Quick or nothing: a large configuration is not read for it, and whatever goes
wrong here is silence.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import typer

LARGEST = 256 * 1024  # bytes of a configuration that is read while somebody waits at the prompt


def sources(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Return the names of sources that begin so."""
    return _names(ctx, "sources", incomplete)


def feeds(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Return the names of feeds that begin so."""
    return _names(ctx, "feeds", incomplete)


def ids(ctx: typer.Context, incomplete: str) -> Sequence[str]:
    """Return the ids of records that begin so, where two letters are there."""
    if len(incomplete) < 2:
        return []
    try:
        return _found(_config(ctx), incomplete)
    except Exception:
        return []


def _names(ctx: typer.Context, kind: str, incomplete: str) -> Sequence[str]:
    from cuttings.config.load import load

    try:
        file = _config(ctx)
        if file.stat().st_size > LARGEST:
            return []
        return [one.name for one in getattr(load(file, os.environ), kind) if one.name.startswith(incomplete)]
    except Exception:
        return []


def _config(ctx: typer.Context) -> Path:
    given = ctx.params.get("config") or ctx.find_root().params.get("config")
    return Path(given or os.environ.get("CUTTINGS_CONFIG") or "config.yaml")


def _found(file: Path, incomplete: str) -> Sequence[str]:
    import asyncio

    from cuttings import app
    from cuttings.config.load import load

    config = load(file if file.exists() else None, os.environ)

    async def found() -> Sequence[str]:
        async with app.opened(config) as opened:
            return await opened.archive.find(incomplete.lower())

    return asyncio.run(found()) if config.archive.is_dir() else []
