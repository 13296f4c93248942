"""The fees of series and events: what holds, what is planned, and the operator's commands.

A series names fee type and multiplier of all its markets; an event may override either. The terms
that hold stand on the markets themselves, where the engine reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from kalshi_async.sandbox.engine.fees import FEE_RATES
from kalshi_async.sandbox.engine.state import Market
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.fixed_point import exact_e4
from kalshi_async.sandbox.settings import HIGHEST_MULTIPLIER

_SECOND_US = 1_000_000
# Update 2026-11-28 §1.2: the multiplier is 1 and makers pay nothing, unless a series says otherwise.
_NEW_SERIES = ("quadratic", 10_000)


@dataclass(frozen=True, slots=True)
class Override:
    """What an event has in place of its series' terms; None leaves that of the series."""

    fee_type: str | None = None
    multiplier_e4: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """New terms of a series from ``scheduled_us`` on."""

    change_id: str
    series_ticker: str
    fee_type: str
    multiplier_e4: int
    scheduled_us: int


@dataclass(frozen=True, slots=True)
class EventChange:
    """A new override of an event from ``scheduled_us`` on."""

    change_id: str
    event_ticker: str
    series_ticker: str
    override: Override
    scheduled_us: int


class FeeTerms:
    """The terms of all series and events, and their changes, past and planned."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._series: dict[str, tuple[str, int]] = {}
        self._overrides: dict[str, Override] = {}
        self.series_changes: list[SeriesChange] = []
        self.event_changes: list[EventChange] = []

    def of_series(self, series_ticker: str) -> tuple[str, int]:
        """Return fee type and multiplier (e4) of a series."""
        return self._series.get(series_ticker, _NEW_SERIES)

    def override_of(self, event_ticker: str) -> Override:
        """Return what an event has in place of its series' terms."""
        return self._overrides.get(event_ticker, Override())

    def change_series(
        self, series_ticker: str, fee_type: str, multiplier: Decimal = Decimal(1), *, in_s: int = 0
    ) -> None:
        """Give all markets of a series other fees, now or in some seconds. Raises ValueError if misused."""
        now_us = self._venue.tick()
        if series_ticker not in self._series:
            raise ValueError(f"series {series_ticker!r} has no market")
        _refuse_terms(fee_type, multiplier)
        change = SeriesChange(
            self._venue.new_id(), series_ticker, fee_type, exact_e4(multiplier), now_us + in_s * _SECOND_US
        )
        self.series_changes.append(change)
        self._venue.agenda.at(change.scheduled_us, partial(self._change_series, change))
        self._venue.tick()

    def override_event(
        self,
        event_ticker: str,
        fee_type: str | None = None,
        multiplier: Decimal | None = None,
        *,
        in_s: int = 0,
    ) -> None:
        """Give an event fees of its own, now or in some seconds; without any, those of its series again.

        Raises ValueError if misused.
        """
        now_us = self._venue.tick()
        markets = [market for market in self._venue.markets.values() if market.event_ticker == event_ticker]
        if not markets:
            raise ValueError(f"event {event_ticker!r} has no market")
        _refuse_terms(fee_type, multiplier)
        override = Override(fee_type, None if multiplier is None else exact_e4(multiplier))
        change = EventChange(
            self._venue.new_id(),
            event_ticker,
            markets[0].series_ticker,
            override,
            now_us + in_s * _SECOND_US,
        )
        self.event_changes.append(change)
        self._venue.agenda.at(change.scheduled_us, partial(self._override_event, change))
        self._venue.tick()

    def admit(self, market: Market, fee_type: str | None, multiplier: Decimal | None) -> None:
        """Give a market that is being listed its fees; None takes those of its series.

        The first market of a series sets the fees of the series. Later ones with other fees override
        them for all markets of their event. Raises ValueError for fees that there are not.
        """
        _refuse_terms(fee_type, multiplier)
        held = self._held(market)
        asked = (
            held[0] if fee_type is None else fee_type,
            held[1] if multiplier is None else exact_e4(multiplier),
        )
        if market.series_ticker not in self._series:
            self._series[market.series_ticker] = asked
        elif asked != held:
            self._overrides[market.event_ticker] = Override(*asked)
            self._apply(market.series_ticker)
        market.fee_type, market.fee_multiplier_e4 = asked

    def _held(self, market: Market) -> tuple[str, int]:
        fee_type, multiplier_e4 = self.of_series(market.series_ticker)
        override = self.override_of(market.event_ticker)
        return (
            fee_type if override.fee_type is None else override.fee_type,
            multiplier_e4 if override.multiplier_e4 is None else override.multiplier_e4,
        )

    def _change_series(self, change: SeriesChange) -> None:
        self._series[change.series_ticker] = (change.fee_type, change.multiplier_e4)
        self._apply(change.series_ticker)

    def _override_event(self, change: EventChange) -> None:
        self._overrides[change.event_ticker] = change.override
        self._apply(change.series_ticker)

    def _apply(self, series_ticker: str) -> None:
        for market in self._venue.markets.values():
            if market.series_ticker == series_ticker:
                market.fee_type, market.fee_multiplier_e4 = self._held(market)


def _refuse_terms(fee_type: str | None, multiplier: Decimal | None) -> None:
    if fee_type is not None and fee_type not in FEE_RATES:
        raise ValueError(f"fee_type must be one of {', '.join(FEE_RATES)}, was {fee_type!r}")
    if multiplier is not None and not 0 <= multiplier <= HIGHEST_MULTIPLIER:
        raise ValueError(f"fee_multiplier must be 0 to {HIGHEST_MULTIPLIER}, was {multiplier}")
