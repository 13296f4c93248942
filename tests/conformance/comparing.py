"""Compares an example with a reply: everything exactly, but identifiers and times.

Identifiers must stand for each other one to one, in one example and across the requests
of one scene. Times must have the same type and the same notation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

IDENTIFIERS = frozenset(
    {
        *("fill_id", "id", "market_id", "milestone_id", "order_group_id", "order_id", "orders[]"),
        *("trade_id", "transfer_id", "user_id"),
    }
)
TIMES = frozenset(
    {
        *("adjusted_end_ts", "close_date", "effective_at_ms", "end_date", "end_period_ts", "expiration_time"),
        *("expected_expiration_time", "latest_expiration_time", "open_date", "open_time", "settlement_ts"),
        *("start_date", "t", "updated_time"),
        "as_of_time",
        "close_time",
        "computed_ts",
        "created_time",
        "created_ts",
        "end_time",
        "expires_ts",
        "finalized_ts",
        "last_update_time",
        "last_updated_ts",
        "market_positions_last_updated_ts",
        "market_settled_ts",
        "orders_updated_ts",
        "scheduled_ts",
        "settled_time",
        "trades_created_ts",
        "ts",
        "ts_ms",
        "updated_ts",
    }
)
# Rows without an order of their own.
UNORDERED = frozenset({"endpoint_costs"})

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z")


class Identifiers:
    """Which identifier of ours stands for which of the examples."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def learn(self, theirs: str, ours: str) -> bool:
        """Note a pair; False if either is already paired with another."""
        if theirs in self._ours:
            return self._ours[theirs] == ours
        if ours in self._ours.values():
            return False
        self._ours[theirs] = ours
        return True

    def translate(self, text: str) -> str:
        """Put ours in the place of theirs."""
        for theirs, ours in self._ours.items():
            text = text.replace(theirs, ours)
        return text


def differences(example: object, reply: object, known: Identifiers, where: str = "$") -> list[str]:
    """Name where the reply is not what the example says; empty if it is."""
    return list(_differences(example, reply, known, where, ""))


def _differences(example: object, reply: object, known: Identifiers, where: str, key: str) -> Iterator[str]:
    if isinstance(example, dict) and isinstance(reply, dict):
        yield from (f"{where}.{name}: missing" for name in example if name not in reply)
        yield from (f"{where}.{name}: not in the example" for name in reply if name not in example)
        for name in example:
            if name in reply:
                yield from _differences(example[name], reply[name], known, f"{where}.{name}", name)
    elif isinstance(example, list) and isinstance(reply, list):
        if len(example) != len(reply):
            yield f"{where}: {len(example)} rows became {len(reply)}"
            return
        pairs = enumerate(zip(_rows(example, key), _rows(reply, key), strict=True))
        for index, (theirs, ours) in pairs:
            yield from _differences(theirs, ours, known, f"{where}[{index}]", f"{key}[]")
    elif not _is_same(example, reply, known, key):
        yield f"{where}: {example!r} became {reply!r}"


def _rows(rows: list[object], key: str) -> list[object]:
    return sorted(rows, key=json.dumps) if key in UNORDERED else rows


def _is_same(example: object, reply: object, known: Identifiers, key: str) -> bool:
    if type(example) is not type(reply):
        return False
    if key in IDENTIFIERS:
        return bool(reply) and known.learn(str(example), str(reply))
    if key == "cursor":
        # Opaque: only whether there is one means something.
        return bool(example) is bool(reply) and (not example or known.learn(str(example), str(reply)))
    if key in TIMES:
        return _notation(example) == _notation(reply)
    # A code may carry an identifier.
    return (known.translate(example) if isinstance(example, str) else example) == reply


def _notation(time: object) -> str:
    if isinstance(time, int):
        return f"{len(str(time))} digits"
    return "RFC 3339" if _RFC_3339.fullmatch(str(time)) else f"not a time: {time}"
