"""Nothing that a caller hands in can become another header or another request.

A target, a method or a field with a line end in it would be read by the server as more
than was meant. Such a request is refused before anything is sent.
"""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest

from tests.transport.http1.asking import ask, is_right, progress_of, refusal, request
from tests.transport.http1.server import Server, echoing, serving

EVIL = b"a\r\nEvil: yes"
SMUGGLED = b"a\r\n\r\nDELETE /all HTTP/1.1\r\nHost: a"

FIELDS = {
    "CR LF in a value": (b"X", EVIL),
    "request in a value": (b"X", SMUGGLED),
    "CR in a value": (b"X", b"a\rEvil: yes"),
    "LF in a value": (b"X", b"a\nEvil: yes"),
    "NUL in a value": (b"X", b"a\0b"),
    "escape in a value": (b"X", b"a\x1b[31m"),
    "delete in a value": (b"X", b"a\x7f"),
    "line end at the end of a value": (b"X", b"a\r\n"),
    "folded value": (b"X", b"a\r\n b"),
    "CR LF in a name": (b"X: a\r\nEvil", b"yes"),
    "LF in a name": (b"X: a\nEvil", b"yes"),
    "NUL in a name": (b"X\0", b"a"),
    "colon in a name": (b"X:", b"a"),
    "blank in a name": (b"X Y", b"a"),
    "blank after a name": (b"Transfer-Encoding ", b"chunked"),
    "no name": (b"", b"a"),
    "beyond ASCII in a name": (b"caf\xe9", b"a"),
}


class Forged(httpx.URL):
    """A URL that keeps its target as it was given, as no honest one does."""

    def __init__(self, url: str, target: bytes) -> None:
        super().__init__(url)
        self._target = target

    @property
    def raw_path(self) -> bytes:
        return self._target


TARGETS = {
    "header": b"/ HTTP/1.1\r\nEvil: yes\r\nX: y",
    "request": b"/ HTTP/1.1\r\nHost: a\r\n\r\nDELETE /all",
    "blank": b"/a b",
    "CR": b"/a\rb",
    "LF": b"/a\nb",
    "tab": b"/a\tb",
    "NUL": b"/a\0b",
    "beyond ASCII": b"/caf\xe9",
    "nothing": b"",
}

METHODS = {
    "request": "GET / HTTP/1.1\r\nEvil: yes\r\n\r\nGET",
    "CR LF": "GET\r\nX",
    "blank after": "GET ",
    "blank before": " GET",
    "NUL": "GE\0T",
    "nothing": "",
    "beyond ASCII": "CAF\N{LATIN CAPITAL LETTER E WITH ACUTE}",
}


async def is_refused(transport: httpx.AsyncBaseTransport, asked: httpx.Request, server: Server) -> bool:
    """Tell whether a request was refused for what it is, and the server has seen nothing of it."""
    error = await refusal(transport, asked)
    assert isinstance(error, httpx.LocalProtocolError)
    assert await is_right(transport, server.url)
    return [received.first_line for received in server.requests] == [b"POST /next HTTP/1.1"]


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_cannot_become_two(transport: httpx.AsyncBaseTransport, name: str) -> None:
    async with serving(echoing) as server:
        asked = request(server.url, fields=[FIELDS[name]])
        assert await is_refused(transport, asked, server)


@pytest.mark.parametrize("name", TARGETS)
async def test_a_target_cannot_become_a_header(transport: httpx.AsyncBaseTransport, name: str) -> None:
    async with serving(echoing) as server:
        asked = request(server.url)
        asked.url = Forged(server.url, TARGETS[name])
        assert await is_refused(transport, asked, server)


@pytest.mark.parametrize("name", METHODS)
async def test_a_method_cannot_become_a_request(transport: httpx.AsyncBaseTransport, name: str) -> None:
    async with serving(echoing) as server:
        asked = request(server.url)
        asked.method = METHODS[name]
        assert await is_refused(transport, asked, server)


async def test_what_was_refused_was_certainly_not_sent(transport: httpx.AsyncBaseTransport) -> None:
    async with serving(echoing) as server:
        asked = request(server.url, fields=[(b"X", EVIL)])
        await refusal(transport, asked)
        assert not progress_of(asked).sent


async def test_a_refused_value_is_not_shown(transport: httpx.AsyncBaseTransport) -> None:
    """It may be a signature or a key."""
    async with serving(echoing) as server:
        error = await refusal(transport, request(server.url, fields=[(b"X", b"secret\n")]))
        assert "secret" not in str(error)


@pytest.mark.parametrize(
    "claimed",
    [[b"3"], [b"5"], [b"-4"], [b"4, 4"], [b"+4"], [b"four"], [b"0", b"4"], [b"4", b"0"], []],
    ids=lambda lengths: " and ".join(length.decode() for length in lengths) or "none",
)
async def test_a_length_that_is_not_that_of_the_body_never_shifts_what_follows(
    transport: httpx.AsyncBaseTransport, claimed: list[bytes]
) -> None:
    """The rest of a body would be read as the next request: it goes whole or not at all."""
    async with serving(echoing) as server:
        asked = request(server.url, "POST", fields=[(b"Content-Length", length) for length in claimed])
        asked.stream = httpx.ByteStream(b"body")
        with suppress(httpx.LocalProtocolError):
            await ask(transport, asked)
        assert await is_right(transport, server.url)
        *first, following = server.requests
        assert following.first_line == b"POST /next HTTP/1.1"
        assert [received.body for received in first] in ([], [b"body"])
