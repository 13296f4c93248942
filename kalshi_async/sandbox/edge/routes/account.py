"""The caller's rate limits, the costs of the endpoints, and the upgrade to the next tier."""

from __future__ import annotations

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.access.budget import TIERS, BucketSize
from kalshi_async.sandbox.access.costs import DEFAULT_COST, published_costs
from kalshi_async.sandbox.edge.routes.route import EMPTY_OBJECT, Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Account, Rejected

BASE_PATH = "/trade-api/v2"
_THIRTY_DAYS_US = 30 * 86_400 * 1_000_000
# Goals are shares of the volume of the venue, which a simulator does not have: these two
# figures are from the example in the contract (get_volume_progress, 2026-11).
_GOALS = [{"level": "expert", "earn_volume_goal_fp": "900000.00", "keep_volume_goal_fp": "600000.00"}]


def get_account_limits(call: Call) -> Reply:
    """Show the tier and its token buckets."""
    account = call.account
    tier = TIERS[account.tier]
    return ok(
        {
            "usage_tier": account.tier,
            "read": _bucket(tier.read),
            "write": _bucket(tier.write),
            "grants": _grants(account),
        }
    )


def get_endpoint_costs(call: Call) -> Reply:
    """Show the costs that differ from the default. Public."""
    return ok({"default_cost": DEFAULT_COST, "endpoint_costs": published_costs(BASE_PATH)})


def get_volume_progress(call: Call) -> Reply:
    """Show the contracts filled in the last thirty days."""
    since_us = call.now_ms * 1_000 - _THIRTY_DAYS_US
    volume_e2 = sum(fill.count_e2 for fill in call.seen.fills if fill.created_us >= since_us)
    row = {
        "computed_ts": call.now_ms // 1_000,
        "trailing_30d_volume_fp": fixed_point.count(volume_e2),
        "goals": _GOALS,
    }
    return ok({"volume_progress": [row]})


def upgrade_api_usage_level(call: Call) -> Reply:
    """Raise a Basic account to Advanced; it must have placed an order. The answer is ``{}``."""
    account = call.account
    if not account.orders:
        raise Rejected("permission_denied")
    if account.tier == "basic":
        # The tier belongs to the edge: the engine never writes it.
        account.tier = "advanced"
    return Reply(201, EMPTY_OBJECT)


def _bucket(size: BucketSize) -> dict[str, int]:
    return {"refill_rate": size.refill_per_s, "bucket_capacity": size.capacity}


def _grants(account: Account) -> list[dict[str, str]]:
    if account.tier in ("basic", "off"):
        return []
    return [{"exchange_instance": "event_contract", "level": account.tier, "source": "manual"}]


_LEVEL = "/account/api_usage_level"

ROUTES = (
    Route("get_account_limits", "GET", "/account/limits", get_account_limits),
    Route("get_endpoint_costs", "GET", "/account/endpoint_costs", get_endpoint_costs, public=True),
    Route("get_volume_progress", "GET", _LEVEL + "/volume_progress", get_volume_progress),
    Route("upgrade_api_usage_level", "POST", _LEVEL + "/upgrade", upgrade_api_usage_level, bodiless=True),
)
