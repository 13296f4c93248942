"""Balance, settlements, resting value, deposits and withdrawals."""

from __future__ import annotations

from decimal import Decimal

from msgspec import field

from kalshi_async.contract.fields import (
    EXACT,
    FixedPoint,
    MarketResult,
    PaymentStatus,
    PaymentType,
    ReplyStruct,
    Time,
)
from kalshi_async.contract.operation import Bucket, read

_ONE = Decimal(1)
_SETTLED = {MarketResult.YES: _ONE, MarketResult.NO: Decimal(0)}


class IndexedBalance(ReplyStruct, frozen=True, kw_only=True):
    """An amount of money on one shard."""

    exchange_index: int
    """Shard, from 0."""
    balance: FixedPoint
    """Dollars on the shard."""


class Balance(ReplyStruct, frozen=True, kw_only=True):
    """Cash and marked positions of one subaccount.

    Collateral is held per shard: ``balance_breakdown`` shows where the cash is.
    """

    balance: FixedPoint = field(name="balance_dollars")
    """Cash in dollars, exact."""
    balance_cents: int = field(name="balance")
    """Cash truncated to whole cents."""
    portfolio_value_cents: int = field(name="portfolio_value")
    """Value of the open positions in whole cents; the venue's marking rule is not documented."""
    updated_ts: int
    """Time of the figures, in Unix seconds."""
    balance_breakdown: list[IndexedBalance] | None = None
    """Cash per shard."""


class Settlement(ReplyStruct, frozen=True, kw_only=True):
    """Payout of one market; there is no settlement id.

    A row is gross per leg: a contract that was sold before the settlement counts on both legs, and
    not in the revenue. A position that was closed by trading has a row too, of revenue 0 (public
    account records, 2026-11-28). ``profit_and_loss`` is the whole of it.
    """

    ticker: str
    """Ticker of the market."""
    event_ticker: str
    """Ticker of the event to which the market belongs."""
    market_result: MarketResult
    """How the market was decided."""
    yes_count: FixedPoint = field(name="yes_count_fp")
    """YES contracts that were bought; to sell NO is to buy YES."""
    no_count: FixedPoint = field(name="no_count_fp")
    """NO contracts that were bought; to sell YES is to buy NO."""
    yes_total_cost: FixedPoint = field(name="yes_total_cost_dollars")
    """Dollars that the YES contracts cost, without fees."""
    no_total_cost: FixedPoint = field(name="no_total_cost_dollars")
    """Dollars that the NO contracts cost, without fees."""
    revenue_cents: int = field(name="revenue")
    """Payout of the net position, in whole cents."""
    fee_cost: FixedPoint
    """Fees in dollars."""
    settled_time: Time
    """When the market settled, in UTC."""
    value_cents: int | None = field(name="value", default=None)
    """Payout of one YES contract, in whole cents; of a scalar market only: others may say 0 all the same."""
    exchange_index: int | None = None
    """Shard on which the market traded, from 0."""

    @property
    def profit_and_loss(self) -> Decimal:
        """Dollars that the market has brought, from the first trade to the payout, after fees.

        (yes_count * v + no_count * (1 - v)) - yes_total_cost - no_total_cost - fee_cost, where v is
        the payout of a YES contract in dollars: 1 or 0 by ``market_result``, and ``value_cents`` of a
        scalar market. Three programs have found it so, each with its own account (public account
        records, 2026-11-28). Right for markets with default settlement bounds.

        Raises ValueError if the row does not tell v.
        """
        settled = _SETTLED.get(self.market_result)
        if settled is None and self.market_result is MarketResult.SCALAR and self.value_cents is not None:
            settled = EXACT.divide(Decimal(self.value_cents), Decimal(100))
        if settled is None:
            raise ValueError(
                f"profit_and_loss needs a market_result of yes or no, or scalar with a value, "
                f"was {self.market_result.value!r} with {self.value_cents} in {self.ticker}"
            )
        paid = EXACT.fma(
            self.yes_count, settled, EXACT.multiply(self.no_count, EXACT.subtract(_ONE, settled))
        )
        spent = EXACT.add(self.yes_total_cost, self.no_total_cost)
        return EXACT.subtract(EXACT.subtract(paid, spent), self.fee_cost)


class SettlementsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of settlements of the live tier."""

    rows: list[Settlement] = field(name="settlements")
    """Settlements, newest first."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


class RestingOrderValue(ReplyStruct, frozen=True, kw_only=True):
    """Value of all resting orders of the account."""

    total_resting_order_value_cents: int = field(name="total_resting_order_value")
    """Value on all shards, in whole cents."""
    resting_order_value_breakdown: list[IndexedBalance] | None = None
    """Value per shard, in dollars."""


class Deposit(ReplyStruct, frozen=True, kw_only=True):
    """Money that came in."""

    id: str
    """Id of the payment."""
    status: PaymentStatus
    """Where the payment stands."""
    type: PaymentType
    """Rail of the payment."""
    amount_cents: int
    """Amount in whole cents."""
    fee_cents: int
    """Fee in whole cents."""
    created_ts: int
    """When the payment was recorded, in Unix seconds."""
    finalized_ts: int | None = None
    """When the payment reached its last status, in Unix seconds; None before."""


class Withdrawal(Deposit, frozen=True, kw_only=True):
    """Money that went out; the fields of a deposit."""


class DepositsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of deposits."""

    rows: list[Deposit] = field(name="deposits")
    """Deposits, newest first."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


class WithdrawalsPage(ReplyStruct, frozen=True, kw_only=True):
    """A page of withdrawals."""

    rows: list[Withdrawal] = field(name="withdrawals")
    """Withdrawals, newest first."""
    cursor: str | None = None
    """Where the next page begins; empty or None on the last one."""


# Its bucket counts calls, not the tokens of the cost table (update 2026-11-28 §1.1).
GET_BALANCE = read("get_balance", "/portfolio/balance", Balance, cost=1, bucket=Bucket.BALANCE)
GET_SETTLEMENTS = read("get_settlements", "/portfolio/settlements", SettlementsPage, rows=("settlements",))
GET_TOTAL_RESTING_ORDER_VALUE = read(
    "get_total_resting_order_value", "/portfolio/summary/total_resting_order_value", RestingOrderValue
)
GET_DEPOSITS = read("get_deposits", "/portfolio/deposits", DepositsPage, rows=("deposits",))
GET_WITHDRAWALS = read("get_withdrawals", "/portfolio/withdrawals", WithdrawalsPage, rows=("withdrawals",))
