"""One token bucket: refilled continuously, spent from before a request is sent.

Knows no endpoint, no cost table and no network.

Theory of operation. A bucket holds ``capacity`` tokens and gains ``refill_per_s`` tokens each second. A
request is admitted when its cost is available; otherwise it is queued by priority, then by arrival. One
timer is armed for the moment at which the first queued request can be admitted; when it fires, it admits
every request whose cost is available and is armed again. No lock is held while a request waits, and nothing
polls. No request overtakes an earlier one of its own priority, so none starves within a priority. A lower
priority can starve: while cancels alone spend more than the refill, no create is admitted.

The last ``headroom`` tokens are for requests that reduce risk; after a 429 more of them are
(``refusal_reserve``). A single request that costs more than the bucket can hold is admitted
when the bucket is full, and takes it below zero: whether it is too dear is for the exchange to
decide. A batch is refused instead, because it can be split.

After the bucket stood full, its refill is counted from ``jitter_s`` later: until a slow first request
arrives, the exchange's bucket is still full and gains nothing. A bucket that is spent from as soon as it is
full has no such delay, unless it holds a single request (``just_full_s=0``), which always finds it full.

Every method runs on the event loop and never awaits between reading and writing the
tokens. A request that is canceled gives back the tokens that it was granted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from kalshi_async.account.bucket_limits import EPSILON, REDUCING, BucketLimits, TooDear
from kalshi_async.account.priority_queue import PriorityQueue, Waiter
from kalshi_async.account.refusal_reserve import RefusalReserve
from kalshi_async.contract.operation import Priority
from kalshi_async.errors import ThrottleTimeout

# The event loop's clock cannot tell a shorter timer from "now": it would fire again and again.
_SHORTEST_WAIT_S = 1e-6

# Timers fire late by about this much: a bucket full for less was spent as soon as it was full (ours).
JUST_FULL_S = 0.01


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
        just_full_s: float = JUST_FULL_S,
    ) -> None:
        """Start full.

        * ``now``: a monotonic clock in seconds, the event loop's own
        * ``name``: the bucket's name in error messages
        * ``headroom``: tokens that only requests that reduce risk may use
        * ``jitter_s``: refill that is not counted after the bucket stood full
        * ``just_full_s``: a bucket that was full for no longer than this did not stand full
        """
        self.name = name
        self._limits = BucketLimits(float(capacity), float(refill_per_s), float(headroom))
        self._jitter_s = jitter_s
        self._just_full_s = just_full_s
        self._now = now
        self._tokens = self._limits.capacity
        self._counted_to_s = now()  # refill is counted up to here; after a full bucket this is ahead of now
        self._stood_full = True  # full for longer than just_full_s since tokens were last taken
        self._clamps = 0
        self._yielded = RefusalReserve()
        self._waiters = PriorityQueue[Reservation]()
        self._is_queued = False  # False proves that the queue is empty, without a look at it
        self._timer: asyncio.TimerHandle | None = None

    @property
    def capacity(self) -> float:
        """The most tokens that the bucket holds."""
        return self._limits.capacity

    @property
    def refill_per_s(self) -> float:
        """Tokens gained each second."""
        return self._limits.refill_per_s

    @property
    def headroom(self) -> float:
        """Tokens that only requests that reduce risk may use."""
        return self._limits.headroom

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

    @property
    def yielded(self) -> float:
        """Tokens that requests that add risk leave alone after 429s, beside the headroom."""
        return self._yielded.tokens

    def largest(self, priority: Priority) -> float:
        """Return the highest cost that a batch of this priority can have and still be admitted."""
        return self._limits.largest(priority)

    def tokens(self) -> float:
        """Return the tokens at this moment."""
        now = self._now()
        if now > self._counted_to_s:
            gained = self._tokens + (now - self._counted_to_s) * self._limits.refill_per_s
            self._counted_to_s = now
            if gained + EPSILON < self._limits.capacity:
                self._tokens = gained
            else:
                self._tokens = self._limits.capacity
                if gained + EPSILON > self._limits.capacity + self._limits.refill_per_s * self._just_full_s:
                    self._stood_full = True
                    self._yielded.tokens = 0.0
        return self._tokens

    def time_to_admit_s(self, cost: float, priority: Priority) -> float:
        """Return the seconds until a request would be admitted, if no other request arrives."""
        return self.schedule_s([cost], priority)[0]

    def schedule_s(self, costs: Sequence[float], priority: Priority) -> list[float]:
        """Return in how many seconds each of several requests would be admitted.

        Assumes that they are queued now, in this order, that no other request arrives, and
        that none is refused. Infinite for a wait without refill.
        """
        ahead = [(waiter.cost, waiter.priority) for waiter in self._waiters if waiter.priority <= priority]
        tokens, now = self.tokens(), self._now()
        late_s = self._jitter_s if self._stood_full else max(0.0, self._counted_to_s - now)
        requests = [*ahead, *((cost, priority) for cost in costs)]
        again_s = 0.0 if self._just_full_s else self._jitter_s
        return self._limits.schedule_s(requests, tokens, late_s, self.yielded, again_s)[len(ahead) :]

    async def take(
        self, cost: float, priority: Priority, max_queue_s: float | None = None, *, is_batch: bool = False
    ) -> Reservation:
        """Take ``cost`` tokens; wait in the queue if they are not available.

        * ``is_batch``: raise TooDear when the bucket can never hold so many, now or while queued

        Raises ThrottleTimeout, with nothing taken, when they do not come in ``max_queue_s``.
        """
        if (reservation := self.take_now(cost, priority)) is not None:
            return reservation
        granted: asyncio.Future[Reservation] = asyncio.get_running_loop().create_future()
        waiter: Waiter[Reservation] = Waiter(cost, priority, granted, is_batch)
        self._refuse_too_dear(waiter)
        return await self._wait(waiter, max_queue_s)

    def take_now(self, cost: float, priority: Priority) -> Reservation | None:
        """Take ``cost`` tokens if they are available and no request is queued, else return None."""
        if self._is_queued:
            return None
        tokens = self.tokens()
        if priority <= REDUCING:
            needed = cost
        elif self._yielded.tokens:
            needed = self._limits.needed(cost, priority, self._yielded.tokens)
        else:  # without a call: this path is measured
            needed = cost + self._limits.headroom
        return self._reserve(cost, priority) if tokens + EPSILON >= needed else None

    def charge(self, cost: float) -> Reservation:
        """Take ``cost`` tokens at once, ahead of the queue, and below zero if they are not there."""
        self.tokens()
        return self._reserve(cost, REDUCING)

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
        self._yielded.refused(self._limits.capacity, self._limits.refill_per_s)
        self._set_tokens(min(self.tokens(), 0.0))  # a bucket below zero stays there
        self._admit_waiting()
        return True

    def configure(
        self, capacity: float, refill_per_s: float, *, headroom: float = 0.0, fresh: bool = False
    ) -> None:
        """Adopt other limits.

        The tokens on hand are kept; with ``fresh`` the bucket holds the new capacity less the
        tokens spent so far. A queued batch above ``largest`` fails with TooDear.
        """
        spent = self._limits.capacity - self.tokens()
        self._limits = BucketLimits(float(capacity), float(refill_per_s), float(headroom))
        self._set_tokens(capacity - spent if fresh else self._tokens)
        for waiter in self._waiters:
            self._refuse_too_dear(waiter)
        self._admit_waiting()

    def _set_tokens(self, tokens: float) -> None:
        # ``_stood_full`` follows the number: an emptied bucket must not add the jitter once more.
        self._stood_full = tokens + EPSILON >= self._limits.capacity
        self._tokens = self._limits.capacity if self._stood_full else tokens

    def _reserve(self, cost: float, priority: Priority) -> Reservation:
        if self._yielded.tokens and priority > REDUCING:
            self._yielded.admitted(cost)
        if self._stood_full:
            self._stood_full = False
            # The exchange's bucket gains nothing until this request arrives there.
            self._counted_to_s = self._now() + self._jitter_s
        self._tokens -= cost
        return Reservation(cost, self._clamps)

    async def _wait(self, waiter: Waiter[Reservation], max_queue_s: float | None) -> Reservation:
        self._waiters.join(waiter)
        self._is_queued = True
        # The armed timer is that of the head: it holds for a request behind it, not for a new head.
        if self._timer is None or self._waiters.head() is waiter:
            self._admit_waiting()
        if max_queue_s is not None and not waiter.granted.done():
            limit = waiter.granted.get_loop().call_later(max_queue_s, self._time_out, waiter, max_queue_s)
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
        # Must be called after every change of the tokens, the limits or the head of the queue.
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (waiter := self._waiters.head()) is not None:
            tokens = self.tokens()  # first: a bucket that stands full ends the reserve
            missing = self._limits.needed(waiter.cost, waiter.priority, self.yielded) - tokens
            if missing > EPSILON:
                self._arm(missing, waiter.granted.get_loop())
                return
            waiter.granted.set_result(self._reserve(waiter.cost, waiter.priority))
        self._is_queued = False

    def _arm(self, missing: float, loop: asyncio.AbstractEventLoop) -> None:
        # Without refill no timer helps: only ``configure``, ``give_back`` or a deadline ends the wait.
        if self._limits.refill_per_s > 0:
            jitter_left_s = max(0.0, self._counted_to_s - self._now())
            delay_s = max(missing / self._limits.refill_per_s + jitter_left_s, _SHORTEST_WAIT_S)
            self._timer = loop.call_later(delay_s, self._admit_waiting)

    def _refuse_too_dear(self, waiter: Waiter[Reservation]) -> None:
        largest = self._limits.largest(waiter.priority)
        if waiter.is_batch and waiter.cost > largest + EPSILON:
            waiter.granted.set_exception(TooDear.of(waiter.cost, self.name, largest))
