"""Orders: /portfolio/orders for reading, /portfolio/events/orders for changing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, field

from kalshi_async.contract.fields import (
    EXACT,
    Action,
    BookSide,
    FixedPoint,
    OrderStatus,
    OrderType,
    OutcomeSide,
    ReplyStruct,
    SelfTradePreventionType,
)
from kalshi_async.contract.operation import Empty, Idempotency, Priority, read, write


class Order(ReplyStruct, frozen=True, kw_only=True):
    """An order as the read side shows it. Prices in dollars, counts in contracts.

    ``yes_price`` and ``no_price`` are the limit price and its complement, never a
    fill price. ``remaining_count`` is what rests now: 0 once canceled. ``side`` and
    ``action`` are the deprecated pair; use ``book_side``. time_in_force, post_only
    and reduce_only are not echoed by the exchange. Source: get_order, OpenAPI 3.34.0.
    """

    order_id: str
    ticker: str
    book_side: BookSide
    outcome_side: OutcomeSide
    status: OrderStatus
    yes_price: FixedPoint = field(name="yes_price_dollars")
    no_price: FixedPoint = field(name="no_price_dollars")
    initial_count: FixedPoint = field(name="initial_count_fp")
    fill_count: FixedPoint = field(name="fill_count_fp")
    remaining_count: FixedPoint = field(name="remaining_count_fp")
    taker_fill_cost: FixedPoint = field(name="taker_fill_cost_dollars")
    maker_fill_cost: FixedPoint = field(name="maker_fill_cost_dollars")
    taker_fees: FixedPoint = field(name="taker_fees_dollars")
    maker_fees: FixedPoint = field(name="maker_fees_dollars")
    user_id: str | None = None
    client_order_id: str | None = None
    type: OrderType = OrderType.LIMIT
    side: OutcomeSide | None = None
    action: Action | None = None
    expiration_time: datetime | None = None
    created_time: datetime | None = None
    last_update_time: datetime | None = None
    self_trade_prevention_type: SelfTradePreventionType | None = None
    order_group_id: str | None = None
    cancel_order_on_pause: bool | None = None
    subaccount: int | None = field(name="subaccount_number", default=None)
    exchange_index: int | None = None

    @property
    def total_count(self) -> Decimal:
        """Filled plus resting: what ``amend`` calls count."""
        return EXACT.add(self.fill_count, self.remaining_count)


class CreateOrderReply(ReplyStruct, frozen=True, kw_only=True):
    """The exchange's answer to a create. ``remaining_count`` is what rests, in contracts.

    ``average_fill_price`` (YES leg, dollars) and ``average_fee_paid`` (dollars per
    contract) are there only when something was filled. ``ts_ms`` is matching time.
    An empty ``order_id`` is no order: such a reply is not accepted.
    """

    order_id: Annotated[str, Meta(min_length=1)]
    fill_count: FixedPoint
    remaining_count: FixedPoint
    ts_ms: int
    client_order_id: str | None = None
    average_fill_price: FixedPoint | None = None
    average_fee_paid: FixedPoint | None = None


class CancelOrderReply(ReplyStruct, frozen=True, kw_only=True):
    """What a cancel took off the book. ``reduced_by`` is in contracts.

    It is None where the answer was lost and the order then read canceled: the number went
    with the answer, and the size that the order had is not among what reads show.
    """

    order_id: str
    reduced_by: FixedPoint | None
    ts_ms: int
    client_order_id: str | None = None


class AmendOrderReply(ReplyStruct, frozen=True, kw_only=True):
    """The answer to an amend; counts come only when it filled or resized the order.

    ``fill_count`` is what this amend filled, ``remaining_count`` what rests after it.
    """

    order_id: str
    ts_ms: int
    client_order_id: str | None = None
    remaining_count: FixedPoint | None = None
    fill_count: FixedPoint | None = None
    average_fill_price: FixedPoint | None = None
    average_fee_paid: FixedPoint | None = None


class DecreaseOrderReply(ReplyStruct, frozen=True, kw_only=True):
    """What rests after a decrease, in contracts."""

    order_id: str
    remaining_count: FixedPoint
    ts_ms: int
    client_order_id: str | None = None


class ItemError(ReplyStruct, frozen=True, kw_only=True):
    """Why one item of a batch was refused (flat error object)."""

    code: str | None = None
    message: str | None = None
    details: str | None = None


class BatchCreateEntry(ReplyStruct, frozen=True, kw_only=True):
    """One item of a batch create: either an ``order_id`` or an ``error``."""

    order_id: str | None = None
    client_order_id: str | None = None
    fill_count: FixedPoint | None = None
    remaining_count: FixedPoint | None = None
    average_fill_price: FixedPoint | None = None
    average_fee_paid: FixedPoint | None = None
    ts_ms: int | None = None
    error: ItemError | None = None


class BatchCreateReply(ReplyStruct, frozen=True, kw_only=True):
    """Entries in the order of the request (an assumption that every client makes)."""

    orders: list[BatchCreateEntry]


class BatchCancelEntry(ReplyStruct, frozen=True, kw_only=True):
    """One item of a batch cancel; ``reduced_by`` is 0 when ``error`` is set."""

    order_id: str
    reduced_by: FixedPoint
    client_order_id: str | None = None
    ts_ms: int | None = None
    error: ItemError | None = None


class BatchCancelReply(ReplyStruct, frozen=True, kw_only=True):
    """Entries in the order of the request."""

    orders: list[BatchCancelEntry]


class OrderReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one order."""

    order: Order


class OrdersPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of orders, newest first."""

    rows: list[Order] = field(name="orders")
    cursor: str | None = None


class OrderQueuePositionReply(ReplyStruct, frozen=True, kw_only=True):
    """Contracts ahead of the order; 0 is the front of the queue."""

    queue_position: FixedPoint = field(name="queue_position_fp")


class OrderQueuePosition(ReplyStruct, frozen=True, kw_only=True):
    """Contracts ahead of one resting order; 0 is the front of the queue."""

    order_id: str
    market_ticker: str
    queue_position: FixedPoint = field(name="queue_position_fp")


class QueuePositionsReply(ReplyStruct, frozen=True, kw_only=True):
    """Queue positions of the caller's resting orders."""

    queue_positions: list[OrderQueuePosition]


_EVENTS = "/portfolio/events/orders"
_ORDERS = "/portfolio/orders"

# Costs: GET /account/endpoint_costs on the demo exchange, 2026-09-15.
CREATE_ORDER = write("create_order", "POST", _EVENTS, CreateOrderReply, Idempotency.REPEATABLE)
CANCEL_ORDER = write(
    "cancel_order",
    "DELETE",
    _EVENTS + "/{order_id}",
    CancelOrderReply,
    Idempotency.REPEATABLE,
    cost=2,
    priority=Priority.RISK_REDUCING,
)
AMEND_ORDER = write(
    "amend_order", "POST", _EVENTS + "/{order_id}/amend", AmendOrderReply, Idempotency.REPEATABLE
)
DECREASE_ORDER_TO = write(
    "decrease_order",
    "POST",
    _EVENTS + "/{order_id}/decrease",
    DecreaseOrderReply,
    Idempotency.REPEATABLE,
    priority=Priority.RISK_REDUCING,
)
DECREASE_ORDER_BY = write(
    "decrease_order",
    "POST",
    _EVENTS + "/{order_id}/decrease",
    DecreaseOrderReply,
    Idempotency.ONCE,
    priority=Priority.RISK_REDUCING,
)
BATCH_CREATE_ORDERS = write(
    "batch_create_orders",
    "POST",
    _EVENTS + "/batched",
    BatchCreateReply,
    Idempotency.REPEATABLE,
    per_item=True,
)
BATCH_CANCEL_ORDERS = write(
    "batch_cancel_orders",
    "DELETE",
    _EVENTS + "/batched",
    BatchCancelReply,
    Idempotency.REPEATABLE,
    cost=2,
    per_item=True,
    priority=Priority.RISK_REDUCING,
)
CANCEL_ALL_ORDERS = write(
    "cancel_all_orders",
    "DELETE",
    _EVENTS,
    Empty,
    Idempotency.REPEATABLE,
    cost=2,
    priority=Priority.RISK_REDUCING,
)
GET_ORDER = read("get_order", _ORDERS + "/{order_id}", OrderReply, cost=2)
GET_ORDERS = read("get_orders", _ORDERS, OrdersPage, rows=("orders",))
GET_ORDER_QUEUE_POSITION = read(
    "get_order_queue_position", _ORDERS + "/{order_id}/queue_position", OrderQueuePositionReply
)
GET_QUEUE_POSITIONS = read(
    "get_queue_positions", _ORDERS + "/queue_positions", QueuePositionsReply, rows=("queue_positions",)
)
