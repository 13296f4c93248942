"""The FastAPI backend's events: what comes, what it costs, and that a watcher holds nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from examples.fastapi_backend.shared import SharedRead
from kalshi_async import NotSent
from kalshi_async.sandbox.faults import ServerFailure
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.backend import TICKER, Backend, events_of, order, served

Events = AsyncIterator[tuple[str, dict[str, object]]]


async def next_of(events: Events, name: str) -> dict[str, object]:
    """Return the next event of a name, passing over the others."""
    async for seen, state in events:
        if seen == name:
            return state
    raise AssertionError(f"the stream ended without {name}")


def least(budget: dict[str, object], bucket: str) -> float:
    state = budget[bucket]
    assert isinstance(state, dict)
    return float(state["least"])


@asynccontextmanager
async def watching(clock: VirtualClock) -> AsyncIterator[tuple[Backend, httpx.AsyncClient, Events]]:
    """Yield a backend that is served, a guest of it, and what the guest's page is told."""
    async with (
        served(clock) as (backend, _),
        backend.visitor() as client,
        client.stream("GET", "/api/events") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield backend, client, events_of(stream)


async def test_a_watcher_is_told_everything_at_once(clock: VirtualClock) -> None:
    async with watching(clock) as (_, _, events):
        assert [(await anext(events))[0] for _ in range(3)] == ["budget", "portfolio", "markets"]


async def test_a_fill_that_somebody_else_causes_arrives(clock: VirtualClock) -> None:
    async with watching(clock) as (backend, client, events):
        await client.post("/api/orders", json=order(price="0.40"))
        assert (await next_of(events, "portfolio"))["fills"] == []
        backend.sandbox.market(TICKER).trade("ask", "0.40", 2)
        portfolio = await next_of(events, "portfolio")
        while not portfolio["fills"]:
            portfolio = await next_of(events, "portfolio")
    assert isinstance(portfolio["fills"], list)
    (fill,) = portfolio["fills"]
    assert (fill["count_fp"], fill["yes_price_dollars"], fill["is_taker"]) == ("2.00", "0.4000", False)
    assert portfolio["orders"] == []


async def test_the_budget_shows_what_an_order_has_cost(clock: VirtualClock) -> None:
    async with watching(clock) as (_, client, events):
        await next_of(events, "budget")
        assert least(await next_of(events, "budget"), "write") == 100
        await client.post("/api/orders", json=order())
        assert least(await next_of(events, "budget"), "write") == 90
        # Then it has been refilled, and the mark has gone.
        await next_of(events, "budget")
        assert least(await next_of(events, "budget"), "write") == 100


async def test_an_unchanged_portfolio_is_not_sent_again(clock: VirtualClock) -> None:
    async with watching(clock) as (_, _, events):
        names = [(await anext(events))[0] for _ in range(20)]
    assert names.count("portfolio") == 1


async def test_trouble_is_told_and_outlived(clock: VirtualClock) -> None:
    async with watching(clock) as (backend, _, events):
        before = await next_of(events, "portfolio")
        backend.sandbox.faults.every("get_fills", ServerFailure(503))
        trouble = await next_of(events, "trouble")
        assert (trouble["of"], trouble["error"]) == ("portfolio", "ServerError")
        backend.sandbox.faults.clear()
        assert await next_of(events, "portfolio") == before


async def test_a_watcher_who_leaves_is_let_go(clock: VirtualClock) -> None:
    """Or their desk could never make room."""
    async with served(clock) as (backend, _), backend.visitor() as client:
        with backend.desks.visit(client.cookies["desk"]) as desk:
            async with client.stream("GET", "/api/events") as stream:
                await next_of(events_of(stream), "portfolio")
                assert desk.visits == 2
            await clock.sleep(1)
            assert desk.visits == 1


async def test_leaving_ends_the_streams_of_the_desk(clock: VirtualClock) -> None:
    async with watching(clock) as (_, client, events):
        await next_of(events, "portfolio")
        await client.post("/api/logout")
        assert [name async for name, _ in events if name != "budget"] in ([], ["markets"])


async def test_the_server_ends_although_somebody_watches_and_cancels_what_rests(clock: VirtualClock) -> None:
    async with served(clock) as (backend, server), backend.visitor() as client:
        await client.post("/api/orders", json=order())
        assert len(backend.account("guest 1").resting) == 1
        async with client.stream("GET", "/api/events") as stream:
            events = events_of(stream)
            await next_of(events, "portfolio")
            server.stop()
            async with asyncio.timeout(5):
                await server.ended
            assert [name async for name, _ in events if name != "budget"] in ([], ["markets"])
        assert not backend.account("guest 1").resting


async def test_many_watchers_cost_what_one_costs(clock: VirtualClock) -> None:
    reads = 0

    async def fetch() -> int:
        nonlocal reads
        reads += 1
        await clock.sleep(0.1)
        return reads

    shared = SharedRead("count", fetch, every_s=1.0)
    assert set(await asyncio.gather(*(shared.latest() for _ in range(50)))) == {("count", b"1")}
    await clock.sleep(1)
    assert await shared.latest() == ("count", b"2")


async def test_a_failure_too_is_asked_for_only_when_it_is_time(clock: VirtualClock) -> None:
    reads = 0

    async def fetch() -> None:
        nonlocal reads
        reads += 1
        raise NotSent("no way")

    shared = SharedRead("nothing", fetch, every_s=1.0)
    assert {(await shared.latest())[0] for _ in range(3)} == {"trouble"}
    assert reads == 1


async def test_a_watcher_who_leaves_in_the_middle_of_a_read_leaves_nothing_stale(clock: VirtualClock) -> None:
    reads = 0

    async def fetch() -> int:
        nonlocal reads
        reads += 1
        await clock.sleep(0.5)
        return reads

    shared = SharedRead("count", fetch, every_s=1.0)
    assert await shared.latest() == ("count", b"1")
    await clock.sleep(60)
    impatient = asyncio.create_task(shared.latest())
    await clock.sleep(0.1)
    impatient.cancel()
    assert await shared.latest() == ("count", b"3")
