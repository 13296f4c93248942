"""Orders and amendments as members ask for them, parsed and type-checked by the edge.

Amounts are exact integers. The engine checks the rules (price grid, balance, self-trade).
This module knows no JSON and no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass

from kalshi_async.sandbox.engine.state import SelfTradePrevention, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One order to place.

    ``exchange_index``: the shard; None or -1 routes by ticker.
    """

    ticker: str
    side: Side
    count_e2: int
    price_e4: int
    time_in_force: TimeInForce
    self_trade_prevention_type: SelfTradePrevention
    client_order_id: str = ""
    expiration_s: int | None = None
    post_only: bool = False
    cancel_order_on_pause: bool = False
    reduce_only: bool = False
    subaccount: int = 0
    order_group_id: str | None = None
    exchange_index: int | None = None
    # api2025: from here
    spelling: tuple[str, str, str] | None = None
    """(action, outcome, type) of the 2025 API, kept for its replies alone."""
    # api2025: to here


@dataclass(frozen=True, slots=True)
class Amendment:
    """New terms of a resting order.

    ``count_e2``: the total count, filled contracts included.
    ``expiration_s``: None keeps the expiry, 0 removes it.
    """

    order_id: str
    ticker: str
    side: Side
    price_e4: int
    count_e2: int
    client_order_id: str | None = None
    updated_client_order_id: str | None = None
    expiration_s: int | None = None
    subaccount: int = 0
    exchange_index: int | None = None
