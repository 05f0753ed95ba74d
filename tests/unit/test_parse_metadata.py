"""What a page says of itself: who says what, in which order they are heard, and what is no name and no date."""

import json

import pytest

from cuttings.model.article import Image, Person
from cuttings.parse import people
from cuttings.parse.metadata import Metadata, metadata
from cuttings.parse.metadata.names import people_in
from cuttings.text import xml

URL = "https://daily.example/2024/05/03/tides"
FILL = "<p>The tide came in late that night, and the boats lay dry until the morning.</p>" * 3


def told(head: str = "", body: str = "", url: str = URL, **attributes: str) -> Metadata:
    marked = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return metadata(xml.parse_html(f"<html{marked}><head>{head}</head><body>{body}{FILL}</body></html>"), url)


def linked(**fields: object) -> str:
    article = {"@type": "NewsArticle", "headline": "Tides"} | fields
    return f'<script type="application/ld+json">{json.dumps(article)}</script>'


def names(said: Metadata) -> list[str]:
    return [person.name for person in said.authors]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<title>Tides turn at last | The Daily</title><meta property='og:site_name' content='The Daily'>", ""),
        ("<title>News - Tides turn at last - The Daily</title>", "<h2>Tides turn at last</h2>"),
        ("<title>Tides turn at last » The Daily</title>", "<h1>The Daily</h1><h2>Tides turn at last</h2>"),
        ("<title>Tides turn at last</title>", "<h1><span>Weather</span> Tides turn at last</h1>"),
        ("<title>Tides: all you must know</title>", "<h1>Tides turn at last</h1>"),
        ("<title>Tides turn at last</title>", "<h1>The Daily</h1><h1>Tides turn\u00ad at last</h1>"),
        ("<title>Tides turn at last | daily.example</title>", ""),
        ("<title>Tides turn at last</title>", "<h1><a href='/'>Sea watch, every day</a></h1>"),
        ("<title>Why the sea stays away</title>", "<h1>Tides turn at last</h1><aside><h1>More of it</h1></aside>"),
        ("<title>Tides turn at last | Opinion</title>", "<h1>Tides turn at last | Opinion</h1>"),
        ("<title>The sea</title>", "<h1><small>The week in water</small><br>Tides turn at last</h1>"),
        ("<title>Tides turn at last</title>", "<h1>Sea and Shore Center</h1><div><h2>Tides turn at last</h2></div>"),
        ("<title>Tides</title>", "<h1>Tides turn at last</h1><h2>Tides</h2>"),
        ("<meta property='og:title' content='Tides turn at last'>", "<h1>Tides turn at last <i>3 May, Sea</i></h1>"),
        ("<meta property='og:title' content='The sea stays away'>", "<h1>Tides turn at last</h1>" * 2),
        ("", "<h1>Tides turn at last<a href='#tides'>¶</a></h1>"),
    ],
)
def test_the_headline_is_told_from_sections_sites_and_kickers(head, body):
    assert told(head, body).title == "Tides turn at last"


def test_a_headline_that_is_the_name_of_the_site_is_one_where_nothing_else_is_said():
    assert told("", "<h1>Daily</h1>").title == "Daily"


def test_a_headline_that_holds_a_separator_is_whole():
    assert told("<title>Black – white – grey</title>", "<h1>Black – white – grey</h1>").title == "Black – white – grey"


def test_a_kicker_stays_apart_where_one_witness_parts_it():
    title = "<title>Weather: Tides turn at last</title>"

    assert told(title, "<h1><b>Weather</b> Tides turn at last</h1>").title == "Weather: Tides turn at last"


def test_a_headline_in_the_place_of_the_name_of_the_site_is_one():
    long = "Tides turn at last along all of the coast"
    said = told(f"<meta property='og:site_name' content='{long}'><title>{long}</title>", f"<h1>{long}</h1><h1>Sea</h1>")

    assert (said.title, said.site) == (long, None)


@pytest.mark.parametrize(
    "body",
    [
        "<header><h1>Tides turn</h1><p>Nobody saw it coming.</p></header>",
        "<h1>Tides turn</h1><div class='article__dek'>Nobody saw it coming.</div>",
        "<h1>Tides turn</h1><div><p>Nobody saw it coming.</p></div>",
    ],
)
def test_the_line_under_the_headline_is_the_subtitle(body):
    said = told("<meta name='description' content='Nobody saw it coming.'>", body)

    assert said.subtitle == "Nobody saw it coming."


def test_a_headline_that_is_nothing_but_markup_is_none():
    raw = "<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title='</style>x'></style></h1>"

    assert told("<title>&lt;b&gt;&lt;/b&gt;</title>", raw).title is None


