"""Tokens: the buckets of an account, refilled continuously, spent before sending.

Theory of operation. A bucket holds ``capacity`` tokens and gains ``refill_per_s``
each second. A request is admitted when its cost is there; else it waits in line,
by priority, then arrival. One timer is armed, for the moment at which the
head of the line can be paid; it fires, pays whom it can and arms itself anew. No
lock is held while waiting, nothing polls, and the head is never overtaken by a
cheaper request of its own priority, so that nobody starves within one. Across
priorities somebody can: while cancels alone spend more than the refill, no create
is admitted.

The last ``headroom`` tokens are for requests that reduce risk. After the bucket stood
full, its refill is counted from ``jitter_s`` later: a first request that travels
slowly finds the exchange's bucket still full, and what would have been refilled
meanwhile is lost there. A bucket that is emptied as soon as it is full loses nothing.

Every method runs on the event loop and never awaits between reading and writing
the tokens. A waiter that is canceled gives back what it was granted.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

import msgspec

from kalshi_async.account.priority_queue import PriorityQueue, Waiter
from kalshi_async.contract.operation import Priority
from kalshi_async.errors import InvalidRequest, ThrottleTimeout

# Rounding slack of a token count: two clocks that agree must not disagree here.
_EPSILON = 1e-9

# A timer so short that the clock cannot tell it from now would fire again and again.
_SHORTEST_WAIT_S = 1e-6


# A bucket that was full for less has not stood full: timers are late by some of it (ours).
_JUST_FULL_S = 0.01

_REDUCING = Priority.RISK_REDUCING


class Grant(msgspec.Struct, frozen=True, gc=False):
    """Tokens that were taken, ``cost``, and the count of ``clamps`` at that time."""

    cost: float
    clamps: int


class TokenBucket:
    """One bucket, by its ``name`` in errors. Owner of its tokens and of those who wait for them."""

    def __init__(
        self,
        capacity: float,
        refill_per_s: float,
        *,
        now: Callable[[], float],
        name: str = "tokens",
        headroom: float = 0.0,
        jitter_s: float = 0.0,
    ) -> None:
        """Start full. ``now`` is a monotonic clock in seconds, the event loop's own."""
        self.name = name
        self._capacity = float(capacity)
        self._refill_per_s = float(refill_per_s)
        self._headroom = float(headroom)
        self._jitter_s = jitter_s
        self._now = now
        self._tokens = self._capacity
        self._at = now()
        self._stood_full = True
        self._clamps = 0
        self._waiters = PriorityQueue[Grant]()
        self._is_queued = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def capacity(self) -> float:
        """Most tokens that can gather."""
        return self._capacity

    @property
    def refill_per_s(self) -> float:
        """Tokens gained each second."""
        return self._refill_per_s

    @property
    def headroom(self) -> float:
        """Tokens that only requests that reduce risk may use."""
        return self._headroom

    @property
    def clamps(self) -> int:
        """How often a 429 showed that the exchange held less than was thought here."""
        return self._clamps

    @property
    def waiting(self) -> int:
        """Requests that wait for tokens now."""
        return sum(1 for _ in self._waiters)

    def waiting_by_priority(self) -> dict[Priority, int]:
        """Return how many requests of each priority wait for tokens now."""
        counts = dict.fromkeys(Priority, 0)
        for waiter in self._waiters:
            counts[waiter.priority] += 1
        return counts

    def largest(self, priority: Priority) -> float:
        """Return the dearest cost that can ever be admitted with a priority."""
        return self._capacity - self._floor(priority)

    def tokens(self) -> float:
        """Return the tokens at this moment."""
        now = self._now()
        if now > self._at:
            gained = self._tokens + (now - self._at) * self._refill_per_s
            self._at = now
            if gained < self._capacity:
                self._tokens = gained
            else:
                self._tokens = self._capacity
                if gained > self._capacity + self._refill_per_s * _JUST_FULL_S:
                    self._stood_full = True
        return self._tokens

    def time_to_admit_s(self, cost: float, priority: Priority) -> float:
        """Return the seconds until a request would be admitted, if nobody else comes."""
        return self.schedule_s([cost], priority)[0]

    def schedule_s(self, costs: Sequence[float], priority: Priority) -> list[float]:
        """Return in how many seconds each of several requests would be admitted.

        As if all were asked for now, in this order, and nobody else came. Infinite for
        one that is too dear, and for all that wait when nothing refills.
        """
        ahead = [(waiter.cost, waiter.priority) for waiter in self._waiters if waiter.priority <= priority]
        tokens, now = self.tokens(), self._now()
        counted_from = now + self._jitter_s if self._stood_full else max(now, self._at)
        moment, when = now, []
        for cost, rank in [*ahead, *((cost, priority) for cost in costs)]:
            if cost > self.largest(rank) + _EPSILON:
                when.append(math.inf)
                continue
            missing = cost + self._floor(rank) - tokens
            if missing > _EPSILON:
                gained_s = missing / self._refill_per_s if self._refill_per_s > 0 else math.inf
                moment = counted_from = counted_from + gained_s
                tokens += missing
            tokens -= cost
            when.append(moment - now)
        return when[len(ahead) :]

    async def take(self, cost: float, priority: Priority, max_queue_s: float | None = None) -> Grant:
        """Take ``cost`` tokens, waiting for them in turn.

        Raises InvalidRequest when the bucket can never hold that many, and
        ThrottleTimeout, with nothing taken, when they do not come in ``max_queue_s``.
        """
        grant = self.take_now(cost, priority)
        if grant is not None:
            return grant
        if cost > self.largest(priority) + _EPSILON:
            raise self._too_dear(cost, priority)
        return await self._wait(cost, priority, max_queue_s)

    def take_now(self, cost: float, priority: Priority) -> Grant | None:
        """Take ``cost`` tokens if they are there and nobody waits, else None."""
        if self._is_queued:
            return None
        floor = 0.0 if priority is _REDUCING else self._headroom  # no call: this path is measured
        return self._pay_out(cost) if self.tokens() + _EPSILON >= cost + floor else None

    def give_back(self, grant: Grant) -> None:
        """Return tokens that were not spent; a later clamp has already forgotten them."""
        if grant.clamps == self._clamps:
            self._hold(self.tokens() + grant.cost)
        self._pay()

    def refused(self, grant: Grant) -> bool:
        """Learn from a 429: the exchange held less than was thought, so start from empty.

        Requests admitted before the last clamp say nothing new and change nothing.
        Returns whether it was news.
        """
        if grant.clamps != self._clamps:
            return False
        self._clamps += 1
        self._hold(min(self.tokens(), 0.0))
        self._pay()
        return True

    def configure(
        self, capacity: float, refill_per_s: float, *, headroom: float = 0.0, fresh: bool = False
    ) -> None:
        """Adopt other limits, keeping the tokens, or (``fresh``) what was spent of them.

        Those who wait for more than can ever come now get InvalidRequest.
        """
        spent = self._capacity - self.tokens()
        self._capacity = float(capacity)
        self._refill_per_s = float(refill_per_s)
        self._headroom = float(headroom)
        self._hold(capacity - spent if fresh else self._tokens)
        for waiter in self._waiters:
            if waiter.cost > self.largest(waiter.priority) + _EPSILON:
                waiter.granted.set_exception(self._too_dear(waiter.cost, waiter.priority))
        self._pay()

    def _floor(self, priority: Priority) -> float:
        return 0.0 if priority is _REDUCING else self._headroom

    def _hold(self, tokens: float) -> None:
        """Set the tokens without any time having passed."""
        self._stood_full = tokens >= self._capacity
        self._tokens = self._capacity if self._stood_full else tokens

    def _pay_out(self, cost: float) -> Grant:
        if self._stood_full:
            self._stood_full = False
            self._at = self._now() + self._jitter_s
        self._tokens -= cost
        return Grant(cost, self._clamps)

    async def _wait(self, cost: float, priority: Priority, max_queue_s: float | None) -> Grant:
        loop = asyncio.get_running_loop()
        waiter: Waiter[Grant] = Waiter(cost, priority, loop.create_future())
        self._waiters.join(waiter)
        self._is_queued = True
        if self._timer is None or self._waiters.head() is waiter:
            self._pay()
        if max_queue_s is not None and not waiter.granted.done():
            limit = loop.call_later(max_queue_s, self._give_up, waiter, max_queue_s)
            waiter.granted.add_done_callback(lambda _: limit.cancel())
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            self._forget(waiter)
            raise

    def _forget(self, waiter: Waiter[Grant]) -> None:
        granted = waiter.granted
        if granted.done() and not granted.cancelled() and granted.exception() is None:
            self.give_back(granted.result())
        else:
            granted.cancel()
            self._pay()

    def _give_up(self, waiter: Waiter[Grant], max_queue_s: float) -> None:
        if not waiter.granted.done():
            waiter.granted.set_exception(
                ThrottleTimeout(f"{waiter.cost:g} {self.name} tokens did not come in {max_queue_s:g} s")
            )
            self._pay()

    def _pay(self) -> None:
        """Admit whoever can be paid now, in order, and arm the timer for the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (waiter := self._waiters.head()) is not None:
            missing = waiter.cost + self._floor(waiter.priority) - self.tokens()
            if missing > _EPSILON:
                self._arm(missing, waiter.granted.get_loop())
                return
            waiter.granted.set_result(self._pay_out(waiter.cost))
        self._is_queued = False

    def _arm(self, missing: float, loop: asyncio.AbstractEventLoop) -> None:
        # Without refill only ``configure`` or a deadline ends the wait.
        if self._refill_per_s > 0:
            held_back_s = max(0.0, self._at - self._now())
            delay_s = max(missing / self._refill_per_s + held_back_s, _SHORTEST_WAIT_S)
            self._timer = loop.call_later(delay_s, self._pay)

    def _too_dear(self, cost: float, priority: Priority) -> InvalidRequest:
        return InvalidRequest(
            f"a request of {cost:g} tokens never fits the {self.name} bucket, which has "
            f"{self.largest(priority):g} for it: split it"
        )
