"""The prices that orders of one market may have, derived from the market's own row.

``Market.grid`` makes a ``PriceGrid`` from ``price_ranges``, never from the label of the structure:
the exchange adds structures, and tells clients to go by the ranges (docs fixed_point_migration,
2026-08). The arithmetic stands here and not in ``requests``, because a row may derive from itself
and must not import what stands above it. Sends nothing; knows no order.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from kalshi_async.contract.fields import EXACT, PLAIN_DECIMAL, FixedPoint, ReplyStruct
from kalshi_async.contract.root_error import InvalidRequest
from kalshi_async.contract.subject import shown

GivenPrice: TypeAlias = Decimal | int | str
"""A price in dollars as callers give it; a float is refused."""

GRIDS = 64
"""Different grids whose prices are kept (ours): the exchange has some thirteen structures."""

# In millionths: a range may have 6 decimals, an order has 4 (docs fixed_point_migration, 2026-08).
_DOLLAR = 1_000_000
_PRICE_STEP = 100


class PriceRange(ReplyStruct, frozen=True, kw_only=True):
    """A stretch of a market's price grid."""

    start: FixedPoint
    """Lowest price of the range, in dollars."""
    end: FixedPoint
    """Highest price of the range, in dollars."""
    step: FixedPoint
    """Distance between two prices of the range, in dollars."""


@dataclass(frozen=True, slots=True)
class PriceGrid:
    """The prices at which orders of a market may stand, in dollars on the YES leg.

    They are the prices of ``ranges`` above ``floor`` and below 1 dollar. An argument is a ``Decimal``,
    an ``int`` or a ``str`` from 0 to 1; a returned price is a ``Decimal`` with 4 decimals. A NO
    order stands at the YES price 1 - price. Nothing is sent. The market may have been read long ago:
    the exchange can change its ranges and its floor.

        grid = (await session.markets.get(ticker)).grid
        bid = grid.nearest("0.4567")            # 0.4600 in a market with steps of a cent
        ask = grid.up(bid, 2)                   # 0.4800
        grid.check(ask)                         # 0.4567 would raise InvalidRequest: 0.4500 and 0.4600

    All methods raise InvalidRequest for a value that is no number from 0 to 1, and for a market
    whose row has no ranges.
    """

    ranges: tuple[PriceRange, ...]
    """Ranges of the market; neighbors share the price between them."""
    floor: Decimal = Decimal(0)
    """Settlement floor in dollars, which a price must exceed; 0 without one."""

    def __contains__(self, price: GivenPrice) -> bool:
        return self._find(_dollars(price)) is not None

    def __iter__(self) -> Iterator[Decimal]:
        return iter(self._prices())

    def check(self, price: GivenPrice) -> Decimal:
        """Return a price of the grid with its 4 decimals; refuse any other.

        The InvalidRequest names the neighbors of the price. ``orders.create`` does not check: it
        knows no market.
        """
        amount = _dollars(price)
        found = self._find(amount)
        if found is not None:
            return found
        near = " and ".join(f"{each:f}" for each in self.neighbors(amount) if each is not None)
        is_low = self.floor > 0 and amount <= self.floor
        rule = f"above the settlement floor {self.floor:f}" if is_low else "on the market's grid"
        raise InvalidRequest(f"price must be {rule}, was {shown(price)}: next to it {near or 'is none'}")

    def neighbors(self, price: GivenPrice) -> tuple[Decimal | None, Decimal | None]:
        """Return the next lower and the next higher price; None where the grid has none."""
        amount, prices = _dollars(price), self._prices()
        below, above = bisect_left(prices, amount), bisect_right(prices, amount)
        return prices[below - 1] if below else None, prices[above] if above < len(prices) else None

    def up(self, price: GivenPrice, ticks: int = 1) -> Decimal:
        """Return the price that is ``ticks`` steps higher.

        From a price off the grid, the first step leads to its neighbor. With ``ticks`` 0 a price of
        the grid stays, and any other is rounded up. Raises InvalidRequest above the highest price.
        """
        amount, prices = _dollars(price), self._prices()
        place = bisect_right(prices, amount) - 1 + ticks if _whole(ticks) else bisect_left(prices, amount)
        if place >= len(prices):
            raise InvalidRequest(f"the grid ends at {prices[-1]:f}: no price is {ticks} above {shown(price)}")
        return prices[place]

    def down(self, price: GivenPrice, ticks: int = 1) -> Decimal:
        """Return the price that is ``ticks`` steps lower.

        From a price off the grid, the first step leads to its neighbor. With ``ticks`` 0 a price of
        the grid stays, and any other is rounded down. Raises InvalidRequest below the lowest price.
        """
        amount, prices = _dollars(price), self._prices()
        place = bisect_left(prices, amount) - ticks if _whole(ticks) else bisect_right(prices, amount) - 1
        if place < 0:
            raise InvalidRequest(
                f"the grid begins at {prices[0]:f}: no price is {ticks} below {shown(price)}"
            )
        return prices[place]

    def nearest(self, price: GivenPrice) -> Decimal:
        """Return the price of the grid that is nearest; of two, the lower one."""
        amount, prices = _dollars(price), self._prices()
        place = bisect_left(prices, amount)
        if place == len(prices):
            return prices[-1]
        middle = EXACT.divide(EXACT.add(prices[max(place - 1, 0)], prices[place]), Decimal(2))
        return prices[place] if amount > middle or not place else prices[place - 1]

    def ticks_between(self, start: GivenPrice, end: GivenPrice) -> int:
        """Return the number of steps from ``start`` to ``end``, below 0 if they lead down.

        Raises InvalidRequest, as ``check`` does, unless both are on the grid.
        """
        prices = self._prices()
        return bisect_left(prices, self.check(end)) - bisect_left(prices, self.check(start))

    def _find(self, amount: Decimal) -> Decimal | None:
        prices = self._prices()
        place = bisect_left(prices, amount)
        return prices[place] if place < len(prices) and prices[place] == amount else None

    def _prices(self) -> tuple[Decimal, ...]:
        prices = _prices_above(self.ranges, self.floor)
        if not prices:
            raise InvalidRequest(
                f"the market's row has no prices above {self.floor:f}, in {len(self.ranges)} price_ranges"
            )
        return prices