def test_a_dateline_is_no_subtitle():
    assert told("", "<h1>Tides turn</h1><p class='dek'>Jane Roe, 3 May 2024, 10:15</p>").subtitle is None


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("By Jane Roe", ["Jane Roe"]),
        ("BYJane Roe", ["BYJane Roe"]),
        ("ByJane Roe", ["Jane Roe"]),
        ("Ann Lee as told to Jane Roe", ["Jane Roe"]),
        ("By Jane Roe The Daily Press", ["Jane Roe"]),
        ("Jane Roe @janeroe", ["Jane Roe"]),
        ("By Jane Roe and John Doe, Staff Writers", ["Jane Roe", "John Doe"]),
        ("Von Anna Groß und Lars Klein, Redaktion", ["Anna Groß", "Lars Klein"]),
        ("Par Zoé Petit et Luc Blanc", ["Zoé Petit", "Luc Blanc"]),
        ("Por Ana Ruiz y Luis Gil", ["Ana Ruiz", "Luis Gil"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Текст: Анна Белова и Иван Серов", ["Анна Белова", "Иван Серов"]),
        ("بقلم سارة حداد و عمر ناصر", ["سارة حداد", "عمر ناصر"]),
        ("记者 王伟、李娜", ["王伟", "李娜"]),
        ("Jane Roe (jane@daily.example)", ["Jane Roe"]),
        ("Jane Roe, MD, PhD", ["Jane Roe"]),
        ("Jane Roe for The Daily", ["Jane Roe"]),
        ("Staff", []),
        ("Redaktion", []),
        ("https://social.example/daily", []),
    ],
)
def test_a_byline_names_people(line, people):
    assert people_in(line) == people


@pytest.mark.parametrize(
    "line",
    ["Die Themen der Woche", "Share Tweet Print", "Read more", "by the sea", "Follow Us", "5 minutes ago", "Von wegen"],
)
def test_other_lines_on_a_page_name_nobody(line):
    assert people_in(line, visible=True) == []


@pytest.mark.parametrize(
    ("head", "body", "witness"),
    [
        (linked(author={"@type": "Person", "name": "Jane Roe"}), "", "JSON-LD author"),
        (linked(author=[{"@id": "#jane"}]), "", "JSON-LD author"),
        ("<meta name='author' content='By Jane Roe'>", "", "meta author"),
        ("", "<h1>Tides</h1><p itemprop='author'><b itemprop='name'>Jane Roe</b></p>", "microdata author"),
        ("", "<h1>Tides</h1><a rel='author' href='/jane'>Jane Roe</a>", "rel author"),
        ("", "<h1>Tides</h1><div class='c-byline'>By <b>Jane Roe</b> | 3 May 2024</div>", "the byline"),
        ("", "<h1>Tides</h1><p>Posted on 3 May 2024 by Jane Roe</p>", "the byline"),
        ("", "<h1>Tides</h1><div><span>Jane Roe</span><span>3 May 2024</span></div>", "a name beside the headline"),
        ("", "<h1>Tides</h1><p>Words: <a href='/authors/jane-roe'>Jane Roe</a></p>", "author link"),
    ],
)
def test_authors_are_found_wherever_they_are_named_and_who_named_them_is_kept(head, body, witness):
    named = '<script type="application/ld+json">{"@id": "#jane", "@type": "Person", "name": "Jane Roe"}</script>'

    said = told(head + named, body)

    assert (names(said), dict(said.witnesses)["authors"]) == (["Jane Roe"], witness)


def test_people_go_before_the_outlet_and_the_outlet_before_nobody():
    head = "<meta property='og:site_name' content='The Daily'>" + linked(author={"name": "The Daily"})

    assert names(told(head)) == ["The Daily"]
    assert names(told(head, "<h1>Tides</h1><p class='byline'>By Jane Roe</p>")) == ["Jane Roe"]


def test_a_person_named_on_the_page_goes_before_an_agency_and_a_desk():
    agency = linked(author={"name": "The Morning Wire Press"})

    assert names(told(agency, "<h1>Tides</h1><p class='byline'>By Jane Roe</p>")) == ["Jane Roe"]
    assert names(told(agency)) == ["The Morning Wire Press"]


def test_all_who_are_linked_as_authors_are_named_where_linked_data_names_one():
    body = "<h1>Tides</h1><p><a rel='author'>Jane Roe</a> and <a rel='author'>John Doe</a></p>"

    assert names(told(linked(author={"name": "Jane Roe"}), body)) == ["Jane Roe", "John Doe"]


