"""Tokens: what a request costs, when it is refused, and how fast tokens return."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async.clock import Clock
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.access.budget import TIERS, BucketSize, Budget, TokenBucket
from kalshi_async.sandbox.access.costs import Price, price_of
from kalshi_async.sandbox.engine.state import Account, Rejected
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.stages.members import Member, new_order

EVENTS = "/portfolio/events/orders"


@pytest.fixture
async def sandbox(clock: VirtualClock) -> Sandbox:
    return Sandbox(tier="basic", clock=clock)


def left(sandbox: Sandbox, member: Member, bucket: str = "write", shard: int = 0) -> float:
    return sandbox.budget.tokens(member.keys.account, bucket, shard)


async def test_a_bucket_refills_continuously_and_exactly(clock: VirtualClock) -> None:
    bucket = TokenBucket(BucketSize(refill_per_s=100, capacity=100), clock)
    assert bucket.take(100)
    for _ in range(50):
        # Whoever waits exactly long enough must not fail over a rounding error.
        await clock.sleep(0.1)
        assert bucket.take(10)
        assert not bucket.take(1)


async def test_a_bucket_never_holds_more_than_its_capacity(clock: VirtualClock) -> None:
    bucket = TokenBucket(BucketSize(refill_per_s=100, capacity=100), clock)
    await clock.sleep(3_600)
    assert bucket.tokens == 100


async def test_an_empty_bucket_answers_429_without_advice(alice: Member) -> None:
    for number in range(10):
        await alice.rest(client_order_id=f"id-{number}")
    reply = await alice.create()
    assert reply.status_code == 429
    assert reply.json() == {"error": "too many requests"}
    assert "retry-after" not in reply.headers


async def test_a_refused_request_is_not_executed_and_costs_nothing(
    alice: Member, sandbox: Sandbox, clock: VirtualClock
) -> None:
    for _ in range(10):
        await alice.rest()
    for _ in range(3):
        assert (await alice.create()).status_code == 429
    assert len(alice.keys.account.orders) == 10
    await clock.sleep(0.1)
    assert (await alice.create()).status_code == 201


async def test_reads_and_writes_draw_on_separate_buckets(alice: Member, sandbox: Sandbox) -> None:
    order_id = (await alice.rest())["order_id"]
    assert (left(sandbox, alice), left(sandbox, alice, "read")) == (90, 200)
    await alice.get("/portfolio/positions")
    await alice.get(f"/portfolio/orders/{order_id}")
    assert (left(sandbox, alice), left(sandbox, alice, "read")) == (90, 188)


async def test_the_balance_has_one_call_a_second_and_draws_on_nothing_else(
    alice: Member, sandbox: Sandbox, clock: VirtualClock
) -> None:
    replies = [await alice.get("/portfolio/balance") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 429, 429]
    assert replies[1].json() == {"error": "too many requests"}
    assert (left(sandbox, alice), left(sandbox, alice, "read")) == (100, 200)
    await clock.sleep(5)  # no burst, however long it rests
    assert left(sandbox, alice, "balance") == 1
    assert (await alice.get("/portfolio/balance")).status_code == 200


async def test_other_reads_draw_nothing_from_the_balance(alice: Member, sandbox: Sandbox) -> None:
    statuses = [(await alice.get("/portfolio/orders")).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    assert (await alice.get("/portfolio/balance")).status_code == 200


async def test_a_refused_order_has_been_charged(alice: Member, sandbox: Sandbox) -> None:
    assert (await alice.create(price="0.5555")).status_code == 400
    assert left(sandbox, alice) == 90


async def test_a_bad_signature_charges_nobody(alice: Member, sandbox: Sandbox) -> None:
    alice.extra_headers = {"KALSHI-ACCESS-SIGNATURE": "AAAA"}
    await alice.create()
    assert left(sandbox, alice) == 100


@pytest.mark.parametrize(
    ("method", "path", "cost"),
    [
        ("DELETE", EVENTS, 2),
        ("DELETE", EVENTS + "/x", 2),
        ("POST", EVENTS + "/x/amend", 10),
        ("POST", EVENTS + "/x/decrease", 10),
        ("POST", "/portfolio/order_groups/create", 10),
        ("PUT", "/portfolio/order_groups/x/reset", 10),
    ],
)
async def test_writes_cost_what_the_venue_published(
    alice: Member, sandbox: Sandbox, method: str, path: str, cost: int
) -> None:
    await alice.send(method, path, {} if method != "DELETE" else None)
    assert left(sandbox, alice) == 100 - cost


async def test_a_batch_is_charged_per_item(alice: Member, sandbox: Sandbox) -> None:
    await alice.send("POST", EVENTS + "/batched", {"orders": [new_order() for _ in range(3)]})
    assert left(sandbox, alice) == 70
    await alice.send("DELETE", EVENTS + "/batched", {"orders": [{"order_id": "x"}] * 4})
    assert left(sandbox, alice) == 62


async def test_a_batch_that_does_not_fit_now_is_refused_whole(alice: Member) -> None:
    await alice.rest()
    reply = await alice.send("POST", EVENTS + "/batched", {"orders": [new_order() for _ in range(10)]})
    assert reply.status_code == 429
    assert len(alice.keys.account.orders) == 1


async def test_a_batch_that_can_never_fit_is_a_bad_request(alice: Member) -> None:
    reply = await alice.send("POST", EVENTS + "/batched", {"orders": [new_order() for _ in range(11)]})
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "invalid_parameters"


async def test_single_writes_that_name_a_shard_draw_on_its_own_bucket(
    alice: Member, sandbox: Sandbox
) -> None:
    sandbox.exchange.markets.add("KXBTC-26NOV23-T100", exchange_index=2)
    await alice.create(ticker="KXBTC-26NOV23-T100", exchange_index=2)
    await alice.send("DELETE", EVENTS + "/x", exchange_index=2)
    assert (left(sandbox, alice), left(sandbox, alice, shard=2)) == (100, 88)


async def test_made_up_shards_draw_on_the_common_bucket(alice: Member, sandbox: Sandbox) -> None:
    """Each brought a full bucket of its own: no client that counted shards up met a limit."""
    for shard in (4, 5, 2**40):
        await alice.create(exchange_index=shard)
        await alice.send("DELETE", EVENTS + "/x", exchange_index=shard)
    assert left(sandbox, alice) == 100 - 3 * 12
    replies = [await alice.create(exchange_index=shard) for shard in range(10, 20)]
    assert [reply.status_code for reply in replies].count(429) == 4


async def test_a_shard_that_is_no_number_draws_on_the_common_bucket(alice: Member, sandbox: Sandbox) -> None:
    await alice.create(exchange_index="2")
    await alice.send("DELETE", EVENTS + "/x", exchange_index="two")
    assert left(sandbox, alice) == 88


async def test_routing_by_ticker_and_shard_zero_draw_on_the_common_bucket(
    alice: Member, sandbox: Sandbox
) -> None:
    for exchange_index in (-1, 0):
        await alice.create(exchange_index=exchange_index)
    assert left(sandbox, alice) == 80


async def test_a_batch_that_names_shards_draws_on_the_common_bucket(alice: Member, sandbox: Sandbox) -> None:
    orders = [new_order(exchange_index=2)]
    await alice.send("POST", EVENTS + "/batched", {"orders": orders, "exchange_index": 2})
    assert (left(sandbox, alice), left(sandbox, alice, shard=2)) == (90, 100)


async def test_two_keys_of_one_member_share_a_budget(alice: Member, sandbox: Sandbox) -> None:
    second = Member(alice.http, sandbox.add_key(alice.keys), alice.clock)
    await alice.rest()
    await second.rest()
    assert left(sandbox, alice) == 80


async def test_members_do_not_share_a_budget(alice: Member, bob: Member, sandbox: Sandbox) -> None:
    await alice.rest()
    assert left(sandbox, bob) == 100


async def test_public_reads_are_not_charged(http: httpx.AsyncClient) -> None:
    for _ in range(50):
        assert (await http.get("/trade-api/v2/exchange/status")).status_code == 200


async def test_limits_report_what_the_buckets_do(alice: Member) -> None:
    body = (await alice.get("/account/limits")).json()
    assert body == {
        "usage_tier": "basic",
        "read": {"refill_rate": 200, "bucket_capacity": 200},
        "write": {"refill_rate": 100, "bucket_capacity": 100},
        "grants": [],
    }


async def test_costs_list_what_differs_from_the_default(http: httpx.AsyncClient) -> None:
    body = (await http.get("/trade-api/v2/account/endpoint_costs")).json()
    assert body["default_cost"] == 10
    rows = {(row["method"], row["path"]): row["cost"] for row in body["endpoint_costs"]}
    assert rows == {
        ("POST", "/trade-api/v2/account/api_usage_level/upgrade"): 30,
        ("DELETE", "/trade-api/v2/portfolio/events/orders"): 2,
        ("DELETE", "/trade-api/v2/portfolio/events/orders/:order_id"): 2,
        ("DELETE", "/trade-api/v2/portfolio/events/orders/batched"): 2,
        ("GET", "/trade-api/v2/portfolio/orders/:order_id"): 2,
    }


async def test_an_upgrade_needs_an_order_and_then_raises_the_limits(alice: Member) -> None:
    path = "/account/api_usage_level/upgrade"
    assert (await alice.send("POST", path, {})).status_code == 403
    await alice.rest()
    reply = await alice.send("POST", path, {})
    assert (reply.status_code, reply.content) == (201, b"{}")
    assert (await alice.get("/account/limits")).json()["write"]["refill_rate"] == 300


def test_tiers_grow() -> None:
    tiers = [tier for name, tier in TIERS.items() if name != "off"]
    for sizes in ([tier.read for tier in tiers], [tier.write for tier in tiers], [t.balance for t in tiers]):
        refills = [size.refill_per_s for size in sizes]
        assert refills == sorted(refills)


def test_the_tiers_are_those_that_the_venue_published_in_september_2026() -> None:
    names = ("premier", "paragon", "prime", "prestige")
    assert {name: (TIERS[name].read.refill_per_s, TIERS[name].write.refill_per_s) for name in names} == {
        "premier": (1_200, 1_200),
        "paragon": (2_400, 2_400),
        "prime": (4_800, 4_800),
        "prestige": (12_000, 9_600),
    }
    assert {tier.balance.capacity for name, tier in TIERS.items() if name != "off"} == {1, 5}


@pytest.mark.parametrize(
    ("method", "path", "shard"),
    [
        ("POST", "/communications/rfqs", 1),
        ("DELETE", "/communications/quotes/{quote_id}", 1),
        ("PUT", "/communications/rfqs/{rfq_id}/quotes/{quote_id}/confirm", 1),
        ("POST", "/communications/rfq_batches/{rfq_batch_id}/quotes", 1),
        ("GET", "/communications/rfqs", 0),
        ("POST", "/communications/block-trade-proposals", 0),
        ("POST", "/portfolio/events/orders", 0),
    ],
)
def test_writes_of_rfqs_and_quotes_pay_from_shard_1(method: str, path: str, shard: int) -> None:
    price = price_of(method, path)
    assert price.shard == shard
    if shard:
        budget, account = Budget(_RestingClock()), Account("x", "user-x")
        budget.charge(account, price, shard=3)
        assert [budget.tokens(account, "write", each) for each in (0, 1, 3)] == [100, 90, 100]


def test_a_charge_names_no_bucket_that_does_not_exist(clock_at_rest: Clock) -> None:
    budget = Budget(clock_at_rest)
    account = Account("x", "user-x")
    budget.charge(account, Price(100, "write"))
    with pytest.raises(Rejected, match="too_many_requests"):
        budget.charge(account, Price(1, "write"))
    budget.charge(account, Price(1, "write", by_shard=True), shard=3)


class _RestingClock:
    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


@pytest.fixture
def clock_at_rest() -> Clock:
    return _RestingClock()
