"""The 2025 profile: its routes, its prices and the shape of its refusals."""

from __future__ import annotations

from kalshi_async.sandbox.access.costs import DEFAULT_PRICE, Price
from kalshi_async.sandbox.api2025 import account, orders, views
from kalshi_async.sandbox.edge.profile import Profile
from kalshi_async.sandbox.edge.routes.route import Route

# 2025 counted requests and not tokens: only these six were writes, each item of a batch
# counted as one request and a cancel in a batch as a fifth (docs rate_limits as archived
# in 2025). Ten tokens to a request keep the tiers' numbers.
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
    """Return the price of a route of the 2025 API, given its template."""
    return PRICES_2025.get((method, path), DEFAULT_PRICE)


LEGACY_ROUTES: tuple[Route, ...] = (*orders.ROUTES, *account.ROUTES)
"""The twenty operations of the 2025 reference; one of them answers to two methods."""

YEAR_2025 = Profile("2025", LEGACY_ROUTES, price_of_2025, views.error)
