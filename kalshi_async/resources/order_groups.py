"""session.order_groups: create, read, change and trigger groups of orders.

A group has a limit of contracts. When its orders fill more than that within 15 s, the exchange
cancels them all and refuses new ones until the group is reset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from kalshi_async.calls.context import Context
from kalshi_async.contract import order_groups as contract
from kalshi_async.contract.operation import Empty, Operation
from kalshi_async.contract.order_groups import CreateOrderGroupReply, OrderGroup, OrderGroupDetails
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.order_groups import OrderGroupLimit
from kalshi_async.requests.validation import Number, shown
from kalshi_async.resources.settling.account import GroupSettler
from kalshi_async.wire.outgoing import QueryValue


class GroupReference(Protocol):
    """A group that is known with its shard: the result of ``create``, or a row of ``list``."""

    @property
    def order_group_id(self) -> str:
        """Id of the group."""
        ...

    @property
    def exchange_index(self) -> int | None:
        """Shard of the group, from 0; None if it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class GroupTarget:
    """A group with its subaccount and shard; None leaves the choice, which is 0, to the exchange."""

    order_group_id: str
    """The id of the group."""
    subaccount: int | None = None
    """The subaccount of its orders."""
    exchange_index: int | None = None
    """Its shard."""
    is_proven: bool = False
    """Whether the exchange itself has said that the group is there: the result of ``create``."""

    @classmethod
    def of(
        cls, context: Context, group: GroupReference | str, subaccount: int | None, exchange_index: int | None
    ) -> GroupTarget:
        """Return the target of a call: from the caller's arguments, else the group, else the view."""
        if isinstance(group, str):
            return cls(group, context.scope(subaccount), context.shard(exchange_index))
        if not isinstance(getattr(group, "order_group_id", None), str):
            raise InvalidRequest(f"an order group or its id is needed, was {shown(group)}")
        known = getattr(group, "subaccount", None) if subaccount is None else subaccount
        shard = group.exchange_index if exchange_index is None else exchange_index
        is_proven = isinstance(group, CreateOrderGroupReply) and (subaccount, exchange_index) == (None, None)
        return cls(group.order_group_id, context.scope(known), context.shard(shard), is_proven)


