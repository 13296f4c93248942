"""Scenes of order groups, subaccounts, transfers and the account itself."""

from __future__ import annotations

from kalshi_async import SubaccountTransferOrder, TargetAllocation, TransferOrder
from kalshi_async.contract import account, multivariate, order_groups, subaccounts, transfers
from kalshi_async.contract.order_groups import CreateOrderGroupReply
from kalshi_async.requests import ComboLeg
from tests.certainty.scene import OnOrder, Scene


class CreateGroup(Scene):
    operation = order_groups.CREATE_ORDER_GROUP

    async def act(self) -> object:
        return await self.world.session.order_groups.create(contracts_limit=5)

    def effects(self) -> list[int]:
        return [len(self.world.account.groups)]

    def agrees(self, reply: object) -> bool:
        return isinstance(reply, CreateOrderGroupReply) and reply.order_group_id in self.world.account.groups


class _OnGroup(Scene):
    async def prepare(self) -> None:
        group = await self.world.session.order_groups.create(contracts_limit=5)
        self.group_id = self.world.notes["group"] = group.order_group_id
        await self.world.rest("order", group=self.group_id)


class DeleteGroup(_OnGroup):
    operation = order_groups.DELETE_ORDER_GROUP
    already = frozenset({"not_found"})

    async def act(self) -> object:
        await self.world.session.order_groups.delete(self.group_id)
        return None

    def effects(self) -> list[int]:
        return [int(self.group_id not in self.world.account.groups and not self.world.account.resting)]


class TriggerGroup(_OnGroup):
    operation = order_groups.TRIGGER_ORDER_GROUP

    async def act(self) -> object:
        await self.world.session.order_groups.trigger(self.group_id)
        return None

    def effects(self) -> list[int]:
        return [int(self.world.account.groups[self.group_id].is_triggered)]


class ResetGroup(_OnGroup):
    operation = order_groups.RESET_ORDER_GROUP

    async def prepare(self) -> None:
        await super().prepare()
        await self.world.session.order_groups.trigger(self.group_id)

    async def act(self) -> object:
        await self.world.session.order_groups.reset(self.group_id)
        return None

    def effects(self) -> list[int]:
        return [int(not self.world.account.groups[self.group_id].is_triggered)]


class LimitGroup(_OnGroup):
    operation = order_groups.UPDATE_ORDER_GROUP_LIMIT

    async def act(self) -> object:
        await self.world.session.order_groups.update_limit(self.group_id, contracts_limit=8)
        return None

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
    async def prepare(self) -> None:
        await self.world.session.subaccounts.create()


class TransferBetweenSubaccounts(_WithSubaccount):
    operation = subaccounts.TRANSFER_BETWEEN_SUBACCOUNTS

    async def act(self) -> object:
        await self.world.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 2_500))
        return None

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
        await self.world.session.subaccounts.set_netting(1, enabled=False)
        return None

    def effects(self) -> list[int]:
        return [int(self.world.account.netting[1] is False)]


class SetAllocation(Scene):
    operation = transfers.SET_TARGET_BALANCE_ALLOCATION

    async def act(self) -> object:
        await self.world.session.transfers.set_target_allocation(TargetAllocation({0: 75, 1: 25}))
        return None

    def effects(self) -> list[int]:
        return [int(self.world.account.allocations == [(0, 75), (1, 25)])]


class Upgrade(OnOrder):
    operation = account.UPGRADE_API_USAGE_LEVEL
    tier = "basic"

    async def act(self) -> object:
        await self.world.session.account.upgrade()
        return None

    def effects(self) -> list[int]:
        return [int(self.world.account.tier == "advanced")]


class CreateCombo(Scene):
    operation = multivariate.CREATE_MARKET_IN_MULTIVARIATE_EVENT_COLLECTION
    legs = ("KXNBA-26NOV23-BOS", "KXNFL-26NOV23-KC")

    async def prepare(self) -> None:
        exchange = self.world.sandbox.exchange
        for ticker in self.legs:
            exchange.markets.add(ticker)
        exchange.combos.add("KXMVESPORTS-26", [ticker.rpartition("-")[0] for ticker in self.legs])

    async def act(self) -> object:
        legs = [ComboLeg(ticker, ticker.rpartition("-")[0], "yes") for ticker in self.legs]
        return await self.world.session.multivariate.create_market("KXMVESPORTS-26", legs)

    def effects(self) -> list[int]:
        return [sum(bool(market.legs) for market in self.world.sandbox.exchange.markets.values())]

    def agrees(self, reply: object) -> bool:
        return (
            isinstance(reply, multivariate.CreatedMarket)
            and reply.market_ticker in self.world.sandbox.exchange.markets
        )
