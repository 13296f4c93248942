"""RSA signatures made ahead, for paths that have just been asked for.

Signed are timestamp, method and path, never the body: for a path without an id that can be
done before the request is known, so that one that comes after a pause need not wait for it.

* Each is handed out once; none is older than a second, by the monotonic clock and by the one
  that was signed; none outlives a change of the offset to the exchange's clock.
* Made on threads, when nothing is under way; one for each that was asked for, and none for a
  path that is asked for less than once a second, so that idle programs make none.

Not for deterministic signatures: two of one millisecond would be the same.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from kalshi_async.clock import Clock
from kalshi_async.contract.operation import HeaderPairs
from kalshi_async.signing.signer import Signed
from kalshi_async.signing.skew import Skew

# All ours. The exchange has been seen to accept ten seconds (authentication, 2026-11-22).
LONGEST_S = 1.0
DEPTH = 4  # of one path: a burst of quotes
QUIET_S = 0.001  # who sends one request after another comes sooner: that throughput is not touched
MOST_PATHS = 64  # more than are known here; those that only session.transport knows may hold ids

Path = tuple[str, str]
Start = Callable[[str, str, int], asyncio.Future[HeaderPairs]]


class _MadeAhead(msgspec.Struct, frozen=True):
    signed: Signed
    made_s: float
    offset_ms: int


class _Shelf(msgspec.Struct):
    used_s: float
    made: deque[_MadeAhead]


class PresignedCache:
    """Owner of all that was made ahead; used on the event loop alone.

    ``start`` begins to sign elsewhere; ``is_quiet`` says whether nothing is under way.
    """

    def __init__(self, start: Start, skew: Skew, clock: Clock, is_quiet: Callable[[], bool]) -> None:
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
        key = (method, path)
        shelf = self._shelves.get(key)
        if shelf is None:
            if len(self._shelves) >= MOST_PATHS:
                self._shelves.clear()
            self._shelves[key] = _Shelf(now_s, deque())
            return None
        if now_s - shelf.used_s <= LONGEST_S:
            self._asked[key] = self._asked.get(key, 0) + 1
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
        self._timer = None  # it finds nothing to make

    def _make(self) -> None:
        self._timer = None
        if not self._is_quiet():
            return  # its end leads here again
        now_s = self._clock.monotonic()
        asked, self._asked = self._asked, {}
        for key, count in asked.items():
            shelf = self._shelves.get(key)
            if shelf is not None and now_s - shelf.used_s <= LONGEST_S:
                for _ in range(min(count, DEPTH - len(shelf.made))):
                    self._make_one(shelf, key, now_s)

    def _make_one(self, shelf: _Shelf, key: Path, now_s: float) -> None:
        now_ms, offset_ms = self._skew.now_ms(), self._skew.offset_ms

        def keep(made: asyncio.Future[HeaderPairs]) -> None:
            # A key that fails is met, and told of, by the next request.
            if not made.cancelled() and made.exception() is None:
                shelf.made.append(_MadeAhead(Signed(made.result(), now_ms), now_s, offset_ms))

        self._start(*key, now_ms).add_done_callback(keep)

    def _is_fresh(self, ahead: _MadeAhead, now_s: float) -> bool:
        # Both clocks: one stands still while a machine sleeps, the other may be set.
        age_ms = self._skew.now_ms() - ahead.signed.now_ms
        return (
            ahead.offset_ms == self._skew.offset_ms
            and now_s - ahead.made_s <= LONGEST_S
            and 0 <= age_ms <= LONGEST_S * 1000
        )
