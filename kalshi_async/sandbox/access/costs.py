"""What each endpoint costs, in tokens: the exchange's own price list.

It is written down here a second time on purpose, and never derived from
``kalshi_async.contract``: when client and exchange disagree, a test should see it.

Sources: docs rate_limits (2026-08) for the split between the buckets; ``GET
/account/endpoint_costs`` on the demo exchange, 2026-09-15, for the costs.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_COST = 10


@dataclass(frozen=True, slots=True)
class Price:
    """Tokens of one call, or of one item of a batch, and the bucket that pays them.

    ``by_shard``: a call that names a shard of 1 or more pays from that shard's own bucket.
    """

    cost: int = DEFAULT_COST
    bucket: str = "read"
    per_item: bool = False
    by_shard: bool = False


_EVENTS = "/portfolio/events/orders"
_GROUPS = "/portfolio/order_groups"
_GROUP_WRITE = Price(bucket="write")

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
    # The bucket of the upgrade is not documented; everything outside order flow reads.
    ("POST", "/account/api_usage_level/upgrade"): Price(30),
}


def price_of(method: str, path: str) -> Price:
    """Return the price of a route, given its template (``/portfolio/orders/{order_id}``)."""
    return PRICES.get((method, path), DEFAULT_PRICE)


def published_costs(base_path: str) -> list[dict[str, str | int]]:
    """Return the rows of ``/account/endpoint_costs``: those that differ from the default."""
    return [
        {
            "method": method,
            "path": base_path + path.replace("{", ":").replace("}", ""),
            "cost": price.cost,
        }
        for (method, path), price in PRICES.items()
        if price.cost != DEFAULT_COST
    ]
