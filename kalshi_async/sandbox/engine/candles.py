"""Candles of one market: what its trades and its best prices did, minute by minute.

Matching adds every trade and every change of the best prices, in the order of their times. A minute
in which nothing moved has no candle (recorded by one peer, 2026-08). Longer candles are made of
minutes when they are asked for. Prices are ten-thousandths of a dollar, counts hundredths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kalshi_async.sandbox.settings import CANDLE_WITHOUT_ASK_E4, CANDLE_WITHOUT_BID_E4

_MINUTE_US = 60_000_000
_MINUTE_S = 60


@dataclass(slots=True)
class Span:
    """The first, lowest, highest and last of some prices."""

    open_e4: int
    low_e4: int
    high_e4: int
    close_e4: int

    @classmethod
    def of(cls, price_e4: int) -> Span:
        """Return the span of one price."""
        return cls(price_e4, price_e4, price_e4, price_e4)

    def reach(self, price_e4: int) -> None:
        """Add a later price."""
        self.low_e4 = min(self.low_e4, price_e4)
        self.high_e4 = max(self.high_e4, price_e4)
        self.close_e4 = price_e4

    def extend(self, later: Span) -> None:
        """Add a later span."""
        self.low_e4 = min(self.low_e4, later.low_e4)
        self.high_e4 = max(self.high_e4, later.high_e4)
        self.close_e4 = later.close_e4


@dataclass(slots=True)
class Candle:
    """One period; ``end_s`` is its end in Unix seconds, which belongs to it.

    ``price`` is None without a trade. ``amount_e6`` is the sum of price times count of its trades.
    ``previous_e4`` is the price of the last trade before it, None without one.
    ``open_interest_e2`` are the contracts that are held at its end.
    """

    end_s: int
    bid: Span
    ask: Span
    previous_e4: int | None
    open_interest_e2: int
    price: Span | None = None
    amount_e6: int = 0
    volume_e2: int = 0


@dataclass(slots=True)
class Candles:
    """The minutes of one market, oldest first, and its best prices now."""

    minutes: list[Candle] = field(default_factory=list)
    bid_e4: int = CANDLE_WITHOUT_BID_E4
    ask_e4: int = CANDLE_WITHOUT_ASK_E4
    last_e4: int | None = None
    open_interest_e2: int = 0

    def quote(self, stamp_us: int, bid_e4: int | None, ask_e4: int | None) -> None:
        """Note the best prices after an event; None is an empty side."""
        bid_e4 = CANDLE_WITHOUT_BID_E4 if bid_e4 is None else bid_e4
        ask_e4 = CANDLE_WITHOUT_ASK_E4 if ask_e4 is None else ask_e4
        if bid_e4 == self.bid_e4 and ask_e4 == self.ask_e4:
            return
        minute = self._minute(stamp_us)
        minute.bid.reach(bid_e4)
        minute.ask.reach(ask_e4)
        self.bid_e4, self.ask_e4 = bid_e4, ask_e4

    def trade(self, stamp_us: int, price_e4: int, count_e2: int, open_interest_e2: int) -> None:
        """Count a trade; ``open_interest_e2`` is that after it."""
        minute = self._minute(stamp_us)
        if minute.price is None:
            minute.price = Span.of(price_e4)
        else:
            minute.price.reach(price_e4)
        minute.amount_e6 += price_e4 * count_e2
        minute.volume_e2 += count_e2
        minute.open_interest_e2 = self.open_interest_e2 = open_interest_e2
        self.last_e4 = price_e4

    def of(self, interval_minutes: int) -> Iterator[Candle]:
        """Yield the candles of a longer or equal interval, oldest first; the last may still grow."""
        candle: Candle | None = None
        for minute in self.minutes:
            end_s = period_end_s(minute.end_s, interval_minutes)
            if candle is not None and candle.end_s == end_s:
                _extend(candle, minute)
                continue
            if candle is not None:
                yield candle
            candle = _first_of(minute, end_s)
        if candle is not None:
            yield candle

    def _minute(self, stamp_us: int) -> Candle:
        end_s = -(-stamp_us // _MINUTE_US) * _MINUTE_S
        if not self.minutes or self.minutes[-1].end_s != end_s:
            bid, ask = Span.of(self.bid_e4), Span.of(self.ask_e4)
            self.minutes.append(Candle(end_s, bid, ask, self.last_e4, self.open_interest_e2))
        return self.minutes[-1]


def period_end_s(time_s: int, interval_minutes: int) -> int:
    """Return the end of the period that a second belongs to (``settings.CHOICES``: ``candle_days``)."""
    period_s = interval_minutes * _MINUTE_S
    return -(-time_s // period_s) * period_s


def _first_of(minute: Candle, end_s: int) -> Candle:
    candle = Candle(end_s, _copy(minute.bid), _copy(minute.ask), minute.previous_e4, minute.open_interest_e2)
    _add_trades(candle, minute)
    return candle


def _extend(candle: Candle, minute: Candle) -> None:
    candle.bid.extend(minute.bid)
    candle.ask.extend(minute.ask)
    candle.open_interest_e2 = minute.open_interest_e2
    _add_trades(candle, minute)


def _add_trades(candle: Candle, minute: Candle) -> None:
    if minute.price is None:
        return
    if candle.price is None:
        candle.price = _copy(minute.price)
    else:
        candle.price.extend(minute.price)
    candle.amount_e6 += minute.amount_e6
    candle.volume_e2 += minute.volume_e2


def _copy(span: Span) -> Span:
    return Span(span.open_e4, span.low_e4, span.high_e4, span.close_e4)
