"""The limits that a session believes in follow the account's: when it asks, and when it does not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

import httpx
import pytest
import tenacity

from kalshi_async import CreateOrder, Credentials, Environment, RateLimited, RetryPolicy, Session
from kalshi_async.limits_refresher import AFTER_OUTAGE_S, AT_LEAST_EVERY_S, AT_MOST_EVERY_S
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.account.queues import ADDING
from tests.conftest import START_MS
from tests.stages.keys import KEY_ID, ed25519
from tests.stages.served import TICKER

LIMITS, COSTS = "/account/limits", "/account/endpoint_costs"
START_S = START_MS // 1_000


@dataclass
class Venue(httpx.AsyncBaseTransport):
    """Answers for the account; tells when it was asked. Orders meet a 429 while ``is_full``."""

    clock: VirtualClock
    refill: int = 300
    expires_ts: list[int] = field(default_factory=list)
    failing: int | None = None
    is_full: bool = False
    asked_s: list[float] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith(COSTS):
            return httpx.Response(200, json={"default_cost": 10, "endpoint_costs": []})
        if not path.endswith(LIMITS):
            return httpx.Response(429, json={"error": "too many requests"}) if self.is_full else placed()
        self.asked_s.append(self.clock.monotonic())
        if self.failing is not None:
            return httpx.Response(self.failing, json={"error": "too many requests"})
        limit = {"refill_rate": self.refill, "bucket_capacity": 2 * self.refill}
        grants = [
            {"exchange_instance": "event_contract", "level": "x", "source": "volume", "expires_ts": expires}
            for expires in self.expires_ts
        ]
        return httpx.Response(
            200, json={"usage_tier": "some", "read": limit, "write": limit, "grants": grants}
        )


def placed() -> httpx.Response:
    order = {"order_id": "1", "fill_count": "0.00", "remaining_count": "1.00", "ts_ms": START_MS}
    return httpx.Response(201, json=order)


@pytest.fixture
async def venue(clock: VirtualClock) -> Venue:
    return Venue(clock)


def session_on(venue: Venue) -> Session:
    environment = Environment("scripted", "https://exchange.example/trade-api/v2")
    credentials = Credentials(KEY_ID, ed25519())
    once = RetryPolicy(stop=tenacity.stop_after_attempt(1))
    return Session(environment, credentials, clock=venue.clock, base_transport=venue, retry=once)


async def meet_a_429(session: Session, venue: Venue) -> None:
    venue.is_full = True
    with pytest.raises(RateLimited):
        await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.10"))
    venue.is_full = False


async def test_a_tier_that_rises_is_noticed_within_the_hour(venue: Venue) -> None:
    async with session_on(venue) as session:
        await venue.clock.sleep(100)
        venue.refill = 4_000
        await venue.clock.sleep(3_500)
        assert session.rate_limits.write.capacity == 8_000
        await venue.clock.sleep(86_400 - 3_600 - 100)
    assert venue.asked_s == [AT_LEAST_EVERY_S * number for number in range(48)]


async def test_it_asks_when_the_first_grant_has_expired_and_adopts_what_it_hears(venue: Venue) -> None:
    venue.expires_ts = [START_S + 600, START_S + 1_200, START_S - 5]
    async with session_on(venue) as session:
        write = session.rate_limits.write
        await write.take(write.tokens() - 100, ADDING)
        venue.refill = 100
        await venue.clock.sleep(600)
        assert (len(venue.asked_s), write.refill_per_s) == (1, 300)
        await venue.clock.sleep(2)
        assert (len(venue.asked_s), write.refill_per_s, write.capacity) == (2, 100, 200)
        await venue.clock.sleep(1_200)
    assert venue.asked_s == pytest.approx([0, 601, 1_201])


async def test_a_grant_that_expires_at_once_is_not_asked_about_every_second(venue: Venue) -> None:
    venue.expires_ts = [START_S + second for second in range(1, 200)]
    async with session_on(venue):
        await venue.clock.sleep(190)
    gaps_s = [after - before for before, after in pairwise(venue.asked_s)]
    assert len(gaps_s) == 6
    assert min(gaps_s) >= AT_MOST_EVERY_S


async def test_limits_that_grow_give_no_burst(venue: Venue) -> None:
    venue.expires_ts = [START_S + 60]
    async with session_on(venue) as session:
        write = session.rate_limits.write
        await venue.clock.sleep(60.9)
        await write.take(540, ADDING)
        venue.refill = 3_000
        await venue.clock.sleep(0.2)
        assert write.capacity == 6_000
        assert write.tokens() < 60 + 0.2 * 3_000


async def test_a_429_that_contradicts_the_bucket_is_asked_about_but_not_often(venue: Venue) -> None:
    async with session_on(venue) as session:
        await venue.clock.sleep(100)
        for _ in range(20):
            await meet_a_429(session, venue)
        await venue.clock.sleep(200)
        count = len(venue.asked_s)
        assert count <= 3
        await venue.clock.sleep(1_000)
        assert len(venue.asked_s) == count, "what was asked about is settled"
    gaps_s = [after - before for before, after in pairwise(venue.asked_s)]
    assert min(gaps_s) >= AT_MOST_EVERY_S


async def test_during_an_outage_it_asks_at_its_own_pace_whatever_the_429s(venue: Venue) -> None:
    # A 429 on the question itself is a 429 too: it once made the next question come at once.
    venue.failing = 429
    async with session_on(venue) as session:
        for _ in range(200):
            await meet_a_429(session, venue)
            await venue.clock.sleep(0.5)
        # Four attempts each time, all within a quarter of a second.
        gaps_s = [after - before for before, after in pairwise(venue.asked_s)]
        assert [gap_s for gap_s in gaps_s if gap_s > 0.25] == pytest.approx(AFTER_OUTAGE_S)
        assert session.rate_limits.write.refill_per_s == 100
        venue.failing = None
        await venue.clock.sleep(61)
        assert session.rate_limits.write.refill_per_s == 300


async def test_a_failure_later_on_keeps_what_is_known(venue: Venue) -> None:
    venue.expires_ts = [START_S + 60]
    async with session_on(venue) as session:
        venue.failing = 503
        await venue.clock.sleep(62)
        assert session.rate_limits.write.refill_per_s == 300
        venue.failing, venue.refill, venue.expires_ts = None, 500, []
        await venue.clock.sleep(5)
        assert session.rate_limits.write.refill_per_s == 500
        count = len(venue.asked_s)
        await venue.clock.sleep(1_000)
    assert len(venue.asked_s) == count


async def test_a_closed_session_asks_no_more(venue: Venue) -> None:
    venue.expires_ts = [START_S + 60]
    async with session_on(venue):
        pass
    await venue.clock.sleep(600)
    assert venue.asked_s == [0]
    assert {task.get_name() for task in asyncio.all_tasks()} & {"kalshi_async limits"} == set()
