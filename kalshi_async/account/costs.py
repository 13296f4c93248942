"""The cost of each endpoint in tokens, looked up by its path template.

Knows no bucket. The account reports its costs as patterns of paths, such as
``DELETE …/orders/:order_id``. Where several patterns match a path, the one with more literal
segments decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from kalshi_async.contract import OPERATIONS
from kalshi_async.contract.account import EndpointCosts
from kalshi_async.contract.operation import Bucket, Operation


class CostTable:
    """Tokens per endpoint: the published costs until the account has reported its own."""

    def __init__(self, costs: EndpointCosts | None = None) -> None:
        """Take the account's own costs; None means the published ones of the contract."""
        self._default = costs.default_cost if costs else 10
        self._known = costs is not None
        self._patterns = [
            (row.method.upper(), _segments(row.path), row.cost)
            for row in (costs.endpoint_costs if costs else ())
        ]
        self._cache: dict[tuple[str, str, bool], int] = {}
        self.by_template: dict[tuple[str, str, str], int] = {}
        """Costs that were looked up before, by method, path template and base path."""

    def of(self, operation: Operation[object], base_path: str) -> int:
        """Return the tokens of one call, or of one item of a batch."""
        is_route = (operation.method, operation.path) in _ROUTES
        if self._known and operation.bucket is not Bucket.BALANCE:  # that bucket counts calls
            cost = self.of_path(operation.method, base_path + operation.route, is_route=is_route)
        else:
            cost = operation.cost
        if is_route:  # not for paths outside the contract: session.transport makes one operation per request
            self.by_template[operation.method, operation.path, base_path] = cost
        return cost

    def of_path(self, method: str, path: str, *, is_route: bool = False) -> int:
        """Return the tokens of a path; where several patterns match, literal segments win.

        * ``is_route``: the path is a template as the exchange spells it, so a ``:param`` of a
          pattern matches only a ``:param`` of the path. Without this the row
          ``/orders/:order_id`` would set the cost of ``/orders/queue_positions``, which has no
          row of its own: the exchange publishes no rows at the default cost
        """
        key = (method, path, is_route)
        if key not in self._cache:
            segments = _segments(path)
            matches = [
                (rank, cost)
                for wanted, pattern, cost in self._patterns
                if wanted == method and (rank := _rank(pattern, segments, is_route)) is not None
            ]
            if len(self._cache) > 1024:  # a path may hold an id of an order
                self._cache.clear()
            self._cache[key] = min(matches)[1] if matches else self._default
        return self._cache[key]


_ROUTES = frozenset((operation.method, operation.path) for operation in OPERATIONS)


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _rank(pattern: Iterable[str], segments: tuple[str, ...], is_route: bool) -> tuple[int, ...] | None:
    """Rank how a pattern matches a path, None if not: 0 a literal, 1 ``:param``, 2 ``*rest``."""
    parts = tuple(pattern)
    rank: list[int] = []
    for position, part in enumerate(parts):
        if part.startswith("*"):
            return (*rank, 2)
        if position >= len(segments):
            return None
        if part.startswith(":") and (not is_route or segments[position].startswith(":")):
            rank.append(1)
        elif part == segments[position]:
            rank.append(0)
        else:
            return None
    return tuple(rank) if len(parts) == len(segments) else None
