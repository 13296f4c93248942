"""The buckets and costs of one account, as one value that its sessions may share.

The exchange keeps two token buckets per account, one for reads and one for writes, and refills them
continuously. The balance has a bucket of its own, ``balance``: one call a second on the tiers Basic and
Advanced, five above, and no burst beyond that. A session reads their sizes and every endpoint's cost
when it opens, and takes the tokens *before* it sends, so the exchange rarely answers 429. An order
costs 10 tokens and a cancel 2; each item of a batch counts. When the tokens are used up, requests are
queued by priority: first cancel, decrease and trigger, which reduce risk; then create and amend; then
reads of lists. The last tenth of the write bucket is reserved for the first group. A 429 empties the
bucket for every task, and the refused request is queued again.

    write = session.rate_limits.write
    print(write.tokens(), write.refill_per_s, write.capacity)
    print(write.waiting_by_priority())

A quote that waits too long is stale. With ``max_queue_s`` it is admitted within that time,
or fails with ``ThrottleTimeout``; then nothing was sent and no token was spent:

    quotes = session.with_options(max_queue_s=0.2)
    try:
        await quotes.orders.create(CreateOrder(ticker, "bid", 10, "0.44"))
    except ThrottleTimeout:
        pass  # the price is out of date: compute a new one

``orders.plan_batch`` computes, without sending anything, how a batch would be split, and
how long each chunk would wait:

    chunks = session.orders.plan_batch([CreateOrder(ticker, "bid", 1, "0.02") for _ in range(30)])
    print([(len(chunk.orders), chunk.tokens, chunk.wait_s) for chunk in chunks])

**Sharing.** All sessions of one account on one event loop can share one ``RateLimits``. Two
processes, or two event loops, divide the account: each takes its ``share`` of every bucket:

    limits = RateLimits(read=(200, 200), write=(100, 100))    # tokens per second, capacity
    session = Session(environment, credentials, rate_limits=limits)
    half = Session(environment, credentials, share=0.5)       # reads the limits, takes half

Two processes that do not divide it get 429s. They learn from them: after a 429, orders leave
tokens to cancels (``kalshi_async.account.refusal_reserve``), so that cancels still get through.

``kalshi_async.account.throttle`` explains how one bucket works.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from kalshi_async.account.costs import CostTable
from kalshi_async.account.risk_gate import RiskGate
from kalshi_async.account.throttle import JUST_FULL_S, TokenBucket
from kalshi_async.account.write_observers import WriteObserver
from kalshi_async.contract.account import AccountLimits, BucketLimit, EndpointCosts
from kalshi_async.contract.operation import Bucket, Operation
from kalshi_async.errors import InvalidRequest

_log = logging.getLogger("kalshi_async")

# (refill per second, capacity). The refill is the published Basic limit (docs rate_limits,
# 2026-08; of the balance: update 2026-11-28 §1.1). The capacity is the lowest that was observed (demo
# exchange, June 2026): a higher guess would let requests out that the exchange refuses.
BASIC_READ = (200, 200)
BASIC_WRITE = (100, 100)
BASIC_BALANCE = (1, 1)

FAST_BALANCE = (5, 5)
"""Calls per second, and at once, of the balance above Advanced (update 2026-11-28 §1.1)."""

ADVANCED_REFILL = 300
"""Read tokens per second of Advanced (docs rate_limits, 2026-08). The venue tells no limit of the balance:
an account that refills faster is taken to be above Advanced."""

HEADROOM = 0.10
"""Fraction of the write bucket that only cancels, decreases and triggers may use (ours)."""

JITTER_S = 0.15
"""Seconds of refill not counted after a full bucket: the time to open a first connection (ours)."""

DEAREST_WRITE = 10
"""The highest published cost of a single order request. The headroom always leaves room for it."""

LARGEST_WRITE = 28_800
"""The write capacity of the largest published tier: Prestige, 3 s of 9,600 (update 2026-11-28 §1.5)."""


class RateLimits:
    """The buckets ``read``, ``write`` and ``balance`` and the ``costs`` of one account.

    Mutable; one per account.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        *,
        read: tuple[float, float] = BASIC_READ,
        write: tuple[float, float] = BASIC_WRITE,
        balance: tuple[float, float] = BASIC_BALANCE,
        costs: CostTable | None = None,
        share: float = 1.0,
        headroom: float = HEADROOM,
        jitter_s: float = JITTER_S,
    ) -> None:
        """Make the buckets, full.

        * ``now``: the ``monotonic`` method of the session's clock
        * ``read``, ``write``: (tokens refilled per second, capacity) of each bucket
        * ``balance``: the same of the bucket of ``portfolio.balance``, in calls
        * ``costs``: tokens per endpoint; None means the published ones
        * ``share``: the fraction of every bucket, above 0 and at most 1, that this process may use;
          that of the write bucket must hold an order
        * ``headroom``: fraction of the write bucket that only risk-reducing requests may use
        * ``jitter_s``: seconds of refill that are not counted after a full bucket
        """
        check_share(share, write[1])
        if not 0 <= headroom < 1:
            raise InvalidRequest(f"headroom must be from 0 to below 1, was {headroom!r}")
        self.costs = costs or CostTable()
        self.share = share
        """The fraction of every bucket that this process uses; other processes may use the rest."""
        self.gate = RiskGate()
        """Holds back what adds risk behind a kill switch, in every session that shares these limits."""
        self.observers: list[WriteObserver] = []
        """Told of every write, of every session that shares these limits."""
        self.on_contradiction: Callable[[], None] = _nothing
        """Called when a 429 shows that the exchange's bucket held less than the one here."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._users: set[object] = set()  # those who have opened these limits, on that loop
        self._now = now
        self._headroom = headroom
        self._jitter_s = jitter_s
        self._write_limit = write
        self.read = self._bucket("read", read, 0.0)
        self.write = self._bucket("write", write, headroom)
        # At Basic it holds one call, so that each call finds the exchange's bucket full.
        self.balance = self._bucket("balance", balance, 0.0, just_full_s=0.0)
        self._shards: dict[int, TokenBucket] = {}

    @classmethod
    def unread(cls, now: Callable[[], float], share: float, *, is_basic: bool = False) -> RateLimits:
        """Return the published Basic limits of an account whose own have not been read yet.

        * ``is_basic``: they will not be read; otherwise the account may be of any tier
        """
        check_share(share, BASIC_WRITE[1] if is_basic else LARGEST_WRITE)
        basic = (BASIC_READ, BASIC_WRITE, BASIC_BALANCE)
        read, write, balance = ((rate * share, size * share) for rate, size in basic)
        limits = cls(now, read=read, write=write, balance=balance)
        limits.share, limits._write_limit = share, BASIC_WRITE
        return limits

    def open(self, user: object) -> None:
        """Note that a session was opened; refuse one on another event loop than the others."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._users and self._loop is not None and not self._loop.is_closed():
                raise InvalidRequest(
                    "these rate_limits are in use by a session on another event loop: give the sessions of "
                    "each loop their own RateLimits, each with its share of the account"
                )
            self._loop, self._users = loop, set()
        self._users.add(user)

    def close(self, user: object) -> None:
        """Note that a session was closed, if it was open."""
        self._users.discard(user)

    def adopt(self, limits: AccountLimits, costs: EndpointCosts, *, fresh: bool = False) -> None:
        """Adopt the limits and costs that the account reports.

        The tokens on hand are kept, so a larger capacity grants no burst. With ``fresh``
        only the requests that read the limits have been sent yet, and the rest of the new
        capacity is available. Limits of zero or less are ignored: they would lock out cancels.
        """
        numbers = (limits.read, limits.write)
        if any(limit.refill_rate <= 0 or limit.bucket_capacity <= 0 for limit in numbers):
            _log.warning("the exchange reports rate limits of zero or less: keeping the previous ones")
            return
        self.costs = CostTable(costs)
        self._write_limit = _pair(limits.write)
        if limits.write.bucket_capacity * self.share < DEAREST_WRITE:
            _log.warning(
                "share %g of this account's %g write tokens is less than an order costs: orders are slow",
                self.share,
                limits.write.bucket_capacity,
            )
        self._configure(self.read, _pair(limits.read), 0.0, fresh)
        for bucket in (self.write, *self._shards.values()):
            self._configure(bucket, self._write_limit, self._headroom, fresh)
        is_fast = limits.read.refill_rate > ADVANCED_REFILL
        self._configure(self.balance, FAST_BALANCE if is_fast else BASIC_BALANCE, 0.0, fresh)

    def bucket(self, bucket: Bucket, shard: int | None = None) -> TokenBucket:
        """Return the bucket that a request is charged to.

        A single write that names a ``shard`` of 1 or more is charged to that shard's own
        bucket; batches, group changes and requests without a shard to the common one
        (docs exchange_sharding, 2026-08). RFQ and quote writes are charged to shard 1's.
        """
        if bucket is not Bucket.WRITE:
            return self.read if bucket is Bucket.READ else self.balance
        if shard is None or shard < 1:
            return self.write
        if shard not in self._shards:
            self._shards[shard] = self._bucket(f"write (shard {shard})", self._write_limit, self._headroom)
        return self._shards[shard]

    def cost(self, operation: Operation[object], base_path: str, items: int = 1) -> int:
        """Return the tokens of one request."""
        cost = self.costs.by_template.get((operation.method, operation.path, base_path))
        return items * (self.costs.of(operation, base_path) if cost is None else cost)

    def buckets(self) -> tuple[TokenBucket, ...]:
        """Return all buckets that are in use."""
        return (self.read, self.write, self.balance, *self._shards.values())

    def contradicted_by(self, bucket: TokenBucket) -> None:
        """Note that a 429 has emptied a bucket: the account's limits are read again.

        Not after one of the balance at its lowest limit: reading would find no other.
        """
        if bucket is not self.balance or bucket.capacity > BASIC_BALANCE[1] * self.share:
            self.on_contradiction()

    def _bucket(
        self, name: str, limit: tuple[float, float], headroom: float, *, just_full_s: float = JUST_FULL_S
    ) -> TokenBucket:
        refill_per_s, capacity = limit[0] * self.share, limit[1] * self.share
        return TokenBucket(
            capacity,
            refill_per_s,
            now=self._now,
            name=name,
            headroom=_headroom_tokens(capacity, headroom),
            jitter_s=self._jitter_s,
            just_full_s=just_full_s,
        )

    def _configure(
        self, bucket: TokenBucket, limit: tuple[float, float], headroom: float, fresh: bool
    ) -> None:
        refill_per_s, capacity = limit[0] * self.share, limit[1] * self.share
        bucket.configure(capacity, refill_per_s, headroom=_headroom_tokens(capacity, headroom), fresh=fresh)


def check_share(share: float, capacity: float) -> None:
    """Refuse a share of a write bucket of this capacity that is none, or that holds no order."""
    if not 0 < share <= 1:
        raise InvalidRequest(f"share must be above 0 and at most 1, was {share!r}")
    if share < 1 and share * capacity < DEAREST_WRITE:
        raise InvalidRequest(
            f"share must leave {DEAREST_WRITE} tokens, the cost of an order: {share!r} of a write bucket "
            f"of {capacity:g} tokens leaves {share * capacity:g}"
        )


def _headroom_tokens(capacity: float, headroom: float) -> float:
    # Leave at least DEAREST_WRITE outside the headroom: otherwise no order fits a small bucket.
    return max(0.0, min(capacity * headroom, capacity - DEAREST_WRITE))


def _pair(limit: BucketLimit) -> tuple[float, float]:
    return limit.refill_rate, limit.bucket_capacity


def _nothing() -> None:
    """Ignore a contradiction: no session reads the limits of these buckets."""
