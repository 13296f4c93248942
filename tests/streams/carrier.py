"""A carrier of frames between a stream and the model of an exchange, with the troubles of real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from kalshi_async.contract.frames.control import Command
from kalshi_async.streams.seam import Closed, HandshakeRefused, Received
from kalshi_async.wire.incoming import Incoming
from tests.streams.model import Venue

_COMMAND = msgspec.json.Decoder(Command)


def refused(status: int, body: bytes = b"", *headers: tuple[bytes, bytes]) -> HandshakeRefused:
    return HandshakeRefused(Incoming(status, headers, body))


class Carrier:
    """A ``StreamTransport``; each opening takes the next of ``openings``, and succeeds without one."""

    def __init__(self, venue: Venue | None = None) -> None:
        self.venue = venue or Venue()
        self.openings: list[BaseException | None] = []
        self.opened_s: list[float] = []
        self.headers: list[Mapping[str, str]] = []
        self.sent: list[Command] = []
        self.is_open = False
        self.is_silent = False
        """Whether nothing arrives any longer, and nobody says so."""
        self.is_deaf = False
        """Whether what is sent does not arrive."""
        self.hangs = False
        """Whether an opening never ends."""
        self._received: Received | None = None
        self._closed: Closed | None = None

    async def open(self, url: str, headers: Mapping[str, str], received: Received, closed: Closed) -> None:
        self.opened_s.append(asyncio.get_running_loop().time())
        self.headers.append(headers)
        if self.hangs:
            await asyncio.sleep(1_000_000)
        if self.openings and (error := self.openings.pop(0)) is not None:
            raise error
        self.venue.cut()
        self.is_open, self._received, self._closed = True, received, closed

    def send(self, frame: bytes) -> None:
        command = _COMMAND.decode(frame)
        self.sent.append(command)
        if self.is_open and not self.is_deaf:
            self.venue.obey(command)
            asyncio.get_running_loop().call_soon(self.deliver)

    async def close(self) -> None:
        self.is_open = False

    # What a test does.

    def deliver(self) -> None:
        """Hand on what is on the wire, as one read."""
        frames = list(self.venue.wire)
        if self.is_open and not self.is_silent and self._received is not None:
            self.venue.wire.clear()
            self._received(frames)

    def emit(self, channel: str, market: str = "A") -> None:
        self.venue.emit(channel, market)
        self.deliver()

    def ping(self) -> None:
        if self._received is not None and not self.is_silent:
            self._received([])

    def cut(self, reason: Exception | None = None) -> None:
        """End the connection, as the exchange or the network does."""
        assert self._closed is not None
        self.is_open = False
        self.venue.cut()
        self._closed(reason)
