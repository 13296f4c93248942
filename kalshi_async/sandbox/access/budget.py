"""Rate limits: tiers, token buckets, and the charge for one request.

A bucket refills continuously. Its level is an integer number of billionths of a token, so
that a client which waits exactly the computed time is never refused over a rounding error.
A refused request costs nothing (docs rate_limits, 2026-08). This module knows prices and
accounts, and nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kalshi_async.clock import Clock
from kalshi_async.sandbox.access.costs import Price
from kalshi_async.sandbox.engine.state import Account, Rejected
from kalshi_async.sandbox.settings import DEFAULT_SHARDS, TIER_DEPTH_S

_NANO = 1_000_000_000

# Both ends of an interval are rounded to whole nanoseconds, so the tokens gained in it may be
# up to 2 ns of refill short. ``take`` grants that much in advance; the level then goes below
# zero, and the next refill pays it back.
_ROUNDING_NS = 2


@dataclass(frozen=True, slots=True)
class BucketSize:
    """The rate and the size of one token bucket."""

    refill_per_s: int
    """Tokens that flow back in one second."""
    capacity: int
    """Tokens in a full bucket."""


@dataclass(frozen=True, slots=True)
class Tier:
    """The buckets of one API usage level."""

    read: BucketSize
    write: BucketSize
    balance: BucketSize
    """Calls of the balance."""


_UNLIMITED = BucketSize(1_000_000_000, 1_000_000_000)

# Calls of the balance: 1 a second on Basic and Advanced, 5 above, no burst (update 2026-11-28 §1.1).
_ONE_A_SECOND, _FIVE_A_SECOND = BucketSize(1, 1), BucketSize(5, 5)


def _deep(read_per_s: int, write_per_s: int, balance: BucketSize) -> Tier:
    read, write = (BucketSize(per_s, per_s * TIER_DEPTH_S) for per_s in (read_per_s, write_per_s))
    return Tier(read, write, balance)


# Basic: demo recording of 2026-06. Refill of Advanced and Expert: docs rate_limits, 2026-08; of the
# tiers above, and the depth of all buckets above Basic: update 2026-11-28 §1.5.
TIERS: dict[str, Tier] = {
    "basic": Tier(BucketSize(200, 200), BucketSize(100, 100), _ONE_A_SECOND),
    "advanced": _deep(300, 300, _ONE_A_SECOND),
    "expert": _deep(600, 600, _FIVE_A_SECOND),
    "premier": _deep(1_200, 1_200, _FIVE_A_SECOND),
    "paragon": _deep(2_400, 2_400, _FIVE_A_SECOND),
    "prime": _deep(4_800, 4_800, _FIVE_A_SECOND),
    "prestige": _deep(12_000, 9_600, _FIVE_A_SECOND),
    "off": Tier(_UNLIMITED, _UNLIMITED, _UNLIMITED),
}
"""Every tier by name. "off" is not one of the exchange's: it is practically unlimited."""


class TokenBucket:
    """A bucket that starts full and refills continuously up to its capacity."""

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
        # Below zero while the rounding allowance of the last grant is not paid back.
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
    # The buckets of one user at one tier. The write bucket of a shard is made at its first use.
    __slots__ = ("_clock", "_existing", "balance", "read", "shards", "tier", "write")

    def __init__(self, tier: str, clock: Clock, existing: Collection[int]) -> None:
        self.tier = tier
        self.read = TokenBucket(TIERS[tier].read, clock)
        self.write = TokenBucket(TIERS[tier].write, clock)
        self.balance = TokenBucket(TIERS[tier].balance, clock)
        self.shards: dict[int, TokenBucket] = {}
        self._clock = clock
        self._existing = existing

    def pick(self, bucket: str, shard: int) -> TokenBucket:
        if bucket != "write":
            return self.read if bucket == "read" else self.balance
        # A request may name any number: each would bring a full bucket of its own.
        if shard < 1 or shard not in self._existing:
            return self.write
        if shard not in self.shards:
            self.shards[shard] = TokenBucket(TIERS[self.tier].write, self._clock)
        return self.shards[shard]


class Budget:
    """Charges every request on arrival. Owns the buckets of all accounts.

    Buckets are per user, not per key; the exchange does not document which (semantics of 2026-10).
    Each of ``shards`` from 1 on has its own write bucket; a write that names another shard is
    charged to the common one, before the exchange refuses it (SIM).
    """

    def __init__(self, clock: Clock, shards: Collection[int] = DEFAULT_SHARDS) -> None:
        self._clock = clock
        self._shards = frozenset(shards)
        self._by_user: dict[str, _AccountBuckets] = {}

    def charge(self, account: Account, price: Price, *, items: int = 1, shard: int = 0) -> None:
        """Take the tokens of one request, all or none.

        ``items`` is the length of a batch, ``shard`` the shard that the request names.

        Raises ``Rejected``: ``invalid_parameters`` if the batch costs more than a full bucket
        holds, ``too_many_requests`` if the tokens are not there now.
        """
        buckets = self._buckets(account)
        bucket = buckets.pick(price.bucket, shard if price.by_shard else price.shard)
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
        # An account that changed its tier starts with full buckets of the new one.
        if buckets is None or buckets.tier != account.tier:
            buckets = self._by_user[account.user_id] = _AccountBuckets(
                account.tier, self._clock, self._shards
            )
        return buckets


def _now_ns(clock: Clock) -> int:
    return round(clock.monotonic() * _NANO)
