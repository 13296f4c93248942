"""Replies of exchanges of the 2025 generation, under the names of its reference.

Prices, costs and balances are in cents, counts in contracts. Every field is optional
here, as it is in the reference's models, with one exception: the answer to a change must
name the order or the contracts that were canceled, because an empty answer proves no
success. Do not build on these shapes for today's exchange. A field is explained here only
where its name and unit do not say all. Source: the 2025 reference and the models of the
SDK that it documents (2.1.4), read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping

from kalshi_async.contract.fields import (
    Action,
    FixedPoint,
    JsonValue,
    MarketResult,
    OpenEnum,
    OrderType,
    OutcomeSide,
    ReplyStruct,
    Time,
)


class OrderStatus(OpenEnum):
    """Where an order stands; ``pending`` disappeared in November 2025 (changelog)."""

    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"
    PENDING = "pending"


class Order(ReplyStruct, frozen=True, kw_only=True):
    """An order.

    ``action`` and ``side`` together are its direction (``kalshi_async.api2025.direction.of_order``).
    """

    order_id: str | None = None
    client_order_id: str | None = None
    ticker: str | None = None
    side: OutcomeSide | None = None
    """Outcome that is traded; a direction only together with ``action``."""
    action: Action | None = None
    """Whether ``side`` is bought or sold."""
    type: OrderType | None = None
    status: OrderStatus | None = None
    yes_price: FixedPoint | None = None
    """Limit price on the YES leg, in cents."""
    no_price: FixedPoint | None = None
    """Limit price on the NO leg, in cents."""
    count: int | None = None
    """Contracts that were filled, plus those that rest."""
    remaining_count: int | None = None
    """Contracts that rest."""
    expiration_time: Time | None = None
    """When the order ends by itself, in UTC."""
    created_time: Time | None = None
    updated_time: Time | None = None


class Fill(ReplyStruct, frozen=True, kw_only=True):
    """One execution; read its direction with ``kalshi_async.api2025.direction.of_fill``."""

    fill_id: str | None = None
    order_id: str | None = None
    ticker: str | None = None
    side: OutcomeSide | None = None
    """Outcome that was gained, whatever the ``action``."""
    action: Action | None = None
    """Says nothing about the direction of a fill."""
    count: int | None = None
    """Contracts of the fill."""
    price: FixedPoint | None = None
    """Price on the leg that ``side`` names, in cents."""
    is_taker: bool | None = None
    """Whether the account's order took an order that rested."""
    created_time: Time | None = None


class Position(ReplyStruct, frozen=True, kw_only=True):
    """A position in one market."""

    ticker: str | None = None
    event_ticker: str | None = None
    market_result: MarketResult | None = None
    """How the market was decided; None before."""
    realized_pnl: int | None = None
    """Cents that closed positions have made, before fees."""
    resting_order_count: int | None = None
    """Number of the account's orders that rest in the market."""
    position: int | None = None
    """Contracts held: above 0 is YES, below 0 is NO."""
    fees_paid: int | None = None
    """Cents of fees."""
    total_cost: int | None = None
    """Cents that the position cost."""


class Settlement(ReplyStruct, frozen=True, kw_only=True):
    """Payout of one market."""

    ticker: str | None = None
    result: MarketResult | None = None
    """How the market was decided."""
    yes_count: int | None = None
    """YES contracts of the account."""
    no_count: int | None = None
    """NO contracts of the account."""
    revenue: int | None = None
    """Payout in cents."""
    settled_time: Time | None = None
    """When the market settled, in UTC."""


class OrderGroup(ReplyStruct, frozen=True, kw_only=True):
    """A named group of orders."""

    order_group_id: str | None = None
    name: str | None = None
    status: str | None = None
    """State of the group; the reference lists no words."""
    created_time: Time | None = None


class ErrorResponseError(ReplyStruct, frozen=True, kw_only=True):
    """The refusal."""

    code: str
    """Code to branch on."""
    message: str
    """Text to read."""
    details: Mapping[str, JsonValue] | str | None = None
    """More to read, as an object or a text."""


class ErrorResponse(ReplyStruct, frozen=True, kw_only=True):
    """The error of one item of a batch; the error of a whole call is raised as an ApiError."""

    error: ErrorResponseError


class _NamesItsOrder(ReplyStruct, frozen=True, kw_only=True):
    # A change is answered with its order. An answer without an id proves no success: the
    # call must fail.
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
    """The answer to a cancel."""

    order: Order | None = None
    """The order, with nothing resting any more."""
    reduced_by: int | None = None
    """Contracts that the cancel took off the book."""

    def __post_init__(self) -> None:
        if self.order is None and self.reduced_by is None:
            raise ValueError("the reply says nothing of the order")


class BatchCreateOrdersResponseResponsesInner(ReplyStruct, frozen=True, kw_only=True):
    """One item of a batch create: an order or an error."""

    order: Order | None = None
    error: ErrorResponse | None = None


class BatchCreateOrdersResponse(ReplyStruct, frozen=True, kw_only=True):
    """The answer to a batch create."""

    responses: list[BatchCreateOrdersResponseResponsesInner] | None = None
    """One response per order, in the order of the request."""


class BatchCancelOrdersResponseResponsesInner(ReplyStruct, frozen=True, kw_only=True):
    """One item of a batch cancel."""

    order_id: str | None = None
    reduced_by: int | None = None
    """Contracts that the cancel took off the book."""
    error: ErrorResponse | None = None


class BatchCancelOrdersResponse(ReplyStruct, frozen=True, kw_only=True):
    """The answer to a batch cancel."""

    responses: list[BatchCancelOrdersResponseResponsesInner] | None = None
    """One response per order id, in the order of the request."""


class GetOrderResponse(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one order."""

    order: Order | None = None


class GetOrdersResponse(ReplyStruct, frozen=True, kw_only=True):
    """A page of orders."""

    orders: list[Order] | None = None
    cursor: str | None = None
    """Where the next page begins; empty on the last one."""


class GetOrderQueuePositionResponse(ReplyStruct, frozen=True, kw_only=True):
    """Place of one order in the queue."""

    queue_position: int | None = None
    """Place in the queue: 1 is the front, where today 0 is."""


class GetQueuePositionsResponse(ReplyStruct, frozen=True, kw_only=True):
    """Places of several orders in the queue."""

    queue_positions: dict[str, int] | None = None
    """Place in the queue by order id: 1 is the front."""


class CreateOrderGroupResponse(ReplyStruct, frozen=True, kw_only=True):
    """The group that was made."""

    order_group: OrderGroup | None = None

    def __post_init__(self) -> None:
        if self.order_group is None or not self.order_group.order_group_id:
            raise ValueError("the reply names no order group")


class GetOrderGroupResponse(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one group. The reference names this model; its SDK lacks it."""

    order_group: OrderGroup | None = None


class GetOrderGroupsResponse(ReplyStruct, frozen=True, kw_only=True):
    """A page of groups."""

    order_groups: list[OrderGroup] | None = None
    cursor: str | None = None


class GetBalanceResponse(ReplyStruct, frozen=True, kw_only=True):
    """Cash of the account."""

    balance: FixedPoint | None = None
    """Cash in cents."""


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
    """Value of all resting orders."""

    total_resting_order_value: int | None = None
    """Value in cents."""
