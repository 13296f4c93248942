"""The request bodies of the 2025 API, read strictly, and their translation into instructions.

Struct names are the reference's. Prices are whole cents, counts whole contracts. The table
from an order's action and side to the side of the YES book is repeated here and not imported
from the client, so that a mistake in one of the two fails a test. Source: the 2025 reference
and contract §4, read 2026-11.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from kalshi_async.sandbox.edge.bodies import client_order_id
from kalshi_async.sandbox.edge.parsing import at_least, one_of, require
from kalshi_async.sandbox.engine.instructions import Amendment, NewOrder
from kalshi_async.sandbox.engine.state import (
    ONE_CONTRACT_E2,
    ONE_DOLLAR_E4,
    Order,
    Rejected,
    Side,
    TimeInForce,
)
from kalshi_async.sandbox.settings import SELF_TRADE_PREVENTION_2025

Outcome = Literal["yes", "no"]
Action = Literal["buy", "sell"]
OrderType = Literal["limit", "market"]

SIDES: tuple[Outcome, ...] = ("yes", "no")
ACTIONS: tuple[Action, ...] = ("buy", "sell")
TYPES: tuple[OrderType, ...] = ("limit", "market")

BOOK_SIDES: dict[tuple[str, str], Side] = {
    ("buy", "yes"): "bid",
    ("sell", "no"): "bid",
    ("buy", "no"): "ask",
    ("sell", "yes"): "ask",
}

CENT_E4 = 100
# A market order is emulated as immediate-or-cancel at the end of the price grid (contract §4.2).
_FAR_TOUCH_E4: dict[Side, int] = {"bid": 99 * CENT_E4, "ask": 1 * CENT_E4}
_BATCH_LIMIT = 20  # until November 2025 (changelog)


class CreateOrderRequest(msgspec.Struct):
    """POST /portfolio/orders, and one item of its batch."""

    ticker: str | None = None
    client_order_id: str | None = None
    side: str | None = None
    action: str | None = None
    count: int | None = None
    type: str | None = None
    yes_price: int | None = None
    no_price: int | None = None
    expiration_ts: int | None = None
    sell_position_floor: int | None = None
    buy_max_cost: int | None = None

    def to_order(self, now_s: int) -> NewOrder:
        """Return the order as an engine instruction, or raise ``Rejected``.

        ``now_s`` is the Unix time: an expiry before it means immediate-or-cancel.
        """
        require(self, names=("ticker", "side", "action", "count", "type"))
        at_least(self.count, 1, "count")
        action, outcome = one_of(self.action, ACTIONS, "action"), one_of(self.side, SIDES, "side")
        kind = one_of(self.type, TYPES, "type")
        side = BOOK_SIDES[action, outcome]
        self._check_options(action, kind)
        time_in_force, expiration_s = self._life(kind, now_s)
        return NewOrder(
            ticker=self.ticker or "",
            side=side,
            count_e2=(self.count or 0) * ONE_CONTRACT_E2,
            price_e4=self._price_e4(side, kind),
            time_in_force=time_in_force,
            self_trade_prevention_type=SELF_TRADE_PREVENTION_2025,
            client_order_id=client_order_id(self.client_order_id) or "",
            expiration_s=expiration_s,
            spelling=(action, outcome, kind),
        )

    def _price_e4(self, side: Side, kind: OrderType) -> int:
        price_e4 = yes_price_e4(self.yes_price, self.no_price)
        if price_e4 is None and kind == "limit":
            raise Rejected("invalid_parameters", "a limit order needs yes_price or no_price")
        return _FAR_TOUCH_E4[side] if price_e4 is None else price_e4

    def _life(self, kind: OrderType, now_s: int) -> tuple[TimeInForce, int | None]:
        if self.buy_max_cost is not None:
            return "fill_or_kill", None
        at_least(self.expiration_ts, 1, "expiration_ts")
        # An expiry in the past meant immediate-or-cancel until late 2025 (changelog).
        if kind == "market" or (self.expiration_ts is not None and self.expiration_ts <= now_s):
            return "immediate_or_cancel", None
        return "good_till_canceled", self.expiration_ts

    def _check_options(self, action: Action, kind: OrderType) -> None:
        at_least(self.buy_max_cost, 1, "buy_max_cost")
        if self.buy_max_cost is not None and action != "buy":
            raise Rejected("invalid_parameters", "buy_max_cost goes with action buy")
        if self.sell_position_floor not in (None, 0):
            raise Rejected("invalid_parameters", "sell_position_floor may only be 0")
        if self.sell_position_floor is not None and action != "sell":
            raise Rejected("invalid_parameters", "sell_position_floor goes with action sell")
        if kind == "market" and self.expiration_ts is not None:
            raise Rejected("invalid_parameters", "a market order has no expiration_ts")


class BatchCreateOrdersRequest(msgspec.Struct):
    """POST /portfolio/orders/batched."""

    orders: list[CreateOrderRequest] = []

    def items(self) -> list[CreateOrderRequest]:
        """Return 1 to 20 orders, or raise ``Rejected``."""
        _check_batch(len(self.orders), "orders")
        return self.orders


class BatchCancelOrdersRequest(msgspec.Struct):
    """DELETE /portfolio/orders/batched."""

    order_ids: list[str] = []

    def items(self) -> list[str]:
        """Return 1 to 20 ids, or raise ``Rejected``."""
        _check_batch(len(self.order_ids), "order_ids")
        return self.order_ids


class AmendOrderRequest(msgspec.Struct):
    """POST /portfolio/orders/{order_id}/amend: a field that is absent changes nothing."""

    yes_price: int | None = None
    no_price: int | None = None
    count: int | None = None

    def to_amendment(self, order: Order) -> Amendment:
        """Return the change of ``order`` as an engine instruction, or raise ``Rejected``."""
        price_e4 = yes_price_e4(self.yes_price, self.no_price)
        if price_e4 is None and self.count is None:
            raise Rejected("missing_parameters", "yes_price, no_price or count is required")
        at_least(self.count, 1, "count")
        total_e2 = order.filled_e2 + order.remaining_e2
        return Amendment(
            order_id=order.order_id,
            ticker=order.ticker,
            side=order.side,
            price_e4=order.price_e4 if price_e4 is None else price_e4,
            count_e2=total_e2 if self.count is None else self.count * ONE_CONTRACT_E2,
            subaccount=order.subaccount,
        )


class DecreaseOrderRequest(msgspec.Struct):
    """POST /portfolio/orders/{order_id}/decrease."""

    reduce_by: int | None = None

    def reduce_by_e2(self) -> int:
        """Return the contracts to take off, or raise ``Rejected``."""
        require(self, names=("reduce_by",))
        at_least(self.reduce_by, 1, "reduce_by")
        return (self.reduce_by or 0) * ONE_CONTRACT_E2


class CreateOrderGroupRequest(msgspec.Struct):
    """POST /portfolio/order_groups/create."""

    name: str | None = None


class GetQueuePositionsRequest(msgspec.Struct):
    """POST /portfolio/orders/queue_positions."""

    order_ids: list[str] = []


def yes_price_e4(yes_price: int | None, no_price: int | None) -> int | None:
    """Return the YES price from the price of either leg, None if both are absent.

    Raises ``Rejected`` if both are given, or for a price outside of 1 to 99 cents.
    """
    if yes_price is not None and no_price is not None:
        raise Rejected("invalid_parameters", "give yes_price or no_price, not both")
    for name, cents in (("yes_price", yes_price), ("no_price", no_price)):
        if cents is not None and not 1 <= cents <= 99:
            raise Rejected("invalid_parameters", f"{name} must be from 1 to 99, was {cents}")
    if no_price is not None:
        return ONE_DOLLAR_E4 - no_price * CENT_E4
    return None if yes_price is None else yes_price * CENT_E4


def _check_batch(size: int, name: str) -> None:
    if not 1 <= size <= _BATCH_LIMIT:
        raise Rejected("invalid_parameters", f"{name} must be 1 to {_BATCH_LIMIT}, were {size}")
