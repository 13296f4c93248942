"""A reader that is too slow loses the subscription that overflows, and the others lose nothing."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

import pytest

from kalshi_async.sandbox import Rules, Sandbox
from kalshi_async.sandbox.settings import StreamRules
from kalshi_async.sandbox.streams.outbox import Outbox
from kalshi_async.sandbox.streams.subscription import Subscription
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.streams.kit import OTHER, TICKER, open_client, types


async def test_a_slow_reader_overflows_alone(clock: VirtualClock) -> None:
    """Its noisy channel ends with error 25; its quiet one and the other reader get everything."""
    limits = StreamRules(buffer_bytes=20_000, socket_bytes=4_096)
    rules = replace(Rules(), streams=limits)
    async with Sandbox(tier="off", clock=clock, accounts=["alice", "bob"], rules=rules) as exchange:
        alice, bob = exchange.accounts.values()
        slow_socket = socket.socket()
        slow_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        slow_socket.connect(("127.0.0.1", int(exchange.stream_url.split(":")[2].split("/")[0])))
        slow_socket.setblocking(False)
        async with (
            open_client(exchange, alice, sock=slow_socket, max_queue=1) as slow,
            open_client(exchange, bob) as fast,
        ):
            for client in (slow, fast):
                await client.subscribe("orderbook_delta", market_ticker=TICKER)
                await client.subscribe("trade")
            slow.socket.transport.pause_reading()
            # Each step is a burst of its own: what one turn of the loop brings is written whole.
            for _ in range(200):
                for _ in range(5):
                    exchange.market(TICKER).quote("ask", "0.40", 1)
                await fast.quiet(0.01)
            exchange.market(TICKER).trade("bid", "0.40", 1)
            await fast.quiet()
            assert len(fast.of("orderbook_delta")) == 1_001
            slow.socket.transport.resume_reading()
            frames = await slow.quiet()
            (error,) = [frame for frame in frames if frame["type"] == "error"]
            assert (error["sid"], error["msg"]["code"]) == (1, 25)
            last = max(frame["seq"] for frame in frames if frame["type"] == "orderbook_delta")
            assert error["seq"] > last + 1, "the number shows that frames are missing"
            assert len(slow.of("trade")) == 1
            await slow.subscribe("orderbook_delta", market_ticker=TICKER)
            exchange.market(TICKER).quote("ask", "0.41", 1)
            assert types(await slow.quiet()) == ["orderbook_delta"]


async def test_a_burst_in_one_turn_is_no_slow_reader(clock: VirtualClock) -> None:
    rules = replace(Rules(), streams=StreamRules(buffer_bytes=1_000))
    async with (
        Sandbox(tier="off", clock=clock, accounts=["alice"], rules=rules) as exchange,
        open_client(exchange, exchange.accounts["alice"]) as client,
    ):
        await client.subscribe("orderbook_delta", market_tickers=[TICKER, OTHER])
        for _ in range(1_000):
            exchange.market(TICKER).quote("ask", "0.40", 1)
        assert len(await client.quiet()) == 1_000


async def test_answers_do_not_overflow() -> None:
    """A limit is one of a subscription, and an answer belongs to none."""
    written: list[bytes] = []
    overflown: list[Subscription] = []
    loop = asyncio.get_running_loop()
    outbox = Outbox(loop, written.extend, overflown.append, limit_bytes=10)
    outbox.fill()
    outbox.put(None, b"answers are kept" * 10)
    assert (written, overflown) == ([], [])
    outbox.drain()
    assert len(written) == 1


@pytest.mark.parametrize("is_full", [True, False])
async def test_what_waits_when_a_stream_ends_is_forgotten(is_full: bool) -> None:
    written: list[bytes] = []
    outbox = Outbox(asyncio.get_running_loop(), written.extend, lambda _: None, limit_bytes=10)
    if is_full:
        outbox.fill()
    outbox.put(None, b"before")
    outbox.close()
    outbox.put(None, b"after")
    outbox.drain()
    assert written == ([] if is_full else [b"before"])
