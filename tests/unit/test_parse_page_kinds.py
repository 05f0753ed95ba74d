"""A page that is no article is told from one, and the beginning of an article before a paywall from all of it."""

import json

import pytest

from cuttings.parse.metadata import metadata
from cuttings.parse.page.blocks import blocks
from cuttings.parse.page.kinds import Verdict, kind_of
from cuttings.text import xml

URL = "https://daily.example/2026/tides"
PROSE = "The tide came in late that night, and the boats lay dry until the morning, when the wind turned at last. "
TEXT = f"<p>{PROSE * 3}</p>" * 8
NAV = "".join(f'<li><a href="/{n}">Section number {n} of them</a></li>' for n in range(40))
FORM = '<form><input name="user"><input type="password"></form>'


def verdict(main: str, head: str = "", url: str = URL, body: str = "<body>", words: int | None = None) -> Verdict:
    """What a page is whose `main` is kept as its text."""
    root = xml.parse_html(f"<html><head>{head}</head>{body}<nav><ul>{NAV}</ul></nav><main>{main}</main></body></html>")
    found = blocks(root)
    kept = [any(element.tag == "main" for element in block.chain) for block in found]
    return kind_of(root, url, metadata(root, url), found, kept, words)


def teasers(count: int) -> str:
    return "".join(
        f'<h3><a href="/a/{n}">The boats of harbour {n} lay dry until morning</a></h3>' for n in range(count)
    )


def linked(**facts: object) -> str:
    thing = {"@type": "NewsArticle", "headline": "Tides", **facts}
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


@pytest.mark.parametrize(
    "title",
    [
        *(
            "404",
            "404 Not Found",
            "Error 404: no such page",
            "Page not found | The Daily",
            "Access denied",
            "Oops! That is gone.",
        ),
        *("Seite nicht gefunden – Tageblatt", "Page introuvable", "Página no encontrada", "Página não encontrada"),
        *(
            "Pagina non trovata",
            "Pagina niet gevonden",
            "Nie znaleziono strony",
            "Страница не найдена",
            "Sayfa bulunamadı",
        ),
        *("الصفحة غير موجودة", "ページが見つかりません", "페이지를 찾을 수 없습니다", "页面不存在"),
    ],
)
def test_an_error_page_is_told_by_its_title(title):
    assert verdict("<p>Try our home page, or the search.</p>", f"<title>{title}</title>") == Verdict(
        "none", "an error page"
    )


@pytest.mark.parametrize(
    "title", ["404", "Access denied: how a town lost its harbour to the sea in one night of April"]
)
def test_an_article_may_be_called_as_errors_are(title):
    assert verdict(TEXT, f"<title>{title}</title>").kind == "article"


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Log in | The Daily",
            "Sign in to continue",
            "Anmelden – Tageblatt",
            "Connexion",
            "Iniciar sesión",
            "Fazer login",
        ),
        *("Accedi", "Inloggen", "Zaloguj się", "Вход", "Giriş yap", "تسجيل الدخول", "ログイン", "로그인", "用户登录"),
    ],
)
def test_a_login_page_is_told_by_its_title_and_its_form(title):
    assert verdict(f"<p>Your name and password.</p>{FORM}", f"<title>{title}</title>").why == "a login page"


def test_an_article_may_have_a_login_form_beside_it():
    assert verdict(f"<p>{PROSE * 3}</p>{FORM}", "<title>Tides of a night</title>").kind == "article"


@pytest.mark.parametrize(
    "text",
    [
        "We and our 812 partners store cookies on your device. You may withdraw your consent at any time.",
        "Wir und unsere Partner verarbeiten personenbezogene Daten. Bitte erteilen Sie Ihre Einwilligung.",
        "Nous utilisons des cookies. Votre consentement est demandé pour traiter vos données personnelles.",
        "Usamos cookies y tratamos tus datos personales con tu consentimiento.",
        "Usamos cookies e tratamos seus dados pessoais com o seu consentimento.",
        "Usiamo cookie e trattiamo i dati personali con il tuo consenso.",
        "Wij gebruiken cookies en verwerken persoonsgegevens met uw toestemming.",
        "Używamy plików cookie. Wyraź zgodę na przetwarzanie danych osobowych.",
        "Мы используем файлы cookie и просим согласия на обработку персональных данных.",
        "Çerez kullanıyoruz ve kişisel verilerinizi işliyoruz.",
        "نستخدم ملفات تعريف الارتباط ونطلب موافقتك على سياسة الخصوصية.",
        "当サイトはクッキーを使用します。個人情報の取り扱いに同意してください。",
        "쿠키를 사용합니다. 개인정보 처리에 동의해 주세요.",
        "我们使用 Cookie，请同意我们的隐私政策和个人信息处理规则，然后继续浏览本网站的内容。",
    ],
)
def test_a_consent_wall_is_told_by_what_its_sentences_ask(text):
    page = xml.parse_html(f"<html><body><div><p>{text}</p><button>OK</button></div></body></html>")
    found = blocks(page)

    assert kind_of(page, URL, metadata(page, URL), found, [True] * len(found)).why == "a page that asks for consent"


def test_an_article_about_consent_is_one():
    text = "".join(f"<p>Cookie walls ask for consent, said court number {n}, and {PROSE}</p>" for n in range(14))

    assert verdict(text, "<title>What courts say of cookies</title>").kind == "article"


@pytest.mark.parametrize(
    "text", ["Please enable JavaScript to view this page.", "Verify you are human", "Bitte JavaScript aktivieren"]
)
def test_a_gate_is_no_article(text):
    assert verdict(f"<p>{text}</p>", "<title>daily.example</title>").why == "a page that asks for a script or a person"


