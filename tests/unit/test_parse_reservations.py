"""What a publisher reserves."""

import pytest

from cuttings.model.capture import Document
from cuttings.parse import reservations


def page(head: str = "", **headers: str) -> Document:
    named = {"content-type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Document(body=f"<html><head>{head}</head><body>".encode(), url="https://daily.example/1", headers=named)


@pytest.mark.parametrize(
    ("document", "reserved"),
    [
        (page(), ()),
        (page('<meta name="robots" content="index, follow">'), ()),
        (page('<meta name="robots" content="index,NOARCHIVE">'), ("noarchive",)),
        (page("<META content=noarchive name=Robots />"), ("noarchive",)),
        (page("<meta name='cuttings' content='noarchive'>"), ("noarchive",)),
        (page('<meta name="googlebot" content="noarchive">'), ()),
        (page('<meta name="tdm-reservation" content="1">'), ("tdm",)),
        (page('<meta name="tdm-reservation" content="0">'), ()),
        (page(x_robots_tag="noindex, noarchive"), ("noarchive",)),
        (page(x_robots_tag="otherbot: noarchive, nofollow"), ()),
        (page(x_robots_tag="otherbot: nofollow, cuttings: noarchive"), ("noarchive",)),
        (page(x_robots_tag="unavailable_after: 25 Jun 2027 15:00:00 PST, noarchive"), ("noarchive",)),
        (page(cache_control="private, no-store"), ("no-store",)),
        (page(cache_control="no-cache"), ()),
        (page(tdm_reservation="1"), ("tdm",)),
        (
            page('<meta name="robots" content="noarchive">', x_robots_tag="noarchive", tdm_reservation="1"),
            ("noarchive", "tdm"),
        ),
        (Document(body=b"<rss><channel><podcast:locked owner='a@b'>yes</podcast:locked>", url=""), ("locked",)),
        (Document(body=b"<rss><channel><podcast:locked>no</podcast:locked>", url=""), ()),
    ],
)
def test_what_is_reserved_is_heard_where_it_speaks_to_us(document, reserved):
    assert reservations.of(document) == reserved


@pytest.mark.parametrize("piece", ["<meta ", "<meta name=", "<podcast:locked ", "name='", "<meta name='x' "])
def test_a_head_of_one_piece_again_and_again_is_soon_read(piece):
    assert reservations.of(page(piece * 40_000)) == ()
