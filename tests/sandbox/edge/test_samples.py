"""Replies have exactly the keys of the venue's samples, and decode as the contract says.

The samples are raw JSON that neither client nor exchange has produced.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from kalshi_async.contract import OPERATIONS
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.edge.identifiers import identifier
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import BASE, TICKER, Json, Member

SAMPLES = Path(__file__).parents[2] / "samples"
EVENTS = "/portfolio/events/orders"

# Keys that the venue sends only sometimes, and that some sample therefore lacks.
OPTIONAL = {
    "cancel_order_on_pause",
    "client_order_id",
    "cursor",
    "exchange_estimated_resume_time",
    "expires_ts",
    "expiration_time",
    "finalized_ts",
    "grants",
    "order_group_id",
    "value",
}


def shape(document: object) -> object:
    """Reduce a document to its keys; a list is the shape of its first row."""
    if isinstance(document, dict):
        return {key: shape(value) for key, value in document.items() if key not in OPTIONAL}
    if isinstance(document, list):
        return [shape(document[0])] if document else []
    return None


def sample(name: str) -> object:
    document: Json = json.loads((SAMPLES / f"{name}.json").read_text())
    first: Json = document["current"][0]
    return first["response"]["body"]


@pytest.fixture
async def busy(sandbox: Sandbox, http: httpx.AsyncClient, clock: VirtualClock) -> Member:
    """A member with one row of everything."""
    alice = Member(http, sandbox.add_account("alice", is_fcm=True), clock)
    bob = Member(http, sandbox.add_account("bob"), clock)
    await alice.send("POST", "/portfolio/order_groups/create", {"contracts_limit": 100})
    await alice.rest(client_order_id="resting", price="0.1000")
    for ticker in sandbox.exchange.markets:
        await bob.rest(ticker=ticker, side="ask", count="3.00", price="0.4800")
        await alice.rest(ticker=ticker, count="3.00")
    settled = list(sandbox.exchange.markets)[-1]
    sandbox.exchange.market(settled).settle("no")
    await alice.send("POST", "/portfolio/subaccounts", {})
    transfer = {"client_transfer_id": "t-1", "from_subaccount": 0, "to_subaccount": 1, "amount_cents": 5_000}
    await alice.send("POST", "/portfolio/subaccounts/transfer", transfer)
    move = {
        "source": "event_contract",
        "destination": "event_contract",
        "client_transfer_id": "t-1",
        "amount": 250_000,
        "destination_exchange_shard": 2,
    }
    await alice.send("POST", "/portfolio/intra_exchange_instance_transfer", move)
    allocation = {"allocations": [{"exchange_index": 0, "percent": 100}]}
    await alice.send("POST", "/portfolio/target_balance_allocation", allocation)
    sandbox.exchange.accounts.withdraw(alice.keys.account, Decimal(25))
    return alice


ARCHIVED = "KXOLD-26JUL04-T1"
TICKERS = {"/historical/": ARCHIVED, "/events/": TICKER.rpartition("-")[0], "": TICKER}
"""The ticker of a path, by a part of it; the first part that is in it counts."""
CANDLES: Json = {"start_ts": 1_795_348_800, "end_ts": 1_795_352_400, "period_interval": 60}
NEEDED: dict[str, Json] = {
    "get_queue_positions": {"market_tickers": TICKER},
    "get_market_orderbooks": {"tickers": TICKER},
    "get_milestones": {"limit": 10},
    "get_live_datas": {"milestone_ids": identifier("milestone", TICKER.rpartition("-")[0])},
    "get_event_forecast_percentiles_history": CANDLES | {"percentiles": 5000},
    "batch_get_market_candlesticks": CANDLES | {"market_tickers": TICKER},
    **dict.fromkeys(
        (
            "get_market_candlesticks",
            "get_market_candlesticks_by_event",
            "get_market_candlesticks_historical",
        ),
        CANDLES,
    ),
}
"""The query of the reads that need one, by operation."""
LISTS = {
    "get_order_groups": "/portfolio/order_groups",
    "get_balance": "/portfolio/balance",
    "get_positions": "/portfolio/positions",
    "get_settlements": "/portfolio/settlements",
    "get_total_resting_order_value": "/portfolio/summary/total_resting_order_value",
    "get_deposits": "/portfolio/deposits",
    "get_withdrawals": "/portfolio/withdrawals",
    "get_subaccount_balances": "/portfolio/subaccounts/balances",
    "get_subaccount_transfers": "/portfolio/subaccounts/transfers",
    "get_subaccount_netting": "/portfolio/subaccounts/netting",
    "get_target_balance_allocation": "/portfolio/target_balance_allocation",
    "get_intra_exchange_transfers": "/portfolio/intra_exchange_instance_transfers",
    "get_historical_cutoff": "/historical/cutoff",
    "get_account_limits": "/account/limits",
    "get_endpoint_costs": "/account/endpoint_costs",
    "get_volume_progress": "/account/api_usage_level/volume_progress",
    "get_exchange_status": "/exchange/status",
    "get_user_data_timestamp": "/exchange/user_data_timestamp",
    "get_orders": "/portfolio/orders",
    "get_fills": "/portfolio/fills",
    "get_queue_positions": f"/portfolio/orders/queue_positions?market_tickers={TICKER}",
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_read_has_the_keys_of_its_sample(busy: Member, name: str) -> None:
    path, _, query = LISTS[name].partition("?")
    reply = await busy.http.get(BASE + LISTS[name], headers=busy.headers("GET", path))
    assert reply.status_code == 200, (reply.text, query)
    assert shape(reply.json()) == shape(sample(name))


async def test_rows_found_by_id_have_the_keys_of_their_samples(busy: Member) -> None:
    order_id = (await busy.get("/portfolio/orders", status="resting")).json()["orders"][0]["order_id"]
    transfers = (await busy.get("/portfolio/intra_exchange_instance_transfers")).json()["transfers"]
    group_id = (await busy.get("/portfolio/order_groups")).json()["order_groups"][0]["id"]
    paths = {
        "get_order": f"/portfolio/orders/{order_id}",
        "get_order_queue_position": f"/portfolio/orders/{order_id}/queue_position",
        "get_intra_exchange_transfer": "/portfolio/intra_exchange_instance_transfers/"
        + transfers[0]["transfer_id"],
    }
    for name, path in paths.items():
        assert shape((await busy.get(path)).json()) == shape(sample(name))
    group = (await busy.get(f"/portfolio/order_groups/{group_id}")).json()
    assert group == {
        "is_auto_cancel_enabled": False,
        "contracts_limit_fp": "100.00",
        "orders": [],
        "exchange_index": 0,
    }


async def test_every_read_of_the_contract_decodes_strictly(busy: Member, sandbox: Sandbox) -> None:
    exchange = sandbox.exchange
    exchange.markets.add(ARCHIVED)
    exchange.market(ARCHIVED).settle("yes")
    exchange.markets[ARCHIVED].settled_us = 0
    exchange.combos.add("KXMVEWEATHER-26", [TICKER.rpartition("-")[0]], size_min=1)
    order_id = (await busy.get("/portfolio/orders", status="resting")).json()["orders"][0]["order_id"]
    group_id = (await busy.get("/portfolio/order_groups")).json()["order_groups"][0]["id"]
    transfers = (await busy.get("/portfolio/intra_exchange_instance_transfers")).json()["transfers"]
    values = {
        "order_id": order_id,
        "order_group_id": group_id,
        "transfer_id": transfers[0]["transfer_id"],
        "ticker": TICKER,
        "event_ticker": TICKER.rpartition("-")[0],
        "series_ticker": TICKER.partition("-")[0],
        "milestone_id": identifier("milestone", TICKER.rpartition("-")[0]),
        "structured_target_id": identifier("target", TICKER),
        "collection_ticker": "KXMVEWEATHER-26",
        "city": "miami",
        "type": "last_prices",
    }
    reads = [operation for operation in OPERATIONS if operation.method == "GET"]
    assert len(reads) > 25
    for operation in reads:
        values["ticker"] = next(ticker for part, ticker in TICKERS.items() if part in operation.path)
        reply = await busy.get(operation.target(values), **NEEDED.get(operation.name, {}))
        assert reply.status_code == 200, (operation.name, reply.text)
        operation.decoder.decode(reply.content)
