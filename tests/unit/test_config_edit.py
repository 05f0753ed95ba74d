"""Adding a source to the file leaves the rest of it as it stands."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cuttings.config.edit import add_source, pause_source, remove_source
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


LIST = """# mine
sources:
  # the daily
  - https://a.example/feed  # first
  - name: b
    url: https://b.example/feed
    tags: [x,
      y]  # of b
  # about c
  - {name: c, url: https://c.example/feed, paused: true}
  - include: more.opml
feeds: []
"""


@pytest.fixture
def listed(file):
    """Return the path of a configuration with three sources and an included one."""
    file.write_text(LIST)
    file.with_name("more.opml").write_text('<opml><body><outline text="d" xmlUrl="https://d.example/"/></body></opml>')
    return file


@pytest.mark.parametrize(
    ("word", "gone"),
    [
        ("https://a.example/feed", "  - https://a.example/feed  # first\n"),
        ("b", "  - name: b\n    url: https://b.example/feed\n    tags: [x,\n      y]  # of b\n"),
        ("c", "  - {name: c, url: https://c.example/feed, paused: true}\n"),
    ],
)
def test_a_source_is_taken_out_and_nothing_else_changes(listed, word, gone):
    remove_source(listed, word, {})

    assert listed.read_text() == LIST.replace(gone, "")


@pytest.mark.parametrize(
    ("word", "paused", "before", "after"),
    [
        ("a.example", True, "https://a.example/feed  #", "{url: https://a.example/feed, paused: true}  #"),
        ("b", True, "y]  # of b\n", "y]  # of b\n    paused: true\n"),
        ("c", False, ", paused: true}", "}"),
        ("c", True, "", ""),
    ],
)
def test_a_source_is_paused_and_goes_on_where_it_stands(listed, word, paused, before, after):
    pause_source(listed, word, paused, {})

    assert listed.read_text() == LIST.replace(before, after, 1)


@pytest.mark.parametrize("url", ["https://a.example/?x=1,2", "${PLACE}/{x}/"])
def test_an_address_of_any_letters_is_paused_and_stays_what_it_was(file, url):
    file.write_text(f"sources:\n  - {url}\n")
    environ = {"PLACE": "https://a.example"}
    [before] = load(file, environ).sources

    pause_source(file, "a.example", True, environ)

    [after] = load(file, environ).sources
    assert (after.url, after.paused, url in file.read_text()) == (before.url, True, True)


def test_a_source_that_stands_in_an_included_list_is_changed_there(listed):
    with pytest.raises(UsageError, match=r"d stands in .*more.opml"):
        remove_source(listed, "d", {})
    with pytest.raises(UsageError, match=r"d stands in .*more.opml"):
        pause_source(listed, "d", True, {})

    assert listed.read_text() == LIST


@pytest.mark.parametrize(
    ("text", "word", "words"),
    [
        ("sources: [{name: daily, url: 'https://a.example/'}]\n", "dialy", "did you mean daily"),
        (
            "sources: [{name: a, url: 'https://a.example/'}]\nfeeds: [{name: f, select: {sources: [a]}}]\n",
            "a",
            "named a",
        ),
        (
            "sources:\n- {name: a, url: https://a.example/, tags: &x [y]}\n- {url: https://b.example/, tags: *x}\n",
            "a",
            "stays as it is",
        ),
    ],
)
def test_what_others_rely_on_is_not_taken_out(file, text, word, words):
    file.write_text(text)

    with pytest.raises(UsageError, match=words):
        remove_source(file, word, {})

    assert file.read_text() == text


def test_many_who_add_at_once_take_turns(file):
    file.write_text("sources: []\n")
    new = [f"https://{n}.example/" for n in range(12)]

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda url: add_source(file, url, {}, {}), new))

    assert sorted(one.address for one in load(file, {}).sources) == sorted(new)
    assert [path.name for path in file.parent.iterdir()] == ["config.yaml"]


def test_what_a_dead_process_left_beside_the_file_is_no_trouble(file):
    file.write_text("sources: []\n")
    file.with_name(".config.yaml.new").write_text("half of")

    add_source(file, NEW, {}, {})

    assert file.read_text() == f"sources:\n  - {NEW}\n"
