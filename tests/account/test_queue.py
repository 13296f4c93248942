"""What one waiter may rely on: its class, its limit on waiting, and leaving at any point."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from kalshi_async.account.throttle import Reservation, TokenBucket
from kalshi_async.contract.operation import Priority
from kalshi_async.errors import InvalidRequest, ThrottleTimeout
from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from tests.account.queues import ADDING, BACKGROUND, REDUCING, Queue, now

JITTER_S = 0.02


def bucket(headroom: float = 10, jitter_s: float = JITTER_S, refill_per_s: float = 100) -> TokenBucket:
    return TokenBucket(
        100,
        refill_per_s,
        now=asyncio.get_running_loop().time,
        name="write",
        headroom=headroom,
        jitter_s=jitter_s,
    )


async def test_a_cancel_goes_at_once_while_quotes_wait_for_theirs() -> None:
    tokens = bucket()
    queue = Queue(tokens)
    for number in range(500):
        await queue.join(f"quote {number}", 10)
    assert [name for name, _ in queue.admitted] == [f"quote {number}" for number in range(9)]
    for number in range(5):
        await queue.join(f"cancel {number}", 2, REDUCING)
    assert queue.admitted[9:] == [(f"cancel {number}", 0.0) for number in range(5)]
    assert tokens.tokens() == 0


async def test_the_headroom_is_refilled_before_a_quote_gets_anything() -> None:
    tokens = bucket()
    await tokens.take(90, ADDING)
    await tokens.take(10, REDUCING)
    queue = Queue(tokens)
    await queue.join("quote", 10)
    assert await queue.all_done() == [("quote", 0.22)]
    assert tokens.tokens() == pytest.approx(10)


@pytest.mark.parametrize("priority", [ADDING, BACKGROUND])
async def test_what_needs_the_headroom_and_may_not_have_it_is_refused_at_once(priority: Priority) -> None:
    tokens = bucket()
    with pytest.raises(InvalidRequest, match="91 tokens never fits the write bucket, which has 90 for it"):
        await tokens.take(91, priority, is_batch=True)
    assert (await tokens.take(100, REDUCING)).cost == 100


async def test_cancels_that_spend_the_refill_let_no_quote_through_until_they_end() -> None:
    # Stated in the module: across classes somebody can starve, and it is never a cancel.
    tokens = bucket()
    await tokens.take(90, ADDING)
    queue = Queue(tokens)
    await queue.join("quote", 10)
    for number in range(200):
        await queue.join(f"cancel {number}", 2, REDUCING)
    done = await queue.all_done()
    assert [name for name, _ in done] == [*(f"cancel {number}" for number in range(200)), "quote"]
    assert done[-1][1] == pytest.approx(JITTER_S + (400 - 10 + 20) / 100)


async def test_now_or_never_takes_what_is_there_and_leaves_nothing_behind() -> None:
    tokens = bucket()
    assert (await tokens.take(90, ADDING, max_queue_s=0)).cost == 90
    for _ in range(1_000):
        with pytest.raises(ThrottleTimeout) as caught:
            await tokens.take(10, ADDING, max_queue_s=0)
        assert caught.value.sent is False
    assert (now(), tokens.waiting, tokens.tokens()) == (0, 0, 10)


async def test_now_or_never_does_not_slip_past_those_who_wait() -> None:
    tokens = bucket()
    await tokens.take(50, ADDING)
    queue = Queue(tokens)
    await queue.join("patient", 60)  # 40 are there for it
    with pytest.raises(ThrottleTimeout):
        await tokens.take(1, ADDING, max_queue_s=0)
    assert (await tokens.take(1, REDUCING, max_queue_s=0)).cost == 1, "a cancel may"
    await queue.all_done()


async def test_a_stale_quote_frees_its_place_for_the_next_at_the_moment_it_gives_up() -> None:
    tokens = bucket()
    await tokens.take(60, ADDING)
    queue = Queue(tokens)
    large = await queue.join("large and stale", 80, max_queue_s=0.1)
    await queue.join("small", 30)
    assert await queue.all_done() == [("small", 0.1)]
    assert isinstance(large.exception(), ThrottleTimeout)


async def test_many_that_gave_up_are_not_kept() -> None:
    # While cancels starve the quotes, a strategy goes on asking with a limit on waiting.
    tokens = bucket(refill_per_s=0)
    await tokens.take(90, ADDING)
    blocked = asyncio.create_task(tokens.take(90, ADDING))
    for _ in range(5_000):
        with pytest.raises(ThrottleTimeout):
            await tokens.take(10, ADDING, max_queue_s=0)
    assert sum(map(len, tokens._waiters._queues.values())) < 200
    assert tokens.waiting == 1
    blocked.cancel()
    await asyncio.wait([blocked])


async def test_leaving_at_any_turn_of_the_loop_returns_exactly_what_was_granted() -> None:
    # Before the queue, in it, granted but not awake, awake: each is a turn of the loop.
    for turns in range(6):
        tokens = bucket(jitter_s=0)
        blocker = await tokens.take(90, ADDING)
        task = asyncio.create_task(tokens.take(40, ADDING))
        asyncio.get_running_loop().call_soon(tokens.give_back, blocker)
        for _ in range(turns):
            await asyncio.sleep(0)
        was_done = task.done()
        task.cancel()
        await asyncio.wait([task])
        assert tokens.waiting == 0
        assert tokens.tokens() == (60 if was_done else 100), turns
        assert (await tokens.take(60, ADDING)).cost == 60


async def test_one_who_leaves_as_it_is_granted_passes_the_tokens_to_the_next() -> None:
    tokens = bucket(jitter_s=0)
    blocker = await tokens.take(90, ADDING)
    queue = Queue(tokens)
    first = await queue.join("leaves", 90)
    await queue.join("next", 90)
    tokens.give_back(blocker)
    first.cancel()
    assert await queue.all_done() == [("next", 0.0)]
    assert first.cancelled()


async def abandoned(waiting: Awaitable[Reservation]) -> None:
    async with asyncio.timeout(0.05):
        await waiting


async def test_a_deadline_in_the_queue_leaves_no_trace() -> None:
    tokens = bucket()
    await tokens.take(90, ADDING)
    for _ in range(10):
        with pytest.raises(TimeoutError):
            await abandoned(tokens.take(90, ADDING, max_queue_s=9))
    assert tokens.waiting == 0
    assert tokens.tokens() == pytest.approx(10 + (10 * 0.05 - JITTER_S) * 100)


async def test_after_a_full_bucket_refill_counts_from_a_little_later() -> None:
    # The first request may travel 20 ms longer than those after it: meanwhile the exchange's
    # bucket is still full, and what would flow in there is lost.
    tokens = bucket(headroom=0)
    await tokens.take(100, ADDING)
    await asyncio.sleep(JITTER_S)
    assert tokens.tokens() == 0
    await asyncio.sleep(0.5)
    assert tokens.tokens() == pytest.approx(50)


async def test_the_hold_back_is_not_counted_twice_for_tokens_given_back() -> None:
    # Fifty connections fail in one turn of the loop: that is no second of silence.
    tokens = bucket(headroom=0)
    for _ in range(50):
        tokens.give_back(await tokens.take(10, ADDING))
    await tokens.take(100, ADDING)
    await asyncio.sleep(JITTER_S + 0.1)
    assert tokens.tokens() == pytest.approx(10)


async def test_what_no_longer_fits_is_refused_as_soon_as_the_limits_change() -> None:
    # Behind others it would wait for a turn that cannot help it.
    tokens = bucket()
    await tokens.take(90, ADDING)
    queue = Queue(tokens)
    await queue.join("fits", 30)
    large = await queue.join("fits no longer", 60, is_batch=True)
    tokens.configure(50, 10, headroom=5)
    await asyncio.wait([large])
    assert now() == 0
    assert isinstance(large.exception(), InvalidRequest)
    assert [name for name, _ in await queue.all_done()] == ["fits"]


async def test_a_late_429_does_not_hold_back_as_if_the_bucket_had_stood_full() -> None:
    # It had, here; what the 429 says is that it had not, there.
    tokens = bucket(headroom=0)
    reservation = await tokens.take(10, ADDING)
    await asyncio.sleep(5)
    assert tokens.tokens() == 100
    tokens.refused(reservation)
    queue = Queue(tokens)
    await queue.join("first", 10)
    await queue.join("second", 10)
    assert await queue.all_done() == [("first", 5.2), ("second", 5.29)]  # 10 of them are left to cancels


def test_one_timer_serves_one_waiter_even_while_refill_is_held_back() -> None:
    # Tokens that a fast bucket gains in 0.1 ms come 150 ms later: nobody looks 1,200 times.
    async def waits() -> float:
        tokens = TokenBucket(100, 8_000, now=asyncio.get_running_loop().time, jitter_s=0.15)
        await tokens.take(100, ADDING)
        await tokens.take(1, ADDING)
        return now()

    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(max_jumps=3)) as runner:
        assert runner.run(waits()) == pytest.approx(0.15 + 1 / 8_000)
