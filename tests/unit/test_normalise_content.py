"""Entries in their source's words become drafts in our normal form."""

from datetime import UTC, datetime

import pytest

from cuttings.model.article import Channel, Enclosure, Entry, Image, Person
from cuttings.normalise.content import LONGEST_TITLE, MOST_CATEGORIES, clean, merged
from tests.builders import draft, entry, trace

ENGLISH = "The tide came in late that night, and the boats lay dry until the morning. " * 5
GERMAN = "In jener Nacht kam die Flut sehr spät, und die Boote lagen bis zum Morgen trocken. " * 5


def cleaned(of: Entry, channel: Channel | None = None):
    return clean(of, channel or Channel())


def test_addresses_are_absolute_and_tracking_is_off():
    made = cleaned(
        entry(
            trace=trace(link="https://daily.example/1?utm_source=rss"),
            base="https://daily.example/1",
            content='<p><a href="/2?utm_source=rss">Two</a></p>',
        )
    )

    assert made.url == "https://daily.example/1"
    assert 'href="https://daily.example/2"' in made.content


def test_unknown_stays_none():
    made = cleaned(Entry(trace=trace(None, title=None), base=""))

    assert (made.title, made.content, made.text) == ("", "", "")
    assert [made.url, made.canonical_url, made.published, made.modified, made.language] == [None] * 5
    assert [made.summary, made.subtitle, made.image, made.rights] == [None] * 4


def test_a_lone_summary_is_the_content_and_not_whole():
    made = cleaned(entry(content=None, summary="<p>High water.</p>"))

    assert (made.content, made.summary, made.whole) == ("<p>High water.</p>", None, False)


def test_a_summary_beside_the_content_is_plain_text():
    made = cleaned(entry(summary="<p>High &amp; <b>low</b></p>", content="<p>High and low water, a report.</p>"))

    assert (made.summary, made.whole) == ("High & low", True)


def test_a_summary_that_is_the_content_again_is_none():
    assert cleaned(entry(summary="High.", content="<p>High.</p>")).summary is None


def test_plain_text_content_becomes_paragraphs():
    assert cleaned(entry(content="One <b>\n\nTwo", content_type="text")).content == "<p>One &lt;b&gt;</p><p>Two</p>"


@pytest.mark.parametrize(
    "end",
    [
        "and then […]",
        "and then [...]",
        "and then…",
        "and then... <a href='/1'>Read more</a>",
        "said it.</p><p><a href='/1'>Continue reading</a>",
        "and then [&#8230;]</p><p>The post <a href='/1'>Tides</a> appeared first on <a href='/'>The Daily</a>.",
    ],
)
def test_a_text_that_says_there_is_more_is_not_whole(end):
    assert not cleaned(entry(content=f"<p>{ENGLISH}{end}</p>")).whole


@pytest.mark.parametrize("end", ["that was all.", "He reads more than others.", "“Never again!”"])
def test_a_text_that_ends_is_whole(end):
    assert cleaned(entry(content=f"<p>{ENGLISH}{end}</p>")).whole


def test_the_image_that_opens_the_content_stands_in_image_only():
    made = cleaned(
        entry(
            content='<figure><img src="/boat.jpg" alt="Boat"><figcaption>A boat</figcaption></figure><p>High.</p>',
            image=Image(url="https://daily.example/boat-150x150.jpg"),
        )
    )

    assert made.content == "<p>High.</p>"
    assert made.image == Image(url="https://daily.example/boat-150x150.jpg", alt="Boat", caption="A boat")


def test_the_caption_of_an_image_that_was_not_saved_is_kept_without_an_address():
    assert cleaned(entry(image=Image(url=None, caption="A boat &amp; a gull"))).image == Image(
        url=None, caption="A boat & a gull"
    )
    assert cleaned(entry(image=Image(url=None, alt="Boat"))).image is None
    assert cleaned(entry(image=Image(url="javascript:x", caption="A boat"))).image is None


def test_an_image_that_is_all_there_is_stays_in_the_content():
    made = cleaned(entry(content='<img src="/comic.png" alt="A comic">'))

    assert ("comic.png" in made.content, made.image) == (True, None)


