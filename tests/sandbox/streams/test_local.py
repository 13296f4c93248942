"""Streams without sockets: the same exchange, delivered by the event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kalshi_async.sandbox import Rules, Sandbox
from kalshi_async.sandbox.faults import HANDSHAKE, Cut, DropFrame, GoSilent, RefuseHandshake
from kalshi_async.sandbox.settings import StreamRules
from kalshi_async.sandbox.streams.local import HandshakeRefused, LocalStream
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.sandbox.streams import vendor
from tests.sandbox.streams.kit import TICKER, handshake


@dataclass
class Ear:
    """Notes what it hears."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    pings: list[bytes] = field(default_factory=list)
    ends: list[int | None] = field(default_factory=list)

    def texts_received(self, texts: Sequence[bytes]) -> None:
        self.frames += [json.loads(text) for text in texts]

    def ping_received(self, payload: bytes) -> None:
        self.pings.append(payload)

    def closed(self, code: int | None) -> None:
        self.ends.append(code)


@pytest.fixture
async def sandbox(clock: VirtualClock) -> Sandbox:
    rules = replace(Rules(), streams=StreamRules(buffer_bytes=1_000))
    return Sandbox(clock=clock, accounts=["alice"], rules=rules)


async def opened(sandbox: Sandbox, ear: Ear) -> LocalStream:
    stream = await sandbox.streams.open(handshake(sandbox.accounts["alice"], sandbox.clock), ear)
    stream.send('{"id": 1, "cmd": "subscribe", "params": {"channels": ["trade"]}}')
    await asyncio.sleep(0)
    return stream


def trade(sandbox: Sandbox) -> None:
    sandbox.market(TICKER).quote("ask", "0.40", 1)
    sandbox.market(TICKER).trade("bid", "0.40", 1)


async def test_frames_come_from_the_loop(sandbox: Sandbox) -> None:
    """Never from within a call on the exchange."""
    ear = Ear()
    stream = await opened(sandbox, ear)
    trade(sandbox)
    assert [frame["type"] for frame in ear.frames] == ["subscribed"]
    await asyncio.sleep(0)
    assert [frame["type"] for frame in ear.frames] == ["subscribed", "trade"]
    assert [fault for frame in ear.frames for fault in vendor.faults(frame)] == []
    stream.close()
    assert not stream.is_open
    trade(sandbox)
    await asyncio.sleep(1)
    assert (len(ear.frames), ear.ends) == (2, [])
    with pytest.raises(ConnectionError, match="ended"):
        stream.send("{}")
    stream.close()


async def test_pings_come_without_a_socket_too(sandbox: Sandbox) -> None:
    ear = Ear()
    await opened(sandbox, ear)
    await asyncio.sleep(25)
    assert ear.pings == [b"heartbeat"] * 2


async def test_a_handshake_without_a_socket_can_fail(sandbox: Sandbox) -> None:
    faults = sandbox.streams.faults
    with pytest.raises(HandshakeRefused, match="status 401") as refused:
        await sandbox.streams.open({}, Ear())
    assert b"key_is_missing" in refused.value.body
    faults.on(HANDSHAKE, RefuseHandshake(502))
    faults.on(HANDSHAKE, Cut(), call=2)
    faults.on(HANDSHAKE, GoSilent(), call=3)
    with pytest.raises(HandshakeRefused, match="502"):
        await opened(sandbox, Ear())
    with pytest.raises(ConnectionResetError):
        await opened(sandbox, Ear())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await opened(sandbox, Ear())


async def test_a_cut_is_heard_of(sandbox: Sandbox) -> None:
    ear = Ear()
    stream = await opened(sandbox, ear)
    sandbox.streams.faults.on("trade", Cut())
    trade(sandbox)
    await asyncio.sleep(0)
    assert (ear.ends, stream.is_open) == ([None], False)


async def test_an_exchange_that_stops_ends_its_streams(sandbox: Sandbox) -> None:
    ear = Ear()
    await opened(sandbox, ear)
    await sandbox.stop()
    await asyncio.sleep(0)
    assert ear.ends == [1001]


async def test_a_reader_that_pauses_overflows(sandbox: Sandbox) -> None:
    ear = Ear()
    stream = await opened(sandbox, ear)
    stream.pause_reading()
    for _ in range(10):
        trade(sandbox)
    await asyncio.sleep(1)
    assert len(ear.frames) == 1
    stream.resume_reading()
    await asyncio.sleep(1)
    (error,) = ear.frames[1:]
    assert (error["msg"]["code"], error["seq"]) == (25, 4)


async def test_faults_are_played_without_sockets_too(sandbox: Sandbox) -> None:
    ear = Ear()
    await opened(sandbox, ear)
    sandbox.streams.faults.on("trade", DropFrame())
    trade(sandbox)
    trade(sandbox)
    await asyncio.sleep(0)
    assert [frame["seq"] for frame in ear.frames[1:]] == [2]
