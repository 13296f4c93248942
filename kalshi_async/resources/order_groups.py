"""session.order_groups: create, read, change and trigger groups of orders.

A group has a limit of contracts. When its orders fill more than that within 15 s, the exchange
cancels them all and refuses new ones until the group is reset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kalshi_async.calls.context import Context
from kalshi_async.contract import order_groups as contract
from kalshi_async.contract.operation import Empty, Operation
from kalshi_async.contract.order_groups import CreateOrderGroupReply, OrderGroup, OrderGroupDetails
from kalshi_async.requests.order_groups import OrderGroupLimit
from kalshi_async.requests.validation import Number
from kalshi_async.resources.settling.account import GroupSettler
from kalshi_async.wire.outgoing import QueryValue


class OrderGroups:
    """Order groups of one account. Each lives in one subaccount and on one shard.

    Give ``subaccount`` and ``exchange_index`` where they are not 0, or use a view that has them:
    a group that is addressed in another scope raises NotFound.

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
        return await self._context.call(contract.CREATE_ORDER_GROUP, body=body)

    async def list(self, *, subaccount: int | None = None) -> Sequence[OrderGroup]:
        """Return all groups; the list is not paged.

        * ``subaccount``: None means the view's; without one there, all subaccounts.

        GET /portfolio/order_groups, 10 read tokens.
        """
        reply = await self._context.call(
            contract.GET_ORDER_GROUPS, query={"subaccount": self._context.scope(subaccount)}
        )
        return reply.order_groups or []

    async def get(self, order_group_id: str, *, subaccount: int | None = None) -> OrderGroupDetails:
        """Return one group with the ids of its orders.

        * ``subaccount``: None means the view's; without one there, all subaccounts.

        GET /portfolio/order_groups/{order_group_id}, 10 read tokens.
        """
        return await self._context.call(
            contract.GET_ORDER_GROUP,
            path={"order_group_id": order_group_id},
            query={"subaccount": self._context.scope(subaccount)},
        )

    async def delete(
        self,
        order_group_id: str,
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
        order_group_id: str,
        *,
        subaccount: int | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Arm a triggered group again and set its counter to zero.

        Canceled orders stay canceled. Raises OutcomeUnknown when the answer is lost: a second request
        could arm a group that has triggered again in between.
        PUT /portfolio/order_groups/{order_group_id}/reset, 10 write tokens.
        """
        await self._change(contract.RESET_ORDER_GROUP, order_group_id, subaccount, exchange_index)

    async def trigger(
        self,
        order_group_id: str,
        *,
        subaccount: int | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Cancel the orders of a group now and refuse new ones until it is reset.

        PUT /portfolio/order_groups/{order_group_id}/trigger, 10 write tokens.
        """
        await self._change(contract.TRIGGER_ORDER_GROUP, order_group_id, subaccount, exchange_index)

    async def update_limit(
        self,
        order_group_id: str,
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
        order_group_id: str,
        subaccount: int | None,
        exchange_index: int | None,
        body: OrderGroupLimit | None = None,
    ) -> None:
        context, scope = self._context, self._context.scope(subaccount)
        query: Mapping[str, QueryValue] = {
            "subaccount": scope,
            "exchange_index": context.shard(exchange_index),
        }
        await context.call(
            operation,
            path={"order_group_id": order_group_id},
            query=query,
            body=body,
            settler=GroupSettler(context, order_group_id, operation is contract.DELETE_ORDER_GROUP, body),
            subaccount=scope,
            order_group_ids=(order_group_id,),
        )