@pytest.mark.parametrize(
    "url",
    [
        "https://daily.example/",
        "https://daily.example",
        "https://daily.example/index.html",
        "https://daily.example/en/",
    ],
)
def test_a_home_page_is_told_by_its_address_and_its_links(url):
    assert verdict(teasers(20), "<title>The Daily</title>", url).why == "a home page"


def test_a_saved_home_page_names_its_address_itself():
    head = '<title>The Daily</title><link rel="canonical" href="https://daily.example/">'

    assert verdict(teasers(20), head, url="inbox/page.html").why == "a home page"


def test_an_essay_at_the_root_of_a_site_is_an_article():
    assert verdict(TEXT, "<title>My essay</title>", "https://essay.example/").kind == "article"


@pytest.mark.parametrize(
    ("url", "head", "body"),
    [
        ("https://daily.example/tag/tides/", "", '<body class="archive tag tag-12">'),
        ("https://daily.example/?s=tides", "<title>Search results</title>", '<body class="search search-results">'),
        (
            "https://daily.example/sea",
            '<script type="application/ld+json">{"@type": "CollectionPage"}</script>',
            "<body>",
        ),
        ("https://daily.example/category/sea/page/2", '<meta property="og:type" content="website">', "<body>"),
    ],
)
def test_a_list_of_articles_is_told_by_what_it_declares_and_its_links(url, head, body):
    assert verdict(teasers(15) + f"<p>{PROSE}</p>", head, url, body).why == "a list of articles"


def test_an_article_under_a_topic_with_many_related_stories_is_one():
    head = '<meta property="og:type" content="article"><meta property="article:published_time" content="2026-11-24">'

    assert verdict(f"<p>{PROSE * 4}</p>" + teasers(15), head, "https://daily.example/topic/sea/tides").kind == "article"


@pytest.mark.parametrize(
    "offer",
    [
        *(
            "Subscribe to continue reading",
            "Already a subscriber? Log in",
            "Jetzt weiterlesen mit D+",
            "Réservé aux abonnés",
        ),
        *("Exclusivo para suscriptores", "Exclusivo para assinantes", "Contenuto riservato agli abbonati"),
        *(
            "Lees verder met een abonnement",
            "Tylko dla prenumeratorów",
            "Только для подписчиков",
            "Okumaya devam etmek için abone olun",
        ),
        *("للمشتركين فقط", "この記事は有料会員限定です", "구독자 전용 기사입니다", "订阅后继续阅读"),
    ],
)
def test_a_short_text_before_an_offer_of_the_rest_is_a_stub(offer):
    wall = f'<div class="paywall-box"><p>{offer}</p></div>'

    assert verdict(f"<p>{PROSE}</p>{wall}").kind == "stub"
    assert verdict(f"<p>{PROSE}</p><div><p>{offer}</p></div>", linked(isAccessibleForFree=False)).kind == "stub"


@pytest.mark.parametrize(
    "words",
    [
        *("Il vous reste 57.09% de cet article à lire. La suite est réservée aux abonnés.", "残り1,234文字"),
        *("80% of this article remains.", "Pozostało jeszcze 84% artykułu", "Te queda el 61 % por leer"),
        *("Ti rimane da leggere il 63%", "Noch 2.345 Zeichen"),
    ],
)
def test_a_text_of_any_length_is_a_stub_where_it_says_how_much_is_left(words):
    assert verdict(f"{TEXT}<p>{words}</p>").kind == "stub"
    assert verdict(f"{TEXT}<p>{PROSE * 2} {words}</p>").kind == "article"


def test_a_taste_of_the_words_that_the_page_says_it_has_is_a_stub():
    assert verdict(f"<p>{PROSE}</p>", linked(wordCount=1200)).kind == "stub"
    assert verdict(f"<p>{PROSE * 3}</p>", linked(wordCount=1200)).kind == "article"


def test_what_a_site_says_of_itself_at_its_root_is_no_article():
    site = '<meta property="og:type" content="website">'

    assert verdict(f"<p>{PROSE * 4}</p>", site, url="https://daily.example/").kind == "none"
    assert verdict(f"<p>{PROSE * 4}</p>", site + linked(), url="https://daily.example/").kind == "article"
    assert verdict(f"<p>{PROSE * 4}</p>", url="https://daily.example/").kind == "article"


def test_a_notice_where_a_search_begins_is_no_article():
    assert verdict(f"<p>{PROSE}</p>", url="https://daily.example/people/search").kind == "none"
    assert verdict(f"<p>{PROSE}</p>", url="https://daily.example/search/tides-come-late").kind == "article"


def test_a_text_shorter_than_the_page_says_is_a_stub_unless_its_json_has_the_rest():
    head = linked(isAccessibleForFree=False, wordCount=900)

    assert verdict(TEXT, head).why == "a paywall: 504 of its 900 words"
    assert verdict(TEXT, head, words=880).kind == "article"


@pytest.mark.parametrize("free", [True, None])
def test_a_short_article_is_no_stub(free):
    assert (
        verdict(f"<p>{PROSE}</p><p>Already a subscriber? Log in</p>", linked(isAccessibleForFree=free)).kind
        == "article"
    )


def test_a_shell_without_a_text_is_no_article():
    assert verdict("", "<title>App</title>").why == "a page without a text"
    assert verdict("", '<meta property="og:type" content="article">').kind == "article"


@pytest.mark.parametrize(
    "html", ["<p>" + "page " * 100_000, "<div>" * 4_000 + "x", "<title>" + "404 " * 50_000, "<p>x</p>" * 50_000]
)
def test_hostile_pages_are_judged_in_bounded_time(html):
    assert verdict(html).kind in ("article", "none")
