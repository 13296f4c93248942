"""Scenes of kill switches: an order rests in the scope, another is under way, and the switch is pulled.

``act`` returns what the switch says; ``rests`` tells what the ledger says. A dead-man switch is
entered before the fault begins, and its block ends with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from kalshi_async import ALL, CreatedOrder, CreateOrder, KalshiError
from kalshi_async.contract import order_groups, orders
from kalshi_async.contract.operation import Operation
from kalshi_async.dead_man import DeadMan, ShutdownReport
from tests.certainty.scene import Scene
from tests.certainty.world import TICKER
from tests.outages.case import Finding

GIVE_UP_S = 30.0
"""The default of a dead-man switch (design §5: a ``give_up_s`` of its own)."""

LAST_PAUSE_S = 2.0
"""A switch gives up before a pause that would not end in time: so much earlier, at most."""

AHEAD_S = 0.005
"""The order under way was sent so long before the switch was pulled."""

CANCEL_AGAIN_S = (0.3, 1.5)
"""When the task is canceled again, while its switch works."""


class Switch(Scene):
    """A switch and its scope: one group, or all orders."""

    is_dead_man: ClassVar[bool] = False
    under_way: asyncio.Task[CreatedOrder]
    start: Callable[[], object]
    """Begins the fault; set by the trial."""

    async def prepare(self) -> None:
        group = await self.world.session.order_groups.create(contracts_limit=1_000)
        self.group_id = group.order_group_id
        await self.world.rest("order", group=self.group_id)
        self.order = CreateOrder(TICKER, "bid", 10, "0.41", order_group_id=self.group_id)

    async def act(self) -> object:
        await self._place_another()
        await self._pull()
        return None

    def effects(self) -> list[int]:
        return [int(not self.world.account.resting)]

    @property
    def rests(self) -> bool:
        """Whether anything rests in the scope."""
        return bool(self.world.account.resting)

    def judged(self, answer: object, took_s: float) -> list[Finding]:
        """Judge what the switch said, once everything has landed."""
        is_unconfirmed = isinstance(answer, ShutdownReport) and not answer.confirmed
        is_confirmed = not isinstance(answer, BaseException) and not is_unconfirmed
        if is_confirmed and self.rests:
            return [Finding("switch defeated", f"it said {answer!r}, and orders rest")]
        if not self.is_dead_man:
            return []
        if is_unconfirmed:
            return [Finding("switch defeated", f"nothing was raised for {answer!r}")]
        if not is_confirmed and took_s < GIVE_UP_S - LAST_PAUSE_S:
            return [Finding("switch defeated", f"it gave up after {took_s:.2f} s with {answer!r}")]
        return []

    def other_judged(self) -> list[Finding]:
        """Judge what was said of the order under way."""
        keys = [order.client_order_id for order in self.world.account.orders.values()]
        count = keys.count(self.order.client_order_id)
        error = self.under_way.exception()
        told = f"the order under way was told {error!r}, and was placed {count} times"
        if count > 1:
            return [Finding("duplicate", told)]
        if count and isinstance(error, KalshiError) and error.sent is False:
            return [Finding("orphan", told)]
        return [] if count or error is not None else [Finding("wrong answer", told)]

    async def _place_another(self) -> None:
        self.start()
        self.under_way = asyncio.create_task(self.world.session.orders.create(self.order))
        await self.world.clock.sleep(AHEAD_S)

    async def _pull(self) -> None:
        raise NotImplementedError


class Trigger(Switch):
    operation: ClassVar[Operation[object]] = order_groups.TRIGGER_ORDER_GROUP

    async def _pull(self) -> None:
        await self.world.session.order_groups.trigger(self.group_id)


class CancelAllOrders(Switch):
    operation: ClassVar[Operation[object]] = orders.CANCEL_ALL_ORDERS

    async def _pull(self) -> None:
        await self.world.session.orders.cancel_all(subaccount=ALL)


class DeadManGroup(Switch):
    operation: ClassVar[Operation[object]] = order_groups.TRIGGER_ORDER_GROUP
    is_dead_man = True

    def switch(self) -> DeadMan:
        return self.world.session.dead_man(order_group_id=self.group_id)

    async def act(self) -> object:
        async with self.switch() as switch:
            await self._place_another()
        return switch.report


class DeadManSubaccount(DeadManGroup):
    operation: ClassVar[Operation[object]] = orders.CANCEL_ALL_ORDERS

    def switch(self) -> DeadMan:
        return self.world.session.dead_man(subaccount=0)


class DeadManEverything(DeadManGroup):
    operation: ClassVar[Operation[object]] = orders.CANCEL_ALL_ORDERS

    def switch(self) -> DeadMan:
        return self.world.session.dead_man(subaccount=ALL)


class DeadManCanceled(DeadManGroup):
    """Its task is canceled, and again while the switch works."""

    async def act(self) -> object:
        switch = self.switch()

        async def block() -> None:
            async with switch:
                await self._place_another()
                await asyncio.get_running_loop().create_future()

        task = asyncio.create_task(block())
        while not hasattr(self, "under_way"):
            await self.world.clock.sleep(AHEAD_S)
        await self.world.clock.sleep(2 * AHEAD_S)
        task.cancel()
        for wait_s in CANCEL_AGAIN_S:
            asyncio.get_running_loop().call_later(wait_s, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            return switch.report
        return switch.report


SWITCHES: tuple[type[Switch], ...] = (
    Trigger,
    CancelAllOrders,
    DeadManGroup,
    DeadManSubaccount,
    DeadManEverything,
    DeadManCanceled,
)
