"""Subaccounts and transfers over HTTP."""

from __future__ import annotations

from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conftest import START_MS
from tests.stages.members import Member

SUBACCOUNTS = "/portfolio/subaccounts"
ALLOCATION = "/portfolio/target_balance_allocation"
TRANSFER = "/portfolio/intra_exchange_instance_transfer"
MOVE = {"client_transfer_id": "t-1", "from_subaccount": 0, "to_subaccount": 1, "amount_cents": 5_000}
CROSS = {
    "client_transfer_id": "t-1",
    "source": "event_contract",
    "destination": "event_contract",
    "amount": 250_000,
    "destination_exchange_shard": 2,
}


async def test_subaccounts_are_numbered_from_one(alice: Member) -> None:
    for number in (1, 2):
        reply = await alice.send("POST", SUBACCOUNTS, {"exchange_index": 0} if number == 2 else {})
        assert (reply.status_code, reply.json()) == (201, {"subaccount_number": number})


async def test_a_basic_account_has_no_subaccounts(sandbox: Sandbox, alice: Member) -> None:
    basic = Member(alice.http, sandbox.add_account("basic", tier="basic"), alice.clock)
    reply = await basic.send("POST", SUBACCOUNTS, {})
    assert reply.status_code == 403
    code = reply.json()["error"]["code"]
    assert code == "subaccount_creation_requires_advanced_api_usage_level"


async def test_cents_move_once_per_transfer_id(alice: Member) -> None:
    await alice.send("POST", SUBACCOUNTS, {})
    first = await alice.send("POST", SUBACCOUNTS + "/transfer", MOVE)
    assert (first.status_code, first.json()) == (200, {})
    second = await alice.send("POST", SUBACCOUNTS + "/transfer", MOVE)
    assert (second.status_code, second.json()["error"]["code"]) == (409, "transfer_already_applied")
    rows = (await alice.get(SUBACCOUNTS + "/balances")).json()["subaccount_balances"]
    balances = {(row["subaccount_number"], row["exchange_index"]): row["balance"] for row in rows}
    assert (balances[0, 0], balances[1, 0]) == ("9950.0000", "50.0000")
    (transfer,) = (await alice.get(SUBACCOUNTS + "/transfers")).json()["transfers"]
    assert transfer | {"transfer_id": ""} == {
        "transfer_id": "",
        "from_subaccount": 0,
        "to_subaccount": 1,
        "amount_cents": 5_000,
        "created_ts": START_MS // 1_000,
        "exchange_index": 0,
    }


async def test_a_transfer_wants_all_but_the_shard(alice: Member) -> None:
    for name in MOVE:
        body = {key: value for key, value in MOVE.items() if key != name}
        reply = await alice.send("POST", SUBACCOUNTS + "/transfer", body)
        assert reply.json()["error"]["code"] == "missing_parameters"


async def test_netting_is_set_with_an_empty_object(alice: Member) -> None:
    await alice.send("POST", SUBACCOUNTS, {})
    body = {"subaccount_number": 1, "enabled": False}
    reply = await alice.send("PUT", SUBACCOUNTS + "/netting", body)
    assert (reply.status_code, reply.content) == (200, b"{}")
    rows = (await alice.get(SUBACCOUNTS + "/netting")).json()["netting_configs"]
    assert [row["enabled"] for row in rows] == [True, False]


async def test_an_allocation_is_replaced_and_turned_off(alice: Member) -> None:
    shares = [{"exchange_index": 0, "percent": 80}, {"exchange_index": 1, "percent": 20}]
    body = {"allocations": shares, "resting_margin_reservation": "max"}
    assert (await alice.send("POST", ALLOCATION, body)).json() == {}
    assert (await alice.get(ALLOCATION)).json() == body
    await alice.send("POST", ALLOCATION, {"allocations": []})
    off = {"allocations": [], "resting_margin_reservation": "sum"}
    assert (await alice.get(ALLOCATION)).json() == off


async def test_an_allocation_must_total_a_hundred(alice: Member) -> None:
    reply = await alice.send("POST", ALLOCATION, {"allocations": [{"exchange_index": 0, "percent": 80}]})
    assert reply.json()["error"]["code"] == "invalid_parameters"
    reply = await alice.send("POST", ALLOCATION, {})
    assert reply.json()["error"]["code"] == "missing_parameters"


async def test_centicents_move_between_shards(alice: Member) -> None:
    reply = await alice.send("POST", TRANSFER, CROSS)
    assert reply.status_code == 200
    transfer_id = reply.json()["transfer_id"]
    transfer = (await alice.get(f"{TRANSFER}s/{transfer_id}")).json()["transfer"]
    assert (transfer["amount"], transfer["status"]) == ("25.0000", "complete")
    assert transfer["client_transfer_id"] == CROSS["client_transfer_id"]
    balance = (await alice.get("/portfolio/balance", exchange_index=2)).json()
    assert balance["balance_dollars"] == "25.0000"


async def test_a_cross_shard_transfer_counts_once(alice: Member) -> None:
    await alice.send("POST", TRANSFER, CROSS)
    reply = await alice.send("POST", TRANSFER, CROSS)
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "transfer_already_applied")


async def test_an_unknown_transfer_is_not_found(alice: Member) -> None:
    assert (await alice.get(f"{TRANSFER}s/x")).status_code == 404


async def test_the_opening_cash_is_a_deposit(alice: Member, clock: VirtualClock) -> None:
    (deposit,) = (await alice.get("/portfolio/deposits")).json()["deposits"]
    assert (deposit["status"], deposit["amount_cents"]) == ("applied", 1_000_000)
    assert (await alice.get("/portfolio/withdrawals")).json() == {"withdrawals": [], "cursor": ""}
