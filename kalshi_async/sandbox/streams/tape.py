"""What the streams know of each market beyond the engine: its clock and its last ticker.

The clock of a market counts the calls that have changed its book, from the first stream on; all
changes of one call share one number. A snapshot bears the number of the last change.
"""

from __future__ import annotations

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.engine.state import ONE_CONTRACT_E2, ONE_DOLLAR_E4, Side
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.streams import views
from kalshi_async.sandbox.streams.views import Json


class Tape:
    """Clocks and tickers of all markets."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._clocks: dict[str, tuple[int, int]] = {}  # clock, and the turn of the last change
        self._shown: dict[str, Json] = {}

    def clock(self, ticker: str) -> int:
        """Return the clock of a market."""
        return self._clocks.get(ticker, (0, 0))[0]

    def advance(self, ticker: str) -> int:
        """Note a change of a book, and return its clock."""
        clock, turn = self._clocks.get(ticker, (0, -1))
        if turn != self._venue.turn:
            clock += 1
            self._clocks[ticker] = (clock, self._venue.turn)
        return clock

    def snapshot(self, ticker: str, *, yes_scale: bool) -> Json:
        """Render the whole book of a market."""
        sides = self._venue.books[ticker].sides
        return views.snapshot(
            ticker, self.clock(ticker), sides["bid"].depth(), sides["ask"].depth(), yes_scale=yes_scale
        )

    def changed_ticker(self, ticker: str) -> Json | None:
        """Render the ticker of a market if it has changed since the last call, else return None."""
        values = self._values(ticker)
        if self._shown.get(ticker) == values:
            return None
        self._shown[ticker] = values
        return self.ticker(ticker)

    def ticker(self, ticker: str) -> Json:
        """Render the ticker of a market."""
        now_us = self._venue.now_us
        return self._values(ticker) | {
            "ts": fixed_point.seconds(now_us),
            "ts_ms": now_us // 1_000,
            "time": views.time_text(now_us),
        }

    def _values(self, ticker: str) -> Json:
        market = self._venue.markets[ticker]
        volume_e2, open_e2 = market.turnover.total_e2, market.open_interest_e2
        bid_e4, bid_e2 = self._top(ticker, "bid") or (0, 0)
        ask_e4, ask_e2 = self._top(ticker, "ask") or (ONE_DOLLAR_E4, 0)
        return {
            "market_id": views.market_id(ticker),
            "market_ticker": ticker,
            "price_dollars": fixed_point.price(market.last_price_e4 or 0),
            "yes_bid_dollars": fixed_point.price(bid_e4),
            "yes_ask_dollars": fixed_point.price(ask_e4),
            "volume_fp": fixed_point.count(volume_e2),
            "open_interest_fp": fixed_point.count(open_e2),
            # Recorded: half of the contracts, without fraction (a ticker of 2026-07-19).
            "dollar_volume": volume_e2 // (2 * ONE_CONTRACT_E2),
            "dollar_open_interest": open_e2 // (2 * ONE_CONTRACT_E2),
            "yes_bid_size_fp": fixed_point.count(bid_e2),
            "yes_ask_size_fp": fixed_point.count(ask_e2),
            "last_trade_size_fp": fixed_point.count(market.turnover.last_trade_e2),
        }

    def _top(self, ticker: str, side: Side) -> tuple[int, int] | None:
        one = self._venue.books[ticker].sides[side]
        price_e4 = one.prices.best()
        return None if price_e4 is None else (price_e4, one.levels[price_e4].count_e2)
