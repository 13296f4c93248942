"""One scene per operation of the account: money, subaccounts, transfers, archive, limits, state.

As ``cases_trading``: through the public method, against what the exchange then holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from kalshi_async import (
    Conflict,
    CreateOrder,
    Forbidden,
    SubaccountTransferOrder,
    TargetAllocation,
    TransferOrder,
)
from kalshi_async.contract import (
    Operation,
    account,
    events,
    exchange,
    historical,
    portfolio,
    series,
    subaccounts,
    transfers,
)
from kalshi_async.contract.fields import FeeType, MarketResult, TransferStatus
from tests.resources.cases_trading import Case
from tests.stages.served import EVENT, TICKER, D, Stage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def get_balance(stage: Stage) -> None:
    await stage.trade("0.40", 3)
    balance = await stage.session.portfolio.balance()
    assert (balance.balance, balance.balance_cents) == (D("9998.80"), 999_880)
    assert balance.balance == D(stage.account.cash_e6[0, 0]) / 1_000_000


async def get_settlements(stage: Stage) -> None:
    await stage.trade("0.40", 3)
    stage.sandbox.exchange.market(TICKER).settle("yes")
    (row,) = await stage.session.portfolio.settlements(ticker=TICKER).collect()
    assert (row.market_result, row.yes_count, row.revenue_cents) == (MarketResult.YES, D(3), 300)


async def get_total_resting_order_value(stage: Stage) -> None:
    with pytest.raises(Forbidden):
        await stage.session.portfolio.resting_order_value()
    carol = await stage.member("carol", is_fcm=True)
    await carol.orders.create(CreateOrder(TICKER, "bid", 10, "0.44"))
    assert (await carol.portfolio.resting_order_value()).total_resting_order_value_cents == 440


async def get_deposits(stage: Stage) -> None:
    (row,) = await stage.session.portfolio.deposits().collect()
    assert (row.amount_cents, row.status.value) == (1_000_000, "applied")


async def get_withdrawals(stage: Stage) -> None:
    assert await stage.session.portfolio.withdrawals().collect() == []
    stage.sandbox.exchange.accounts.withdraw(stage.account, D("12.50"))
    (row,) = await stage.session.portfolio.withdrawals().collect()
    assert row.amount_cents == 1_250


async def create_subaccount(stage: Stage) -> None:
    assert await stage.session.subaccounts.create() == 1
    assert await stage.session.subaccounts.create(exchange_index=2) == 2
    assert (2, 2) in stage.account.cash_e6


async def get_subaccount_balances(stage: Stage) -> None:
    stage.subaccounts(1, cash=70)
    rows = await stage.session.subaccounts.balances()
    cash = {(row.subaccount_number, row.exchange_index): row.balance for row in rows}
    assert (cash[0, 0], cash[1, 0]) == (D(9_930), D(70))


async def transfer_between_subaccounts(stage: Stage) -> None:
    stage.subaccounts(1, cash=1)
    order = SubaccountTransferOrder(0, 1, 2_500)
    await stage.session.subaccounts.transfer(order)
    await stage.clock.sleep(5)  # an equal transfer that was made at the same time would be this one
    with pytest.raises(Conflict):
        await stage.session.subaccounts.transfer(order)
    assert stage.account.cash_e6[1, 0] == 26_000_000


async def get_subaccount_transfers(stage: Stage) -> None:
    stage.subaccounts(2, cash=5)
    rows = await stage.session.subaccounts.transfers(limit=1).collect()
    assert [(row.to_subaccount, row.amount_cents) for row in rows] == [(2, 500), (1, 500)]


async def get_subaccount_netting(stage: Stage) -> None:
    stage.subaccounts(1)
    stage.sandbox.exchange.accounts.set_netting(stage.account, 1, False)
    rows = await stage.session.subaccounts.netting()
    assert [(row.subaccount_number, row.enabled) for row in rows] == [(0, True), (1, False)]


async def update_subaccount_netting(stage: Stage) -> None:
    await stage.session.subaccounts.set_netting(0, enabled=False)
    assert stage.account.netting[0] is False


async def get_target_balance_allocation(stage: Stage) -> None:
    stage.sandbox.exchange.allocations.set(stage.account, [(0, 60), (2, 40)], "max")
    target = await stage.session.transfers.target_allocation()
    assert [(share.exchange_index, share.percent) for share in target.allocations] == [(0, 60), (2, 40)]
    assert target.resting_margin_reservation.value == "max"


async def set_target_balance_allocation(stage: Stage) -> None:
    await stage.session.transfers.set_target_allocation(TargetAllocation({0: 75, 1: 25}))
    assert stage.account.allocations == [(0, 75), (1, 25)]


async def intra_exchange_transfer(stage: Stage) -> None:
    await _transfer(stage)
    assert stage.account.cash_e6[0, 2] == 7_500_000


async def intra_exchange_transfer_unkeyed(stage: Stage) -> None:
    stage.subaccounts(1, cash=10)
    order = TransferOrder(75_000, destination_exchange_shard=2, source_subaccount=1, destination_subaccount=1)
    stage.sandbox.exchange.accounts.create_subaccount(stage.account, 2)
    transfer_id = await stage.session.transfers.create(order)
    assert transfer_id
    assert stage.account.cash_e6[1, 2] == 7_500_000


async def get_intra_exchange_transfer(stage: Stage) -> None:
    transfer_id = await _transfer(stage)
    transfer = await stage.session.transfers.get(transfer_id)
    assert (transfer.status, transfer.amount) == (TransferStatus.COMPLETE, D("7.50"))


async def get_intra_exchange_transfers(stage: Stage) -> None:
    transfer_id = await _transfer(stage)
    (row,) = await stage.session.transfers.list().collect()
    assert (row.transfer_id, row.destination_exchange_shard) == (transfer_id, 2)


async def get_historical_cutoff(stage: Stage) -> None:
    cutoff = await stage.session.historical.cutoff()
    assert (NOON - cutoff.orders_updated_ts).days == 90


async def get_historical_orders(stage: Stage) -> None:
    order = await stage.rest()
    await stage.session.orders.cancel(order)
    stage.archive()
    assert await stage.session.orders.list().collect() == []
    (row,) = await stage.session.historical.orders(ticker=TICKER).collect()
    assert row.order_id == order.order_id


async def get_historical_fills(stage: Stage) -> None:
    order = await stage.trade(count=3)
    stage.archive()
    assert await stage.session.fills.list().collect() == []
    (row,) = await stage.session.historical.fills(ticker=TICKER).collect()
    assert (row.order_id, row.count) == (order.order_id, D(3))


async def get_historical_positions(stage: Stage) -> None:
    await stage.trade(count=3)
    for ticker in stage.sandbox.exchange.markets:
        stage.sandbox.exchange.market(ticker).settle("yes")
    stage.archive()
    (row,) = await stage.session.historical.positions().collect()
    assert (row.ticker, row.position, row.realized_pnl) == (TICKER, D(0), D("1.80"))


async def get_account_limits(stage: Stage) -> None:
    limits = await stage.session.account.limits()
    assert (limits.usage_tier, limits.write.refill_rate) == ("advanced", 300)


async def get_endpoint_costs(stage: Stage) -> None:
    costs = await stage.session.account.endpoint_costs()
    by_route = {(row.method, row.path): row.cost for row in costs.endpoint_costs}
    assert costs.default_cost == 10
    assert by_route["GET", "/trade-api/v2/portfolio/orders/:order_id"] == 2


async def get_volume_progress(stage: Stage) -> None:
    await stage.trade(count=3)
    (row,) = await stage.session.account.volume_progress()
    assert row.trailing_30d_volume == D(3)


async def upgrade_api_usage_level(stage: Stage) -> None:
    carol = await stage.member("carol", tier="basic")
    with pytest.raises(Forbidden):
        await carol.account.upgrade()
    await carol.orders.create(CreateOrder(TICKER, "bid", 1, "0.01"))
    await carol.account.upgrade()
    assert (await carol.account.limits()).usage_tier == "advanced"


async def get_exchange_status(stage: Stage) -> None:
    stage.sandbox.exchange.shards.pause_trading(2)
    status = await stage.session.exchange.status()
    assert status.trading_active
    by_shard = {row.exchange_index: row.trading_active for row in status.exchange_index_statuses or []}
    assert by_shard == {0: True, 1: True, 2: False, 3: True}


async def get_exchange_schedule(stage: Stage) -> None:
    (week,) = (await stage.session.exchange.schedule()).standard_hours
    assert week.start_time.year == 2026
    assert week.sunday[0].open_time == "00:00"


async def get_user_data_timestamp(stage: Stage) -> None:
    assert await stage.session.exchange.user_data_timestamp() == NOON


async def get_event(stage: Stage) -> None:
    stage.sandbox.exchange.fees.override_event(EVENT, "quadratic_with_maker_fees", D("0.5"))
    event = await stage.session.events.get(EVENT)
    assert (event.series_ticker, event.fee_type_override) == ("KXHIGHNY", FeeType.QUADRATIC_WITH_MAKER_FEES)
    assert event.fee_multiplier_override == D("0.5")


async def get_event_fee_changes(stage: Stage) -> None:
    fees = stage.sandbox.exchange.fees
    fees.override_event(EVENT, multiplier=D(2), in_s=60)
    fees.override_event(EVENT, in_s=120)
    first, last = await stage.session.events.fee_changes(event_ticker=EVENT).collect()
    assert (first.fee_type_override, first.fee_multiplier_override) == (None, D(2))
    assert (last.fee_type_override, last.fee_multiplier_override) == (None, None)
    assert (first.scheduled_ts - NOON).seconds == 60
    assert await stage.session.events.fee_changes(event_ticker="KXOTHER-1").collect() == []


async def get_series(stage: Stage) -> None:
    row = await stage.session.series.get("KXHIGHNY")
    assert (row.ticker, row.fee_type, row.fee_multiplier) == ("KXHIGHNY", FeeType.QUADRATIC, D(1))


async def get_series_fee_changes(stage: Stage) -> None:
    fees = stage.sandbox.exchange.fees
    fees.change_series("KXHIGHNY", "quadratic", D("0.5"))
    fees.change_series("KXHIGHNY", "quadratic_with_maker_fees", D("0.1"), in_s=60)
    (ahead,) = await stage.session.series.fee_changes(series_ticker="KXHIGHNY")
    assert (ahead.fee_type, ahead.fee_multiplier) == (FeeType.QUADRATIC_WITH_MAKER_FEES, D("0.1"))
    past, _ = await stage.session.series.fee_changes(series_ticker="KXHIGHNY", show_historical=True)
    assert past.fee_multiplier == D("0.5")
    assert await stage.session.series.fee_changes(series_ticker="KXOTHER") == []


async def _transfer(stage: Stage) -> str:
    order = TransferOrder(75_000, source_exchange_shard=0, destination_exchange_shard=2)
    return await stage.session.transfers.create(order)


CASES: Mapping[Operation[object], Case] = {
    portfolio.GET_BALANCE: get_balance,
    portfolio.GET_SETTLEMENTS: get_settlements,
    portfolio.GET_TOTAL_RESTING_ORDER_VALUE: get_total_resting_order_value,
    portfolio.GET_DEPOSITS: get_deposits,
    portfolio.GET_WITHDRAWALS: get_withdrawals,
    subaccounts.CREATE_SUBACCOUNT: create_subaccount,
    subaccounts.GET_SUBACCOUNT_BALANCES: get_subaccount_balances,
    subaccounts.TRANSFER_BETWEEN_SUBACCOUNTS: transfer_between_subaccounts,
    subaccounts.GET_SUBACCOUNT_TRANSFERS: get_subaccount_transfers,
    subaccounts.GET_SUBACCOUNT_NETTING: get_subaccount_netting,
    subaccounts.UPDATE_SUBACCOUNT_NETTING: update_subaccount_netting,
    transfers.GET_TARGET_BALANCE_ALLOCATION: get_target_balance_allocation,
    transfers.SET_TARGET_BALANCE_ALLOCATION: set_target_balance_allocation,
    transfers.INTRA_EXCHANGE_TRANSFER: intra_exchange_transfer,
    transfers.INTRA_EXCHANGE_TRANSFER_UNKEYED: intra_exchange_transfer_unkeyed,
    transfers.GET_INTRA_EXCHANGE_TRANSFER: get_intra_exchange_transfer,
    transfers.GET_INTRA_EXCHANGE_TRANSFERS: get_intra_exchange_transfers,
    historical.GET_HISTORICAL_CUTOFF: get_historical_cutoff,
    historical.GET_HISTORICAL_ORDERS: get_historical_orders,
    historical.GET_HISTORICAL_FILLS: get_historical_fills,
    historical.GET_HISTORICAL_POSITIONS: get_historical_positions,
    account.GET_ACCOUNT_LIMITS: get_account_limits,
    account.GET_ENDPOINT_COSTS: get_endpoint_costs,
    account.GET_VOLUME_PROGRESS: get_volume_progress,
    account.UPGRADE_API_USAGE_LEVEL: upgrade_api_usage_level,
    events.GET_EVENT: get_event,
    events.GET_EVENT_FEE_CHANGES: get_event_fee_changes,
    series.GET_SERIES: get_series,
    series.GET_SERIES_FEE_CHANGES: get_series_fee_changes,
    exchange.GET_EXCHANGE_STATUS: get_exchange_status,
    exchange.GET_EXCHANGE_SCHEDULE: get_exchange_schedule,
    exchange.GET_USER_DATA_TIMESTAMP: get_user_data_timestamp,
}
