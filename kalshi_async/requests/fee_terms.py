"""The fee terms of events and series over time, and what a session remembers of them.

Knows no session and sends nothing: ``session.fees`` reads and hands in, ``session.portfolio`` and
``session.fills`` hand in what shows the precision of the account's cash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from kalshi_async.contract.events import Event, EventFeeChange
from kalshi_async.contract.fields import EXACT, BookSide, FeeType
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.markets import Market
from kalshi_async.contract.series import Series, SeriesFeeChange
from kalshi_async.requests.fees import CENT, CENTICENT, grid_divisor

KEPT_S = 600.0
"""Seconds for which the terms of a market are not read again (ours)."""

MOST = 10_000
"""Markets, events and series that are remembered, of each kind (ours): the oldest is dropped first."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """Fee type and multiplier. Of an event each may be None: then it is that of the series."""

    fee_type: FeeType | None
    """Formula of the fees."""
    multiplier: Decimal | None
    """Factor of the formula."""


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """The terms of one series or event. Times are Unix milliseconds of the exchange's clock."""

    read_ms: int
    """When the terms were read."""
    read: FeeTerms
    """The terms of then, with all changes up to then."""
    changes: tuple[tuple[int, FeeTerms], ...] = ()
    """Changes that were planned then, by their times, in any order; earlier ones are ignored."""

    def at(self, now_ms: int) -> FeeTerms:
        """Return the terms that hold at a time after ``read_ms``."""
        due = [change for change in self.changes if self.read_ms < change[0] <= now_ms]
        return max(due, key=lambda change: change[0])[1] if due else self.read


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """What the fees of a market depend on."""

    event_ticker: str
    """Ticker of the event, which has the terms."""
    waived_ms: int
    """No fees are charged before this time, in Unix milliseconds; 0 without a waiver."""
    grid_e4: int
    """A divisor of all prices, in $0.0001: see ``fees.grid_divisor``."""

    @classmethod
    def of(cls, market: Market) -> MarketTerms:
        """Return the terms of a market that was read."""
        until = market.fee_waiver_expiration_time
        return cls(market.event_ticker, 0 if until is None else _ms(until), grid_divisor(market.price_ranges))


@dataclass(frozen=True, slots=True)
class EventTerms:
    """What an event has in place of the terms of its series."""

    series_ticker: str
    """Ticker of the series, whose terms hold where the event has none."""
    overrides: FeeSchedule
    """The event's own terms."""

    @classmethod
    def of(cls, event: Event, changes: Iterable[EventFeeChange], read_ms: int) -> EventTerms:
        """Return the terms of an event that was read, with its changes, from ``read_ms`` on."""
        planned = tuple(
            (_ms(change.scheduled_ts), FeeTerms(change.fee_type_override, change.fee_multiplier_override))
            for change in changes
            if change.event_ticker == event.event_ticker
        )
        now = FeeTerms(event.fee_type_override, event.fee_multiplier_override)
        return cls(event.series_ticker, FeeSchedule(read_ms, now, planned))


def series_schedule(series: Series, changes: Iterable[SeriesFeeChange], read_ms: int) -> FeeSchedule:
    """Return the schedule of a series that was read, with its changes, from ``read_ms`` on."""
    planned = tuple(
        (_ms(change.scheduled_ts), FeeTerms(change.fee_type, change.fee_multiplier))
        for change in changes
        if change.series_ticker == series.ticker
    )
    return FeeSchedule(read_ms, FeeTerms(series.fee_type, series.fee_multiplier), planned)


def terms_at(now_ms: int, event: EventTerms, series: FeeSchedule) -> tuple[FeeType, Decimal]:
    """Return the fee type and the multiplier that an event's markets have."""
    own, general = event.overrides.at(now_ms), series.at(now_ms)
    fee_type = general.fee_type if own.fee_type is None else own.fee_type
    multiplier = general.multiplier if own.multiplier is None else own.multiplier
    assert fee_type is not None, "a series has a fee type"
    assert multiplier is not None, "a series has a multiplier"
    return fee_type, multiplier


class Remembered(Generic[Value]):
    """Values by ticker, each for ``KEPT_S``. Owner of the table; used on the event loop alone."""

    __slots__ = ("_by_ticker",)

    def __init__(self) -> None:
        self._by_ticker: dict[str, tuple[float, Value]] = {}

    def get(self, ticker: str, now_s: float) -> Value | None:
        """Return the value of a ticker, or None if it is unknown or was read too long ago."""
        read_s, value = self._by_ticker.get(ticker, (now_s - KEPT_S, None))
        return value if now_s - read_s < KEPT_S else None

    def put(self, ticker: str, value: Value, now_s: float) -> Value:
        """Remember a value that was read now, and return it."""
        self._by_ticker.pop(ticker, None)
        self._by_ticker[ticker] = (now_s, value)
        while len(self._by_ticker) > MOST:
            del self._by_ticker[next(iter(self._by_ticker))]
        return value


class KnownFees:
    """What a session has read about fees. Shared by its views."""

    __slots__ = ("events", "markets", "precision", "series")

    def __init__(self) -> None:
        self.markets = Remembered[MarketTerms]()
        """By the ticker of the market."""
        self.events = Remembered[EventTerms]()
        """By the ticker of the event."""
        self.series = Remembered[FeeSchedule]()
        """By the ticker of the series."""
        self.precision: Decimal | None = None
        """Precision of the account's cash as observed: $0.0001 once a balance had broken cents, or a
        fill of whole contracts changed the cash by such an amount; None before."""

    def saw_balance(self, dollars: Decimal) -> None:
        """Learn from a balance: the exchange keeps those of members behind a broker in whole cents."""
        if EXACT.remainder(dollars, CENT):
            self.precision = CENTICENT

    def saw_fills(self, fills: Iterable[Fill]) -> None:
        """Learn from fills: what one costs, with its fee, is a multiple of the precision."""
        for fill in fills:
            if self.precision is not None:
                return
            if EXACT.remainder(fill.count, Decimal(1)) == 0:
                leg = fill.yes_price if fill.book_side is BookSide.BID else fill.no_price
                self.saw_balance(EXACT.fma(leg, fill.count, fill.fee_cost))


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1_000)
