"""The account's own rate limits, costs and progress towards the next tier."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import ExchangeInstance, FixedPoint, ReplyStruct
from kalshi_async.contract.operation import Empty, Idempotency, Priority, read, write


class BucketLimit(ReplyStruct, frozen=True, kw_only=True):
    """One token bucket of the account."""

    refill_rate: int
    """Tokens that are added per second."""
    bucket_capacity: int
    """Tokens that the bucket holds at most."""


class UsageLevelGrant(ReplyStruct, frozen=True, kw_only=True):
    """One reason for the account's tier."""

    exchange_instance: ExchangeInstance
    """Exchange on which the tier is granted."""
    level: str
    """Name of the tier."""
    source: str
    """Reason for the grant: "volume" or "manual"."""
    expires_ts: int | None = None
    """When the grant ends, in Unix seconds."""


class AccountLimits(ReplyStruct, frozen=True, kw_only=True):
    """Tier and token buckets of the account."""

    usage_tier: str
    """Name of the account's tier."""
    read: BucketLimit
    """Bucket that reads draw on, and writes outside order flow."""
    write: BucketLimit
    """Bucket that order flow draws on: orders, cancels, amends, order groups."""
    grants: list[UsageLevelGrant] | None = None
    """Grants from which the tier comes."""


class EndpointCost(ReplyStruct, frozen=True, kw_only=True):
    """Token cost of one endpoint."""

    method: str
    """HTTP method."""
    path: str
    """Path of the endpoint, with ``:param`` and ``*wildcard`` segments."""
    cost: int
    """Tokens per request; of a batch endpoint, tokens per item."""


class EndpointCosts(ReplyStruct, frozen=True, kw_only=True):
    """Token costs of all endpoints."""

    default_cost: int
    """Tokens of every endpoint that is not listed."""
    endpoint_costs: list[EndpointCost]
    """Endpoints that cost more or less than ``default_cost``."""


class VolumeGoal(ReplyStruct, frozen=True, kw_only=True):
    """Volume that earns and keeps one tier, in contracts of the trailing 30 days."""

    level: str
    """Name of the tier."""
    earn_volume_goal: FixedPoint = field(name="earn_volume_goal_fp")
    """Contracts that reach the tier."""
    keep_volume_goal: FixedPoint = field(name="keep_volume_goal_fp")
    """Contracts that keep the tier."""


class VolumeProgress(ReplyStruct, frozen=True, kw_only=True):
    """Volume of the account on one exchange instance, next to the goals of the tiers."""

    computed_ts: int
    """When the volume was computed, in Unix seconds."""
    trailing_30d_volume: FixedPoint = field(name="trailing_30d_volume_fp")
    """Contracts that were traded in the last 30 days."""
    goals: list[VolumeGoal]
    """Goals of the tiers."""


class VolumeProgressReply(ReplyStruct, frozen=True, kw_only=True):
    """Progress towards the tiers, per exchange instance."""

    volume_progress: list[VolumeProgress]
    """One row per exchange instance."""


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
    priority=Priority.BACKGROUND,
)
