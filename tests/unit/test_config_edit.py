"""Adding a source to the file leaves the rest of it as it stands."""

import pytest

from cuttings.config.edit import add_source
from cuttings.config.load import load
from cuttings.errors import UsageError

NEW = "https://new.example/feed"


@pytest.fixture
def file(tmp_path):
    """Return the path of a configuration that is not written yet."""
    return tmp_path / "config.yaml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"sources:\n  - {NEW}\n"),
        ("site: {title: a}", f"site: {{title: a}}\nsources:\n  - {NEW}\n"),
        ("sources:\nfeeds: []\n", f"sources:\n  - {NEW}\nfeeds: []\n"),
        ("sources: []  # none yet\n# more\n", f"sources:  # none yet\n  - {NEW}\n# more\n"),
        ("sources: [https://a.example/]\n", f"sources: [https://a.example/, {NEW}]\n"),
        (
            "sources: # all\n  - https://a.example/   # first\n\n# feeds\nfeeds: []\n",
            f"sources: # all\n  - https://a.example/   # first\n  - {NEW}\n\n# feeds\nfeeds: []\n",
        ),
        (
            "sources:\n- name: b  # its name\n  url: https://b.example/\n  tags: [x,\n    y]\n  # of b\n# of none\n",
            "sources:\n- name: b  # its name\n  url: https://b.example/\n  tags: [x,\n    y]\n  # of b\n"
            f"- {NEW}\n# of none\n",
        ),
    ],
)
def test_a_source_goes_to_the_end_of_the_list_and_nothing_else_changes(file, before, after):
    file.write_text(before)

    added = add_source(file, NEW, {}, {})

    assert (added.name, added.url) == ("new.example", NEW)
    assert file.read_text() == after
    assert load(file, {}).sources[-1] == added


def test_keys_are_written_so_that_they_read_back_as_they_are(file):
    file.write_text("sources: []\n")
    keys = {"name": "no: {1}", "republish": "full", "every": "30m", "tags": ["1984", "a, b", "ü"]}

    added = add_source(file, NEW + "?a=1&b=#x", keys, {})

    assert (added.name, added.republish, added.tags) == ("no: {1}", "full", ("1984", "a, b", "ü"))
    assert added.url == NEW + "?a=1&b=#x"


def test_a_folder_is_added_as_a_path(file):
    file.write_text("sources: []\n")

    assert add_source(file, "saved/", {}, {}).written == "saved/"


@pytest.mark.parametrize(
    ("address", "keys", "words"),
    [
        ("https://a.example/", {}, "is a source already"),
        ("ftp://b.example/", {}, "only http and https"),
        (NEW, {"republish": "ful"}, "did you mean full"),
        (NEW, {"name": "a\nb"}, "line break"),
    ],
)
def test_a_file_that_would_not_be_valid_stays_as_it_is(file, tmp_path, address, keys, words):
    file.write_text("sources: [https://a.example/]\n")

    with pytest.raises(UsageError, match=words):
        add_source(file, address, keys, {})

    assert file.read_text() == "sources: [https://a.example/]\n"
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_the_file_keeps_its_mode_and_a_link_stays_a_link(file, tmp_path):
    real = tmp_path / "real.yaml"
    real.write_text("sources: []\n")
    real.chmod(0o640)
    file.symlink_to(real)

    add_source(file, NEW, {}, {})

    assert file.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert NEW in real.read_text()
