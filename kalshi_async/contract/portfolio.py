"""Balance, settlements, resting value, deposits and withdrawals."""

from __future__ import annotations

from datetime import datetime

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, MarketResult, PaymentStatus, PaymentType, ReplyStruct
from kalshi_async.contract.operation import read


class IndexedBalance(ReplyStruct, frozen=True, kw_only=True):
    """Dollars on one shard."""

    exchange_index: int
    balance: FixedPoint


class Balance(ReplyStruct, frozen=True, kw_only=True):
    """Cash and marked positions of one subaccount.

    ``balance`` is exact dollars; ``balance_cents`` is the same truncated to cents.
    ``portfolio_value_cents`` values open positions (the venue's marking rule is not
    documented). ``updated_ts`` is Unix seconds. Collateral is held per shard:
    ``balance_breakdown`` shows where the cash is.
    """

    balance: FixedPoint = field(name="balance_dollars")
    balance_cents: int = field(name="balance")
    portfolio_value_cents: int = field(name="portfolio_value")
    updated_ts: int
    balance_breakdown: list[IndexedBalance] | None = None


class Settlement(ReplyStruct, frozen=True, kw_only=True):
    """What one market paid. ``revenue_cents`` and ``value_cents`` are integer cents.

    P&L of a row is revenue_cents / 100 - yes_total_cost - no_total_cost - fee_cost.
    ``value_cents`` is the payout per YES contract; ``market_result`` says who won, and
    ``settled_time`` when. ``yes_count`` and ``no_count`` are the contracts held,
    ``yes_total_cost`` and ``no_total_cost`` what they cost in dollars. There is no settlement id.
    """

    ticker: str
    event_ticker: str
    market_result: MarketResult
    yes_count: FixedPoint = field(name="yes_count_fp")
    no_count: FixedPoint = field(name="no_count_fp")
    yes_total_cost: FixedPoint = field(name="yes_total_cost_dollars")
    no_total_cost: FixedPoint = field(name="no_total_cost_dollars")
    revenue_cents: int = field(name="revenue")
    fee_cost: FixedPoint
    settled_time: datetime
    value_cents: int | None = field(name="value", default=None)
    exchange_index: int | None = None


class SettlementsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of settlements of the live tier."""

    rows: list[Settlement] = field(name="settlements")
    cursor: str | None = None


class RestingOrderValue(ReplyStruct, frozen=True, kw_only=True):
    """``total_resting_order_value_cents`` of all resting orders, in integer cents.

    ``resting_order_value_breakdown`` has it per shard, in dollars.
    """

    total_resting_order_value_cents: int = field(name="total_resting_order_value")
    resting_order_value_breakdown: list[IndexedBalance] | None = None


class Deposit(ReplyStruct, frozen=True, kw_only=True):
    """Money that came in, by its ``id``; amounts in integer cents, times in Unix seconds."""

    id: str
    status: PaymentStatus
    type: PaymentType
    amount_cents: int
    fee_cents: int
    created_ts: int
    finalized_ts: int | None = None


class Withdrawal(Deposit, frozen=True, kw_only=True):
    """Money that went out; the fields of a deposit."""


class DepositsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of deposits."""

    rows: list[Deposit] = field(name="deposits")
    cursor: str | None = None


class WithdrawalsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of withdrawals."""

    rows: list[Withdrawal] = field(name="withdrawals")
    cursor: str | None = None


GET_BALANCE = read("get_balance", "/portfolio/balance", Balance)
GET_SETTLEMENTS = read("get_settlements", "/portfolio/settlements", SettlementsPage, rows=("settlements",))
GET_TOTAL_RESTING_ORDER_VALUE = read(
    "get_total_resting_order_value", "/portfolio/summary/total_resting_order_value", RestingOrderValue
)
GET_DEPOSITS = read("get_deposits", "/portfolio/deposits", DepositsPage, rows=("deposits",))
GET_WITHDRAWALS = read("get_withdrawals", "/portfolio/withdrawals", WithdrawalsPage, rows=("withdrawals",))
