"""HTTP/1.1 messages without I/O: the bytes of a request, and a reply in bytes that arrive.

The parser is llhttp, through httptools. What it leaves open is decided here: a body
that ends with the connection, replies to HEAD, interim replies, limits of size. A
transfer coding other than chunked is refused; a content encoding is none of our
business and stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import httptools
import httpx

HeaderPairs = Sequence[tuple[bytes, bytes]]

MOST_HEAD = 64 * 1024
"""Bytes of a reply's head (ours; node and nginx allow 8 to 32 KiB)."""

MOST_REPLY = 17 * 1024 * 1024
"""Bytes of a whole reply, framing included (ours: a page of 1000 rows is below 1 MB)."""

# One match over the whole head; with its lines counted, no part of it can hold a line end.
_HEAD = re.compile(rb"[A-Z]+ [!-~]+ HTTP/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~\x80-\xff]*\r\n)+\r\n")

_VERSIONS = ("1.1", "1.0")

# What says how long a body is; without either it ends with the connection.
_FRAMING = (b"content-length", b"transfer-encoding")


def head_of(method: str, target: bytes, headers: HeaderPairs) -> bytes:
    """Return the head of a request; raises LocalProtocolError for one that could be misread."""
    lines = [name + b": " + value for name, value in headers]
    head = b"%b %b HTTP/1.1\r\n%b\r\n\r\n" % (method.encode("ascii", "replace"), target, b"\r\n".join(lines))
    if not _is_plain(head, len(headers)):
        raise httpx.LocalProtocolError(_fault(method, target, headers))
    return head


def _is_plain(head: bytes, fields: int) -> bool:
    return _HEAD.fullmatch(head) is not None and head.count(b"\n") == fields + 2


def _fault(method: str, target: bytes, headers: HeaderPairs) -> str:
    """Say which part of a head may not be sent. No value is shown: one may be a signature."""
    if re.fullmatch(r"[A-Z]+", method) is None:
        return f"the method {method!r} is not in capital letters"
    if re.fullmatch(rb"[!-~]+", target) is None:
        return "the target of the request holds characters that must be percent-encoded"
    if not headers:
        return "a request needs a Host header"
    for name, value in headers:
        if not _is_plain(b"GET / HTTP/1.1\r\n%b: %b\r\n\r\n" % (name, value), 1):
            return f"the header {name!r} has a name or a value that could be misread"
    return "the request could be misread"


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
        self.is_last = False
        self.begin()

    def begin(self, *, is_head_request: bool = False) -> None:
        """Expect the reply to the next request."""
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._received = 0
        self._is_head_complete = False
        self._is_interim = False
        self._is_head_request = is_head_request
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
        if self._parser is None:
            raise self._spoilt("bytes after the end")
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
