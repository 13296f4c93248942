"""Candles as their definition says, computed anew for each: slow, and without any state.

Knows rows of trades, what the best prices were after each event, and who holds what; nothing of the
engine. Prices are Decimals in dollars, times Unix microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

EMPTY = (Decimal(0), Decimal(1))
"""The best bid and ask of an empty book."""
_TICK = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Traded:
    """One trade of one market."""

    time_us: int
    price: Decimal
    count: Decimal


@dataclass(frozen=True, slots=True)
class Top:
    """The best bid and ask from a time on."""

    time_us: int
    prices: tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Held:
    """A change of one member's position: contracts of YES, below 0 for NO."""

    time_us: int
    member: str
    count: Decimal


@dataclass(frozen=True, slots=True)
class Tape:
    """All that happened in one market, oldest first."""

    trades: Sequence[Traded]
    tops: Sequence[Top]
    holdings: Sequence[Held]


def candles(tape: Tape, interval_minutes: int) -> Iterator[dict[str, object]]:
    """Yield every candle, oldest first: the values of a reply by their path, as Decimals or None."""
    period_us = interval_minutes * 60_000_000
    times = {trade.time_us for trade in tape.trades} | set(_moves(tape.tops))
    for end_us in sorted({-(-time_us // period_us) * period_us for time_us in times}):
        yield candle(tape, end_us - period_us, end_us)


def candle(tape: Tape, start_us: int, end_us: int) -> dict[str, object]:
    """Return the candle of a period without its first moment, and with its last one."""
    trades = [trade for trade in tape.trades if start_us < trade.time_us <= end_us]
    before = [trade.price for trade in tape.trades if trade.time_us <= start_us]
    tops = [_top_at(tape.tops, start_us)]
    tops += [top.prices for top in tape.tops if start_us < top.time_us <= end_us]
    prices = [trade.price for trade in trades]
    count = sum((trade.count for trade in trades), Decimal(0))
    amount = sum((trade.price * trade.count for trade in trades), Decimal(0))
    mean = (amount / count).quantize(_TICK, ROUND_HALF_UP) if count else None
    return {
        "end_period_ts": end_us // 1_000_000,
        "yes_bid": _span([bid for bid, _ in tops]),
        "yes_ask": _span([ask for _, ask in tops]),
        "price": _span(prices) | {"mean": mean, "previous": before[-1] if before else None},
        "volume": count,
        "open_interest": _open_interest(tape.holdings, end_us),
    }


def _span(prices: Sequence[Decimal]) -> dict[str, Decimal | None]:
    if not prices:
        return dict.fromkeys(("open", "low", "high", "close"))
    return {"open": prices[0], "low": min(prices), "high": max(prices), "close": prices[-1]}


def _moves(tops: Sequence[Top]) -> Iterator[int]:
    known = EMPTY
    for top in tops:
        if top.prices != known:
            yield top.time_us
        known = top.prices


def _top_at(tops: Sequence[Top], time_us: int) -> tuple[Decimal, Decimal]:
    known = EMPTY
    for top in tops:
        if top.time_us <= time_us:
            known = top.prices
    return known


def _open_interest(holdings: Sequence[Held], end_us: int) -> Decimal:
    held: dict[str, Decimal] = {}
    for change in holdings:
        if change.time_us <= end_us:
            held[change.member] = held.get(change.member, Decimal(0)) + change.count
    return sum((count for count in held.values() if count > 0), Decimal(0))
