"""An author's edit is told from noise, and a slip from what readers were told otherwise."""

from dataclasses import replace

import pytest

from cuttings.model.article import Change, Edit
from cuttings.normalise.edits import gone, judged, titles_of
from cuttings.normalise.weights import weight
from tests.builders import NOW, draft, record, trace

TEXT = "The tide rose at noon.\n\nNobody in the harbour was hurt, the mayor said.\n\nShips sail again on Sunday."


def old(text=TEXT, **changes):
    return record(text=text, content="", **changes)


def new(text=TEXT, title="Tides", **changes):
    return draft(trace(title=title), text=text, content="", language="en", status="full", **changes)


def edit(before, after, **changes):
    return judged(old(before, **changes), new(after))


def material(before, after):
    """Return why an edit is material; it must be one."""
    found = judged(before, after)
    assert found is not None
    return found.material


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("The  tide rose.", "The tide rose."),
        ("Tom &amp; Ann", "Tom & Ann"),
        ("“High,” she said — ‘now’…", "\"High,\" she said – 'now'..."),
        ("Cafe\u0301 au lait", "Caf\u00e9 au\u00a0lait"),
        ("Oui\u202f! Non\u00a0?", "Oui! Non?"),
        ("super\u00adcalifragilistic", "supercalifragilistic"),
        ("By Jane Doe · 2 hours ago", "By Jane Doe · 1 day ago"),
        ("vor 3 Stunden", "vor 2 Tagen"),
        ("il y a 5 minutes", "il y a 2 heures"),
        ("hace 2 horas", "hace 3 días"),
        ("há 2 horas", "há 3 dias"),
        ("2 ore fa", "un giorno fa"),
        ("2 uur geleden", "3 dagen geleden"),
        ("2 godziny temu", "3 dni temu"),
        ("2 часа назад", "5 дней назад"),
        ("2 saat önce", "3 gün önce"),
        ("منذ 3 ساعات", "منذ 5 أيام"),
        ("3時間前", "2日前"),
        ("3시간 전", "2일 전"),
        ("3小时前", "2天前"),
        ("1,204 views", "2,977 views"),
        ("Comments (12)", "Comments (57)"),
        ("12 Kommentare", "14 Kommentare"),
        ("조회 1,204", "조회 2,000"),
        ("阅读 1204", "阅读 9千"),
        ("Last updated: 24 November 2026, 12:00", "Last updated: 25 November 2026, 09:30"),
        ("Stand: 24.11.2026, 12 Uhr", "Stand: 25.11.2026, 8 Uhr"),
        ("DAX 18,204 ▲ +0.42 %", "DAX 18,177 ▼ -0.11 %"),
        ("Berlin 12°", "Berlin 9°"),
        ("Advertisement", "Anzeige"),
    ],
)
def test_what_changes_by_itself_is_no_edit(was, now):
    assert edit(f"{TEXT}\n\n{was}", f"{TEXT}\n\n{now}") is None


@pytest.mark.parametrize("furniture", ["Advertisement", "1,204 views", "2 hours ago", "Updated 3 minutes ago"])
def test_a_line_that_a_page_keeps_up_to_date_may_come_and_go(furniture):
    assert edit(TEXT, f"{furniture}\n\n{TEXT}") is None
    assert edit(f"{TEXT}\n\n{furniture}", TEXT) is None


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("The firm was founded 20 years ago.", "The firm was founded 30 years ago."),
        ("Senate passes the bill with 51 votes", "Senate passes the bill with 52 votes"),
        ("The video had 1,204 views.", "The video had 2,977 views."),
        ("Fire in Lyon: 12 dead", "Fire in Lyon: 14 dead"),
    ],
)
def test_what_somebody_claims_is_an_edit_though_it_looks_like_a_counter(was, now):
    assert material(old(f"{TEXT}\n\n{was}"), new(f"{TEXT}\n\n{now}")) == ("number",)


def test_related_links_that_rotate_are_no_edit():
    def page(*links):
        listed = "".join(f'<li><a href="https://daily.example/{link}">{link}</a></li>' for link in links)
        return {"content": f"<p>High.</p><ul>{listed}</ul>", "text": "\n\n".join(("High.", *links))}

    before = record(**page("Storm over Lyon", "What the tide left"))
    after = draft(**page("Ten best harbours", "Storm over Lyon", "An island sinks"))

    assert judged(before, after) is None


def test_links_are_compared_where_an_article_has_nothing_else():
    before = record(content='<p><a href="https://a.example/">One good read</a></p>', text="One good read")
    after = draft(content='<p><a href="https://a.example/">Another good read</a></p>', text="Another good read")

    assert judged(before, after) is not None


def test_a_headline_that_flips_back_is_no_edit():
    first = old(title="Tides rise")
    second = judged(first, new(title="Harbour under water"))
    now = replace(first, title="Harbour under water", titles=titles_of(first, new(title="Harbour under water")))

    assert second == Edit(material=("headline",))
    assert judged(now, new(title="Tides rise")) is None
    assert material(now, new(title="Harbour is dry")) == ("headline",)


def test_a_headline_spelt_otherwise_is_a_slip():
    assert judged(old(title="Goverment falls"), new(title="Government falls")) == Edit()
    assert material(old(title="12 dead in Lyon"), new(title="14 dead in Lyon")) == ("headline",)


