"""The profile of the 2025 API: its routes, its prices and its error body."""

from __future__ import annotations

from kalshi_async.sandbox.access.costs import DEFAULT_PRICE, Price
from kalshi_async.sandbox.api2025 import account, markets, orders, views
from kalshi_async.sandbox.edge.profile import Profile
from kalshi_async.sandbox.edge.routes.route import Route

# The 2025 API counted requests and not tokens (docs rate_limits as archived in 2025). Only
# these six were writes. Each item of a batch counted as one request, a cancel in a batch as a
# fifth. Here one request is ten tokens, so that the tiers keep their numbers.
_ORDERS = "/portfolio/orders"
_WRITE_2025 = Price(bucket="write")
PRICES_2025: dict[tuple[str, str], Price] = {
    ("POST", _ORDERS): _WRITE_2025,
    ("DELETE", _ORDERS + "/{order_id}"): _WRITE_2025,
    ("POST", _ORDERS + "/{order_id}/amend"): _WRITE_2025,
    ("POST", _ORDERS + "/{order_id}/decrease"): _WRITE_2025,
    ("POST", _ORDERS + "/batched"): Price(bucket="write", per_item=True),
    ("DELETE", _ORDERS + "/batched"): Price(2, "write", per_item=True),
}


def price_of_2025(method: str, path: str) -> Price:
    """Return the price of a route of the 2025 API by its path template."""
    return PRICES_2025.get((method, path), DEFAULT_PRICE)


LEGACY_ROUTES: tuple[Route, ...] = (*orders.ROUTES, *account.ROUTES)
"""The twenty operations of the 2025 reference. One of them accepts two HTTP methods."""

YEAR_2025 = Profile("2025", (*LEGACY_ROUTES, *markets.ROUTES), price_of_2025, views.error)
