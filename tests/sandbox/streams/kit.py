"""A client that we did not write: websockets' own, with every frame held against the vendor's table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from kalshi_async.clock import Clock
from kalshi_async.contract.frames.channels import CHANNEL_OF, CHANNELS
from kalshi_async.sandbox import Sandbox, SandboxAccount
from tests.sandbox.streams import vendor
from tests.sandbox.venue_kit import OTHER, TICKER, order
from tests.stages.members import sign

__all__ = ["OTHER", "TICKER", "Client", "Json", "handshake", "open_client", "order", "types"]

Json = dict[str, Any]
PATH = "/trade-api/ws/v2"
# Frames without a number; all others of a subscription have one (update of 2026-11-28, 2.1).
UNNUMBERED = {"ticker", "fill", "user_order", "market_position", "subscribed"}


def handshake(keys: SandboxAccount, clock: Clock, *, skew_ms: int = 0, path: str = PATH) -> dict[str, str]:
    """Sign a handshake."""
    timestamp = str(clock.now_ms() + skew_ms)
    return {
        "KALSHI-ACCESS-KEY": keys.key_id,
        "KALSHI-ACCESS-TIMESTAMP": timestamp,
        "KALSHI-ACCESS-SIGNATURE": sign(keys.private_key_pem, f"{timestamp}GET{path}".encode()),
    }


def types(frames: list[Json]) -> list[str]:
    """The types of frames, in order."""
    return [str(frame["type"]) for frame in frames]


@dataclass
class Client:
    """An open stream; ``frames`` are all that came, in order."""

    socket: ClientConnection
    frames: list[Json] = field(default_factory=list)
    sids: dict[int, str] = field(default_factory=dict)
    last_id: int = 0

    async def command(self, cmd: str, **params: object) -> list[Json]:
        """Send a command and return what comes until nothing more does."""
        return await self.say({"id": self.next_id(), "cmd": cmd, "params": params})

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    async def say(self, message: object) -> list[Json]:
        """Send a text, or anything as JSON, and return what comes until nothing more does."""
        await self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
        return await self.quiet()

    async def subscribe(self, *channels: str, **params: object) -> dict[str, int]:
        """Subscribe, and return the ids of the subscriptions by channel."""
        frames = await self.command("subscribe", channels=list(channels), **params)
        made = {f["msg"]["channel"]: f["msg"]["sid"] for f in frames if f["type"] == "subscribed"}
        assert list(made) == list(channels), frames
        return made

    async def quiet(self, within_s: float = 0.5) -> list[Json]:
        """Return the frames that come until nothing has come for some seconds."""
        begin = len(self.frames)
        try:
            while True:
                async with asyncio.timeout(within_s):
                    text = await self.socket.recv()
                self.take(text)
        except TimeoutError:
            return self.frames[begin:]

    async def until_closed(self) -> tuple[int | None, list[Json]]:
        """Return the code of the close frame (None for an end without one), and the last frames."""
        begin = len(self.frames)
        try:
            while True:
                self.take(await self.socket.recv())
        except ConnectionClosed as closed:
            return (None if closed.rcvd is None else closed.rcvd.code), self.frames[begin:]

    def take(self, text: str | bytes) -> None:
        raw = text if isinstance(text, str) else text.decode()
        assert raw.endswith("\n"), "every frame ends with a newline"
        frame: Json = json.loads(raw)
        assert vendor.faults(frame) == []
        assert frame["sending_ts_ms"] >= 1_795_348_800_000
        self._hold_number(frame)
        self.frames.append(frame)

    def _hold_number(self, frame: Json) -> None:
        kind = frame["type"]
        if kind == "subscribed":
            self.sids[frame["msg"]["sid"]] = frame["msg"]["channel"]
        if "sid" not in frame:
            assert "seq" not in frame
            return
        channel = CHANNELS[self.sids[frame["sid"]]]
        assert CHANNEL_OF.get(kind, channel.name) == channel.name, "a frame of another channel"
        has_number = kind not in UNNUMBERED and (kind != "error" or channel.is_sequenced)
        assert ("seq" in frame) == has_number, frame

    def of(self, kind: str) -> list[Json]:
        """The messages of one type that came."""
        return [frame["msg"] for frame in self.frames if frame["type"] == kind]

    def seqs(self, sid: int) -> list[int]:
        """The numbers that came on one subscription."""
        return [frame["seq"] for frame in self.frames if frame.get("sid") == sid and "seq" in frame]


@asynccontextmanager
async def open_client(
    exchange: Sandbox, keys: SandboxAccount, headers: Mapping[str, str] | None = None, **options: Any
) -> AsyncIterator[Client]:
    """Open a stream with websockets' client."""
    signed = handshake(keys, exchange.clock) if headers is None else headers
    options = {"ping_interval": None, "compression": None, **options}
    async with connect(exchange.stream_url, additional_headers=signed, **options) as socket:
        yield Client(socket)
