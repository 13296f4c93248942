"""The sandbox as an exchange of 2025: what the reference says of it, and what it leaves open."""

from __future__ import annotations

import inspect
from typing import Any

import httpx
import pytest

from kalshi_async import BadRequest, Conflict, NotFound
from kalshi_async.api2025 import requests as legacy
from kalshi_async.contract import LEGACY_OPERATIONS
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.api2025.profile import LEGACY_ROUTES, PRICES_2025, price_of_2025
from kalshi_async.sandbox.faults.relay import Relay
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.served import EVENT, OTHER_TICKER, TICKER, Stage


def wish(**changes: Any) -> legacy.CreateOrderRequest:
    fields = {"ticker": TICKER, "side": "yes", "action": "buy", "count": 10, "type": "limit", "yes_price": 44}
    return legacy.CreateOrderRequest(**{**fields, **changes})


async def place(session: Any, **changes: Any) -> legacy.Order:
    order = (await session.legacy.create_order(wish(**changes))).order
    assert isinstance(order, legacy.Order)
    return order


def test_every_operation_has_a_handler_and_reset_has_two() -> None:
    routes = [(route.name, route.method, route.path) for route in LEGACY_ROUTES]
    wanted = [(operation.name, operation.method, operation.path) for operation in LEGACY_OPERATIONS]
    reset = "/portfolio/order_groups/{order_group_id}/reset"
    assert set(routes) - set(wanted) == {("reset_order_group", "POST", reset)}
    assert set(wanted) <= set(routes)


def test_client_and_exchange_agree_on_every_price_of_2025() -> None:
    # Two tables written apart: this is where a typing error in either shows.
    for operation in LEGACY_OPERATIONS:
        price = price_of_2025(operation.method, operation.path)
        ours = (operation.cost, operation.bucket.value, operation.per_item)
        assert (price.cost, price.bucket, price.per_item) == ours, operation.name
    assert set(PRICES_2025) <= {(route.method, route.path) for route in LEGACY_ROUTES}


async def test_the_default_limits_of_2025_are_used_and_never_overspent(stage: Stage) -> None:
    # Nothing can be discovered there: the client knows 20 questions and 10 changes a second.
    # A tenth of the bucket is kept for cancels, and some refill is left for the network's jitter.
    started_s = stage.clock.monotonic()
    for count in range(30):
        await stage.session.legacy.create_order(wish(yes_price=1 + count % 9))
    assert stage.statuses_of_route("POST", "/portfolio/orders") == [201] * 30
    assert 1.99 <= stage.clock.monotonic() - started_s < 2.5


async def test_nothing_is_asked_when_a_session_of_2025_opens(stage: Stage) -> None:
    async with stage.another_session("bob") as session:
        assert stage.wire == []
        assert session.rate_limits.read.capacity == 200


async def test_an_order_reads_back_in_the_words_in_which_it_was_placed(stage: Stage) -> None:
    for action in ("buy", "sell"):
        for side in ("yes", "no"):
            price = {"yes_price": 30, "no_price": None} if (action, side) in BIDS else {"yes_price": 70}
            order = await place(stage.session, action=action, side=side, ticker=OTHER_TICKER, **price)
            read = (await stage.session.legacy.get_order(order.order_id or "")).order
            assert read == order
            assert (read.action, read.side, read.yes_price) == (action, side, price["yes_price"])


BIDS = {("buy", "yes"), ("sell", "no")}


async def test_a_fill_names_the_outcome_acquired_and_its_price(stage: Stage) -> None:
    await place(stage.session, action="sell", yes_price=44, count=3)
    await place(stage.other, action="sell", side="no", yes_price=None, no_price=50, count=3)
    (alices,) = (await stage.session.legacy.get_fills()).fills or []
    (bobs,) = (await stage.other.legacy.get_fills()).fills or []
    assert in_words(alices) == "sell no at 56, is_taker False"
    assert in_words(bobs) == "sell yes at 44, is_taker True"
    assert alices.fill_id == bobs.fill_id


def in_words(fill: legacy.Fill) -> str:
    return f"{fill.action} {fill.side} at {fill.price}, is_taker {fill.is_taker}"


async def test_a_market_order_takes_what_there_is_and_rests_nothing(stage: Stage) -> None:
    await place(stage.session, action="sell", yes_price=60, count=4)
    taken = await place(stage.other, type="market", yes_price=None)
    assert (taken.type, taken.status, taken.remaining_count) == ("market", "canceled", 0)
    assert [fill.count for fill in (await stage.other.legacy.get_fills()).fills or []] == [4]


