"""What arguments are made of: good values by their kind, and mistakes that fit nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from tests.stages.served import OTHER_TICKER, TICKER

GOOD: Mapping[str, tuple[object, ...]] = {
    "ticker": (TICKER, OTHER_TICKER, "KXNOSUCH-1"),
    "side": ("bid", "ask"),
    "count": (1, 10, "2.5", Decimal("0.01"), "1000000"),
    "price": ("0.10", "0.99", Decimal("0.5"), "0.0001", "0.9999", "0.123"),
    "subaccount": (None, 0, 1, 63),
    "exchange_index": (None, 0, 1, -1),
    "order_id": ("an-order", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "é".encode().hex()),
    "client_order_id": (None, "mine", "a" * 64),
    "time_in_force": ("good_till_canceled", "immediate_or_cancel", "fill_or_kill"),
    "flag": (True, False),
    "time": (None, 1_900_000_000, datetime(2027, 1, 1, tzinfo=UTC)),
    "limit": (None, 1, 100),
    "cents": (1, 2_500),
}
BAD: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    0.5,
    float("nan"),
    float("inf"),
    Decimal("NaN"),
    Decimal("-Infinity"),
    Decimal("1e-9"),
    Decimal("1e400"),
    "",
    " ",
    "0",
    "-1",
    "1e5",
    "0x10",
    "1_000",
    "0.12345",
    "\u0661",
    "a b",
    "a\nb",
    "a/../b",
    "?x=1&y=2",
    "\x00",
    "\ud800",
    "é",
    "x" * 10_000,
    b"bytes",
    [],
    [1],
    {},
    {"a": 1},
    (),
    object(),
    datetime(2026, 1, 1),
    datetime.max,
)

# Arguments without a default: Python itself asks for them.
NEEDED = {"subaccount", "from_subaccount", "to_subaccount", "shard"}

KINDS: Mapping[str, Mapping[str, str]] = {
    "create": {
        "ticker": "ticker",
        "side": "side",
        "count": "count",
        "price": "price",
        "time_in_force": "time_in_force",
        "client_order_id": "client_order_id",
        "expiration_time": "time",
        "post_only": "flag",
        "reduce_only": "flag",
        "cancel_order_on_pause": "flag",
        "subaccount": "subaccount",
        "order_group_id": "client_order_id",
        "exchange_index": "exchange_index",
    },
    "cancel": {"order": "order_id", "ticker": "ticker", "subaccount": "subaccount"},
    "cancel_item": {"order_id": "order_id", "subaccount": "subaccount", "market_ticker": "ticker"},
    "amend": {
        "order": "order_id",
        "ticker": "ticker",
        "side": "side",
        "price": "price",
        "count": "count",
        "updated_client_order_id": "client_order_id",
        "expiration_time": "time",
        "subaccount": "subaccount",
    },
    "decrease_to": {
        "order": "order_id",
        "reduce_to": "count",
        "ticker": "ticker",
        "subaccount": "subaccount",
    },
    "decrease_by": {"order": "order_id", "reduce_by": "count", "ticker": "ticker"},
    "group": {"contracts_limit": "count", "subaccount": "subaccount", "exchange_index": "exchange_index"},
    "group_limit": {"order_group_id": "order_id", "contracts_limit": "count", "subaccount": "subaccount"},
    "group_trigger": {"order_group_id": "order_id", "subaccount": "subaccount"},
    "cancel_all": {"subaccount": "subaccount"},
    "orders": {
        "ticker": "ticker",
        "min_ts": "time",
        "max_ts": "time",
        "limit": "limit",
        "subaccount": "subaccount",
        "exchange_index": "exchange_index",
    },
    "fills": {"ticker": "ticker", "order_id": "order_id", "min_ts": "time", "limit": "limit"},
    "order": {"order_id": "order_id"},
    "transfer": {
        "from_subaccount": "subaccount",
        "to_subaccount": "subaccount",
        "amount_cents": "cents",
        "exchange_index": "exchange_index",
    },
    "shard_transfer": {
        "amount_centicents": "cents",
        "source_exchange_shard": "exchange_index",
        "destination_exchange_shard": "exchange_index",
        "client_transfer_id": "client_order_id",
    },
    "netting": {"subaccount": "subaccount", "enabled": "flag"},
    "allocation": {"shard": "exchange_index", "percent": "cents"},
    "orderbook": {"ticker": "ticker", "depth": "limit"},
    "settled": {"after_ms": "cents"},
    "options": {"subaccount": "subaccount", "exchange_index": "exchange_index", "deadline_s": "limit"},
}
"""By the name of a call: its arguments, and which good values each of them takes."""
