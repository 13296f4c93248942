"""Keeps one connection up for the life of a stream: connects, watches, and connects again.

    connect -> subscribe to everything -> hand frames on -> lost -> wait -> connect

It ends only by ``aclose``, or when the exchange does not accept the key. A connection is given up
after ``SILENCE_S`` without a sign of life, and when the exchange does not answer a command:
``list_subscriptions`` is sent every ``CHECK_S``, because sockets stay open that are dead in one direction.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random

import msgspec

from kalshi_async.clock import Clock
from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.errors import ApiError, KalshiError, Unauthorized
from kalshi_async.hooks import ConnectionEvent, GapEvent, Hooks, LagEvent, tell
from kalshi_async.streams._order import in_order
from kalshi_async.streams.protocol import StreamProtocol
from kalshi_async.streams.seam import HandshakeRefused, StreamTransport, Tap
from kalshi_async.streams.state import Latency, Phase, StreamState
from kalshi_async.wire.refusals import api_error

_log = logging.getLogger("kalshi_async.streams")

# Seconds, all ours except the first: notes of 2026-10-26 ask for a silence limit of at least 30 s.
SILENCE_S = 30.0
CHECK_S = 25.0
ANSWER_S = 10.0
OPEN_S = 10.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
STEADY_S = 30.0
"""A connection that lasted so long makes the next pauses short again."""

LAG_MS = 1_000
"""A frame that is older tells the hooks (ours)."""

FRAMES_PER_TURN = 128
"""Frames that are handled before other tasks have their turn (ours)."""


class Link:
    """Owner of the task that keeps the connection up, and of the frames not handled yet."""

    def __init__(
        self,
        protocol: StreamProtocol,
        transport: StreamTransport,
        url: str,
        *,
        headers: Callable[[], Awaitable[Mapping[str, str]]],
        correct: Callable[[ApiError], bool],
        clock: Clock,
        now_ms: Callable[[], int],
        hooks: Hooks,
        random: Random,
    ) -> None:
        self.protocol = protocol
        self.after_reads: list[Callable[[int], None]] = []
        """Called with the time when the last frame of what one read brought has been handled."""
        self.latency = Latency()
        self.changed = asyncio.Event()
        """Set, and replaced, whenever subscriptions or the connection have changed."""
        self.failure: KalshiError | None = None
        """Why the stream has ended by itself."""
        self.taps: list[Tap] = []
        """Who sees every frame and command."""
        self._transport = transport
        self._url = url
        self._headers, self._correct = headers, correct
        self._clock, self._now_ms = clock, now_ms
        self._hooks = hooks
        self._random = random
        self._loop = asyncio.get_running_loop()
        self._backlog: deque[bytes | None] = deque()  # None: the end of a read
        self._is_draining = False
        self._lost: asyncio.Future[str] | None = None
        self._heard_s = self._checked_s = self._opened_s = 0.0
        self._owed_s: float | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._has_corrected = False  # the clock, since the last connection
        self._retries = 0
        self._retried_s = 0.0
        self._gaps = 0
        self._lag_told_s = -1.0
        self.state = StreamState(Phase.CONNECTING, now_ms())
        self._task = self._loop.create_task(self._run(), name="kalshi_async stream")

    async def aclose(self) -> None:
        """End the task and close the connection."""
        self._task.cancel()
        try:
            await asyncio.wait([self._task])
        finally:  # also if it is canceled: the task ends by itself
            self.protocol.closed(self._now_ms())
            self._enter(Phase.CLOSED, self.state.last_error)

    def flush(self) -> None:
        """Send the commands that the protocol wants to send."""
        if not self.protocol.is_open:
            return
        commands, self.protocol.commands = self.protocol.commands, []
        for command in commands:
            data = msgspec.json.encode(command)
            self._transport.send(data)
            for tap in self.taps:
                tap.sent(data, self._now_ms())
        if commands and self._owed_s is None and self.protocol.is_waiting:
            self._owed_s = self._loop.time() + ANSWER_S
        if self.protocol.is_paused and self._retry is None:
            pause_s = self._pause_s(self._retries - 1) if self._retries else 0.0
            self._retry = self._loop.call_later(pause_s, self.retry)

    # The connection.

    async def _run(self) -> None:
        failures = 0
        while True:
            reason = await self._connected(failures)
            if self.failure is not None:
                return
            lasted_s = self._loop.time() - self._opened_s
            failures = 0 if self._opened_s and lasted_s >= STEADY_S else failures + 1
            self._opened_s = 0.0
            self._enter(Phase.DOWN, reason, failures)
            await self._clock.sleep(self._pause_s(failures - 1))
            self._enter(Phase.CONNECTING, reason, failures)

    async def _connected(self, failures: int) -> str:
        """Hold one connection until it is lost; return why it ended, or could not be opened."""
        self._lost = self._loop.create_future()
        try:
            async with asyncio.timeout(OPEN_S):
                await self._transport.open(self._url, await self._headers(), self._received, self._closed)
            self._opened()
            return await self._watched(self._lost)
        except HandshakeRefused as refused:
            return self._on_refused(api_error(refused.incoming, refused.incoming.body))
        except KalshiError as error:  # the signer's
            self._end(error)
            return str(error)
        except TimeoutError:
            return f"no connection in {OPEN_S:g} s"
        except Exception as error:  # whatever a transport raises: the next attempt may succeed
            return f"{type(error).__name__}: {error}"
        finally:
            self._lose("left")
            await self._transport.close()

    def _opened(self) -> None:
        now_s = self._loop.time()
        self._heard_s = self._checked_s = self._opened_s = now_s
        self._owed_s = None
        self._has_corrected = False
        self._enter(Phase.LIVE, "")
        for tap in self.taps:
            tap.changed("opened", self._now_ms())
        self.protocol.opened()
        self.flush()

    async def _watched(self, lost: asyncio.Future[str]) -> str:
        """Wait for the end of the connection, and look at its limits once a second."""
        while not lost.done():
            await asyncio.wait([lost], timeout=1.0)
            now_s = self._loop.time()
            if now_s - self._heard_s >= SILENCE_S:
                return f"nothing came for {SILENCE_S:g} s"
            if self._owed_s is not None and now_s >= self._owed_s:
                return f"a command was not answered in {ANSWER_S:g} s"
            if now_s - self._checked_s >= CHECK_S:
                self._checked_s = now_s
                self.protocol.check()
            if now_s - self._retried_s >= STEADY_S:
                self._retries = 0
            self.flush()
        return lost.result()

    def retry(self) -> None:
        """Make subscriptions again that had ended, or that were refused for a while."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._retries += 1
        self._retried_s = self._loop.time()
        self.protocol.retry()
        self.flush()

    def _on_refused(self, error: KalshiError) -> str:
        if isinstance(error, Unauthorized):
            if self._has_corrected or not self._correct(error):
                self._end(error)
            self._has_corrected = True
        return str(error)

    def _end(self, error: KalshiError) -> None:
        self.failure = error
        self.protocol.end(error)
        self._enter(Phase.CLOSED, str(error))

    def _pause_s(self, failures: int) -> float:
        """Full jitter, so that many programs do not come back at once."""
        return self._random.uniform(0.0, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 10)))

    def _enter(self, phase: Phase, error: str, attempts: int = 0) -> None:
        self.state = StreamState(phase, self._now_ms(), attempts, error)
        if phase is Phase.DOWN:
            _log.warning("stream lost: %s; attempt %d follows", error, attempts)
        if self._hooks.on_connection is not None:
            tell(self._hooks.on_connection, ConnectionEvent(phase.value, attempts, error))
        self._change()

    def _closed(self, reason: Exception | None) -> None:
        self._lose("the exchange closed the connection" if reason is None else repr(reason))

    def _lose(self, reason: str) -> None:
        """Tell readers at once that the connection is gone, after all that has arrived."""
        if self.protocol.is_open:
            while self._backlog:
                self._drain()
            if self._retry is not None:
                self._retry.cancel()
                self._retry = None
            self.protocol.closed(self._now_ms())
            for tap in self.taps:
                tap.changed(f"closed: {reason}", self._now_ms())
            self._tell_gaps("connection lost")
            self._change()
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(reason)

    # Frames.

    def _received(self, frames: Sequence[bytes]) -> None:
        self._heard_s = self._loop.time()
        if not frames:
            return
        for tap in self.taps:
            tap.received(frames, self._now_ms())
        self._backlog.extend(in_order(frames) if len(frames) > 1 else frames)
        self._backlog.append(None)
        if not self._is_draining:
            self._drain()

    def _drain(self) -> None:
        """Handle some frames; the rest in the next turn of the event loop."""
        self._is_draining = False
        now_ms = self._now_ms()
        backlog, feed = self._backlog, self.protocol.feed
        answers = self.protocol.answers
        frame: Frame | None = None
        for _ in range(min(len(backlog), FRAMES_PER_TURN)):
            data = backlog.popleft()
            if data is None:
                for after in self.after_reads:
                    after(now_ms)
                continue
            frame = feed(data, now_ms)
        if frame is not None and frame.sending_ts_ms is not None:
            self._measure(now_ms - frame.sending_ts_ms)
        if self.protocol.answers != answers:
            self._owed_s = self._loop.time() + ANSWER_S if self.protocol.is_waiting else None
            self._change()
        if self.protocol.gaps != self._gaps:
            self._tell_gaps("")
        if self.protocol.commands or self.protocol.is_paused:
            self.flush()
        if backlog:
            self._is_draining = True
            self._loop.call_soon(self._drain)

    def _change(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def _tell_gaps(self, reason: str) -> None:
        found, self._gaps = self.protocol.gaps - self._gaps, self.protocol.gaps
        if found and self._hooks.on_gap is not None:
            tell(self._hooks.on_gap, GapEvent(found, reason or "frames"))
        for error in self.protocol.errors:
            _log.warning("the exchange sent error %d: %s", error.code, error.msg)
        self.protocol.errors.clear()

    def _measure(self, late_ms: int) -> None:
        latency = self.latency
        latency.last_ms = late_ms
        if late_ms > latency.worst_ms:
            latency.worst_ms = late_ms
        if late_ms > LAG_MS and self._hooks.on_lag is not None:
            now_s = self._loop.time()
            if now_s >= self._lag_told_s + 1.0:
                self._lag_told_s = now_s
                tell(self._hooks.on_lag, LagEvent(late_ms))
