"""A request that is delivered twice, of which the second answer comes back.

"The key is taken" then says nothing about whose order took it.
"""

from __future__ import annotations

import httpx
import pytest

from kalshi_async import Conflict, OutcomeUnknown, SubaccountTransferOrder, TransferOrder
from kalshi_async.sandbox.faults import DeliverTwice
from tests.resources.settling.test_creates import holder
from tests.resources.settling.test_stale_reads import SKEWS_MS
from tests.stages.scene import Scene, new_order, refusal
from tests.stages.served import D

every_lag = pytest.mark.parametrize("lag_ms", [0, 400, 2_000, 3_000])
every_skew = pytest.mark.parametrize("skew_ms", SKEWS_MS)


def doubled(scene: Scene, operation: str, lag_ms: int, skew_ms: int = 0) -> None:
    scene.sandbox.faults.skew_clock(skew_ms)
    scene.sandbox.faults.lag_reads(lag_ms)
    scene.sandbox.faults.on(operation, DeliverTwice())
    scene.play()


@every_lag
@every_skew
async def test_a_doubled_create_is_placed(scene: Scene, lag_ms: int, skew_ms: int) -> None:
    doubled(scene, "create_order", lag_ms, skew_ms)
    placed = await scene.session.orders.create(new_order(5))
    assert set(scene.account.orders) == {placed.order_id}
    assert scene.clock.monotonic() >= lag_ms / 1_000
    assert len(scene.writes) == 1


@every_lag
@every_skew
async def test_a_doubled_batch_is_placed_leg_by_leg(scene: Scene, lag_ms: int, skew_ms: int) -> None:
    doubled(scene, "batch_create_orders", lag_ms, skew_ms)
    result = await scene.session.orders.create_batch([new_order(1), new_order(2), new_order(3, "0.1005")])
    assert [order.count for order in result.ok] == [D(1), D(2)]
    assert {order.order_id for order in result.ok} == set(scene.account.orders)
    assert [leg.request.count for leg in result.failed] == [D(3)], "off the grid, whoever asks"
    assert not result.unknown


@pytest.mark.parametrize("lag_ms", [0, 400, 1_500])
@every_skew
async def test_a_doubled_transfer_between_subaccounts_is_made(
    scene: Scene, lag_ms: int, skew_ms: int
) -> None:
    """Told that it conflicts, its caller would make another one with a new id."""
    scene.sandbox.exchange.accounts.create_subaccount(scene.account)
    doubled(scene, "transfer_between_subaccounts", lag_ms, skew_ms)
    await scene.session.subaccounts.transfer(SubaccountTransferOrder(0, 1, 2_500))
    assert scene.account.cash_e6[1, 0] == 25_000_000
    assert len(scene.writes) == 1


async def test_a_doubled_create_that_reads_do_not_show_in_time_is_unknown(scene: Scene) -> None:
    doubled(scene, "create_order", 60_000)
    with pytest.raises(OutcomeUnknown) as caught:
        await scene.session.orders.create(new_order())
    assert scene.clock.monotonic() == pytest.approx(5.0)
    assert isinstance(caught.value.__cause__, Conflict)


async def test_a_doubled_batch_that_reads_do_not_show_in_time_is_unknown(scene: Scene) -> None:
    doubled(scene, "batch_create_orders", 60_000)
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert len(result.unknown) == 2
    assert len(scene.account.orders) == 2


@pytest.mark.parametrize("change", [{"count_e2": 200}, {"price_e4": 1_100}, {"side": "ask"}], ids=str)
async def test_a_key_that_another_order_took_is_a_conflict_that_names_it(
    scene: Scene, change: dict[str, object]
) -> None:
    # A second program uses the same key, for another order.
    order = new_order()
    scene.sandbox.exchange.orders.create(scene.account, holder(scene, order, **change))
    (other,) = scene.account.orders
    for result in (await scene.session.orders.create_batch([order])).failed:
        assert isinstance(result.error, Conflict)
        assert other in str(result.error)
    with pytest.raises(Conflict, match=other):
        await scene.session.orders.create(order)


@pytest.mark.parametrize("age_s", [5, 60, 100_000])
async def test_a_key_of_long_ago_is_a_conflict(scene: Scene, age_s: float) -> None:
    # The list is not read that far back: that it shows no younger order proves it.
    order = new_order()
    scene.sandbox.exchange.orders.create(scene.account, holder(scene, order))
    await scene.clock.sleep(age_s)
    with pytest.raises(Conflict):
        await scene.session.orders.create(order)
    result = await scene.session.orders.create_batch([order, new_order()])
    assert [type(leg.error) for leg in result] == [Conflict, type(None)]


async def test_a_batch_that_is_refused_as_a_whole_for_its_keys_is_read(scene: Scene) -> None:
    scene.play(scene.landed(refusal(409, "order_already_exists")))
    result = await scene.session.orders.create_batch([new_order(1), new_order(2)])
    assert {order.order_id for order in result.ok} == set(scene.account.orders)
    assert len(result.ok) == 2


@every_lag
async def test_a_doubled_transfer_between_shards_returns_its_id(scene: Scene, lag_ms: int) -> None:
    doubled(scene, "intra_exchange_transfer", lag_ms)
    transfer_id = await scene.session.transfers.create(TransferOrder(75_000, destination_exchange_shard=2))
    assert [row.transfer_id for row in scene.account.shard_transfers] == [transfer_id]


async def test_equal_transfers_in_flight_never_get_each_others_id(scene: Scene) -> None:
    # A second program moves the same amount the same way; the list shows the newest first.
    other = await scene.again()
    theirs: list[str] = []

    async def landed_between_equals(request: httpx.Request) -> httpx.Response:
        equal = TransferOrder(75_000, destination_exchange_shard=2)
        theirs.append(await other.transfers.create(equal))
        response = await scene.inner.handle_async_request(request)
        await response.aread()
        theirs.append(await other.transfers.create(equal.__class__(75_000, destination_exchange_shard=2)))
        raise httpx.ReadError("lost")

    mine = TransferOrder(75_000, destination_exchange_shard=2)
    scene.play(landed_between_equals)
    transfer_id = await scene.session.transfers.create(mine)
    (row,) = [row for row in scene.account.shard_transfers if row.transfer_id == transfer_id]
    assert row.client_transfer_id == mine.client_transfer_id
    assert transfer_id not in theirs


@pytest.mark.parametrize("age_s", [0, 60])
async def test_a_transfer_id_that_moved_something_else_is_a_conflict(scene: Scene, age_s: float) -> None:
    mine = TransferOrder(75_000, destination_exchange_shard=2)
    await scene.session.transfers.create(mine)
    await scene.clock.sleep(age_s)
    other = TransferOrder(
        75_000, destination_exchange_shard=3, client_transfer_id=str(mine.client_transfer_id)
    )
    with pytest.raises(Conflict, match="belongs to another transfer") as caught:
        await scene.session.transfers.create(other)
    assert caught.value.code == "transfer_already_applied"
    assert len(scene.account.shard_transfers) == 1
