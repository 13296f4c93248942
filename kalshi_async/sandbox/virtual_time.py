"""An event loop whose time jumps: waiting costs nothing, and every run is the same.

Whenever nothing is ready, the loop's time moves straight to the next timer. A client
and a server that share the loop talk over real loopback sockets; their time-outs, ours
and those of httpx and uvicorn, pass in virtual time. Nothing here knows the exchange.

A strategy that sleeps is tested like this (the fixtures of the pytest plugin do it too)::

    async def a_day() -> None:
        clock = VirtualClock(start_ms=1_795_348_800_000)
        async with (
            Sandbox(clock=clock, accounts=["me"]) as exchange,
            Session(exchange.environment, exchange.credentials("me"), clock=clock) as session,
        ):
            async with asyncio.timeout(86_400):
                await my_strategy(session)          # may sleep as long as it likes

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(a_day())

Every part takes the one clock. Suites on the pytest plugin of anyio get the loop from an
``anyio_backend`` fixture that returns ``("asyncio", {"loop_factory": VirtualTimeLoop})``.

Theory of operation. asyncio hands its selector the time until the next timer. Ours polls
without waiting; if that finds nothing, it adds the time to the clock instead of passing
it. Three things must not be jumped over:

* Bytes in flight. The Linux kernel delivers loopback data before ``send`` returns, but
  may leave that to a kernel thread when the machine is busy. So the selector really
  looks again, for a millisecond, before the first jump after any traffic and then
  once per virtual second.
* Threads. While an executor or a worker thread of anyio is at work, the loop waits in
  real time. Threads started in other ways are announced with ``VirtualTimeLoop.real_work()``.
* Other processes. They live in real time: use an ordinary loop for them.

A loop that nothing can wake raises ``VirtualTimeStuck`` instead of hanging. Code that
reads ``time.monotonic`` itself (the keep-alive expiry of httpcore) sees real time.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import anyio.to_thread

Result = TypeVar("Result")

_UNASKED: ContextVar[str] = ContextVar("library")

_LOOK_AGAIN_S = 0.001
_LOOK_AGAIN_EVERY_S = 1.0

_Events = list[tuple[selectors.SelectorKey, int]]


class VirtualTimeStuck(RuntimeError):
    """Nothing can wake the loop any more, or only timers that lead nowhere."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that starts at second 0 and jumps to the next timer when idle.

    It raises ``VirtualTimeStuck`` after ``patience_s`` real seconds in which it could
    only wait, and after ``max_jumps`` jumps in a row without any traffic: a periodic
    timer would otherwise keep a deadlocked program spinning for ever.
    """

    def __init__(self, *, patience_s: float = 10.0, max_jumps: int = 100_000) -> None:
        self._jumping_selector = _JumpingSelector(self._is_working, patience_s, max_jumps)
        self._real_work_count = 0
        super().__init__(self._jumping_selector)

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._jumping_selector.now_s

    @contextmanager
    def real_work(self) -> Iterator[None]:
        """Hold time still in this block: something outside of the loop is at work for it."""
        self._real_work_count += 1
        try:
            yield
        finally:
            self._real_work_count -= 1

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., Result], *args: object
    ) -> asyncio.Future[Result]:
        """Run ``func`` in a thread; time stands still until it has ended."""
        future = super().run_in_executor(executor, func, *args)
        self._real_work_count += 1
        future.add_done_callback(self._executor_work_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Join the threads of the default executor; ``timeout`` is ignored, time stands still."""
        # The linter dislikes the parameter, but it is asyncio's own (since Python 3.12).
        with self.real_work():
            await super().shutdown_default_executor()

    @property
    def _clock_resolution(self) -> float:
        # asyncio fires what is due within this of now. Its own constant nanosecond is lost in
        # the rounding of a float after half a year, and what is due right now would never fire.
        return max(1e-9, 2 * math.ulp(self.time()))

    @_clock_resolution.setter
    def _clock_resolution(self, value: float) -> None:
        pass  # asyncio's constructor sets it

    def _executor_work_done(self, _: asyncio.Future[Result]) -> None:
        self._real_work_count -= 1

    def _is_working(self) -> bool:
        return self._real_work_count > 0 or _anyio_threads_at_work() > 0


class VirtualClock:
    """A ``kalshi_async.clock.Clock`` on the time of an event loop, by default the running one.

    Its Unix time is ``start_ms`` when it is made and moves with the loop.
    """

    __slots__ = ("_loop", "_start_ms", "_started_s")

    def __init__(self, start_ms: int, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._start_ms = start_ms
        self._started_s = self._loop.time()

    def now_ms(self) -> int:
        """Return Unix time in milliseconds."""
        elapsed_us = round((self._loop.time() - self._started_s) * 1_000_000)
        return self._start_ms + elapsed_us // 1_000

    def monotonic(self) -> float:
        """Return the loop's time in seconds."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running event loop."""
        await asyncio.sleep(max(0.0, seconds))


def _anyio_threads_at_work() -> float:
    # Where sniffio is installed, anyio asks it for the library that runs, and outside of a
    # task it only knows what it is told. Found with anyio 4.11 and sniffio 1.3, 2026-11-22.
    library = getattr(sys.modules.get("sniffio"), "current_async_library_cvar", _UNASKED)
    token = library.set("asyncio")
    try:
        return anyio.to_thread.current_default_thread_limiter().borrowed_tokens
    finally:
        library.reset(token)


class _JumpingSelector(selectors.DefaultSelector):
    # Owns the loop's time, ``now_s``.

    def __init__(self, is_working: Callable[[], bool], patience_s: float, max_jumps: int) -> None:
        super().__init__()
        self.now_s = 0.0
        self._is_working = is_working
        self._patience_s = patience_s
        self._max_jumps = max_jumps
        self._jumps = 0
        self._unwatched_s = math.inf

    def select(self, timeout: float | None = None) -> _Events:
        events = super().select(0)
        if not events and (timeout is None or timeout > 0):
            events = self._wait() if timeout is None or self._is_working() else self._jump(timeout)
        if events:
            self._jumps = 0
            self._unwatched_s = math.inf
        return events

    def _wait(self) -> _Events:
        events = super().select(self._patience_s)
        if not events:
            cause = "a thread that does not end" if self._is_working() else "something that never comes"
            raise VirtualTimeStuck(
                f"the loop waited {self._patience_s} real seconds for {cause} (virtual time {self.now_s} s)"
            )
        return events

    def _jump(self, seconds: float) -> _Events:
        # One descriptor is the loop's own wake-up pipe.
        has_sockets = len(self.get_map()) > 1
        if has_sockets and self._unwatched_s + seconds > _LOOK_AGAIN_EVERY_S:
            self._unwatched_s = 0.0
            events = super().select(_LOOK_AGAIN_S)
            if events:
                return events
        if self._jumps >= self._max_jumps:
            raise VirtualTimeStuck(
                f"{self._jumps} timers in a row fired without any traffic (virtual time {self.now_s} s)"
            )
        self._jumps += 1
        self._unwatched_s += seconds
        self.now_s += seconds
        return []
