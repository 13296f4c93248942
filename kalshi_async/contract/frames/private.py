"""Frames of the account's own channels: orders, fills, positions and order groups."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from msgspec import field

from kalshi_async.contract.fields import (
    EXACT,
    BookSide,
    FixedPoint,
    OpenEnum,
    OrderStatus,
    OutcomeSide,
    ReplyStruct,
    SelfTradePreventionType,
)
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.order_rows import Order

_ONE = Decimal(1)


class UpdateReason(OpenEnum):
    """Why an order last changed; a member's own cancel has no word.

    The only place that says why an order ended. Source: AsyncAPI, lastUpdateReason, 2026-10-26.
    """

    DECREASE = "Decrease"
    AMEND = "Amend"
    MARGIN_CANCEL = "MarginCancel"
    SELF_TRADE_CANCEL = "SelfTradeCancel"
    EXPIRY_CANCEL = "ExpiryCancel"
    CLOSE_CANCEL = "CloseCancel"
    HALT_CANCEL = "HaltCancel"
    TRADE = "Trade"
    POST_ONLY_CROSS_CANCEL = "PostOnlyCrossCancel"
    REDUCE_ONLY_CANCEL = "ReduceOnlyCancel"
    SETTLEMENT_BOUNDS_CANCEL = "SettlementBoundsCancel"


class FillAction(OpenEnum):
    """Deprecated word of a fill; it says nothing about the direction."""

    BUY = "buy"
    SELL = "sell"
    SELL_PARTIAL = "sell_partial"
    SELL_TO_CLOSE = "sell_to_close"
    NONE = ""


class GroupChange(OpenEnum):
    """What happened to an order group."""

    CREATED = "created"
    TRIGGERED = "triggered"
    RESET = "reset"
    DELETED = "deleted"
    LIMIT_UPDATED = "limit_updated"


class FillEvent(ReplyStruct, frozen=True, kw_only=True):
    """One execution of an order of the account. Channel ``fill``, without sequence numbers.

    The public trade of the same execution has the same ``ts_ms`` and comes before or after it.
    """

    trade_id: str
    """Id of the fill; both sides of it can be the account's own: unique with ``order_id``."""
    order_id: str
    """The exchange's id of the account's own order."""
    market_ticker: str
    """Ticker of the market."""
    book_side: BookSide
    """Direction on the YES book: a bid bought YES, an ask sold it."""
    outcome_side: OutcomeSide
    """Outcome that was gained: ``yes`` for a bid, ``no`` for an ask."""
    yes_price: FixedPoint = field(name="yes_price_dollars")
    """Price on the YES leg, in dollars."""
    count: FixedPoint = field(name="count_fp")
    """Contracts of the fill, to a hundredth."""
    fee_cost: FixedPoint
    """Fee of the whole fill, in dollars."""
    post_position: FixedPoint = field(name="post_position_fp")
    """Position of the market after the fill: contracts of YES, negative for NO."""
    is_taker: bool
    """Whether the account's order took an order that rested."""
    ts_ms: int
    """When the fill happened, in Unix milliseconds."""
    client_order_id: str | None = None
    """The caller's id of the order."""
    exchange_index: int | None = None
    """Shard on which the fill happened, from 0."""
    subaccount: int | None = None
    """Subaccount of the fill: 0 or None for the primary, 1 to 63 for the others."""
    side: OutcomeSide | None = None
    """Deprecated: use ``book_side``."""
    action: FillAction | None = None
    """Deprecated: says nothing about the direction."""
    purchased_side: OutcomeSide | None = None
    """Deprecated: use ``outcome_side``."""
    ts: int | None = None
    """When the fill happened, in Unix seconds."""

    @property
    def fill(self) -> Fill:
        """The fill in the shape of REST, which has no client_order_id and no position."""
        return Fill(
            fill_id=self.trade_id,
            trade_id=self.trade_id,
            order_id=self.order_id,
            ticker=self.market_ticker,
            market_ticker=self.market_ticker,
            book_side=self.book_side,
            outcome_side=self.outcome_side,
            count=self.count,
            yes_price=self.yes_price,
            no_price=EXACT.subtract(_ONE, self.yes_price),
            is_taker=self.is_taker,
            fee_cost=self.fee_cost,
            exchange_index=self.exchange_index,
            side=self.side,
            created_time=_time(self.ts_ms),
            subaccount=self.subaccount,
            ts=self.ts_ms // 1000,
        )


