"""HTTP/1.1 messages without I/O: the bytes of a request, and a reply in bytes that arrive.

The parser is llhttp, through httptools. What it leaves open is decided here: a body
that ends with the connection, replies to HEAD, interim replies, limits of size. A
transfer coding other than chunked is refused; a content encoding is none of our
business and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import httptools
import httpx

HeaderPairs = Sequence[tuple[bytes, bytes]]

MOST_HEAD = 64 * 1024
"""Bytes of a reply's head (ours; node and nginx allow 8 to 32 KiB)."""

MOST_REPLY = 17 * 1024 * 1024
"""Bytes of a whole reply, framing included (ours: a page of 1000 rows is below 1 MB)."""

_METHOD = re.compile(r"[A-Z]+")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

# What may stand in a target and in the value of a header (RFC 9110 5.5): no line end, no NUL.
_IN_TARGET = bytes(range(0x21, 0x7F))
_IN_VALUE = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))

_VERSIONS = ("1.1", "1.0")

# What says how long a body is; without either it ends with the connection.
_FRAMING = (b"content-length", b"transfer-encoding")


def message_of(method: str, target: bytes, claimed: HeaderPairs, body: bytes) -> Message:
    """Return a request as it goes out; raises LocalProtocolError for one that could be misread.

    Framing is ours: it says what is sent, whatever the headers claim.
    """
    if _METHOD.fullmatch(method) is None:
        raise httpx.LocalProtocolError(f"the method {method!r} is not in capital letters")
    if not target or target.translate(None, _IN_TARGET):
        raise httpx.LocalProtocolError("the target holds characters that must be percent-encoded")
    fields = [(_field(name), value) for name, value in claimed]
    lines = [
        b"%b %b HTTP/1.1" % (method.encode("ascii"), target),
        *[field.prefix + value for field, value in fields if not field.is_framing],
    ]
    if body or len(lines) <= len(fields):
        lines.append(b"Content-Length: %d" % len(body))
    closes = [value for field, value in fields if field.is_connection and b"close" in value.lower()]
    head = b"\r\n".join(lines)
    # Over all lines at once: what is left must be the ends between them.
    if head.translate(None, _IN_VALUE) != b"\r\n" * (len(lines) - 1):
        raise httpx.LocalProtocolError(_fault(claimed))
    return Message(b"%b\r\n\r\n%b" % (head, body), method == "HEAD", bool(closes))


class _Field(NamedTuple):
    prefix: bytes
    is_framing: bool
    is_connection: bool


@lru_cache(1024)  # a program sends the same few names
def _field(name: bytes) -> _Field:
    if _TOKEN.fullmatch(name) is None:
        raise httpx.LocalProtocolError(f"the name of the header {name!r} could be misread")
    lowered = name.lower()
    return _Field(name + b": ", lowered in _FRAMING, lowered == b"connection")


def _fault(headers: HeaderPairs) -> str:
    """Name the header whose value may not be sent. It is not shown: it may be a signature."""
    names = [name for name, value in headers if value.translate(None, _IN_VALUE)]
    return f"the value of the header {names[0]!r} could be misread"


class Message(NamedTuple):
    """A request as it is written; ``is_last`` if the caller wants the connection closed after it."""

    content: bytes
    is_head_request: bool = False
    is_last: bool = False


_NOTHING = Message(b"")


class Reply(NamedTuple):
    """A whole reply; ``body`` as received, whatever its content encoding."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class ReplyParser:
    """Collects the replies of one connection, one at a time. Callbacks are named by httptools.

    ``is_complete`` once the whole reply is here; ``is_last`` if the connection cannot
    carry another.
    """

    __slots__ = (
        "_body",
        "_headers",
        "_is_head_complete",
        "_is_head_request",
        "_is_interim",
        "_parser",
        "_received",
        "_status",
        "is_complete",
        "is_last",
    )

    def __init__(self) -> None:
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self.begin(_NOTHING)

    def begin(self, message: Message) -> None:
        """Expect the reply to the next request."""
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._received = 0
        self._is_head_complete = False
        self._is_interim = False
        self._is_head_request = message.is_head_request
        self.is_last = message.is_last
        self.is_complete = False

    def reply(self) -> Reply:
        """Return the reply that is complete."""
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        return Reply(self._status, self._headers, body)

    def feed(self, arrived: bytes) -> None:
        """Take bytes in; raises RemoteProtocolError when they are no reply of HTTP/1."""
        known = self._received
        self._received = known + len(arrived)
        if known > MOST_HEAD and not self._is_head_complete:
            raise self._spoilt(f"the head of the reply is larger than {MOST_HEAD} bytes")
        if self._received > MOST_REPLY:
            raise self._spoilt(f"the reply is larger than {MOST_REPLY} bytes")
        assert self._parser is not None, "bytes after the end"
        try:
            self._parser.feed_data(arrived)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # Whatever follows a whole reply spoils the connection, not the reply.
            self.is_last = True
            if not self.is_complete:
                raise self._spoilt(f"not a reply of HTTP/1: {error.__context__ or error}") from error

    def end(self) -> None:
        """Take the end of the connection; raises RemoteProtocolError if the reply is cut short."""
        self.is_last = True
        self._parser = None  # it knows this object, which knows it
        if self.is_complete:
            return
        if self._received == 0:
            raise self._spoilt("the server closed the connection without a reply")
        if not self._is_head_complete or any(name.lower() in _FRAMING for name, _ in self._headers):
            raise self._spoilt("the server closed the connection within its reply")
        self.is_complete = True

    def on_message_begin(self) -> None:
        if self.is_complete:
            raise httpx.RemoteProtocolError("bytes after the reply")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_head_complete:  # else it is a trailer
            self._headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        assert self._parser is not None  # it is calling
        status = self._parser.get_status_code()
        if self._parser.get_http_version() not in _VERSIONS:
            raise httpx.RemoteProtocolError("another version of HTTP")
        if status == 101:
            raise httpx.RemoteProtocolError("the server switches protocols unasked")
        if status < 200:
            self._is_interim = True
            return
        self._status = status
        self._is_head_complete = True
        if self._is_head_request:
            # The parser cannot know that no body follows; another reply would confuse it.
            self.is_complete = self.is_last = True

    def on_body(self, part: bytes) -> None:
        if not self._is_head_request:  # else it is the next reply, or nonsense
            self._body.append(part)

    def on_message_complete(self) -> None:
        if self._is_interim:
            self._is_interim = False
            self._headers.clear()
            return
        self.is_complete = True
        if self._parser is None or not self._parser.should_keep_alive():
            self.is_last = True

    def _spoilt(self, reason: str) -> httpx.RemoteProtocolError:
        self.is_last = True
        return httpx.RemoteProtocolError(reason)
