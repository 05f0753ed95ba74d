"""What a source may have sent along with its requests, and what of it has to come from the environment.

Pure.  Standards: RFC 9110 5.5 (field values), 11.6.2 (Authorization), RFC 7617 (Basic), RFC 6750 (Bearer);
STANDARDS RQ-2, RQ-7, HC-2: who we are, how we read and what we hold is said by us alone.
"""

import base64
import re
from collections.abc import Mapping

MOST = 20  # headers of one source

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e\xa0-\xff]{1,8000}")
_OURS = re.compile(
    r"host|user-agent|connection|keep-alive|upgrade|te|trailer|expect|range|accept-encoding|a-im"
    r"|content-.*|transfer-.*|proxy-.*|if-.*|sec-.*",
    re.IGNORECASE,
)
_SECRET = re.compile(r"cookie|auth|key|token|secret|passw|session|signature", re.IGNORECASE)
_SCHEME = re.compile(r"(?:basic|bearer|token) +\S+", re.IGNORECASE)

FROM_THE_ENVIRONMENT = "secrets never stand in the file: write ${NAME}, and set NAME in the environment"


def headers(written: Mapping[str, str]) -> dict[str, str]:
    """Return header fields as they are sent.  Raises ValueError, without their values, for what cannot be sent."""
    if len(written) > MOST:
        raise ValueError(f"at most {MOST} headers")
    sent = {name.strip(): _sendable(name, value) for name, value in written.items()}
    if len({name.lower() for name in sent}) < len(written):
        raise ValueError("a header stands here twice; their case does not tell them apart")
    return sent


def authorization(written: str) -> str:
    """Return the value of Authorization: `user:password` becomes Basic, a scheme that is named stays as it is.

    Raises ValueError, without the value, for what is neither.
    """
    value = written.strip()
    if _SCHEME.fullmatch(value) and _VALUE.fullmatch(value):
        return value
    if ":" not in value or not value.isprintable():
        raise ValueError("`user:password` or `Bearer …` is expected, from the environment: ${NAME}")
    return "Basic " + base64.b64encode(value.encode()).decode()


def is_secret(name: str) -> bool:
    """Tell whether a header is one by which somebody is let in."""
    return _SECRET.search(name) is not None


def _sendable(name: str, value: str) -> str:
    if not _NAME.fullmatch(name.strip()):
        raise ValueError("a header's name has letters, digits and - only, like Accept-Language")
    if _OURS.fullmatch(name.strip()):
        raise ValueError(f"{name.strip()} is said by us alone")
    if name.strip().lower() == "authorization":
        raise ValueError("write `auth: ${NAME}` for it")
    if not _VALUE.fullmatch(value.strip()):
        raise ValueError(f"{name.strip()}: one line of plain characters is expected")
    return value.strip()
