"""The account's own rate limits, costs and progress towards the next tier."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import ExchangeInstance, FixedPoint, ReplyStruct
from kalshi_async.contract.operation import Bucket, Empty, Idempotency, Priority, read, write


class BucketLimit(ReplyStruct, frozen=True, kw_only=True):
    """A token bucket: ``refill_rate`` tokens per second, and ``bucket_capacity`` at most."""

    refill_rate: int
    bucket_capacity: int


class UsageLevelGrant(ReplyStruct, frozen=True, kw_only=True):
    """Why the account has its tier; ``expires_ts`` in Unix seconds.

    ``level`` is the tier, ``source`` says "volume" or "manual", ``exchange_instance`` where.
    """

    exchange_instance: ExchangeInstance
    level: str
    source: str
    expires_ts: int | None = None


class AccountLimits(ReplyStruct, frozen=True, kw_only=True):
    """Tier (``usage_tier``) and the buckets ``read`` and ``write`` of the account.

    ``grants`` say where the tier comes from.
    """

    usage_tier: str
    read: BucketLimit
    write: BucketLimit
    grants: list[UsageLevelGrant] | None = None


class EndpointCost(ReplyStruct, frozen=True, kw_only=True):
    """Tokens of one endpoint, ``cost``, by HTTP ``method`` and ``path``.

    A path has ``:param`` and ``*wildcard`` segments.
    """

    method: str
    path: str
    cost: int


class EndpointCosts(ReplyStruct, frozen=True, kw_only=True):
    """``endpoint_costs`` are those that differ from ``default_cost``."""

    default_cost: int
    endpoint_costs: list[EndpointCost]


class VolumeGoal(ReplyStruct, frozen=True, kw_only=True):
    """Contracts of trailing 30-day volume that earn and keep a tier.

    ``level`` is the tier; ``earn_volume_goal`` reaches it, ``keep_volume_goal`` keeps it.
    """

    level: str
    earn_volume_goal: FixedPoint = field(name="earn_volume_goal_fp")
    keep_volume_goal: FixedPoint = field(name="keep_volume_goal_fp")


class VolumeProgress(ReplyStruct, frozen=True, kw_only=True):
    """``trailing_30d_volume`` in contracts, and the ``goals``; ``computed_ts`` in Unix seconds."""

    computed_ts: int
    trailing_30d_volume: FixedPoint = field(name="trailing_30d_volume_fp")
    goals: list[VolumeGoal]


class VolumeProgressReply(ReplyStruct, frozen=True, kw_only=True):
    """Progress per exchange instance, ``volume_progress``."""

    volume_progress: list[VolumeProgress]


GET_ACCOUNT_LIMITS = read("get_account_limits", "/account/limits", AccountLimits)
GET_ENDPOINT_COSTS = read("get_endpoint_costs", "/account/endpoint_costs", EndpointCosts, signed=False)
GET_VOLUME_PROGRESS = read(
    "get_volume_progress", "/account/api_usage_level/volume_progress", VolumeProgressReply
)
UPGRADE_API_USAGE_LEVEL = write(
    "upgrade_api_usage_level",
    "POST",
    "/account/api_usage_level/upgrade",
    Empty,
    Idempotency.REPEATABLE,
    cost=30,
    bucket=Bucket.READ,
    priority=Priority.BACKGROUND,
)
