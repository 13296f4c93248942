"""The profile of one generation of the API: its routes, prices and error bodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kalshi_async.environment import Generation
from kalshi_async.sandbox.access.costs import Price, price_of
from kalshi_async.sandbox.edge import error_views
from kalshi_async.sandbox.edge.routes import RETIRED_ROUTES, ROUTES, Route
from kalshi_async.sandbox.edge.views import Json
from kalshi_async.sandbox.engine.state import Rejected


@dataclass(frozen=True, slots=True)
class Profile:
    """One generation of the API."""

    generation: Generation
    routes: tuple[Route, ...]
    """The operations. Literal paths stand before templates that would also match them."""
    price_of: Callable[[str, str], Price]
    """Returns the price of a route, by method and path template."""
    error_body: Callable[[Rejected], Json]
    """Renders a refusal."""
    retired: tuple[Route, ...] = ()
    """Routes of an earlier generation, which answer 410."""


CURRENT = Profile("current", tuple(ROUTES.values()), price_of, error_views.body, RETIRED_ROUTES)
