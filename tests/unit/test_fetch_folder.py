"""A folder of saved files, read without ever leaving it."""

import os
from datetime import UTC, datetime

import pytest

from cuttings.fetch import folder
from cuttings.fetch.folder import Found, LocalFolders
from cuttings.text.digest import sha256
from tests.builders import NOW


def lay(root, **files: str):
    """Write files; `__` in a name stands for a slash, `_` for a dot."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_files_we_read_are_found_by_path(tmp_path):
    lay(tmp_path, b_html="bb", a__c_TXT="c", a__d_xml="d", a__e_json="e", z_rss="r", y_atom="y", x_htm="x", n_pdf="n")
    os.utime(tmp_path / "b.html", (1_700_000_000, 1_700_000_000))

    found = folder.walk(tmp_path)

    assert [file.path for file in found] == ["a/c.TXT", "a/d.xml", "a/e.json", "b.html", "x.htm", "y.atom", "z.rss"]
    assert found[3] == Found(path="b.html", size=2, modified=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC))


def test_hidden_and_partial_files_are_left_out(tmp_path):
    for name in (".a.html", "~a.html", "#a.html", "a.html~", "a.html.part", "a.html.crdownload", "bad\n.html"):
        (tmp_path / name).write_text("x")
    lay(tmp_path / ".git", a_html="x")

    assert folder.walk(tmp_path) == []


def test_links_and_pipes_are_left_out(tmp_path):
    root, other = lay(tmp_path / "root", a_txt="a"), lay(tmp_path / "other", secret_txt="s")
    (root / "file.txt").symlink_to(other / "secret.txt")
    (root / "dir").symlink_to(other)
    (root / "up").symlink_to("..")
    os.mkfifo(root / "pipe.txt")

    assert [file.path for file in folder.walk(root)] == ["a.txt"]


def test_the_root_itself_may_be_a_link_and_must_be_a_folder(tmp_path):
    root = lay(tmp_path / "root", a_txt="a")
    (tmp_path / "link").symlink_to(root)

    assert [file.path for file in folder.walk(tmp_path / "link")] == ["a.txt"]
    for missing in (tmp_path / "none", root / "a.txt"):
        with pytest.raises(OSError):
            folder.walk(missing)


def test_a_walk_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "MOST", 3)
    lay(tmp_path, a_txt="", b_txt="", c_txt="", d_txt="")
    deep = tmp_path.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    (deep / "x.txt").write_text("x")

    assert [file.path for file in folder.walk(tmp_path)] == ["a.txt", "b.txt", "c.txt"]


def test_a_file_is_read_below_the_root(tmp_path):
    lay(tmp_path, a__b_txt="hello")

    assert folder.read(tmp_path, "a/b.txt", 5) == b"hello"
    with pytest.raises(OSError, match="larger"):
        folder.read(tmp_path, "a/b.txt", 4)


OUTSIDE = ["../secret.txt", "a/../../secret.txt", "/etc/passwd", "link.txt", "dir/secret.txt"]


@pytest.mark.parametrize("path", [*OUTSIDE, "a", "none.txt", "", "x\0.txt", "./a"])
def test_no_path_leads_out(tmp_path, path):  # F-30
    root = lay(tmp_path / "root", a__b_txt="x")
    lay(tmp_path, secret_txt="secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "dir").symlink_to(tmp_path)

    with pytest.raises(OSError):
        folder.read(root, path, 100)


def test_a_pipe_is_no_file_and_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")

    with pytest.raises(OSError, match="no plain file"):
        folder.read(tmp_path, "pipe.txt", 100)


async def test_the_port_gives_stamps_and_documents(tmp_path):
    lay(tmp_path, a_txt="one", b_xml="two")
    folders = LocalFolders(lambda: NOW)

    before = await folders.walk(str(tmp_path))
    lay(tmp_path, a_txt="three")
    after = await folders.walk(str(tmp_path))
    fetched = await folders.read(str(tmp_path), "a.txt")

    assert [path for path, _ in after] == ["a.txt", "b.xml"]
    assert before[0] != after[0]
    assert before[1] == after[1]
    assert (fetched.document.body, fetched.document.url, fetched.document.media_type) == (
        b"three",
        "a.txt",
        "text/plain",
    )
    assert (fetched.at, fetched.sha256, fetched.exchanges) == (NOW, sha256(b"three"), ())