def test_a_word_with_figures_by_which_somebody_signs_is_a_name_where_it_is_declared():
    assert names(told("", "<h1>Tides</h1><a rel='author' href='/author/jane'>jane1984</a>")) == ["jane1984"]


def test_an_author_is_known_by_the_address_that_linked_data_gives():
    said = told(linked(author={"name": "Jane Roe", "url": "/people/jane"}))

    assert said.authors == (Person(name="Jane Roe", url="https://daily.example/people/jane"),)


def test_authors_of_comments_and_of_related_articles_are_not_asked():
    said = told("", "<h1>Tides</h1><aside class='related'><a rel='author'>Jane Roe</a></aside>")

    assert said.authors == ()


@pytest.mark.parametrize(
    ("head", "body", "published", "witness"),
    [
        (linked(datePublished="2024-05-03T10:15:00+02:00"), "", "2024-05-03T10:15:00+02:00", "JSON-LD datePublished"),
        (
            "<meta property='article:published_time' content='2024-05-02'>",
            "",
            "2024-05-02",
            "meta article:published_time",
        ),
        ("", "<h1>Tides</h1><time datetime='2024-05-01T08:00Z'>yesterday</time>", "2024-05-01T08:00Z", "time"),
        ("", "<h1>Tides</h1><p class='date'>1. Mai 2024, 10.30 Uhr</p>", "1. Mai 2024, 10.30 Uhr", "the dateline"),
        ("", "<h1>Tides</h1><p>By Jane Roe, May 1, 2024</p>", "May 1, 2024", "the dateline"),
        ("", "<h1>Tides</h1>", "2024-05-03", "the address"),
    ],
)
def test_the_most_deliberate_witness_tells_the_date_and_the_address_is_the_last(head, body, published, witness):
    said = told(head, body)

    assert (said.published, dict(said.witnesses)["published"]) == (published, witness)


@pytest.mark.parametrize(
    "line", ["2 hours ago", "vor 3 Stunden", "Copyright 2024, 3 May 2024", "Tel. 030 2024 115", "1.3.3"]
)
def test_relative_times_rights_and_numbers_are_no_date(line):
    assert told("", f"<h1>Tides</h1><p>{line}</p>", url="https://daily.example/tides").published is None


def test_the_date_of_a_change_is_not_the_day_of_publication():
    said = told("", "<h1>Tides</h1><p class='date'>Updated: May 4, 2024</p><p class='date'>May 1, 2024</p>")

    assert (said.published, said.modified) == ("May 1, 2024", "May 4, 2024")


@pytest.mark.parametrize(
    ("body", "published"),
    [
        ("<time datetime='2024-05-03T10:15:00+02:00'></time>", "2024-05-03T10:15:00+02:00"),
        ("<time datetime='2024-05-04T10:15:00+02:00'></time>", "2024-05-03"),
        ("<meta itemprop='dateModified' content='2024-05-03T21:00:00Z'>", "2024-05-03"),
    ],
)
def test_who_tells_the_time_of_the_same_day_goes_before_who_tells_the_day_alone(body, published):
    assert told(linked(datePublished="2024-05-03"), f"<h1>Tides</h1>{body}").published == published


IN_UTC = "2024-05-02T22:30:20Z"


@pytest.mark.parametrize(
    ("body", "published"),
    [
        ("<p class='date'>May 3, 2024 8:30 am</p>", "2024-05-03T08:30:20+10:00"),
        ("<time datetime='2024-05-03T00:30:20+02:00'></time>", "2024-05-03T00:30:20+02:00"),
        ("<p class='date'>May 3, 2024 8:47 am</p>", IN_UTC),
        ("<p class='date'>May 2, 2024 10:30</p>", IN_UTC),
        ("<p class='date'>Updated: May 3, 2024 8:30 am</p>", IN_UTC),
        ("<p class='date'>May 3, 2024</p>", IN_UTC),
    ],
)
def test_a_moment_in_utc_is_told_by_the_clock_that_readers_see(body, published):
    assert told(linked(datePublished=IN_UTC), f"<h1>Tides</h1>{body}").published == published


def test_a_day_alone_tells_the_zone_of_a_midnight():
    said = told(linked(datePublished="2024-05-02T22:00:00Z"), "<h1>Tides</h1><p class='date'>May 3, 2024</p>")

    assert said.published == "2024-05-03T00:00:00+02:00"


