"""Every endpoint of the embedded exchange, family by family.

``ROUTES`` maps the name of an operation, as ``kalshi_async.contract`` spells it, to
its route. Within a family literal paths come before templates, since the first
match answers.
"""

from __future__ import annotations

from kalshi_async.sandbox.routes import (
    account,
    cash,
    groups,
    legacy_account,
    legacy_orders,
    markets,
    order_reads,
    orders,
    portfolio,
    positions,
    retired,
    status,
)
from kalshi_async.sandbox.routes.route import Route

_FAMILIES = (orders, order_reads, groups, portfolio, positions, cash, account, status, markets)

ROUTES: dict[str, Route] = {route.name: route for family in _FAMILIES for route in family.ROUTES}
"""The current operations by name."""

RETIRED_ROUTES: tuple[Route, ...] = retired.ROUTES
"""What the venue answers with 410 since June 2026."""

LEGACY_ROUTES: tuple[Route, ...] = (*legacy_orders.ROUTES, *legacy_account.ROUTES)
"""The twenty operations of the 2025 reference; one of them answers to two methods."""

__all__ = ["LEGACY_ROUTES", "RETIRED_ROUTES", "ROUTES", "Route"]
