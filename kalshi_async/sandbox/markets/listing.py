"""Bringing markets to the venue, and closing them when their time comes.

A closed market refuses every order operation; its resting orders are swept away a
moment later (docs market_lifecycle, 2026-08).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial

from kalshi_async.sandbox.engine.book import Book
from kalshi_async.sandbox.engine.fees import FEE_RATES, HIGHEST_MULTIPLIER
from kalshi_async.sandbox.engine.matching import Matching
from kalshi_async.sandbox.engine.state import Market, MarketState
from kalshi_async.sandbox.fixed_point import exact_e4
from kalshi_async.sandbox.markets.grid import STRUCTURES, tradable_prices

_SECOND_US = 1_000_000
# SIM: every ticker of the real exchange fits. One that does not fit could not be asked for.
_TICKER = re.compile(r"[!-~]+")


class Listing(Matching):
    """Markets, from listing to the sweep after the close."""

    def add_market(
        self,
        ticker: str,
        *,
        structure: str = "linear_cent",
        exchange_index: int = 0,
        fee_type: str = "quadratic",
        fee_multiplier: Decimal = Decimal(1),
        close_in_s: int = 86_400 * 30,
        market_type: str = "binary",
    ) -> Market:
        """List an active market; event and series are read off its ticker."""
        now_us = self._tick()
        self._refuse_listing(ticker, structure, exchange_index, fee_type, fee_multiplier)
        market = Market(
            ticker=ticker,
            event_ticker=ticker.rpartition("-")[0] or ticker,
            series_ticker=ticker.partition("-")[0],
            exchange_index=exchange_index,
            price_level_structure=structure,
            price_ranges=list(STRUCTURES[structure]),
            prices_e4=tradable_prices(STRUCTURES[structure]),
            open_us=now_us,
            close_us=now_us + close_in_s * _SECOND_US,
            fee_type=fee_type,
            fee_multiplier_e4=exact_e4(fee_multiplier),
            market_type=market_type,
        )
        self.markets[ticker] = market
        self._books[ticker] = Book()
        self._plan_close(market)
        return market

    def close_market(self, ticker: str, *, in_s: int = 0) -> None:
        """Set another closing time; a closed market opens again if it lies ahead."""
        now_us = self._tick()
        market = self.markets[ticker]
        market.close_us = now_us + in_s * _SECOND_US
        if market.state is MarketState.CLOSED and in_s > 0:
            market.state = MarketState.ACTIVE
        self._plan_close(market)
        self.advance()

    def _refuse_listing(
        self, ticker: str, structure: str, exchange_index: int, fee_type: str, fee_multiplier: Decimal
    ) -> None:
        if _TICKER.fullmatch(ticker) is None:
            raise ValueError(f"tickers must be visible ASCII without blanks, was {ticker!r}")
        if ticker in self.markets:
            raise ValueError(f"tickers must be unique, {ticker!r} exists")
        if fee_type not in FEE_RATES:
            raise ValueError(f"fee_type must be one of {', '.join(FEE_RATES)}, was {fee_type!r}")
        if structure not in STRUCTURES:
            raise ValueError(f"structure must be one of {', '.join(STRUCTURES)}, was {structure!r}")
        if not 0 <= fee_multiplier <= HIGHEST_MULTIPLIER:
            raise ValueError(f"fee_multiplier must be 0 to {HIGHEST_MULTIPLIER}, was {fee_multiplier}")
        if exchange_index not in self._running:
            raise ValueError(f"exchange_index must be one of {self.shards}, was {exchange_index}")

    def _plan_close(self, market: Market) -> None:
        self._agenda.at(market.close_us, partial(self._close, market, market.close_us))

    def _close(self, market: Market, close_us: int) -> None:
        # The closing time may have moved since this was planned.
        if market.close_us != close_us or market.state not in (MarketState.ACTIVE, MarketState.INACTIVE):
            return
        market.state = MarketState.CLOSED
        sweep_us = close_us + self.rules.sweep_delay_ms * 1_000
        self._agenda.at(max(sweep_us, self._now_us), partial(self._sweep, market))

    def _sweep(self, market: Market) -> None:
        if market.state is not MarketState.ACTIVE:
            self._cancel_book(market)

    def _cancel_book(self, market: Market) -> None:
        for order in self._books[market.ticker].resting():
            self._cancel(order)
