"""Order mutations over HTTP: the replies of success, key by key."""

from __future__ import annotations

from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import OTHER_TICKER, TICKER, Member, new_order

EVENTS = "/portfolio/events/orders"


async def test_a_resting_order_is_acknowledged_without_averages(alice: Member) -> None:
    reply = await alice.create(client_order_id="sim-1")
    assert reply.status_code == 201
    body = reply.json()
    assert set(body) == {"order_id", "client_order_id", "fill_count", "remaining_count", "ts_ms"}
    assert body["client_order_id"] == "sim-1"
    assert (body["fill_count"], body["remaining_count"]) == ("0.00", "10.00")


async def test_a_client_order_id_is_echoed_only_if_given(alice: Member) -> None:
    assert "client_order_id" not in await alice.rest()


async def test_a_fill_brings_average_price_and_fee_per_contract(alice: Member, bob: Member) -> None:
    # The contract's example: 3 at 0.48 cost 0.0525 in fees, 0.0175 each.
    await alice.rest(count="3.00", price="0.4800")
    body = await bob.rest(side="ask", count="5.00", price="0.4700", time_in_force="immediate_or_cancel")
    assert body["fill_count"] == "3.00"
    assert body["remaining_count"] == "0.00"
    assert body["average_fill_price"] == "0.4800"
    assert body["average_fee_paid"] == "0.0175"


async def test_a_cancel_says_how_much_it_took_off_the_book_and_not_whose_key_it_had(alice: Member) -> None:
    order_id = (await alice.rest(client_order_id="sim-1"))["order_id"]
    reply = await alice.send("DELETE", f"{EVENTS}/{order_id}", market_ticker=TICKER)
    assert reply.status_code == 200
    assert reply.json() | {"ts_ms": 0} == {
        "order_id": order_id,
        "reduced_by": "10.00",
        "ts_ms": 0,
    }


