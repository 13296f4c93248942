"""Conversion between the engine's exact integers and the decimal texts of the wire.

Recorded replies have 4 decimals in prices, 6 in costs and 2 in counts (demo recording of
2026-06). Averages are rounded and balances truncated; all other values are exact.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

Amount = Decimal | int | str
_E2 = Decimal(100)
_E4 = Decimal(10_000)
_E6 = Decimal(1_000_000)


def exact_e6(dollars: Amount) -> int:
    """Return millionths of a dollar. Raises ValueError for an amount with more decimals."""
    return _scaled(dollars, _E6, "dollars")


def exact_e4(dollars: Amount) -> int:
    """Return ten-thousandths of a dollar. Raises ValueError for a price with more decimals."""
    return _scaled(dollars, _E4, "price")


def exact_e2(contracts: Amount) -> int:
    """Return hundredths of a contract. Raises ValueError for a count with more decimals."""
    return _scaled(contracts, _E2, "count")


_MICROSECONDS = 1_000_000


def price(value_e4: int) -> str:
    """Render ten-thousandths of a dollar with four decimals."""
    return _fixed(value_e4, 4)


def count(value_e2: int) -> str:
    """Render hundredths of a contract with two decimals."""
    return _fixed(value_e2, 2)


def cost(value_e6: int) -> str:
    """Render millionths of a dollar with six decimals."""
    return _fixed(value_e6, 6)


def cash(value_e6: int) -> str:
    """Render millionths of a dollar with four decimals, truncated: the format of balances."""
    return _fixed(value_e6 // 100, 4)


def cents(value_e6: int) -> int:
    """Return whole cents, truncated: 98.0186 dollars are 9801 (demo recording of 2026-06)."""
    return value_e6 // 10_000


def average(total_e6: int, count_e2: int) -> str:
    """Render dollars per contract with four decimals, rounded half up."""
    return _fixed((2 * total_e6 + count_e2) // (2 * count_e2), 4)


def timestamp(time_us: int) -> str:
    """Render RFC 3339 in UTC with up to six decimals, trailing zeros trimmed."""
    seconds, microseconds = divmod(time_us, _MICROSECONDS)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{microseconds:06d}".rstrip("0") if microseconds else ""
    return f"{text}{fraction}Z"


def seconds(time_us: int) -> int:
    """Return whole Unix seconds."""
    return time_us // _MICROSECONDS


def _scaled(amount: Amount, scale: Decimal, name: str) -> int:
    scaled = Decimal(amount) * scale
    if scaled != int(scaled):
        raise ValueError(f"{name} must be a multiple of {1 / scale}, was {amount}")
    return int(scaled)


def _fixed(value: int, decimals: int) -> str:
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**decimals)
    return f"{sign}{whole}.{fraction:0{decimals}d}"
