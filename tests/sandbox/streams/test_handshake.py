"""Who may open a stream, what is answered to others, pings, and how a stream ends."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from kalshi_async.sandbox import Rules, Sandbox, SandboxAccount
from kalshi_async.sandbox.settings import StreamRules
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.streams.kit import OTHER, TICKER, Client, handshake, open_client, types


async def refusal(url: str, headers: dict[str, str]) -> tuple[int, object]:
    """The status and the body of a refused handshake."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, additional_headers=headers, ping_interval=None):
            pass
    response = refused.value.response
    assert response.headers["content-type"] == "application/json"
    return response.status_code, json.loads(response.body)


@pytest.mark.parametrize("key_type", ["rsa", "ed25519"])
async def test_a_signed_handshake_opens_a_stream(exchange: Sandbox, key_type: str) -> None:
    keys = exchange.add_account("carol", "rsa" if key_type == "rsa" else "ed25519")
    async with open_client(exchange, keys) as client:
        assert types(await client.command("list_subscriptions")) == ["ok"]


async def test_a_bad_handshake_is_refused_as_a_request_is(exchange: Sandbox, alice: SandboxAccount) -> None:
    """With status and body of the REST API."""
    signed = handshake(alice, exchange.clock)
    foreign = handshake(alice, exchange.clock, path="/trade-api/v2/markets")
    stale = handshake(alice, exchange.clock, skew_ms=-60_000)
    answers = [
        await refusal(exchange.stream_url, headers)
        for headers in ({}, signed | {"KALSHI-ACCESS-KEY": "nobody"}, foreign, stale)
    ]
    async with httpx.AsyncClient(base_url=exchange.rest_url) as http:
        unsigned = await http.get("/portfolio/balance")
    assert answers[0] == (401, unsigned.json())
    assert [status for status, _ in answers] == [401] * 4
    details = [body["error"].get("details") for _, body in answers if isinstance(body, dict)]
    assert details[1:3] == ["NOT_FOUND", "INCORRECT_API_KEY_SIGNATURE"]


async def test_there_is_one_path(exchange: Sandbox, alice: SandboxAccount) -> None:
    url = exchange.stream_url + "/more"
    status, body = await refusal(url, handshake(alice, exchange.clock, path="/trade-api/ws/v2/more"))
    assert (status, body) == (404, {"error": {"code": "not_found", "message": "not found"}})
    async with httpx.AsyncClient() as http:
        plain = await http.get(exchange.stream_url.replace("ws", "http", 1))
    assert plain.status_code == 404


async def test_a_user_has_so_many_streams(clock: VirtualClock) -> None:
    """One that has ended makes room."""
    rules = replace(Rules(), streams=StreamRules(connections_per_user=2))
    async with Sandbox(clock=clock, accounts=["alice", "bob"], rules=rules) as exchange:
        alice, bob = exchange.accounts.values()
        async with open_client(exchange, alice), open_client(exchange, bob):
            async with open_client(exchange, alice):
                answer = await refusal(exchange.stream_url, handshake(alice, clock))
                assert answer == (429, {"error": "too many requests"})
            await asyncio.sleep(1)
            async with open_client(exchange, alice):
                pass


async def test_the_url_is_there_while_the_server_runs(clock: VirtualClock) -> None:
    exchange = Sandbox(clock=clock)
    assert exchange.stream_url == ""
    async with exchange:
        assert exchange.environment.stream_url == exchange.stream_url
        assert exchange.stream_url.endswith("/trade-api/ws/v2")
    assert exchange.stream_url == ""


async def test_the_exchange_pings_every_ten_seconds(client: Client) -> None:
    """With the text that was recorded; and it answers pings."""
    seen: list[bytes] = []
    answered = client.socket.protocol.recv_frame

    def listen(frame: object) -> None:
        if getattr(frame, "opcode", None) == 9:
            seen.append(bytes(getattr(frame, "data", b"")))
        answered(frame)  # type: ignore[arg-type]  # a frame of websockets

    client.socket.protocol.recv_frame = listen  # type: ignore[method-assign]  # its only hook
    await asyncio.sleep(35)
    assert seen == [b"heartbeat"] * 3
    async with asyncio.timeout(1):
        await (await client.socket.ping())


async def test_compression_is_negotiated_if_it_is_offered(exchange: Sandbox, alice: SandboxAccount) -> None:
    async with open_client(exchange, alice, compression="deflate") as client:
        assert client.socket.protocol.extensions
        await client.subscribe("orderbook_delta", market_tickers=[TICKER, OTHER])
        assert types(client.frames) == ["subscribed", "orderbook_snapshot", "orderbook_snapshot"]


async def test_an_exchange_that_stops_says_so(clock: VirtualClock) -> None:
    """To clients that answer, and without waiting long for one that does not."""
    async with Sandbox(clock=clock, accounts=["alice"]) as exchange:
        signed = handshake(exchange.accounts["alice"], clock)
        stubborn = await connect(exchange.stream_url, additional_headers=signed, ping_interval=None)
        stubborn.transport.pause_reading()
        async with open_client(exchange, exchange.accounts["alice"]) as client:
            ending = asyncio.ensure_future(client.until_closed())
            before_s = clock.monotonic()
            await exchange.stop()
            assert (await ending)[0] == 1001
            assert clock.monotonic() - before_s < 2
        stubborn.transport.abort()
        await stubborn.wait_closed()


async def test_an_ended_stream_leaves_nothing(exchange: Sandbox, alice: SandboxAccount) -> None:
    async with open_client(exchange, alice) as client:
        await client.subscribe("trade", "user_orders", "orderbook_delta", market_ticker=TICKER)
    await asyncio.sleep(1)
    hub = exchange.streams._hub
    assert not any(hub._by_channel.values())
    assert hub.open_streams(alice.account) == 0
    assert exchange.exchange.venue.agenda.watcher is None
    exchange.market(TICKER).quote("ask", "0.40", 1)
