"""Orders: /portfolio/orders for reading, /portfolio/events/orders for changing.

The replies to changes stand here, and the operations; the rows that reads show are in
``order_rows``.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from kalshi_async.contract.fields import FixedPoint, ReplyStruct
from kalshi_async.contract.operation import Empty, Idempotency, Priority, read, write
from kalshi_async.contract.order_rows import (
    Order as Order,
    OrderQueuePosition as OrderQueuePosition,
    OrderQueuePositionReply as OrderQueuePositionReply,
    OrderReply as OrderReply,
    OrdersPage as OrdersPage,
    QueuePositionsReply as QueuePositionsReply,
)


class CreateOrderReply(ReplyStruct, frozen=True, kw_only=True):
    """The exchange's answer to a create.

    An empty ``order_id`` is no order: such a reply is not accepted.
    """

    order_id: Annotated[str, Meta(min_length=1)]
    """The exchange's id of the new order, never empty."""
    fill_count: FixedPoint
    """Contracts that were filled at once, to a hundredth."""
    remaining_count: FixedPoint
    """Contracts that rest, to a hundredth."""
    ts_ms: int
    """Time of the placement in the matching engine, in Unix milliseconds."""
    client_order_id: str | None = None
    """The caller's id of the order, unique within the account."""
    average_fill_price: FixedPoint | None = None
    """Average price of the fills on the YES leg, in dollars; None without a fill."""
    average_fee_paid: FixedPoint | None = None
    """Average fee in dollars per contract; None without a fill."""


class CancelOrderReply(ReplyStruct, frozen=True, kw_only=True):
    """The answer to a cancel."""

    order_id: str
    """The exchange's id of the order."""
    reduced_by: FixedPoint | None
    """Contracts that the cancel took off the book, to a hundredth.

    None where the answer was lost and the order then read canceled: the number went with the
    answer, and reads do not show the size that the order had.
    """
    ts_ms: int
    """Time of the cancel in the matching engine, in Unix milliseconds."""
    client_order_id: str | None = None
    """The caller's id of the order, unique within the account."""


class AmendOrderReply(ReplyStruct, frozen=True, kw_only=True):
    """The answer to an amend.

    ``remaining_count`` and ``fill_count`` come only when the amend filled or resized the order.
    """

    order_id: str
    """The exchange's id of the order."""
    ts_ms: int
    """Time of the amend in the matching engine, in Unix milliseconds."""
    client_order_id: str | None = None
    """The caller's id of the order, unique within the account."""
    remaining_count: FixedPoint | None = None
    """Contracts that rest after the amend, to a hundredth."""
    fill_count: FixedPoint | None = None
    """Contracts that the amend filled, to a hundredth."""
    average_fill_price: FixedPoint | None = None
    """Average price of the fills on the YES leg, in dollars; None without a fill."""
    average_fee_paid: FixedPoint | None = None
    """Average fee in dollars per contract; None without a fill."""


class DecreaseOrderReply(ReplyStruct, frozen=True, kw_only=True):
    """The answer to a decrease."""

    order_id: str
    """The exchange's id of the order."""
    remaining_count: FixedPoint
    """Contracts that rest after the decrease, to a hundredth."""
    ts_ms: int
    """Time of the decrease in the matching engine, in Unix milliseconds."""
    client_order_id: str | None = None
    """The caller's id of the order, unique within the account."""


class ItemError(ReplyStruct, frozen=True, kw_only=True):
    """The refusal of one item of a batch (flat error object)."""

    code: str | None = None
    """Code to branch on."""
    message: str | None = None
    """Text to read."""
    details: str | None = None
    """More text to read."""


class BatchCreateEntry(ReplyStruct, frozen=True, kw_only=True):
    """One item of a batch create: either an ``order_id`` or an ``error``."""

    order_id: str | None = None
    """The exchange's id of the new order; None when it was refused."""
    client_order_id: str | None = None
    """The caller's id of the order, unique within the account."""
    fill_count: FixedPoint | None = None
    """Contracts that were filled at once, to a hundredth."""
    remaining_count: FixedPoint | None = None
    """Contracts that rest, to a hundredth."""
    average_fill_price: FixedPoint | None = None
    """Average price of the fills on the YES leg, in dollars; None without a fill."""
    average_fee_paid: FixedPoint | None = None
    """Average fee in dollars per contract; None without a fill."""
    ts_ms: int | None = None
    """Time of the placement in the matching engine, in Unix milliseconds; None when it was refused."""
    error: ItemError | None = None
    """Refusal of the item; None when the order was placed."""


class BatchCreateReply(ReplyStruct, frozen=True, kw_only=True):
    """The answer to a batch create."""

    orders: list[BatchCreateEntry]
    """One entry per order, in the order of the request (an assumption that every client makes)."""


class BatchCancelEntry(ReplyStruct, frozen=True, kw_only=True):
    """One item of a batch cancel."""

    order_id: str
    """The exchange's id of the order."""
    reduced_by: FixedPoint
    """Contracts that the cancel took off the book, to a hundredth; 0 with an ``error``."""
    client_order_id: str | None = None
    """The caller's id of the order, unique within the account."""
    ts_ms: int | None = None
    """Time of the cancel in the matching engine, in Unix milliseconds; None with an ``error``."""
    error: ItemError | None = None
    """Refusal of the item; None when the order was canceled."""


class BatchCancelReply(ReplyStruct, frozen=True, kw_only=True):
    """The answer to a batch cancel."""

    orders: list[BatchCancelEntry]
    """One entry per order, in the order of the request (an assumption that every client makes)."""


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
    priority=Priority.KILL_SWITCH,
)
GET_ORDER = read("get_order", _ORDERS + "/{order_id}", OrderReply, cost=2)
GET_ORDERS = read("get_orders", _ORDERS, OrdersPage, rows=("orders",), several=("event_ticker",))
GET_ORDER_QUEUE_POSITION = read(
    "get_order_queue_position", _ORDERS + "/{order_id}/queue_position", OrderQueuePositionReply
)
GET_QUEUE_POSITIONS = read(
    "get_queue_positions",
    _ORDERS + "/queue_positions",
    QueuePositionsReply,
    rows=("queue_positions",),
    several=("market_tickers",),
)
