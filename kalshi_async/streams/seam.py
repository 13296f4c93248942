"""The seam between a stream and what carries its frames: an object with three methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from kalshi_async.wire.incoming import Incoming

LEAVE_S = 1.0
"""Seconds that the exchange has to answer a close (ours)."""

Received = Callable[[Sequence[bytes]], None]
Closed = Callable[[Exception | None], None]


class HandshakeRefused(Exception):
    """The exchange answered the handshake with something else than a connection."""

    def __init__(self, incoming: Incoming) -> None:
        super().__init__(f"the handshake was refused with status {incoming.status}")
        self.incoming = incoming


class Tap(Protocol):
    """Sees what a connection receives and sends, before anything is done with it."""

    def received(self, frames: Sequence[bytes], at_ms: int) -> None:
        """Take the frames of one read."""
        ...

    def sent(self, command: bytes, at_ms: int) -> None:
        """Take a command."""
        ...

    def changed(self, state: str, at_ms: int) -> None:
        """Take the beginning or the end of a connection."""
        ...


class StreamTransport(Protocol):
    """Carries the text frames of one connection at a time; it may be opened again after it was closed."""

    async def open(self, url: str, headers: Mapping[str, str], received: Received, closed: Closed) -> None:
        """Connect.

        * ``received``: called with the frames of one read, in order; without any for a sign of life
        * ``closed``: called once when an open connection has ended, with the reason if there is one

        Raises HandshakeRefused, or any exception for a failure to connect.
        """
        ...

    def send(self, frame: bytes) -> None:
        """Send a text frame; without effect on a connection that has ended."""
        ...

    async def close(self) -> None:
        """Close the connection, if there is one; must not wait for the exchange for long."""
        ...
