"""Lists of sources that live at an address: what was last read of each, as a file of ours in the archive.

Pure, but for reading that file.  The list itself is foreign: it is read in the
sandbox (`config.opml`), and only what it came to is kept, by `kept` below.
"""

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cuttings.config.opml import Outline
from cuttings.text import urls
from cuttings.text.digest import sha256

FOLDER = "lists"  # below the archive
MOST = 2_000  # sources of one list: who keeps it decides whom we ask
LARGEST = 16 * 2**20  # bytes of what is kept of one


def name_of(address: str) -> str:
    """Return the name of the file that holds what was last read at an address."""
    return f"{sha256(address.encode()).hex()[:32]}.json"


def label_of(address: str) -> str:
    """Return what a list is called: its file's name, else its host."""
    parts = urlsplit(address)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return last[:100] if last.isprintable() and last else (parts.hostname or "list")


def kept(address: str, outlines: Sequence[Outline]) -> bytes:
    """Return what is kept of a list."""
    sources = [{"url": one.url, "title": one.title, "tags": one.tags} for one in outlines[:MOST]]
    return json.dumps({"list": urls.masked(address), "sources": sources}, indent=1).encode() + b"\n"


def read(file: Path) -> Sequence[Outline]:
    """Return what a file keeps of a list, nothing where there is none yet.  Raises ValueError for any other file."""
    try:
        with file.open("rb") as stream:
            body = stream.read(LARGEST)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    try:
        return [_outline(one) for one in islice(json.loads(body)["sources"], MOST)]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError("is not as we wrote it") from error


def _outline(kept: Any) -> Outline:
    title, tags = kept.get("title"), tuple(str(tag) for tag in kept.get("tags", ()))
    url = str(kept["url"])
    urls.parse(url)
    return Outline(url, None if title is None else str(title), tags)
