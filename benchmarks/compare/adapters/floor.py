"""The floor: the least work that a client of this one exchange must do.

A pool of keep-alive connections, JSON into structs, authentication headers with a constant
signature, one ``asyncio.Protocol``. It has no HTTP parser (it finds the reply by its blank line and
its length), no limits, no retries, no timeouts and no error handling.
"""

from __future__ import annotations

import asyncio
import ssl
import uuid
from urllib.parse import urlsplit

import msgspec

from ..adapter import FILLS_A_PAGE, ORDER, Target, unsigned_headers
from ..answers import ORDER_ID


class Placed(msgspec.Struct):
    order_id: str
    client_order_id: str
    fill_count: str
    remaining_count: str
    ts_ms: int


class Orders(msgspec.Struct):
    orders: list[dict[str, object]]


class Fills(msgspec.Struct):
    fills: list[dict[str, object]]
    cursor: str


_PLACED = msgspec.json.Decoder(Placed)
_ORDERS = msgspec.json.Decoder(Orders)
_FILLS = msgspec.json.Decoder(Fills)
_ENCODER = msgspec.json.Encoder()


class Connection(asyncio.Protocol):
    """One request at a time."""

    _missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            head, _, data = data.partition(b"\r\n\r\n")
            self._missing = int(head[head.index(b"Content-Length: ") + 16 :].partition(b"\r\n")[0])
        self._chunks.append(data)
        self._missing -= len(data)
        if self._missing == 0:
            self._reply.set_result(b"".join(self._chunks))

    async def ask(self, request: bytes) -> bytes:
        self._missing = -1
        self._chunks: list[bytes] = []
        self._reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        self._transport.close()


class Client:
    """The floor as an adapter. Owns its idle connections."""

    async def open(self, target: Target) -> None:
        parts = urlsplit(target.url)
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._host, self._port = parts.hostname or "", parts.port or 443
        self._idle: list[Connection] = []
        self._base_path = parts.path
        self._head = f" HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"

    async def create(self) -> Placed:
        body = _ENCODER.encode({**ORDER, "client_order_id": str(uuid.uuid4())})
        return _PLACED.decode(await self._ask("POST", "/portfolio/events/orders", body=body))

    async def cancel(self) -> bytes:
        return await self._ask("DELETE", "/portfolio/events/orders/" + ORDER_ID)

    async def page(self, limit: int) -> int:
        return len(_ORDERS.decode(await self._ask("GET", "/portfolio/orders", f"?limit={limit}")).orders)

    async def fills(self) -> int:
        rows, cursor = 0, ""
        while True:
            query = f"?limit={FILLS_A_PAGE}&cursor={cursor}"
            page = _FILLS.decode(await self._ask("GET", "/portfolio/fills", query))
            rows, cursor = rows + len(page.fills), page.cursor
            if not cursor:
                return rows

    async def close(self) -> None:
        for connection in self._idle:
            connection.close()

    async def _ask(self, method: str, path: str, query: str = "", body: bytes = b"") -> bytes:
        path = self._base_path + path
        headers = "".join([f"{name}: {value}\r\n" for name, value in unsigned_headers(method, path).items()])
        head = f"{method} {path}{query}{self._head}{headers}Content-Length: {len(body)}\r\n\r\n"
        connection = self._idle.pop() if self._idle else await self._connected()
        try:
            return await connection.ask(head.encode("ascii") + body)
        finally:
            self._idle.append(connection)

    async def _connected(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, self._host, self._port, ssl=self._context)
        return connection


adapter = Client()
