"""The list of sources: what readers are told of their health, and what they are not."""

from datetime import timedelta

import pytest

from cuttings.model.article import Channel
from cuttings.model.feed import Site
from cuttings.model.source import Rhythm
from cuttings.render import health
from cuttings.render.html import OURS
from tests.builders import NOW, source, state

SITE = Site(title="My cuttings", url="https://cuttings.example/planet/")
MET = NOW - timedelta(days=30)


def words(declared, known=None):
    return OURS.sources(SITE, [health.told(declared, known)]).decode().partition("<main")[2]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (None, "new, not read yet"),
        (state(), "new, not read yet"),
        (state(met=MET), "good, followed since 25 Oct 2026"),
        (state(met=MET, rhythm=Rhythm(per_day=0.02)), "quiet, less than one article a month"),
        (state(met=MET, failures=3, failing_since=NOW, error="503"), "failing since 24 Nov 2026: <bdi>503</bdi>"),
        (state(met=MET, failures=9, failing_since=NOW), "failing since 24 Nov 2026</p>"),
        (state(met=MET, stopped=True, gone=NOW, failures=2), "gone since 24 Nov 2026"),
    ],
)
def test_a_source_is_as_well_as_it_is(known, said):
    assert said in words(source(), known)


def test_a_paused_source_is_paused_however_it_did():
    assert "paused</p>" in words(source(paused=True), state(met=MET, failures=9, failing_since=NOW, error="503"))


def test_a_visit_that_changes_nothing_changes_no_word():
    before = state(met=MET, last_visit=NOW, next_visit=NOW)
    after = state(met=MET, last_visit=NOW + timedelta(hours=1), next_visit=NOW + timedelta(hours=2), failures=1)

    assert words(source(), before) == words(source(), after)


def test_those_in_trouble_come_first_and_the_others_by_title():
    failing = state(met=MET, failures=5, failing_since=NOW, error="no answer")
    sources = [(source("zebra"), state(met=MET)), (source("Aardvark"), None), (source("weekly"), failing)]

    page = OURS.sources(SITE, [health.told(*one) for one in sources]).decode()

    assert page.index(">weekly</a>") < page.index(">Aardvark</a>") < page.index(">zebra</a>")
    assert "1 good, 1 new, 1 failing" in page


@pytest.mark.parametrize("address", ["https://me:hunter2@daily.example/f", "https://daily.example/f?token=hunter2"])
def test_an_address_with_a_credential_is_not_told_nor_why_it_fails(address):
    failing = state(
        address=address,
        met=MET,
        failures=5,
        failing_since=NOW,
        error="404 at /secret/hunter2",
        channel=Channel(title="The Daily", link="https://daily.example/?token=hunter2"),
    )

    page = words(source(url=address), failing)

    assert "The Daily" in page
    assert "hunter2" not in page
    assert "href" not in page.partition("</main>")[0]


def test_an_address_that_an_environment_variable_went_into_is_not_told_either():
    address = "https://daily.example/of/hunter2/feed.xml"
    failing = state(address=address, met=MET, failures=5, failing_since=NOW, error=f"404 at {address}")

    assert "hunter2" not in words(source(url=address, secret=True), failing)
    assert "hunter2" in words(source(url=address), failing)


@pytest.mark.parametrize(
    ("declared", "error", "said"),
    [
        (source(url=None, folder="/srv/inbox", written="inbox/"), "/srv/inbox: no such folder", "cannot be read"),
        (source(), "daily.example is not public: 10.1.2.3 is private", "its address is not public"),
        (source(), "moved to https://x.example/?token=hunter2", "token=***"),
    ],
)
def test_what_concerns_only_the_operator_is_not_told(declared, error, said):
    page = words(declared, state(met=MET, failures=4, failing_since=NOW, error=error))

    assert said in page
    assert not any(secret in page for secret in ("/srv", "10.1.2.3", "hunter2"))


def test_an_empty_list_says_how_to_begin():
    assert "cuttings source add" in OURS.sources(SITE, ()).decode()


def test_what_sources_say_of_themselves_is_text():
    evil = state(met=MET, channel=Channel(title="<img src=x onerror=alert(1)>", link="javascript:alert(1)"))

    page = words(source(tags=("<b>",)), evil)

    assert "<img" not in page
    assert "javascript:" not in page
    assert "<b>" not in page
