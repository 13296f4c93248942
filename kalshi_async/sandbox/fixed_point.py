"""Exact integers of the engine as the texts of the wire: money, counts and times.

Decimals are those of recorded replies: prices 4, costs 6, counts 2 (demo recording
of 2026-06). Nothing here is rounded except averages.
"""

from __future__ import annotations

from datetime import UTC, datetime

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
    """Render millionths of a dollar with four decimals, truncated (balances)."""
    return _fixed(value_e6 // 100, 4)


def cents(value_e6: int) -> int:
    """Return whole cents, truncated: 98.0186 is 9801 (demo recording of 2026-06)."""
    return value_e6 // 10_000


def average(total_e6: int, count_e2: int) -> str:
    """Render dollars per contract with four decimals, half a unit rounding up."""
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


def _fixed(value: int, decimals: int) -> str:
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**decimals)
    return f"{sign}{whole}.{fraction:0{decimals}d}"
