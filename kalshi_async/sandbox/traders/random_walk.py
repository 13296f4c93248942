"""Simulated traders: makers quote around a fair value that drifts, takers trade against quotes.

They trade through ``Exchange`` on accounts of their own, under the same rules as every other
member. A strategy on the embedded exchange therefore meets fills, queues and adverse moves.
Equal seeds give equal trading. ``step`` trades once; ``run`` only calls it in a loop.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from kalshi_async.clock import Clock
from kalshi_async.sandbox.engine.instructions import NewOrder
from kalshi_async.sandbox.engine.state import (
    ONE_CONTRACT_E2,
    ONE_DOLLAR_E4,
    Account,
    MarketState,
    Rejected,
    Side,
    TimeInForce,
)
from kalshi_async.sandbox.exchange import Exchange
from kalshi_async.sandbox.markets.grid import nearest_tradable

_CASH = Decimal(1_000_000)
_SIDES: tuple[Side, ...] = ("bid", "ask")


@dataclass(frozen=True, slots=True)
class TraderSettings:
    """How much the traders trade. Prices are ten-thousandths of a dollar."""

    drift_e4: int = 60
    """The most by which the fair value of a market moves in one step."""
    half_spread_e4: int = 200
    """Distance of a maker's best quote from the fair value; up to as much again is added at random."""
    level_gap_e4: int = 100
    """Distance between two levels of a maker's quotes."""
    levels: int = 3
    """Quotes that a maker places in one step."""
    largest_order: int = 20
    """The most contracts in one order."""
    taker_chance_percent: int = 35
    """The chance that a taker trades in one step."""
    shock_chance_percent: int = 2
    """The chance that the fair value jumps in one step."""
    shock_e4: int = 800
    """The size of a jump."""


class SimulatedTraders:
    """A group of ``count`` traders on ``tickers``: every third is a taker, the others are makers."""

    def __init__(
        self,
        exchange: Exchange,
        tickers: Sequence[str],
        *,
        count: int = 3,
        seed: int = 0,
        settings: TraderSettings | None = None,
    ) -> None:
        self._exchange = exchange
        self._tickers = tuple(tickers)
        self._random = random.Random(seed)
        self._settings = settings or TraderSettings()
        accounts = [
            exchange.accounts.open(f"trader {number}", tier="off", cash=_CASH) for number in range(count)
        ]
        self.takers: list[Account] = accounts[2::3]
        self.makers: list[Account] = [account for account in accounts if account not in self.takers]
        for account in accounts:
            for shard in exchange.shards.numbers[1:]:
                exchange.accounts.deposit(account, _CASH, exchange_index=shard)
        self.fair_e4 = {ticker: self._random.randrange(2_500, 7_500) for ticker in self._tickers}
        """The fair value of each market, by ticker. Only ``step`` changes it."""

    async def run(self, clock: Clock, *, period_s: float = 0.5) -> None:
        """Call ``step`` every ``period_s`` seconds of ``clock``, until the task is canceled."""
        while True:
            self.step()
            await clock.sleep(period_s)

    def step(self) -> None:
        """Move the fair values, let every maker requote, and let some takers trade."""
        for ticker in self._tickers:
            if self._exchange.markets[ticker].state is MarketState.ACTIVE:
                self._drift(ticker)
                for maker in self.makers:
                    self._requote(maker, ticker)
                for taker in self.takers:
                    if self._happens(self._settings.taker_chance_percent):
                        self._take(taker, ticker)

    def _drift(self, ticker: str) -> None:
        settings = self._settings
        move_e4 = self._random.randint(-settings.drift_e4, settings.drift_e4)
        if self._happens(settings.shock_chance_percent):
            move_e4 += self._random.choice((-settings.shock_e4, settings.shock_e4))
        edge_e4 = settings.half_spread_e4 + settings.levels * settings.level_gap_e4
        moved_e4 = self.fair_e4[ticker] + move_e4
        self.fair_e4[ticker] = min(max(moved_e4, edge_e4), ONE_DOLLAR_E4 - edge_e4)

    def _requote(self, maker: Account, ticker: str) -> None:
        # Each quote stays with a chance of one half, so that queues hold orders of different ages.
        for order in list(maker.resting.values()):
            if order.ticker == ticker and self._happens(50):
                self._try_cancel(maker, order.order_id, ticker)
        settings = self._settings
        for level in range(settings.levels):
            offset_e4 = settings.half_spread_e4 + level * settings.level_gap_e4
            offset_e4 += self._random.randint(0, settings.half_spread_e4)
            side = self._random.choice(_SIDES)
            price_e4 = self.fair_e4[ticker] + (-offset_e4 if side == "bid" else offset_e4)
            self._try_place(maker, ticker, side, price_e4, "good_till_canceled", post_only=True)

    def _take(self, taker: Account, ticker: str) -> None:
        side = self._random.choice(_SIDES)
        reach_e4 = 2 * self._settings.half_spread_e4
        price_e4 = self.fair_e4[ticker] + (reach_e4 if side == "bid" else -reach_e4)
        self._try_place(taker, ticker, side, price_e4, "immediate_or_cancel", post_only=False)

    def _try_place(
        self,
        account: Account,
        ticker: str,
        side: Side,
        price_e4: int,
        time_in_force: TimeInForce,
        *,
        post_only: bool,
    ) -> None:
        order = NewOrder(
            ticker=ticker,
            side=side,
            count_e2=self._random.randint(1, self._settings.largest_order) * ONE_CONTRACT_E2,
            price_e4=nearest_tradable(self._exchange.markets[ticker].price_ranges, price_e4),
            time_in_force=time_in_force,
            self_trade_prevention_type="taker_at_cross",
            post_only=post_only,
        )
        # A quote that would cross, too little cash, or a pause: the trader tries again next step.
        with suppress(Rejected):
            self._exchange.orders.create(account, order)

    def _try_cancel(self, account: Account, order_id: str, ticker: str) -> None:
        # The order has been filled, or the market has closed.
        with suppress(Rejected):
            self._exchange.orders.cancel(account, order_id, market_ticker=ticker)

    def _happens(self, chance_percent: int) -> bool:
        return self._random.randrange(100) < chance_percent
