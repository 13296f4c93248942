"""Tokens: two buckets per account, refilled continuously, spent before sending.

Theory of operation. A bucket holds ``capacity`` tokens and gains ``refill_per_s``
each second. A request is admitted when its cost is there; else it waits in a heap
ordered by priority, then arrival. One timer is armed, for the moment at which the
head of the heap can be paid; it fires, pays whom it can and arms itself anew. No
lock is held while waiting, nothing polls, and the head is never overtaken by a
cheaper request behind it, so that nobody starves within a priority.

Every method runs on the event loop and never awaits between reading and writing
the tokens. A waiter that is canceled gives back what it was granted.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kalshi_async.contract import OPERATIONS
from kalshi_async.contract.account import AccountLimits, EndpointCosts
from kalshi_async.contract.operation import Bucket, Operation, Priority
from kalshi_async.errors import InvalidRequest, ThrottleTimeout

# Published Basic limits (docs rate_limits, 2026-08): refill per second; capacity is the
# lowest that was observed (demo exchange, June 2026), so that nothing is over-sent.
BASIC_READ = (200, 200)
BASIC_WRITE = (100, 100)

# Rounding slack of a token count: two clocks that agree must not disagree here.
_EPSILON = 1e-9

# A timer so short that the clock cannot tell it from now would fire again and again.
_SHORTEST_WAIT_S = 1e-6


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens that were taken, and the count of clamps at that time."""

    cost: float
    clamps: int


class _Waiter:
    __slots__ = ("cost", "granted", "order")

    def __init__(self, order: tuple[int, int], cost: float, granted: asyncio.Future[Grant]) -> None:
        self.order = order
        self.cost = cost
        self.granted = granted

    def __lt__(self, other: _Waiter) -> bool:
        return self.order < other.order


class TokenBucket:
    """One bucket. Owner of its tokens and of those who wait for them."""

    def __init__(
        self, capacity: float, refill_per_s: float, *, now: Callable[[], float], name: str = "tokens"
    ) -> None:
        """Start full. ``now`` is a monotonic clock in seconds, the event loop's own."""
        self.name = name
        self._capacity = float(capacity)
        self._refill_per_s = float(refill_per_s)
        self._now = now
        self._tokens = self._capacity
        self._at = now()
        self._clamps = 0
        self._arrivals = 0
        self._waiters: list[_Waiter] = []
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
    def waiting(self) -> int:
        """Requests that wait for tokens now."""
        return sum(not waiter.granted.done() for waiter in self._waiters)

    def tokens(self) -> float:
        """Return the tokens at this moment."""
        now = self._now()
        self._tokens = min(self._capacity, self._tokens + (now - self._at) * self._refill_per_s)
        self._at = now
        return self._tokens

    async def take(self, cost: float, priority: Priority, max_queue_s: float | None = None) -> Grant:
        """Take ``cost`` tokens, waiting for them in turn.

        Raises InvalidRequest when the bucket can never hold that many, and
        ThrottleTimeout, with nothing taken, when they do not come in ``max_queue_s``.
        """
        if cost > self._capacity + _EPSILON:
            raise InvalidRequest(
                f"a request of {cost:g} tokens never fits the {self.name} bucket, "
                f"which holds {self._capacity:g}: split it"
            )
        if not self._waiters and self.tokens() + _EPSILON >= cost:
            self._tokens -= cost
            return Grant(cost, self._clamps)
        return await self._wait(cost, priority, max_queue_s)

    def give_back(self, grant: Grant) -> None:
        """Return tokens that were not spent; a later clamp has already forgotten them."""
        if grant.clamps == self._clamps:
            self._tokens = min(self._capacity, self.tokens() + grant.cost)
        self._pay()

    def refused(self, grant: Grant) -> None:
        """Learn from a 429: the exchange held less than was thought, so start from empty.

        Requests admitted before the last clamp say nothing new and change nothing.
        """
        if grant.clamps != self._clamps:
            return
        self._clamps += 1
        self._tokens = min(self.tokens(), 0.0)
        self._pay()

    def configure(self, capacity: float, refill_per_s: float, *, fresh: bool = False) -> None:
        """Adopt other limits, keeping the tokens, or (``fresh``) what was spent of them."""
        spent = self._capacity - self.tokens()
        self._tokens = min(capacity - spent if fresh else self._tokens, float(capacity))
        self._capacity = float(capacity)
        self._refill_per_s = float(refill_per_s)
        self._pay()

    async def _wait(self, cost: float, priority: Priority, max_queue_s: float | None) -> Grant:
        loop = asyncio.get_running_loop()
        self._arrivals += 1
        waiter = _Waiter((priority, self._arrivals), cost, loop.create_future())
        heapq.heappush(self._waiters, waiter)
        self._pay()
        if max_queue_s is not None and not waiter.granted.done():
            limit = loop.call_later(max_queue_s, self._give_up, waiter, max_queue_s)
            waiter.granted.add_done_callback(lambda _: limit.cancel())
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            self._forget(waiter)
            raise

    def _forget(self, waiter: _Waiter) -> None:
        granted = waiter.granted
        if granted.done() and not granted.cancelled() and granted.exception() is None:
            self.give_back(granted.result())
        else:
            self._pay()

    def _give_up(self, waiter: _Waiter, max_queue_s: float) -> None:
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
        while self._waiters:
            waiter = self._waiters[0]
            if waiter.granted.done():
                heapq.heappop(self._waiters)
                continue
            if waiter.cost > self._capacity + _EPSILON:
                heapq.heappop(self._waiters)
                waiter.granted.set_exception(
                    InvalidRequest(f"the {self.name} bucket shrank below {waiter.cost:g} tokens")
                )
                continue
            missing = waiter.cost - self.tokens()
            if missing > _EPSILON:
                self._arm(missing, waiter.granted.get_loop())
                return
            heapq.heappop(self._waiters)
            self._tokens -= waiter.cost
            waiter.granted.set_result(Grant(waiter.cost, self._clamps))

    def _arm(self, missing: float, loop: asyncio.AbstractEventLoop) -> None:
        # Without refill only ``configure`` or a deadline ends the wait.
        if self._refill_per_s > 0:
            delay_s = max(missing / self._refill_per_s, _SHORTEST_WAIT_S)
            self._timer = loop.call_later(delay_s, self._pay)


