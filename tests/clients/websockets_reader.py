"""No client at all: the library websockets, and every frame held against the vendor's field table."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from kalshi_async.contract.frames.channels import CHANNEL_OF, CHANNELS
from tests.clients.reader import Access, params_of, until
from tests.sandbox.streams import vendor
from tests.stages.members import sign


class PlainStream:
    """A WebSocket that subscribes to channels, and counts and checks what comes."""

    def __init__(self) -> None:
        self.read: Counter[str] = Counter()
        """Frames by channel."""
        self.types: Counter[str] = Counter()
        """Frames by type."""
        self.faults: list[str] = []
        """What the vendor's table forbids in them."""
        self._numbers: dict[int, int] = {}

    async def open(self, access: Access, channels: Sequence[str] = tuple(CHANNELS)) -> None:
        """Connect, and subscribe to each channel."""
        path, timestamp = urlsplit(access.stream_url).path, str(int(time.time() * 1_000))
        headers = {
            "KALSHI-ACCESS-KEY": access.key_id,
            "KALSHI-ACCESS-TIMESTAMP": timestamp,
            "KALSHI-ACCESS-SIGNATURE": sign(access.private_key_pem, f"{timestamp}GET{path}".encode()),
        }
        self._socket: ClientConnection = await connect(access.stream_url, additional_headers=headers)
        for number, channel in enumerate(channels, 1):
            params = {"channels": [channel], **params_of(channel)}
            await self._socket.send(json.dumps({"id": number, "cmd": "subscribe", "params": params}))
        self._reading = asyncio.create_task(self._read())
        await until(lambda: self.types["subscribed"] == len(channels))

    async def close(self) -> None:
        """End the connection."""
        await self._socket.close()
        await self._reading

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                self._take(json.loads(await self._socket.recv()))

    def _take(self, frame: dict[str, Any]) -> None:
        kind = str(frame["type"])
        self.types[kind] += 1
        if kind in CHANNEL_OF:
            self.read[CHANNEL_OF[kind]] += 1
        self.faults += [f"{kind}: {fault}" for fault in vendor.faults(frame)]
        if "seq" in frame:
            last = self._numbers.get(frame["sid"], 0)
            self._numbers[frame["sid"]] = frame["seq"]
            if frame["seq"] != last + 1:
                self.faults.append(f"{kind}: number {frame['seq']} after {last}")


class Stream(PlainStream):
    """The same as a client of its own: every channel that there is."""

    channels = tuple(CHANNELS)
    unknown: frozenset[str] = frozenset()

    def excuses(self, line: str) -> bool:
        """No warning is its own."""
        return False
