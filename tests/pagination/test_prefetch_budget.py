"""Paginator.prefetch on a session: within the budget, and in nobody's way."""

from __future__ import annotations

import asyncio

from kalshi_async import RateLimits, Session
from tests.stages.served import Stage, session_of


async def twenty_fills(stage: Stage) -> Session:
    """A session of alice's whose read bucket gains one page of a list in a second."""
    for _ in range(20):
        await stage.trade(count=1)
    limits = RateLimits(stage.clock.monotonic, read=(10, 10), jitter_s=0)
    session = session_of(stage.sandbox, stage.alice, stage.clock, rate_limits=limits)
    return await stage.exits.enter_async_context(session)


async def test_it_spends_no_token_more_than_there_are(stage: Stage) -> None:
    session = await twenty_fills(stage)
    began_s = stage.clock.monotonic()
    async with session.fills.list(limit=1).prefetch(5) as ahead:
        assert len(await ahead.collect()) == 20
    # 20 pages and an empty last one, of which the full bucket pays the first.
    assert 19.9 <= stage.clock.monotonic() - began_s <= 20.1
    assert stage.statuses("GET", "/portfolio/fills").count(429) == 0


async def test_another_read_waits_for_one_page_at_most(stage: Stage) -> None:
    session = await twenty_fills(stage)
    async with session.fills.list(limit=1).prefetch(15) as ahead:
        walk = ahead.pages()
        await anext(walk)
        await asyncio.sleep(2.5)
        before = len(stage.requests("GET", "/portfolio/fills"))
        await session.portfolio.balance()
        assert len(stage.requests("GET", "/portfolio/fills")) - before <= 1


async def test_pages_are_read_while_the_loop_is_busy(stage: Stage) -> None:
    # What it is for: work of a second per page, and a second per page to read it.
    session = await twenty_fills(stage)
    began_s = stage.clock.monotonic()
    async with session.fills.list(limit=1).prefetch(2) as ahead:
        async for _ in ahead:
            await asyncio.sleep(1)
    assert stage.clock.monotonic() - began_s <= 22


async def test_leaving_early_gives_back_the_tokens_of_a_read_that_waited(stage: Stage) -> None:
    session = await twenty_fills(stage)
    async with session.fills.list(limit=1).prefetch(5) as ahead:
        await ahead.first()
        await asyncio.sleep(0.5)
        assert session.rate_limits.read.waiting == 1
    assert session.rate_limits.read.waiting == 0
    sent = len(stage.requests("GET", "/portfolio/fills"))
    await asyncio.sleep(60)
    assert len(stage.requests("GET", "/portfolio/fills")) == sent == 1
