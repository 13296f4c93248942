"""Orders as reads show them: the order, its place in the queue, and the pages of both."""

from __future__ import annotations

from decimal import Decimal

from msgspec import field

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
    Time,
)


class Order(ReplyStruct, frozen=True, kw_only=True):
    """An order as the read side shows it.

    time_in_force, post_only and reduce_only are not echoed by the exchange. Source: get_order,
    OpenAPI 3.34.0.
    """

    order_id: str
    """The exchange's id of the order."""
    ticker: str
    """Ticker of the market."""
    book_side: BookSide
    """Direction on the YES book: a bid buys YES, an ask sells it."""
    outcome_side: OutcomeSide
    """Outcome that a fill gains: ``yes`` for a bid, ``no`` for an ask."""
    status: OrderStatus
    """Where the order stands; a partly filled order that was canceled is ``canceled``."""
    yes_price: FixedPoint = field(name="yes_price_dollars")
    """Limit price on the YES leg, in dollars; never the price of a fill."""
    no_price: FixedPoint = field(name="no_price_dollars")
    """Limit price on the NO leg, in dollars: 1 - ``yes_price``."""
    initial_count: FixedPoint = field(name="initial_count_fp")
    """Contracts when the order was placed, to a hundredth."""
    fill_count: FixedPoint = field(name="fill_count_fp")
    """Contracts that were filled, to a hundredth."""
    remaining_count: FixedPoint = field(name="remaining_count_fp")
    """Contracts that rest now, to a hundredth; 0 once canceled."""
    taker_fill_cost: FixedPoint = field(name="taker_fill_cost_dollars")
    """Dollars of the fills as taker, without fees."""
    maker_fill_cost: FixedPoint = field(name="maker_fill_cost_dollars")
    """Dollars of the fills as maker, without fees."""
    taker_fees: FixedPoint = field(name="taker_fees_dollars")
    """Dollars of fees for the fills as taker."""
    maker_fees: FixedPoint = field(name="maker_fees_dollars")
    """Dollars of fees for the fills as maker."""
    user_id: str | None = None
    """Id of the member to whom the order belongs."""
    client_order_id: str | None = None
    """The caller's id of the order, unique within the account."""
    type: OrderType = OrderType.LIMIT
    """Kind of the order: always ``limit`` in the current API."""
    side: OutcomeSide | None = None
    """Deprecated: outcome that is traded; use ``book_side``."""
    action: Action | None = None
    """Deprecated: whether ``side`` is bought or sold; use ``book_side``."""
    expiration_time: Time | None = None
    """When the order ends by itself, in UTC; None without an expiry."""
    created_time: Time | None = None
    """When the order was placed, in UTC."""
    last_update_time: Time | None = None
    """When the order last changed, in UTC."""
    self_trade_prevention_type: SelfTradePreventionType | None = None
    """Order to cancel when this one would meet another of the account."""
    order_group_id: str | None = None
    """Group to which the order belongs; None without one."""
    cancel_order_on_pause: bool | None = None
    """Whether a pause of trading cancels the order."""
    subaccount: int | None = field(name="subaccount_number", default=None)
    """Subaccount of the order: 0 or None for the primary, 1 to 63 for the others."""
    exchange_index: int | None = None
    """Shard on which the order is, from 0."""

    @property
    def total_count(self) -> Decimal:
        """Contracts filled plus resting: the ``count`` of an amend."""
        return EXACT.add(self.fill_count, self.remaining_count)


class OrderReply(ReplyStruct, frozen=True, kw_only=True):
    """Envelope of one order."""

    order: Order
    """The order."""


class OrdersPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of orders, newest first."""

    rows: list[Order] = field(name="orders")
    """Orders, newest first."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


class OrderQueuePositionReply(ReplyStruct, frozen=True, kw_only=True):
    """Place of one order in the queue."""

    queue_position: FixedPoint = field(name="queue_position_fp")
    """Contracts ahead of the order; 0 is the front of the queue."""


class OrderQueuePosition(ReplyStruct, frozen=True, kw_only=True):
    """Place of one resting order in the queue."""

    order_id: str
    """The exchange's id of the order."""
    market_ticker: str
    """Ticker of the market."""
    queue_position: FixedPoint = field(name="queue_position_fp")
    """Contracts ahead of the order; 0 is the front of the queue."""


class QueuePositionsReply(ReplyStruct, frozen=True, kw_only=True):
    """Places of the account's resting orders in their queues; not paged."""

    queue_positions: list[OrderQueuePosition]
    """One row per resting order."""
