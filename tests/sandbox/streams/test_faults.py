"""Scripted faults of streams: what each does to the frames, and to nothing else."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from kalshi_async.sandbox import Sandbox, SandboxAccount
from kalshi_async.sandbox.faults import (
    ANY,
    HANDSHAKE,
    Cut,
    DelayFrame,
    DoubleFrame,
    DropFrame,
    FailSubscription,
    GarbleFrame,
    GoDeaf,
    GoSilent,
    JumpSequence,
    Overflow,
    RefuseCommand,
    RefuseHandshake,
    ReorderFrame,
    StreamFault,
)
from tests.sandbox.streams.kit import TICKER, Client, handshake, open_client, types


def trade(exchange: Sandbox, *prices: str) -> None:
    """Trade one contract at each price."""
    for one in prices:
        exchange.market(TICKER).quote("ask", one, 1)
        exchange.market(TICKER).trade("bid", one, 1)


async def traded(exchange: Sandbox, client: Client, *faults: StreamFault) -> list[tuple[int, str]]:
    """Play faults on the second of four trades; return number and price of those that come."""
    await client.subscribe("trade")
    exchange.streams.faults.on("trade", *faults, call=2)
    trade(exchange, "0.41", "0.42", "0.43", "0.44")
    frames = await client.quiet()
    assert exchange.streams.faults.pending == []
    return [(frame["seq"], frame["msg"]["yes_price_dollars"][2:4]) for frame in frames]


@pytest.mark.parametrize(
    ("fault", "numbers", "prices"),
    [
        (DropFrame(), [1, 3, 4], "41 43 44"),
        (DoubleFrame(), [1, 2, 2, 3, 4], "41 42 42 43 44"),
        (ReorderFrame(), [1, 3, 2, 4], "41 43 42 44"),
        (JumpSequence(), [1, 7, 8, 9], "41 42 43 44"),
        (JumpSequence(-1), [1, 1, 2, 3], "41 42 43 44"),
    ],
)
async def test_a_frame_is_lost_or_doubled_or_moved(
    exchange: Sandbox, client: Client, fault: StreamFault, numbers: list[int], prices: str
) -> None:
    """And its number with it, or the numbers alone."""
    assert await traded(exchange, client, fault) == list(zip(numbers, prices.split(), strict=True))


async def test_faults_wrap_each_other(exchange: Sandbox, client: Client) -> None:
    """The first is nearest to the exchange's own frame: it jumps, and is then doubled."""
    got = await traded(exchange, client, JumpSequence(2), DoubleFrame())
    assert [seq for seq, _ in got] == [1, 4, 4, 5, 6]


@pytest.mark.parametrize(("code", "fault"), [(10, FailSubscription()), (25, Overflow())])
async def test_a_subscription_can_end_with_an_error(
    exchange: Sandbox, client: Client, code: int, fault: StreamFault
) -> None:
    """The others go on, and so does the number; a new one can be made."""
    await client.subscribe("trade", "fill", "ticker")
    exchange.streams.faults.on("trade", fault, call=2)
    trade(exchange, "0.41", "0.42", "0.43")
    frames = [frame for frame in await client.quiet() if frame["type"] != "ticker"]
    assert types(frames) == ["trade", "error"]
    assert (frames[1]["sid"], frames[1]["seq"], frames[1]["msg"]["code"]) == (1, 2, code)
    assert len(client.of("ticker")) == 6
    (rows,) = await client.command("list_subscriptions")
    assert [row["channel"] for row in rows["msg"]] == ["fill", "ticker"]
    assert await client.subscribe("trade") == {"trade": 4}


@pytest.mark.parametrize("text", [None, b"what?\n"])
async def test_a_frame_can_be_no_json(exchange: Sandbox, client: Client, text: bytes | None) -> None:
    await client.subscribe("trade")
    exchange.streams.faults.on("trade", GarbleFrame(text))
    trade(exchange, "0.41", "0.42")
    garbled, whole = [await client.socket.recv() for _ in range(2)]
    with pytest.raises(json.JSONDecodeError):
        json.loads(garbled)
    assert json.loads(whole)["seq"] == 2


async def test_a_delay_keeps_back_all_that_follows(exchange: Sandbox, client: Client) -> None:
    await client.subscribe("trade")
    exchange.streams.faults.on("trade", DelayFrame(3), call=2)
    trade(exchange, "0.41", "0.42", "0.43")
    assert [frame["seq"] for frame in await client.quiet(1)] == [1]
    assert types(await client.command("list_subscriptions")) == []
    assert types(await client.quiet(3)) == ["trade", "trade", "ok"]


