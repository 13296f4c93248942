"""An event loop with virtual time: waiting takes no real time, and every run is the same.

When no callback is ready, the loop sets its time to that of the next timer. A client and a
server on the same loop use real loopback sockets, while their timeouts (of this library, of
httpx and of uvicorn) run in virtual time. This module does not know the exchange.

A test of a strategy that sleeps; the fixtures of the pytest plugin do the same::

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

The sandbox and the session must get the same clock. For tests on anyio's pytest plugin,
define an ``anyio_backend`` fixture that returns
``("asyncio", {"loop_factory": VirtualTimeLoop})``.

Theory of operation. On every turn, asyncio calls its selector with the time until the next
timer, and the selector waits for sockets that long. The selector of this loop polls the
sockets without waiting. If none is ready, it adds the time to its clock and returns, so that
asyncio fires the timer at once. Three kinds of work must not be jumped over:

* Bytes in flight. The Linux kernel delivers loopback data before ``send`` returns, but on a
  busy machine it may leave that to a kernel thread. Before the first jump after any traffic,
  and then once per virtual second, the selector therefore waits for one real millisecond.
* Threads. While an executor or a worker thread of anyio is at work, the loop waits in real
  time. Announce any other thread with ``VirtualTimeLoop.real_work()``.
* Other processes. They need real time: use an ordinary loop with them.

A loop that waits for an event that cannot come raises ``VirtualTimeStuck`` instead of hanging.
Code that calls ``time.monotonic`` directly gets real time; httpcore does so for the expiry of
idle connections.
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

# Stands in for sniffio's variable where sniffio is not imported.
_NO_SNIFFIO: ContextVar[str] = ContextVar("library")

_REAL_WAIT_S = 0.001
_REAL_WAIT_EVERY_S = 1.0

_Events = list[tuple[selectors.SelectorKey, int]]


class VirtualTimeStuck(RuntimeError):
    """The loop waits for an event that does not come, or runs timers without end."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that starts at second 0 and jumps to the next timer when it is idle.

    * ``patience_s``: real seconds to wait for a thread, or for a socket while there is no timer
    * ``max_jumps``: jumps in a row without any traffic; a deadlocked program with a periodic
      timer would otherwise run for ever

    Beyond either limit the loop raises ``VirtualTimeStuck``.
    """

    def __init__(self, *, patience_s: float = 10.0, max_jumps: int = 100_000) -> None:
        self._jumping_selector = _JumpingSelector(self._is_working, patience_s, max_jumps)
        self._real_work_count = 0
        super().__init__(self._jumping_selector)

    def time(self) -> float:
        """Return virtual seconds since the loop was created."""
        return self._jumping_selector.now_s

    @contextmanager
    def real_work(self) -> Iterator[None]:
        """Stop virtual time while the block runs: the loop waits in real time for work outside of it."""
        self._real_work_count += 1
        try:
            yield
        finally:
            self._real_work_count -= 1

    def run_in_executor(
        self, executor: Executor | None, func: Callable[..., Result], *args: object
    ) -> asyncio.Future[Result]:
        """Run ``func`` in a thread; virtual time stops until it has ended."""
        future = super().run_in_executor(executor, func, *args)
        self._real_work_count += 1
        future.add_done_callback(self._executor_work_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Join the threads of the default executor. ``timeout`` is ignored: virtual time stops."""
        # The parameter is asyncio's own, since Python 3.12.
        with self.real_work():
            await super().shutdown_default_executor()

    @property
    def _clock_resolution(self) -> float:
        # asyncio fires the timers that are due before now plus this. Its constant is 1 ns, and
        # after half a year of virtual time a float of seconds is coarser than that: adding 1 ns
        # changes nothing, and a timer that is due exactly now would never fire.
        return max(1e-9, 2 * math.ulp(self.time()))

    @_clock_resolution.setter
    def _clock_resolution(self, value: float) -> None:
        pass  # asyncio's constructor sets it

    def _executor_work_done(self, _: asyncio.Future[Result]) -> None:
        self._real_work_count -= 1

    def _is_working(self) -> bool:
        return self._real_work_count > 0 or _anyio_threads_at_work() > 0


class VirtualClock:
    """A ``kalshi_async.clock.Clock`` that follows the time of an event loop.

    * ``start_ms``: its Unix time at its creation
    * ``loop``: the loop, by default the running one
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
        """Wait for so many seconds of the running loop."""
        await asyncio.sleep(max(0.0, seconds))


def _anyio_threads_at_work() -> float:
    # anyio finds its thread limiter by the running async library. If sniffio is installed, anyio
    # asks it, and sniffio fails outside of a task, which is where a selector runs, unless this
    # variable is set. Found with anyio 4.11 and sniffio 1.3, 2026-11-22.
    library = getattr(sys.modules.get("sniffio"), "current_async_library_cvar", _NO_SNIFFIO)
    token = library.set("asyncio")
    try:
        return anyio.to_thread.current_default_thread_limiter().borrowed_tokens
    finally:
        library.reset(token)


class _JumpingSelector(selectors.DefaultSelector):
    # Owns the loop's time, ``now_s``. A jump is a select that adds its timeout to it.

    def __init__(self, is_working: Callable[[], bool], patience_s: float, max_jumps: int) -> None:
        super().__init__()
        self.now_s = 0.0
        self._is_working = is_working
        self._patience_s = patience_s
        self._max_jumps = max_jumps
        self._jumps = 0  # since the last event
        self._since_real_wait_s = math.inf  # virtual seconds; infinite, so that the first jump waits

    def select(self, timeout: float | None = None) -> _Events:
        events = super().select(0)
        if not events and (timeout is None or timeout > 0):
            events = self._wait() if timeout is None or self._is_working() else self._jump(timeout)
        if events:
            self._jumps = 0
            self._since_real_wait_s = math.inf
        return events

    def _wait(self) -> _Events:
        events = super().select(self._patience_s)
        if not events:
            cause = "a thread that does not end" if self._is_working() else "an event that never comes"
            raise VirtualTimeStuck(
                f"the loop waited {self._patience_s} real seconds for {cause} (virtual time {self.now_s} s)"
            )
        return events

    def _jump(self, seconds: float) -> _Events:
        # The loop's own wake-up pipe is always registered: only a second descriptor is a socket.
        has_sockets = len(self.get_map()) > 1
        if has_sockets and self._since_real_wait_s + seconds > _REAL_WAIT_EVERY_S:
            self._since_real_wait_s = 0.0
            events = super().select(_REAL_WAIT_S)
            if events:
                return events
        if self._jumps >= self._max_jumps:
            raise VirtualTimeStuck(
                f"{self._jumps} timers in a row fired without any traffic (virtual time {self.now_s} s)"
            )
        self._jumps += 1
        self._since_real_wait_s += seconds
        self.now_s += seconds
        return []