@lru_cache(GRIDS)
def _prices_above(ranges: tuple[PriceRange, ...], floor: Decimal) -> tuple[Decimal, ...]:
    found = {millionths // _PRICE_STEP for each in ranges for millionths in _millionths_of(each)}
    prices = (Decimal(hundredths).scaleb(-4, EXACT) for hundredths in sorted(found))
    return tuple(price for price in prices if price > floor)


def _millionths_of(each: PriceRange) -> Iterator[int]:
    start, end, step = map(_whole_millionths, (each.start, each.end, each.step))
    if step <= 0:
        raise InvalidRequest(f"a range of prices must have a step above 0, was {each.step:f}")
    # From the range's first price above 0, because a start may be far below.
    first = start if start > 0 else 1 + (start - 1) % step
    for millionths in range(first, min(end, _DOLLAR - 1) + 1, step):
        if millionths % _PRICE_STEP == 0:
            yield millionths


def _whole_millionths(dollars: Decimal) -> int:
    scaled = EXACT.multiply(dollars, Decimal(_DOLLAR))
    if scaled != int(scaled):
        raise InvalidRequest(f"a range of prices must have at most 6 decimals, was {dollars:f}")
    return int(scaled)


def _dollars(price: GivenPrice) -> Decimal:
    if isinstance(price, bool) or not isinstance(price, (Decimal, int, str)):
        raise InvalidRequest(
            f"price must be a Decimal, an int or a str, was {shown(price)} ({type(price).__name__}): "
            "a float cannot hold money exactly"
        )
    if isinstance(price, str) and not PLAIN_DECIMAL.fullmatch(price):
        raise InvalidRequest(f"price must be a plain decimal number, was {shown(price)}")
    amount = Decimal(price)
    # NaN compares with nothing, and a signaling one raises.
    if not (amount.is_finite() and 0 <= amount <= 1):
        raise InvalidRequest(f"price must be from 0 to 1 dollar, was {shown(price)}")
    return amount


def _whole(ticks: int) -> int:
    if isinstance(ticks, bool) or not isinstance(ticks, int) or ticks < 0:
        raise InvalidRequest(f"ticks must be a whole number, 0 or more, was {shown(ticks)}")
    return ticks
