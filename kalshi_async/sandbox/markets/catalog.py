"""What the operator says of series and markets beyond trading: categories, tags, incentive programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.fixed_point import Amount, exact_e2, exact_e4

IncentiveKind = Literal["liquidity", "volume"]
_SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Description:
    """The category of a series, and its tags."""

    category: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incentive:
    """A program in one market; nobody is paid (``settings.CHOICES``: ``incentive_payment``)."""

    incentive_id: str
    market_ticker: str
    kind: IncentiveKind
    description: str
    start_us: int
    end_us: int
    reward_e4: int
    target_size_e2: int


class Catalog:
    """Descriptions of series by ticker, and all incentive programs."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.descriptions: dict[str, Description] = {}
        self.incentives: list[Incentive] = []

    def description_of(self, series_ticker: str) -> Description:
        """Return category and tags of a series; empty unless it was described."""
        return self.descriptions.get(series_ticker, Description())

    def describe_series(self, series_ticker: str, category: str, tags: Sequence[str] = ()) -> None:
        """Give a series its category and tags. Raises ValueError for a series without a market."""
        self._venue.tick()
        if all(market.series_ticker != series_ticker for market in self._venue.markets.values()):
            raise ValueError(f"series {series_ticker!r} has no market")
        self.descriptions[series_ticker] = Description(category, tuple(tags))

    def add_incentive(
        self,
        market_ticker: str,
        kind: IncentiveKind,
        reward: Amount,
        *,
        for_s: int,
        in_s: int = 0,
        target_size: Amount = Decimal(0),
    ) -> Incentive:
        """Announce a program of ``reward`` dollars that begins ``in_s`` seconds from now.

        Raises KeyError for an unknown market.
        """
        start_us = self._venue.tick() + in_s * _SECOND_US
        market = self._venue.markets[market_ticker]
        incentive = Incentive(
            self._venue.new_id(),
            market.ticker,
            kind,
            f"{kind} of {market.ticker}",
            start_us,
            start_us + for_s * _SECOND_US,
            exact_e4(reward),
            exact_e2(target_size),
        )
        self.incentives.append(incentive)
        return incentive
