"""The state of the exchange itself: status, schedule, freshness of reads, cutoffs. Public."""

from __future__ import annotations

from datetime import UTC, datetime

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok

# The categories that each shard trades: docs exchange_sharding (2026-08).
_SHARD_DESCRIPTIONS = {0: "default", 1: "combos", 2: "crypto", 3: "tennis and baseball"}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def get_exchange_status(call: Call) -> Reply:
    """Show whether the exchange trades; the top-level flags are those of shard 0."""
    exchange_active, trading_active = call.exchange.shards.active(0)
    return ok(
        {
            "exchange_active": exchange_active,
            "trading_active": trading_active,
            "intra_exchange_transfers_active": exchange_active and trading_active,
            "exchange_index_statuses": [_shard(call, index) for index in call.exchange.shards.numbers],
        }
    )


def get_exchange_schedule(call: Call) -> Reply:
    """Show opening hours: this exchange is always open unless its operator pauses it."""
    year = datetime.fromtimestamp(call.now_ms / 1_000, UTC).year
    all_day = [{"open_time": "00:00", "close_time": "00:00"}]
    hours: dict[str, object] = {
        # The hours are in New York time; this is midnight there.
        "start_time": f"{year}-01-01T05:00:00Z",
        "end_time": f"{year + 1}-01-01T05:00:00Z",
    }
    week = hours | dict.fromkeys(_WEEKDAYS, all_day)
    return ok({"schedule": {"standard_hours": [week], "maintenance_windows": []}})


def get_user_data_timestamp(call: Call) -> Reply:
    """Show the time up to which reads of balance, orders, fills and positions are complete."""
    return ok({"as_of_time": fixed_point.timestamp(call.exchange.reads.as_of_us())})


def get_historical_cutoff(call: Call) -> Reply:
    """Show the time at which the live tier begins; texts, although the names end in ts."""
    cutoff = fixed_point.timestamp(call.exchange.historical_cutoff_us)
    names = (
        "market_settled_ts",
        "trades_created_ts",
        "orders_updated_ts",
        "market_positions_last_updated_ts",
    )
    return ok(dict.fromkeys(names, cutoff))


def _shard(call: Call, index: int) -> dict[str, object]:
    exchange_active, trading_active = call.exchange.shards.active(index)
    return {
        "exchange_index": index,
        "description": _SHARD_DESCRIPTIONS.get(index, f"shard {index}"),
        "exchange_active": exchange_active,
        "trading_active": trading_active,
        "intra_exchange_transfers_active": exchange_active and trading_active,
    }


ROUTES = (
    Route("get_exchange_status", "GET", "/exchange/status", get_exchange_status, public=True),
    Route("get_exchange_schedule", "GET", "/exchange/schedule", get_exchange_schedule, public=True),
    Route(
        "get_user_data_timestamp",
        "GET",
        "/exchange/user_data_timestamp",
        get_user_data_timestamp,
        public=True,
    ),
    Route("get_historical_cutoff", "GET", "/historical/cutoff", get_historical_cutoff, public=True),
)
