"""A capture read again: the document that an exchange once brought.

Pure; bounded as when it came.
Standards: RFC 9112 (HTTP/1.1), RFC 9110 8.4 (content codings).
"""

from dataclasses import replace

from cuttings.errors import ParseError
from cuttings.fetch import headers
from cuttings.fetch.answer import Answer, Limits
from cuttings.model.capture import Document, Exchange
from cuttings.text import packing

_LIMITS = Limits(body=1 << 30)  # the largest body that may be configured


def document(exchange: Exchange) -> Document:
    """Return what an exchange brought, decoded; of a file its bytes.

    Raises ParseError where the answer cannot be read, or has no body.
    """
    if not exchange.request:
        return Document(body=exchange.answer, url=exchange.url)
    answer = Answer(replace(_LIMITS, head=max(_LIMITS.head, len(exchange.answer))), reused=False)
    try:
        answer.feed(exchange.answer)
        answer.cut(None)
        if not answer.whole:
            raise ParseError(exchange.url, f"the capture holds no whole answer: {answer.problem}")
        fields = headers.fields(answer.fields)
        body = packing.unpacked(b"".join(answer.pieces), fields.get("content-encoding", ""), _LIMITS.body)
    except packing.PackingError as error:
        raise ParseError(exchange.url, f"the captured body cannot be unpacked: {error}") from error
    finally:
        answer.end()
    return Document(body=body, url=exchange.url, headers=fields)
