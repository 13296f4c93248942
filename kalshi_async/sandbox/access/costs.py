"""The price list of the embedded exchange: the tokens that each endpoint costs.

The prices also stand in ``kalshi_async.contract``. They are repeated here on purpose and not
imported, so that a test fails when client and exchange disagree.

Sources: docs rate_limits (2026-08) for the split between the buckets; ``GET
/account/endpoint_costs`` on the demo exchange, 2026-09-15, for the costs; update 2026-11-28 §1 for
the bucket of the balance, the shard of RFQs and quotes, and the bucket of the upgrade.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_COST = 10


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one endpoint."""

    cost: int = DEFAULT_COST
    """Tokens of one call, or of one item with ``per_item``."""
    bucket: str = "read"
    """The bucket that pays: "read", "write", or "balance", which counts calls."""
    per_item: bool = False
    """Whether a batch pays for each of its items."""
    by_shard: bool = False
    """Whether a call that names a shard of 1 or more pays from that shard's write bucket."""
    shard: int = 0
    """The shard whose write bucket pays, whatever the call names; 0 is the common bucket."""


_EVENTS = "/portfolio/events/orders"
_GROUPS = "/portfolio/order_groups"
_GROUP_WRITE = Price(bucket="write")
_RFQ_PATHS = ("/communications/rfqs", "/communications/rfq_batches", "/communications/quotes")
_RFQ_WRITE = Price(bucket="write", shard=1)

DEFAULT_PRICE = Price()
PRICES: dict[tuple[str, str], Price] = {
    ("POST", _EVENTS): Price(bucket="write", by_shard=True),
    ("DELETE", _EVENTS): Price(2, "write"),
    ("DELETE", _EVENTS + "/{order_id}"): Price(2, "write", by_shard=True),
    ("POST", _EVENTS + "/{order_id}/amend"): Price(bucket="write", by_shard=True),
    ("POST", _EVENTS + "/{order_id}/decrease"): Price(bucket="write", by_shard=True),
    ("POST", _EVENTS + "/batched"): Price(bucket="write", per_item=True),
    ("DELETE", _EVENTS + "/batched"): Price(2, "write", per_item=True),
    ("GET", "/portfolio/orders/{order_id}"): Price(2),
    ("POST", _GROUPS + "/create"): _GROUP_WRITE,
    ("DELETE", _GROUPS + "/{order_group_id}"): _GROUP_WRITE,
    ("PUT", _GROUPS + "/{order_group_id}/reset"): _GROUP_WRITE,
    ("PUT", _GROUPS + "/{order_group_id}/trigger"): _GROUP_WRITE,
    ("PUT", _GROUPS + "/{order_group_id}/limit"): _GROUP_WRITE,
    ("POST", "/account/api_usage_level/upgrade"): Price(30, "write"),
    ("GET", "/portfolio/balance"): Price(1, "balance"),
}


def price_of(method: str, path: str) -> Price:
    """Return the price of a route by its path template, like ``/portfolio/orders/{order_id}``."""
    is_rfq_write = method != "GET" and "/".join(path.split("/")[:3]) in _RFQ_PATHS
    return PRICES.get((method, path), _RFQ_WRITE if is_rfq_write else DEFAULT_PRICE)


def published_costs(base_path: str) -> list[dict[str, str | int]]:
    """Return the rows of ``/account/endpoint_costs``: the endpoints whose cost is not the default.

    The balance is not among them: its bucket counts calls.
    """
    return [
        {
            "method": method,
            "path": base_path + path.replace("{", ":").replace("}", ""),
            "cost": price.cost,
        }
        for (method, path), price in PRICES.items()
        if price.cost != DEFAULT_COST and price.bucket != "balance"
    ]
