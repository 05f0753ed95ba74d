"""Published files: the old or the new, never a mix; and a cache that is never believed blindly."""

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cuttings import outlet as module
from cuttings.errors import ArchiveUnavailable
from cuttings.outlet import FolderCache, FolderOutlet

AT = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
PATH = "feeds/front-page.rss"
KEY = bytes(range(16))


@pytest.fixture
def outlet(tmp_path: Path) -> FolderOutlet:
    return FolderOutlet(tmp_path / "published")


async def test_a_file_is_put_with_its_packed_twin_and_its_time(outlet: FolderOutlet, tmp_path: Path) -> None:
    await outlet.put(PATH, b"<rss/>", AT)

    file = tmp_path / "published" / PATH
    assert file.read_bytes() == b"<rss/>"
    assert gzip.decompress(file.with_name("front-page.rss.gz").read_bytes()) == b"<rss/>"
    assert await outlet.time_of(PATH) == AT


async def test_the_same_body_gives_the_same_packed_bytes(outlet: FolderOutlet, tmp_path: Path) -> None:
    packed = tmp_path / "published" / f"{PATH}.gz"
    await outlet.put(PATH, b"<rss/>", AT)
    first = packed.read_bytes()

    await outlet.put(PATH, b"<rss/>", AT + timedelta(days=1))

    assert packed.read_bytes() == first


@pytest.mark.parametrize("missing", ["front-page.rss", "front-page.rss.gz"])
async def test_half_a_file_has_no_time(outlet: FolderOutlet, tmp_path: Path, missing: str) -> None:
    await outlet.put(PATH, b"<rss/>", AT)

    (tmp_path / "published" / "feeds" / missing).unlink()

    assert await outlet.time_of(PATH) is None


async def test_a_file_whose_twin_is_of_another_time_has_no_time(outlet: FolderOutlet, tmp_path: Path) -> None:
    await outlet.put(PATH, b"<rss/>", AT)

    os.utime(tmp_path / "published" / f"{PATH}.gz", (0, 0))

    assert await outlet.time_of(PATH) is None


async def test_what_was_never_there_has_no_time_and_is_not_listed(outlet: FolderOutlet) -> None:
    assert await outlet.time_of(PATH) is None
    assert list(await outlet.times("feeds")) == []


async def test_files_are_listed_once_with_their_times_and_without_their_twins(
    outlet: FolderOutlet, tmp_path: Path
) -> None:
    await outlet.put("index.html", b"i", AT)
    await outlet.put("feeds/a.rss", b"a", AT)
    await outlet.put("feeds/a/archive/000001.rss", b"p", AT)
    (tmp_path / "published" / "feeds" / "a.rss").unlink()  # a lone twin is still something to delete

    assert list(await outlet.times("feeds")) == ["feeds/a.rss", "feeds/a/archive/000001.rss"]
    assert list(await outlet.times("")) == ["feeds/a.rss", "feeds/a/archive/000001.rss", "index.html"]


async def test_what_a_killed_process_left_is_swept_and_what_we_write_is_not(
    outlet: FolderOutlet, tmp_path: Path
) -> None:
    await outlet.put(PATH, b"<rss/>", AT)
    feeds = tmp_path / "published" / "feeds"
    left = feeds / f".{os.getpid()}-0badbeef-0.part"  # in a container the next daemon has the same process id
    ours = feeds / f".{os.getpid()}-{module._LIFE}-999999.part"
    left.touch()
    ours.touch()

    await outlet.sweep()

    assert (left.exists(), ours.exists()) == (False, True)


async def test_removing_takes_the_twin_and_empty_folders_and_may_be_repeated(
    outlet: FolderOutlet, tmp_path: Path
) -> None:
    await outlet.put("index.html", b"i", AT)
    await outlet.put("feeds/old/archive/000001.rss", b"p", AT)

    await outlet.remove("feeds/old/archive/000001.rss")
    await outlet.remove("feeds/old/archive/000001.rss")

    assert sorted(path.name for path in (tmp_path / "published").iterdir()) == ["index.html", "index.html.gz"]


@pytest.mark.parametrize(
    "path", ["../escape", "/etc/passwd", "feeds/../../x", "feeds//x", ".hidden", "feeds/.x", "a\0b", "feeds/"]
)
async def test_a_path_that_leads_out_or_hides_is_refused(outlet: FolderOutlet, path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        await outlet.put(path, b"x", AT)


async def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(outlet: FolderOutlet, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep me")
    (tmp_path / "published" / "feeds").mkdir(parents=True)
    (tmp_path / "published" / PATH).symlink_to(precious)

    await outlet.put(PATH, b"<rss/>", AT)

    assert precious.read_bytes() == b"keep me"
    assert not (tmp_path / "published" / PATH).is_symlink()


async def test_a_disk_that_fails_is_said_in_our_words_and_leaves_the_old_file(
    outlet: FolderOutlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await outlet.put(PATH, b"old", AT)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveUnavailable, match="No space left"):
        await outlet.put(PATH, b"new", AT)

    feeds = tmp_path / "published" / "feeds"
    assert (tmp_path / "published" / PATH).read_bytes() == b"old"
    assert sorted(path.name for path in feeds.iterdir()) == ["front-page.rss", "front-page.rss.gz"]


def test_the_cache_gives_back_what_was_put(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache")

    cache.put(KEY, b"<item/>")

    assert cache.get(KEY) == b"<item/>"
    assert cache.get(b"other") is None


@pytest.mark.parametrize("mangled", [b"", b"short", b"\0" * 40])
def test_a_mangled_entry_of_the_cache_is_not_believed(tmp_path: Path, mangled: bytes) -> None:
    cache = FolderCache(tmp_path / "cache")
    cache.put(KEY, b"<item/>")

    [file] = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    file.write_bytes(mangled)

    assert cache.get(KEY) is None


def test_a_cache_that_cannot_be_written_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    cache = FolderCache(tmp_path / "cache")

    cache.put(KEY, b"<item/>")

    assert cache.get(KEY) is None


def test_pruning_the_cache_takes_what_was_put_long_ago(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache")
    cache.put(KEY, b"old")
    for path in (tmp_path / "cache").rglob("*"):
        os.utime(path, (0, 0))
    cache.put(b"newer", b"new")

    cache.prune(datetime(1980, 1, 1, tzinfo=UTC))

    assert (cache.get(KEY), cache.get(b"newer")) == (None, b"new")