@pytest.mark.parametrize(
    ("language", "was", "now", "why"),
    [
        ("en", "He recieved the prize.", "He received the prize.", ()),
        ("en", "The tide rose at noon", "The tide rose at noon.", ()),
        ("en", "It was on the table.", "It is on the table.", ()),
        ("en", "Twelve people came.", "Eleven people came.", ("number",)),
        ("en", "It cost 1,500 euros.", "It cost 1500 euros.", ()),
        ("en", "It cost $5 each.", "It cost €5 each.", ("number",)),
        ("en", "A strike by John Smith began.", "A strike by John Smyth began.", ("name",)),
        ("en", "The court found him guilty.", "The court found him not guilty.", ("negation",)),
        ("en", "The trade was legal there.", "The trade was illegal there.", ("negation",)),
        ("en", "He said: “We will stay here.”", "He said: “We will leave here.”", ("quotation",)),
        ("en", "The man was arrested there.", "The man was released there.", ("text",)),
        ("de", "Die Strase ist gesperrt.", "Die Straße ist gesperrt.", ()),
        ("de", "Das sagte Angela Merkel gestern.", "Das sagte Angela Merkl gestern.", ()),
        ("de", "Das Gesetz gilt heute.", "Das Gesetz gilt heute nicht.", ("negation",)),
        ("fr", "Il est venu hier.", "Il n'est pas venu hier.", ("negation",)),
        ("es", "Murieron doce personas.", "Murieron trece personas: 13.", ("number",)),
        ("pt", "O ministro disse que vai.", "O ministro disse que não vai.", ("negation",)),
        ("it", "Sono morte tre persone.", "Sono morte quattro persone.", ("number",)),
        ("nl", "De minister komt morgen.", "De minister komt morgen niet.", ("negation",)),
        ("pl", "Premier przyjechał wczoraj.", "Premier nie przyjechał wczoraj.", ("negation",)),
        ("ru", "Вчера приехал Иван Петров.", "Вчера приехал Иван Сидоров.", ("name",)),
        ("tr", "Bakan dün geldi.", "Bakan dün gelmedi.", ("negation",)),
        ("ar", "قتل ٥ أشخاص في المدينة", "قتل ٧ أشخاص في المدينة", ("number",)),
        ("ar", "حضر الوزير الاجتماع", "لم يحضر الوزير الاجتماع", ("negation",)),
        ("ja", "大臣は会議に出席した。", "大臣は会議に出席しなかった。", ("negation",)),
        ("ja", "事故で三人が死亡した。", "事故で五人が死亡した。", ("number",)),
        ("ja", "社長のスミス氏が話した。", "社長のスミソン氏が話した。", ("name",)),
        ("ko", "장관은 회의에 참석했다.", "장관은 회의에 참석하지 않았다.", ("negation",)),
        ("ko", "사고로 3명이 숨졌다.", "사고로 5명이 숨졌다.", ("number",)),
        ("zh", "部长出席了会议。", "部长没有出席会议。", ("negation",)),
        ("zh", "事故造成三人死亡。", "事故造成五人死亡。", ("number",)),
        ("zh", "他说：「我们会留下。」", "他说：「我们会离开。」", ("quotation",)),
    ],
)
def test_a_change_weighs_what_readers_were_told_otherwise(language, was, now, why):
    assert material(old(was), replace(new(now), language=language)) == why


def test_a_paragraph_that_went_is_material_and_told():
    found = edit(TEXT, "\n\n".join(TEXT.split("\n\n")[::2]))

    went = Change(at=1, old="Nobody in the harbour was hurt, the mayor said.")
    assert found == Edit(material=("removed",), changes=(went,))


def test_a_change_is_numbered_among_all_paragraphs_of_the_new_text():
    found = edit(TEXT, f"1,204 views\n\n{TEXT.replace('noon', 'dawn')}")

    assert [one.at for one in found.changes] == [1]


def test_paragraphs_are_held_against_what_became_of_them():
    first, second, third = TEXT.split("\n\n")

    found = edit(TEXT, f"{first}\n\nA pier broke.\n\n{second.replace('mayor', 'major')}\n\n{third}")

    assert [(one.at, bool(one.old), one.new) for one in found.changes] == [
        (1, False, "A pier broke."),
        (2, True, "Nobody in the harbour was hurt, the major said."),
    ]


def test_paragraphs_that_only_moved_are_a_minor_edit():
    first, second, third = TEXT.split("\n\n")

    found = edit(TEXT, "\n\n".join((second, first, third)))

    assert found is not None
    assert found.material == ()


def test_a_whole_text_cut_short_by_a_paywall_is_no_edit():
    stub = replace(new("The tide rose at noon.\n\nNobody in the harb…"), status="partial")

    assert judged(old(), stub) is None
    assert judged(old(), replace(stub, text="The tide fell at noon.")) is not None


def test_a_page_that_is_gone_says_so_and_keeps_its_words():
    was = old(revision=2)

    now = gone(was, NOW)

    assert (now.revision, now.status, now.text, now.edit) == (3, "gone", TEXT, Edit(material=("removed",), at=NOW))
    assert material(now, new()) == ("text",)


def test_an_edit_is_bounded():
    before = "\n\n".join(f"{number} " + "a" * 6_000 for number in range(300))

    found = edit(before, before.replace("a", "b"))

    assert len(found.changes) == 100
    assert max(len(one.new) for one in found.changes) == 4_000


def test_a_paragraph_of_nothing_but_words_is_weighed_in_time():
    assert "text" in weight("a" * 3 + " tide" * 20_000, "b" * 9 + " storm" * 20_000, "en")
