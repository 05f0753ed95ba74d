"""What moved is written into the files that declare it, and nothing else in them changes."""

import shutil
import subprocess

import pytest

from cuttings.config import moving
from cuttings.config.load import load
from cuttings.config.moving import Step

OLD, NEW = "https://old.example/feed", "https://new.example/feed?a=1&b=2"
OTHERS = "  # others\n  - https://other.example/\nfeeds: [{name: f, select: {sources: [old.example]}}]  # all\n"


@pytest.fixture
def file(tmp_path):
    """Return the path of a configuration that is not written yet."""
    return tmp_path / "config.yaml"


def step(name="old.example", url=NEW, formerly=(OLD,)):
    return Step(name=name, url=url, formerly=formerly)


def write(file, *steps, environ=None):
    return moving.written(load(file, environ or {}), steps, environ or {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"sources:\n  - {OLD}  # first\n",
            f"sources:\n  - {{name: old.example, url: {NEW}, formerly: [{OLD}]}}  # first\n",
        ),
        (
            f"sources:\n  - name: old.example\n    url: '{OLD}'   # quoted\n    # more\n    tags: [sea]\n",
            f"sources:\n  - name: old.example\n    url: '{NEW}'   # quoted\n    # more\n    tags: [sea]\n"
            f"    formerly: [{OLD}]\n",
        ),
        (
            f'sources:\n  - {{url: "{OLD}", tags: [sea]}}  # one line\n',
            f'sources:\n  - {{url: "{NEW}", tags: [sea], name: old.example, formerly: [{OLD}]}}  # one line\n',
        ),
    ],
)
def test_a_new_address_takes_the_place_of_the_old_one_which_is_remembered(file, before, after):
    file.write_text(before + OTHERS)

    [written] = write(file, step())

    assert file.read_text() == after + OTHERS
    assert not written.refused
    assert load(file, {}).sources[0].name == "old.example"


def test_further_former_addresses_stand_behind_those_that_are_there(file):
    text = (
        "sources:\n- url: {url}\n  name: old.example\n  formerly:  # of before\n  - https://a.example/  # first\n{more}"
    )
    file.write_text(text.format(url=OLD, more="# end\n"))

    write(file, step(formerly=("https://a.example/", OLD)))

    assert file.read_text() == text.format(url=NEW, more=f"  - {OLD}\n# end\n")


def test_on_the_same_host_a_name_that_was_made_up_stays_so(file):
    file.write_text("sources: [http://old.example/feed, 'http://old.example/other']\n")

    write(file, step(url=OLD, formerly=("http://old.example/feed",)))

    assert file.read_text() == (
        f"sources: [{{url: {OLD}, formerly: [http://old.example/feed]}}, 'http://old.example/other']\n"
    )


def test_what_was_written_is_taken_back(file):
    before = f"sources:\n  - {{name: old.example, url: '{OLD}', tags: [a]}}  # it\n{OTHERS}"
    file.write_text(before)
    write(file, step())

    write(file, step(url=OLD, formerly=()))

    assert file.read_text() == before


SECOND = "  - {name: second, url: https://second.example/}\n"


@pytest.mark.parametrize(
    ("item", "url", "why"),
    [
        (f"{{name: old.example, url: &u {OLD}}}", NEW, "alias"),  # the feed's title is the same word
        (OLD, "https://new.example/${HOME}", "only you can change"),
        (OLD, "https://me:word@new.example/", "password"),
    ],
)
def test_what_cannot_be_written_is_told_and_the_rest_is_written(file, item, url, why):
    text = f"sources:\n  - {item}\n{SECOND}feeds: [{{name: f, title: {'*u' if '&u' in item else 'F'}}}]\n"
    file.write_text(text)
    second = step("second", "https://2.example/", ("https://second.example/",))

    [written] = write(file, step(url=url), second, environ={"HOME": "secret"})

    assert list(written.refused) == ["old.example"]
    assert why in written.refused["old.example"]
    written_anew = "  - {name: second, url: https://2.example/, formerly: [https://second.example/]}\n"
    assert file.read_text() == text.replace(SECOND, written_anew)


def test_an_address_that_another_source_has_and_one_from_the_environment_are_not_written(file):
    file.write_text(f"sources: [{OLD}, {{name: b, url: '{NEW}'}}, {{name: c, url: 'https://c.example/${{X}}'}}]\n")
    config = load(file, {"X": "hidden"})

    refused = moving.refusals(config, [step(), step("c", "https://new.example/hidden")])

    assert "followed already, as b" in refused["old.example"]
    assert "environment" in refused["c"]
    assert "hidden" not in str(refused)


OUTLINES = """<?xml version="1.0"?>
<!-- <outline xmlUrl="https://old.example/feed"/> -->
<opml version="2.0"><body>
  <outline text='Old &amp; good' xmlUrl='https://old.example/feed' category="a"/>  <outline xmlUrl="https://bare.example/"/>
</body></opml>
"""


@pytest.fixture
def listed(file):
    """Return the path of a configuration that includes a list."""
    file.write_text("sources:\n  - include: lists/more.opml\n")
    (file.parent / "lists").mkdir()
    (file.parent / "lists/more.opml").write_text(OUTLINES)
    return file


def test_an_included_list_is_changed_where_it_lies_and_what_it_cannot_say_is_told(listed):
    bare = step("bare.example", "https://else.example/", ("https://bare.example/",))

    [written] = write(listed, step("Old & good"), bare)

    text = (listed.parent / "lists/more.opml").read_text()
    new = "xmlUrl='https://new.example/feed?a=1&amp;b=2'"
    assert text == OUTLINES.replace("xmlUrl='https://old.example/feed'", new)
    assert "no text" in written.refused["bare.example"]
    assert listed.read_text() == "sources:\n  - include: lists/more.opml\n"


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no `patch` here")
def test_a_patch_says_the_same_as_what_is_written(listed, file):
    file.write_text(f"{file.read_text()}  - https://b.example/feed")  # without a last line break
    steps = (step("Old & good"), step("b.example", "https://c.example/", ("https://b.example/feed",)))
    made = moving.patch(moving.planned(load(file, {}), steps, {}), file.parent)

    done = subprocess.run(["patch", "-p1"], cwd=file.parent, input=f"b.example: moved\n{made}", text=True, check=True)
    patched = [path.read_text() for path in (file, file.parent / "lists/more.opml")]

    assert done.returncode == 0
    file.write_text("sources:\n  - include: lists/more.opml\n  - https://b.example/feed")
    (file.parent / "lists/more.opml").write_text(OUTLINES)
    write(file, *steps)
    assert [path.read_text() for path in (file, file.parent / "lists/more.opml")] == patched
    assert sorted(path.name for path in file.parent.iterdir()) == ["config.yaml", "lists"]
