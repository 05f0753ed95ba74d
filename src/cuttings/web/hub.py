"""The door of our WebSub hub: takes the form at `/hub`, and hands on all else.

Standards: WebSub 5.1; RFC 9110 9.3.3; THREATS H-115, H-120.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from cuttings.web.asgi import Receive, Scope, Send, TooLarge, TooSlow, body_of, say
from cuttings.web.feeds import Published

Ask = Callable[[Mapping[str, str]], Awaitable[tuple[int, str]]]
"""Answers a form with a status and a line of text."""

FORM = b"application/x-www-form-urlencoded"
LARGEST = 16_384  # bytes of a form
FIELDS = 100


class HubDoor:
    """An ASGI application before that of the published files, which knows where readers reach us."""

    def __init__(self, ask: Ask, beyond: Published) -> None:
        self._ask, self._beyond = ask, beyond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0)."""
        if scope["type"] != "http" or scope["path"] not in ("/hub", f"{self._beyond.prefix}hub"):
            await self._beyond(scope, receive, send)
        elif scope["method"] != "POST":
            await say(send, 405, "a WebSub hub; it takes a POST", [(b"allow", b"POST")])
        elif dict(scope["headers"]).get(b"content-type", FORM).partition(b";")[0].strip().lower() != FORM:
            await say(send, 415, "a form is expected: " + FORM.decode())
        else:
            await self._answer(receive, send)

    async def _answer(self, receive: Receive, send: Send) -> None:
        try:
            form = _form(await body_of(receive, LARGEST))
        except TooLarge:
            await say(send, 413, f"a form has at most {LARGEST} bytes")
        except TooSlow:
            await say(send, 408, "the form took too long")
        except ValueError:
            await say(send, 400, "no form in UTF-8 with a few fields")
        else:
            await say(send, *await self._ask(form))


def _form(body: bytes) -> Mapping[str, str]:
    """Return the fields, the first of each name; raises ValueError."""
    pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    return dict(reversed(pairs))
