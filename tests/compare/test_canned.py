"""The canned exchange, the floor and the count of calls work together, without a socket."""

from __future__ import annotations

import asyncio

from compare.adapters import floor, ours
from compare.canned import Connection
from path import COUNTED, LoopInMemory, MemoryTransport, counted, target


class Client(asyncio.Protocol):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data


def test_requests_are_answered_in_order_however_they_are_cut() -> None:
    request = b"GET /trade-api/v2/account/limits HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"

    async def exchange() -> bytes:
        client, connection = Client(), Connection()
        near, far = MemoryTransport(asyncio.get_running_loop()), MemoryTransport(asyncio.get_running_loop())
        far.connect(connection, near, client)
        near.connect(client, far, connection)
        for byte in request * 2:
            near.write(bytes([byte]))
        for _ in range(5):
            await asyncio.sleep(0)
        near.close()
        await asyncio.sleep(0)
        return client.received

    with asyncio.Runner() as runner:
        assert runner.run(exchange()).count(b"HTTP/1.1 200 OK") == 2


def test_the_floor_reads_every_fill() -> None:
    async def all_fills() -> int:
        client = floor.Client()
        await client.open(target("http://127.0.0.1:1/trade-api/v2"))
        try:
            return await client.fills()
        finally:
            await client.close()

    with asyncio.Runner(loop_factory=LoopInMemory) as runner:
        assert runner.run(all_fills()) == 100_000


def test_two_counts_of_the_same_calls_are_equal() -> None:
    """A gate stands on this number: it must not depend on the day."""

    def calls() -> dict[str, int]:
        with asyncio.Runner(loop_factory=LoopInMemory) as runner:
            counts = runner.run(counted(ours.Client()))
        return {name: count.total() // COUNTED for name, count in counts.items()}

    assert calls() == calls()
