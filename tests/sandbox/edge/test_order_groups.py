"""Order groups over HTTP: shapes and scopes; their arithmetic is tested with the engine."""

from __future__ import annotations

import pytest

from kalshi_async.sandbox import Sandbox
from tests.stages.members import Json, Member

GROUPS = "/portfolio/order_groups"


async def create(member: Member, **body: object) -> str:
    reply = await member.send("POST", GROUPS + "/create", body or {"contracts_limit": 100})
    assert reply.status_code == 201, reply.text
    group_id: str = reply.json()["order_group_id"]
    return group_id


async def test_a_new_group_tells_its_scope(alice: Member) -> None:
    reply = await alice.send("POST", GROUPS + "/create", {"contracts_limit_fp": "100.00"})
    body = reply.json()
    assert set(body) == {"order_group_id", "subaccount", "exchange_index"}
    assert (body["subaccount"], body["exchange_index"]) == (0, 0)


async def test_both_spellings_of_the_limit_must_agree(alice: Member) -> None:
    await create(alice, contracts_limit=5, contracts_limit_fp="5.00")
    for body, code in (
        ({}, "missing_parameters"),
        ({"contracts_limit": 5, "contracts_limit_fp": "6.00"}, "invalid_parameters"),
        ({"contracts_limit": 0}, "invalid_parameters"),
        ({"contracts_limit": 1_000_001}, "invalid_parameters"),
    ):
        reply = await alice.send("POST", GROUPS + "/create", body)
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)


async def test_a_member_order_shows_in_the_group_and_names_it(alice: Member) -> None:
    group_id = await create(alice)
    order_id = (await alice.rest(order_group_id=group_id))["order_id"]
    details: Json = (await alice.get(f"{GROUPS}/{group_id}")).json()
    assert details == {
        "is_auto_cancel_enabled": False,
        "contracts_limit_fp": "100.00",
        "orders": [order_id],
        "exchange_index": 0,
    }
    order = (await alice.get(f"/portfolio/orders/{order_id}")).json()["order"]
    assert order["order_group_id"] == group_id


async def test_an_account_without_groups_lists_nothing_at_all(alice: Member) -> None:
    # Recorded in June 2026: not even the key is there.
    assert (await alice.get(GROUPS)).json() == {}


async def test_trigger_cancels_the_members_and_reset_lets_new_ones_in(alice: Member) -> None:
    group_id = await create(alice)
    order_id = (await alice.rest(order_group_id=group_id))["order_id"]
    assert (await alice.send("PUT", f"{GROUPS}/{group_id}/trigger", {})).json() == {}
    order = (await alice.get(f"/portfolio/orders/{order_id}")).json()["order"]
    assert order["status"] == "canceled"
    assert (await alice.create(order_group_id=group_id)).status_code == 409
    assert (await alice.send("PUT", f"{GROUPS}/{group_id}/reset", {}, subaccount=0)).json() == {}
    assert (await alice.create(order_group_id=group_id)).status_code == 201


async def test_a_limit_is_replaced(alice: Member) -> None:
    group_id = await create(alice)
    reply = await alice.send("PUT", f"{GROUPS}/{group_id}/limit", {"contracts_limit": 7})
    assert (reply.status_code, reply.json()) == (200, {})
    assert (await alice.get(f"{GROUPS}/{group_id}")).json()["contracts_limit_fp"] == "7.00"


async def test_a_deleted_group_is_gone(alice: Member) -> None:
    group_id = await create(alice)
    reply = await alice.send("DELETE", f"{GROUPS}/{group_id}")
    assert (reply.status_code, reply.json()) == (200, {})
    assert (await alice.send("DELETE", f"{GROUPS}/{group_id}")).status_code == 404


@pytest.mark.parametrize("query", [{"subaccount": 1}, {"exchange_index": 1}])
async def test_a_group_is_only_found_in_its_scope(
    alice: Member, sandbox: Sandbox, query: dict[str, object]
) -> None:
    sandbox.exchange.accounts.create_subaccount(alice.keys.account)
    group_id = await create(alice)
    assert (await alice.send("PUT", f"{GROUPS}/{group_id}/trigger", {}, **query)).status_code == 404


async def test_group_reads_cover_all_subaccounts_unless_one_is_named(alice: Member, sandbox: Sandbox) -> None:
    sandbox.exchange.accounts.create_subaccount(alice.keys.account)
    group_id = await create(alice, contracts_limit=5, subaccount=1)
    assert len((await alice.get(GROUPS)).json()["order_groups"]) == 1
    assert (await alice.get(GROUPS, subaccount=0)).json() == {}
    assert (await alice.get(f"{GROUPS}/{group_id}")).status_code == 200
    assert (await alice.get(f"{GROUPS}/{group_id}", subaccount=0)).status_code == 404
