"""The buckets and costs of one account, as one value that its sessions may share.

The exchange keeps two token buckets per account, for reads and for writes, and refills
them without a pause. A session reads their sizes and every endpoint's cost when it
opens, takes the tokens *before* it sends, and so is hardly ever refused: 10 tokens for
an order, 2 for a cancel, each item of a batch counted. When they are gone, requests
wait, and those that take risk away go first: cancel, decrease and trigger, then create
and amend, then reads of lists. The last tenth of the write bucket is for the first
kind alone. A 429 empties the bucket for every task, and the request waits its turn again.

    write = session.rate_limits.write
    print(write.tokens(), write.refill_per_s, write.capacity)
    print(write.waiting_by_priority())

A quote that waits too long is stale. With ``max_queue_s`` it is admitted by then, or
``ThrottleTimeout`` says that nothing was sent or spent:

    quotes = session.with_options(max_queue_s=0.2)
    try:
        await quotes.orders.create(CreateOrder(ticker, "bid", 10, "0.44"))
    except ThrottleTimeout:
        pass  # the price of a moment ago: think again

``orders.plan_batch`` says, without sending anything, how a batch would be cut and when:

    chunks = session.orders.plan_batch([CreateOrder(ticker, "bid", 1, "0.02") for _ in range(30)])
    print([(len(chunk.orders), chunk.tokens, chunk.wait_s) for chunk in chunks])

**Sharing.** All sessions of one account in one process share one value; between two
processes the account is divided, each taking its part of every bucket:

    limits = RateLimits(read=(200, 200), write=(100, 100))    # tokens per second, capacity
    session = Session(environment, credentials, rate_limits=limits)
    half = Session(environment, credentials, share=0.5)       # reads the limits, takes half

``kalshi_async.account.throttle`` is the theory of one bucket.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from kalshi_async.account.costs import CostTable
from kalshi_async.account.throttle import TokenBucket
from kalshi_async.contract.account import AccountLimits, BucketLimit, EndpointCosts
from kalshi_async.contract.operation import Bucket, Operation
from kalshi_async.errors import InvalidRequest

_log = logging.getLogger("kalshi_async")

# Published Basic limits (docs rate_limits, 2026-08): refill per second; capacity is the
# lowest that was observed (demo exchange, June 2026), so that nothing is over-sent.
BASIC_READ = (200, 200)
BASIC_WRITE = (100, 100)

HEADROOM = 0.10
"""Part of the write bucket that only cancels, decreases and triggers may use (ours)."""

JITTER_S = 0.15
"""Refill not counted after a full bucket: as long as a first connection may take (ours)."""

DEAREST_WRITE = 10
"""Tokens of the dearest single order request: headroom never makes it impossible."""


class RateLimits:
    """The buckets ``read`` and ``write`` and the ``costs`` of one account. Mutable; one per account.

    Sessions of one account in one process share a value; processes split the account
    by ``share``, each taking its part of every bucket. ``on_contradiction`` is called
    when a 429 shows that the exchange held less than was thought here.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        *,
        read: tuple[float, float] = BASIC_READ,
        write: tuple[float, float] = BASIC_WRITE,
        costs: CostTable | None = None,
        share: float = 1.0,
        headroom: float = HEADROOM,
        jitter_s: float = JITTER_S,
    ) -> None:
        """Make buckets from (refill per second, capacity). ``now`` is the clock's monotonic."""
        if not 0 < share <= 1:
            raise InvalidRequest(f"share must be above 0 and at most 1, was {share!r}")
        if not 0 <= headroom < 1:
            raise InvalidRequest(f"headroom must be from 0 to below 1, was {headroom!r}")
        self.costs = costs or CostTable()
        self.share = share
        self.on_contradiction: Callable[[], None] = _nothing
        self._now = now
        self._headroom = headroom
        self._jitter_s = jitter_s
        self._write_limit = write
        self.read = self._bucket("read", read, 0.0)
        self.write = self._bucket("write", write, headroom)
        self._shards: dict[int, TokenBucket] = {}

    def adopt(self, limits: AccountLimits, costs: EndpointCosts, *, fresh: bool = False) -> None:
        """Take over what the account reports.

        Tokens on hand are kept: no burst is granted. ``fresh`` says that nothing but
        the questions themselves has been sent yet, so that the rest is there. Limits
        of zero or less cannot be meant: they would lock out cancels, and are not adopted.
        """
        numbers = (limits.read, limits.write)
        if any(limit.refill_rate <= 0 or limit.bucket_capacity <= 0 for limit in numbers):
            _log.warning("the exchange reports rate limits of zero or less: keeping those that are known")
            return
        self.costs = CostTable(costs)
        self._write_limit = (limits.write.refill_rate, limits.write.bucket_capacity)
        self._configure(self.read, limits.read, 0.0, fresh)
        for bucket in (self.write, *self._shards.values()):
            self._configure(bucket, limits.write, self._headroom, fresh)

    def bucket(self, bucket: Bucket, shard: int | None = None) -> TokenBucket:
        """Return the bucket of a request. A single write that names a shard >= 1 has its own.

        Batches, group changes and requests that name no shard draw on the unscoped
        one (docs exchange_sharding, 2026-08).
        """
        if bucket is Bucket.READ:
            return self.read
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
        return (self.read, self.write, *self._shards.values())

    def _bucket(self, name: str, limit: tuple[float, float], headroom: float) -> TokenBucket:
        refill_per_s, capacity = limit[0] * self.share, limit[1] * self.share
        return TokenBucket(
            capacity,
            refill_per_s,
            now=self._now,
            name=name,
            headroom=_kept_back(capacity, headroom),
            jitter_s=self._jitter_s,
        )

    def _configure(self, bucket: TokenBucket, limit: BucketLimit, headroom: float, fresh: bool) -> None:
        capacity = limit.bucket_capacity * self.share
        refill_per_s = limit.refill_rate * self.share
        bucket.configure(capacity, refill_per_s, headroom=_kept_back(capacity, headroom), fresh=fresh)


def _kept_back(capacity: float, headroom: float) -> float:
    return max(0.0, min(capacity * headroom, capacity - DEAREST_WRITE))


def _nothing() -> None:
    """Do nothing, until somebody wants to hear of contradictions."""
