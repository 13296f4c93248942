"""Keys that may act for one subaccount only (docs subaccounts, 2026-08)."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox import Sandbox
from tests.stages.members import Member, new_order

EVENTS = "/portfolio/events/orders"


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
    for path in ("/portfolio/subaccounts/balances", "/portfolio/deposits"):
        assert (await desk.get(path)).status_code == 403
