"""Where the venue's documentation and the venue differ, the exchange follows the venue.

One test per row of the contract's list (semantics.md §23), named after it and numbered.
"""

from __future__ import annotations

import re

import pytest

from kalshi_async.contract.order_groups import GET_ORDER_GROUPS
from tests.conformance.comparing import Identifiers, differences
from tests.conformance.stage import EVENTS, GROUPS, OTHER_TICKER, TICKER, Stage
from tests.stages.members import new_order

ROWS = 14


async def test_row_01_errors_are_nested_and_flat_only_in_batches_and_on_bad_json(stage: Stage) -> None:
    alice = await stage.open()
    flat = {"code": "invalid_price", "message": "invalid price"}
    refused = new_order(price="0.4850")
    assert (await alice.send("POST", EVENTS, refused)).json() == {"error": flat}
    batch = (await alice.send("POST", f"{EVENTS}/batched", {"orders": [refused]})).json()
    assert batch == {"orders": [{"error": flat}]}
    assert (await alice.create(count=1)).json()["code"] == "bad_request"


async def test_row_02_a_post_only_cross_is_refused_and_no_order_exists(stage: Stage) -> None:
    alice = await stage.open()
    stage.quote("ask", "0.48", 1)
    reply = await alice.create(post_only=True, client_order_id="once")
    assert (reply.status_code, reply.json()["error"]["details"]) == (400, "post only cross")
    assert (await alice.get("/portfolio/orders")).json()["orders"] == []
    assert (await alice.create(price="0.4700", client_order_id="once")).status_code == 201


async def test_row_03_a_used_client_order_id_is_a_conflict_for_ever(stage: Stage) -> None:
    alice = await stage.open()
    order_id = await stage.order(client_order_id="once")
    await stage.mutate(f"{EVENTS}/{order_id}", method="DELETE")
    await stage.clock.sleep(365 * 86_400)
    # The market has long been closed, and still the duplicate is what answers.
    reply = await alice.create(client_order_id="once")
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "order_already_exists")
    assert "order_id" not in reply.text


async def test_row_04_a_garbage_cursor_is_the_first_page(stage: Stage) -> None:
    alice = await stage.open()
    await stage.order()
    reply = await alice.get("/portfolio/orders", cursor="garbage")
    assert (reply.status_code, len(reply.json()["orders"])) == (200, 1)


async def test_row_05_last_updated_ts_and_the_cutoffs_are_texts(stage: Stage) -> None:
    alice = await stage.open()
    await stage.sell_three()
    (position,) = (await alice.get("/portfolio/positions")).json()["market_positions"]
    cutoffs = (await alice.get("/historical/cutoff")).json()
    for time in (position["last_updated_ts"], *cutoffs.values()):
        assert differences({"ts": "2026-11-22T12:00:00Z"}, {"ts": time}, Identifiers()) == []


async def test_row_06_the_legacy_side_of_an_order_is_its_leg_and_of_a_fill_its_outcome(stage: Stage) -> None:
    # The order table of §4.1 on a fill would turn every sell around.
    alice = await stage.open()
    await stage.sell_three()
    (order,) = (await alice.get("/portfolio/orders")).json()["orders"]
    (fill,) = (await alice.get("/portfolio/fills")).json()["fills"]
    legacy = ("side", "action", "book_side", "outcome_side")
    assert [order[name] for name in legacy] == ["yes", "sell", "ask", "no"]
    assert [fill[name] for name in legacy] == ["no", "sell", "ask", "no"]


async def test_row_07_a_list_without_groups_is_missing_and_may_be_null(stage: Stage) -> None:
    alice = await stage.open()
    reply = await alice.get(GROUPS)
    assert reply.json() == {}
    for body in (reply.content, b'{"order_groups": null}'):
        assert not GET_ORDER_GROUPS.decoder.decode(body).order_groups


async def test_row_08_the_last_page_says_an_empty_text(stage: Stage) -> None:
    alice = await stage.open()
    for path in ("orders", "fills", "positions", "settlements", "deposits", "withdrawals"):
        assert (await alice.get(f"/portfolio/{path}")).json()["cursor"] == ""


async def test_row_09_a_group_has_a_limit_and_orders_and_neither_name_nor_status(stage: Stage) -> None:
    alice = await stage.open()
    assert (await alice.send("POST", f"{GROUPS}/create", {"name": "mine"})).status_code == 400
    group_id = await stage.group(name="mine")
    (row,) = (await alice.get(GROUPS)).json()["order_groups"]
    details = (await alice.get(f"{GROUPS}/{group_id}")).json()
    shared = {"contracts_limit_fp", "exchange_index", "is_auto_cancel_enabled"}
    assert row.keys() == shared | {"id"}
    assert details.keys() == shared | {"orders"}


async def test_row_10_prices_below_a_cent_trade_where_the_grid_has_them(stage: Stage) -> None:
    alice = await stage.open()
    stage.sandbox.exchange.markets.add("KXBTC-26NOV23-T1", structure="deci_cent")
    for price in ("0.0010", "0.0550", "0.9990"):
        await alice.rest(ticker="KXBTC-26NOV23-T1", price=price, count="1.00")
    assert (await alice.create(price="0.0010")).json()["error"]["code"] == "invalid_price"


async def test_row_11_streams_are_no_part_of_the_rest_api(stage: Stage) -> None:
    # The row is about ts_ms on WebSocket messages, which tests/sandbox/streams holds to the vendor's table.
    alice = await stage.open()
    assert (await alice.http.get("/trade-api/ws/v2")).status_code == 404


async def test_row_12_a_batch_cancel_cancels_what_it_names(stage: Stage) -> None:
    alice = await stage.open()
    named = await stage.order()
    other = str((await alice.rest(ticker=OTHER_TICKER))["order_id"])
    body = {"orders": [{"order_id": named, "market_ticker": TICKER}]}
    await stage.mutate(f"{EVENTS}/batched", body, method="DELETE")
    resting = (await alice.get("/portfolio/orders", status="resting")).json()["orders"]
    assert [order["order_id"] for order in resting] == [other]


async def test_row_13_the_resting_value_is_forbidden_but_for_fcm_members(stage: Stage) -> None:
    path = "/portfolio/summary/total_resting_order_value"
    assert (await (await stage.open()).get(path)).status_code == 403
    assert (await (await stage.open(is_fcm=True)).get(path)).status_code == 200


@pytest.mark.parametrize(
    ("tier", "read_s", "write_s"), [("basic", 1, 1), ("advanced", 3, 3), ("premier", 3, 3)]
)
async def test_row_14_capacities_differ_by_tier_and_are_told_by_the_limits(
    stage: Stage, tier: str, read_s: int, write_s: int
) -> None:
    # Two seconds were documented, then three; one and three were seen: a client must ask.
    alice = await stage.open(tier=tier)
    limits = (await alice.get("/account/limits")).json()
    for bucket, seconds in (("read", read_s), ("write", write_s)):
        assert limits[bucket]["bucket_capacity"] == limits[bucket]["refill_rate"] * seconds


def test_every_row_has_its_test() -> None:
    numbers = {int(found[1]) for name in globals() if (found := re.match(r"test_row_(\d\d)_", name))}
    assert numbers == set(range(1, ROWS + 1))
