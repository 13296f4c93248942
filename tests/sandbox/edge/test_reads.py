"""Lists and single reads: filters, pages, cursors, tiers."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.edge.paging import paginate
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.conftest import START_MS
from tests.stages.members import OTHER_TICKER, TICKER, Json, Member

ORDERS = "/portfolio/orders"
EVENT = "KXHIGHNY-26NOV23"
START_S = START_MS // 1_000


async def orders(member: Member, **query: object) -> list[Json]:
    rows: list[Json] = (await member.get(ORDERS, **query)).json()["orders"]
    return rows


async def test_orders_come_newest_first(alice: Member, clock: VirtualClock) -> None:
    placed = []
    for _ in range(3):
        placed.append((await alice.rest())["order_id"])
        await clock.sleep(1)
    assert [row["order_id"] for row in await orders(alice)] == placed[::-1]


async def test_pages_show_every_order_once(alice: Member) -> None:
    placed = {(await alice.rest())["order_id"] for _ in range(7)}
    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        body = (await alice.get(ORDERS, limit=3, cursor=cursor)).json()
        seen += [row["order_id"] for row in body["orders"]]
        cursor = body["cursor"]
        if not cursor:
            break
    assert len(seen) == 7
    assert set(seen) == placed
    assert cursor == ""


async def test_a_full_last_page_is_followed_by_an_empty_one(alice: Member) -> None:
    # As in the venue's own example of get_orders.
    await alice.rest()
    first = (await alice.get(ORDERS, limit=1)).json()
    assert first["cursor"]
    assert (await alice.get(ORDERS, limit=1, cursor=first["cursor"])).json() == {"orders": [], "cursor": ""}


async def test_rows_that_arrive_meanwhile_do_not_shift_a_page(alice: Member, clock: VirtualClock) -> None:
    for _ in range(4):
        await alice.rest()
        await clock.sleep(1)
    first = (await alice.get(ORDERS, limit=2)).json()
    await alice.rest()
    second = (await alice.get(ORDERS, limit=2, cursor=first["cursor"])).json()
    ids = [row["order_id"] for row in first["orders"] + second["orders"]]
    assert len(set(ids)) == 4


@pytest.mark.parametrize("cursor", ["garbage", "%%%", "W10", "é", "bnVsbA"])
async def test_a_garbage_cursor_is_page_one(alice: Member, cursor: str) -> None:
    order_id = (await alice.rest())["order_id"]
    reply = await alice.get(ORDERS, cursor=cursor)
    assert reply.status_code == 200
    assert [row["order_id"] for row in reply.json()["orders"]] == [order_id]


def test_a_cursor_of_another_list_is_page_one() -> None:
    rows = [1, 2, 3]
    page = paginate(rows, lambda row: (row, ""), name="mine", limit=2, cursor=None)
    other = paginate(rows, lambda row: (row, ""), name="other", limit=2, cursor=page.cursor)
    assert other.rows == [1, 2]


async def test_orders_filter_by_market_event_status_and_shard(alice: Member, sandbox: Sandbox) -> None:
    sandbox.exchange.markets.add("KXBTC-26NOV23-T100")
    await alice.rest()
    await alice.rest(ticker=OTHER_TICKER)
    await alice.rest(ticker="KXBTC-26NOV23-T100")
    assert len(await orders(alice, ticker=TICKER)) == 1
    assert len(await orders(alice, event_ticker=EVENT)) == 2
    assert len(await orders(alice, event_ticker=f"{EVENT},KXBTC-26NOV23")) == 3
    assert len(await orders(alice, status="resting")) == 3
    assert await orders(alice, status="canceled") == []
    assert await orders(alice, exchange_index=1) == []


async def test_an_unknown_status_is_an_empty_list(alice: Member) -> None:
    await alice.rest()
    assert await orders(alice, status="pending") == []


async def test_the_window_includes_its_start_and_excludes_its_end(alice: Member, clock: VirtualClock) -> None:
    await alice.rest()
    await clock.sleep(10)
    await alice.rest()
    assert len(await orders(alice, min_ts=START_S, max_ts=START_S + 10)) == 1
    assert len(await orders(alice, min_ts=START_S + 10)) == 1
    assert len(await orders(alice, max_ts=START_S + 11)) == 2


async def test_nobody_reads_anothers_order(alice: Member, bob: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    assert (await bob.get(f"{ORDERS}/{order_id}")).status_code == 404
    assert await orders(bob) == []


async def test_queue_position_counts_what_stands_ahead(alice: Member, bob: Member) -> None:
    await alice.rest(count="25.00")
    order_id = (await bob.rest())["order_id"]
    reply = await bob.get(f"{ORDERS}/{order_id}/queue_position")
    assert reply.json() == {"queue_position_fp": "25.00"}
    for query in ({"market_tickers": TICKER}, {"event_ticker": EVENT}):
        rows = (await bob.get(f"{ORDERS}/queue_positions", **query)).json()["queue_positions"]
        assert rows == [{"order_id": order_id, "market_ticker": TICKER, "queue_position_fp": "25.00"}]
    assert (await bob.get(f"{ORDERS}/queue_positions", market_tickers="X")).json()["queue_positions"] == []


async def test_queue_positions_want_a_market_or_an_event(alice: Member) -> None:
    reply = await alice.get(f"{ORDERS}/queue_positions")
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "invalid_parameters"


async def test_only_a_resting_order_has_a_queue_position(alice: Member) -> None:
    order_id = (await alice.rest(time_in_force="immediate_or_cancel"))["order_id"]
    for unknown in (order_id, "x"):
        assert (await alice.get(f"{ORDERS}/{unknown}/queue_position")).status_code == 404


async def test_fills_filter_by_order_market_and_time(alice: Member, bob: Member, clock: VirtualClock) -> None:
    order_id = (await alice.rest(count="3.00"))["order_id"]
    await bob.rest(side="ask", count="1.00", time_in_force="immediate_or_cancel")
    await clock.sleep(10)
    await bob.rest(side="ask", count="2.00", time_in_force="immediate_or_cancel")

    async def counts(**query: object) -> list[str]:
        rows = (await alice.get("/portfolio/fills", **query)).json()["fills"]
        return [row["count_fp"] for row in rows]

    assert await counts() == ["2.00", "1.00"]
    assert await counts(order_id=order_id, ticker=f"{TICKER},{OTHER_TICKER}") == ["2.00", "1.00"]
    assert await counts(order_id="x") == []
    assert await counts(ticker=OTHER_TICKER) == []
    assert await counts(min_ts=START_S + 10) == ["2.00"]
    assert await counts(max_ts=START_S + 10) == ["1.00"]


async def test_the_direction_of_fills_and_orders_is_told_apart(alice: Member, bob: Member) -> None:
    await alice.rest(count="1.00")
    await bob.rest(side="ask", count="1.00", time_in_force="immediate_or_cancel")
    order = (await orders(bob))[0]
    fill = (await bob.get("/portfolio/fills")).json()["fills"][0]
    # The legacy side of an order is the leg it was sent on, of a fill the outcome acquired.
    assert (order["book_side"], order["outcome_side"], order["side"], order["action"]) == (
        "ask",
        "no",
        "yes",
        "sell",
    )
    assert (fill["book_side"], fill["outcome_side"], fill["side"], fill["action"]) == (
        "ask",
        "no",
        "no",
        "sell",
    )


async def test_positions_are_signed_and_summed_per_event(alice: Member, bob: Member) -> None:
    for ticker in (TICKER, OTHER_TICKER):
        await alice.rest(ticker=ticker, count="3.00")
        await bob.rest(ticker=ticker, side="ask", count="3.00", time_in_force="immediate_or_cancel")
    body = (await bob.get("/portfolio/positions")).json()
    assert [(row["ticker"], row["position_fp"]) for row in body["market_positions"]] == [
        (TICKER, "-3.00"),
        (OTHER_TICKER, "-3.00"),
    ]
    assert body["market_positions"][0]["market_exposure_dollars"] == "1.560000"
    (event,) = body["event_positions"]
    assert (event["event_ticker"], event["event_exposure_dollars"]) == (EVENT, "3.120000")
    one = (await bob.get("/portfolio/positions", ticker=OTHER_TICKER, count_filter="position")).json()
    assert [row["ticker"] for row in one["market_positions"]] == [OTHER_TICKER]


async def test_settled_positions_are_hidden_unless_asked_for(
    alice: Member, bob: Member, sandbox: Sandbox
) -> None:
    await alice.rest(count="3.00")
    await bob.rest(side="ask", count="3.00", time_in_force="immediate_or_cancel")
    sandbox.exchange.market(TICKER).settle("no")

    async def tickers(**query: object) -> list[str]:
        body = (await bob.get("/portfolio/positions", **query)).json()
        return [row["ticker"] for row in body["market_positions"]]

    assert await tickers() == []
    assert await tickers(settlement_status="settled") == [TICKER]
    assert await tickers(settlement_status="all") == [TICKER]
    (row,) = (await bob.get("/portfolio/settlements", event_ticker=EVENT)).json()["settlements"]
    assert (row["market_result"], row["revenue"], row["no_count_fp"]) == ("no", 300, "3.00")


async def test_a_balance_is_truncated_to_cents(alice: Member, bob: Member) -> None:
    # The recorded check: 100 - 2 x 0.99 - 2 x 0.0007 = 98.0186, shown as 9801.
    await bob.rest(side="ask", price="0.9900", count="2.00")
    await alice.rest(price="0.9900", count="2.00", time_in_force="immediate_or_cancel")
    body = (await alice.get("/portfolio/balance", subaccount=0)).json()
    assert body["balance_dollars"] == "9998.0186"
    assert body["balance"] == 999_801
    assert body["portfolio_value"] == 198
    assert body["updated_ts"] == START_S
    assert body["balance_breakdown"][0] == {"exchange_index": 0, "balance": "9998.0186"}


async def test_a_balance_has_the_time_of_its_request(alice: Member, clock: VirtualClock) -> None:
    await clock.sleep(90)
    body = (await alice.get("/portfolio/balance")).json()
    assert body["updated_ts"] == clock.now_ms() // 1_000 >= START_S + 90


async def test_a_position_counts_the_orders_that_rest_in_its_market(alice: Member, bob: Member) -> None:
    await bob.rest(side="ask", price="0.4800", count="2.00")
    for count in ("2.00", "1.00", "1.00"):
        await alice.rest(price="0.4800", count=count)
    await alice.rest(ticker=OTHER_TICKER)
    (row,) = (await alice.get("/portfolio/positions")).json()["market_positions"]
    assert (row["position_fp"], row["resting_orders_count"]) == ("2.00", 2)


async def test_the_balance_of_one_shard_stands_alone(alice: Member) -> None:
    body = (await alice.get("/portfolio/balance", exchange_index=1)).json()
    assert (body["balance"], body["balance_breakdown"]) == (0, [{"exchange_index": 1, "balance": "0.0000"}])


async def test_resting_value_is_for_fcm_members(sandbox: Sandbox, alice: Member) -> None:
    path = "/portfolio/summary/total_resting_order_value"
    reply = await alice.get(path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "permission_denied")
    broker = Member(alice.http, sandbox.add_account("broker", is_fcm=True), alice.clock)
    await broker.rest(count="7.00", price="0.4800")
    assert (await broker.get(path)).json() == {
        "total_resting_order_value": 336,
        "resting_order_value_breakdown": [{"exchange_index": 0, "balance": "3.3600"}],
    }


async def test_old_rows_move_to_the_archive(
    alice: Member, bob: Member, sandbox: Sandbox, clock: VirtualClock
) -> None:
    resting = (await alice.rest(price="0.1000"))["order_id"]
    done = (await alice.rest(count="1.00"))["order_id"]
    await bob.rest(side="ask", count="1.00", time_in_force="immediate_or_cancel")
    await clock.sleep(10)
    sandbox.exchange.historical_cutoff_us = (START_MS + 5_000) * 1_000
    # An order leaves when it ended, not when it was made.
    assert [row["order_id"] for row in await orders(alice)] == [resting]
    assert (await alice.get(f"{ORDERS}/{done}")).status_code == 404
    archived = (await alice.get("/historical/orders", ticker=TICKER)).json()["orders"]
    assert [row["order_id"] for row in archived] == [done]
    assert (await alice.get("/portfolio/fills")).json()["fills"] == []
    assert len((await alice.get("/historical/fills")).json()["fills"]) == 1
    cutoff = (await alice.get("/historical/cutoff")).json()
    assert cutoff["orders_updated_ts"] == "2026-11-22T12:00:05Z"


async def test_positions_leave_with_their_whole_event(
    alice: Member, bob: Member, sandbox: Sandbox, clock: VirtualClock
) -> None:
    await alice.rest(count="1.00")
    await bob.rest(side="ask", count="1.00", time_in_force="immediate_or_cancel")

    async def archived() -> list[str]:
        body = (await alice.get("/historical/positions", event_ticker=EVENT)).json()
        return [row["ticker"] for row in body["market_positions"]]

    first, *others = sandbox.exchange.markets
    sandbox.exchange.market(first).settle("yes")
    await clock.sleep(10)
    sandbox.exchange.historical_cutoff_us = clock.now_ms() * 1_000
    assert await archived() == []
    for ticker in others:
        sandbox.exchange.market(ticker).settle("no")
    await clock.sleep(10)
    sandbox.exchange.historical_cutoff_us = clock.now_ms() * 1_000
    assert await archived() == [TICKER]
    live = (await alice.get("/portfolio/positions", settlement_status="all")).json()
    assert live["market_positions"] == []


async def test_reads_may_trail_writes(clock: VirtualClock, alice: Member) -> None:
    slow = Sandbox(tier="off", clock=clock, read_lag_ms=400)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(slow.app), base_url="http://x") as http:
        carol = Member(http, slow.add_account("carol"), clock)
        await clock.sleep(1)
        await carol.rest()
        assert await orders(carol) == []
        as_of = (await carol.get("/exchange/user_data_timestamp")).json()["as_of_time"]
        assert as_of == "2026-11-22T12:00:00.6Z"
        await clock.sleep(0.4)
        assert len(await orders(carol)) == 1
