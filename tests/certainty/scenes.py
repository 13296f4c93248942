"""One scene per write operation: what is there before, what is asked, what it does.

``effects`` counts in the ledger of the exchange how often the request was carried out;
``agrees`` compares a reply with that ledger. A batch has one effect count per leg.
"""

from __future__ import annotations

from typing import ClassVar

from kalshi_async import (
    ALL,
    AmendOrderReply,
    BatchResult,
    CancelOrderReply,
    CreatedOrder,
    CreateOrder,
    DecreaseOrderReply,
    SubaccountTransferOrder,
    TargetAllocation,
    TransferOrder,
)
from kalshi_async.contract import Operation, account, order_groups, orders, subaccounts, transfers
from kalshi_async.contract.order_groups import CreateOrderGroupReply
from kalshi_async.sandbox.state import Order
from tests.certainty.world import TICKER, World

EXPIRY_S = 1_795_435_200
"""A day after the start."""


class Scene:
    """A request and its traces. One object plays one case."""

    operation: ClassVar[Operation[object]]
    tier: ClassVar[str] = "advanced"
    # Refusals that say "it is so already": right for a request that a proxy delivered twice.
    already: ClassVar[frozenset[str]] = frozenset({"not_found"})

    def __init__(self, world: World) -> None:
        self.world = world

    async def prepare(self) -> None:
        """Place what must be there before; nothing by default."""

    async def act(self) -> object:
        """Make the request through the session's public method."""
        raise NotImplementedError

    def effects(self) -> list[int]:
        """Count how often each leg was carried out."""
        raise NotImplementedError

    def agrees(self, reply: object) -> bool:
        """Whether a reply of success says what the ledger says."""
        return True

    @property
    def requests(self) -> list[CreateOrder]:
        """Orders that can be resolved by their keys, one per leg; none for most scenes."""
        return []


class _OnOrder(Scene):
    async def prepare(self) -> None:
        self.placed = await self.world.rest("order")

    @property
    def order(self) -> Order:
        return self.world.account.orders[self.placed.order_id]


class Create(Scene):
    operation = orders.CREATE_ORDER
    already = frozenset({"order_already_exists"})

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
    already = frozenset({"order_already_exists"})

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


class Cancel(_OnOrder):
    operation = orders.CANCEL_ORDER

    async def act(self) -> object:
        return await self.world.session.orders.cancel(self.placed)

    def effects(self) -> list[int]:
        return [int(self.order.status == "canceled")]

    def agrees(self, reply: object) -> bool:
        assert isinstance(reply, CancelOrderReply)
        return (reply.order_id, reply.reduced_by) == (self.placed.order_id, 10)


class BatchCancel(Scene):
    operation = orders.BATCH_CANCEL_ORDERS

    async def prepare(self) -> None:
        self.placed = [await self.world.rest("order"), await self.world.rest("another")]

    async def act(self) -> object:
        return await self.world.session.orders.cancel_batch(self.placed)

    def effects(self) -> list[int]:
        held = self.world.account.orders
        return [int(held[order.order_id].status == "canceled") for order in self.placed]

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, CancelOrderReply) and reply.reduced_by == 10


class CancelAll(_OnOrder):
    operation = orders.CANCEL_ALL_ORDERS

    async def act(self) -> object:
        return await self.world.session.orders.cancel_all(subaccount=ALL)

    def effects(self) -> list[int]:
        return [int(self.order.status != "resting")]  # an executed one leaves nothing to cancel


class Amend(_OnOrder):
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


class DecreaseTo(_OnOrder):
    operation = orders.DECREASE_ORDER_TO
    already = frozenset({"amend_order_no_op"})

    async def act(self) -> object:
        return await self.world.session.orders.decrease(self.placed, reduce_to=4)

    def effects(self) -> list[int]:
        return [int(self.order.filled_e2 + self.order.remaining_e2 == 400)]  # it may trade later

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, DecreaseOrderReply) and reply.remaining_count == 4


class DecreaseBy(_OnOrder):
    operation = orders.DECREASE_ORDER_BY

    async def act(self) -> object:
        return await self.world.session.orders.decrease(self.placed, reduce_by=3)

    def effects(self) -> list[int]:
        return [(1_000 - self.order.remaining_e2 - self.order.filled_e2) // 300]

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, DecreaseOrderReply) and reply.remaining_count == 10 - 3 * self.effects()[0]


class CreateGroup(Scene):
    operation = order_groups.CREATE_ORDER_GROUP

    async def act(self) -> object:
        return await self.world.session.order_groups.create(contracts_limit=5)

    def effects(self) -> list[int]:
        return [len(self.world.account.groups)]

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, CreateOrderGroupReply) and reply.order_group_id in self.world.account.groups


class _OnGroup(Scene):
    already = frozenset({"not_found"})

    async def prepare(self) -> None:
        group = await self.world.session.order_groups.create(contracts_limit=5)
        self.group_id = self.world.notes["group"] = group.order_group_id
        await self.world.rest("order", group=self.group_id)


class DeleteGroup(_OnGroup):
    operation = order_groups.DELETE_ORDER_GROUP

    async def act(self) -> object:
        return await self.world.session.order_groups.delete(self.group_id)

    def effects(self) -> list[int]:
        return [int(self.group_id not in self.world.account.groups and not self.world.account.resting)]


