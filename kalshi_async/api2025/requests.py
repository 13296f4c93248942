"""The requests and replies of the 2025 API. Requests are checked when they are made.

    from kalshi_async.api2025 import requests as legacy

    order = legacy.CreateOrderRequest(
        ticker="KXHIGHNY-25AUG20-B82.5", side="yes", action="buy", count=10, type="limit", yes_price=48
    )
    reply: legacy.CreateOrderResponse = await session.legacy.create_order(order)

Names, fields and units are those of the 2025 reference: prices in whole cents, counts in
whole contracts. They stand in a module of their own because the current API uses the names
``Order`` and ``Fill`` for other structs. Only for exchanges that still offer the 2025 API.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from kalshi_async.contract.api2025.replies import (
    AmendOrderResponse,
    BatchCancelOrdersResponse,
    BatchCancelOrdersResponseResponsesInner,
    BatchCreateOrdersResponse,
    BatchCreateOrdersResponseResponsesInner,
    CancelOrderResponse,
    CreateOrderGroupResponse,
    CreateOrderResponse,
    DecreaseOrderResponse,
    ErrorResponse,
    ErrorResponseError,
    Fill,
    GetBalanceResponse,
    GetFillsResponse,
    GetOrderGroupResponse,
    GetOrderGroupsResponse,
    GetOrderQueuePositionResponse,
    GetOrderResponse,
    GetOrdersResponse,
    GetPositionsResponse,
    GetQueuePositionsResponse,
    GetSettlementsResponse,
    GetTotalRestingOrderValueResponse,
    Order,
    OrderGroup,
    OrderStatus,
    Position,
    Settlement,
)
from kalshi_async.contract.fields import Action, OrderType, OutcomeSide
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.validation import (
    Number,
    checked_cents,
    checked_id,
    checked_reference,
    checked_ticker,
    checked_whole,
    checked_word,
    unix_seconds,
)

BATCH_LIMIT = 20  # items of one batch until November 2025 (changelog)


@dataclass(frozen=True, slots=True, init=False)
class CreateOrderRequest:
    """An order to place. Body of POST /portfolio/orders.

    Without a ``client_order_id`` the request gets a new one when it is made, so that the
    order can be found by it even if the answer is lost.
    """

    ticker: str
    client_order_id: str
    side: OutcomeSide
    action: Action
    count: int
    type: OrderType
    yes_price: int | UnsetType
    no_price: int | UnsetType
    expiration_ts: int | UnsetType
    sell_position_floor: int | UnsetType
    buy_max_cost: int | UnsetType

    def __init__(
        self,
        *,
        ticker: str,
        side: OutcomeSide | Literal["yes", "no"],
        action: Action | Literal["buy", "sell"],
        count: int,
        type: OrderType | Literal["limit", "market"],
        yes_price: Number | None = None,
        no_price: Number | None = None,
        client_order_id: str | None = None,
        expiration_ts: datetime | int | None = None,
        sell_position_floor: int | None = None,
        buy_max_cost: int | None = None,
    ) -> None:
        """Check every field; raises InvalidRequest naming the value and the rule.

        * ``yes_price``, ``no_price``: cents; a limit order has exactly one, a market order none
        * ``expiration_ts``: Unix seconds or an aware datetime
        * ``sell_position_floor``: only 0 is allowed: never sell more than the account holds
        * ``buy_max_cost``: cents, excluding fees; makes a buy fill-or-kill within that cost
        """
        kind = checked_word("type", type, OrderType)
        does = checked_word("action", action, Action)
        _check_prices(kind, yes_price, no_price)
        _check_options(kind, does, expiration_ts, sell_position_floor, buy_max_cost)
        key = str(uuid.uuid4()) if client_order_id is None else client_order_id
        _set_fields(
            self,
            ticker=checked_ticker(ticker),
            client_order_id=checked_id("client_order_id", key),
            side=checked_word("side", side, OutcomeSide),
            action=does,
            count=checked_whole("count", count, least=1),
            type=kind,
            yes_price=_cents("yes_price", yes_price),
            no_price=_cents("no_price", no_price),
            expiration_ts=unix_seconds("expiration_ts", expiration_ts),
            sell_position_floor=_whole("sell_position_floor", sell_position_floor, 0, 0),
            buy_max_cost=_whole("buy_max_cost", buy_max_cost, 1),
        )


@dataclass(frozen=True, slots=True, init=False)
class BatchCreateOrdersRequest:
    """Up to 20 orders to place. Body of POST /portfolio/orders/batched."""

    orders: tuple[CreateOrderRequest, ...]

    def __init__(self, *, orders: Iterable[CreateOrderRequest]) -> None:
        """Check the orders; no client_order_id may occur twice."""
        items = tuple(orders)
        _check_batch("client_order_id", [order.client_order_id for order in items])
        _set_fields(self, orders=items)


@dataclass(frozen=True, slots=True, init=False)
class BatchCancelOrdersRequest:
    """Up to 20 orders to cancel. Body of DELETE /portfolio/orders/batched."""

    order_ids: tuple[str, ...]

    def __init__(self, *, order_ids: Iterable[str]) -> None:
        """Check the ids; none may occur twice."""
        ids = _ids(order_ids)
        _check_batch("order_id", ids)
        _set_fields(self, order_ids=tuple(ids))


@dataclass(frozen=True, slots=True, init=False)
class AmendOrderRequest:
    """A new price or count for a resting order. Body of POST /portfolio/orders/{order_id}/amend."""

    yes_price: int | UnsetType
    no_price: int | UnsetType
    count: int | UnsetType

    def __init__(
        self,
        *,
        yes_price: Number | None = None,
        no_price: Number | None = None,
        count: int | None = None,
    ) -> None:
        """Take one price in cents, a new total ``count``, filled contracts included, or both."""
        if yes_price is not None and no_price is not None:
            raise InvalidRequest("give yes_price or no_price, not both")
        if yes_price is None and no_price is None and count is None:
            raise InvalidRequest("an amend needs yes_price, no_price or count")
        _set_fields(
            self,
            yes_price=_cents("yes_price", yes_price),
            no_price=_cents("no_price", no_price),
            count=_whole("count", count, 1),
        )


@dataclass(frozen=True, slots=True, init=False)
class DecreaseOrderRequest:
    """Contracts to take off an order. Body of POST /portfolio/orders/{order_id}/decrease."""

    reduce_by: int

    def __init__(self, *, reduce_by: int) -> None:
        """Take a positive number; more than the resting contracts cancels the order."""
        _set_fields(self, reduce_by=checked_whole("reduce_by", reduce_by, least=1))


@dataclass(frozen=True, slots=True, init=False)
class CreateOrderGroupRequest:
    """An order group to create. Body of POST /portfolio/order_groups/create."""

    name: str

    def __init__(self, *, name: str) -> None:
        """Take a name of printable characters, not all blank."""
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise InvalidRequest(f"name must be printable text that is not blank, was {name!r}")
        _set_fields(self, name=name)


@dataclass(frozen=True, slots=True, init=False)
class GetQueuePositionsRequest:
    """Orders whose places in the queue are read. Body of POST /portfolio/orders/queue_positions."""

    order_ids: tuple[str, ...]

    def __init__(self, *, order_ids: Iterable[str]) -> None:
        """Take at least one id."""
        ids = _ids(order_ids)
        if not ids:
            raise InvalidRequest("order_ids must name at least one order")
        _set_fields(self, order_ids=tuple(ids))


def _check_prices(kind: OrderType, yes_price: Number | None, no_price: Number | None) -> None:
    given = [name for name, price in (("yes_price", yes_price), ("no_price", no_price)) if price is not None]
    if kind is OrderType.LIMIT and len(given) != 1:
        raise InvalidRequest(f"a limit order has exactly one of yes_price and no_price, was given {given}")
    if kind is OrderType.MARKET and given:
        raise InvalidRequest(f"a market order has no price, was given {given}")


def _check_options(
    kind: OrderType,
    action: Action,
    expiration_ts: datetime | int | None,
    sell_position_floor: int | None,
    buy_max_cost: int | None,
) -> None:
    if kind is OrderType.MARKET and expiration_ts is not None:
        raise InvalidRequest(f"a market order has no expiration_ts, was {expiration_ts!r}")
    if buy_max_cost is not None and action is not Action.BUY:
        raise InvalidRequest(f"buy_max_cost goes with action buy, not {action}")
    if buy_max_cost is not None and expiration_ts is not None:
        raise InvalidRequest("buy_max_cost makes an order fill-or-kill: it has no expiration_ts")
    if sell_position_floor is not None and action is not Action.SELL:
        raise InvalidRequest(f"sell_position_floor goes with action sell, not {action}")


def _check_batch(name: str, keys: list[str]) -> None:
    if not 1 <= len(keys) <= BATCH_LIMIT:
        raise InvalidRequest(f"a batch has 1 to {BATCH_LIMIT} items, had {len(keys)}")
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidRequest(f"{name} {twice!r} is in the batch twice")


def _ids(order_ids: Iterable[str]) -> list[str]:
    if isinstance(order_ids, str):
        raise InvalidRequest(f"order_ids must be a list of ids, was {order_ids!r}")
    ids = list(order_ids)
    for order_id in ids:
        if order_id is None:
            raise InvalidRequest("order_id must be given, was None")
        checked_reference("order_id", order_id)
    return ids


def _cents(name: str, value: Number | None) -> int | UnsetType:
    return UNSET if value is None else checked_cents(name, value)


def _whole(name: str, value: int | None, least: int, most: int | None = None) -> int | UnsetType:
    return UNSET if value is None else checked_whole(name, value, least=least, most=most)


def _set_fields(request: object, **values: object) -> None:
    # The dataclass is frozen, so its own __init__ sets the fields by way of ``object``.
    for name, value in values.items():
        object.__setattr__(request, name, value)


__all__ = [
    "AmendOrderRequest",
    "AmendOrderResponse",
    "BatchCancelOrdersRequest",
    "BatchCancelOrdersResponse",
    "BatchCancelOrdersResponseResponsesInner",
    "BatchCreateOrdersRequest",
    "BatchCreateOrdersResponse",
    "BatchCreateOrdersResponseResponsesInner",
    "CancelOrderResponse",
    "CreateOrderGroupRequest",
    "CreateOrderGroupResponse",
    "CreateOrderRequest",
    "CreateOrderResponse",
    "DecreaseOrderRequest",
    "DecreaseOrderResponse",
    "ErrorResponse",
    "ErrorResponseError",
    "Fill",
    "GetBalanceResponse",
    "GetFillsResponse",
    "GetOrderGroupResponse",
    "GetOrderGroupsResponse",
    "GetOrderQueuePositionResponse",
    "GetOrderResponse",
    "GetOrdersResponse",
    "GetPositionsResponse",
    "GetQueuePositionsRequest",
    "GetQueuePositionsResponse",
    "GetSettlementsResponse",
    "GetTotalRestingOrderValueResponse",
    "Order",
    "OrderGroup",
    "OrderStatus",
    "Position",
    "Settlement",
]
