"""RSA signatures made ahead, for paths that have just been asked for.

Signed are timestamp, method and path, never the body: for a path without an id that can be
done before the request is known, and a request that comes after a pause need not wait for it.

* Each is handed out once. None is older than a second, by the monotonic clock and by the
  clock that was signed; none outlives a change of the offset between the two clocks.
* They are made where ``start`` makes them, on threads, and only in the moments when nothing is
  under way; one for each that was asked for, so that nothing is made while nobody asks.
* A path that is asked for less than once a second gets none: they would be thrown away.
* When there is none, the request is signed as always. A resend always is.

Not for deterministic signatures: two that were made in the same millisecond would be one.
It knows nothing of keys, threads and requests.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from kalshi_async.clock import Clock
from kalshi_async.signing import HeaderPairs, Signed
from kalshi_async.skew import Skew

# Ours; the exchange has been seen to accept ten seconds (authentication, 2026-11-22).
LONGEST_S = 1.0
DEPTH = 4
"""The most of one path that are held: a burst of quotes (ours)."""

QUIET_S = 0.001
"""How long nothing must be under way: who sends one request after another comes sooner (ours)."""

MOST_PATHS = 64
"""More than there are paths without an id; those of unknown requests are not kept for ever (ours)."""

Path = tuple[str, str]


class _MadeAhead(msgspec.Struct, frozen=True):
    signed: Signed
    made_s: float
    offset_ms: int


class _Shelf(msgspec.Struct):
    used_s: float
    made: deque[_MadeAhead]


class SignatureStock:
    """Owner of all that was made ahead; used on the event loop alone.

    ``start`` begins to sign (method, path, timestamp) elsewhere; ``is_quiet`` says whether
    nothing is under way.
    """

    def __init__(
        self,
        start: Callable[[str, str, int], asyncio.Future[HeaderPairs]],
        skew: Skew,
        clock: Clock,
        is_quiet: Callable[[], bool],
    ) -> None:
        self._start = start
        self._skew = skew
        self._clock = clock
        self._is_quiet = is_quiet
        self._shelves: dict[Path, _Shelf] = {}
        self._asked: dict[Path, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def take(self, method: str, path: str) -> Signed | None:
        """Hand out a signature for one request, if there is one; notes that it was asked for."""
        now_s = self._clock.monotonic()
        shelf = self._shelves.get((method, path))
        if shelf is None:
            if len(self._shelves) >= MOST_PATHS:
                self._shelves.clear()
            self._shelves[method, path] = _Shelf(now_s, deque())
            return None
        if now_s - shelf.used_s <= LONGEST_S:
            self._asked[method, path] = self._asked.get((method, path), 0) + 1
        shelf.used_s = now_s
        while shelf.made:
            ahead = shelf.made.popleft()
            if self._is_fresh(ahead, now_s):
                return ahead.signed
        return None

    def rest(self) -> None:
        """Notice that nothing is under way any more: unless that changes at once, make some."""
        if self._asked and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(QUIET_S, self._make)

    def clear(self) -> None:
        """Throw everything away, also what is being made."""
        self._shelves.clear()
        self._asked.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _make(self) -> None:
        self._timer = None
        if not self._is_quiet():
            return  # the end of what is under way leads here again
        now_s = self._clock.monotonic()
        asked, self._asked = self._asked, {}
        for (method, path), count in asked.items():
            shelf = self._shelves.get((method, path))
            if shelf is not None and now_s - shelf.used_s <= LONGEST_S:
                for _ in range(min(count, DEPTH - len(shelf.made))):
                    self._make_one(shelf, method, path, now_s)

    def _make_one(self, shelf: _Shelf, method: str, path: str, now_s: float) -> None:
        now_ms, offset_ms = self._skew.now_ms(), self._skew.offset_ms

        def keep(made: asyncio.Future[HeaderPairs]) -> None:
            # A key that fails is met, and told of, by the next request.
            if not made.cancelled() and made.exception() is None:
                shelf.made.append(_MadeAhead(Signed(made.result(), now_ms), now_s, offset_ms))

        self._start(method, path, now_ms).add_done_callback(keep)

    def _is_fresh(self, ahead: _MadeAhead, now_s: float) -> bool:
        # Both clocks: one stands still while a machine sleeps, the other may be set.
        age_ms = self._skew.now_ms() - ahead.signed.now_ms
        return (
            ahead.offset_ms == self._skew.offset_ms
            and now_s - ahead.made_s <= LONGEST_S
            and 0 <= age_ms <= LONGEST_S * 1000
        )
