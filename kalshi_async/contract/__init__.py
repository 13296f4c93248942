"""What client and exchange agree on: shapes and names as data, no behaviour.

Every module here holds the reply structs of one family of endpoints and, below
them, one ``Operation`` line per endpoint. ``OPERATIONS`` is the whole table.

Sources, unless a line says otherwise: Kalshi OpenAPI 3.34.0 and the vendor's
documentation pages, read 2026-11-22.
"""

from kalshi_async.contract import (
    account,
    exchange,
    fills,
    historical,
    legacy_operations,
    markets,
    order_groups,
    orders,
    portfolio,
    positions,
    subaccounts,
    transfers,
)
from kalshi_async.contract.operation import Operation

_MODULES = (
    orders,
    order_groups,
    portfolio,
    positions,
    fills,
    subaccounts,
    transfers,
    historical,
    account,
    exchange,
    markets,
)

OPERATIONS: tuple[Operation[object], ...] = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Operation)
)
"""Every current operation that this package speaks, in the order of the modules."""

LEGACY_OPERATIONS: tuple[Operation[object], ...] = tuple(
    value for value in vars(legacy_operations).values() if isinstance(value, Operation)
)
"""The twenty operations of the 2025 reference."""

__all__ = ["LEGACY_OPERATIONS", "OPERATIONS", "Operation"]
