"""Order groups: a contracts limit over a rolling 15 s window that cancels its members."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, ReplyStruct
from kalshi_async.contract.operation import Empty, Idempotency, Priority, read, write


class OrderGroup(ReplyStruct, frozen=True, kw_only=True):
    """A row of the group list. ``contracts_limit`` is in contracts per 15 s."""

    order_group_id: str = field(name="id")
    is_auto_cancel_enabled: bool
    contracts_limit: FixedPoint | None = field(name="contracts_limit_fp", default=None)
    exchange_index: int | None = None


class OrderGroupDetails(ReplyStruct, frozen=True, kw_only=True):
    """One group with the ids of its member orders; the reply itself carries no group id."""

    is_auto_cancel_enabled: bool
    orders: list[str]
    contracts_limit: FixedPoint | None = field(name="contracts_limit_fp", default=None)
    exchange_index: int | None = None


class CreateOrderGroupReply(ReplyStruct, frozen=True, kw_only=True):
    """A new group: its id, and the subaccount and shard that its orders must share."""

    order_group_id: str
    subaccount: int = 0
    exchange_index: int | None = None


class OrderGroupsReply(ReplyStruct, frozen=True, kw_only=True):
    """All groups of the account; the list is not paged, and may be missing when empty."""

    order_groups: list[OrderGroup] | None = None


_GROUPS = "/portfolio/order_groups"
_GROUP = _GROUPS + "/{order_group_id}"
_REDUCES = Priority.RISK_REDUCING

CREATE_ORDER_GROUP = write(
    "create_order_group", "POST", _GROUPS + "/create", CreateOrderGroupReply, Idempotency.ONCE
)
GET_ORDER_GROUPS = read("get_order_groups", _GROUPS, OrderGroupsReply, rows=("order_groups",))
GET_ORDER_GROUP = read("get_order_group", _GROUP, OrderGroupDetails)
DELETE_ORDER_GROUP = write(
    "delete_order_group", "DELETE", _GROUP, Empty, Idempotency.REPEATABLE, priority=_REDUCES
)
RESET_ORDER_GROUP = write("reset_order_group", "PUT", _GROUP + "/reset", Empty, Idempotency.ONCE)
TRIGGER_ORDER_GROUP = write(
    "trigger_order_group", "PUT", _GROUP + "/trigger", Empty, Idempotency.REPEATABLE, priority=_REDUCES
)
UPDATE_ORDER_GROUP_LIMIT = write(
    "update_order_group_limit", "PUT", _GROUP + "/limit", Empty, Idempotency.REPEATABLE
)
