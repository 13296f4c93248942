"""A generation of the API as the exchange speaks it: routes, prices, the shape of a refusal."""

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
    """One generation. In ``routes`` literal paths come before templates; ``retired`` answer 410."""

    generation: Generation
    routes: tuple[Route, ...]
    price_of: Callable[[str, str], Price]
    error_body: Callable[[Rejected], Json]
    retired: tuple[Route, ...] = ()


CURRENT = Profile("current", tuple(ROUTES.values()), price_of, error_views.body, RETIRED_ROUTES)
