"""A recording: what the connections of a stream receive and send, in a file, as it happens.

A thread writes; the stream never waits for the disk. ``kalshi_async.contract.recording`` has the lines.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Self

import msgspec

from kalshi_async.contract.recording import VERSION, RecordedLine
from kalshi_async.errors import InvalidRequest, RecordingFailed
from kalshi_async.requests.validation import checked_whole
from kalshi_async.streams._files import PACKERS, Writer
from kalshi_async.streams.link import Link

_log = logging.getLogger("kalshi_async.streams")

MOST_WAITING = 64 * 1024 * 1024
"""Bytes that may wait for the disk; then frames are left out, and a line says how many (ours)."""

DAY_MS = 86_400_000
"""Milliseconds of a day, from 00:00 UTC to 00:00 UTC."""

_JSON = (b"false", b"true")

_encode = msgspec.json.Encoder().encode
_check = msgspec.json.Decoder(msgspec.Raw).decode


def frame_line(at_ms: int, link: int, frame: bytes, *, more: bool = False) -> bytes:
    """Return the line of a frame, without encoding its JSON anew."""
    body = frame.rstrip()
    try:
        _check(body)
    except msgspec.DecodeError:
        return _line(RecordedLine(at_ms=at_ms, link=link, more=more, raw=frame))
    if b"\n" in body:
        return _line(RecordedLine(at_ms=at_ms, link=link, more=more, raw=frame))
    if link == 1 and not more:
        return b'{"at_ms":%d,"frame":%b}\n' % (at_ms, body)
    return b'{"at_ms":%d,"link":%d,"more":%b,"frame":%b}\n' % (at_ms, link, _JSON[more], body)


def _line(line: RecordedLine) -> bytes:
    return _encode(line) + b"\n"


def checked_path(path: str | PathLike[str], compression: str | None, rotate_bytes: int | None) -> Path:
    """Return the path of a recording; raise InvalidRequest for what cannot be recorded so."""
    if compression not in PACKERS:
        raise InvalidRequest(f"compression must be None, 'gzip' or 'zstd', was {compression!r}")
    if rotate_bytes is not None:
        checked_whole("rotate_bytes", rotate_bytes, least=1)
    file = Path(path)
    if not file.parent.is_dir():
        raise InvalidRequest(f"the folder {file.parent} does not exist: make it first")
    return file


class Recording:
    """Writes what a stream receives; use ``async with stream.record("frames.jsonl")``.

    Frames stand there as received, with the time of receipt. A process that is killed leaves a file
    whose last line may be cut; compressed, the last second is missing. A disk that is full or too
    slow never disturbs the stream: ``failure`` and ``dropped`` tell it, the log too, and leaving the
    block raises RecordingFailed. ``replay`` reads the file.
    """

    def __init__(
        self,
        links: Sequence[Link],
        path: Path,
        *,
        url: str,
        now_ms: Callable[[], int],
        compression: str | None,
        rotate_bytes: int | None,
        rotate_daily: bool,
    ) -> None:
        self.frames = 0
        """Frames that were handed to the disk."""
        self.bytes = 0
        """Bytes that were handed to the disk, before compression."""
        self.dropped = 0
        """Lines that were left out, because the disk was too slow."""
        self._taps = [_Tap(self, number, link) for number, link in enumerate(links, 1)]
        self._path, self._url, self._now_ms = path, url, now_ms
        self._compression = compression
        self._rotate_bytes = rotate_bytes
        self._rotate_daily = rotate_daily
        self._writer: Writer | None = None
        self._part_end = 0
        self._day = 0
        self._left_out = 0
        self._is_told = False

    @property
    def path(self) -> Path:
        """The file that is written now: the path that was given, or with a number."""
        return self._path if self._writer is None else self._writer.path

    @property
    def failure(self) -> Exception | None:
        """Why the recording has ended by itself."""
        return None if self._writer is None else self._writer.failure

    async def __aenter__(self) -> Self:
        if self._writer is not None:
            raise InvalidRequest("this recording was entered before: ask the stream for another one")
        # One file is made here and not in the thread: that it cannot be made is said at once.
        self._writer = Writer(self._path, self._compression)
        self._begin_part(self._now_ms())
        for tap in self._taps:
            tap.link.taps.append(tap)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._writer is not None, "it was entered"
        for tap in self._taps:
            tap.link.taps.remove(tap)
        await asyncio.to_thread(self._writer.close)
        if self.failure is not None and kind is None:
            raise RecordingFailed(f"the recording ended early: {self.failure}") from self.failure

    # Called by the taps.

    def put(self, at_ms: int, data: bytes, frames: int = 0) -> None:
        """Hand lines of one moment to the disk."""
        writer = self._writer
        assert writer is not None, "the taps were set when it was entered"
        if self._has_failed(writer) or self._is_too_slow(writer, data):
            return
        if self._left_out:
            data = _line(RecordedLine(at_ms=at_ms, dropped=self._left_out)) + data
            self._left_out = 0
        self._turn(at_ms)
        self.frames += frames
        self._write(writer, data)

    def _has_failed(self, writer: Writer) -> bool:
        if writer.failure is not None and not self._is_told:
            self._is_told = True
            _log.error("the recording has ended: %s", writer.failure)
        return self._is_told

    def _is_too_slow(self, writer: Writer, data: bytes) -> bool:
        if self.bytes - writer.taken + len(data) <= MOST_WAITING:
            return False
        if not self._left_out:
            _log.warning("the disk is too slow for the recording: frames are left out")
        lines = data.count(b"\n")
        self._left_out += lines
        self.dropped += lines
        return True

    def _turn(self, at_ms: int) -> None:
        """Begin the next part if it is time."""
        is_full = self._rotate_bytes is not None and self.bytes >= self._part_end
        is_another_day = self._rotate_daily and at_ms // DAY_MS != self._day
        if is_full or is_another_day:
            assert self._writer is not None, "the caller has it"
            self._writer.put(b"")
            self._begin_part(at_ms)

    def _begin_part(self, at_ms: int) -> None:
        """Write what a reader of this part alone must know."""
        assert self._writer is not None, "the caller has it"
        self._day = at_ms // DAY_MS
        head = [RecordedLine(at_ms=at_ms, recording=VERSION, url=self._url)]
        for tap in self._taps:
            head += tap.standing(at_ms)
        self._write(self._writer, b"".join(map(_line, head)))
        self._part_end = self.bytes + (self._rotate_bytes or 0)

    def _write(self, writer: Writer, data: bytes) -> None:
        self.bytes += len(data)
        writer.put(data)


class _Tap:
    """Takes what one connection receives and sends."""

    def __init__(self, recording: Recording, number: int, link: Link) -> None:
        self.link = link
        self._recording = recording
        self._number = number

    def standing(self, at_ms: int) -> list[RecordedLine]:
        """Return the lines of a connection that is there already."""
        if not self.link.protocol.is_open:
            return []
        return [
            RecordedLine(at_ms=at_ms, link=self._number, state="open"),
            *(
                RecordedLine(at_ms=at_ms, link=self._number, subscription=each)
                for each in self.link.protocol.subscriptions()
            ),
        ]

    def received(self, frames: Sequence[bytes], at_ms: int) -> None:
        """Take the frames of one read."""
        *others, last = frames
        lines = [frame_line(at_ms, self._number, frame, more=True) for frame in others]
        lines.append(frame_line(at_ms, self._number, last))
        self._recording.put(at_ms, b"".join(lines), len(frames))

    def sent(self, command: bytes, at_ms: int) -> None:
        """Take a command."""
        self._put(RecordedLine(at_ms=at_ms, link=self._number, command=msgspec.Raw(command)))

    def changed(self, state: str, at_ms: int) -> None:
        """Take the beginning or the end of a connection."""
        self._put(RecordedLine(at_ms=at_ms, link=self._number, state=state))

    def _put(self, line: RecordedLine) -> None:
        self._recording.put(line.at_ms, _line(line))
