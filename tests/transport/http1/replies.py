"""Valid replies in every framing of HTTP/1, as bytes, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

CRLF = b"\r\n"


@dataclass(frozen=True)
class Sample:
    """A reply to ``method``; ``ends`` tells whether the server hangs up to end it."""

    name: str
    raw: bytes
    body: bytes = b""
    status: int = 200
    method: str = "GET"
    ends: bool = False


def lines(*text: bytes) -> bytes:
    """Return a head."""
    return CRLF.join(text) + CRLF + CRLF


_CHUNKS = b"5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n"
_EXTENDED = b'5;name=value\r\nhello\r\n001;quoted="a;b"\r\n \r\n5;x\r\nworld\r\n0;last\r\n'

SAMPLES = (
    Sample("length", lines(b"HTTP/1.1 200 OK", b"Content-Length: 11") + b"hello world", b"hello world"),
    Sample("length of nothing", lines(b"HTTP/1.1 200 OK", b"Content-Length: 0")),
    Sample(
        "chunked", lines(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked") + _CHUNKS + CRLF, b"hello world"
    ),
    Sample(
        "chunked in capitals",
        lines(b"HTTP/1.1 200 OK", b"TRANSFER-ENCODING: Chunked") + b"A\r\n0123456789\r\n0\r\n\r\n",
        b"0123456789",
    ),
    Sample(
        "chunked with trailers",
        lines(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked")
        + _CHUNKS
        + lines(b"Digest: a", b"Server: b"),
        b"hello world",
    ),
    Sample(
        "empty chunked",
        lines(b"HTTP/1.1 201 Created", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
        b"",
        201,
    ),
    Sample("until close", lines(b"HTTP/1.1 200 OK") + b"hello world", b"hello world", ends=True),
    Sample("no content", lines(b"HTTP/1.1 204 No Content"), status=204),
    Sample("not modified", lines(b"HTTP/1.1 304 Not Modified", b"Content-Length: 7"), status=304),
    Sample("head", lines(b"HTTP/1.1 200 OK", b"Content-Length: 7"), method="HEAD"),
    Sample("head of chunks", lines(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked"), method="HEAD"),
    Sample(
        "HTTP/1.0 length", lines(b"HTTP/1.0 200 OK", b"Content-Length: 11") + b"hello world", b"hello world"
    ),
    Sample("HTTP/1.0 until close", lines(b"HTTP/1.0 200 OK") + b"hello world", b"hello world", ends=True),
    Sample("without a reason", lines(b"HTTP/1.1 200 ", b"Content-Length: 2") + b"ok", b"ok"),
    Sample("error", lines(b"HTTP/1.1 503 Unavailable", b"Content-Length: 4") + b"down", b"down", 503),
    Sample("delete", lines(b"HTTP/1.1 200 OK", b"Content-Length: 2") + b"{}", b"{}", method="DELETE"),
    Sample(
        "continue first",
        lines(b"HTTP/1.1 100 Continue") + lines(b"HTTP/1.1 200 OK", b"Content-Length: 2") + b"ok",
        b"ok",
        method="POST",
    ),
    Sample(
        "hints first",
        lines(b"HTTP/1.1 102 Processing")
        + lines(b"HTTP/1.1 103 Early Hints", b"Link: </style.css>", b"Content-Length: 5")
        + lines(b"HTTP/1.1 200 OK", b"Content-Length: 2")
        + b"ok",
        b"ok",
    ),
    Sample(
        "chunk extensions",
        lines(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked") + _EXTENDED + CRLF,
        b"hello world",
    ),
)
