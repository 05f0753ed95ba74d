"""Files that are watched: what changed is read once it lies still."""

import os

from cuttings.daemon.watch import Watch


def changed(path, text):
    path.write_text(text)
    os.utime(path, ns=(1, len(text)))


def test_a_change_counts_once_it_lies_still_and_until_it_is_read(tmp_path):
    file = tmp_path / "config.yaml"
    changed(file, "a")
    watch = Watch([file])
    assert not watch.has_changed()

    changed(file, "half of")
    assert not watch.has_changed()
    changed(file, "half of it, and the rest")
    assert not watch.has_changed()
    assert watch.has_changed()

    watch.begin()
    watch.follow([file])
    assert not watch.has_changed()


def test_what_appears_vanishes_or_changes_in_a_folder_is_a_change(tmp_path):
    missing, theme = tmp_path / "picks.yaml", tmp_path / "theme"
    theme.mkdir()
    watch = Watch([missing, theme])

    for change in (
        lambda: changed(missing, "{}"),
        lambda: changed(theme / "feed.html", "new"),
        lambda: changed(theme / "feed.html", "newer"),
        missing.unlink,
    ):
        change()
        watch.has_changed()
        assert watch.has_changed()
        watch.begin()
        watch.follow([missing, theme])
        assert not watch.has_changed()


def test_what_changed_while_it_was_read_is_read_again(tmp_path):
    file, other = tmp_path / "config.yaml", tmp_path / "list.opml"
    changed(file, "a")
    watch = Watch([file])
    watch.begin()

    changed(file, "changed meanwhile")
    watch.follow([file, other])

    watch.has_changed()
    assert watch.has_changed()
