"""Faults of the connection, as values for the script of a ``Relay``.

    relay.faults.on("create_order", Reset(applied=True))
    relay.faults.on(CONNECT, Reset())

``applied`` is exact. If it is False, no byte of the request reaches the exchange; if it is
True, the exchange has processed the request and sent its whole reply to the relay.

A fault of your own implements ``WireFault``: it gets the connection and a function that asks
the exchange. It returns the reply to be sent, or it sends bytes itself and returns None.
"""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from kalshi_async.sandbox.faults._raw_http import Message, chunked, reply

CONNECT = "connect"
"""The name in a script for a new connection, counted when it is accepted.

There is no request yet, so every fault on it does the same: RST before a byte is read.
"""

UPGRADE = "upgrade"
"""The name in a script for the request that opens a stream, and its reply."""

STREAM = "stream"
"""The name in a script for what one read brings of a stream, from the exchange to the client.

The fault gets these bytes as a reply: ``ResetMidReply`` cuts within a frame, ``Drip`` sends it byte
by byte, ``Truncate`` ends it early, ``Garbage`` is no frame.
"""

Onward = Callable[[], Awaitable[Message]]
"""Sends the request to the exchange and returns its reply."""


class Wire(Protocol):
    """The connection to the client, while one request is answered."""

    async def read_request(self) -> None:
        """Read the body of the request; the relay has read the head."""
        ...

    async def send(self, raw: bytes) -> None:
        """Send bytes to the client as they are."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the exchange's clock."""
        ...

    async def half_close(self) -> None:
        """Close the sending side (FIN); the client can still send."""
        ...

    async def close(self) -> None:
        """Close the connection (FIN)."""
        ...

    async def reset(self) -> None:
        """Reset the connection (RST)."""
        ...


class WireFault(Protocol):
    """A fault of a connection."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Return the reply to send, or None if the relay shall send nothing more."""
        ...


@dataclass(frozen=True, slots=True)
class Reset:
    """RST in place of the reply, after the whole request was read."""

    applied: bool = False
    """Whether the exchange processes the request."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Read the request, send it on if ``applied``, and reset the connection."""
        await _apply(wire, onward, self.applied)
        await wire.reset()
        return None


@dataclass(frozen=True, slots=True)
class ResetMidReply:
    """RST in the middle of the reply. Applied."""

    sent_bytes: int | None = None
    """The bytes of the reply that are sent before; None stands for half of it."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send the first part of the reply, and reset the connection."""
        raw = (await onward()).raw
        await wire.send(raw[: len(raw) // 2 if self.sent_bytes is None else self.sent_bytes])
        await wire.reset()
        return None


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that are not HTTP in place of the reply, then FIN."""

    raw: bytes = b"\x16\x03\x01\x00\xff not HTTP \x00\r\n\r\n"
    """The bytes."""
    applied: bool = True
    """Whether the exchange processes the request."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send the bytes and close the connection."""
        await _apply(wire, onward, self.applied)
        await wire.send(self.raw)
        await wire.close()
        return None


@dataclass(frozen=True, slots=True)
class Truncate:
    """FIN before the end of the body that content-length announces. Applied."""

    missing_bytes: int = 1
    """The bytes at the end of the reply that are not sent."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send the reply without its end, and close the connection."""
        await wire.send((await onward()).raw[: -self.missing_bytes])
        await wire.close()
        return None


@dataclass(frozen=True, slots=True)
class WrongLength:
    """A reply with a wrong content-length, on a connection that stays open. Applied."""

    by: int = 5
    """The error in bytes. Above 0 the reply never completes; below 0, bytes are left after it."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Change content-length."""
        answer = await onward()
        return answer.with_field(b"content-length", b"%d" % (len(answer.body) + self.by))


@dataclass(frozen=True, slots=True)
class HtmlReply:
    """An HTML page in place of the reply, as a captive portal or a gateway sends it."""

    status: int = 200
    """The status. With the default, a client that looks at the status alone takes it for success."""
    applied: bool = True
    """Whether the exchange processes the request."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send the request on if ``applied``, and answer with the page."""
        await _apply(wire, onward, self.applied)
        return reply(self.status, b"text/html", b"<html><body>Just a moment...</body></html>")


@dataclass(frozen=True, slots=True)
class ContentType:
    """The reply with another content type. Applied."""

    value: bytes = b"text/plain; charset=latin-1"
    """The content type."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Change content-type."""
        return (await onward()).with_field(b"content-type", self.value)


@dataclass(frozen=True, slots=True)
class Gzip:
    """The reply compressed, as some proxies do without being asked. Applied."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Compress the body."""
        answer = await onward()
        body = gzip.compress(answer.body, mtime=0)
        answer = answer.with_field(b"content-encoding", b"gzip")
        return answer.with_field(b"content-length", b"%d" % len(body)).with_body(body)


@dataclass(frozen=True, slots=True)
class Chunked:
    """The reply with a chunked body. Applied."""

    size_bytes: int = 16
    """The size of each chunk."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Frame the body as chunks."""
        answer = await onward()
        answer = answer.with_field(b"content-length", None).with_field(b"transfer-encoding", b"chunked")
        return answer.with_body(chunked(answer.body, self.size_bytes))


@dataclass(frozen=True, slots=True)
class Drip:
    """The reply byte by byte. Applied."""

    pause_s: float = 0.01
    """The pause after each byte."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send the reply slowly."""
        for byte in (await onward()).raw:
            await wire.send(bytes([byte]))
            await wire.sleep(self.pause_s)
        return None


@dataclass(frozen=True, slots=True)
class HalfClose:
    """FIN in place of the reply; the client can still send."""

    applied: bool = True
    """Whether the exchange processes the request."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send the request on if ``applied``, and close the sending side."""
        await _apply(wire, onward, self.applied)
        await wire.half_close()
        return None


@dataclass(frozen=True, slots=True)
class EarlyReply:
    """A refusal that is sent before the body of the request is read, then FIN. Not applied."""

    status: int = 503
    """The status of the refusal."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Answer the head of the request, and close the sending side."""
        answer = reply(self.status, b"text/html", b"<html></html>")
        await wire.send(answer.with_field(b"connection", b"close").raw)
        await wire.half_close()
        return None


@dataclass(frozen=True, slots=True)
class CloseIdle:
    """The reply unchanged, after which the exchange closes the idle connection. Applied."""

    after_s: float = 0.0
    """The time between the reply and the end of the connection."""
    is_reset: bool = False
    """True ends the connection with RST, False with FIN."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send the reply, wait, and end the connection."""
        await wire.send((await onward()).raw)
        await wire.sleep(self.after_s)
        await (wire.reset() if self.is_reset else wire.close())
        return None


async def _apply(wire: Wire, onward: Onward, applied: bool) -> None:
    if applied:
        await onward()
    else:
        await wire.read_request()
