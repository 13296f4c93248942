"""The relay itself: its door, its framing, and a session that trades through it."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from kalshi_async import CreateOrder, OutcomeUnknown, Session
from kalshi_async.sandbox import Relay, Sandbox
from kalshi_async.sandbox.faults import LoseReply
from kalshi_async.sandbox.faults._raw_http import Message, chunked, read_body, read_head
from kalshi_async.sandbox.faults.wire import Reset
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.faults.conftest import RawClient, create_request, orders_of
from tests.stages.members import BASE, TICKER, Member


@pytest.fixture
async def through(relay: Relay, exchange: Sandbox, clock: VirtualClock) -> Session:
    return Session(relay.environment, exchange.accounts["alice"].credentials, clock=clock)


async def test_connections_can_be_refused_for_a_while(relay: Relay, alice: Member, raw: RawClient) -> None:
    """Those that are open stay, and the port comes back."""
    parts = urlsplit(relay.environment.rest_url)
    with relay.refusing():
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(parts.hostname, parts.port)
        await raw.send(create_request(alice))
        assert (await raw.reply()).startswith(b"HTTP/1.1 201")
    async with httpx.AsyncClient(base_url=relay.environment.rest_url) as http:
        assert (await http.get("/markets")).status_code == 200


async def test_the_port_is_kept_while_connections_are_refused(relay: Relay) -> None:
    """Another program could take it otherwise, and would get the client's orders."""
    parts = urlsplit(relay.environment.rest_url)
    with relay.refusing(), socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind((parts.hostname, parts.port))


async def test_a_session_trades_through_it(through: Session, exchange: Sandbox) -> None:
    async with through as session:
        order = await session.orders.create(CreateOrder(TICKER, "bid", 10, "0.44"))
        await session.orders.cancel(order)
        assert (await session.orders.get(order.order_id)).status == "canceled"


async def test_a_session_names_an_order_whose_fate_is_unknown(
    relay: Relay, through: Session, exchange: Sandbox
) -> None:
    order = CreateOrder(TICKER, "bid", 10, "0.44")
    relay.faults.every("create_order", Reset(applied=True))  # resends are lost as well
    exchange.faults.lag_reads(60_000)  # and reads do not show it
    async with through as session:
        with pytest.raises(OutcomeUnknown) as unknown:
            await session.orders.create(order)
    assert unknown.value.client_order_ids == (order.client_order_id,)
    (held,) = exchange.accounts["alice"].account.orders.values()
    assert held.client_order_id == order.client_order_id


async def test_requests_of_many_connections_are_counted_in_one_line(relay: Relay, alice: Member) -> None:
    relay.faults.on("get_markets", Reset(), call=3)
    async with httpx.AsyncClient(base_url=relay.environment.rest_url) as http:
        replies = await asyncio.gather(*(http.get("/markets") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(reply, httpx.ReadError) for reply in replies) == 1


async def test_a_reply_that_the_exchange_breaks_off_is_broken_off_here(
    exchange: Sandbox, relay: Relay, raw: RawClient
) -> None:
    exchange.faults.on("create_order", LoseReply())
    assert await raw.create() == b""
    assert orders_of(raw.member.keys) == 1


async def test_a_chunked_request_reaches_the_exchange(relay: Relay, raw: RawClient) -> None:
    head, _, body = create_request(raw.member).partition(b"\r\n\r\n")
    message = Message(head + b"\r\n\r\n").with_field(b"content-length", None)
    message = message.with_field(b"transfer-encoding", b"chunked").with_body(chunked(body, 10))
    await raw.send(message.raw)
    assert (await raw.reply()).startswith(b"HTTP/1.1 201")


async def test_the_exchange_may_come_back_elsewhere(relay: Relay, exchange: Sandbox) -> None:
    """The relay looks the exchange up for each connection."""
    async with httpx.AsyncClient(base_url=relay.environment.rest_url) as http:
        assert (await http.get("/markets")).status_code == 200
        await exchange.stop()
        await exchange.start()
        assert (await http.get("/markets")).status_code == 200


async def test_a_reply_without_a_body_ends_with_its_head() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
    for status in (b"204", b"200"):
        head = await read_head(reader)
        assert head is not None
        assert (await read_body(reader, head)).raw.split(b" ")[1] == status


async def test_the_environment_speaks_of_the_relay(relay: Relay, exchange: Sandbox) -> None:
    assert relay.environment.rest_url.endswith(BASE)
    assert relay.environment.rest_url != exchange.rest_url
