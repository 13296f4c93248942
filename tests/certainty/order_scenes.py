"""Scenes of orders: place, cancel, amend, decrease."""

from __future__ import annotations

from kalshi_async import ALL, AmendOrderReply, CancelOrderReply, CreatedOrder, CreateOrder, DecreaseOrderReply
from kalshi_async.contract import orders
from tests.certainty.scene import OnOrder, Scene
from tests.certainty.world import TICKER, World

EXPIRY_S = 1_795_435_200
"""A day after the start."""

WAS_TAKEN_OFF = frozenset({10, None})
"""What a cancel may say: all that rested, or nothing where reading settled it."""


class Create(Scene):
    operation = orders.CREATE_ORDER

    async def prepare(self) -> None:
        group = await self.world.session.order_groups.create(contracts_limit=1_000)
        self.world.notes["group"] = group.order_group_id
        self.order = CreateOrder(
            TICKER, "bid", 10, "0.40", post_only=True, order_group_id=group.order_group_id
        )

    async def act(self) -> object:
        return await self.world.session.orders.create(self.order)

    def effects(self) -> list[int]:
        return [len(self.world.account.orders)]  # nobody else places any for alice

    def agrees(self, reply: object) -> bool:
        assert isinstance(reply, CreatedOrder)
        return _shows(self.world, reply) and reply.client_order_id == self.order.client_order_id

    @property
    def requests(self) -> list[CreateOrder]:
        return [self.order]


class BatchCreate(Scene):
    operation = orders.BATCH_CREATE_ORDERS

    async def prepare(self) -> None:
        group = await self.world.session.order_groups.create(contracts_limit=1_000)
        self.world.notes["group"] = group.order_group_id
        self.orders = [
            CreateOrder(TICKER, "bid", 10, price, post_only=True, order_group_id=group.order_group_id)
            for price in ("0.40", "0.4055", "0.39")  # the one in the middle is off the grid
        ]

    async def act(self) -> object:
        return await self.world.session.orders.create_batch(self.orders)

    def effects(self) -> list[int]:
        keys = [order.client_order_id for order in self.world.account.orders.values()]
        return [keys.count(order.client_order_id) for order in self.orders]

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, CreatedOrder) and _shows(self.world, reply)

    @property
    def requests(self) -> list[CreateOrder]:
        return self.orders


class Cancel(OnOrder):
    operation = orders.CANCEL_ORDER
    already = frozenset({"not_found"})

    async def act(self) -> object:
        return await self.world.session.orders.cancel(self.placed)

    def effects(self) -> list[int]:
        return [int(self.order.status == "canceled")]

    def agrees(self, reply: object) -> bool:
        assert isinstance(reply, CancelOrderReply)
        return reply.order_id == self.placed.order_id and reply.reduced_by in WAS_TAKEN_OFF


class BatchCancel(Scene):
    operation = orders.BATCH_CANCEL_ORDERS
    already = frozenset({"not_found"})

    async def prepare(self) -> None:
        self.placed = [await self.world.rest("order"), await self.world.rest("another")]

    async def act(self) -> object:
        return await self.world.session.orders.cancel_batch(self.placed)

    def effects(self) -> list[int]:
        held = self.world.account.orders
        return [int(held[order.order_id].status == "canceled") for order in self.placed]

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, CancelOrderReply) and reply.reduced_by in WAS_TAKEN_OFF


class CancelAll(OnOrder):
    operation = orders.CANCEL_ALL_ORDERS

    async def act(self) -> object:
        await self.world.session.orders.cancel_all(subaccount=ALL)
        return None

    def effects(self) -> list[int]:
        return [int(self.order.status != "resting")]  # an executed one leaves nothing to cancel


class Amend(OnOrder):
    operation = orders.AMEND_ORDER
    already = frozenset({"amend_order_no_op"})

    async def act(self) -> object:
        return await self.world.session.orders.amend(self.placed, price="0.41", count=12)

    def effects(self) -> list[int]:
        return [int((self.order.price_e4, self.order.initial_e2) == (4_100, 1_200))]

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, AmendOrderReply) and reply.order_id == self.placed.order_id


class AmendExpiry(Amend):
    """Price and count stay: that they read as asked proves nothing."""

    async def act(self) -> object:
        return await self.world.session.orders.amend(self.placed, expiration_time=EXPIRY_S)

    def effects(self) -> list[int]:
        return [int(self.order.expiration_s == EXPIRY_S)]


class AmendKey(Amend):
    """Another key, and nothing else."""

    async def act(self) -> object:
        return await self.world.session.orders.amend(self.placed, updated_client_order_id="renamed")

    def effects(self) -> list[int]:
        return [int(self.order.client_order_id == "renamed")]


class DecreaseTo(OnOrder):
    operation = orders.DECREASE_ORDER_TO
    already = frozenset({"amend_order_no_op"})

    async def act(self) -> object:
        return await self.world.session.orders.decrease(self.placed, reduce_to=4)

    def effects(self) -> list[int]:
        return [int(self.order.filled_e2 + self.order.remaining_e2 == 400)]  # it may trade later

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, DecreaseOrderReply) and reply.remaining_count <= 4  # it may have traded


class DecreaseBy(OnOrder):
    operation = orders.DECREASE_ORDER_BY

    async def act(self) -> object:
        return await self.world.session.orders.decrease(self.placed, reduce_by=3)

    def effects(self) -> list[int]:
        return [(1_000 - self.order.remaining_e2 - self.order.filled_e2) // 300]

    def agrees(self, reply: object) -> bool:
        times = range(1, self.effects()[0] + 1)  # the first answer of two is right as well
        return isinstance(reply, DecreaseOrderReply) and reply.remaining_count in [10 - 3 * n for n in times]


def _shows(world: World, reply: CreatedOrder) -> bool:
    """Whether the order of a reply exists; it may have traded since."""
    held = world.account.orders.get(reply.order_id)
    return (
        held is not None
        and held.client_order_id == reply.client_order_id
        and reply.fill_count * 100 <= held.filled_e2
    )
