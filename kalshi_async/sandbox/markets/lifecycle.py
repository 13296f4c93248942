"""Pauses and settlement: what the operator of the venue does, and time does for him.

Resting orders stay through a pause unless they are flagged; an inactive market that is
activated again loses them all (docs market_lifecycle, 2026-08). Determination fixes the
result; when the settlement timer has run, the net positions are paid.
"""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from kalshi_async.sandbox.accounts.commitments import Holding
from kalshi_async.sandbox.engine.state import (
    ONE_CONTRACT_E2,
    Market,
    MarketState,
    Order,
    Position,
    Settlement,
)
from kalshi_async.sandbox.markets.listing import Listing

_CENT_E6 = 10_000
_VALUE_CENTS = MappingProxyType({"yes": 100, "no": 0})
_DECIDED = (MarketState.DETERMINED, MarketState.FINALIZED)


class Lifecycle(Listing):
    """Pause, resume, determine, settle."""

    def pause(self, shard: int | None = None) -> None:
        """Begin an exchange pause, on one shard or all: nothing works, cancels included."""
        self._stop(self._running, shard)

    def pause_trading(self, shard: int | None = None) -> None:
        """Begin a trading pause, on one shard or all: cancels still work."""
        self._stop(self._trading, shard)

    def resume(self, shard: int | None = None) -> None:
        """End every pause, on one shard or all."""
        self._tick()
        for index in self._shards_of(shard):
            self._running[index] = self._trading[index] = True

    def _stop(self, switches: dict[int, bool], shard: int | None) -> None:
        self._tick()
        for index in self._shards_of(shard):
            switches[index] = False
            for order in self._resting_on(index):
                if order.cancel_order_on_pause:
                    self._cancel(order)

    def _shards_of(self, shard: int | None) -> list[int]:
        return self.shards if shard is None else [shard]

    def _resting_on(self, shard: int) -> list[Order]:
        return [
            order
            for account in self.accounts.values()
            for order in account.resting.values()
            if order.exchange_index == shard
        ]

    def pause_market(self, ticker: str) -> None:
        """Halt one market: placing answers 409, cancels work."""
        self._tick()
        market = self.markets[ticker]
        if market.state is not MarketState.ACTIVE:
            raise ValueError(f"only an active market can be paused, {ticker} is {market.state.value}")
        market.state = MarketState.INACTIVE

    def resume_market(self, ticker: str) -> None:
        """End the halt of one market; every resting order is canceled."""
        self._tick()
        market = self.markets[ticker]
        if market.state is not MarketState.INACTIVE:
            raise ValueError(f"only an inactive market can resume, {ticker} is {market.state.value}")
        self._cancel_book(market)
        market.state = MarketState.ACTIVE

    def settle_market(self, ticker: str, result: str | int) -> None:
        """Determine and pay out at once, without the settlement timer."""
        self.determine_market(ticker, result)
        self._pay_out(self.markets[ticker])

    def determine_market(self, ticker: str, result: str | int) -> None:
        """Fix the result: "yes", "no", or cents per YES contract; the timer pays out."""
        self._tick()
        market = self.markets[ticker]
        if market.state in _DECIDED:
            raise ValueError(f"{ticker} is {market.state.value} already")
        value_cents = _VALUE_CENTS.get(result, -1) if isinstance(result, str) else result
        if not 0 <= value_cents <= 100:
            raise ValueError(f'result must be "yes", "no" or 0 to 100 cents, was {result!r}')
        self._cancel_book(market)
        market.close_us = min(market.close_us, self._now_us)
        market.state = MarketState.DETERMINED
        market.result = result if isinstance(result, str) else "scalar"
        market.settlement_value_cents = value_cents
        market.determined_us = self._now_us
        due_us = self._now_us + market.settlement_timer_s * 1_000_000
        self._agenda.at(due_us, partial(self._pay_out, market))

    def _pay_out(self, market: Market) -> None:
        if market.state is not MarketState.DETERMINED:
            return
        market.state = MarketState.FINALIZED
        market.settled_us = self._now_us
        for holding in self._ledger.holdings_in(market.ticker):
            if holding.position is not None:
                self._settle_position(market, holding, holding.position)

    def _settle_position(self, market: Market, holding: Holding, position: Position) -> None:
        value_cents = market.settlement_value_cents
        assert value_cents is not None, "a determined market has a value"
        count_e2 = abs(position.position_e2)
        if count_e2:
            leg_cents = value_cents if position.position_e2 > 0 else 100 - value_cents
            # Whole cents only; the venue keeps the residue (docs market_settlement, 2026-08).
            revenue_cents = leg_cents * count_e2 // ONE_CONTRACT_E2
            residue_e6 = leg_cents * count_e2 * _CENT_E6 // ONE_CONTRACT_E2 - revenue_cents * _CENT_E6
            settlement = self._settlement(market, holding, position, revenue_cents)
            holding.account.settlements.append(settlement)
            self._replica.settlement(self._now_us, holding.account.user_id, settlement)
            self._ledger.income_e6 += residue_e6
            position.realized_e6 += revenue_cents * _CENT_E6 - position.cost_e6
            self._add_cash(holding.account, holding.cash_key, revenue_cents * _CENT_E6)
        position.position_e2 = position.cost_e6 = 0
        position.settled = True
        position.updated_us = self._stamp_us()
        holding.recommit()
        self._replica.position(self._now_us, holding.account.user_id, position)

    def _settlement(
        self, market: Market, holding: Holding, position: Position, revenue_cents: int
    ) -> Settlement:
        # fee_e6 is what trading cost; the residue is missing from the revenue already.
        is_yes = position.position_e2 > 0
        count_e2 = abs(position.position_e2)
        return Settlement(
            ticker=market.ticker,
            event_ticker=market.event_ticker,
            subaccount=holding.subaccount,
            exchange_index=market.exchange_index,
            result=market.result,
            yes_count_e2=count_e2 if is_yes else 0,
            no_count_e2=0 if is_yes else count_e2,
            yes_cost_e6=position.cost_e6 if is_yes else 0,
            no_cost_e6=0 if is_yes else position.cost_e6,
            revenue_cents=revenue_cents,
            fee_e6=position.fees_e6,
            settled_us=self._stamp_us(),
            value_cents=market.settlement_value_cents,
        )