class TriggerGroup(_OnGroup):
    operation = order_groups.TRIGGER_ORDER_GROUP

    async def act(self) -> object:
        return await self.world.session.order_groups.trigger(self.group_id)

    def effects(self) -> list[int]:
        return [int(self.world.account.groups[self.group_id].is_triggered)]


class ResetGroup(_OnGroup):
    operation = order_groups.RESET_ORDER_GROUP

    async def prepare(self) -> None:
        await super().prepare()
        await self.world.session.order_groups.trigger(self.group_id)

    async def act(self) -> object:
        return await self.world.session.order_groups.reset(self.group_id)

    def effects(self) -> list[int]:
        return [int(not self.world.account.groups[self.group_id].is_triggered)]


class LimitGroup(_OnGroup):
    operation = order_groups.UPDATE_ORDER_GROUP_LIMIT

    async def act(self) -> object:
        return await self.world.session.order_groups.update_limit(self.group_id, contracts_limit=8)

    def effects(self) -> list[int]:
        return [int(self.world.account.groups[self.group_id].limit_e2 == 800)]


class CreateSubaccount(Scene):
    operation = subaccounts.CREATE_SUBACCOUNT

    async def act(self) -> object:
        return await self.world.session.subaccounts.create()

    def effects(self) -> list[int]:
        return [self.world.account.subaccount_count]

    def agrees(self, reply: object) -> bool:
        return reply in range(1, self.world.account.subaccount_count + 1)


class _WithSubaccount(Scene):
    already = frozenset({"transfer_already_applied"})

    async def prepare(self) -> None:
        await self.world.session.subaccounts.create()


class TransferBetweenSubaccounts(_WithSubaccount):
    operation = subaccounts.TRANSFER_BETWEEN_SUBACCOUNTS

    async def act(self) -> object:
        return await self.world.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 2_500))

    def effects(self) -> list[int]:
        return [self.world.cash_e6(1) // 25_000_000]


class TransferUnkeyed(_WithSubaccount):
    operation = transfers.INTRA_EXCHANGE_TRANSFER_UNKEYED

    async def act(self) -> object:
        order = TransferOrder(75_000, source_subaccount=0, destination_subaccount=1)
        return await self.world.session.transfers.create(order)

    def effects(self) -> list[int]:
        return [self.world.cash_e6(1) // 7_500_000]


class TransferBetweenShards(Scene):
    operation = transfers.INTRA_EXCHANGE_TRANSFER
    already = frozenset({"transfer_already_applied"})

    async def act(self) -> object:
        order = TransferOrder(75_000, source_exchange_shard=0, destination_exchange_shard=2)
        return await self.world.session.transfers.create(order)

    def effects(self) -> list[int]:
        return [self.world.cash_e6(0, shard=2) // 7_500_000]

    def agrees(self, reply: object) -> bool:
        return reply in [row.transfer_id for row in self.world.account.shard_transfers]


class SetNetting(_WithSubaccount):
    operation = subaccounts.UPDATE_SUBACCOUNT_NETTING

    async def act(self) -> object:
        return await self.world.session.subaccounts.set_netting(1, enabled=False)

    def effects(self) -> list[int]:
        return [int(self.world.account.netting[1] is False)]


class SetAllocation(Scene):
    operation = transfers.SET_TARGET_BALANCE_ALLOCATION

    async def act(self) -> object:
        return await self.world.session.transfers.set_target_allocation(TargetAllocation({0: 75, 1: 25}))

    def effects(self) -> list[int]:
        return [int(self.world.account.allocations == [(0, 75), (1, 25)])]


class Upgrade(_OnOrder):
    operation = account.UPGRADE_API_USAGE_LEVEL
    tier = "basic"

    async def act(self) -> object:
        return await self.world.session.account.upgrade()

    def effects(self) -> list[int]:
        return [int(self.world.account.tier == "advanced")]


CREATES: tuple[type[Scene], ...] = (Create, BatchCreate)
OTHERS: tuple[type[Scene], ...] = (
    Cancel,
    BatchCancel,
    CancelAll,
    Amend,
    AmendExpiry,
    AmendKey,
    DecreaseTo,
    DecreaseBy,
    CreateGroup,
    DeleteGroup,
    TriggerGroup,
    ResetGroup,
    LimitGroup,
    CreateSubaccount,
    TransferBetweenSubaccounts,
    TransferUnkeyed,
    TransferBetweenShards,
    SetNetting,
    SetAllocation,
    Upgrade,
)
SCENES = {scene.__name__: scene for scene in (*CREATES, *OTHERS)}


def legs_of(answer: object) -> list[object]:
    """Split an answer into one reply or error per leg."""
    if isinstance(answer, BatchResult):
        return [leg.reply if leg.error is None else leg.error for leg in answer]
    return [answer]


def _shows(world: World, reply: CreatedOrder) -> bool:
    """Whether the order of a reply exists; it may have traded since."""
    held = world.account.orders.get(reply.order_id)
    return (
        held is not None
        and held.client_order_id == reply.client_order_id
        and reply.fill_count * 100 <= held.filled_e2
    )
