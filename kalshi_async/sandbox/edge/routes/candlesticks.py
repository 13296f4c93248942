"""Public market data: candles of one market, of several, of an event, and of the archive.

A candle is made of the trades and the best prices of its period; ``engine.candles`` keeps them. As
the venue does, a request for too many periods is refused, whatever it would find (one peer, 2026-08).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kalshi_async.sandbox.edge import candle_views
from kalshi_async.sandbox.edge.queries import Integer, Text
from kalshi_async.sandbox.edge.routes.markets import archived_market_of, is_archived, live_market_of
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.candles import Candle, Span, period_end_s
from kalshi_async.sandbox.engine.state import Market, Rejected
from kalshi_async.sandbox.settings import MOST_BATCH_TICKERS

Json = candle_views.Json

# The most periods of one market, and of all markets of a batch: refusals recorded by one peer, 2026-08.
_MOST_PERIODS = 5_000
_MOST_PERIODS_OF_BATCH = 10_000
_PERIOD_S = 60


@dataclass(frozen=True, slots=True)
class Range:
    """The candles that a query asks for: those that end from ``start_s`` to ``end_s``."""

    start_s: int
    end_s: int
    interval: int
    is_continued: bool
    """Whether the candle before the first one is prepended, projected forward."""

    @property
    def periods(self) -> int:
        """How many candles the range has at most."""
        return max(0, self.end_s - self.start_s) // (self.interval * _PERIOD_S)


def get_market_candlesticks(call: Call) -> Reply:
    """Show the candles of one market of the live tier."""
    market, wanted = live_market_of(call), _range(call)
    if market.series_ticker != call.path["series_ticker"]:
        raise Rejected("not_found")
    _refuse_more(wanted.periods, _MOST_PERIODS, "requested time range with candlesticks")
    return ok({"ticker": market.ticker, "candlesticks": _rows(market, wanted)})


def batch_get_market_candlesticks(call: Call) -> Reply:
    """Show the candles of some markets; an unknown ticker has no row."""
    tickers, wanted = call.query.items("market_tickers"), _range(call)
    _refuse_more(
        wanted.periods * len(tickers), _MOST_PERIODS_OF_BATCH, "requested candlesticks across all markets"
    )
    found = [call.exchange.markets[ticker] for ticker in tickers if ticker in call.exchange.markets]
    return ok(
        {
            "markets": [
                {"market_ticker": market.ticker, "candlesticks": _rows(market, wanted)}
                for market in found
                if not is_archived(call, market)
            ]
        }
    )


def get_market_candlesticks_by_event(call: Call) -> Reply:
    """Show the candles of every market of an event (``settings.CHOICES``: ``event_candles_end``)."""
    wanted = _range(call)
    markets = [
        market
        for market in call.exchange.markets.values()
        if market.event_ticker == call.path["ticker"]
        and market.series_ticker == call.path["series_ticker"]
        and not is_archived(call, market)
    ]
    if not markets:
        raise Rejected("not_found")
    _refuse_more(wanted.periods, _MOST_PERIODS, "requested time range with candlesticks")
    return ok(
        {
            "market_tickers": [market.ticker for market in markets],
            "market_candlesticks": [_rows(market, wanted) for market in markets],
            "adjusted_end_ts": wanted.end_s,
        }
    )


def get_market_candlesticks_historical(call: Call) -> Reply:
    """Show the candles of one market that was settled before the cutoff."""
    market, wanted = archived_market_of(call), _range(call)
    _refuse_more(wanted.periods, _MOST_PERIODS, "requested time range with candlesticks")
    rows = [candle_views.historical_candlestick(candle) for candle in _within(market, wanted)]
    return ok({"ticker": market.ticker, "candlesticks": rows})


def _range(call: Call) -> Range:
    query = call.query
    return Range(
        query.integer("start_ts") or 0,
        query.integer("end_ts") or 0,
        query.integer("period_interval") or 1,
        query.flag("include_latest_before_start"),
    )


def _refuse_more(count: int, most: int, words: str) -> None:
    if count > most:
        raise Rejected("invalid_parameters", f"{words}: {count}, max candlesticks: {most}")


def _rows(market: Market, wanted: Range) -> list[Json]:
    rows = list(_within(market, wanted))
    if wanted.is_continued:
        latest = _latest_before(market, wanted)
        if latest is not None and not (rows and rows[0].end_s == latest.end_s):
            rows.insert(0, latest)
    return [candle_views.candlestick(candle) for candle in rows]


def _within(market: Market, wanted: Range) -> Iterator[Candle]:
    for candle in market.candles.of(wanted.interval):
        if wanted.start_s <= candle.end_s <= wanted.end_s:
            yield candle


def _latest_before(market: Market, wanted: Range) -> Candle | None:
    # Docs get-market-candlesticks, 2026-10; what they leave open: ``settings.CHOICES``: ``candle_latest``.
    latest: Candle | None = None
    for candle in market.candles.of(wanted.interval):
        if candle.end_s >= wanted.start_s:
            break
        latest = candle
    if latest is None:
        return None
    last_e4 = latest.previous_e4 if latest.price is None else latest.price.close_e4
    bid, ask = Span.of(latest.bid.close_e4), Span.of(latest.ask.close_e4)
    end_s = period_end_s(wanted.start_s + 1, wanted.interval)
    return Candle(end_s, bid, ask, last_e4, latest.open_interest_e2)


_TIMES = (Integer("start_ts", is_required=True), Integer("end_ts", is_required=True))
# OpenAPI 3.34.0: minutes; the batch takes any number of them.
_QUERY = (*_TIMES, Integer("period_interval", choices=frozenset({1, 60, 1440}), is_required=True))
_BATCH_QUERY = (*_TIMES, Integer("period_interval", 1, is_required=True))
_CONTINUED = Text("include_latest_before_start")
_TICKERS = Text("market_tickers", separated=True, most_items=MOST_BATCH_TICKERS, is_required=True)
_OF_MARKET = "/series/{series_ticker}/markets/{ticker}/candlesticks"
_OF_EVENT = "/series/{series_ticker}/events/{ticker}/candlesticks"
_HISTORICAL = "/historical/markets/{ticker}/candlesticks"

ROUTES = (
    Route(
        "get_market_candlesticks",
        "GET",
        _OF_MARKET,
        get_market_candlesticks,
        (*_QUERY, _CONTINUED),
        public=True,
    ),
    Route(
        "batch_get_market_candlesticks",
        "GET",
        "/markets/candlesticks",
        batch_get_market_candlesticks,
        (*_BATCH_QUERY, _CONTINUED, _TICKERS),
        public=True,
    ),
    Route(
        "get_market_candlesticks_by_event",
        "GET",
        _OF_EVENT,
        get_market_candlesticks_by_event,
        _QUERY,
        public=True,
    ),
    Route(
        "get_market_candlesticks_historical",
        "GET",
        _HISTORICAL,
        get_market_candlesticks_historical,
        _QUERY,
        public=True,
    ),
)