async def test_buy_max_cost_buys_all_within_it_or_nothing(stage: Stage) -> None:
    await place(stage.session, action="sell", yes_price=40, count=5)
    await place(stage.session, action="sell", yes_price=50, count=5)
    for refused in ({"buy_max_cost": 449}, {"buy_max_cost": 9_999, "count": 11}):
        with pytest.raises(Conflict, match="fill_or_kill"):
            await place(stage.other, type="market", yes_price=None, **refused)
    assert (await place(stage.other, type="market", yes_price=None, buy_max_cost=450)).status == "executed"


async def test_buy_max_cost_on_a_market_that_is_not_there_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound, match="market_not_found"):
        await place(stage.other, ticker="KXNOSUCH-1", buy_max_cost=450)


async def test_buy_max_cost_counts_in_the_outcome_that_is_bought(stage: Stage) -> None:
    await place(stage.session, yes_price=70, count=2)
    buy_no = {"type": "market", "side": "no", "yes_price": None, "count": 2}
    with pytest.raises(Conflict):
        await place(stage.other, buy_max_cost=59, **buy_no)
    assert (await place(stage.other, buy_max_cost=60, **buy_no)).status == "executed"


async def test_sell_position_floor_never_sells_more_than_is_held(stage: Stage) -> None:
    await place(stage.other, action="sell", yes_price=44, count=5)
    await place(stage.session, yes_price=44, count=5)
    sell = {"action": "sell", "yes_price": 60, "sell_position_floor": 0}
    with pytest.raises(BadRequest, match="exceeded_sell_position_floor"):
        await place(stage.session, count=6, **sell)
    await place(stage.session, count=5, **sell)
    with pytest.raises(BadRequest, match="exceeded_sell_position_floor"):
        await place(stage.other, count=1, **sell)
    short = {"action": "sell", "side": "no", "yes_price": 20, "sell_position_floor": 0}
    await place(stage.other, count=5, **short)


async def test_an_expiry_in_the_past_means_immediate_or_cancel(stage: Stage) -> None:
    past = stage.clock.now_ms() // 1_000 - 1
    assert (await place(stage.session, expiration_ts=past)).status == "canceled"
    rests = await place(stage.session, expiration_ts=past + 61)
    assert rests.expiration_time is not None
    await stage.clock.sleep(61)
    gone = (await stage.session.legacy.get_order(rests.order_id or "")).order
    assert gone is not None
    assert (gone.status, gone.remaining_count, gone.count) == ("canceled", 0, 10)


async def test_counts_filter_positions_by_what_is_held_of_each_outcome(stage: Stage) -> None:
    await place(stage.other, action="sell", yes_price=44, count=5)
    await place(stage.session, yes_price=44, count=5)
    for count_up, count_down, alices, bobs in (
        (5, None, 1, 0),
        (6, None, 0, 0),
        (None, 5, 0, 1),
        (None, 6, 0, 0),
        (1, 1, 1, 1),
        (None, None, 1, 1),
    ):
        for session, wanted in ((stage.session, alices), (stage.other, bobs)):
            page = await session.legacy.get_positions(count_up=count_up, count_down=count_down)
            assert len(page.positions or []) == wanted, (count_up, count_down)


async def test_a_settled_market_stays_among_the_positions_with_its_result(stage: Stage) -> None:
    await place(stage.other, action="sell", yes_price=44, count=5)
    await place(stage.session, yes_price=44, count=5)
    stage.sandbox.exchange.market(TICKER).settle("yes")
    (row,) = (await stage.session.legacy.get_positions(event_ticker="KXHIGHNY-26NOV23")).positions or []
    assert (row.market_result, row.position, row.realized_pnl) == ("yes", 0, 280)


async def test_lists_page_by_cursor_until_it_is_empty(stage: Stage) -> None:
    for number in range(5):
        await stage.session.legacy.create_order_group(legacy.CreateOrderGroupRequest(name=f"g-{number}"))
        await stage.clock.sleep(1)
    names, cursor = [], None
    while cursor != "":
        page = await stage.session.legacy.get_order_groups(limit=2, cursor=cursor)
        names += [group.name for group in page.order_groups or []]
        cursor = page.cursor
    assert names == ["g-4", "g-3", "g-2", "g-1", "g-0"]


