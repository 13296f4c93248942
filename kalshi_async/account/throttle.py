"""One token bucket: refilled continuously, spent before a request is sent.

Theory of operation. A bucket holds ``capacity`` tokens and gains ``refill_per_s`` tokens
each second. A request is admitted when its cost is available; otherwise it is queued by
priority, then by arrival. One timer is armed for the moment at which the first queued
request can be admitted; when it fires, it admits every request whose cost is available
and is armed again. No lock is held while a request waits, and nothing polls.

No request overtakes an earlier one of its own priority, so none starves within a
priority. A lower priority can starve: while cancels alone spend more than the refill, no
create is admitted.

The last ``headroom`` tokens are for requests that reduce risk. After the bucket stood
full, its refill is counted from ``jitter_s`` later: until a slow first request arrives,
the exchange's bucket is still full and gains nothing. A bucket that is spent from as
soon as it is full has no such delay.

Every method runs on the event loop and never awaits between reading and writing the
tokens. A request that is canceled gives back the tokens that it was granted.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

import msgspec

from kalshi_async.account.priority_queue import PriorityQueue, Waiter
from kalshi_async.contract.operation import Priority
from kalshi_async.errors import InvalidRequest, ThrottleTimeout

# Slack for rounding: sums of fractions of tokens differ in their last digits.
_EPSILON = 1e-9

# The event loop's clock cannot tell a shorter timer from "now": it would fire again and again.
_SHORTEST_WAIT_S = 1e-6

# Timers fire late by about this much: a bucket full for less was spent as soon as it was full (ours).
_JUST_FULL_S = 0.01

_REDUCING = Priority.RISK_REDUCING


class Reservation(msgspec.Struct, frozen=True, gc=False):
    """Tokens taken for one request: their number ``cost``, and ``TokenBucket.clamps`` at that time."""

    cost: float
    clamps: int


class TokenBucket:
    """One token bucket. Owner of its tokens and of the requests that are queued for them."""

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
        """Start full.

        * ``now``: a monotonic clock in seconds, the event loop's own
        * ``name``: the bucket's name in error messages
        * ``headroom``: tokens that only requests that reduce risk may use
        * ``jitter_s``: refill that is not counted after the bucket stood full
        """
        self.name = name
        self._capacity = float(capacity)
        self._refill_per_s = float(refill_per_s)
        self._headroom = float(headroom)
        self._jitter_s = jitter_s
        self._now = now
        self._tokens = self._capacity
        self._counted_to_s = now()  # refill is counted up to here; after a full bucket this is ahead of now
        self._stood_full = True  # full for longer than _JUST_FULL_S since tokens were last taken
        self._clamps = 0
        self._waiters = PriorityQueue[Reservation]()
        self._is_queued = False  # False proves that the queue is empty, without a look at it
        self._timer: asyncio.TimerHandle | None = None

    @property
    def capacity(self) -> float:
        """The most tokens that the bucket holds."""
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
        """How often a 429 showed that the exchange's bucket held less than this one, and emptied it."""
        return self._clamps

    @property
    def waiting(self) -> int:
        """Requests that are queued now."""
        return sum(1 for _ in self._waiters)

    def waiting_by_priority(self) -> dict[Priority, int]:
        """Return how many requests of each priority are queued now."""
        counts = dict.fromkeys(Priority, 0)
        for waiter in self._waiters:
            counts[waiter.priority] += 1
        return counts

    def largest(self, priority: Priority) -> float:
        """Return the highest cost that a request of this priority can have and still be admitted."""
        return self._capacity - self._floor(priority)

    def tokens(self) -> float:
        """Return the tokens at this moment."""
        now = self._now()
        if now > self._counted_to_s:
            gained = self._tokens + (now - self._counted_to_s) * self._refill_per_s
            self._counted_to_s = now
            if gained < self._capacity:
                self._tokens = gained
            else:
                self._tokens = self._capacity
                if gained > self._capacity + self._refill_per_s * _JUST_FULL_S:
                    self._stood_full = True
        return self._tokens

    def time_to_admit_s(self, cost: float, priority: Priority) -> float:
        """Return the seconds until a request would be admitted, if no other request arrives."""
        return self.schedule_s([cost], priority)[0]

    def schedule_s(self, costs: Sequence[float], priority: Priority) -> list[float]:
        """Return in how many seconds each of several requests would be admitted.

        Assumes that all of them are queued now, in this order, and that no other request
        arrives. Infinite for a cost above ``largest``, and for a wait without refill.
        """
        ahead = [(waiter.cost, waiter.priority) for waiter in self._waiters if waiter.priority <= priority]
        tokens, now = self.tokens(), self._now()
        counted_from = now + self._jitter_s if self._stood_full else max(now, self._counted_to_s)
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

    async def take(self, cost: float, priority: Priority, max_queue_s: float | None = None) -> Reservation:
        """Take ``cost`` tokens; wait in the queue if they are not available.

        Raises InvalidRequest when the bucket can never hold that many, and
        ThrottleTimeout, with nothing taken, when they do not come in ``max_queue_s``.
        """
        reservation = self.take_now(cost, priority)
        if reservation is not None:
            return reservation
        if cost > self.largest(priority) + _EPSILON:
            raise self._never_fits(cost, priority)
        return await self._wait(cost, priority, max_queue_s)

    def take_now(self, cost: float, priority: Priority) -> Reservation | None:
        """Take ``cost`` tokens if they are available and no request is queued, else return None."""
        if self._is_queued:
            return None
        floor = 0.0 if priority <= _REDUCING else self._headroom  # _floor inlined: this path is measured
        return self._reserve(cost) if self.tokens() + _EPSILON >= cost + floor else None

    def give_back(self, reservation: Reservation) -> None:
        """Return tokens that were not spent, unless a clamp has emptied the bucket since they were taken."""
        if reservation.clamps == self._clamps:
            self._set_tokens(self.tokens() + reservation.cost)
        self._admit_waiting()

    def refused(self, reservation: Reservation) -> bool:
        """Empty the bucket after a 429: the exchange's bucket held less than this one.

        A 429 to a request that was admitted before the last clamp changes nothing: that
        clamp covers it. Returns whether the bucket was emptied.
        """
        if reservation.clamps != self._clamps:
            return False
        self._clamps += 1
        self._set_tokens(min(self.tokens(), 0.0))  # a bucket below zero stays there
        self._admit_waiting()
        return True

    def configure(
        self, capacity: float, refill_per_s: float, *, headroom: float = 0.0, fresh: bool = False
    ) -> None:
        """Adopt other limits.

        The tokens on hand are kept; with ``fresh`` the bucket holds the new capacity less the
        tokens spent so far. A queued request above ``largest`` fails with InvalidRequest.
        """
        spent = self._capacity - self.tokens()
        self._capacity = float(capacity)
        self._refill_per_s = float(refill_per_s)
        self._headroom = float(headroom)
        self._set_tokens(capacity - spent if fresh else self._tokens)
        for waiter in self._waiters:
            if waiter.cost > self.largest(waiter.priority) + _EPSILON:
                waiter.granted.set_exception(self._never_fits(waiter.cost, waiter.priority))
        self._admit_waiting()

    def _floor(self, priority: Priority) -> float:
        # Tokens that must be left after a request of this priority is admitted.
        return 0.0 if priority <= _REDUCING else self._headroom

    def _set_tokens(self, tokens: float) -> None:
        # ``_stood_full`` follows the number: an emptied bucket must not add the jitter once more.
        self._stood_full = tokens + _EPSILON >= self._capacity
        self._tokens = self._capacity if self._stood_full else tokens

    def _reserve(self, cost: float) -> Reservation:
        if self._stood_full:
            self._stood_full = False
            # The exchange's bucket gains nothing until this request arrives there.
            self._counted_to_s = self._now() + self._jitter_s
        self._tokens -= cost
        return Reservation(cost, self._clamps)

    async def _wait(self, cost: float, priority: Priority, max_queue_s: float | None) -> Reservation:
        loop = asyncio.get_running_loop()
        waiter: Waiter[Reservation] = Waiter(cost, priority, loop.create_future())
        self._waiters.join(waiter)
        self._is_queued = True
        # The armed timer is that of the head: it holds for a request behind it, not for a new head.
        if self._timer is None or self._waiters.head() is waiter:
            self._admit_waiting()
        if max_queue_s is not None and not waiter.granted.done():
            limit = loop.call_later(max_queue_s, self._time_out, waiter, max_queue_s)
            waiter.granted.add_done_callback(lambda _: limit.cancel())
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            self._withdraw(waiter)
            raise

    def _withdraw(self, waiter: Waiter[Reservation]) -> None:
        granted = waiter.granted
        # The tokens may have been granted in the same pass of the loop that canceled the task.
        if granted.done() and not granted.cancelled() and granted.exception() is None:
            self.give_back(granted.result())
        else:
            granted.cancel()
            self._admit_waiting()  # it may have been the head, and the next request be cheaper

    def _time_out(self, waiter: Waiter[Reservation], max_queue_s: float) -> None:
        if not waiter.granted.done():
            waiter.granted.set_exception(
                ThrottleTimeout(f"{waiter.cost:g} {self.name} tokens did not come in {max_queue_s:g} s")
            )
            self._admit_waiting()

    def _admit_waiting(self) -> None:
        # Called after every change of the tokens, the limits or the head of the queue.
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (waiter := self._waiters.head()) is not None:
            missing = waiter.cost + self._floor(waiter.priority) - self.tokens()
            if missing > _EPSILON:
                self._arm(missing, waiter.granted.get_loop())
                return
            waiter.granted.set_result(self._reserve(waiter.cost))
        self._is_queued = False

    def _arm(self, missing: float, loop: asyncio.AbstractEventLoop) -> None:
        # Without refill only ``configure``, ``give_back`` or a deadline ends the wait: no timer.
        if self._refill_per_s > 0:
            jitter_left_s = max(0.0, self._counted_to_s - self._now())
            delay_s = max(missing / self._refill_per_s + jitter_left_s, _SHORTEST_WAIT_S)
            self._timer = loop.call_later(delay_s, self._admit_waiting)

    def _never_fits(self, cost: float, priority: Priority) -> InvalidRequest:
        return InvalidRequest(
            f"a request of {cost:g} tokens never fits the {self.name} bucket, which has "
            f"{self.largest(priority):g} for it: split it"
        )
