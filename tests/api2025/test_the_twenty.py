"""All twenty operations of the reference: as documented, alive in 2025, succeeded today."""

from __future__ import annotations

import inspect
import typing

import httpx
import pytest

from kalshi_async import EndpointRetired
from kalshi_async.api2025 import requests as legacy
from kalshi_async.api2025.methods import Legacy
from kalshi_async.api2025.successors import SUCCESSORS
from kalshi_async.contract import LEGACY_OPERATIONS, OPERATIONS
from kalshi_async.contract.operation import Empty
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.api2025.day import Facts, act_out
from tests.api2025.reference import ROWS, Row
from tests.api2025.stage import staged
from tests.api2025.ways import NewWay, OldWay
from tests.stages.served import TICKER, Stage

every_row = pytest.mark.parametrize("row", ROWS, ids=str)


def test_the_contract_is_the_reference() -> None:
    ours = {operation.name: (operation.method, operation.path) for operation in LEGACY_OPERATIONS}
    assert len(LEGACY_OPERATIONS) == len(ROWS) == 20
    assert ours == {row.name: (row.method, row.path) for row in ROWS}
    assert {operation.generation for operation in LEGACY_OPERATIONS} == {"2025"}


@every_row
def test_a_method_has_the_parameters_and_the_return_type_of_the_reference(row: Row) -> None:
    method = getattr(Legacy, row.name)
    parameters = list(inspect.signature(method).parameters)
    assert tuple(parameters[1:]) == row.parameters
    hints = typing.get_type_hints(method)
    assert hints["return"] is (getattr(legacy, row.returns) if row.returns else type(None))
    for name in row.parameters:
        if name.endswith("_request"):
            assert hints[name].__name__ == "".join(word.capitalize() for word in name.split("_"))


@every_row
def test_an_operation_replies_with_the_struct_that_its_method_returns(row: Row) -> None:
    (operation,) = (operation for operation in LEGACY_OPERATIONS if operation.name == row.name)
    assert operation.reply is (getattr(legacy, row.returns) if row.returns else Empty)


@every_row
async def test_a_successor_is_a_method_of_a_session_and_an_operation_of_today(row: Row, today: Stage) -> None:
    successor = SUCCESSORS[row.name]
    place: object = today.session
    for name in successor.split(".")[1:]:
        place = getattr(place, name)
    assert callable(place)
    assert any(operation.name == row.name for operation in OPERATIONS)


@every_row
async def test_today_every_call_is_refused_before_it_is_sent_and_names_its_successor(
    row: Row, today: Stage
) -> None:
    with pytest.raises(EndpointRetired) as caught:
        await getattr(today.session.legacy, row.name)(**arguments_of(row))
    assert caught.value.successor == SUCCESSORS[row.name]
    assert f"use {SUCCESSORS[row.name]}" in str(caught.value)
    assert caught.value.sent is False
    assert today.wire == []


@every_row
async def test_in_2025_the_successor_is_refused_and_names_the_legacy_method(row: Row, stage: Stage) -> None:
    operation = next(operation for operation in OPERATIONS if operation.name == row.name)
    with pytest.raises(EndpointRetired, match=f"use session.legacy.{row.name}") as caught:
        await stage.session._context.call(operation)
    assert caught.value.successor == f"session.legacy.{row.name}"
    assert stage.wire == []


async def test_what_2025_had_no_word_for_says_so(stage: Stage) -> None:
    for call in (stage.session.markets.get("T"), stage.session.subaccounts.balances()):
        with pytest.raises(EndpointRetired, match="the 2025 API has nothing like it") as caught:
            await call
        assert caught.value.successor is None
    assert stage.wire == []


async def test_the_exchange_of_2025_serves_the_reference_markets_and_its_status_alone(stage: Stage) -> None:
    # So that a client which speaks today's words there cannot pass unseen.
    async with httpx.AsyncClient(
        transport=stage.session.transport, base_url=stage.session.environment.rest_url
    ) as http:
        for path in ("/account/limits", "/portfolio/deposits", "/portfolio/events/orders"):
            assert (await http.get(path)).status_code == 404
        for path in ("/markets", f"/markets/{TICKER}", "/exchange/status"):
            assert (await http.get(path)).status_code == 200


