"""A small slice of the fuzzing on every run, and proof that it would notice.

All of it: ``python -m tests.fuzz``.
"""

from __future__ import annotations

import random

import pytest

from kalshi_async.contract import OPERATIONS
from kalshi_async.requests import CreateOrder
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.streams import _topic
from kalshi_async.wire import _tolerant as tolerant
from tests.fuzz import frames, replies, requests
from tests.fuzz.mutation import encoded, mutated

SEEDS = pytest.mark.parametrize("seed", [101, 102])


@SEEDS
def test_a_mutated_reply_is_decoded_or_is_one_kalshi_error(seed: int) -> None:
    tally = replies.decode_many(2_000, seed)
    assert tally.values > 100, "some damage does no harm: else nothing is tested but refusal"
    assert tally.errors > 100


@SEEDS
async def test_a_call_that_meets_a_mutated_reply_ends_in_a_value_or_one_kalshi_error(
    seed: int, clock: VirtualClock
) -> None:
    tally = await replies.call_many(500, seed, clock)
    assert tally.values > 20
    assert tally.errors > 100


@SEEDS
async def test_a_mutated_request_is_refused_here_or_understood_there(seed: int, clock: VirtualClock) -> None:
    tally = await requests.send_many(500, seed, clock)
    assert tally.wrong == []
    assert min(tally.refused_here, tally.done, tally.refused_there) > 20


@SEEDS
async def test_a_mutated_frame_is_told_to_readers_and_raises_nothing(seed: int, clock: VirtualClock) -> None:
    tally = await frames.feed_many(1_000, seed, clock)
    assert tally.wrong == []
    assert min(tally.ends["told"], tally.ends["Gap"]) > 100
    assert min(tally.ends["UnknownEvent"], tally.ends["SubscriptionRefused"]) > 0


async def test_an_error_that_escapes_a_stream_is_noticed(
    monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    monkeypatch.setattr(_topic.Topic, "tell_unknown", None)
    tally = await frames.feed_many(500, 1, clock)
    assert any("is not callable" in line for line in tally.wrong)


def test_every_operation_is_called() -> None:
    assert set(replies.methods()) == {operation.name for operation in OPERATIONS}


def test_the_same_seed_does_the_same_damage() -> None:
    def run(seed: int) -> list[object]:
        rng = random.Random(seed)
        return [encoded(mutated({"a": ["1.00", {"b": None}]}, rng), rng) for _ in range(50)]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_an_error_that_escapes_the_decoder_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Guards the guard: with a decoder that lets one kind through, the fuzzing must fail.
    monkeypatch.setattr(tolerant, "Malformed", (TypeError,))
    with pytest.raises(Exception, match=r".") as caught:
        replies.decode_many(2_000, 1)
    assert "seed 1, reply" in caught.value.__notes__[0]


async def test_a_request_that_the_exchange_cannot_read_is_noticed(
    monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    async def careless(session: object, given: requests.Arguments) -> object:
        order = CreateOrder("KXHIGHNY-26NOV23-B52.5", "bid", 1, "0.10")
        object.__setattr__(order, "count", ["many"])
        return await session.orders.create(order)  # type: ignore[attr-defined]  # a session

    monkeypatch.setattr(requests, "SENDERS", {**requests.SENDERS, "create": careless})
    tally = await requests.send_many(100, 1, clock)
    assert tally.wrong