async def test_groups_are_listed_by_their_status(stage: Stage) -> None:
    made = [
        (await stage.session.legacy.create_order_group(legacy.CreateOrderGroupRequest(name=name))).order_group
        for name in ("calm", "tripped")
    ]
    group_id = (made[1].order_group_id or "") if made[1] else ""
    stage.sandbox.exchange.groups.trigger(stage.sandbox.accounts["alice"].account, group_id)
    for status, names in (("active", ["calm"]), ("triggered", ["tripped"]), ("gone", [])):
        rows = (await stage.session.legacy.get_order_groups(status=status)).order_groups or []
        assert [row.name for row in rows] == names
    await stage.session.legacy.reset_order_group(group_id)
    read = (await stage.session.legacy.get_order_group(group_id)).order_group
    assert read is not None
    assert (read.name, read.status) == ("tripped", "active")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"yes_price": 44, "no_price": 56}, "not both"),
        ({"yes_price": None, "type": "limit"}, "needs yes_price or no_price"),
        ({"yes_price": 0}, "yes_price must be from 1 to 99, was 0"),
        ({"yes_price": 44.5}, "cannot unmarshal number 44.5"),
        ({"count": 0}, "count must be at least 1"),
        ({"side": "bid"}, "invalid side: bid"),
        ({"buy_max_cost": 0}, "buy_max_cost must be at least 1"),
        ({"buy_max_cost": 1, "action": "sell"}, "buy_max_cost goes with action buy"),
        ({"sell_position_floor": 2, "action": "sell"}, "may only be 0"),
        ({"sell_position_floor": 0}, "sell_position_floor goes with action sell"),
        ({"type": "market", "expiration_ts": 1}, "a market order has no expiration_ts"),
        ({"expiration_ts": -1}, "expiration_ts must be at least 1"),
        ({"ticker": ""}, "ticker is required"),
    ],
)
async def test_the_exchange_checks_for_itself_in_the_one_error_shape(
    body: dict[str, Any], complaint: str, stage: Stage
) -> None:
    order = {"ticker": TICKER, "side": "yes", "action": "buy", "count": 1, "type": "limit", "yes_price": 44}
    async with http(stage) as client:
        reply = await client.post("/portfolio/orders", json={**order, **body})
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert set(error) == {"code", "message", "details"}
    assert complaint in error["details"]["reason"]


async def test_an_amend_that_asks_for_nothing_is_refused(stage: Stage) -> None:
    order = await place(stage.session)
    async with http(stage) as client:
        reply = await client.post(f"/portfolio/orders/{order.order_id}/amend", json={})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "missing_parameters")


async def test_a_reset_may_be_put_or_posted_with_or_without_a_body(stage: Stage) -> None:
    # The reference says PUT, the SDK that it documents sends a POST without a body.
    made = (
        await stage.session.legacy.create_order_group(legacy.CreateOrderGroupRequest(name="g"))
    ).order_group
    assert made is not None
    async with http(stage) as client:
        for method in ("PUT", "POST"):
            reply = await client.request(method, f"/portfolio/order_groups/{made.order_group_id}/reset")
            assert (reply.status_code, reply.content) == (204, b"")


async def test_reads_lag_behind_writes_there_too(clock: VirtualClock) -> None:
    sandbox = Sandbox(profile="2025", clock=clock, read_lag_ms=500, accounts=["alice"])
    account = sandbox.accounts["alice"].account
    group = sandbox.exchange.groups.create(account, 100, name="late")
    assert group.order_group_id not in sandbox.exchange.reads.account(account).groups
    await clock.sleep(1)
    seen = sandbox.exchange.reads.account(account).groups[group.order_group_id]
    assert (seen.name, seen.created_us) == ("late", group.created_us)


async def test_a_relay_in_front_of_it_speaks_2025_too(clock: VirtualClock) -> None:
    async with Sandbox(profile="2025", clock=clock) as sandbox, Relay(sandbox) as relay:
        assert relay.environment.generation == "2025"
        with pytest.raises(ValueError, match="cancel_all_orders"):
            sandbox.faults.on("cancel_all_orders")


def test_handlers_know_no_words_of_the_client() -> None:
    # The exchange reads 2025 with code of its own, so that a mistake in either shows.
    for route in LEGACY_ROUTES:
        module = inspect.getmodule(route.handler)
        assert module is not None
        assert "kalshi_async.api2025.requests" not in inspect.getsource(module)


def http(stage: Stage) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=stage.session.transport, base_url=stage.session.environment.rest_url)


async def test_markets_and_the_status_are_read_without_a_signature(stage: Stage) -> None:
    await place(stage.session)
    stage.sandbox.market(OTHER_TICKER).settle("yes")
    async with httpx.AsyncClient(base_url=stage.sandbox.rest_url) as http:
        status = (await http.get("/exchange/status")).json()
        rows = (await http.get("/markets", params={"event_ticker": EVENT})).json()["markets"]
        market = (await http.get(f"/markets/{TICKER}")).json()["market"]
        missing = await http.get("/markets/X")
    assert (status["exchange_active"], status["trading_active"]) == (True, True)
    assert market == next(row for row in rows if row["ticker"] == TICKER)
    assert (market["yes_bid"], market["yes_ask"], market["no_bid"], market["no_ask"]) == (44, 100, 0, 56)
    assert (market["volume"], market["open_interest"], market["last_price"]) == (0, 0, 0)
    # The words of the SDK of the reference, which knows no "finalized".
    assert {row["ticker"]: row["status"] for row in rows}[OTHER_TICKER] == "settled"
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
