"""Whatever a person wrote in the file, an edit of the source list changes nothing else in it."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cuttings.config import moving
from cuttings.config.edit import add_source, pause_source, remove_source
from cuttings.config.load import load
from cuttings.config.moving import Step

COMMENTS = st.sampled_from(["", "", "  # why: {a, b}", " # - no item", "  # it's ] odd"])
FULL_LINES = st.lists(st.sampled_from(["", "# above", "  # - https://no.example/", "      # deep"]), max_size=2)
STYLES = ("plain", "quoted", "flow", "flow wide", "block", "block below", "block paused", "literal")


def item(style: str, number: int, indent: str, comment: str) -> str:
    """Return the lines of one source, written in this style."""
    url = f"https://s{number}.example/"
    inner = indent + "  "
    return {
        "plain": f"{indent}- {url}{comment}",
        "quoted": f'{indent}- "{url}"{comment}',
        "flow": f"{indent}- {{url: {url}, tags: [a, 'b, c']}}{comment}",
        "flow wide": f"{indent}- {{ url: {url}, tags: [a,{comment}\n{inner}  b] , }}{comment}",
        "block": f"{indent}- url: {url}{comment}\n{inner}tags:{comment}\n{inner}- x{comment}",
        "block below": f"{indent}-{comment}\n{inner}name: n{number}\n\n{inner}# within\n{inner}url: {url}{comment}",
        "block paused": f"{indent}- url: {url}\n{inner}paused: true{comment}\n{inner}every: 30m{comment}",
        "literal": f"{indent}- url: {url}\n{inner}name: >-\n{inner}  name\n{inner}  {number}\n{inner}tags: [x]",
    }[style]


@st.composite
def files(draw):
    """Return a configuration's text and how many sources it has."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    head = draw(st.sampled_from(["", "# mine\nsite: {title: a}  # x\n", "\ufeff# with a mark\n"]))
    tail = draw(st.sampled_from(["", "\n# feeds\nfeeds: []\n", "feeds:\n  - {name: front}\n"]))
    count = draw(st.integers(0, 4))
    comment = draw(COMMENTS)
    if not count:
        text = f"{head}sources:{draw(st.sampled_from(['', ' []', ' null']))}{comment}\n{tail}"
        return text.replace("\n", end), 0
    if draw(st.integers(0, 3)) == 0:
        gap = draw(st.sampled_from([", ", ",\n   ", ",  # c\n   # d\n   "]))
        inside = gap.join(f"https://s{n}.example/" for n in range(count)) + draw(st.sampled_from(["", ",", "  # z\n "]))
        return f"{head}sources: [{inside}]{comment}\n{tail}".replace("\n", end), count
    indent = draw(st.sampled_from(["", "  ", "    "]))
    lines = []
    for number in range(count):
        lines += [*draw(FULL_LINES), item(draw(st.sampled_from(STYLES)), number, indent, draw(COMMENTS))]
    body = "\n".join([*lines, *draw(FULL_LINES)])
    last = "" if not tail and draw(st.booleans()) else "\n"
    return f"{head}sources:{comment}\n{body}{last}{tail}".replace("\n", end), count


def addresses(file):
    return [source.address for source in load(file, {}).sources]


def is_what_stays(before: str, after: str, gone: str) -> bool:
    """Tell whether `after` is `before` with one piece taken out, which is of the source that is gone."""
    start = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(after))
    for first in range(start, -1, -1):
        cut = before[first : first + len(before) - len(after)]
        if gone in cut and before[:first] + before[first + len(cut) :] == after:
            return not re.search(r"https://s\d", cut.replace(gone, ""))
    return False


@settings(max_examples=30, deadline=None)
@given(files(), st.data())
def test_an_edit_changes_its_source_and_no_other_byte(tmp_path_factory, written, data):
    text, count = written
    file = tmp_path_factory.mktemp("edit") / "config.yaml"
    file.write_bytes(text.encode())
    before = addresses(file)

    add_source(file, "https://new.example/", {"tags": ["x"]}, {})
    assert addresses(file) == [*before, "https://new.example/"]
    assert is_what_stays(file.read_bytes().decode(), text, "https://new.example/") or count == 0
    file.write_bytes(text.encode())
    if not before:
        return

    name = data.draw(st.sampled_from([one.name for one in load(file, {}).sources]))
    was = next(one for one in load(file, {}).sources if one.name == name)
    pause_source(file, name, not was.paused, {})
    assert next(one for one in load(file, {}).sources if one.address == was.address).paused is not was.paused
    pause_source(file, name, was.paused, {})
    if was.tags and not was.paused:  # it had keys, and none of them was `paused`
        assert file.read_bytes().decode().rstrip() == text.rstrip()

    file.write_bytes(text.encode())
    remove_source(file, name, {})
    assert addresses(file) == [one for one in before if one != was.address]
    assert is_what_stays(text, file.read_bytes().decode(), was.address.rstrip("/"))


@settings(max_examples=20, deadline=None)
@given(files(), st.data())
def test_a_move_changes_address_former_addresses_and_name_of_its_source_and_no_comment(tmp_path_factory, written, data):
    text, count = written
    file = tmp_path_factory.mktemp("move") / "config.yaml"
    file.write_bytes(text.encode())
    if not count:
        return
    before = load(file, {})
    was = data.draw(st.sampled_from(before.sources))
    old, new = was.address, data.draw(st.sampled_from(["https://new.example/f", was.address.replace("https", "http")]))

    [done] = moving.written(before, [Step(name=was.name, url=new, formerly=(old,))], {})

    after = load(file, {}).sources
    assert not done.refused
    assert after == tuple(replace(one, url=new, formerly=(old,)) if one is was else one for one in before.sources)
    kept = file.read_bytes().decode()
    assert re.findall("#.*", kept) == re.findall("#.*", text)
    assert kept.count("\r\n") == kept.count("\n") or "\r" not in text

    moving.written(load(file, {}), [Step(name=was.name, url=old)], {})
    assert load(file, {}).sources == before.sources
