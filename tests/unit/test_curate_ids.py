"""Under which id readers know a record."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.curate.ids import is_absolute, published_ids
from cuttings.model.feed import Candidate, parted, revision_id
from cuttings.text.digest import is_made_here, urn_of
from tests.builders import NOW, record


def candidate(guid: str | None) -> Candidate:
    of = record()
    return Candidate(
        id=of.id, source=of.source, guid=guid, story=of.story, revision=1, authored=1, news=1,
        order_date=NOW, language=None, categories=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    "guid",
    [
        "https://example.org/?p=12",
        "http://example.org:8080/a%20b#c",
        "http://[2001:db8::1]/a",
        "tag:example.org,2026-11-24:a",
        "urn:uuid:3d6c4d0e-0000-4000-8000-000000000001",
        "urn:isbn:0451450523",
        "https://example.org/ärger",
    ],
)
def test_an_absolute_guid_is_taken_over_as_it_is(guid):
    assert next(published_ids(candidate(guid))) == guid


@pytest.mark.parametrize(
    "guid",
    [
        None,
        "",
        "12",
        "/?p=12",
        "mailto:a@example.org",
        "javascript:alert(1)",
        "https://",
        "https:///a",
        "https://example.org/a b",
        'https://example.org/"><script>',
        "https://example.org/%zz",
        "https://example.org/#a#b",
        "https://example.org/\u202e",
        "https://example.org/\n",
        "https://example.org/" + "a" * 1000,
        "tag:a",
        "urn:uuid:12",
        "urn:a:",
    ],
)
def test_what_is_no_absolute_iri_is_passed_over(guid):
    assert next(published_ids(candidate(guid))) == urn_of(record().id)


def test_a_record_whose_ids_others_hold_finds_another():
    ids = list(itertools.islice(published_ids(candidate("https://example.org/1")), 10))

    assert len(set(ids)) == 10
    assert all(map(is_absolute, ids))


@given(st.text())
def test_no_guid_is_too_strange(guid):
    assert is_absolute(next(published_ids(candidate(guid))))


def test_each_revision_of_a_record_has_an_id_of_its_own():
    name = record().id

    made = {urn_of(name), urn_of(revision_id(name, 2)), urn_of(revision_id(name, 3))}

    assert len(made) == 3
    assert all(is_made_here(urn) for urn in made)
    assert parted(revision_id(name, 2)) == (name, 2)
    assert parted(name) == (name, None)
