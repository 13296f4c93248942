"""The trading day of 2025 through the SDK of 2025 (kalshi-python 2.1.4).

Every operation goes through its typed method, so that the SDK's own models validate the
replies; the raw bytes are validated once more, strictly. Where that SDK is broken the
operation takes its raw path, and ``BROKEN`` says how; each claim is checked when it runs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.metadata import requires
from typing import Any

import kalshi_python as sdk
from kalshi_python.exceptions import NotFoundException
from kalshi_python.models.order_group import OrderGroup
from pydantic import ValidationError

from kalshi_async.api2025 import direction, requests as legacy
from kalshi_async.contract.fields import Action, OutcomeSide
from tests.api2025.day import Facts, Wish
from tests.differential.validation import faults


@dataclass
class Record:
    """How often each operation answered, by which way, and what was wrong with the answers."""

    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    ways: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)


def client_of(rest_url: str, key_id: str, private_key_pem: str) -> Any:
    """Return the SDK's client; it has no types of its own worth the name."""
    configuration = sdk.Configuration(host=rest_url)
    configuration.api_key_id = key_id
    configuration.private_key_pem = private_key_pem
    return sdk.KalshiClient(configuration)


class SdkWay:
    """A member through the SDK of 2025."""

    def __init__(self, client: Any, record: Record) -> None:
        self._client = client
        self._record = record

    def _call(self, operation: str, *arguments: Any, **fields: Any) -> Any:
        try:
            reply = getattr(self._client, operation)(*arguments, **fields)
        except NotFoundException:
            self._record.refusals[operation] += 1
            raise
        self._record.calls[operation] += 1
        self._record.ways[operation] = f"client.{operation}"
        if reply is not None:
            raw = json.loads(self._client.last_body)
            self._record.faults.setdefault(operation, []).extend(faults(type(reply), raw))
        return reply

    async def create_order(self, wish: Wish) -> str:
        return str(self._call("create_order", **_fields(wish)).order.order_id)

    async def batch_create_orders(self, wishes: Sequence[Wish]) -> list[str]:
        reply = self._call("batch_create_orders", orders=[_fields(wish) for wish in wishes])
        return [item.order.order_id if item.order else "refused" for item in reply.responses]

    async def batch_cancel_orders(self, order_ids: Sequence[str]) -> list[int]:
        reply = self._call("batch_cancel_orders", order_ids=list(order_ids))
        return [item.reduced_by for item in reply.responses]

    async def cancel_order(self, order_id: str) -> int | None:
        try:
            return int(self._call("cancel_order", order_id).reduced_by)
        except NotFoundException:
            return None

    async def amend_order(self, order_id: str, yes_price: int, count: int) -> None:
        self._call("amend_order", order_id, yes_price=yes_price, count=count)

    async def decrease_order(self, order_id: str, reduce_by: int) -> int:
        return int(self._call("decrease_order", order_id, reduce_by=reduce_by).order.remaining_count)

    async def get_order(self, order_id: str) -> Facts:
        return _order_facts(self._call("get_order", order_id).order)

    async def get_orders(self) -> list[Facts]:
        return [_order_facts(order) for order in self._call("get_orders", limit=200).orders]

    async def get_order_queue_position(self, order_id: str) -> int:
        return int(self._call("get_order_queue_position", order_id).queue_position)

    async def get_queue_positions(self, order_ids: Sequence[str]) -> dict[str, int]:
        return dict(self._call("get_queue_positions", order_ids=list(order_ids)).queue_positions)

    async def create_order_group(self, name: str) -> str:
        return str(self._call("create_order_group", name=name).order_group.order_group_id)

    async def get_order_groups(self) -> list[str]:
        return [group.order_group_id for group in self._call("get_order_groups").order_groups]

    async def get_order_group(self, order_group_id: str) -> None:
        """By the raw path: the SDK has no method for it."""
        operation, path = "get_order_group", f"/portfolio/order_groups/{order_group_id}"
        prepared = self._client.param_serialize("GET", path, header_params={"Accept": "application/json"})
        response = self._client.call_api(*prepared)
        document = json.loads(response.read())
        self._record.calls[operation] += 1
        self._record.ways[operation] = f"GET {path.replace(order_group_id, '{order_group_id}')}, raw"
        self._record.faults[operation] = faults(OrderGroup, document["order_group"])

    async def reset_order_group(self, order_group_id: str) -> None:
        self._call("reset_order_group", order_group_id)

    async def delete_order_group(self, order_group_id: str) -> None:
        self._call("delete_order_group", order_group_id)

    async def get_balance(self) -> int:
        return int(self._call("get_balance").balance)

    async def get_positions(self) -> list[Facts]:
        rows = self._call("get_positions").positions
        return [(row.ticker, row.position, row.total_cost, row.realized_pnl) for row in rows if row.position]

    async def get_fills(self) -> list[Facts]:
        return [_fill_facts(fill) for fill in self._call("get_fills").fills]

    async def get_settlements(self) -> list[Facts]:
        rows = self._call("get_settlements").settlements
        return [(row.ticker, row.result, row.yes_count, row.no_count, row.revenue) for row in rows]

    async def get_total_resting_order_value(self) -> int:
        return int(self._call("get_total_resting_order_value").total_resting_order_value)