def test_the_declared_language_stands_unless_the_text_clearly_is_in_another():
    assert cleaned(entry(content=f"<p>{ENGLISH}</p>", language="en_gb")).language == "en-GB"
    assert cleaned(entry(content="<p>Moin.</p>"), Channel(language="de")).language == "de"
    assert cleaned(entry(content=f"<p>{GERMAN}</p>"), Channel(language="en-US")).language == "de"
    assert cleaned(entry(content=f"<p>{GERMAN}</p>")).language == "de"


def test_dates_are_the_sources_own_and_nonsense_is_none():
    made = cleaned(entry(published="Tue, 24 Nov 2026 03:10:00 GMT", modified="0000-00-00"))

    assert (made.published, made.modified) == (datetime(2026, 11, 24, 3, 10, tzinfo=UTC), None)


@pytest.mark.parametrize(
    "title",
    ["<script>alert(1)</script>Tides", "Ti\u202edes"[:2] + "\u202edes", "  Tides\n", "<b>Tides</b>"],
)
def test_a_title_is_plain(title):
    assert cleaned(entry(title=title, title_type="html")).title == "Tides"


def test_a_title_is_bounded():
    assert len(cleaned(entry(title="tide " * 200_000)).title) <= LONGEST_TITLE


def test_authors_fall_back_to_the_channel_and_stand_once():
    people = (Person(name="Jane &amp; Co"), Person(name="jane & co", url="https://jane.example/"), Person(name=" \n"))

    assert [person.name for person in cleaned(entry(authors=people)).authors] == ["Jane & Co"]
    assert cleaned(entry(), Channel(authors=(Person(name="Desk"),))).authors == (Person(name="Desk"),)


def test_an_authors_hostile_address_is_dropped():
    [author] = cleaned(entry(authors=(Person(name="Jane", url="javascript:alert(1)"),))).authors

    assert author == Person(name="Jane")


def test_categories_stand_once_and_are_bounded():
    made = cleaned(entry(categories=("Sea", "sea ", "", *(f"c{n}" for n in range(10_000)))))

    assert made.categories[:2] == ("Sea", "c0")
    assert len(made.categories) == MOST_CATEGORIES


def test_enclosures_are_cleaned():
    made = cleaned(
        entry(
            enclosures=(
                Enclosure(url="/a.mp3", type="Audio/MPEG; x=1", length=7),
                Enclosure(url="https://daily.example/b.mp3", type="text/html\r\nx", length=-1),
                Enclosure(url="file:///etc/passwd"),
                Enclosure(url="javascript:alert(1)"),
            )
        )
    )

    assert made.enclosures == (
        Enclosure(url="https://daily.example/a.mp3", type="audio/mpeg", length=7),
        Enclosure(url="https://daily.example/b.mp3"),
    )


def test_a_home_page_is_no_canonical_address():
    made = cleaned(entry(trace=trace(link="https://daily.example/"), canonical="https://daily.example/?utm_source=x"))

    assert made.canonical_url is None


def test_a_link_is_canonical_where_nothing_else_is_named():
    made = cleaned(entry(trace=trace(link="https://Daily.example:443/1?utm_source=x#top")))

    assert made.canonical_url == "https://daily.example/1"


def test_a_hostile_link_is_dropped_and_the_entry_kept():
    made = cleaned(entry(trace=trace("a", link="javascript:alert(1)")))

    assert (made.url, made.title) == (None, "Tides")


def test_the_page_gives_the_text_and_the_feed_the_rest():
    feed = draft(text="High.", content="<p>High.</p>", whole=False, title="Tides", authors=(Person(name="Jane"),))
    page = draft(
        text="High water, all of it.",
        content="<p>High water, all of it.</p>",
        status="full",
        title="Tides | The Daily",
        authors=(Person(name="Desk"),),
        canonical_url="https://daily.example/tides",
    )

    both = merged(feed, page)

    assert (both.text, both.status, both.whole) == (page.text, "full", True)
    assert (both.title, both.authors, both.trace, both.published) == ("Tides", feed.authors, feed.trace, feed.published)
    assert (both.summary, both.canonical_url) == ("High.", "https://daily.example/tides")


def test_a_page_that_is_shorter_than_the_feed_does_not_replace_it():
    feed = draft(text="High water, all of it.", content="<p>High water, all of it.</p>")

    both = merged(feed, draft(text="Please subscribe.", content="<p>Please subscribe.</p>", status="full"))

    assert (both.text, both.status) == (feed.text, "feed")
