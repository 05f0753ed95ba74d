"""Copies of an article are told from other articles."""

from datetime import timedelta

import pytest

from cuttings.model.article import SourceKey
from cuttings.normalise.stories import is_another, same_story
from cuttings.text.sketches import sketch, tokens
from tests.builders import DAILY, NOW, record

WEEKLY = SourceKey("https://weekly.example/feed.xml")

HARBOUR = """The harbour of Norden will be closed to large ships from the spring, the council decided on Tuesday after a
debate of seven hours. Mayor Anna Petersen said that the quay, built in 1931, could no longer carry the
cranes, and that repairs would take at least three years. Fishermen had asked for a smaller solution: a
floating pier beside the old wall.

"We were promised that nobody would lose his berth," said Jan Brouwer, who speaks for the forty boats that are
still at work here. The council put off a decision on the fishing boats until January, when a report of the
engineers is due. Two members voted against the plan, among them the only one who owns a boat herself.

The ferries to the islands are to leave from the neighbouring town meanwhile. For visitors the way becomes
longer by half an hour, the company said, while prices stay as they are. Shops at the old quay fear for the
summer, and have asked the region for help, which has answered neither yes nor no so far. A meeting with the
minister is planned for next week."""
PARAGRAPHS = HARBOUR.split("\n\n")
TITLE = "Norden closes its harbour to large ships"
ORIGINAL = record("https://daily.example/harbour", title=TITLE, text=HARBOUR)

CHINESE = (
    "市议会星期二决定从春天起关闭北港不再允许大型船只停靠。市长说码头建于一九三一年已经无法承受起重机的重量。"
    "修理工程至少需要三年时间。渔民曾经要求在旧墙旁边建造一个浮动码头。关于渔船的决定被推迟到一月份。"
    "前往各岛的渡轮将改从邻近的小镇出发。公司表示游客的路程因此要多花半个小时，票价则保持不变。"
)

OTHER_REPORT = """Large ships have to look for another harbour: with a clear majority Norden's council has voted to
shut the quay, as it threatens to sink into the mud. Engineers warned as early as last autumn. "We were promised that
nobody would lose his berth," said Jan Brouwer for the fishermen, whose boats may stay for the time being.
According to Mayor Anna Petersen the money for a new wall has to come from the region, and not before the
election. The ferry company has found berths elsewhere, and hotels hope that guests will come all the same, as
they did after the flood ten years ago."""


def elsewhere(text: str, **changes):
    return record("https://weekly.example/1", **({"source": WEEKLY, "title": TITLE, "text": text} | changes))


def joined(one, other=ORIGINAL):
    """Tell whether a record is found by its sketch, and held for the same story."""
    mine, theirs = sketch(one.text), sketch(other.text)
    assert mine is not None
    assert theirs is not None
    share = {mine[n : n + 8] for n in range(0, len(mine), 8)} & {theirs[n : n + 8] for n in range(0, len(theirs), 8)}
    why = same_story(one, other, one.source)
    assert why is None or why == same_story(other, one, other.source)
    return bool(share) and why is not None


@pytest.mark.parametrize(
    "copy",
    [
        elsewhere(HARBOUR),
        elsewhere(HARBOUR.replace("debate of seven hours", "long debate").replace("fear for", "worry about")),
        elsewhere("NORDEN (Agency) — " + HARBOUR + "\n\nThis article first appeared in The Daily."),
        elsewhere(HARBOUR.upper().replace('"', "“").replace("'", "’")),
        elsewhere(HARBOUR, title="A quay too weak"),
        elsewhere(PARAGRAPHS[0] + "\n\n" + PARAGRAPHS[1] + " […]", title="What we know so far"),
        elsewhere(PARAGRAPHS[0] + "…"),
        elsewhere(HARBOUR, published=NOW - timedelta(days=29)),
        elsewhere(HARBOUR, published=None),
    ],
)
def test_a_copy_is_the_same_story(copy):
    assert joined(copy)


@pytest.mark.parametrize(
    "other",
    [
        elsewhere(OTHER_REPORT),
        elsewhere(OTHER_REPORT + "\n\n" + PARAGRAPHS[1]),
        elsewhere(HARBOUR, published=NOW - timedelta(days=40)),
        elsewhere("\n\n".join([PARAGRAPHS[0], *[OTHER_REPORT] * 2]), title="The week in five stories"),
        elsewhere("\n\n".join([OTHER_REPORT, PARAGRAPHS[0]]), title="Morning briefing"),
        elsewhere(PARAGRAPHS[0] + PARAGRAPHS[1], title="Live: the council meets"),
        record("https://daily.example/2", title="Harbour notes", text=HARBOUR, published=NOW - timedelta(days=3)),
        record("https://daily.example/2", title=TITLE, text=PARAGRAPHS[0] + PARAGRAPHS[1]),
    ],
)
def test_another_article_stays_apart(other):
    assert not joined(other)


def weather(day: int, *degrees: int, **changes):
    text = f"""On {day} November the coast sees {degrees[0]} degrees in the morning and {degrees[1]} in the afternoon.
    The wind comes from the west with {degrees[2]} kilometres an hour, at sea with {degrees[3]}. High water
    is at {degrees[4]}:15, low water six hours later. Rain falls in the evening, and the night stays dry in
    the whole region."""
    return record(f"weather {day}", title=f"Weather for {day} November", text=text, **changes)


@pytest.mark.parametrize("source", [DAILY, WEEKLY])
def test_instalments_of_a_column_stay_apart(source):
    assert not joined(weather(8, 7, 11, 33, 48, 9, source=source), weather(7, 5, 9, 20, 35, 8))


def test_scripts_without_spaces_are_compared_by_characters():
    first = record("1", title="北港关闭", text=CHINESE)

    assert joined(elsewhere(CHINESE.replace("星期二", "昨天"), title="北港关闭"), first)
    assert joined(elsewhere(CHINESE[: len(CHINESE) * 2 // 3], title="北港将关闭"), first)
    assert tokens("港口 closes 3天") == ["港", "口", "closes", "3", "天"]


def test_a_short_text_has_no_sketch():
    assert sketch("High water is at nine. " * 7) is None
    assert sketch("高潮在九点。" * 9) is None
    assert sketch(HARBOUR) == sketch(HARBOUR)


def test_texts_without_end_and_without_anything_are_compared():
    assert joined(elsewhere("ebb flood " * 200_000), record("1", text="ebb flood " * 150_000))
    assert same_story(elsewhere(""), ORIGINAL, WEEKLY) is None


def test_two_articles_at_one_address_are_two_where_nothing_of_them_is_alike():
    assert is_another(elsewhere(CHINESE, title="北港关闭"), ORIGINAL)
    assert not is_another(elsewhere(OTHER_REPORT), ORIGINAL)
    assert not is_another(elsewhere("Soon more."), ORIGINAL)
