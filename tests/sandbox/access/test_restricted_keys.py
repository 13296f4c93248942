"""Keys that may act for one subaccount only (docs subaccounts, 2026-08)."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox import Sandbox
from tests.stages.members import Member, new_order

EVENTS = "/portfolio/events/orders"
TRANSFER = "/portfolio/intra_exchange_instance_transfer"


@pytest.fixture
async def desk(sandbox: Sandbox, alice: Member) -> Member:
    """A key of alice for her subaccount 1, which holds fifty dollars."""
    account = alice.keys.account
    sandbox.exchange.accounts.create_subaccount(account)
    sandbox.exchange.transfers.between_subaccounts(account, "t-1", 0, 1, 5_000)
    return Member(alice.http, sandbox.add_key(alice.keys, subaccount=1), alice.clock)


async def test_an_omitted_subaccount_means_the_locked_one(alice: Member, desk: Member) -> None:
    order_id = (await desk.rest(count="1.00"))["order_id"]
    order = (await alice.get(f"/portfolio/orders/{order_id}")).json()["order"]
    assert order["subaccount_number"] == 1
    assert (await desk.send("DELETE", f"{EVENTS}/{order_id}")).status_code == 200


async def test_any_other_subaccount_is_refused_zero_included(desk: Member) -> None:
    for subaccount in (0, 2):
        reply = await desk.create(subaccount=subaccount)
        assert reply.status_code == 403
        assert "restricted to a single sub-account" in reply.json()["error"]["message"]
    assert (await desk.get("/portfolio/balance", subaccount=0)).status_code == 403


async def test_its_balance_has_no_breakdown(desk: Member) -> None:
    body = (await desk.get("/portfolio/balance")).json()
    assert body["balance"] == 5_000
    assert "balance_breakdown" not in body


async def test_one_foreign_subaccount_refuses_a_whole_batch(alice: Member, desk: Member) -> None:
    orders = [new_order(count="1.00"), new_order(count="1.00", subaccount=0)]
    assert (await desk.send("POST", EVENTS + "/batched", {"orders": orders})).status_code == 403
    assert not alice.keys.account.orders


async def test_it_sees_nothing_of_the_other_subaccounts(alice: Member, desk: Member) -> None:
    order_id = (await alice.rest(count="1.00"))["order_id"]
    assert (await desk.get(f"/portfolio/orders/{order_id}")).status_code == 404
    assert (await desk.get(f"/portfolio/orders/{order_id}/queue_position")).status_code == 404
    assert (await desk.get("/portfolio/orders")).json()["orders"] == []


async def test_it_reaches_nothing_that_concerns_the_whole_member(desk: Member) -> None:
    for path in ("/portfolio/subaccounts/netting", "/portfolio/subaccounts/transfers", "/portfolio/deposits"):
        assert (await desk.get(path)).status_code == 403


async def test_it_sees_its_own_row_of_the_cash(alice: Member, desk: Member) -> None:
    path = "/portfolio/subaccounts/balances"
    rows = (await desk.get(path)).json()["subaccount_balances"]
    assert [(row["subaccount_number"], row["exchange_index"], row["balance"]) for row in rows] == [
        (1, 0, "50.0000")
    ]
    everything = (await alice.get(path)).json()["subaccount_balances"]
    assert {row["subaccount_number"] for row in everything} == {0, 1}


def between_shards(**fields: object) -> dict[str, object]:
    """Ten dollars from shard 0 to shard 2."""
    instances = {"source": "event_contract", "destination": "event_contract"}
    shards = {"source_exchange_shard": 0, "destination_exchange_shard": 2}
    return {**instances, **shards, "amount": 100_000, **fields}


@pytest.mark.parametrize(
    "named", [{}, {"source_subaccount": 1}, {"source_subaccount": 1, "destination_subaccount": 1}], ids=str
)
async def test_it_moves_cash_between_the_shards_of_its_subaccount(
    desk: Member, named: dict[str, object]
) -> None:
    assert (await desk.send("POST", TRANSFER, between_shards(**named))).status_code == 200
    cash = {place: e6 // 1_000_000 for place, e6 in desk.keys.account.cash_e6.items() if e6}
    assert cash == {(0, 0): 9_950, (1, 0): 40, (1, 2): 10}


@pytest.mark.parametrize(
    "named", [{"source_subaccount": 0}, {"destination_subaccount": 0}, {"destination_subaccount": 2}], ids=str
)
async def test_it_moves_none_to_or_from_another_subaccount(desk: Member, named: dict[str, object]) -> None:
    before = dict(desk.keys.account.cash_e6)
    assert (await desk.send("POST", TRANSFER, between_shards(**named))).status_code == 403
    assert desk.keys.account.cash_e6 == before
