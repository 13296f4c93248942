"""The shards of the exchange, their pauses, and which requests a paused shard or market refuses.

Contract §17 and §24, read 2026-11: a trading pause stops placing and amending, an
exchange pause stops everything; a closed market refuses every order operation, an
inactive one still takes cancels (for a decrease see ``Rules.decrease_counts_as_cancel``).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from kalshi_async.contract.frames.private import UpdateReason
from kalshi_async.sandbox.engine.matching import Matching
from kalshi_async.sandbox.engine.state import Market, MarketState, Rejected
from kalshi_async.sandbox.engine.venue import Venue

_REFUSALS = MappingProxyType(
    {
        MarketState.INITIALIZED: "market_inactive",
        MarketState.INACTIVE: "trading_is_paused",
        MarketState.CLOSED: "market_inactive",
        MarketState.DETERMINED: "market_already_closed",
        MarketState.FINALIZED: "market_already_closed",
    }
)


class Shards:
    """The shards, by their ``numbers``. The operator pauses them; requests ask whether they run.

    The argument ``shard`` is one number, or None for all of them.
    """

    def __init__(self, venue: Venue, matching: Matching) -> None:
        self._venue = venue
        self._matching = matching
        self.numbers: Sequence[int] = venue.shards
        self._trading: dict[int, bool] = dict.fromkeys(venue.shards, True)
        self._running: dict[int, bool] = dict.fromkeys(venue.shards, True)

    def pause(self, shard: int | None = None) -> None:
        """Begin an exchange pause: every request is refused, cancels included."""
        self._stop(self._running, shard)

    def pause_trading(self, shard: int | None = None) -> None:
        """Begin a trading pause: cancels still work."""
        self._stop(self._trading, shard)

    def resume(self, shard: int | None = None) -> None:
        """End both kinds of pause."""
        self._venue.tick()
        for index in self._meant(shard):
            self._running[index] = self._trading[index] = True

    @property
    def trading_active(self) -> bool:
        """Whether the first shard trades; False also while the exchange is paused."""
        return self.active(self.numbers[0])[1]

    @property
    def exchange_active(self) -> bool:
        """Whether the first shard takes any request at all."""
        return self.active(self.numbers[0])[0]

    def active(self, index: int) -> tuple[bool, bool]:
        """Return (exchange_active, trading_active) of one shard."""
        self._venue.tick()
        running = self._running[index]
        return running, running and self._trading[index]

    def is_running(self, index: int) -> bool:
        """Whether a shard takes requests: False during an exchange pause."""
        return self._running[index]

    def refuse_placing(self, market: Market) -> None:
        """Raise ``Rejected`` if the market takes no new or amended orders now."""
        shard = market.exchange_index
        if not self._running[shard]:
            raise Rejected("exchange_is_paused")
        if not self._trading[shard]:
            raise Rejected("trading_is_paused")
        if market.state is not MarketState.ACTIVE:
            raise Rejected(_REFUSALS[market.state])

    def refuse_canceling(self, market: Market) -> None:
        """Raise ``Rejected`` if the market takes no cancels now."""
        self.refuse_paused(market.exchange_index)
        if market.state is not MarketState.ACTIVE and market.state is not MarketState.INACTIVE:
            raise Rejected(_REFUSALS[market.state])

    def refuse_paused(self, index: int) -> None:
        """Raise ``Rejected`` during an exchange pause; a shard that does not exist is not paused."""
        if not self._running.get(index, True):
            raise Rejected("exchange_is_paused")

    def _stop(self, switches: dict[int, bool], shard: int | None) -> None:
        self._venue.tick()
        for index in self._meant(shard):
            switches[index] = False
            resting = [
                order for account in self._venue.accounts.values() for order in account.resting.values()
            ]
            for order in resting:
                if order.exchange_index == index and order.cancel_order_on_pause:
                    self._matching.cancel(order, UpdateReason.HALT_CANCEL)

    def _meant(self, shard: int | None) -> Sequence[int]:
        return self.numbers if shard is None else [shard]
