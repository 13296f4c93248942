"""session.events: events, their candles and forecasts, and the fees that they have of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Unpack, get_args

from kalshi_async.calls.context import Context, OnRejected
from kalshi_async.contract import candlesticks as candles, events as contract
from kalshi_async.contract.candlesticks import EventCandlesticks
from kalshi_async.contract.events import Event, EventFeeChange, EventMetadata, ForecastPercentiles
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.requests.filters import checked_number_filter, checked_word_filter
from kalshi_async.requests.validation import checked_items, checked_whole
from kalshi_async.resources._candles import PeriodInterval, candle_query, series_of
from kalshi_async.resources._finding import EventFilter, EventFilters

ForecastInterval = Literal[0, 1, 60, 1440]

PAGE = 200
"""Rows of the longest page of events (OpenAPI 3.34.0)."""
MOST_PERCENTILES = 10
"""Percentiles of one call (OpenAPI 3.34.0)."""


class Events:
    """Events, their candles, forecasts and fees; public and, but for the forecasts, unsigned.

    Source of all methods: OpenAPI 3.34.0, 2026-10-26.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, event_ticker: str, *, with_nested_markets: bool | None = None) -> Event:
        """Return one event, with the fees that it has now in place of its series'.

        * ``with_nested_markets``: True fills ``Event.markets``, but for markets of the archive.

        Raises NotFound for an unknown ticker.
        GET /events/{event_ticker}, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_EVENT,
            path={"event_ticker": event_ticker},
            query={"with_nested_markets": with_nested_markets, "exclude_markets": not with_nested_markets},
        )
        return reply.event

    def list(
        self,
        *,
        tickers: Sequence[str] | None = None,
        series_ticker: str | None = None,
        status: EventFilter | None = None,
        min_close_ts: datetime | int | None = None,
        min_updated_ts: datetime | int | None = None,
        with_nested_markets: bool | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Event]:
        """List events, but for multivariate ones.

        * ``status``: keeps events with a market in that state.
        * ``min_close_ts``, ``min_updated_ts``: keep events with a market that closes, or changed, no earlier.
        * ``with_nested_markets``: True fills ``Event.markets``, but for markets of the archive.
        * ``limit``: rows per page, 1 to 200 (200 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        ``milestones.list(related_event_ticker=…)`` has the milestones of an event.
        GET /events, 10 read tokens a page.
        """
        query = {
            "tickers": tickers,
            "series_ticker": series_ticker,
            "status": checked_word_filter("status", status, get_args(EventFilter)),
            "min_close_ts": min_close_ts,
            "min_updated_ts": min_updated_ts,
            "with_nested_markets": with_nested_markets,
            "limit": limit,
        }
        return self._context.paginate(contract.GET_EVENTS, query, on_rejected=on_rejected, most=PAGE)

    def find(
        self,
        where: Callable[[Event], bool] | None = None,
        *,
        limit: int = PAGE,
        **filters: Unpack[EventFilters],
    ) -> Paginator[Event]:
        """Find events: the exchange filters first, then ``where`` does, page by page.

            elections = session.events.find(lambda event: event.category == "Elections", status="open")
            first = await elections.first()

        A loop that ends, and ``Paginator.first``, read no further page.

        * ``where``: tells whether an event is one; None takes all that the exchange lists
        * ``filters``: the other filters of ``list``
        * ``limit``: rows per page; the longest page costs the fewest tokens

        GET /events, 10 read tokens a page.
        """
        listing = self.list(limit=limit, **filters)
        return listing if where is None else listing.where(where)

    def multivariate(
        self,
        *,
        tickers: Sequence[str] | None = None,
        series_ticker: str | None = None,
        collection_ticker: str | None = None,
        with_nested_markets: bool | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[Event]:
        """List multivariate events: those of combos.

        * ``collection_ticker``: keeps those of one collection; not together with ``series_ticker``.
        * ``with_nested_markets``: True fills ``Event.markets``.
        * ``limit``: rows per page, 1 to 200 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /events/multivariate, 10 read tokens a page.
        """
        query = {
            "tickers": tickers,
            "series_ticker": series_ticker,
            "collection_ticker": collection_ticker,
            "with_nested_markets": with_nested_markets,
            "limit": limit,
        }
        operation = contract.GET_MULTIVARIATE_EVENTS
        return self._context.paginate(operation, query, on_rejected=on_rejected, most=PAGE)

    async def metadata(self, event_ticker: str) -> EventMetadata:
        """Return how an event and its markets are shown, and by which publications they are decided.

        Raises NotFound for an unknown ticker.
        GET /events/{event_ticker}/metadata, 10 read tokens.
        """
        return await self._context.call(contract.GET_EVENT_METADATA, path={"event_ticker": event_ticker})

    async def candlesticks(
        self,
        event_ticker: str,
        *,
        start_ts: datetime | int,
        end_ts: datetime | int,
        period_interval: PeriodInterval,
        series_ticker: str | None = None,
    ) -> EventCandlesticks:
        """Return the candles of every market of an event that end from ``start_ts`` to ``end_ts``.

        * ``start_ts``, ``end_ts``: Unix seconds or aware datetimes.
        * ``period_interval``: minutes of a candle: 1, 60 or 1440.
        * ``series_ticker``: None takes the part of the ticker before the first "-".

        Raises NotFound for an unknown ticker, and a wrong series.
        GET /series/{series_ticker}/events/{ticker}/candlesticks, 10 read tokens.
        """
        return await self._context.call(
            candles.GET_MARKET_CANDLESTICKS_BY_EVENT,
            path=_within_series(event_ticker, series_ticker),
            query=candle_query(start_ts, end_ts, period_interval),
        )

    async def forecast_percentile_history(
        self,
        event_ticker: str,
        *,
        percentiles: Sequence[int],
        start_ts: datetime | int,
        end_ts: datetime | int,
        period_interval: ForecastInterval,
        series_ticker: str | None = None,
    ) -> Sequence[ForecastPercentiles]:
        """Return what the prices of an event on a number have forecast for it, oldest first.

        * ``percentiles``: up to 10, in hundredths of a percent: 5000 is the median.
        * ``start_ts``, ``end_ts``: Unix seconds or aware datetimes.
        * ``period_interval``: minutes of a period: 1, 60 or 1440; 0 is five seconds.
        * ``series_ticker``: None takes the part of the ticker before the first "-".

        Raises NotFound for an unknown ticker, and a wrong series.
        GET /series/{series_ticker}/events/{ticker}/forecast_percentile_history, 10 read tokens; signed.
        """
        for percentile in checked_items("percentiles", percentiles):
            checked_whole("percentiles", percentile, least=0, most=9999)
        checked_whole("the number of percentiles", len(percentiles), least=1, most=MOST_PERCENTILES)
        checked_number_filter("period_interval", period_interval, get_args(ForecastInterval))
        reply = await self._context.call(
            contract.GET_EVENT_FORECAST_PERCENTILES_HISTORY,
            path=_within_series(event_ticker, series_ticker),
            query={
                "percentiles": [str(percentile) for percentile in percentiles],
                "start_ts": start_ts,
                "end_ts": end_ts,
                "period_interval": period_interval,
            },
        )
        return reply.forecast_history

    def fee_changes(
        self,
        *,
        event_ticker: str | None = None,
        limit: int | None = None,
        on_rejected: OnRejected = None,
    ) -> Paginator[EventFeeChange]:
        """List changes of the fees that events have in place of their series', of one event or of all.

        * ``limit``: rows per page, 1 to 1000 (100 by default).
        * ``on_rejected``: called with the raw bytes of a row that does not decode (``Paginator.pages``).

        GET /events/fee_changes, 10 read tokens a page.
        """
        return self._context.paginate(
            contract.GET_EVENT_FEE_CHANGES,
            {"event_ticker": event_ticker, "limit": limit},
            on_rejected=on_rejected,
        )


def _within_series(event_ticker: str, series_ticker: str | None) -> dict[str, str]:
    series = series_of(event_ticker) if series_ticker is None else series_ticker
    return {"series_ticker": series, "ticker": event_ticker}
