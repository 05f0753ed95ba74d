"""Lists of sources, as other programs write them."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cuttings.config import importing
from cuttings.config.importing import Listed
from tests.builders import source

ANN = Listed("https://a.example/", "A")
VENUS = """
# a planet
[Planet]
name = Planet Sea
filters = excerpt.py
   coral.py

[http://a.example/atom.xml]
name = Ann Ä

[feed:http://b.example/rss]
name: Bob

[http://lists.example/opml.xml]
content_type = opml

[index.html.tmpl]
items_per_page = 20

[ftp://c.example/feed]
"""
PLUTO = """
title = Planet Ruby

[flow]
  title = Ruby Flow
  link  = http://flow.example/
  feed  = http://flow.example/feed?format=xml

[bob]
  feed_url = http://b.example/rss
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_venus_file_is_read_and_what_is_not_taken_over_is_told(encoding):
    read = importing.read(VENUS.encode(encoding))

    assert read.found == (Listed("http://a.example/atom.xml", "Ann Ä"), Listed("http://b.example/rss", "Bob"))
    assert read.faults == ("line 20: ftp://c.example/feed: only http and https are followed, not ftp",)
    assert [note.split(":")[0] for note in read.notes] == ["line 3", "line 14"]


def test_a_pluto_file_is_read():
    read = importing.read(PLUTO.encode())

    assert (read.kind, read.faults, read.notes) == ("planet INI", (), ())
    assert [(one.url, one.name) for one in read.found] == [
        ("http://flow.example/feed?format=xml", "Ruby Flow"),
        ("http://b.example/rss", "bob"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("url\nhttps://a.example/\n", [Listed("https://a.example/")]),
        ("Title;Feed_URL;Folder\r\nA;https://a.example/;sea\r\n", [Listed("https://a.example/", "A", ("sea",))]),
        ('url,tags\nhttps://a.example/,"x;a, b;"\n', [Listed("https://a.example/", None, ("x", "a, b"))]),
        ("url,tags\nhttps://a.example/,x\nhttps://a.example/,y\n", [Listed("https://a.example/", None, ("x", "y"))]),
        ("url,name\nhttps://a.example/,'=SUM(1)\n", [Listed("https://a.example/", "=SUM(1)")]),
        (
            "# mine\n\nhttps://a.example/ # Ann\nhttps://b.example/\n",
            [Listed("https://a.example/"), Listed("https://b.example/")],
        ),
        (
            '<opml><body><outline text="A" xmlUrl="https://a.example/"/></body></opml>',
            [Listed("https://a.example/", "A")],
        ),
    ],
)
def test_tables_lines_and_outlines_are_told_by_their_content(text, found):
    read = importing.read(text.encode())

    assert (list(read.found), read.faults) == (found, ())


def test_a_faulty_line_is_named_without_its_secret_and_the_rest_is_taken():
    read = importing.read(b"url,name\nnope,\x1b[2Jx\nhttps://me:pw@a.example/,\nhttps://b.example/,B\n")

    assert [one.url for one in read.found] == ["https://b.example/"]
    assert [fault[:7] for fault in read.faults] == ["line 2:", "line 3:"]
    assert not any("pw" in fault or "\x1b" in fault for fault in read.faults)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"%PDF-1.7 \0", "not a list of sources"),
        (b"# Title\n\nSome prose, and more.\n", "no column named url"),
        ("".join(f"https://a.example/{n}\n" for n in range(100_000)).encode(), "more than 20,000"),
        (b"https://a.example/\n" + b"prose\n" * 100_000, "not a list of sources: line 2"),
        (b'<!DOCTYPE o [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;"/></body></opml>', r"\w"),
        (b"[a]\n" * 600_000, "more than 500,000 lines"),
        (b"u" * (importing.LARGEST + 1), "larger than"),
    ],
)
def test_what_is_no_list_or_too_much_is_refused_as_a_whole(body, words):
    with pytest.raises(ValueError, match=words):
        importing.read(body)


def test_a_plan_passes_over_what_is_followed_and_gives_names_that_are_free():
    table = (
        b"url,name,republish\nhttps://old.example/,x,\nhttps://a.example/,daily,full\nhttps://b.example/,daily,ful\n"
    )
    old = source(formerly=("https://old.example/",))

    plan = importing.plan(importing.read(table), [old])

    [added] = plan.added
    [(refused, fault)] = plan.refused
    assert (added.url, added.name, added.keys) == ("https://a.example/", "daily-2", (("republish", "full"),))
    assert plan.known == (("https://old.example/", "is followed already, as daily"),)
    assert (refused, fault[-18:]) == ("https://b.example/", "did you mean full?")


KEPT = st.characters(categories=("L", "M", "N", "P", "S"), exclude_characters=";")  # what a name keeps as it is
CELLS = st.text(KEPT, min_size=1, max_size=9)
NAMES = CELLS | CELLS.map("=".__add__) | CELLS.map("'".__add__) | CELLS.map(lambda cell: f'a, "{cell}"')


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=3, unique=True)), min_size=1, max_size=4))
@example([("0", ["0", "'="])])
def test_an_exported_table_imports_to_the_same_list_and_holds_no_formula(rows):
    sources = [source(name, url=f"https://{n}.example/", tags=tuple(tags)) for n, (name, tags) in enumerate(rows)]

    table = importing.table(sources)

    assert [(one.url, one.name, one.tags) for one in importing.read(table.encode()).found] == [
        (one.url, one.name, one.tags) for one in sources
    ]
    cells = [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
