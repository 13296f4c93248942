"""What to quote, and what to do about it: numbers in, a decision out.

Pure: no I/O, no time, no state. Prices are dollars on the YES leg, counts contracts.
The book is read without the own quotes, or the market maker would follow itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import Enum

from kalshi_async import OrderBookLevels

Level = tuple[Decimal, Decimal]
"""A price and the contracts that rest there."""

_FAIR_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Plan:
    """The strategy's numbers.

    A quote shows ``size`` contracts ``half_spread`` away from the fair price, which
    leans by ``skew`` for each contract held, so that inventory finds its way out. The
    order group stops everything once more than ``group_limit`` fills within 15 s; the
    market maker then waits ``pause_s`` before it arms the group again.
    """

    size: Decimal = Decimal(20)
    half_spread: Decimal = Decimal("0.0150")
    skew: Decimal = Decimal("0.0003")
    inventory_limit: Decimal = Decimal(120)
    group_limit: Decimal = Decimal(400)
    pause_s: float = 2.0
    period_s: float = 0.25


@dataclass(frozen=True, slots=True)
class Depth:
    """Both sides of a YES book, best first."""

    bids: Sequence[Level] = ()
    asks: Sequence[Level] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What one side should show."""

    price: Decimal
    count: Decimal


@dataclass(frozen=True, slots=True)
class Targets:
    """What both sides should show; None is no quote."""

    bid: Target | None = None
    ask: Target | None = None


class Step(Enum):
    """What brings a quote to its target."""

    NOTHING = "nothing"
    PLACE = "place"
    AMEND = "amend"
    CANCEL = "cancel"


def depth_of(book: OrderBookLevels, own_bids: Iterable[Level] = (), own_asks: Iterable[Level] = ()) -> Depth:
    """Return a book on the YES leg, best first, without the own orders."""
    bids = _without(reversed(book.yes or ()), own_bids)
    asks = _without(((1 - price, count) for price, count in reversed(book.no or ())), own_asks)
    return Depth(bids, asks)


def fair_price(depth: Depth, before: Decimal | None) -> Decimal | None:
    """Return the middle of the book, half of it remembered; ``before`` where a side is empty."""
    if not depth.bids or not depth.asks:
        return before
    middle = (depth.bids[0][0] + depth.asks[0][0]) / 2
    # Rounded to the even digit, so that it arrives at a middle that stays where it is.
    return middle if before is None else ((middle + before) / 2).quantize(_FAIR_STEP, ROUND_HALF_EVEN)


def targets(fair: Decimal, inventory: Decimal, depth: Depth, tick: Decimal, plan: Plan) -> Targets:
    """Return the quotes around a fair price that lean against the inventory.

    Neither crosses what others show, and neither can carry the inventory past its limit.
    """
    leaning = fair - inventory * plan.skew
    bid = _on_grid(leaning - plan.half_spread, tick, ROUND_FLOOR)
    ask = _on_grid(leaning + plan.half_spread, tick, ROUND_CEILING)
    if depth.asks:
        bid = min(bid, depth.asks[0][0] - tick)
    if depth.bids:
        ask = max(ask, depth.bids[0][0] + tick)
    return Targets(
        _target(bid, min(plan.size, plan.inventory_limit - inventory)),
        _target(ask, min(plan.size, plan.inventory_limit + inventory)),
    )


def next_step(resting: Level | None, target: Target | None) -> Step:
    """Return what to do about a quote, given its price and what rests of it.

    A place in the queue is worth more than a full size: at the right price a quote
    stays until less than half of it is left. More than wanted is always cut.
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
