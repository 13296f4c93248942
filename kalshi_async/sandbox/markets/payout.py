"""Settlement: the cash that a determined market pays to its positions.

Positions are paid net. A payment is in whole cents; the venue keeps the residue (docs
market_settlement, 2026-08).
"""

from __future__ import annotations

from kalshi_async.contract.frames.market_data import MarketChange
from kalshi_async.sandbox.accounts.commitments import Holding
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine.state import ONE_CONTRACT_E2, Market, MarketState, Position, Settlement
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.reads.replica import Replica

_CENT_E6 = 10_000


class Payout:
    """Pays out determined markets."""

    def __init__(self, venue: Venue, ledger: Ledger, replica: Replica) -> None:
        self._venue = venue
        self._ledger = ledger
        self._replica = replica

    def pay_out(self, market: Market) -> None:
        """Pay every position of a determined market; any other state does nothing."""
        if market.state is not MarketState.DETERMINED:
            return
        market.state = MarketState.FINALIZED
        market.settled_us = self._venue.now_us
        for holding in self._ledger.holdings_in(market.ticker):
            if holding.position is not None:
                self._settle(market, holding, holding.position)
        self._venue.events.market(market, MarketChange.SETTLED)

    def _settle(self, market: Market, holding: Holding, position: Position) -> None:
        account = holding.account
        value_cents = market.settlement_value_cents
        assert value_cents is not None, "a determined market has a value"
        count_e2 = abs(position.position_e2)
        if count_e2:
            leg_cents = value_cents if position.position_e2 > 0 else 100 - value_cents
            revenue_cents = leg_cents * count_e2 // ONE_CONTRACT_E2
            residue_e6 = leg_cents * count_e2 * _CENT_E6 // ONE_CONTRACT_E2 - revenue_cents * _CENT_E6
            settlement = self._settlement(market, holding, position, revenue_cents)
            account.settlements.append(settlement)
            self._replica.settlement(account.user_id, settlement)
            self._ledger.income_e6 += residue_e6
            position.realized_e6 += revenue_cents * _CENT_E6 - position.cost_e6
            self._ledger.add_cash(account, holding.cash_key, revenue_cents * _CENT_E6)
        position.position_e2 = position.cost_e6 = 0
        position.settled = True
        position.updated_us = self._venue.stamp_us()
        holding.recommit()
        self._replica.position(account.user_id, position)
        self._venue.events.settled(account.user_id, position)

    def _settlement(
        self, market: Market, holding: Holding, position: Position, revenue_cents: int
    ) -> Settlement:
        # fee_e6 is the cost of trading; the residue is missing from the revenue already.
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
            settled_us=self._venue.stamp_us(),
            value_cents=market.settlement_value_cents,
        )