def remember_bodies(client: Any) -> None:
    """Keep the last raw body on the client, which throws it away once it has a model of it."""
    deserialize = client.response_deserialize

    def remembering(response_data: Any, response_types_map: Any = None) -> Any:
        client.last_body = response_data.data
        return deserialize(response_data=response_data, response_types_map=response_types_map)

    client.response_deserialize = remembering


def _fields(wish: Wish) -> dict[str, object]:
    return {
        "ticker": wish.ticker,
        "side": wish.outcome,
        "action": wish.action,
        "count": wish.count,
        "type": "limit",
        f"{wish.outcome}_price": wish.price,
        "client_order_id": wish.key,
    }


def _order_facts(order: Any) -> Facts:
    ours = legacy.Order(action=Action(order.action), side=OutcomeSide(order.side))
    side = direction.of_order(ours).book_side
    return (order.client_order_id, side, Decimal(order.yes_price), order.status, order.remaining_count)


def _fill_facts(fill: Any) -> Facts:
    side = direction.of_fill(legacy.Fill(side=OutcomeSide(fill.side))).book_side
    yes_price = Decimal(fill.price if fill.side == "yes" else 100 - fill.price)
    return (fill.order_id, side, fill.count, yes_price, fill.is_taker)


def _needs_what_it_does_not_declare(client: Any) -> bool:
    return not any(name.startswith("cryptography") for name in requires("kalshi-python") or ())


def _lacks_get_order_group(client: Any) -> bool:
    return not hasattr(client, "get_order_group") and not hasattr(sdk, "GetOrderGroupResponse")


def _refuses_the_request_of_its_own_reference(client: Any) -> bool:
    try:
        client.create_order_group(sdk.CreateOrderGroupRequest(name="as documented"))
    except ValidationError:
        return True
    return False


def _posts_a_reset(client: Any) -> bool:
    return bool(client._portfolio_api._reset_order_group_serialize("id", None, None, None, 0)[0] == "POST")


def _drops_a_misspelt_field(client: Any) -> bool:
    order = {"ticker": "T", "side": "yes", "action": "buy", "count": 1, "type": "limit", "yes_price": 1}
    return "post_onlyy" not in sdk.CreateOrderRequest(**order, post_onlyy=True).to_dict()


def _knows_rsa_alone(client: Any) -> bool:
    from kalshi_async.sandbox.access.keys import generate_pair

    stranger = client_of(client.configuration.host, client.api_key_id, generate_pair("ed25519")[0])
    try:
        stranger.get_balance()
    except TypeError:
        return True
    return False


BROKEN: dict[str, Callable[[Any], bool]] = {
    "needs cryptography and does not declare it: a plain install cannot be imported":
        _needs_what_it_does_not_declare,
    "has neither get_order_group nor GetOrderGroupResponse, both in its reference: raw path here":
        _lacks_get_order_group,
    "refuses the request objects that its reference passes: only their fields, as keywords":
        _refuses_the_request_of_its_own_reference,
    "resets a group by POST, where its reference says PUT: the 2025 profile takes both":
        _posts_a_reset,
    "drops a misspelt field of an order without a word":
        _drops_a_misspelt_field,
    "signs with RSA alone: an Ed25519 key is a TypeError":
        _knows_rsa_alone,
}  # fmt: skip
