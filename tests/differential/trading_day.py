"""One trading day in the words of the contract, for whichever client acts it out.

Every operation is named and filled in as the wire names it. A client that acts it out
brings ``Actor``s; what the exchange has written down at the end is compared.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.differential import market_day
from tests.differential.acting import Actor
from tests.differential.process import Venue
from tests.differential.venue import EVENT, MARKETS, SHARD_TWO

Arguments = Mapping[str, object]

NOON = 1_795_348_800  # 2026-11-22 12:00:00 UTC
LATER = 4_102_444_800  # 2100-01-01, an expiry that no run will see
FIRST, SECOND, THIRD = MARKETS


def order(key: str, side: str, count: str, price: str, **options: object) -> dict[str, object]:
    """Return the body of a create; good till canceled on the first market unless told otherwise."""
    body: dict[str, object] = {
        "ticker": FIRST,
        "side": side,
        "count": count,
        "price": price,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "client_order_id": key,
    }
    return body | options


IMMEDIATE = {"time_in_force": "immediate_or_cancel"}


async def act_out(alice: Actor, bob: Actor, broker: Actor, venue: Venue) -> None:
    """Trade through every operation of the portfolio, and read all market data."""
    await orders(alice, bob)
    await batches(alice)
    await groups(alice, bob)
    await subaccounts(alice)
    await shards(alice, bob)
    await whole_account(alice, broker)
    venue.settle(SECOND, "no")
    await reads(alice, "live")
    venue.settle(SHARD_TWO, "yes")  # the only market of its event, which therefore leaves as a whole
    venue.archive()
    await reads(alice, "historical")
    await alice.act("cancel_all_orders", subaccount=0)


async def orders(alice: Actor, bob: Actor) -> None:
    """Create, amend, decrease, cancel, read."""
    resting = await alice.act("create_order", **order("a-1", "bid", "10.00", "0.4800"))
    await bob.act("create_order", **order("b-1", "ask", "3.00", "0.4700", **IMMEDIATE))
    await alice.act("get_order", order_id=resting)
    await alice.act(
        "amend_order",
        order_id=resting,
        ticker=FIRST,
        side="bid",
        price="0.4700",
        count="9.50",
        updated_client_order_id="a-1-moved",
        expiration_time=LATER,
    )
    await bob.act("create_order", **order("b-2", "bid", "2.50", "0.4700"))
    await alice.act("decrease_order", order_id=resting, reduce_by="1.00", market_ticker=FIRST)
    await alice.act("decrease_order", order_id=resting, reduce_to="2.00", market_ticker=FIRST)
    await alice.act("get_order_queue_position", order_id=resting)
    await alice.act("get_queue_positions", market_tickers=FIRST, subaccount=0)
    await alice.act("get_queue_positions", event_ticker=EVENT)
    await alice.refused(409, "create_order", **order("a-1", "bid", "1.00", "0.1000"))
    await alice.refused(
        409, "create_order", **order("a-2", "bid", "1.00", "0.9000") | {"time_in_force": "fill_or_kill"}
    )
    await alice.refused(400, "create_order", **order("a-3", "ask", "1.00", "0.4700", post_only=True))
    await alice.refused(400, "create_order", **order("a-4", "bid", "99999.00", "0.5000"))
    await alice.refused(404, "create_order", **order("a-5", "bid", "1.00", "0.5000", ticker="NO-SUCH"))
    await alice.act("cancel_order", order_id=resting, subaccount=0, market_ticker=FIRST)
    await alice.refused(404, "cancel_order", order_id=resting, market_ticker=FIRST)
    await bob.refused(404, "get_order", order_id=resting)
    await bob.act("create_order", **order("b-3", "ask", "4.00", "0.5200", ticker=SECOND))
    await alice.act("create_order", **order("a-6", "bid", "4.00", "0.5300", ticker=SECOND, **IMMEDIATE))
    await alice.act("create_order", **order("a-7", "ask", "1.00", "0.6000", cancel_order_on_pause=True))


async def batches(alice: Actor) -> None:
    """Create and cancel several at once, some of which are refused."""
    batch = [
        order("a-b-1", "bid", "5.00", "0.4500", self_trade_prevention_type="maker"),
        order("a-b-2", "ask", "5.00", "0.4600", post_only=True),
        order("a-b-3", "bid", "5.00", "0.0100", post_only=True),
        order("a-1", "bid", "1.00", "0.0100"),
    ]
    await alice.act("batch_create_orders", orders=batch)
    last = await alice.act("create_order", **order("a-b-4", "bid", "1.00", "0.0200", expiration_time=LATER))
    items = [{"order_id": last, "market_ticker": FIRST}, {"order_id": "nobody", "subaccount": 0}]
    await alice.act("batch_cancel_orders", orders=items)


async def groups(alice: Actor, bob: Actor) -> None:
    """Let one group trigger by fills and another by hand."""
    group = await alice.act("create_order_group", contracts_limit=5, subaccount=0, exchange_index=0)
    for key, price in (("a-g-1", "0.4400"), ("a-g-2", "0.4300")):
        await alice.act(
            "create_order", **order(key, "bid", "4.00", price, ticker=THIRD, order_group_id=group)
        )
    await alice.act("get_order_group", order_group_id=group, subaccount=0)
    await bob.act("create_order", **order("b-g-1", "ask", "6.00", "0.4300", ticker=THIRD, **IMMEDIATE))
    await alice.refused(409, "create_order", **order("a-g-3", "bid", "1.00", "0.1000", order_group_id=group))
    await alice.act("reset_order_group", order_group_id=group, subaccount=0, exchange_index=0)
    await alice.act("update_order_group_limit", order_group_id=group, contracts_limit=50)
    await alice.act("create_order", **order("a-g-4", "bid", "1.00", "0.1000", order_group_id=group))
    await alice.act("trigger_order_group", order_group_id=group, subaccount=0, exchange_index=0)
    await alice.act("get_order_groups", subaccount=0)
    other = await alice.act("create_order_group", contracts_limit_fp="7.50")
    await alice.act("update_order_group_limit", order_group_id=other, contracts_limit_fp="8.25")
    await alice.refused(404, "delete_order_group", order_group_id=other, subaccount=0, exchange_index=1)
    await alice.act("delete_order_group", order_group_id=other, subaccount=0, exchange_index=0)


async def subaccounts(alice: Actor) -> None:
    """Open two, move money, trade in one, switch netting."""
    await alice.act("create_subaccount", exchange_index=0)
    await alice.act("create_subaccount", exchange_index=2)
    transfer = {
        "client_transfer_id": "11111111-2222-4333-8444-555555555555",
        "from_subaccount": 0,
        "to_subaccount": 1,
        "amount_cents": 50_00,
    }
    await alice.act("transfer_between_subaccounts", **transfer)
    # Another amount: our client would find the same transfer, and answer with it.
    await alice.refused(409, "transfer_between_subaccounts", **transfer | {"amount_cents": 1_00})
    inner = await alice.act("create_order", **order("a-s-1", "bid", "3.00", "0.0500", subaccount=1))
    await alice.refused(404, "cancel_order", order_id=inner, subaccount=0, market_ticker=FIRST)
    await alice.act(
        "amend_order", order_id=inner, subaccount=1, ticker=FIRST, side="bid", price="0.0600", count="3.00"
    )
    await alice.act("cancel_all_orders", subaccount=1)
    await alice.act("update_subaccount_netting", subaccount_number=1, enabled=False)
    for operation in ("get_subaccount_balances", "get_subaccount_netting"):
        await alice.act(operation)
    await alice.act("get_subaccount_transfers", limit=1)


async def shards(alice: Actor, bob: Actor) -> None:
    """Move money to shard 2 and trade there."""
    move = {
        "source": "event_contract",
        "destination": "event_contract",
        "amount": 250_0000,
        "source_exchange_shard": 0,
        "destination_exchange_shard": 2,
    }
    first = "aaaaaaaa-bbbb-4ccc-8ddd-00000000000"
    transfer = await alice.act("intra_exchange_transfer", client_transfer_id=first + "1", **move)
    await bob.act("intra_exchange_transfer", client_transfer_id=first + "2", **move)
    # Another amount: our client would find the same transfer, and answer with it.
    await alice.refused(
        409, "intra_exchange_transfer", client_transfer_id=first + "1", **move | {"amount": 1_0000}
    )
    await alice.act(
        "intra_exchange_transfer",
        **move | {"amount": 10_0000, "destination_subaccount": 1, "destination_exchange_shard": 0},
    )
    await alice.act("get_intra_exchange_transfer", transfer_id=transfer)
    await alice.act("get_intra_exchange_transfers", limit=100)
    there = {"ticker": SHARD_TWO, "exchange_index": 2}
    resting = await alice.act("create_order", **order("a-x-1", "bid", "20.00", "0.0550", **there))
    await bob.act("create_order", **order("b-x-1", "ask", "10.25", "0.0550", ticker=SHARD_TWO, **IMMEDIATE))
    await alice.refused(
        404, "create_order", **order("a-x-2", "bid", "1.00", "0.0550") | there | {"exchange_index": 1}
    )
    await alice.refused(400, "create_order", **order("a-x-3", "bid", "1.00", "0.5550", **there))
    await alice.act("decrease_order", order_id=resting, exchange_index=2, reduce_by="1.00")
    await alice.act("cancel_order", order_id=resting, exchange_index=2)


async def whole_account(alice: Actor, broker: Actor) -> None:
    """What concerns an account as a whole, and the state of the exchange."""
    shares = [{"exchange_index": 0, "percent": 80}, {"exchange_index": 1, "percent": 20}]
    await alice.act("set_target_balance_allocation", allocations=shares, resting_margin_reservation="max")
    await alice.act("get_target_balance_allocation")
    await alice.act("set_target_balance_allocation", allocations=[])
    await broker.act("create_order", **order("c-1", "bid", "7.00", "0.0100"))
    await broker.act("get_total_resting_order_value")
    await alice.refused(403, "get_total_resting_order_value")
    for operation in (
        "get_account_limits",
        "get_endpoint_costs",
        "get_volume_progress",
        "upgrade_api_usage_level",
        "get_exchange_status",
        "get_exchange_schedule",
        "get_user_data_timestamp",
    ):
        await alice.act(operation)


async def reads(alice: Actor, tier: str) -> None:
    """Read every list, filtered and not."""
    await (market_day.live if tier == "live" else market_day.archived)(alice)
    for arguments in ({}, {"subaccount": 0}, {"exchange_index": 2}, {"subaccount": 1, "exchange_index": 0}):
        await alice.act("get_balance", **arguments)
    for status in ("unsettled", "settled", "all"):
        await alice.act("get_positions", settlement_status=status, count_filter="position,total_traded")
    await alice.act(
        "get_positions", ticker=SHARD_TWO, event_ticker="KXBTC-26NOV23", exchange_index=2, limit=5
    )
    await alice.act("get_orders", limit=3)
    await alice.act("get_orders", status="canceled", event_ticker=EVENT, subaccount=0, exchange_index=0)
    await alice.act("get_orders", ticker=FIRST, status="resting", min_ts=NOON - 10**9, max_ts=LATER)
    await alice.act("get_fills", ticker=f"{FIRST},{SECOND}", limit=2)
    await alice.act("get_fills", exchange_index=2, subaccount=0, min_ts=NOON - 10**9, max_ts=LATER)
    await alice.act("get_settlements", event_ticker=EVENT, ticker=SECOND, limit=5, subaccount=0)
    await alice.act("get_deposits", limit=500)
    await alice.act("get_withdrawals", limit=500)
    if tier == "historical":
        await alice.act("get_historical_cutoff")
        await alice.act("get_historical_orders", ticker=FIRST, limit=2, subaccount=0)
        await alice.act("get_historical_fills", ticker=SECOND, limit=2)
        await alice.act("get_historical_positions", event_ticker="KXBTC-26NOV23")
