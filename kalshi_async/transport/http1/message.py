"""HTTP/1.1 messages without I/O: build the bytes of a request, parse the bytes of a reply.

The parser is llhttp, through httptools. This module decides the cases that llhttp leaves to
its caller: a body that ends with the connection, replies to HEAD, interim replies (1xx),
limits of size. A transfer coding other than chunked is refused. A content encoding stays as
it is: ``wire`` undoes it.
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
"""The largest head of a reply, in bytes (ours; node and nginx allow 8 to 32 KiB)."""

MOST_REPLY = 17 * 1024 * 1024
"""The largest reply, framing included, in bytes (ours: a page of 1000 rows is below 1 MB)."""

_METHOD = re.compile(r"[A-Z]+")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

# The bytes that are allowed in a target and in the value of a header (RFC 9110 5.5). A line end
# or NUL in either would let a caller's text add a header or a second request.
_IN_TARGET = bytes(range(0x21, 0x7F))
_IN_VALUE = b"\t" + bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))

_VERSIONS = ("1.1", "1.0")

# The headers that tell the length of a body. A reply without either ends with the connection.
_FRAMING = (b"content-length", b"transfer-encoding")


def message_of(method: str, target: bytes, claimed: HeaderPairs, body: bytes) -> Message:
    """Return a request as it is sent; raises LocalProtocolError for one that could be misread.

    ``claimed``: the caller's headers. A framing header among them is replaced by the true
    Content-Length: a wrong one would make the server read part of the body as a request.
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
    # The second case: a framing header was left out above. A body that was announced as empty
    # gets its "Content-Length: 0".
    if body or len(lines) <= len(fields):
        lines.append(b"Content-Length: %d" % len(body))
    closes = [value for field, value in fields if field.is_connection and b"close" in value.lower()]
    head = b"\r\n".join(lines)
    # One check of all lines, for speed: without the allowed bytes only the line ends may remain.
    if head.translate(None, _IN_VALUE) != b"\r\n" * (len(lines) - 1):
        raise httpx.LocalProtocolError(_bad_value_message(claimed))
    return Message(b"%b\r\n\r\n%b" % (head, body), method == "HEAD", bool(closes))


class _Field(NamedTuple):
    prefix: bytes
    is_framing: bool
    is_connection: bool


@lru_cache(1024)  # a program sends the same few header names
def _field(name: bytes) -> _Field:
    if _TOKEN.fullmatch(name) is None:
        raise httpx.LocalProtocolError(f"the name of the header {name!r} could be misread")
    lowered = name.lower()
    return _Field(name + b": ", lowered in _FRAMING, lowered == b"connection")


def _bad_value_message(headers: HeaderPairs) -> str:
    """Name the header whose value cannot be sent. The value is not shown: it may be a signature."""
    names = [name for name, value in headers if value.translate(None, _IN_VALUE)]
    return f"the value of the header {names[0]!r} could be misread"


class Message(NamedTuple):
    """A request as it is written to the connection."""

    content: bytes
    is_head_request: bool = False
    is_last: bool = False  # the caller asked for "Connection: close"


_NOTHING = Message(b"")


class Reply(NamedTuple):
    """A whole reply. The content encoding of ``body`` is not undone."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class ReplyParser:
    """Collects the replies of one connection, one at a time. httptools gives the callbacks their names.

    ``is_complete`` is true once the whole reply has arrived; ``is_last`` if the connection
    cannot be used for another request. ``status`` is that of the reply, 0 before its head has arrived.
    """

    __slots__ = (
        "_body",
        "_headers",
        "_is_head_complete",
        "_is_head_request",
        "_is_interim",
        "_parser",
        "_received",
        "is_complete",
        "is_last",
        "status",
    )

    def __init__(self) -> None:
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self.begin(_NOTHING)

    def begin(self, message: Message) -> None:
        """Prepare for the reply to ``message``."""
        self.status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._received = 0
        self._is_head_complete = False
        self._is_interim = False
        self._is_head_request = message.is_head_request
        self.is_last = message.is_last
        self.is_complete = False

    def reply(self) -> Reply:
        """Return the reply; only once ``is_complete`` is true."""
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        return Reply(self.status, self._headers, body)

    def feed(self, arrived: bytes) -> None:
        """Parse bytes that arrived; raises RemoteProtocolError if they are not an HTTP/1 reply."""
        known = self._received
        self._received = known + len(arrived)
        # ``known``, not the new sum: one piece may hold a small head and the start of a large body.
        if known > MOST_HEAD and not self._is_head_complete:
            raise self._unusable(f"the head of the reply is larger than {MOST_HEAD} bytes")
        if self._received > MOST_REPLY:
            raise self._unusable(f"the reply is larger than {MOST_REPLY} bytes")
        assert self._parser is not None, "bytes after the end"
        try:
            self._parser.feed_data(arrived)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # Bytes after a whole reply make the connection unusable; the reply itself is good.
            self.is_last = True
            if not self.is_complete:
                # The context is the exception of a callback below, if one was raised there.
                raise self._unusable(f"not a reply of HTTP/1: {error.__context__ or error}") from error

    def end(self) -> None:
        """Note the end of the connection; raises RemoteProtocolError if the reply is not complete."""
        self.is_last = True
        self._parser = None  # it refers back to this object: without this only the collector frees both
        if self.is_complete:
            return
        if self._received == 0:
            raise self._unusable("the server closed the connection without a reply")
        # With a framing header, llhttp would have reported the end of the body.
        if not self._is_head_complete or any(name.lower() in _FRAMING for name, _ in self._headers):
            raise self._unusable("the server closed the connection within its reply")
        self.is_complete = True

    # Called by httptools from within feed_data, in the order in which the reply is read.

    def on_message_begin(self) -> None:
        if self.is_complete:  # a second reply, to a request that was not sent
            raise httpx.RemoteProtocolError("bytes after the reply")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_head_complete:  # after the head it is a trailer, which has no use here
            self._headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        assert self._parser is not None  # it calls this method
        status = self._parser.get_status_code()
        if self._parser.get_http_version() not in _VERSIONS:
            raise httpx.RemoteProtocolError("the reply has another version of HTTP than 1.1 and 1.0")
        if status == 101:
            raise httpx.RemoteProtocolError("status 101: the server switches protocols without being asked")
        if status < 200:
            self._is_interim = True  # such as 100 or 103: the reply proper follows
            return
        self.status = status
        self._is_head_complete = True
        if self._is_head_request:
            # A reply to HEAD has no body, whatever its Content-Length. The parser cannot be told,
            # and would read the next reply as that body: the connection is not used again.
            self.is_complete = self.is_last = True

    def on_body(self, part: bytes) -> None:
        if not self._is_head_request:  # a reply to HEAD has no body: these bytes are a mistake
            self._body.append(part)

    def on_message_complete(self) -> None:
        if self._is_interim:
            self._is_interim = False
            self._headers.clear()  # they belong to the interim reply
            return
        self.is_complete = True
        # "Connection: close", or HTTP/1.0 without keep-alive.
        if self._parser is None or not self._parser.should_keep_alive():
            self.is_last = True

    def _unusable(self, reason: str) -> httpx.RemoteProtocolError:
        self.is_last = True
        return httpx.RemoteProtocolError(reason)
