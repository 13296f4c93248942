"""Dollars and contracts as people write them, into the engine's exact integers.

For the control plane; the wire has its own parsing, and ``fixed_point.py`` goes back.
"""

from __future__ import annotations

from decimal import Decimal

Amount = Decimal | int | str

_E2 = Decimal(100)
_E4 = Decimal(10_000)
_E6 = Decimal(1_000_000)


def exact_e6(dollars: Amount) -> int:
    """Return millionths of a dollar; raise ``ValueError`` if that is not exact."""
    return _scaled(dollars, _E6, "dollars")


def exact_e4(dollars: Amount) -> int:
    """Return ten-thousandths of a dollar; raise ``ValueError`` if that is not exact."""
    return _scaled(dollars, _E4, "price")


def exact_e2(contracts: Amount) -> int:
    """Return hundredths of a contract; raise ``ValueError`` if that is not exact."""
    return _scaled(contracts, _E2, "count")


def _scaled(amount: Amount, scale: Decimal, name: str) -> int:
    scaled = Decimal(amount) * scale
    if scaled != int(scaled):
        raise ValueError(f"{name} must be a multiple of {1 / scale}, was {amount}")
    return int(scaled)
