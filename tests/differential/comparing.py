"""Where two ledgers differ, and how much there was to compare."""

from __future__ import annotations


def differences(theirs: object, ours: object, where: str) -> list[str]:
    """Name where two ledgers differ, by the path of the record."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        names = sorted(theirs.keys() | ours.keys())
        return [
            row for name in names for row in differences(theirs.get(name), ours.get(name), f"{where}.{name}")
        ]
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        pairs = enumerate(zip(theirs, ours, strict=True))
        return [row for index, pair in pairs for row in differences(*pair, f"{where}[{index}]")]
    return [] if theirs == ours else [f"{where}: the SDK left {theirs!r}, we left {ours!r}"]


def values(ledger: object) -> int:
    """Count the single values of a ledger: how much there was to compare."""
    if isinstance(ledger, dict):
        return sum(values(part) for part in ledger.values())
    return sum(values(part) for part in ledger) if isinstance(ledger, list) else 1
