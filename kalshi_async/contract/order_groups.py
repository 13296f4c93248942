"""Order groups: a contracts limit over a rolling 15 s window that cancels its members."""

from __future__ import annotations

from msgspec import field

from kalshi_async.contract.fields import FixedPoint, ReplyStruct
from kalshi_async.contract.operation import Empty, Idempotency, Priority, read, write


class OrderGroup(ReplyStruct, frozen=True, kw_only=True):
    """A row of the group list."""

    order_group_id: str = field(name="id")
    """Id of the group."""
    is_auto_cancel_enabled: bool
    """Whether the limit cancels the orders of the group."""
    contracts_limit: FixedPoint | None = field(name="contracts_limit_fp", default=None)
    """Contracts that the group may fill within 15 s; one more cancels its orders."""
    exchange_index: int | None = None
    """Shard of the group and of its orders, from 0."""


class OrderGroupDetails(ReplyStruct, frozen=True, kw_only=True):
    """One group with its member orders; the reply carries no group id."""

    is_auto_cancel_enabled: bool
    """Whether the limit cancels the orders of the group."""
    orders: list[str]
    """Ids of the orders of the group."""
    contracts_limit: FixedPoint | None = field(name="contracts_limit_fp", default=None)
    """Contracts that the group may fill within 15 s; one more cancels its orders."""
    exchange_index: int | None = None
    """Shard of the group and of its orders, from 0."""


class CreateOrderGroupReply(ReplyStruct, frozen=True, kw_only=True):
    """A new group, with the subaccount and shard that its orders must share."""

    order_group_id: str
    """Id of the new group."""
    subaccount: int = 0
    """Subaccount of the group: 0 for the primary, 1 to 63 for the others."""
    exchange_index: int | None = None
    """Shard of the group, from 0."""


class OrderGroupsReply(ReplyStruct, frozen=True, kw_only=True):
    """All groups of the account; the list is not paged."""

    order_groups: list[OrderGroup] | None = None
    """All groups; None where the exchange leaves an empty list out."""


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
    "trigger_order_group",
    "PUT",
    _GROUP + "/trigger",
    Empty,
    Idempotency.REPEATABLE,
    priority=Priority.KILL_SWITCH,
)
UPDATE_ORDER_GROUP_LIMIT = write(
    "update_order_group_limit", "PUT", _GROUP + "/limit", Empty, Idempotency.REPEATABLE
)
