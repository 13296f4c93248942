"""The 2025 API, as its reference names things: what exchanges of that generation reply.

Prices, costs and balances are in cents, counts in contracts. Every field is optional
here, as it is in the reference's models, except that the answer to a change must name
the order or say what it did: one that says nothing proves nothing. Nobody should build
on these shapes for today's exchange. Source: the 2025 reference and the models of the
SDK that it documents (2.1.4), read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from kalshi_async.contract.fields import (
    Action,
    FixedPoint,
    JsonValue,
    MarketResult,
    OpenEnum,
    OrderType,
    OutcomeSide,
    ReplyStruct,
)


class OrderStatus(OpenEnum):
    """Where an order stands; ``pending`` disappeared in November 2025 (changelog)."""

    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"
    PENDING = "pending"


class Order(ReplyStruct, frozen=True, kw_only=True):
    """An order. ``yes_price`` and ``no_price`` are cents, ``count`` filled plus resting.

    ``action`` and ``side`` together are its direction (``kalshi_async.api2025.direction.of_order``).
    """

    order_id: str | None = None
    client_order_id: str | None = None
    ticker: str | None = None
    side: OutcomeSide | None = None
    action: Action | None = None
    type: OrderType | None = None
    status: OrderStatus | None = None
    yes_price: FixedPoint | None = None
    no_price: FixedPoint | None = None
    count: int | None = None
    remaining_count: int | None = None
    expiration_time: datetime | None = None
    created_time: datetime | None = None
    updated_time: datetime | None = None


class Fill(ReplyStruct, frozen=True, kw_only=True):
    """One execution. ``price`` is cents of the leg that ``side`` names.

    ``side`` is the outcome acquired, ``action`` has no sign: read ``kalshi_async.api2025.direction.of_fill``.
    """

    fill_id: str | None = None
    order_id: str | None = None
    ticker: str | None = None
    side: OutcomeSide | None = None
    action: Action | None = None
    count: int | None = None
    price: FixedPoint | None = None
    is_taker: bool | None = None
    created_time: datetime | None = None


class Position(ReplyStruct, frozen=True, kw_only=True):
    """A position in one market: ``position`` > 0 is YES, < 0 is NO; money in cents."""

    ticker: str | None = None
    event_ticker: str | None = None
    market_result: MarketResult | None = None
    realized_pnl: int | None = None
    resting_order_count: int | None = None
    position: int | None = None
    fees_paid: int | None = None
    total_cost: int | None = None


class Settlement(ReplyStruct, frozen=True, kw_only=True):
    """What one market paid; ``revenue`` in cents."""

    ticker: str | None = None
    result: MarketResult | None = None
    yes_count: int | None = None
    no_count: int | None = None
    revenue: int | None = None
    settled_time: datetime | None = None


class OrderGroup(ReplyStruct, frozen=True, kw_only=True):
    """A named group of orders."""

    order_group_id: str | None = None
    name: str | None = None
    status: str | None = None
    created_time: datetime | None = None


class ErrorResponseError(ReplyStruct, frozen=True, kw_only=True):
    """What was wrong."""

    code: str
    message: str
    details: Mapping[str, JsonValue] | str | None = None


class ErrorResponse(ReplyStruct, frozen=True, kw_only=True):
    """The error of one item of a batch. Of a whole call it is raised, as an ApiError."""

    error: ErrorResponseError


class _NamesItsOrder(ReplyStruct, frozen=True, kw_only=True):
    # A change is answered with its order. Without an id the answer is no answer, and
    # the call must not look like a success.
    order: Order | None = None

    def __post_init__(self) -> None:
        if self.order is None or not self.order.order_id:
            raise ValueError("the reply names no order")


class CreateOrderResponse(_NamesItsOrder, frozen=True, kw_only=True):
    """The order that was placed."""


class AmendOrderResponse(_NamesItsOrder, frozen=True, kw_only=True):
    """The order after the amend."""


class DecreaseOrderResponse(_NamesItsOrder, frozen=True, kw_only=True):
    """The order after the decrease."""


class CancelOrderResponse(ReplyStruct, frozen=True, kw_only=True):
    """The order, zeroed, and the contracts that left the book."""

    order: Order | None = None
    reduced_by: int | None = None

    def __post_init__(self) -> None:
        if self.order is None and self.reduced_by is None:
            raise ValueError("the reply says nothing of the order")


class BatchCreateOrdersResponseResponsesInner(ReplyStruct, frozen=True, kw_only=True):
    """One item of a batch create: an order or an error."""

    order: Order | None = None
    error: ErrorResponse | None = None


class BatchCreateOrdersResponse(ReplyStruct, frozen=True, kw_only=True):
    """One response per order, in the order of the request."""

    responses: list[BatchCreateOrdersResponseResponsesInner] | None = None


class BatchCancelOrdersResponseResponsesInner(ReplyStruct, frozen=True, kw_only=True):
    """One item of a batch cancel; ``reduced_by`` in contracts."""

    order_id: str | None = None
    reduced_by: int | None = None
    error: ErrorResponse | None = None


class BatchCancelOrdersResponse(ReplyStruct, frozen=True, kw_only=True):
    """One response per order id, in the order of the request."""

    responses: list[BatchCancelOrdersResponseResponsesInner] | None = None


class GetOrderResponse(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one order."""

    order: Order | None = None


class GetOrdersResponse(ReplyStruct, frozen=True, kw_only=True):
    """A page of orders; an empty ``cursor`` is the last one."""

    orders: list[Order] | None = None
    cursor: str | None = None


class GetOrderQueuePositionResponse(ReplyStruct, frozen=True, kw_only=True):
    """Place in the queue: 1 is the front, where today 0 is."""

    queue_position: int | None = None


class GetQueuePositionsResponse(ReplyStruct, frozen=True, kw_only=True):
    """Places in the queue by order id; 1 is the front."""

    queue_positions: dict[str, int] | None = None


class CreateOrderGroupResponse(ReplyStruct, frozen=True, kw_only=True):
    """The group that was made."""

    order_group: OrderGroup | None = None

    def __post_init__(self) -> None:
        if self.order_group is None or not self.order_group.order_group_id:
            raise ValueError("the reply names no order group")


class GetOrderGroupResponse(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one group. The reference names this model, its SDK forgot to ship it."""

    order_group: OrderGroup | None = None


class GetOrderGroupsResponse(ReplyStruct, frozen=True, kw_only=True):
    """A page of groups."""

    order_groups: list[OrderGroup] | None = None
    cursor: str | None = None


class GetBalanceResponse(ReplyStruct, frozen=True, kw_only=True):
    """Cash in cents."""

    balance: FixedPoint | None = None


class GetPositionsResponse(ReplyStruct, frozen=True, kw_only=True):
    """A page of positions."""

    positions: list[Position] | None = None
    cursor: str | None = None


class GetFillsResponse(ReplyStruct, frozen=True, kw_only=True):
    """A page of fills."""

    fills: list[Fill] | None = None
    cursor: str | None = None


class GetSettlementsResponse(ReplyStruct, frozen=True, kw_only=True):
    """A page of settlements."""

    settlements: list[Settlement] | None = None
    cursor: str | None = None


class GetTotalRestingOrderValueResponse(ReplyStruct, frozen=True, kw_only=True):
    """Value of all resting orders, in cents."""

    total_resting_order_value: int | None = None
