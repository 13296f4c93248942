"""What changes groups, netting and cash, after an attempt whose fate is unknown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from kalshi_async import (
    ALL,
    BadRequest,
    Conflict,
    NotFound,
    OutcomeUnknown,
    SubaccountTransferOrder,
    TargetAllocation,
    TransferOrder,
)
from tests.stages.scene import RESET, Scene, refusal


async def test_a_cancel_all_is_repeated_within_its_deadline(scene: Scene) -> None:
    await scene.rest()
    scene.play(RESET, httpx.Response(503), scene.landed())
    await scene.session.orders.cancel_all(subaccount=ALL)
    scene.assert_resent(4)
    assert not scene.account.resting


async def test_a_group_that_reads_gone_was_deleted(scene: Scene, lag_ms: int) -> None:
    group = await scene.session.order_groups.create(contracts_limit=5)
    await scene.clock.sleep(5)
    scene.play(scene.landed())
    await scene.session.order_groups.delete(group.order_group_id)
    scene.assert_resent(2)
    assert not scene.account.groups


async def test_a_group_in_another_scope_is_not_taken_for_deleted(scene: Scene, lag_ms: int) -> None:
    # Addressed wrongly it answers 404 as well, and reads without a scope show it alive.
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    group = await scene.session.order_groups.create(contracts_limit=5, subaccount=1)
    scene.play(RESET)
    with pytest.raises(OutcomeUnknown):
        await scene.session.order_groups.delete(group.order_group_id)
    assert group.order_group_id in scene.account.groups


@pytest.mark.parametrize("change", ["trigger", "update_limit"])
async def test_a_change_of_a_group_that_is_gone_is_not_found(scene: Scene, change: str, lag_ms: int) -> None:
    groups = scene.session.order_groups
    group = (await groups.create(contracts_limit=5)).order_group_id
    await groups.delete(group)
    await scene.clock.sleep(2)
    scene.play(RESET)
    with pytest.raises(NotFound):
        await (
            groups.trigger(group) if change == "trigger" else groups.update_limit(group, contracts_limit=6)
        )


async def test_a_limit_that_reads_as_asked_was_set(scene: Scene, lag_ms: int) -> None:
    group = (await scene.session.order_groups.create(contracts_limit=5)).order_group_id
    scene.play(scene.landed(), refusal(403, "permission_denied"))
    await scene.session.order_groups.update_limit(group, contracts_limit="7.5")
    assert scene.account.groups[group].limit_e2 == 750


async def test_a_trigger_that_is_refused_in_doubt_stays_unknown(scene: Scene) -> None:
    # A kill switch may not be taken for thrown while nothing says that it was.
    group = (await scene.session.order_groups.create(contracts_limit=5)).order_group_id
    scene.play(RESET, refusal(403, "permission_denied"))
    with pytest.raises(OutcomeUnknown):
        await scene.session.order_groups.trigger(group)


async def test_a_reset_is_never_repeated(scene: Scene) -> None:
    # A second one could arm a kill switch that has tripped meanwhile.
    group = (await scene.session.order_groups.create(contracts_limit=5)).order_group_id
    scene.play(scene.landed())
    with pytest.raises(OutcomeUnknown):
        await scene.session.order_groups.reset(group)
    assert len(scene.writes) == 1


async def test_netting_is_settled_by_how_it_reads(scene: Scene, lag_ms: int) -> None:
    scene.play(scene.landed(), refusal(403, "permission_denied"))
    await scene.session.subaccounts.set_netting(0, enabled=False)
    assert scene.account.netting[0] is False
    scene.play(RESET, refusal(403, "permission_denied"))
    with pytest.raises(OutcomeUnknown):
        await scene.session.subaccounts.set_netting(0, enabled=True)


async def test_a_transfer_between_subaccounts_is_settled_by_its_id(scene: Scene, lag_ms: int) -> None:
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    scene.play(scene.landed())
    await scene.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 2_500))
    scene.assert_resent(2)
    assert scene.account.cash_e6[1, 0] == 25_000_000


async def test_a_transfer_between_shards_is_settled_by_its_id(scene: Scene, lag_ms: int) -> None:
    transfer = TransferOrder(75_000, destination_exchange_shard=2)
    scene.play(scene.landed(), scene.landed(refusal(409, "transfer_already_applied")))
    transfer_id = await scene.session.transfers.create(transfer)
    assert [row.transfer_id for row in scene.account.shard_transfers] == [transfer_id]
    assert scene.account.cash_e6[0, 2] == 7_500_000


async def test_transfers_that_no_list_shows_stay_unknown(scene: Scene) -> None:
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: scene.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 2_500)),
        lambda: scene.session.transfers.create(TransferOrder(75_000, destination_exchange_shard=2)),
        lambda: scene.session.transfers.set_target_allocation(TargetAllocation({0: 100})),
    ]
    for call in calls:
        scene.play(RESET, refusal(400, "available_balance_too_low"))
        with pytest.raises(OutcomeUnknown) as caught:
            await call()
        assert isinstance(caught.value.__cause__, BadRequest)


async def test_a_transfer_used_before_is_a_conflict(scene: Scene, lag_ms: int) -> None:
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    transfer = SubaccountTransferOrder(0, 1, 2_500)
    await scene.session.subaccounts.transfer(transfer)
    await scene.clock.sleep(5)
    with pytest.raises(Conflict):
        await scene.session.subaccounts.transfer(transfer)
    assert scene.account.cash_e6[1, 0] == 25_000_000


async def test_a_taken_id_stays_unknown_if_the_refusal_names_no_time(scene: Scene) -> None:
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    scene.play(refusal(409, "transfer_already_applied"))
    with pytest.raises(OutcomeUnknown):
        await scene.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 2_500))


async def test_a_transfer_is_told_from_others_by_what_it_moves(scene: Scene) -> None:
    # Another one, made since, is listed above it.
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    mine = SubaccountTransferOrder(0, 1, 2_500)
    shards = TransferOrder(75_000, destination_exchange_shard=2)

    async def others() -> None:
        session = await scene.again()
        await session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 700))
        await session.transfers.create(TransferOrder(10_000, destination_exchange_shard=1))

    async def landed_before_others(request: httpx.Request) -> httpx.Response:
        await (await scene.inner.handle_async_request(request)).aread()
        await others()
        raise RESET

    scene.play(landed_before_others)
    await scene.session.subaccounts.transfer(mine)
    scene.play(landed_before_others)
    transfer_id = await scene.session.transfers.create(shards)
    (made,) = [row for row in scene.account.shard_transfers if row.transfer_id == transfer_id]
    assert made.amount_e6 == 7_500_000


async def test_a_transfer_like_ours_proves_nothing_unless_the_id_is_taken(scene: Scene) -> None:
    # Lists show no ids of ours: it may be another process that moves the same amount.
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)

    def other() -> None:
        scene.sandbox.exchange.transfers.between_subaccounts(scene.account, "other", 0, 1, 2_500)

    scene.play(scene.meanwhile(other), refusal(400, "available_balance_too_low"))
    with pytest.raises(OutcomeUnknown):
        await scene.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 2_500))


async def test_a_transfer_of_yesterday_is_not_todays(scene: Scene) -> None:
    # Its id is taken, and what was moved today was something else: the id is that of yesterday's.
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    transfer = SubaccountTransferOrder(0, 1, 2_500)
    await scene.session.subaccounts.transfer(transfer)
    await scene.clock.sleep(86_400)
    await scene.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 700))
    scene.play(RESET)
    with pytest.raises(Conflict):
        await scene.session.subaccounts.transfer(transfer)
    assert scene.clock.monotonic() < 86_405
