"""Which operation a request is for, by its method and raw path alone.

For those who stand outside of the application, before any routing: the layer of faults
and the relay. Names are those of ``kalshi_async.contract``; the table is the app's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kalshi_async.sandbox.routes import ROUTES
from kalshi_async.sandbox.routes.account import BASE_PATH

OPERATION_NAMES: frozenset[str] = frozenset(ROUTES)
"""Every operation that the exchange answers."""

UNKNOWN = ""
"""What a path that belongs to no operation is called."""

_Template = tuple[str, ...]


def operation_of(method: str, path: str) -> str:
    """Return the name of the operation, or ``UNKNOWN``; ``path`` is without its query."""
    if not path.startswith(BASE_PATH):
        return UNKNOWN
    segments = tuple(path.removeprefix(BASE_PATH).split("/"))
    for template, name in _TEMPLATES.get((method, len(segments)), ()):
        if all(_fits(part, segment) for part, segment in zip(template, segments, strict=True)):
            return name
    return UNKNOWN


def _fits(part: str, segment: str) -> bool:
    return part == segment or (part.startswith("{") and bool(segment))


def _templates() -> Mapping[tuple[str, int], tuple[tuple[_Template, str], ...]]:
    # In the order of the app, where literal paths come before templates.
    found: dict[tuple[str, int], tuple[tuple[_Template, str], ...]] = {}
    for route in ROUTES.values():
        template = tuple(route.path.split("/"))
        key = (route.method, len(template))
        found[key] = (*found.get(key, ()), (template, route.name))
    return MappingProxyType(found)


_TEMPLATES = _templates()