class OrderEvent(ReplyStruct, frozen=True, kw_only=True):
    """An order of the account after a change. Channel ``user_orders``, without sequence numbers.

    Sent when an order is created, filled, amended, decreased or canceled, or has expired.
    """

    order_id: str
    """The exchange's id of the order."""
    ticker: str
    """Ticker of the market."""
    status: OrderStatus
    """Where the order stands; the exchange may also send ``unknown``."""
    book_side: BookSide
    """Direction on the YES book: a bid buys YES, an ask sells it."""
    outcome_side: OutcomeSide
    """Outcome that a fill gains."""
    yes_price: FixedPoint = field(name="yes_price_dollars")
    """Limit price on the YES leg, in dollars."""
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
    client_order_id: str | None = None
    """The caller's id of the order; may be empty."""
    user_id: str | None = None
    """Id of the member to whom the order belongs."""
    last_update_reason: UpdateReason | None = None
    """Why the order changed; None for a member's own cancel."""
    created_ts_ms: int | None = None
    """When the order was placed, in Unix milliseconds."""
    last_updated_ts_ms: int | None = None
    """When the order last changed, in Unix milliseconds."""
    expiration_ts_ms: int | None = None
    """When the order ends by itself, in Unix milliseconds; None without an expiry."""
    order_group_id: str | None = None
    """Group to which the order belongs; None without one."""
    self_trade_prevention_type: SelfTradePreventionType | None = None
    """Order to cancel when this one would meet another of the account."""
    subaccount: int | None = field(name="subaccount_number", default=None)
    """Subaccount of the order: 0 or None for the primary, 1 to 63 for the others."""
    exchange_index: int | None = None
    """Shard on which the order is, from 0."""
    side: OutcomeSide | None = None
    """Deprecated: use ``book_side``."""
    is_yes: bool | None = None
    """Deprecated: use ``book_side``."""

    @property
    def order(self) -> Order:
        """The order in the shape of REST; ``cancel_order_on_pause`` and ``action`` are not told."""
        return Order(
            order_id=self.order_id,
            ticker=self.ticker,
            book_side=self.book_side,
            outcome_side=self.outcome_side,
            status=self.status,
            yes_price=self.yes_price,
            no_price=EXACT.subtract(_ONE, self.yes_price),
            initial_count=self.initial_count,
            fill_count=self.fill_count,
            remaining_count=self.remaining_count,
            taker_fill_cost=self.taker_fill_cost,
            maker_fill_cost=self.maker_fill_cost,
            taker_fees=self.taker_fees,
            maker_fees=self.maker_fees,
            user_id=self.user_id,
            client_order_id=self.client_order_id,
            side=self.side,
            expiration_time=_time(self.expiration_ts_ms),
            created_time=_time(self.created_ts_ms),
            last_update_time=_time(self.last_updated_ts_ms),
            self_trade_prevention_type=self.self_trade_prevention_type,
            order_group_id=self.order_group_id,
            subaccount=self.subaccount,
            exchange_index=self.exchange_index,
        )


class PositionEvent(ReplyStruct, frozen=True, kw_only=True):
    """The position of a market after a trade or a settlement. Channel ``market_positions``.

    It may come after a newer fill and be older: ``FillEvent.post_position`` tells the count.
    """

    market_ticker: str
    """Ticker of the market."""
    position: FixedPoint = field(name="position_fp")
    """Contracts of YES, negative for NO."""
    position_cost: FixedPoint = field(name="position_cost_dollars")
    """Cost of the position, in dollars."""
    realized_pnl: FixedPoint = field(name="realized_pnl_dollars")
    """Realized profit and loss of the market, in dollars."""
    fees_paid: FixedPoint = field(name="fees_paid_dollars")
    """Fees paid in the market, in dollars."""
    position_fee_cost: FixedPoint = field(name="position_fee_cost_dollars")
    """Fees of the position that is open, in dollars."""
    volume: FixedPoint = field(name="volume_fp")
    """Contracts that the account has traded in the market."""
    user_id: str | None = None
    """Id of the member."""
    subaccount: int | None = None
    """Subaccount of the position: 0 or None for the primary, 1 to 63 for the others."""


class GroupEvent(ReplyStruct, frozen=True, kw_only=True):
    """A change of an order group. Channel ``order_group_updates``.

    A trigger comes before the ``OrderEvent`` of each member that it cancels.
    """

    event_type: GroupChange
    """What happened."""
    order_group_id: str
    """Id of the group."""
    ts_ms: int
    """When it happened, in Unix milliseconds."""
    contracts_limit: FixedPoint | None = field(name="contracts_limit_fp", default=None)
    """The limit of contracts, after ``created`` and ``limit_updated`` only."""


def _time(ts_ms: int | None) -> datetime | None:
    if ts_ms is None:
        return None
    whole_s, ms = divmod(ts_ms, 1000)
    return datetime.fromtimestamp(whole_s, UTC).replace(microsecond=ms * 1000)
