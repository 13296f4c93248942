"""The name of the operation that a request calls, by its method and raw path.

The fault layer and the relay use it: they see requests before the application routes them.
Names are those of ``kalshi_async.contract``; paths come from the application's own routes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from kalshi_async.environment import Generation
from kalshi_async.sandbox.edge.profiles import PROFILES
from kalshi_async.sandbox.edge.routes import Route
from kalshi_async.sandbox.edge.routes.account import BASE_PATH

OPERATION_NAMES: Mapping[Generation, frozenset[str]] = MappingProxyType(
    {profile.generation: frozenset(route.name for route in profile.routes) for profile in PROFILES.values()}
)
"""The names of all operations, by the generation of the API."""

UNKNOWN = ""
"""The name for a path that belongs to no operation."""

_Template = tuple[str, ...]
_Templates = Mapping[tuple[str, int], tuple[tuple[_Template, str], ...]]


def operation_of(method: str, path: str, generation: Generation = "current") -> str:
    """Return the name of the operation, or ``UNKNOWN``. ``path`` has no query."""
    if not path.startswith(BASE_PATH):
        return UNKNOWN
    segments = tuple(path.removeprefix(BASE_PATH).split("/"))
    for template, name in _TEMPLATES[generation].get((method, len(segments)), ()):
        if all(_fits(part, segment) for part, segment in zip(template, segments, strict=True)):
            return name
    return UNKNOWN


def _fits(part: str, segment: str) -> bool:
    return part == segment or (part.startswith("{") and bool(segment))


def _templates(routes: Iterable[Route]) -> _Templates:
    # In the order of the routes: literal paths come before templates and so match first.
    found: dict[tuple[str, int], tuple[tuple[_Template, str], ...]] = {}
    for route in routes:
        template = tuple(route.path.split("/"))
        key = (route.method, len(template))
        found[key] = (*found.get(key, ()), (template, route.name))
    return MappingProxyType(found)


_TEMPLATES: Mapping[Generation, _Templates] = {
    profile.generation: _templates(profile.routes) for profile in PROFILES.values()
}
