"""Public reads of the 2025 API: markets, and the status of the exchange.

The 2025 reference is about the portfolio alone. A row is therefore today's, and beside it the
numbers that the SDK of that reference (kalshi-python 2.1.4) reads: cents and whole contracts.
"""

from __future__ import annotations

from kalshi_async.sandbox.api2025.views import cents, contracts
from kalshi_async.sandbox.edge.routes import markets, status
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Market
from kalshi_async.sandbox.settings import STATUS_WORDS_2025


def get_markets(call: Call) -> Reply:
    """List markets by ticker, with the filters of today."""
    page = markets.page_of_markets(call)
    return ok({"markets": [market_view(call, market) for market in page.rows], "cursor": page.cursor})


def get_market(call: Call) -> Reply:
    """Show one market."""
    return ok({"market": market_view(call, markets.market_of(call))})


def market_view(call: Call, market: Market) -> dict[str, object]:
    """Render one market with its book as it is now, in the units of today and of 2025."""
    bids, asks = call.exchange.reads.book_levels(market.ticker)
    bid_e4 = bids[0][0] if bids else 0
    ask_e4 = asks[0][0] if asks else ONE_DOLLAR_E4
    return markets.market_view(call, market) | {
        "series_ticker": market.series_ticker,
        "status": STATUS_WORDS_2025.get(market.state.value, market.state.value),
        "yes_bid": cents(bid_e4),
        "yes_ask": cents(ask_e4),
        "no_bid": cents(ONE_DOLLAR_E4 - ask_e4),
        "no_ask": cents(ONE_DOLLAR_E4 - bid_e4),
        "last_price": cents(market.last_price_e4 or 0),
        "volume": contracts(market.turnover.total_e2),
        "volume_24h": contracts(market.turnover.last_day_e2(call.now_ms * 1_000)),
        "open_interest": contracts(market.open_interest_e2),
    }


_HANDLERS = {"get_markets": get_markets, "get_market": get_market}

ROUTES = (
    *(
        Route(route.name, route.method, route.path, _HANDLERS[route.name], route.parameters, public=True)
        for route in markets.ROUTES
        if route.name in _HANDLERS
    ),
    *(route for route in status.ROUTES if route.name == "get_exchange_status"),
)
"""Public: in 2025 they needed no signature."""
