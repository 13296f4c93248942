"""What is no reply of HTTP/1 is refused, and never read as something else.

Two parties that frame a message differently let one slip a reply under the other's
request; so lengths, codings and line ends are taken as written, or not at all.
"""

from __future__ import annotations

import httpx
import pytest

from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.replies import lines
from tests.transport.http1.server import answering, answering_once, echoing, serving

OK = b"HTTP/1.1 200 OK"
CHUNKED = b"Transfer-Encoding: chunked"


def with_length(value: bytes) -> bytes:
    return lines(OK, b"Content-Length: " + value) + b"hello world"


def in_chunks(raw: bytes) -> bytes:
    return lines(OK, CHUNKED) + raw


GARBAGE = {
    "zeros": bytes(64),
    "noise": bytes(range(128, 256)),
    "empty lines": b"\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x28",
    "HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18),
    "HTML": b"<html><body>Bad Gateway</body></html>\r\n\r\n",
    "a request": lines(b"GET / HTTP/1.1", b"Host: a"),
    "HTTP/0.9": b"hello world",
    "HTTP/2.0": lines(b"HTTP/2.0 200 OK", b"Content-Length: 0"),
    "HTTP/9.9": lines(b"HTTP/9.9 200 OK", b"Content-Length: 0"),
    "no version": lines(b"HTTP 200 OK", b"Content-Length: 0"),
    "no status": lines(b"HTTP/1.1 OK", b"Content-Length: 0"),
    "status of two digits": lines(b"HTTP/1.1 20 OK", b"Content-Length: 0"),
    "status of four digits": lines(b"HTTP/1.1 2000 OK", b"Content-Length: 0"),
    "negative status": lines(b"HTTP/1.1 -200 OK", b"Content-Length: 0"),
    "no colon": lines(OK, b"Content-Length 2") + b"ok",
    "no name": lines(OK, b": 2", b"Content-Length: 2") + b"ok",
    "blank in a name": lines(OK, b"Content Length: 2") + b"ok",
    "blank before the colon": lines(OK, b"Content-Length : 2") + b"ok",
    "NUL in a value": lines(OK, b"X: a\0b", b"Content-Length: 2") + b"ok",
    "NUL in a name": lines(OK, b"X\0Y: a", b"Content-Length: 2") + b"ok",
    "CR in a value": lines(OK, b"X: a\rContent-Length: 0", b"Content-Length: 2") + b"ok",
    "negative length": with_length(b"-5"),
    "signed length": with_length(b"+5"),
    "hexadecimal length": with_length(b"0xb"),
    "fractional length": with_length(b"5.0"),
    "length in words": with_length(b"eleven"),
    "length with a blank": with_length(b"1 1"),
    "length with an underscore": with_length(b"1_1"),
    "lengths in a list that differ": with_length(b"5, 6"),
    "lengths that differ": lines(OK, b"Content-Length: 5", b"Content-Length: 6") + b"hello world",
    "length beyond 64 bits": with_length(b"18446744073709551617"),
    "length and chunks": lines(OK, b"Content-Length: 3", CHUNKED) + b"2\r\nok\r\n0\r\n\r\n",
    "chunks and length": lines(OK, CHUNKED, b"Content-Length: 3") + b"2\r\nok\r\n0\r\n\r\n",
    "unknown coding": lines(OK, b"Transfer-Encoding: gzip", b"Content-Length: 2") + b"ok",
    "coding upon chunks": lines(OK, b"Transfer-Encoding: chunked, gzip") + b"2\r\nok\r\n0\r\n\r\n",
    "negative chunk": in_chunks(b"-2\r\nok\r\n0\r\n\r\n"),
    "signed chunk": in_chunks(b"+2\r\nok\r\n0\r\n\r\n"),
    "prefixed chunk": in_chunks(b"0x2\r\nok\r\n0\r\n\r\n"),
    "chunk in words": in_chunks(b"two\r\nok\r\n0\r\n\r\n"),
    "chunk without a size": in_chunks(b"\r\nok\r\n0\r\n\r\n"),
    "chunk beyond 64 bits": in_chunks(b"10000000000000002\r\nok\r\n0\r\n\r\n"),
    "chunk longer than it says": in_chunks(b"2\r\nokay\r\n0\r\n\r\n"),
    "chunk with a bare CR": in_chunks(b"2\rok\r\n0\r\n\r\n"),
    "two replies to none": lines(b"HTTP/1.1 100 Continue") * 3 + b"nonsense\r\n\r\n",
    "switching unasked": lines(b"HTTP/1.1 101 Switching Protocols", b"Upgrade: h2c", b"Connection: Upgrade"),
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_garbage_is_refused(transport: httpx.AsyncBaseTransport, name: str) -> None:
    """And its bytes have left: whoever answers nonsense may have done what it was asked."""
    async with serving(answering_once(GARBAGE[name]), echoing) as server:
        asked = request(server.url)
        assert isinstance(await refusal(transport, asked), httpx.RemoteProtocolError)
        assert progress_of(asked).sent
        assert await is_right(transport, server.url)


# Whether these are understood is a matter of taste; but nobody may hang, or serve them twice.
TOLERABLE = {
    "line feeds alone": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "folded field": lines(OK, b"X: a", b" b", b"Content-Length: 2") + b"ok",
    "equal lengths": lines(OK, b"Content-Length: 2", b"Content-Length: 2") + b"ok",
    "equal lengths in a list": lines(OK, b"Content-Length: 2, 2") + b"ok",
    "empty line first": b"\r\n" + lines(OK, b"Content-Length: 2") + b"ok",
    "chunked twice": lines(OK, b"Transfer-Encoding: chunked, chunked") + b"2\r\nok\r\n0\r\n\r\n",
    "identity": lines(OK, b"Transfer-Encoding: identity", b"Content-Length: 2") + b"ok",
    "blank after a chunk size": in_chunks(b"2 \r\nok\r\n0\r\n\r\n"),
    "lower case": lines(b"http/1.1 200 ok", b"content-length: 2") + b"ok",
    "no blank after the status": lines(b"HTTP/1.1 200", b"Content-Length: 2") + b"ok",
    "tab after the version": lines(b"HTTP/1.1\t200 OK", b"Content-Length: 2") + b"ok",
    "status 600": lines(b"HTTP/1.1 600 What", b"Content-Length: 2") + b"ok",
    "status 999": lines(b"HTTP/1.1 999 What", b"Content-Length: 2") + b"ok",
}


@pytest.mark.parametrize("name", TOLERABLE)
async def test_what_is_tolerable_is_understood_or_refused(
    transport: httpx.AsyncBaseTransport, name: str
) -> None:
    async with serving(answering(TOLERABLE[name]), echoing) as server:
        for _ in range(2):
            try:
                reply = await ask(transport, request(server.url))
            except httpx.RemoteProtocolError:
                assert await is_right(transport, server.url)
                return
            assert reply.body == b"ok"