async def test_a_connection_is_cut_without_a_close_frame(exchange: Sandbox, client: Client) -> None:
    """What was sent before still arrives."""
    await client.subscribe("trade")
    exchange.streams.faults.on("trade", Cut(), call=2)
    trade(exchange, "0.41")
    await asyncio.sleep(0.1)
    trade(exchange, "0.42", "0.43")
    code, frames = await client.until_closed()
    assert (code, types(frames)) == (None, ["trade"])


async def test_a_silent_stream_sends_neither_frames_nor_pongs(exchange: Sandbox, client: Client) -> None:
    """The connection stays open, and is gone for the exchange once the client leaves."""
    await client.subscribe("trade")
    exchange.streams.faults.on("trade", GoSilent())
    trade(exchange, "0.41", "0.42")
    assert await client.command("list_subscriptions") == []
    pong = await client.socket.ping()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await pong
    client.socket.transport.abort()


async def test_a_deaf_stream_pushes_and_answers_nothing(exchange: Sandbox, client: Client) -> None:
    await client.subscribe("trade")
    exchange.streams.faults.on("list_subscriptions", GoDeaf())
    assert await client.command("list_subscriptions") == []
    assert await client.say("not JSON") == []
    trade(exchange, "0.41")
    assert types(await client.quiet()) == ["trade"]


async def test_commands_can_be_lost_doubled_refused_and_cut(
    exchange: Sandbox, alice: SandboxAccount, client: Client
) -> None:
    faults = exchange.streams.faults
    faults.on("list_subscriptions", DropFrame())
    faults.on("list_subscriptions", DoubleFrame(), call=2)
    faults.on("list_subscriptions", RefuseCommand(18), call=3)
    faults.on("list_subscriptions", Cut(), call=4)
    assert await client.command("list_subscriptions") == []
    assert types(await client.command("list_subscriptions")) == ["ok", "ok"]
    (refused,) = await client.command("list_subscriptions")
    assert (refused["id"], refused["msg"]["code"]) == (3, 18)
    await client.socket.send('{"id": 9, "cmd": "list_subscriptions"}')
    assert await client.until_closed() == (None, [])


async def test_an_answer_that_cuts_leaves_no_subscription(exchange: Sandbox, client: Client) -> None:
    """Neither of the channels that follow in the command, nor of a second time that it is carried out."""
    faults = exchange.streams.faults
    faults.on("subscribe", DoubleFrame())
    faults.on("subscribed", Cut())
    await client.socket.send('{"id": 1, "cmd": "subscribe", "params": {"channels": ["fill", "ticker"]}}')
    assert await client.until_closed() == (None, [])
    assert not any(exchange.streams._hub._by_channel.values())


async def test_any_frame_can_fail(exchange: Sandbox, client: Client) -> None:
    """What a fault sends itself is no frame to be played upon."""
    exchange.streams.faults.every(ANY, FailSubscription())
    frames = await client.command("subscribe", channels=["trade"])
    assert [frame["type"] for frame in frames] == ["error"]


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [(401, "json", b"authentication_error"), (429, "json", b"too many requests"), (502, "html", b"502")],
)
async def test_a_handshake_can_be_refused(
    exchange: Sandbox, alice: SandboxAccount, status: int, content_type: str, body: bytes
) -> None:
    exchange.streams.faults.on(HANDSHAKE, RefuseHandshake(status))
    with pytest.raises(InvalidStatus) as refused:
        async with open_client(exchange, alice):
            pass
    response = refused.value.response
    assert response.status_code == status
    assert content_type in response.headers["content-type"]
    assert body in (response.body or b"")
    async with open_client(exchange, alice) as client:
        assert types(await client.command("list_subscriptions")) == ["ok"]


async def test_a_handshake_can_be_cut_or_left_without_an_answer(
    exchange: Sandbox, alice: SandboxAccount
) -> None:
    exchange.streams.faults.on(HANDSHAKE, Cut())
    exchange.streams.faults.on(HANDSHAKE, GoSilent(), call=2)
    signed = handshake(alice, exchange.clock)
    with pytest.raises((ConnectionError, EOFError, InvalidMessage)):
        await connect(exchange.stream_url, additional_headers=signed)
    with pytest.raises(TimeoutError):
        await connect(exchange.stream_url, additional_headers=signed, open_timeout=60)
