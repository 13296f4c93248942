"""The request that an error is about, read back from its path, query and body.

Only after a failure: a request that succeeds pays nothing for it. A body may be anybody's,
because ``session.transport`` sends what it is given; what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, unquote

import msgspec

from kalshi_async.contract.operation import Operation
from kalshi_async.contract.subject import Subject

KEYS_SHOWN = 3
"""Orders of a batch whose keys are named (ours); each leg of a result names its own."""

# The field of a subject -> the fields of a body or a query that hold it; the first one counts.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "ticker": ("ticker", "market_ticker", "tickers", "market_tickers"),
    "order_id": ("order_id",),
    "order_group_id": ("order_group_id",),
    "client_order_id": ("client_order_id",),
    "side": ("side",),
    "count": ("count", "count_fp"),
    "price": ("price", "yes_price", "no_price", "yes_price_dollars", "no_price_dollars"),
    "reduce_by": ("reduce_by", "reduce_by_fp"),
    "reduce_to": ("reduce_to", "reduce_to_fp"),
    "contracts_limit": ("contracts_limit", "contracts_limit_fp"),
    "amount": ("amount", "amount_cents"),
    "subaccount": ("subaccount", "subaccount_number", "from_subaccount", "source_subaccount"),
}


def subject_of(
    operation: Operation[object], path: str, query: str, body: bytes | None, keys: Sequence[str] = ()
) -> Subject:
    """Return the subject of a request.

    keys: the ``client_order_id`` of each order that the error is about; empty: all in the body.
    """
    asked = _asked(body)
    orders = asked.get("orders", asked.get("order_ids"))
    legs = _named(orders, keys) if isinstance(orders, list) else []
    fields = {**dict(parse_qsl(query)), **_ids_of(operation, path), **asked}
    if len(legs) == 1:
        fields |= legs[0]
    found = {name: _first(fields, names) for name, names in _FIELDS.items()}
    if "action" in fields and found["side"] is not None:
        found["side"] = f"{fields['action']} {found['side']}"
    if found["client_order_id"] is None:
        found["client_order_id"] = _all_keys(legs, keys)
    count = len(legs) if len(legs) > 1 else None
    return Subject(operation=operation.name, method=operation.method, path=path, orders=count, **found)


def _asked(body: bytes | None) -> dict[str, object]:
    try:
        # Numbers as they were written: a price must not pass through a float on its way to a person.
        asked = msgspec.json.Decoder(dict[str, object], float_hook=str).decode(body or b"{}")
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return {}
    return asked


def _ids_of(operation: Operation[object], path: str) -> dict[str, object]:
    """Return the values of the placeholders of a path. The path may have a base before it."""
    template, segments = operation.path.split("/"), path.split("/")
    pairs = zip(reversed(template), reversed(segments), strict=False)
    return {name[1:-1]: unquote(segment) for name, segment in pairs if name.startswith("{")}


def _named(orders: list[object], keys: Sequence[str]) -> list[dict[str, object]]:
    # An order of a batch is an object, or in a batch cancel of 2025 an id alone.
    legs = [order if isinstance(order, dict) else {"order_id": order} for order in orders]
    return [leg for leg in legs if leg.get("client_order_id") in keys] or legs


def _first(fields: Mapping[str, object], names: Sequence[str]) -> str | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, (str, int)) and value != "":
            return str(value)
    return None


def _all_keys(legs: Sequence[Mapping[str, object]], keys: Sequence[str]) -> str | None:
    known = list(keys) or [str(leg["client_order_id"]) for leg in legs if leg.get("client_order_id")]
    more = f" and {len(known) - KEYS_SHOWN} more" if len(known) > KEYS_SHOWN else ""
    return ", ".join(known[:KEYS_SHOWN]) + more if known else None
