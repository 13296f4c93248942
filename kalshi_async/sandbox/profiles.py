"""The two generations of the API that the exchange can speak, over one engine.

A profile is routes, prices and the shape of a refusal; nothing else differs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kalshi_async.environment import Generation
from kalshi_async.sandbox import error_views, legacy_views
from kalshi_async.sandbox.costs import Price, price_of, price_of_2025
from kalshi_async.sandbox.routes import LEGACY_ROUTES, RETIRED_ROUTES, ROUTES, Route
from kalshi_async.sandbox.state import Rejected
from kalshi_async.sandbox.views import Json


@dataclass(frozen=True, slots=True)
class Profile:
    """One generation. In ``routes`` literal paths come before templates."""

    generation: Generation
    routes: tuple[Route, ...]
    price_of: Callable[[str, str], Price]
    error_body: Callable[[Rejected], Json]


CURRENT = Profile("current", (*ROUTES.values(), *RETIRED_ROUTES), price_of, error_views.body)
YEAR_2025 = Profile("2025", LEGACY_ROUTES, price_of_2025, legacy_views.error)

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {profile.generation: profile for profile in (CURRENT, YEAR_2025)}
)
"""By the name that the command line and ``Sandbox(profile=…)`` take."""