async def test_a_second_cancel_is_not_found(alice: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    await alice.send("DELETE", f"{EVENTS}/{order_id}", market_ticker=TICKER)
    reply = await alice.send("DELETE", f"{EVENTS}/{order_id}", market_ticker=TICKER)
    assert reply.status_code == 404
    assert reply.json() == {"error": {"code": "not_found", "message": "not found"}}


async def test_an_amend_of_the_price_alone_returns_no_counts(alice: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    body = {"ticker": TICKER, "side": "bid", "price": "0.4700", "count": "10.00"}
    reply = await alice.send("POST", f"{EVENTS}/{order_id}/amend", body)
    assert reply.status_code == 200
    assert set(reply.json()) == {"order_id", "ts_ms"}


async def test_an_amend_of_the_size_returns_both_counts(alice: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    body = {"ticker": TICKER, "side": "bid", "price": "0.4800", "count": "4.00"}
    reply = await alice.send("POST", f"{EVENTS}/{order_id}/amend", body, subaccount=0)
    assert (reply.json()["remaining_count"], reply.json()["fill_count"]) == ("4.00", "0.00")


async def test_a_decrease_returns_what_rests(alice: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    reply = await alice.send("POST", f"{EVENTS}/{order_id}/decrease", {"reduce_by": "4.00"}, subaccount=0)
    assert reply.status_code == 200
    assert reply.json()["remaining_count"] == "6.00"


async def test_a_decrease_to_zero_is_a_cancel(alice: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    reply = await alice.send("POST", f"{EVENTS}/{order_id}/decrease", {"reduce_to": "0.00"})
    assert reply.json()["remaining_count"] == "0.00"
    order = (await alice.get(f"/portfolio/orders/{order_id}")).json()["order"]
    assert (order["status"], order["remaining_count_fp"]) == ("canceled", "0.00")


async def test_options_of_an_order_read_back(alice: Member, clock: VirtualClock) -> None:
    expires_s = clock.now_ms() // 1_000 + 60
    order_id = (await alice.rest(expiration_time=expires_s, cancel_order_on_pause=True))["order_id"]
    order = (await alice.get(f"/portfolio/orders/{order_id}")).json()["order"]
    assert order["expiration_time"] == "2026-11-22T12:01:00Z"
    assert order["cancel_order_on_pause"] is True


async def test_an_order_expires_although_nobody_calls(alice: Member, clock: VirtualClock) -> None:
    order_id = (await alice.rest(expiration_time=clock.now_ms() // 1_000 + 60))["order_id"]
    await clock.sleep(61)
    order = (await alice.get(f"/portfolio/orders/{order_id}")).json()["order"]
    assert (order["status"], order["last_update_time"]) == ("canceled", "2026-11-22T12:01:00Z")


async def test_an_expiry_in_milliseconds_is_refused(alice: Member, clock: VirtualClock) -> None:
    reply = await alice.create(expiration_time=clock.now_ms())
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "invalid_parameters")


async def test_a_decrease_wants_exactly_one_size(alice: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    for body in ({}, {"reduce_by": "1.00", "reduce_to": "1.00"}):
        reply = await alice.send("POST", f"{EVENTS}/{order_id}/decrease", body)
        assert reply.status_code == 400
        assert reply.json()["error"]["code"] == "invalid_parameters"


async def test_a_batch_succeeds_item_by_item_in_order(alice: Member) -> None:
    orders = [
        new_order(client_order_id="b-1"),
        new_order(client_order_id="b-2", price="0.48123"),
        new_order(client_order_id="b-1"),
        new_order(client_order_id="b-4", ticker=OTHER_TICKER),
    ]
    reply = await alice.send("POST", f"{EVENTS}/batched", {"orders": orders})
    assert reply.status_code == 201
    entries = reply.json()["orders"]
    assert [entry["client_order_id"] for entry in entries] == ["b-1", "b-2", "b-1", "b-4"]
    assert [entry.get("error", {}).get("code") for entry in entries] == [
        None,
        "invalid_order",
        "order_already_exists",
        None,
    ]
    # An errored entry carries the flat error and nothing of an order.
    assert set(entries[1]) == {"client_order_id", "error"}
    assert entries[1]["error"]["details"] == "invalid price: invalid dollar precision: -5"


async def test_a_wrong_type_in_one_item_refuses_the_whole_batch(alice: Member, sandbox: Sandbox) -> None:
    orders = [new_order(), new_order(count=5)]
    reply = await alice.send("POST", f"{EVENTS}/batched", {"orders": orders})
    assert reply.status_code == 400
    assert reply.json()["details"].startswith("json: cannot unmarshal number into Go struct field")
    assert not alice.keys.account.orders


async def test_an_empty_batch_is_refused(alice: Member) -> None:
    for method in ("POST", "DELETE"):
        reply = await alice.send(method, f"{EVENTS}/batched", {"orders": []})
        assert reply.status_code == 400


async def test_a_batch_cancel_names_every_order(alice: Member) -> None:
    order_id = (await alice.rest())["order_id"]
    items = [{"order_id": order_id, "market_ticker": TICKER}, {"order_id": "nobody"}]
    reply = await alice.send("DELETE", f"{EVENTS}/batched", {"orders": items})
    assert reply.status_code == 200
    entries = reply.json()["orders"]
    assert entries[0]["reduced_by"] == "10.00"
    assert entries[1] == {
        "order_id": "nobody",
        "reduced_by": "0.00",
        "error": {"code": "not_found", "message": "not found"},
    }


async def test_cancel_all_answers_204_without_a_body(alice: Member) -> None:
    await alice.rest()
    reply = await alice.send("DELETE", EVENTS, subaccount=0)
    assert (reply.status_code, reply.content) == (204, b"")


async def test_the_six_retired_mutations_are_gone_before_authentication(alice: Member) -> None:
    for method, path in (
        ("POST", "/portfolio/orders"),
        ("POST", "/portfolio/orders/batched"),
        ("DELETE", "/portfolio/orders/batched"),
        ("DELETE", "/portfolio/orders/x"),
        ("POST", "/portfolio/orders/x/amend"),
        ("POST", "/portfolio/orders/x/decrease"),
    ):
        reply = await alice.http.request(method, f"/trade-api/v2{path}")
        assert reply.status_code == 410
        assert reply.json()["error"] == {
            "code": "deprecated_v1_order_endpoint",
            "message": "Please switch to the V2 endpoints",
            "details": "https://docs.kalshi.com/api-reference/orders/create-order-v2",
        }


async def test_the_new_path_has_no_read(alice: Member) -> None:
    # Reads stayed on /portfolio/orders (field reports, 2026).
    assert (await alice.get(f"{EVENTS}/x")).status_code == 404
