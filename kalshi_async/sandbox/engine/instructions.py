"""What a member asks of the exchange, already parsed and type-checked by the edge.

Exact integers like the rest of the engine; the engine still checks the rules
(grid, balance, self-trade). Nothing here knows of JSON or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One order to place. ``exchange_index`` None or -1 routes by ticker.

    ``spelling``: how 2025 put it, for reading back; it decides nothing.
    """

    ticker: str
    side: str
    count_e2: int
    price_e4: int
    time_in_force: str
    self_trade_prevention_type: str
    client_order_id: str = ""
    expiration_s: int | None = None
    post_only: bool = False
    cancel_order_on_pause: bool = False
    reduce_only: bool = False
    subaccount: int = 0
    order_group_id: str | None = None
    exchange_index: int | None = None
    spelling: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """New terms of a resting order. ``count_e2`` is the total, what was filled included.

    ``expiration_s``: None keeps the expiry, 0 removes it.
    """

    order_id: str
    ticker: str
    side: str
    price_e4: int
    count_e2: int
    client_order_id: str | None = None
    updated_client_order_id: str | None = None
    expiration_s: int | None = None
    subaccount: int = 0
    exchange_index: int | None = None
