"""How much an account may ask: tiers, token buckets, and the charge for one request.

Tokens flow back continuously and are counted in integer billionths, so that a
client which waits exactly long enough is never refused over a rounding error.
A refused request costs nothing (docs rate_limits, 2026-08). This module knows
prices and accounts, and nothing of HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.clock import Clock
from kalshi_async.sandbox.access.costs import Price
from kalshi_async.sandbox.engine.state import Account, Rejected

_NANO = 1_000_000_000

# Both ends of an interval are rounded to whole nanoseconds (a third of a second has none),
# so that what was gained in it may be this much short. What is lent is owed.
_ROUNDING_NS = 2


@dataclass(frozen=True, slots=True)
class BucketSize:
    """Tokens per second, and how many the bucket holds."""

    refill_per_s: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Tier:
    """The two buckets of an API usage level."""

    read: BucketSize
    write: BucketSize


_UNLIMITED = BucketSize(1_000_000_000, 1_000_000_000)

# Refill: docs rate_limits, 2026-08. Capacity of Basic: demo recording of 2026-06 (the
# page says 2 s for its reads; the recording is what a client really met). The other
# capacities follow the page: 2 s, but 1 s for reads above Advanced.
TIERS: dict[str, Tier] = {
    "basic": Tier(BucketSize(200, 200), BucketSize(100, 100)),
    "advanced": Tier(BucketSize(300, 600), BucketSize(300, 600)),
    "expert": Tier(BucketSize(600, 600), BucketSize(600, 1_200)),
    "premier": Tier(BucketSize(1_000, 1_000), BucketSize(1_000, 2_000)),
    "paragon": Tier(BucketSize(2_000, 2_000), BucketSize(2_000, 4_000)),
    "prime": Tier(BucketSize(4_000, 4_000), BucketSize(4_000, 8_000)),
    "prestige": Tier(BucketSize(10_000, 10_000), BucketSize(8_000, 16_000)),
    "off": Tier(_UNLIMITED, _UNLIMITED),
}
"""Every tier by name; "off" is ours and practically unlimited."""


class TokenBucket:
    """Tokens that refill continuously up to a capacity; starts full."""

    __slots__ = ("_clock", "_level_nano", "_seen_ns", "size")

    def __init__(self, size: BucketSize, clock: Clock) -> None:
        self.size = size
        self._clock = clock
        self._level_nano = size.capacity * _NANO
        self._seen_ns = _now_ns(clock)

    @property
    def tokens(self) -> float:
        """Tokens in the bucket now, for display."""
        self._refill()
        return max(0, self._level_nano) / _NANO

    def take(self, tokens: int) -> bool:
        """Take ``tokens`` and return True, or take none and return False."""
        self._refill()
        if self._level_nano + _ROUNDING_NS * self.size.refill_per_s < tokens * _NANO:
            return False
        self._level_nano -= tokens * _NANO
        return True

    def _refill(self) -> None:
        now_ns = _now_ns(self._clock)
        gained_nano = (now_ns - self._seen_ns) * self.size.refill_per_s
        self._level_nano = min(self.size.capacity * _NANO, self._level_nano + gained_nano)
        self._seen_ns = now_ns


class _AccountBuckets:
    # The buckets of one user at one tier; shard buckets appear on first use.
    __slots__ = ("_clock", "read", "shards", "tier", "write")

    def __init__(self, tier: str, clock: Clock) -> None:
        self.tier = tier
        self.read = TokenBucket(TIERS[tier].read, clock)
        self.write = TokenBucket(TIERS[tier].write, clock)
        self.shards: dict[int, TokenBucket] = {}
        self._clock = clock

    def pick(self, bucket: str, shard: int) -> TokenBucket:
        if bucket == "read":
            return self.read
        if shard < 1:
            return self.write
        if shard not in self.shards:
            self.shards[shard] = TokenBucket(TIERS[self.tier].write, self._clock)
        return self.shards[shard]


class Budget:
    """Owner of every account's buckets; charges requests on arrival.

    Buckets are per user, not per key (the venue does not say; semantics of 2026-10).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_user: dict[str, _AccountBuckets] = {}

    def charge(self, account: Account, price: Price, *, items: int = 1, shard: int = 0) -> None:
        """Take the price of one request, all or nothing.

        Raises ``Rejected``: ``invalid_parameters`` if the batch could never fit the
        bucket, ``too_many_requests`` if it does not fit now.
        """
        buckets = self._buckets(account)
        bucket = buckets.pick(price.bucket, shard if price.by_shard else 0)
        tokens = price.cost * (items if price.per_item else 1)
        if price.per_item and tokens > bucket.size.capacity:
            raise Rejected("invalid_parameters", f"a batch of {items} exceeds the rate limit capacity")
        if not bucket.take(tokens):
            raise Rejected("too_many_requests")

    def tokens(self, account: Account, bucket: str, shard: int = 0) -> float:
        """Return the tokens left in one bucket, for tests and displays."""
        return self._buckets(account).pick(bucket, shard).tokens

    def _buckets(self, account: Account) -> _AccountBuckets:
        buckets = self._by_user.get(account.user_id)
        if buckets is None or buckets.tier != account.tier:
            buckets = self._by_user[account.user_id] = _AccountBuckets(account.tier, self._clock)
        return buckets


def _now_ns(clock: Clock) -> int:
    return round(clock.monotonic() * _NANO)
