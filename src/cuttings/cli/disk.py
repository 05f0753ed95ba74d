"""What an archive takes on the disk, by part and by month.  Looks at sizes, opens nothing."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MOST = 500_000  # files that are looked at; who has more wants to know it soon all the same

PARTS = ("captures", "published", "cache")


@dataclass(frozen=True, slots=True)
class Used:
    """Bytes by part of the archive (what is in none is the database's), captures by month (2026-11)."""

    parts: Mapping[str, int]
    months: Mapping[str, int] = field(default_factory=dict)
    whole: bool = True  # False: there are more files than were looked at

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.parts.values())


def used(archive: Path) -> Used:
    """Return what the files below an archive's folder take."""
    parts = dict.fromkeys((*PARTS, "database"), 0)
    months: dict[str, int] = {}
    for seen, (folder, size) in enumerate(_files(archive), 1):
        part, *below = folder or ("",)
        parts[part if part in PARTS else "database"] += size
        if part == "captures" and len(below) >= 2:
            month = "-".join(below[:2])
            months[month] = months.get(month, 0) + size
        if seen == MOST:
            return Used(parts, months, whole=False)
    return Used(parts, months)


def _files(root: Path) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield (folders below the root, bytes on the disk) of each file; what goes away meanwhile is passed over."""
    waiting: list[tuple[str, tuple[str, ...]]] = [(str(root), ())]
    while waiting:
        path, below = waiting.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, (*below, entry.name)))
                    else:
                        yield below, entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue
