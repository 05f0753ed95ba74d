"""One answer as it arrives: what is HTTP, what is too much, and what is kept."""

import pytest

from cuttings.fetch.answer import Answer, Limits
from tests.servers import reply

SMALL = Limits(head=2_000, fields=20, body=1_000)


def received(*pieces: bytes, limits: Limits = SMALL, end: bool = False, reused: bool = False) -> Answer:
    """Return the answer after these pieces, and the end of the connection if `end`."""
    answer = Answer(limits, reused)
    for piece in pieces:
        if answer.feed(piece):
            break
    else:
        if end:
            answer.cut(None)
    return answer


def byte_by_byte(whole: bytes) -> list[bytes]:
    return [bytes((byte,)) for byte in whole]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: t\r\n\r\n"


@pytest.mark.parametrize(
    ("whole", "body"),
    [
        (reply(200, b"abc", "ETag: x"), b"abc"),
        (CHUNKED, b"abcd"),
        (reply(204), b""),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", b"hi"),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
    ],
)
def test_an_answer_is_whole_whatever_pieces_it_comes_in(whole, body):
    for pieces in ([whole], byte_by_byte(whole)):
        answer = received(*pieces)

        assert (answer.whole, answer.problem, answer.keep) == (True, None, True)
        assert b"".join(answer.pieces) == body
        assert answer.as_received() == whole


def test_a_body_without_a_length_ends_with_the_connection():
    answer = received(b"HTTP/1.0 200 OK\r\n\r\nabc", end=True)

    assert (answer.whole, answer.keep, b"".join(answer.pieces)) == (True, False, b"abc")


def test_a_304_may_tell_the_length_of_what_it_does_not_send():
    answer = received(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99999999\r\nETag: x\r\n\r\n")

    assert (answer.whole, answer.problem, answer.keep) == (True, None, True)


def test_a_304_with_a_body_is_a_304_but_its_connection_is_not_kept():
    answer = received(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n<html>oh</html>")

    assert (answer.whole, answer.problem, answer.keep) == (True, None, False)


def test_folded_fields_are_read():
    answer = received(b"HTTP/1.1 200 OK\r\nA: x\r\n  y\r\nContent-Length: 0\r\n\r\n")

    assert answer.fields[0] == (b"A", b"x  y")


def test_trailers_are_no_headers():
    assert [name for name, _ in received(CHUNKED).fields] == [b"Transfer-Encoding"]


def test_interim_answers_are_passed_over():
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    final = reply(200, b"hi", "A: b")

    answer = received(early * 2 + final)

    assert (answer.status, answer.whole, answer.problem) == (200, True, None)
    assert answer.fields == [(b"A", b"b"), (b"Content-Length", b"2")]
    assert answer.as_received() == final


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"<html>", "no valid HTTP"),  # H-24
        (b"HTTP/0.9 200 OK\r\n\r\n", "HTTP"),
        (b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "no valid"),  # H-22
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "no valid"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345", "no valid"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n12345", "no valid"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "no valid"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx", "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "transfer coding"),
        (b"HTTP/1.1 200 OK\r\nA: x\x00y\r\nContent-Length: 0\r\n\r\n", "NUL"),  # H-23
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 3_000, "head"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 21 + b"\r\n", "head"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc", "interim"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 11, "interim"),  # H-25
        (reply(200, b"hi") + b"HTTP/1.1 200 OK\r\n\r\n", "after the end"),  # H-21
        (reply(200, b"hi") + b"more", "after the end"),
    ],
)
def test_what_is_no_honest_answer_is_refused(sent, problem):
    for pieces in ([sent], byte_by_byte(sent)):
        answer = received(*pieces, end=True)

        if not answer.problem:  # the end came before the surplus: it never belonged to this answer
            assert "after the end" in problem
            continue
        assert problem in answer.problem
        assert not answer.keep


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n",  # H-21
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"64\r\n" + b"x" * 100 + b"\r\n" * 1,
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 1001,
    ],
)
def test_a_body_over_the_limit_is_broken_off(sent):
    chunk = b"64\r\n" + b"x" * 100 + b"\r\n"

    answer = received(sent, *[chunk] * 20)  # H-20

    assert answer.truncated == "length"
    assert "1000 bytes" in (answer.problem or "")
    assert len(b"".join(answer.pieces)) <= 1_000


def test_chunk_extensions_without_end_are_broken_off():
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"

    answer = received(start, *[b"x=y;" * 200] * 20)

    assert answer.truncated == "length"


def test_a_cut_body_is_told():
    answer = received(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", end=True)

    assert (answer.whole, answer.truncated, b"".join(answer.pieces)) == (False, "disconnect", b"abc")


def test_a_body_without_a_length_that_ends_in_a_reset_is_cut():
    answer = received(b"HTTP/1.0 200 OK\r\n\r\nabc")
    answer.cut(ConnectionResetError())

    assert (answer.whole, answer.truncated) == (False, "disconnect")


def test_silence_on_a_kept_connection_is_stale_and_on_a_new_one_a_failure():
    assert received(end=True, reused=True).stale
    assert not received(end=True).stale
    assert not received(b"HTTP/1.1 2", end=True, reused=True).stale
