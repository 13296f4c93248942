"""The two kinds of scope of a dead-man switch: how each is verified at entry, and shut down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kalshi_async.account.risk_gate import EVERYTHING, Scope, group_scope, subaccount_scope
from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.order_groups import GET_ORDER_GROUP, OrderGroupDetails
from kalshi_async.contract.portfolio import GET_BALANCE
from kalshi_async.contract.subaccounts import GET_SUBACCOUNT_BALANCES
from kalshi_async.errors import Forbidden, InvalidRequest, NotFound
from kalshi_async.resources.order_groups import GroupTarget, OrderGroups
from kalshi_async.resources.orders import AllSubaccounts, Orders
from kalshi_async.resources.settling.proof import MARGIN_MS, read_as_of_ms

CANCEL_ALL_TAKES_MS = 60_000
"""A cancel-all may cancel orders placed in the following minute (docs, semantics 7; read 2026-11-22)."""

Found = TypeVar("Found")


class Target(Protocol):
    """A scope that a switch can shut down."""

    @property
    def scope(self) -> Scope:
        """The scope, as the risk gate knows it."""
        ...

    @property
    def takes_ms(self) -> int:
        """How long the shutdown goes on at the exchange after it was confirmed."""
        ...

    async def verify(self, context: Context) -> None:
        """Raise InvalidRequest if the exchange does not know the scope, or not where it is looked for."""
        ...

    async def shut_down(self, context: Context) -> None:
        """Send the request once; returning confirms it."""
        ...


@dataclass(frozen=True, slots=True)
class GroupScope:
    """An order group, which is triggered."""

    group: GroupTarget
    takes_ms: int = 0

    @property
    def scope(self) -> Scope:
        """The scope, as the risk gate knows it."""
        return group_scope(self.group.order_group_id)

    async def verify(self, context: Context) -> None:
        """Read the group, unless it comes from ``create``."""
        group = self.group
        if group.is_proven:
            return
        details = await _found(context, lambda: self._read(context))
        if details is None:
            raise InvalidRequest(
                f"there is no order group {group.order_group_id} in subaccount {group.subaccount or 0}: give "
                "the result of order_groups.create, or use a view with the group's subaccount"
            )
        shard, asked = details.exchange_index, group.exchange_index or 0
        if shard is not None and shard != asked:
            raise InvalidRequest(
                f"order group {group.order_group_id} is on shard {shard}, and would be triggered on shard "
                f"{asked}: give the result of order_groups.create, or use a view with exchange_index={shard}"
            )

    async def shut_down(self, context: Context) -> None:
        """Trigger it. A group that was verified and is gone was deleted, and its orders with it."""
        group = self.group
        try:
            await OrderGroups(context).trigger(
                group.order_group_id, subaccount=group.subaccount, exchange_index=group.exchange_index
            )
        except NotFound as error:
            if error.code is None:  # not the exchange's own words: a gateway that knows no such path
                raise

    async def _read(self, context: Context) -> OrderGroupDetails | None:
        path = {"order_group_id": self.group.order_group_id}
        try:
            # Asked without a subaccount, the exchange would show a group of any, and trigger those of 0.
            return await context.call(
                GET_ORDER_GROUP, path=path, query={"subaccount": self.group.subaccount or 0}
            )
        except NotFound:
            return None
        except Forbidden:
            if self.group.subaccount is not None:
                raise
        # A key that is restricted to one subaccount may not name 0. Without a name it sees its own.
        details = await context.call(GET_ORDER_GROUP, path=path)
        context.pipeline.gate.has_restricted_key = True
        return details


@dataclass(frozen=True, slots=True)
class SubaccountScope:
    """A subaccount or all of them, whose orders are canceled."""

    subaccount: int | AllSubaccounts
    takes_ms: int = CANCEL_ALL_TAKES_MS

    @property
    def scope(self) -> Scope:
        """The scope, as the risk gate knows it."""
        number = self.subaccount
        return subaccount_scope(number) if isinstance(number, int) else EVERYTHING

    async def verify(self, context: Context) -> None:
        """Read its balance; a numbered one must also be listed. There is nothing to verify of ALL."""
        number = self.subaccount
        if not isinstance(number, int):
            return
        balance = await context.call(GET_BALANCE, query={"subaccount": number})
        if balance.balance_breakdown is None:  # so with restricted keys alone (portfolio-api 3.14)
            context.pipeline.gate.has_restricted_key = True
        elif number and await _found(context, lambda: _listed(context, number)) is None:
            raise InvalidRequest(f"the account has no subaccount {number}")

    async def shut_down(self, context: Context) -> None:
        """Cancel all its orders."""
        await Orders(context).cancel_all(subaccount=self.subaccount)


async def _listed(context: Context, number: int) -> int | None:
    rows = (await context.call(GET_SUBACCOUNT_BALANCES)).subaccount_balances
    return number if any(row.subaccount_number == number for row in rows) else None


async def _found(context: Context, read: Callable[[], Awaitable[Found | None]]) -> Found | None:
    """Return what is read; None once reads that show everything up to now do not show it.

    Reads trail writes: what was created just now may not be shown yet.
    """
    born_ms = context.pipeline.skew.now_ms() + MARGIN_MS
    is_missing = False

    async def look() -> tuple[Found | None] | None:
        nonlocal is_missing
        as_of_ms = await read_as_of_ms(context) if is_missing else 0.0
        found = await read()
        is_missing = found is None
        return (found,) if found is not None or as_of_ms > born_ms else None

    answer = await poll(look, context.pipeline.clock)
    assert answer is not None, "without an end the polling ends with an answer alone"
    return answer[0]