class CostTable:
    """Tokens per endpoint, as the account reports them; before that, as published."""

    def __init__(self, costs: EndpointCosts | None = None) -> None:
        """Without ``costs``, operations cost what the contract says and others the default."""
        self._default = costs.default_cost if costs else 10
        self._known = costs is not None
        self._patterns = [
            (row.method.upper(), _segments(row.path), row.cost)
            for row in (costs.endpoint_costs if costs else ())
        ]
        self._cache: dict[tuple[str, str, bool], int] = {}

    def of(self, operation: Operation[object], base_path: str) -> int:
        """Return the tokens of one call, or of one item of a batch."""
        if not self._known:
            return operation.cost
        is_route = (operation.method, operation.path) in _ROUTES
        return self.of_path(operation.method, base_path + operation.route, is_route=is_route)

    def of_path(self, method: str, path: str, *, is_route: bool = False) -> int:
        """Return the tokens of a path; where several patterns fit, literal segments win.

        ``is_route`` says that the path is a route as the exchange spells it: then its
        literals fit no ``:param``. Rows at the default cost are not published, so that
        ``/orders/:order_id`` would else be taken for the price of ``/orders/queue_positions``.
        """
        key = (method, path, is_route)
        if key not in self._cache:
            segments = _segments(path)
            matches = [
                (rank, cost)
                for wanted, pattern, cost in self._patterns
                if wanted == method and (rank := _rank(pattern, segments, is_route)) is not None
            ]
            if len(self._cache) > 1024:
                self._cache.clear()
            self._cache[key] = min(matches)[1] if matches else self._default
        return self._cache[key]


class RateLimits:
    """The two buckets and the costs of one account. Mutable; one per account."""

    def __init__(self, read: TokenBucket, write: TokenBucket, costs: CostTable | None = None) -> None:
        """Give both buckets; the session makes them when none are given."""
        self.read = read
        self.write = write
        self.costs = costs or CostTable()

    @classmethod
    def of(
        cls,
        now: Callable[[], float],
        *,
        read: tuple[float, float] = BASIC_READ,
        write: tuple[float, float] = BASIC_WRITE,
    ) -> RateLimits:
        """Make buckets from (refill per second, capacity), by default the published Basic ones."""
        return cls(
            TokenBucket(read[1], read[0], now=now, name="read"),
            TokenBucket(write[1], write[0], now=now, name="write"),
        )

    def adopt(self, limits: AccountLimits, costs: EndpointCosts, *, fresh: bool = False) -> None:
        """Take over what the account reports.

        Tokens on hand are kept: no burst is granted. ``fresh`` says that nothing but
        the questions themselves has been sent yet, so that the rest is there.
        """
        self.costs = CostTable(costs)
        for bucket, limit in ((self.read, limits.read), (self.write, limits.write)):
            bucket.configure(limit.bucket_capacity, limit.refill_rate, fresh=fresh)

    def bucket(self, bucket: Bucket) -> TokenBucket:
        """Return the bucket that an operation is charged to."""
        return self.write if bucket is Bucket.WRITE else self.read


_ROUTES = frozenset((operation.method, operation.path) for operation in OPERATIONS)


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _rank(pattern: Iterable[str], segments: tuple[str, ...], is_route: bool) -> tuple[int, ...] | None:
    """How a pattern fits a path, or None: 0 for a literal, 1 for ``:param``, 2 for ``*rest``."""
    parts = tuple(pattern)
    rank: list[int] = []
    for position, part in enumerate(parts):
        if part.startswith("*"):
            return (*rank, 2)
        if position >= len(segments):
            return None
        if part.startswith(":") and (not is_route or segments[position].startswith(":")):
            rank.append(1)
        elif part == segments[position]:
            rank.append(0)
        else:
            return None
    return tuple(rank) if len(parts) == len(segments) else None
