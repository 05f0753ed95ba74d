"""The door of our WebSub hub: which requests it takes, how much of them, and what stands in the field Link."""

import asyncio
from pathlib import Path

import pytest

from cuttings.web.asgi import TooSlow, body_of
from cuttings.web.feeds import Published
from cuttings.web.hub import LARGEST, HubDoor

LINK = b'<https://mine.example/hub>; rel="hub", <https://mine.example/feeds/daily.rss>; rel="self"'


async def ready():
    return True, "ready"


class Door:
    """A door before a folder of published files; `forms` are what came through it."""

    def __init__(self, folder: Path) -> None:
        self.forms: list[dict[str, str]] = []
        self.files = Published(folder, ready, "/news/")
        self.app = HubDoor(self.answer, self.files)

    async def answer(self, form):
        self.forms.append(dict(form))
        return 202, "accepted"

    async def ask(self, *body: bytes, path="/hub", method="POST", media_type=b"application/x-www-form-urlencoded"):
        sent, left = [], list(body or [b""])

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        scope = {"type": "http", "method": method, "path": path, "headers": [(b"content-type", media_type)]}
        await self.app(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"])


@pytest.fixture
def door(tmp_path):
    return Door(tmp_path)


@pytest.mark.parametrize("path", ["/hub", "/news/hub"])
async def test_a_form_comes_through_whole_the_first_of_each_field(door, path):
    status, _ = await door.ask(b"hub.mode=sub", b"scribe&hub.mode=x&hub.secret=%C3%A4+b", path=path)

    assert status == 202
    assert door.forms == [{"hub.mode": "subscribe", "hub.secret": "ä b"}]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ((b"a" * 10_000, b"b" * (LARGEST - 9_999)), 413),
        ((b"&".join(b"a=b" for _ in range(101)),), 400),
        ((b"hub.mode=\xff",), 400),
        ((b"hub.mode=%ff",), 400),
    ],
)
async def test_what_is_no_small_form_is_refused(door, body, status):
    assert (await door.ask(*body))[0] == status
    assert door.forms == []


async def test_other_types_and_methods_are_refused_and_other_paths_handed_on(door):
    assert (await door.ask(b"{}", media_type=b"application/json"))[0] == 415
    status, headers = await door.ask(method="GET")
    assert (status, headers[b"allow"]) == (405, b"POST")
    assert (await door.ask(path="/feeds/daily.rss"))[0] == 405
    assert door.forms == []


async def test_a_body_that_breaks_off_or_takes_too_long_is_no_body():
    async def gone():
        return {"type": "http.disconnect"}

    async def silent():
        await asyncio.Event().wait()

    with pytest.raises(TooSlow):
        await body_of(gone, 10)
    with pytest.raises(TooSlow):
        await body_of(silent, 10, within=0.0)


async def test_get_and_head_name_the_hub_and_the_document_alike(door, tmp_path):  # WP-1, WP-4
    for path in ("feeds/daily.rss", "feeds/daily.html"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"<rss/>")
    door.files.links = {"feeds/daily.rss": LINK}

    for method in ("GET", "HEAD"):
        assert (await door.ask(path="/news/feeds/daily.rss", method=method))[1][b"link"] == LINK
        assert b"link" not in (await door.ask(path="/feeds/daily.html", method=method))[1]