async def test_the_same_day_leaves_the_same_ledger_in_both_generations(clock: VirtualClock) -> None:
    async with staged(clock, "2025") as then:
        old_facts = await live(then)
        old_ledger = ledger(then)
    async with staged(clock, "current") as now:
        new_facts = await live(now)
        new_ledger = ledger(now)
    assert old_facts == new_facts
    assert old_ledger == new_ledger


async def test_the_twenty_rows_as_a_table(clock: VirtualClock, capsys: pytest.CaptureFixture[str]) -> None:
    async with staged(clock, "2025") as then, staged(VirtualClock(clock.now_ms()), "current") as now:
        await live(then)
        await live(now)
        lines = [line(row, then, now) for row in ROWS]
    with capsys.disabled():
        print("\n" + "\n".join((HEADER, RULE, *lines)))
    assert all(" | ok | " in text and text.endswith(" ok |") for text in lines)


HEADER = "| operation | method and path | 2025 profile | current profile |"
RULE = "|---|---|---|---|"


def line(row: Row, then: Stage, now: Stage) -> str:
    """One row: each profile is ok if its route was taken and answered as documented."""
    statuses = then.statuses_of_route(row.method, row.path)
    in_2025 = "ok" if statuses and row.success in statuses else f"missing: {statuses}"
    operation = next(operation for operation in OPERATIONS if operation.name == row.name)
    reached = any(status < 300 for status in now.statuses_of_route(operation.method, operation.path))
    today = f"retired: {SUCCESSORS[row.name]} {'ok' if reached else 'missing'}"
    return f"| {row.name} | {row.method} {row.path} | {in_2025} | {today} |"


async def live(stage: Stage) -> list[Facts]:
    """Alice and bob live through the day in the way of the stage's generation."""
    way = OldWay if stage.session.environment.generation == "2025" else NewWay
    exchange = stage.sandbox.exchange
    return await act_out(
        way(stage.session), way(stage.other), lambda ticker, result: exchange.market(ticker).settle(result)
    )


def ledger(stage: Stage) -> object:
    """All that the exchange has written down, but for times and for names of groups."""
    accounts = stage.sandbox.exchange.accounts.values()
    return (
        stage.sandbox.exchange.reads.snapshot(),
        [
            (fill.fill_id, fill.order_id, fill.side, fill.price_e4, fill.count_e2, fill.fee_e6)
            for account in accounts
            for fill in account.fills
        ],
        [
            (row.ticker, row.result, row.yes_count_e2, row.no_count_e2, row.revenue_cents)
            for account in accounts
            for row in account.settlements
        ],
        [list(account.groups) for account in accounts],
    )


def arguments_of(row: Row) -> dict[str, object]:
    """Arguments that pass every check of the client, for what the method requires."""
    required = {
        name for name in row.parameters if name.endswith(("_id", "_request")) and row.name != "get_fills"
    }
    return {name: REQUESTS.get(name, "an-id") for name in required}


ORDER = legacy.CreateOrderRequest(
    ticker=TICKER, side="yes", action="buy", count=1, type="limit", yes_price=44
)

REQUESTS: dict[str, object] = {
    "create_order_request": ORDER,
    "batch_create_orders_request": legacy.BatchCreateOrdersRequest(orders=[ORDER]),
    "batch_cancel_orders_request": legacy.BatchCancelOrdersRequest(order_ids=["an-id"]),
    "amend_order_request": legacy.AmendOrderRequest(count=1),
    "decrease_order_request": legacy.DecreaseOrderRequest(reduce_by=1),
    "create_order_group_request": legacy.CreateOrderGroupRequest(name="a group"),
    "get_queue_positions_request": legacy.GetQueuePositionsRequest(order_ids=["an-id"]),
}
