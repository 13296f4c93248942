"""A stream from a recording: the same readers and books, and nobody but files behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Self

import msgspec

from kalshi_async.clock import SystemClock
from kalshi_async.contract.recording import VERSION, RecordedLine
from kalshi_async.errors import InvalidRequest, KalshiError, RecordingEnded
from kalshi_async.hooks import Hooks
from kalshi_async.requests.validation import checked_seconds
from kalshi_async.streams._files import lines, parts
from kalshi_async.streams._topic import Options
from kalshi_async.streams.books import Audit, Books
from kalshi_async.streams.delivery import Inbox, Sink
from kalshi_async.streams.recorded import Carrier
from kalshi_async.streams.stream import Stream
from kalshi_async.streams.surroundings import Surroundings

ALIVE_S = 5.0
"""A replay that waits gives a sign of life so often (ours): its stream must not take it for dead."""

_LOOK_S = 0.01
"""Pause before a replay that waits looks again (ours)."""

_TURNS = 10
"""Turns of the event loop that other readers have to be entered, once the first one waits (ours)."""

_line = msgspec.json.Decoder(RecordedLine).decode


def replay(path: str | PathLike[str], *, speed: float | None = None) -> Replay:
    """Return a stream that plays a recording; use ``async with``.

        async with replay("frames.jsonl") as stream, stream.books([ticker]) as books:
            async for book in books:
                print(book.ticker, book.best_bid, book.best_ask)

    * ``path``: the first file of a recording: the next ones follow by themselves; or one of them alone
    * ``speed``: 1.0 takes as long as it took then, 10.0 a tenth of it; None is as fast as the readers read

    It begins when the first event is awaited, or by ``play``: enter the readers before. An ``async for``
    ends where the recording ends. A slow reader makes it wait: none loses events, and none ends by
    SlowConsumer. Readers get what was recorded of their channel; where the recorded program ceased to
    read something, they get a ``Gap``.
    Raises InvalidRequest for a file that is no recording, and OSError.
    """
    first = Path(path)
    found = parts(first)
    chosen = found[found.index(first) :] if first in found else [first]
    return Replay(chosen, None if speed is None else checked_seconds("speed", speed))


def recorded(paths: Sequence[Path]) -> Iterator[RecordedLine]:
    """Yield the lines of files in order; one that cannot be read, as a cut leaves it, is a missing one."""
    for path in paths:
        for number, text in enumerate(lines(path)):
            try:
                line = _line(text)
            except msgspec.DecodeError:
                line = RecordedLine(at_ms=0, dropped=1)
            if number == 0 and line.recording != VERSION:
                raise InvalidRequest(f"{path} is no recording of version {VERSION}")
            yield line


class Replay(Stream):
    """A stream that plays a recording, see ``replay``."""

    def __init__(self, paths: Sequence[Path], speed: float | None) -> None:
        self._lines = recorded(paths)
        head = next(self._lines, None)
        if head is None:
            raise InvalidRequest(f"{paths[0]} is empty: it is no recording")
        self._carrier = Carrier()
        around = Surroundings(
            clock=_NoPauses(),
            now_ms=lambda: self._at_ms,
            hooks=Hooks(),
            headers=_no_headers,
            correct=lambda error: False,
        )
        super().__init__(around, head.url, self._carrier)
        self._speed = speed
        self._at_ms = self._began_ms = head.at_ms
        self._starts = asyncio.Event()
        self._ended = asyncio.Event()
        self._failure: KalshiError | None = None
        self._playing: asyncio.Task[None] | None = None
        self._inboxes: list[Inbox] = []
        self._books: list[Books] = []
        self._began_s = self._alive_s = 0.0

    @property
    def at_ms(self) -> int:
        """Time of the line that was played last, in Unix milliseconds."""
        return self._at_ms

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._playing = asyncio.create_task(self._play(), name="kalshi_async replay")
        return self

    async def aclose(self) -> None:
        """End the replay."""
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.wait([self._playing])
        await super().aclose()

    def books(
        self,
        markets: Collection[str] | str,
        *,
        audit: Audit | None = None,
        audit_every_s: float = 60.0,
    ) -> Books:
        """Return the books of markets, as ``Stream.books`` does."""
        books = super().books(markets, audit=audit, audit_every_s=audit_every_s)
        books.enter_s = 0.0  # their snapshots come when the replay begins
        self._books.append(books)
        return books

    async def play(self) -> None:
        """Begin now, without waiting for a reader; return at the end of the recording.

        Raises InvalidRequest for a file that is no recording of this version.
        """
        self._starts.set()
        await self._ended.wait()
        if self._failure is not None:
            raise self._failure

    def _add(self, options: Options, inbox: Sink) -> None:
        if self._ended.is_set():
            raise self._failure or RecordingEnded("the recording is over: open the replay anew")
        super()._add(options, inbox)
        if isinstance(inbox, Inbox):
            self._inboxes.append(inbox)

    def _remove(self, options: Options, inbox: Sink) -> None:
        super()._remove(options, inbox)
        if inbox in self._inboxes:
            self._inboxes.remove(inbox)

    # The playing.

    async def _play(self) -> None:
        await self._until_awaited()
        self._began_s = asyncio.get_running_loop().time()
        try:
            for line in self._lines:
                await self._until_due(line.at_ms)
                self._take(line)
                await self._until_read()
            self._end(RecordingEnded("the recording is over"))
        except KalshiError as error:
            self._failure = error
            self._end(error)
        while True:  # books stay as they are until the block is left
            await self._pause(ALIVE_S)

    def _take(self, line: RecordedLine) -> None:
        self._at_ms = max(self._at_ms, line.at_ms)
        self._carrier.take(line)
        if self._protocol.is_paused:  # pauses spare an exchange: a file bears to be asked at every line
            self._link.retry()

    def _end(self, error: KalshiError) -> None:
        self._ended.set()
        readers: list[Inbox | Books] = [*self._inboxes, *self._books]
        for reader in readers:  # and not what keeps the books: they stay as they are
            reader.end(error)

    async def _until_awaited(self) -> None:
        while not (
            self._starts.is_set()
            or any(inbox.is_awaited for inbox in self._inboxes)
            or any(books.is_awaited for books in self._books)
        ):
            await self._pause(_LOOK_S)
        for _ in range(_TURNS):
            await self._pause(0.0)

    async def _until_due(self, at_ms: int) -> None:
        if self._speed is None:
            return
        due_s = self._began_s + (at_ms - self._began_ms) / 1_000 / self._speed
        while (left_s := due_s - asyncio.get_running_loop().time()) > 0.0:
            await self._pause(left_s)

    async def _until_read(self) -> None:
        """Let readers take what has come; books are read by whoever has a turn of the loop."""
        turns = 0
        while not turns or self._is_behind():
            await self._pause(0.0 if turns < _TURNS else _LOOK_S)
            turns += 1

    def _is_behind(self) -> bool:
        is_answered = not self._carrier.is_behind and not self._protocol.is_waiting
        return not (is_answered and all(inbox.is_read for inbox in self._inboxes))

    async def _pause(self, seconds: float) -> None:
        """Wait, for at most as long as the stream bears without a sign of life."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._alive_s + ALIVE_S:
            self._alive_s = now_s
            self._carrier.hand_on([])
        await asyncio.sleep(min(seconds, ALIVE_S))


class _NoPauses(SystemClock):
    """The stream of a replay connects again without a pause: what the recorded one waited is recorded."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


async def _no_headers() -> Mapping[str, str]:
    return {}
