"""A bucket whose limits change, or were never right: the exchange has the last word."""

from __future__ import annotations

import asyncio

import pytest

from kalshi_async.account.refusal_reserve import AT_MOST
from kalshi_async.errors import InvalidRequest, ThrottleTimeout
from kalshi_async.rate_limits import RateLimits
from tests.account.queues import ADDING, REDUCING, Queue, bucket, drained, now


async def test_what_never_fits_is_refused_at_once() -> None:
    tokens = bucket()
    with pytest.raises(
        InvalidRequest, match="101 tokens never fits the write bucket, which has 100 for it: split it"
    ):
        await tokens.take(101, ADDING, is_batch=True)
    assert tokens.tokens() == 100


async def test_what_no_longer_fits_is_refused_when_the_bucket_shrinks() -> None:
    queue = Queue(await drained())
    large = await queue.join("large", 90, is_batch=True)
    await queue.join("small", 10)
    queue.tokens.configure(50, 100)
    assert [name for name, _ in await queue.all_done()] == ["small"]
    assert isinstance(large.exception(), InvalidRequest)


async def test_other_limits_grant_no_burst() -> None:
    # What was on hand under the guess may be all that there is.
    tokens = bucket()
    await tokens.take(80, ADDING)
    tokens.configure(600, 300)
    assert (tokens.tokens(), tokens.capacity, tokens.refill_per_s) == (20, 600, 300)
    await asyncio.sleep(0.1)
    assert tokens.tokens() == pytest.approx(50)
    tokens.configure(30, 300)
    assert tokens.tokens() == 30


async def test_fresh_limits_forget_nothing_but_what_was_spent() -> None:
    # At open, only the questions themselves have been sent: the rest of the burst is there.
    tokens = bucket()
    await tokens.take(20, ADDING)
    tokens.configure(600, 300, fresh=True)
    assert tokens.tokens() == 580


async def test_those_who_wait_follow_the_new_limits() -> None:
    queue = Queue(await drained())
    await queue.join("waiting", 50)
    await asyncio.sleep(0.1)
    queue.tokens.configure(100, 400)
    assert await queue.all_done() == [("waiting", 0.2)]


async def test_a_refusal_empties_the_bucket_for_all_once() -> None:
    # Ten requests in flight meet one empty bucket: that is one fact, not ten.
    tokens = bucket()
    reservations = [await tokens.take(5, ADDING) for _ in range(10)]
    assert tokens.tokens() == 50
    tokens.refused(reservations[0])
    assert tokens.tokens() == 0
    await asyncio.sleep(0.3)
    for late in reservations[1:]:
        tokens.refused(late)
    assert tokens.tokens() == pytest.approx(30)
    tokens.refused(await tokens.take(5, ADDING))
    assert tokens.tokens() == 0


async def test_a_refusal_delays_those_who_wait() -> None:
    tokens = bucket()
    reservation = await tokens.take(60, ADDING)
    queue = Queue(tokens)
    await queue.join("waiting", 50)
    tokens.refused(reservation)
    assert await queue.all_done() == [("waiting", 0.6)]  # 50 tokens, and 10 that it leaves to cancels


async def test_tokens_from_before_a_refusal_do_not_come_back() -> None:
    # They are gone at the exchange, whatever we thought to hold.
    tokens = bucket()
    unused, refused = await tokens.take(50, ADDING), await tokens.take(10, ADDING)
    tokens.refused(refused)
    tokens.give_back(unused)
    assert tokens.tokens() == 0


async def test_a_bucket_that_does_not_refill_waits_for_better_times() -> None:
    # An exchange that reports a rate of 0 must not end in a ZeroDivisionError.
    tokens = bucket(capacity=10, refill_per_s=0)
    await tokens.take(10, ADDING)
    queue = Queue(tokens)
    await queue.join("patient", 5)
    with pytest.raises(ThrottleTimeout):
        await tokens.take(5, ADDING, max_queue_s=1)
    tokens.configure(10, 10)
    assert await queue.all_done() == [("patient", 1.5)]


async def test_a_fast_bucket_keeps_exact_after_days() -> None:
    # Rounding of a large clock once made a timer for a moment that had come already.
    await asyncio.sleep(10 * 86_400)
    started_s, tokens = now(), bucket(capacity=8_000, refill_per_s=8_000)
    for turn in range(2_000):
        await tokens.take((7, 10, 2, 30)[turn % 4], ADDING)
    spent = 2_000 / 4 * 49
    assert now() - started_s == pytest.approx((spent - 8_000) / 8_000, abs=1e-4)


@pytest.mark.parametrize("headroom", [-0.1, 1, 1.5])
def test_a_headroom_is_a_part_of_the_bucket(headroom: float) -> None:
    with pytest.raises(InvalidRequest, match=f"headroom must be from 0 to below 1, was {headroom}"):
        RateLimits(lambda: 0.0, headroom=headroom)


async def test_a_single_request_dearer_than_the_bucket_is_sent_when_it_is_full() -> None:
    # Whether 130 tokens are too many is for the exchange to say. They are paid for all the same.
    tokens = bucket()
    await tokens.take(130, ADDING)
    assert (now(), tokens.tokens()) == (0, -30)
    queue = Queue(tokens)
    await queue.join("dear", 250)
    await queue.join("cancel", 2, REDUCING)
    assert await queue.all_done() == [("cancel", 0.32), ("dear", 1.32)]
    assert tokens.tokens() == -150


async def test_a_bucket_that_shrinks_below_the_cost_of_an_order_still_sends_it() -> None:
    queue = Queue(await drained())
    await queue.join("order", 10)
    queue.tokens.configure(5, 100)
    assert await queue.all_done() == [("order", 0.05)]


async def test_after_a_429_orders_leave_tokens_to_cancels_and_come_back_step_by_step() -> None:
    tokens = bucket()
    tokens.refused(await tokens.take(10, ADDING))
    assert tokens.yielded == 10
    queue = Queue(tokens)
    await queue.join("order", 10)
    await queue.join("cancel", 2, REDUCING)
    # 0.02 s for the cancel; then 10 for the order, and 10 that it leaves alone.
    assert await queue.all_done() == [("cancel", 0.02), ("order", 0.22)]
    assert tokens.tokens() == pytest.approx(10)
    assert tokens.yielded == 9


async def test_429s_in_a_row_raise_the_reserve_up_to_a_bound_and_a_full_bucket_ends_it() -> None:
    tokens = bucket()
    for _ in range(9):
        tokens.refused(await tokens.take(2, REDUCING))
    assert tokens.yielded == AT_MOST * 100
    await asyncio.sleep(1.5)
    assert tokens.take_now(100, ADDING) is not None
    assert tokens.yielded == 0


async def test_a_cancel_does_not_lower_the_reserve() -> None:
    tokens = bucket()
    tokens.refused(await tokens.take(2, REDUCING))
    await asyncio.sleep(0.5)
    assert tokens.take_now(2, REDUCING) is not None
    assert tokens.yielded == 10
    assert tokens.take_now(38, ADDING) is not None
    assert tokens.take_now(38, ADDING) is None
    assert tokens.yielded == pytest.approx(6.2)
