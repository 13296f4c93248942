"""The strategy's decisions: the target quotes, and the next step towards them.

Pure: no I/O, no time, no state. Prices are dollars on the YES leg, counts are contracts. The
market maker's own quotes are taken out of the book first; otherwise its fair price would follow
its own quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import Enum

from kalshi_async import OrderBookLevels

Level = tuple[Decimal, Decimal]
"""A price and the contracts that rest at it."""

_FAIR_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of the strategy."""

    size: Decimal = Decimal(20)
    """Contracts in a quote."""
    half_spread: Decimal = Decimal("0.0150")
    """The distance of a quote from the fair price."""
    skew: Decimal = Decimal("0.0003")
    """The shift of both quotes for each contract held, in the direction that sells the inventory."""
    inventory_limit: Decimal = Decimal(120)
    """The most contracts to hold, of YES or of NO."""
    group_limit: Decimal = Decimal(400)
    """The order group cancels all quotes if more contracts than this fill within 15 s."""
    pause_s: float = 2.0
    """The pause after that, before the group is reset."""
    period_s: float = 0.25
    """The time between two cycles."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Both sides of a YES book, best first."""

    bids: Sequence[Level] = ()
    asks: Sequence[Level] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The quote that one side should have."""

    price: Decimal
    count: Decimal


@dataclass(frozen=True, slots=True)
class Targets:
    """The quotes that both sides should have; None stands for no quote."""

    bid: Target | None = None
    ask: Target | None = None


class Step(Enum):
    """The request that brings a quote to its target."""

    NOTHING = "nothing"
    PLACE = "place"
    AMEND = "amend"
    CANCEL = "cancel"


def depth_of(book: OrderBookLevels, own_bids: Iterable[Level] = (), own_asks: Iterable[Level] = ()) -> Depth:
    """Return a book on the YES leg, best level first, without the own orders."""
    bids = _without(reversed(book.yes or ()), own_bids)
    asks = _without(((1 - price, count) for price, count in reversed(book.no or ())), own_asks)
    return Depth(bids, asks)


def fair_price(depth: Depth, before: Decimal | None) -> Decimal | None:
    """Return the mean of the book's middle and the fair price before, ``before`` if a side is empty."""
    if not depth.bids or not depth.asks:
        return before
    middle = (depth.bids[0][0] + depth.asks[0][0]) / 2
    # Half-even rounding lets the result reach a middle that does not move. With half-up, it would
    # stay one step above it for ever.
    return middle if before is None else ((middle + before) / 2).quantize(_FAIR_STEP, ROUND_HALF_EVEN)


def targets(fair: Decimal, inventory: Decimal, depth: Depth, tick: Decimal, plan: Plan) -> Targets:
    """Return quotes around the fair price, skewed against the inventory.

    Neither quote crosses the book, and a fill of a whole quote keeps the inventory in its limit.
    """
    center = fair - inventory * plan.skew
    bid = _on_grid(center - plan.half_spread, tick, ROUND_FLOOR)
    ask = _on_grid(center + plan.half_spread, tick, ROUND_CEILING)
    if depth.asks:
        bid = min(bid, depth.asks[0][0] - tick)
    if depth.bids:
        ask = max(ask, depth.bids[0][0] + tick)
    return Targets(
        _target(bid, min(plan.size, plan.inventory_limit - inventory)),
        _target(ask, min(plan.size, plan.inventory_limit + inventory)),
    )


def next_step(resting: Level | None, target: Target | None) -> Step:
    """Return the request to send for one side; ``resting`` is the quote's price and resting count.

    An amend to a larger count loses the place in the queue. A quote at the target price is
    therefore left until less than half of its count rests. A count above the target is reduced
    at once.
    """
    if resting is None:
        return Step.NOTHING if target is None else Step.PLACE
    if target is None:
        return Step.CANCEL
    price, count = resting
    enough = target.count / 2 <= count <= target.count
    return Step.NOTHING if price == target.price and enough else Step.AMEND


def _without(levels: Iterable[Level], own: Iterable[Level]) -> list[Level]:
    mine: dict[Decimal, Decimal] = {}
    for price, count in own:
        mine[price] = mine.get(price, Decimal(0)) + count
    left = ((price, count - mine.get(price, Decimal(0))) for price, count in levels)
    return [(price, count) for price, count in left if count > 0]


def _on_grid(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (price / tick).to_integral_value(rounding) * tick


def _target(price: Decimal, count: Decimal) -> Target | None:
    return Target(price, count) if 0 < price < 1 and count > 0 else None
