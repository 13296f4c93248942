"""A stream through the relay: passed on as it is, or broken byte by byte."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from kalshi_async.sandbox import Relay, Sandbox
from kalshi_async.sandbox.faults import (
    STREAM,
    UPGRADE,
    Drip,
    Garbage,
    HtmlReply,
    Reset,
    ResetMidReply,
    WireFault,
)
from tests.sandbox.streams.kit import TICKER, Client, handshake, types


async def through(relay: Relay, exchange: Sandbox) -> Client:
    signed = handshake(exchange.accounts["alice"], exchange.clock)
    url = relay.environment.stream_url
    return Client(await connect(url, additional_headers=signed, ping_interval=None, compression=None))


def trade(exchange: Sandbox) -> None:
    exchange.market(TICKER).quote("ask", "0.40", 1)
    exchange.market(TICKER).trade("bid", "0.40", 1)


async def test_a_stream_passes_through_the_relay(relay: Relay, exchange: Sandbox) -> None:
    """In both directions, also slowly; and its end is the end of the connection."""
    client = await through(relay, exchange)
    await client.subscribe("trade")
    relay.faults.on(STREAM, Drip())
    trade(exchange)
    await asyncio.sleep(5)
    # Real time: a busy kernel is slow with hundreds of packets of one byte.
    await asyncio.to_thread(time.sleep, 0.1)
    assert types(await client.quiet(10)) == ["trade"]
    await client.socket.close()
    await asyncio.sleep(1)
    assert exchange.streams.faults.played == []
    assert relay.faults.pending == []


@pytest.mark.parametrize("fault", [Reset(), ResetMidReply(), ResetMidReply(2), Garbage()])
async def test_a_stream_breaks_within_a_frame(relay: Relay, exchange: Sandbox, fault: WireFault) -> None:
    client = await through(relay, exchange)
    await client.subscribe("trade")
    relay.faults.on(STREAM, fault)
    trade(exchange)
    async with asyncio.timeout(30):
        code, frames = await client.until_closed()
    assert (code, frames) == (None, [])


async def test_a_handshake_has_the_faults_of_a_reply(relay: Relay, exchange: Sandbox) -> None:
    relay.faults.on(UPGRADE, HtmlReply(502))
    with pytest.raises(InvalidStatus, match="502"):
        await through(relay, exchange)
    client = await through(relay, exchange)
    await client.socket.close()


async def test_an_exchange_that_cuts_is_heard_through_the_relay(relay: Relay, exchange: Sandbox) -> None:
    client = await through(relay, exchange)
    await exchange.stop()
    code, _ = await client.until_closed()
    assert code in (1001, None)
