"""The floor: websockets' protocol without I/O in an asyncio.Protocol, one decode by msgspec, and a queue.

It keeps no connection up, counts no numbers and knows two messages: less cannot be done for typed events.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from urllib.parse import urlsplit

import msgspec
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri


class Delta(msgspec.Struct, frozen=True, gc=False):
    market_ticker: str
    price_dollars: Decimal | None = None
    delta_fp: Decimal | None = None
    side: str | None = None
    market_id: str | None = None
    clock: int | None = None
    ts_ms: int | None = None
    yes_bid_dollars: Decimal | None = None
    yes_ask_dollars: Decimal | None = None
    yes_bid_size_fp: Decimal | None = None
    yes_ask_size_fp: Decimal | None = None
    last_trade_size_fp: Decimal | None = None
    volume_fp: Decimal | None = None
    open_interest_fp: Decimal | None = None


class Message(msgspec.Struct, frozen=True, gc=False):
    type: str
    msg: Delta
    sid: int = 0
    seq: int = 0


class Connection(asyncio.Protocol):
    def __init__(self, url: str) -> None:
        self.protocol = ClientProtocol(parse_uri(url), max_size=None)
        self.shaken = asyncio.get_running_loop().create_future()
        self.events: deque[Delta] = deque()
        self.waiter: asyncio.Future[None] | None = None
        self.has_ended = False
        self.decode = msgspec.json.Decoder(Message).decode

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.protocol.send_request(self.protocol.connect())
        self.flush()

    def data_received(self, data: bytes) -> None:
        self.protocol.receive_data(data)
        self.flush()
        for event in self.protocol.events_received():
            if not isinstance(event, Frame):
                self.shaken.set_result(None)
            elif event.opcode is Opcode.TEXT and not bytes(event.data).startswith(b'{"id"'):
                self.events.append(self.decode(event.data).msg)
        if self.events and self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.has_ended = True
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def flush(self) -> None:
        for piece in self.protocol.data_to_send():
            if piece:
                self.transport.write(piece)

    def send(self, text: bytes) -> None:
        self.protocol.send_text(text)
        self.flush()

    def __aiter__(self) -> Connection:
        return self

    async def __anext__(self) -> Delta:
        while not self.events:
            if self.has_ended:
                raise StopAsyncIteration
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        return self.events.popleft()


class Client:
    async def open(self, url: str, key_id: str, pem: str) -> None:
        self._url = url

    @asynccontextmanager
    async def events(self, channel: str, markets: list[str], most: int) -> AsyncIterator[Connection]:
        parts = urlsplit(self._url)
        _, connection = await asyncio.get_running_loop().create_connection(
            partial(Connection, self._url), parts.hostname or "", parts.port or 80
        )
        await connection.shaken
        params = {"channels": [channel], "market_tickers": markets}
        connection.send(msgspec.json.encode({"id": 1, "cmd": "subscribe", "params": params}))
        try:
            yield connection
        finally:
            connection.transport.abort()

    def stamp(self, event: Delta) -> str | None:
        return event.market_id

    def market(self, event: Delta) -> str | None:
        return event.market_ticker

    async def close(self) -> None: ...


adapter = Client()
