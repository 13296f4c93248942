"""The generations of the API that the exchange serves, all on the same engine."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kalshi_async.sandbox.api2025.profile import YEAR_2025  # api2025
from kalshi_async.sandbox.edge.profile import CURRENT, Profile

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        CURRENT.generation: CURRENT,
        YEAR_2025.generation: YEAR_2025,  # api2025
    }
)
"""Every profile, by the name that ``--profile`` and ``Sandbox(profile=…)`` take."""
