"""Carries the frames of one recorded connection to a stream."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from kalshi_async.contract.frames.control import Command
from kalshi_async.contract.recording import RecordedLine
from kalshi_async.streams.recorded._venue import ReplayVenue
from kalshi_async.streams.seam import Closed, Received

_command = msgspec.json.Decoder(Command).decode


class Carrier:
    """A ``StreamTransport`` of one connection of a recording."""

    def __init__(self) -> None:
        self.venue = ReplayVenue()
        self.is_open = False
        """Whether the stream is connected."""
        self._may_open = asyncio.Event()
        self._may_open.set()  # readers are entered before anything is played
        self._has_begun = False
        self._read: list[bytes] = []  # what came with one read of the socket
        self._received: Received | None = None
        self._closed: Closed | None = None

    async def open(self, url: str, headers: Mapping[str, str], received: Received, closed: Closed) -> None:
        """Connect when the recording does."""
        await self._may_open.wait()
        self._received, self._closed, self.is_open = received, closed, True

    def send(self, frame: bytes) -> None:
        """Answer a command, when the stream has sent what it wants."""
        asyncio.get_running_loop().call_soon(self._answer, _command(frame))

    async def close(self) -> None:
        """End the connection."""
        self.is_open = False

    # What the recording does.

    def take(self, line: RecordedLine) -> None:
        """Do what a line says."""
        if line.dropped:
            self.venue.interrupted()
            self._end(f"{line.dropped} lines are missing in the recording", may_open=True)
        elif line.state in ("open", "opened"):
            if self._has_begun and line.state == "opened":
                self.venue.opened()
            self._has_begun = True
            self._may_open.set()
        elif line.state:
            self.venue.opened()
            self._end(line.state.removeprefix("closed: "), may_open=False)
        else:
            self._read += self.venue.take(line)
            if not line.more and self._read:
                frames, self._read = self._read, []
                self.hand_on(frames)

    @property
    def is_behind(self) -> bool:
        """Whether the stream is not connected yet, and the recorded program was."""
        return self._may_open.is_set() and not self.is_open

    def hand_on(self, frames: list[bytes]) -> None:
        """Hand frames to the stream; without any, a sign of life."""
        if self.is_open and self._received is not None:
            self._received(frames)

    def _end(self, reason: str, *, may_open: bool) -> None:
        if not may_open:
            self._may_open.clear()
        if self.is_open and self._closed is not None:
            self.is_open = False
            self._closed(ConnectionError(reason))

    def _answer(self, command: Command) -> None:
        if self.is_open:
            self.hand_on(self.venue.obey(command))
