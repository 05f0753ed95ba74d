"""What robots.txt allows us.

Pure: the file's bytes in, verdicts out.

Standards: RFC 9309; `Crawl-delay` is not in it, and honoured all the same (STANDARDS RB-7).
"""

import re
from functools import lru_cache

from protego import Protego

LONGEST = 500 * 1024  # bytes that are read; RFC 9309 2.5 asks for at least as many
LONGEST_DELAY = 60.0  # seconds

_GROUP = re.compile(r"^([ \t]*user[- ]?agent[ \t]*:)[ \t]*([^\n#]*)", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"[A-Za-z_-]*")  # RFC 9309 2.2.1
_OTHERS = "~"  # a token that nobody has


def allows(body: bytes | None, agent: str, url: str) -> bool:
    """Tell whether `agent` (a product token) may fetch a URL; None, a file that nobody could get, allows nothing."""
    if body is None:
        return False
    return not body or bool(_rules(body[:LONGEST], agent).can_fetch(url, agent))


def crawl_delay(body: bytes | None, agent: str) -> float:
    """Return the seconds that shall lie between two requests, LONGEST_DELAY at most; 0.0 where it does not say."""
    delay = _rules(body[:LONGEST], agent).crawl_delay(agent) if body else None
    return min(max(float(delay), 0.0), LONGEST_DELAY) if delay else 0.0


@lru_cache(maxsize=64)  # the pages of a visit ask one after the other
def _rules(body: bytes, agent: str) -> Protego:
    text = body.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return Protego.parse(_GROUP.sub(lambda line: f"{line[1]} {_addressed(line[2], agent)}", text))


def _addressed(value: str, agent: str) -> str:
    """Whom a group is for: us by our whole token, all, or others.  Protego would take a part of our name for us."""
    if value.split(maxsplit=1)[:1] == ["*"]:
        return "*"
    token = _TOKEN.match(value)
    return agent if token and token[0].lower() == agent.lower() else _OTHERS
