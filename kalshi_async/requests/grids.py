"""The price grids of markets that a session has read, to name in an error.

Knows no session and sends nothing: ``session.markets`` hands in each market that it has read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from kalshi_async.contract.markets import Market, PriceRange
from kalshi_async.errors import ApiError, KalshiError

MOST = 10_000
"""Markets whose grid is kept (ours): the oldest is dropped first."""

RANGES_SHOWN = 5
"""Ranges of a grid that an error names (ours)."""

Failure = TypeVar("Failure", bound=KalshiError)


class PriceGrids:
    """The grids by ticker. Owner of the table; used on the event loop alone."""

    __slots__ = ("_by_ticker",)

    def __init__(self) -> None:
        self._by_ticker: dict[str, Sequence[PriceRange]] = {}

    def learn(self, markets: Iterable[Market]) -> None:
        """Keep the grids of markets that were read."""
        known = self._by_ticker
        for market in markets:
            known.pop(market.ticker, None)
            if market.price_ranges:
                known[market.ticker] = market.price_ranges
        while len(known) > MOST:
            del known[next(iter(known))]

    def advised(self, error: Failure) -> Failure:
        """Return the error; if it refuses a price and the market's grid is known, with that as its advice."""
        if not isinstance(error, ApiError) or error.code != "invalid_price" or error.subject is None:
            return error
        ranges = self._by_ticker.get(error.subject.ticker or "")
        if ranges is None:
            return error
        shown = ", ".join(
            f"{each.start:f} to {each.end:f} in steps of {each.step:f}" for each in ranges[:RANGES_SHOWN]
        )
        more = f" and {len(ranges) - RANGES_SHOWN} more ranges" if len(ranges) > RANGES_SHOWN else ""
        return error.with_advice(f"use a price of the market's grid: {shown}{more}")