def test_the_date_nearest_the_headline_goes_before_those_of_other_articles():
    others = "".join(f"<div><h3>Ebb</h3><p class='date'>April {day}, 2024</p></div>" for day in range(1, 9))

    assert told("", f"{others}<p class='date'>May 3, 2024</p><h1>Tides</h1>{FILL}{others}").published == "May 3, 2024"


def test_what_is_met_beside_the_headline_belongs_to_it():
    assert told("", "<h1>Tides</h1><aside><p>May 2, 2024</p></aside>").published == "May 2, 2024"


def test_a_tag_that_says_date_alone_goes_after_the_date_that_readers_see():
    head, body = "<meta name='date' content='2024-05-01'>", "<h1>Tides</h1><p class='date'>May 2, 2024</p>"

    assert told(head, body).published == "May 2, 2024"
    assert told(head, "<h1>Tides</h1>").published == "2024-05-01"


def test_a_footer_that_says_when_the_article_appeared_is_believed():
    where = "https://daily.example/tides"

    assert (
        told("", f"<h1>Tides</h1>{FILL * 9}<footer>Published: May 2, 2024</footer>", where).published == "May 2, 2024"
    )
    assert told("", f"<h1>Tides</h1>{FILL * 9}<footer>May 2, 2024</footer>", where).published is None


def test_a_headline_may_begin_with_its_day():
    said = told("", "<h1>03.05.2024 - Tides turn at last</h1>", url="https://daily.example/tides")

    assert said.published == "03.05.2024"


def test_a_language_tells_the_day_from_the_month():
    body = "<h1>Tides</h1><p class='date'>03/04/2024</p>"

    assert told("", body, lang="fr").published == "2024-04-03T00:00:00+00:00"
    assert told("", body, lang="en-US").published == "2024-03-04T00:00:00+00:00"


def test_the_lead_image_has_the_caption_of_its_figure_whatever_its_size():
    head = "<meta property='og:image' content='/i/boats-dry-1200x800.jpg'>"
    picture = "<img src='/i/boats-dry-300x200.jpg' alt='Two boats'>"
    figure = f"<figure>{picture}<figcaption>Boats. Photo: Roe</figcaption></figure>"

    assert told(head, figure).image == Image(
        url="https://daily.example/i/boats-dry-1200x800.jpg", alt="Two boats", caption="Boats. Photo: Roe"
    )


@pytest.mark.parametrize(
    ("head", "rights"),
    [
        ("<link rel='license' href='/licence'>", "https://daily.example/licence"),
        ("<meta name='dc.rights' content='© The Daily'>", "© The Daily"),
        (linked(license="https://licence.example/by/4.0/"), "https://licence.example/by/4.0/"),
        ("", None),
    ],
)
def test_a_licence_is_kept_where_one_is_stated(head, rights):
    assert told(head).rights == rights


@pytest.mark.parametrize(
    ("head", "paywalled"),
    [
        (linked(isAccessibleForFree=False), True),
        (linked(isAccessibleForFree="False"), True),
        (linked(isAccessibleForFree=True), False),
        ("<meta property='article:content_tier' content='locked'>", True),
        ("", None),
    ],
)
def test_a_paywall_is_known_where_the_page_says_so(head, paywalled):
    assert told(head).paywalled is paywalled


def test_of_several_things_the_article_of_this_address_is_heard():
    other = {"@type": "NewsArticle", "headline": "Storms", "url": "https://daily.example/storms"}
    this = {"@type": "NewsArticle", "headline": "Tides turn", "mainEntityOfPage": URL}
    graph = {"@graph": [{"@type": "WebPage", "headline": "The Daily"}, other, this]}

    said = told(f'<script type="application/ld+json">{json.dumps(graph)}</script>')

    assert said.title == "Tides turn"


@pytest.mark.parametrize(
    "head",
    [
        "<meta name='author' content='" + "A, " * 50_000 + "'>" * 1,
        "<meta property='twitter:title' content='Tides'>" * 5_000,
        "<title>" + " - ".join("abcdefgh") * 5_000 + "</title>",
        '<script type="application/ld+json">' + '{"@graph":[' * 5_000 + "</script>",
        linked(author=[{"@id": "#a"}] * 5_000, image=[{"@id": "#a"}] * 5_000),
    ],
)
def test_hostile_heads_are_read_in_bounded_time(head):
    assert told(head, "<div>" * 200 + "<h1>Tides</h1>").title


@pytest.mark.parametrize(
    ("line", "name"),
    [("By Ann Lee", "Ann Lee"), ("Von Anna Groß", "Anna Groß"), ("Di Canio", "Di Canio"), ("Byron Lee", "Byron Lee")],
)
def test_feeds_say_by_too(line, name):
    assert people.named(line) == name
