"""Appeals and what else sites say around their articles, told by phrases and by place."""

import json
import time
from pathlib import Path

import pytest

from cuttings.text.phrases import LANGUAGES, kinds, standing

Pairs = dict[str, dict[str, list[str]]]
PAIRS: Pairs = json.loads(Path(__file__).with_name("appeals.json").read_text("utf-8"))
"""For each language an article about fundraising, which says what appeals say, and an appeal as sites set it below."""
SOFTLY: Pairs = json.loads(Path(__file__).with_name("appeals_softly.json").read_text("utf-8"))
"""Pairs that are harder: appeals that neither ask for a donation nor name one, articles that say nearly the same."""


def test_every_language_has_two_pairs():
    assert tuple(PAIRS) == tuple(SOFTLY) == LANGUAGES


@pytest.mark.parametrize("pairs", [PAIRS, SOFTLY], ids=["plain", "soft"])
@pytest.mark.parametrize("asked", ["its own", None])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_appeal_goes_whole_and_an_article_about_appeals_stays(language: str, asked: str | None, pairs: Pairs):
    article, appeal = pairs[language]["article"], pairs[language]["appeal"]
    blocks = (*article, *appeal)

    taken = standing(blocks, asked and language)

    assert [blocks[at] for at in sorted(taken)] == appeal


@pytest.mark.parametrize("pairs", [PAIRS, SOFTLY], ids=["plain", "soft"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_appeal_within_an_article_goes_alone(language: str, pairs: Pairs):
    article, appeal = pairs[language]["article"], pairs[language]["appeal"]
    blocks = (*article[:3], *appeal, *article[3:])

    assert {blocks[at] for at in standing(blocks, language)} <= set(appeal)
    assert standing(blocks, language)


@pytest.mark.parametrize(
    ("kind", "language", "text"),
    [
        ("skip", "en", "Skip to main content"),
        ("skip", "de", "Zum Inhalt springen"),
        ("skip", "fr", "Aller au contenu principal"),
        ("skip", "es", "Saltar al contenido"),
        ("skip", "pt", "Ir para o conteúdo"),
        ("skip", "it", "Vai al contenuto"),
        ("skip", "nl", "Ga naar de inhoud"),
        ("skip", "pl", "Przejdź do treści"),
        ("skip", "ru", "Перейти к содержанию"),
        ("skip", "tr", "İçeriğe geç"),
        ("skip", "ar", "انتقل إلى المحتوى"),
        ("skip", "ja", "本文へ移動"),
        ("skip", "ko", "본문 바로가기"),
        ("skip", "zh", "跳至主要内容"),
        ("newsletter", "en", "Sign up for our free newsletter"),
        ("newsletter", "de", "Abonnieren Sie unseren Newsletter"),
        ("newsletter", "fr", "Inscrivez-vous à notre newsletter"),
        ("newsletter", "es", "Suscríbete a nuestro boletín"),
        ("newsletter", "pt", "Assine a nossa newsletter"),
        ("newsletter", "it", "Iscriviti alla nostra newsletter"),
        ("newsletter", "nl", "Schrijf je in voor onze nieuwsbrief"),
        ("newsletter", "pl", "Zapisz się na nasz newsletter"),
        ("newsletter", "ru", "Подпишитесь на нашу рассылку"),
        ("newsletter", "tr", "Bültenimize abone olun"),
        ("newsletter", "ar", "اشترك في نشرتنا البريدية"),
        ("newsletter", "ja", "メールマガジンに登録する"),
        ("newsletter", "ko", "뉴스레터 구독하기"),
        ("newsletter", "zh", "订阅我们的电子报"),
        ("share", "en", "Share on Facebook"),
        ("more", "en", "Read more: Why the tide is late"),
        ("cookie", "en", "We use cookies to improve this site."),
        ("promo", "en", "The post Tides appeared first on The Daily Example."),
        ("app", "en", "Download our app"),
        ("comments", "en", "Leave a comment"),
        ("subscription", "en", "Already a subscriber? Log in to continue reading."),
    ],
)
def test_what_a_line_is_is_told_in_every_language(kind: str, language: str, text: str):
    assert kind in kinds(text, language)
    assert kind in kinds(text, None)
    assert 1 in standing(("The tide came in late that night.", text, "The boats lay dry until morning."), language)


def test_what_is_quoted_is_somebody_elses():
    assert not kinds("“Please donate today, we need your help,” the letter said.", "en")
    assert not kinds("„Bitte spenden Sie jetzt“, stand in dem Brief.", "de")
    assert not kinds("«Faites un don», disait la lettre.", "fr")


def test_an_appeal_without_a_phrase_in_each_paragraph_goes_as_a_section():
    article = ["The tide came in late that night, and the boats lay dry until the morning."] * 8
    section = [
        "We do not give up.",
        "These are hard times for harbours, and for those of us who write about them.",
        "Big companies buy one paper after the other, and close most of them.",
        "That is why we work without an owner: our newsroom belongs to nobody.",
        "You can help us keep going by giving today. Our fundraiser ends tonight, and we need your support.",
    ]

    assert sorted(standing(article + section, "en")) == [8, 9, 10, 11, 12]


def test_an_author_who_says_we_keeps_his_last_words():
    essay = ["We live by the sea, and our boats are old.", "We ought to build new ones, all of us together."] * 4
    appeal = "Please donate to our newsroom today. We need your help to keep going."

    assert sorted(standing([*essay, appeal], "en")) == [8]


def test_what_the_reader_of_the_page_is_sure_of_stays():
    blocks = ["The tide came in late.", "Sign up for our newsletter", "The boats lay dry."]

    assert list(standing(blocks, "en", [0.9, 0.7, 0.9])) == [1]
    assert not standing(blocks, "en", [0.9, 0.999, 0.9])


def test_the_country_is_not_us():
    assert not kinds("Lawmakers want to support US journalism. They support US troops, too.", "en")
    assert "appeal" in kinds("SUPPORT US", "en")


def test_an_unknown_language_is_read_as_any():
    assert "newsletter" in kinds("Abonnieren Sie unseren Newsletter", "sv")


@pytest.mark.parametrize("text", ["share ", "“", "support our ", "寄付", "«»", "skip to "])
def test_a_long_text_costs_no_time(text: str):
    begun = time.process_time()

    standing([text * 10_000] * 20, None)

    assert time.process_time() - begun < 2
