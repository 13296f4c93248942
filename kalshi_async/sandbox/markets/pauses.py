"""What may be done when: tables from the state of market and shard to a refusal.

Contract §17 and §24, read 2026-11: a trading pause stops placing and amending, an
exchange pause stops everything; a closed market refuses every order operation, an
inactive one still takes cancels. Decreasing counts as canceling (SIM).
"""

from __future__ import annotations

from types import MappingProxyType

from kalshi_async.sandbox.engine.state import Market, MarketState, Rejected
from kalshi_async.sandbox.engine.venue import Venue

_PLACING = MappingProxyType(
    {
        MarketState.INITIALIZED: "market_inactive",
        MarketState.INACTIVE: "trading_is_paused",
        MarketState.CLOSED: "market_inactive",
        MarketState.DETERMINED: "market_already_closed",
        MarketState.FINALIZED: "market_already_closed",
    }
)
_CANCELING = MappingProxyType(
    {
        MarketState.INITIALIZED: "market_inactive",
        MarketState.CLOSED: "market_inactive",
        MarketState.DETERMINED: "market_already_closed",
        MarketState.FINALIZED: "market_already_closed",
    }
)


class Pauses(Venue):
    """Whether the exchange, a shard and a market take orders now."""

    @property
    def trading_active(self) -> bool:
        """Whether shard 0 trades; False also while the exchange is paused."""
        return self.shard_active(self.shards[0])[1]

    @property
    def exchange_active(self) -> bool:
        """Whether shard 0 takes any request at all."""
        return self.shard_active(self.shards[0])[0]

    def shard_active(self, index: int) -> tuple[bool, bool]:
        """Return (exchange_active, trading_active) of one shard."""
        self.advance()
        running = self._running[index]
        return running, running and self._trading[index]

    def _refuse_placing(self, market: Market) -> None:
        shard = market.exchange_index
        if not self._running[shard]:
            raise Rejected("exchange_is_paused")
        if not self._trading[shard]:
            raise Rejected("trading_is_paused")
        if market.state is not MarketState.ACTIVE:
            raise Rejected(_PLACING[market.state])

    def _refuse_canceling(self, market: Market) -> None:
        self._refuse_exchange_pause(market.exchange_index)
        if market.state is not MarketState.ACTIVE and market.state in _CANCELING:
            raise Rejected(_CANCELING[market.state])

    def _refuse_exchange_pause(self, exchange_index: int) -> None:
        if not self._running.get(exchange_index, True):
            raise Rejected("exchange_is_paused")
