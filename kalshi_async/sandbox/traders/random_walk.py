"""Simulated traders: a drifting fair value, makers who quote around it, takers who hit.

They trade through ``Exchange`` on accounts of their own, under the same rules as any
member, so that a strategy on the embedded exchange meets fills, queues and adverse
moves. Deterministic under a seed; ``step`` decides and acts, ``run`` only keeps time.
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
class Temperament:
    """How lively the traders are. Prices in ten-thousandths of a dollar."""

    drift_e4: int = 60
    half_spread_e4: int = 200
    level_gap_e4: int = 100
    levels: int = 3
    largest_order: int = 20
    taker_chance_percent: int = 35
    shock_chance_percent: int = 2
    shock_e4: int = 800


class SimulatedTraders:
    """A crowd of ``count`` traders, every third a taker, on some markets of one exchange."""

    def __init__(
        self,
        exchange: Exchange,
        tickers: Sequence[str],
        *,
        count: int = 3,
        seed: int = 0,
        temperament: Temperament | None = None,
    ) -> None:
        self._exchange = exchange
        self._tickers = tuple(tickers)
        self._random = random.Random(seed)
        self._temperament = temperament or Temperament()
        accounts = [
            exchange.accounts.open(f"trader {number}", tier="off", cash=_CASH) for number in range(count)
        ]
        self.takers: list[Account] = accounts[2::3]
        self.makers: list[Account] = [account for account in accounts if account not in self.takers]
        for account in accounts:
            for shard in exchange.shards.numbers[1:]:
                exchange.accounts.deposit(account, _CASH, exchange_index=shard)
        # Nobody but step() moves these.
        self.fair_e4 = {ticker: self._random.randrange(2_500, 7_500) for ticker in self._tickers}

    async def run(self, clock: Clock, *, period_s: float = 0.5) -> None:
        """Step forever, at the pace of the given clock; end it by canceling its task."""
        while True:
            self.step()
            await clock.sleep(period_s)

    def step(self) -> None:
        """Let the fair values drift, the makers quote anew, and some takers trade."""
        for ticker in self._tickers:
            if self._exchange.markets[ticker].state is MarketState.ACTIVE:
                self._drift(ticker)
                for maker in self.makers:
                    self._requote(maker, ticker)
                for taker in self.takers:
                    if self._happens(self._temperament.taker_chance_percent):
                        self._take(taker, ticker)

    def _drift(self, ticker: str) -> None:
        temperament = self._temperament
        move_e4 = self._random.randint(-temperament.drift_e4, temperament.drift_e4)
        if self._happens(temperament.shock_chance_percent):
            move_e4 += self._random.choice((-temperament.shock_e4, temperament.shock_e4))
        edge_e4 = temperament.half_spread_e4 + temperament.levels * temperament.level_gap_e4
        moved_e4 = self.fair_e4[ticker] + move_e4
        self.fair_e4[ticker] = min(max(moved_e4, edge_e4), ONE_DOLLAR_E4 - edge_e4)

    def _requote(self, maker: Account, ticker: str) -> None:
        # Half of the quotes stay each time, so that the book has old and young orders.
        for order in list(maker.resting.values()):
            if order.ticker == ticker and self._happens(50):
                self._try_cancel(maker, order.order_id, ticker)
        temperament = self._temperament
        for level in range(temperament.levels):
            offset_e4 = temperament.half_spread_e4 + level * temperament.level_gap_e4
            offset_e4 += self._random.randint(0, temperament.half_spread_e4)
            side = self._random.choice(_SIDES)
            price_e4 = self.fair_e4[ticker] + (-offset_e4 if side == "bid" else offset_e4)
            self._try_place(maker, ticker, side, price_e4, "good_till_canceled", post_only=True)

    def _take(self, taker: Account, ticker: str) -> None:
        side = self._random.choice(_SIDES)
        reach_e4 = 2 * self._temperament.half_spread_e4
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
            count_e2=self._random.randint(1, self._temperament.largest_order) * ONE_CONTRACT_E2,
            price_e4=nearest_tradable(self._exchange.markets[ticker].price_ranges, price_e4),
            time_in_force=time_in_force,
            self_trade_prevention_type="taker_at_cross",
            post_only=post_only,
        )
        # A crossed quote, an empty purse or a pause: a trader shrugs and goes on.
        with suppress(Rejected):
            self._exchange.orders.create(account, order)

    def _try_cancel(self, account: Account, order_id: str, ticker: str) -> None:
        # Gone, or the market has closed: there is nothing to do about it.
        with suppress(Rejected):
            self._exchange.orders.cancel(account, order_id, market_ticker=ticker)

    def _happens(self, chance_percent: int) -> bool:
        return self._random.randrange(100) < chance_percent
