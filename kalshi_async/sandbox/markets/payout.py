"""Settlement: the cash that a determined market pays to its positions.

Positions are paid net, and their rows are gross per leg: a position that was closed by trading has
a row too (public account records, 2026-11-28). A payment is in whole cents; the venue keeps the residue as a
fee (docs market_settlement, 2026-08). YES is paid the value less the settlement floor, which has been
paid before (docs settlement_bounds, 2026-10).
"""

from __future__ import annotations

from kalshi_async.contract.frames.market_data import MarketChange
from kalshi_async.sandbox.accounts.commitments import Holding
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine.state import Market, MarketState, Position, Settlement
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.reads.replica import Replica

_CENT_E6 = 10_000
_CENT_E4 = 100


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
        market.settled_us = market.updated_us = self._venue.now_us
        for holding in self._ledger.holdings_in(market.ticker):
            if holding.position is not None:
                self._settle(market, holding, holding.position)
        self._venue.events.market(market, MarketChange.SETTLED)

    def _settle(self, market: Market, holding: Holding, position: Position) -> None:
        account = holding.account
        value_cents = market.settlement_value_cents
        assert value_cents is not None, "a determined market has a value"
        count_e2 = abs(position.position_e2)
        is_yes = position.position_e2 > 0
        floor_e4 = holding.floor_e4 if is_yes else 0
        leg_e4 = (value_cents if is_yes else 100 - value_cents) * _CENT_E4 - floor_e4
        revenue_cents, residue_e6 = divmod(leg_e4 * count_e2, _CENT_E6)
        settlement = self._settlement(market, holding, position, revenue_cents, residue_e6)
        account.settlements.append(settlement)
        self._replica.settlement(account.user_id, settlement)
        if count_e2:
            self._ledger.income_e6 += residue_e6
            # The floor was paid before (``settings.CHOICES``: ``floor_revenue``, ``floor_costs``).
            position.realized_e6 += revenue_cents * _CENT_E6 + floor_e4 * count_e2 - position.cost_e6
            self._ledger.add_cash(account, holding.cash_key, revenue_cents * _CENT_E6)
        position.position_e2 = position.cost_e6 = 0
        position.settled = True
        position.updated_us = self._venue.stamp_us()
        holding.recommit()
        self._replica.position(account.user_id, position)
        self._venue.events.settled(account.user_id, position)

    def _settlement(
        self, market: Market, holding: Holding, position: Position, revenue_cents: int, residue_e6: int
    ) -> Settlement:
        return Settlement(
            ticker=market.ticker,
            event_ticker=market.event_ticker,
            subaccount=holding.subaccount,
            exchange_index=market.exchange_index,
            result=market.result,
            yes_count_e2=position.yes_bought_e2,
            no_count_e2=position.no_bought_e2,
            yes_cost_e6=position.yes_bought_e6,
            no_cost_e6=position.no_bought_e6,
            revenue_cents=revenue_cents,
            fee_e6=position.fees_e6 + residue_e6,
            settled_us=self._venue.stamp_us(),
            value_cents=market.settlement_value_cents,
        )