class OrderGroups:
    """Order groups of one account. Each lives in one subaccount and on one shard.

    Methods take the result of ``create``, which knows its subaccount and shard; a row of ``list``,
    which knows its shard; or an id. Where the group does not know them and they are not 0, give
    ``subaccount`` and ``exchange_index``, or use a view that has them: a group that is addressed in
    another scope raises NotFound.

    **Late copies.** A request that was delayed on its way is accepted for about 30 s. A late copy of
    a trigger after a ``reset`` triggers the group again and cancels the orders placed since; a late
    copy of ``update_limit`` undoes a newer limit. Quote in a new group instead of resetting the old
    one: late copies name the old group. A late copy of a delete finds no group and does nothing.

    Source of all methods: OpenAPI 3.34.0, read 2026-11-22.
    """

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(
        self,
        *,
        contracts_limit: Number,
        subaccount: int | None = None,
        exchange_index: int | None = None,
    ) -> CreateOrderGroupReply:
        """Create a group that triggers when its orders fill more than a limit within 15 s.

        * ``contracts_limit``: contracts, 1 to 1,000,000.

        Raises OutcomeUnknown when the answer is lost: a second request would create a second group.
        POST /portfolio/order_groups/create, 10 write tokens.
        """
        body = OrderGroupLimit(
            contracts_limit,
            subaccount=self._context.scope(subaccount),
            exchange_index=self._context.shard(exchange_index),
        )
        scope, shard = self._context.scope(subaccount), self._context.shard(exchange_index)
        group = await self._context.call(contract.CREATE_ORDER_GROUP, body=body, subaccount=scope)
        # The reply need not name the shard (portfolio-api 3.12): it is the one that was asked for.
        return group if group.exchange_index is not None else replace(group, exchange_index=shard)

    async def list(self, *, subaccount: int | None = None) -> Sequence[OrderGroup]:
        """Return all groups; the list is not paged.

        * ``subaccount``: None means the view's; without one there, all subaccounts.

        GET /portfolio/order_groups, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_ORDER_GROUPS, query={"subaccount": self._context.scope(subaccount)}
        )
        return reply.order_groups or []

    async def get(
        self, order_group_id: GroupReference | str, *, subaccount: int | None = None
    ) -> OrderGroupDetails:
        """Return one group with the ids of its orders.

        * ``subaccount``: None means the view's; without one there, all subaccounts.

        GET /portfolio/order_groups/{order_group_id}, 10 read tokens.
        """
        target = GroupTarget.of(self._context, order_group_id, subaccount, None)
        return await self._context.call(
            contract.GET_ORDER_GROUP,
            path={"order_group_id": target.order_group_id},
            query={"subaccount": target.subaccount},
        )

    async def delete(
        self,
        order_group_id: GroupReference | str,
        *,
        subaccount: int | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Cancel the orders of a group and remove it.

        DELETE /portfolio/order_groups/{order_group_id}, 10 write tokens.
        """
        await self._change(contract.DELETE_ORDER_GROUP, order_group_id, subaccount, exchange_index)

    async def reset(
        self,
        order_group_id: GroupReference | str,
        *,
        subaccount: int | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Arm a triggered group again and set its counter to zero.

        Canceled orders stay canceled. Raises OutcomeUnknown when the answer is lost: a second request
        could arm a group that has triggered again in between. So could a late copy of this one: to
        stop a group for good, delete it instead of triggering it.
        PUT /portfolio/order_groups/{order_group_id}/reset, 10 write tokens.
        """
        await self._change(contract.RESET_ORDER_GROUP, order_group_id, subaccount, exchange_index)

    async def trigger(
        self,
        order_group_id: GroupReference | str,
        *,
        subaccount: int | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Cancel the orders of a group now and refuse new ones until it is reset.

        Goes ahead of every other request that waits, cancels included. A call that adds risk to the
        group and began earlier is not sent any more. Raises NotFound for a group that was deleted,
        or that is in another scope. Do not reset the group within 30 s: a late copy of this request
        would trigger it again (see the class).
        PUT /portfolio/order_groups/{order_group_id}/trigger, 10 write tokens.
        """
        await self._change(contract.TRIGGER_ORDER_GROUP, order_group_id, subaccount, exchange_index)

    async def update_limit(
        self,
        order_group_id: GroupReference | str,
        *,
        contracts_limit: Number,
        subaccount: int | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Set another limit on a group.

        * ``contracts_limit``: contracts, 1 to 1,000,000. A limit below the contracts that were filled in
          the last 15 s triggers the group.

        A request whose answer is lost is sent again, and a delayed copy may set its limit after a newer
        one: read the group again if you change the limit twice within 30 s.
        PUT /portfolio/order_groups/{order_group_id}/limit, 10 write tokens.
        """
        await self._change(
            contract.UPDATE_ORDER_GROUP_LIMIT,
            order_group_id,
            subaccount,
            exchange_index,
            OrderGroupLimit(contracts_limit),
        )

    async def _change(
        self,
        operation: Operation[Empty],
        group: GroupReference | str,
        subaccount: int | None,
        exchange_index: int | None,
        body: OrderGroupLimit | None = None,
    ) -> None:
        context = self._context
        target = GroupTarget.of(context, group, subaccount, exchange_index)
        query: Mapping[str, QueryValue] = {
            "subaccount": target.subaccount,
            "exchange_index": target.exchange_index,
        }
        name, is_deletion = target.order_group_id, operation is contract.DELETE_ORDER_GROUP
        await context.call(
            operation,
            path={"order_group_id": name},
            query=query,
            body=body,
            settler=GroupSettler(context.urgent(), name, is_deletion, body),
            subaccount=target.subaccount,
            order_group_ids=(name,),
        )
