"""Every endpoint of the embedded exchange, family by family.

``ROUTES`` maps the name of an operation, as ``kalshi_async.contract`` spells it, to
its route. Within a family literal paths come before templates, because the first
match answers.
"""

from __future__ import annotations

from kalshi_async.sandbox.edge.routes import (
    account,
    candlesticks,
    cash,
    events,
    fee_changes,
    forecasts,
    groups,
    markets,
    milestones,
    multivariate,
    order_reads,
    orders,
    portfolio,
    positions,
    retired,
    search,
    status,
    trades,
)
from kalshi_async.sandbox.edge.routes.route import Route

_FAMILIES = (
    orders,
    order_reads,
    groups,
    portfolio,
    positions,
    cash,
    account,
    status,
    trades,
    candlesticks,
    markets,
    fee_changes,
    events,
    forecasts,
    multivariate,
    milestones,
    search,
)

ROUTES: dict[str, Route] = {route.name: route for family in _FAMILIES for route in family.ROUTES}
"""The current operations by name."""

RETIRED_ROUTES: tuple[Route, ...] = retired.ROUTES
"""The routes that the venue answers with 410 since June 2026."""

__all__ = ["RETIRED_ROUTES", "ROUTES", "Route"]
