"""What can go wrong below HTTP, as values that a ``Relay`` plays.

    relay.faults.on("create_order", Reset(applied=True))
    relay.faults.on(CONNECT, Reset())

A fault gets the call and a way onward; it returns the reply to be sent, or sends and
hangs up itself and returns None. ``applied`` is exact: where it is False, no byte of
the request reaches the exchange; where it is True, the exchange has answered in full.
"""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from kalshi_async.sandbox.faults._raw_http import Message, chunked, reply

CONNECT = "connect"
"""The pseudo-operation that is counted when a connection is accepted.

There is no request yet, so any fault on it is the same: RST before a byte is read.
"""

Onward = Callable[[], Awaitable[Message]]


class Wire(Protocol):
    """The connection to the client, during one call."""

    async def read_request(self) -> None:
        """Read the body of the request; the head has been read."""
        ...

    async def send(self, raw: bytes) -> None:
        """Send bytes to the client as they are."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait in the time of the exchange."""
        ...

    async def half_close(self) -> None:
        """End the sending side (FIN) and go on reading."""
        ...

    async def close(self) -> None:
        """End the connection in good order (FIN)."""
        ...

    async def reset(self) -> None:
        """End the connection at once (RST)."""
        ...


class WireFault(Protocol):
    """One way in which a connection goes wrong."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Return the reply to send, or None when there is nothing more to send."""
        ...


@dataclass(frozen=True, slots=True)
class Reset:
    """RST after the whole request was read, before or after it was ``applied``."""

    applied: bool = False

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Read, perhaps apply, reset."""
        await _apply(wire, onward, self.applied)
        await wire.reset()
        return None


@dataclass(frozen=True, slots=True)
class ResetMidReply:
    """RST after the first ``sent_bytes`` of the reply, by default half of it. Applied."""

    sent_bytes: int | None = None

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send a part, reset."""
        raw = (await onward()).raw
        await wire.send(raw[: len(raw) // 2 if self.sent_bytes is None else self.sent_bytes])
        await wire.reset()
        return None


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that are no HTTP, ``raw``, then FIN; by default ``applied``."""

    raw: bytes = b"\x16\x03\x01\x00\xff not HTTP \x00\r\n\r\n"
    applied: bool = True

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send them, hang up."""
        await _apply(wire, onward, self.applied)
        await wire.send(self.raw)
        await wire.close()
        return None


@dataclass(frozen=True, slots=True)
class Truncate:
    """FIN before the body is as long as content-length says, ``missing_bytes`` short. Applied."""

    missing_bytes: int = 1

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send all but the end, hang up."""
        await wire.send((await onward()).raw[: -self.missing_bytes])
        await wire.close()
        return None


@dataclass(frozen=True, slots=True)
class WrongLength:
    """content-length off ``by`` bytes, connection kept: > 0 never completes, < 0 leaves rubbish."""

    by: int = 5

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Change the one field."""
        answer = await onward()
        return answer.with_field(b"content-length", b"%d" % (len(answer.body) + self.by))


@dataclass(frozen=True, slots=True)
class HtmlReply:
    """An HTML page in the place of the reply, with a ``status`` that is a treacherous 200 by default.

    By default the request was ``applied``.
    """

    status: int = 200
    applied: bool = True

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Answer like a captive portal or a gateway."""
        await _apply(wire, onward, self.applied)
        return reply(self.status, b"text/html", b"<html><body>Just a moment...</body></html>")


@dataclass(frozen=True, slots=True)
class ContentType:
    """The reply under another content type, ``value``. Applied."""

    value: bytes = b"text/plain; charset=latin-1"

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Change the one field."""
        return (await onward()).with_field(b"content-type", self.value)


@dataclass(frozen=True, slots=True)
class Gzip:
    """The reply, compressed as some proxies do it. Applied."""

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Compress."""
        answer = await onward()
        body = gzip.compress(answer.body, mtime=0)
        answer = answer.with_field(b"content-encoding", b"gzip")
        return answer.with_field(b"content-length", b"%d" % len(body)).with_body(body)


@dataclass(frozen=True, slots=True)
class Chunked:
    """The reply in chunks of ``size_bytes``. Applied."""

    size_bytes: int = 16

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Frame anew."""
        answer = await onward()
        answer = answer.with_field(b"content-length", None).with_field(b"transfer-encoding", b"chunked")
        return answer.with_body(chunked(answer.body, self.size_bytes))


@dataclass(frozen=True, slots=True)
class Drip:
    """The reply byte by byte, ``pause_s`` apart. Applied."""

    pause_s: float = 0.01

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Send slowly."""
        for byte in (await onward()).raw:
            await wire.send(bytes([byte]))
            await wire.sleep(self.pause_s)
        return None


@dataclass(frozen=True, slots=True)
class HalfClose:
    """FIN in the place of the reply, by default ``applied``; the other direction stays open."""

    applied: bool = True

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Shut the sending side."""
        await _apply(wire, onward, self.applied)
        await wire.half_close()
        return None


@dataclass(frozen=True, slots=True)
class EarlyReply:
    """A refusal (``status``) before the body of the request is read, then FIN. Not applied."""

    status: int = 503

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Answer the head."""
        answer = reply(self.status, b"text/html", b"<html></html>")
        await wire.send(answer.with_field(b"connection", b"close").raw)
        await wire.half_close()
        return None


@dataclass(frozen=True, slots=True)
class CloseIdle:
    """The reply as it is, and ``after_s`` later the idle connection ends without notice.

    With FIN, or with RST (``is_reset``).
    """

    after_s: float = 0.0
    is_reset: bool = False

    async def play(self, wire: Wire, onward: Onward) -> Message | None:
        """Answer, wait, hang up."""
        await wire.send((await onward()).raw)
        await wire.sleep(self.after_s)
        await (wire.reset() if self.is_reset else wire.close())
        return None


async def _apply(wire: Wire, onward: Onward, applied: bool) -> None:
    if applied:
        await onward()
    else:
        await wire.read_request()
