"""One bucket of tokens: exact refill, order of admission, and what is given back."""

from __future__ import annotations

import asyncio

import pytest

from kalshi_async.errors import ThrottleTimeout
from tests.account.queues import ADDING, BACKGROUND, REDUCING, Queue, bucket, drained, now


async def test_a_bucket_starts_full_and_refills_without_steps() -> None:
    tokens = bucket(capacity=100, refill_per_s=40)
    assert tokens.tokens() == 100
    await tokens.take(100, ADDING)
    for elapsed_s in (0.1, 0.3, 1.7):
        await asyncio.sleep(elapsed_s - now())
        assert tokens.tokens() == pytest.approx(40 * elapsed_s)
    await asyncio.sleep(60)
    assert tokens.tokens() == 100


async def test_exactly_the_legal_number_is_sent_in_three_seconds() -> None:
    # A window of one second sends 181 where 150 were legal; a careless one sends fewer.
    tokens = bucket(capacity=300, refill_per_s=400)
    sent = 0
    while now() < 3:
        await tokens.take(10, ADDING)
        sent += 1
    assert sent == 150


async def test_nobody_waits_longer_than_the_missing_tokens_take() -> None:
    queue = Queue(await drained(refill_per_s=50))
    for name, cost in (("a", 10), ("b", 25), ("c", 5)):
        await queue.join(name, cost)
    assert await queue.all_done() == [("a", 0.2), ("b", 0.7), ("c", 0.8)]


async def test_priority_comes_before_arrival_and_arrival_before_size() -> None:
    queue = Queue(await drained())
    for name, priority in (
        ("list", BACKGROUND),
        ("quote 1", ADDING),
        ("cancel 1", REDUCING),
        ("quote 2", ADDING),
        ("cancel 2", REDUCING),
    ):
        await queue.join(name, 10, priority)
    order = [name for name, _ in await queue.all_done()]
    assert order == ["cancel 1", "cancel 2", "quote 1", "quote 2", "list"]


async def test_a_cancel_takes_the_tokens_that_a_quote_saves_for() -> None:
    queue = Queue(await drained())
    await queue.join("batch of quotes", 100)
    await asyncio.sleep(0.5)
    await queue.join("cancel", 2, REDUCING)
    assert await queue.all_done() == [("cancel", 0.5), ("batch of quotes", 1.02)]


async def test_a_large_request_is_not_starved_by_small_ones() -> None:
    queue = Queue(await drained())
    large = await queue.join("large", 90)
    for turn in range(30):
        await queue.join(f"small {turn}", 5)
        await asyncio.sleep(0.05)
    assert large.done()
    assert (await queue.all_done())[0] == ("large", 0.9)


async def test_a_request_that_comes_while_others_wait_does_not_slip_past_them() -> None:
    queue = Queue(await drained())
    await queue.join("first", 60)
    await asyncio.sleep(0.3)
    await queue.join("second", 1)  # 30 tokens are there
    assert await queue.all_done() == [("first", 0.6), ("second", 0.61)]


async def test_who_leaves_the_queue_leaves_the_tokens_to_others() -> None:
    queue = Queue(await drained())
    impatient = await queue.join("impatient", 90)
    await queue.join("next", 10)
    await asyncio.sleep(0.05)
    impatient.cancel()
    assert await queue.all_done() == [("next", 0.1)]
    assert impatient.cancelled()


async def test_tokens_granted_to_a_task_that_is_being_canceled_come_back() -> None:
    # Paid and canceled within one turn of the loop: nobody else would return them.
    tokens = bucket()
    everything = await tokens.take(100, ADDING)
    queue = Queue(tokens)
    task = await queue.join("late", 40)
    tokens.give_back(everything)
    assert tokens.tokens() == 60
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert tokens.tokens() == 100


async def test_a_failure_never_swallows_a_cancellation() -> None:
    # The queue gives up on a request and its task is canceled within one turn of the loop.
    tokens = await drained()
    task = await Queue(tokens).join("large", 90)
    tokens.configure(50, 100)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_what_was_not_sent_is_given_back_and_passed_on() -> None:
    tokens = bucket()
    reservation = await tokens.take(100, ADDING)
    queue = Queue(tokens)
    await queue.join("next", 80)
    tokens.give_back(reservation)
    assert await queue.all_done() == [("next", 0.0)]
    assert tokens.tokens() < 21


async def test_giving_back_never_overfills() -> None:
    tokens = bucket()
    reservation = await tokens.take(50, ADDING)
    await asyncio.sleep(60)
    tokens.give_back(reservation)
    assert tokens.tokens() == 100


async def test_a_request_waits_no_longer_than_it_may() -> None:
    # A quote that is stale when it leaves is worse than none.
    tokens = await drained()
    with pytest.raises(ThrottleTimeout, match=r"50 write tokens did not come in 0\.2 s") as caught:
        await tokens.take(50, ADDING, max_queue_s=0.2)
    assert caught.value.sent is False
    assert now() == pytest.approx(0.2)
    assert tokens.tokens() == pytest.approx(20)
    assert tokens.waiting == 0


async def test_a_request_that_gave_up_holds_nobody_back() -> None:
    queue = Queue(await drained())
    task = await queue.join("gives up", 90, max_queue_s=0.05)
    await queue.join("behind it", 10)
    assert await queue.all_done() == [("behind it", 0.1)]
    assert isinstance(task.exception(), ThrottleTimeout)


async def test_tokens_that_come_in_time_end_the_limit_on_waiting() -> None:
    tokens = await drained()
    assert (await tokens.take(10, ADDING, max_queue_s=0.2)).cost == 10
    await asyncio.sleep(1)


async def test_tokens_that_come_at_the_last_moment_come_in_time() -> None:
    # Both timers are due at once: what has been granted is not taken back.
    tokens = await drained(capacity=10, refill_per_s=2)
    assert (await tokens.take(1, ADDING, max_queue_s=0.5)).cost == 1
    assert now() == 0.5


async def test_a_limit_of_nothing_takes_only_what_is_there() -> None:
    tokens = bucket()
    await tokens.take(100, ADDING, max_queue_s=0)
    with pytest.raises(ThrottleTimeout):
        await tokens.take(1, ADDING, max_queue_s=0)
    assert now() == 0
