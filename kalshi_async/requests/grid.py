"""The price grids of markets that a session has read, to name in an error.

Knows no session and sends nothing: ``session.markets`` hands in each market that it has read. The
arithmetic is ``PriceGrid`` of ``contract``, which ``Market.grid`` makes.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

from kalshi_async.contract.fields import EXACT
from kalshi_async.contract.grid import PriceGrid as PriceGrid
from kalshi_async.contract.markets import Market
from kalshi_async.errors import ApiError, InvalidRequest, KalshiError

MOST = 10_000
"""Markets whose grid is kept (ours): the oldest is dropped first."""

RANGES_SHOWN = 5
"""Ranges of a grid that an error names (ours)."""

Failure = TypeVar("Failure", bound=KalshiError)


class KnownGrids:
    """The grids by ticker. Owner of the table; used on the event loop alone."""

    __slots__ = ("_by_ticker",)

    def __init__(self) -> None:
        self._by_ticker: dict[str, PriceGrid] = {}

    def learn(self, markets: Iterable[Market]) -> None:
        """Keep the grids of markets that were read."""
        known = self._by_ticker
        for market in markets:
            known.pop(market.ticker, None)
            if market.price_ranges:
                known[market.ticker] = market.grid
        while len(known) > MOST:
            del known[next(iter(known))]

    def advised(self, error: Failure) -> Failure:
        """Return the error; if it refuses a price and the market's grid is known, with that as its advice."""
        if not isinstance(error, ApiError) or error.code != "invalid_price" or error.subject is None:
            return error
        grid = self._by_ticker.get(error.subject.ticker or "")
        return error if grid is None else error.with_advice(_advice(grid, error.subject.price or ""))


def _advice(grid: PriceGrid, price: str) -> str:
    try:
        if price in grid:
            return "the market's grid had this price when it was read: read grid and settlement floor again"
        near = " or ".join(f"{each:f}" for each in grid.neighbors(price) if each is not None)
        is_low = Decimal(price) <= grid.floor
    except InvalidRequest:  # a price in cents, a body of another client, or ranges that are no grid
        near, is_low = "", False
    if is_low and grid.floor:
        ceiling = EXACT.subtract(Decimal(1), grid.floor)
        return f"use a YES price above the settlement floor {grid.floor:f}, a NO price below {ceiling:f}"
    ranges = grid.ranges[:RANGES_SHOWN]
    shown = ", ".join(f"{each.start:f} to {each.end:f} in steps of {each.step:f}" for each in ranges)
    more = f" and {len(grid.ranges) - RANGES_SHOWN} more ranges" if len(grid.ranges) > RANGES_SHOWN else ""
    return f"use {near or 'a price'} of the market's grid: {shown}{more}"
