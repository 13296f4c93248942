"""Programs that use streams in every way, and the world in which they are canceled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias

from kalshi_async import Session
from kalshi_async.errors import KalshiError
from kalshi_async.sandbox import Sandbox
from kalshi_async.streams import Stream
from kalshi_async.streams.connection import WebSocketTransport
from tests.sandbox.venue_kit import OTHER, TICKER, order


class World:
    """An exchange, a session, and a stream that outlives the programs."""

    def __init__(self, sandbox: Sandbox, session: Session, *, has_sockets: bool) -> None:
        self.sandbox, self._session, self._has_sockets = sandbox, session, has_sockets
        self.shared = self.stream()
        self._count = 0

    def stream(self) -> Stream:
        """Return a stream that is not open yet."""
        return self._session.stream(transport=WebSocketTransport() if self._has_sockets else None)

    def happen(self) -> None:
        """Let alice and bob trade in turn, so that there is something to read."""
        alice, bob = (each.account for each in self.sandbox.accounts.values())
        self._count += 1
        mine, theirs = ("bid", "ask") if self._count % 2 else ("ask", "bid")
        orders = self.sandbox.exchange.orders
        for ticker in (TICKER, OTHER):
            orders.create(bob, order(theirs, "0.50", 1, ticker=ticker))  # type: ignore[arg-type]  # a side
            orders.create(alice, order(mine, "0.50", 1, ticker=ticker))  # type: ignore[arg-type]

    @property
    def left(self) -> tuple[int, int, int]:
        """Streams and subscriptions at the exchange, and sockets of both sides."""
        hub = self.sandbox.streams._hub
        streams = hub.open_streams(self.sandbox.accounts["alice"].account)
        subscriptions = sum(map(len, hub._by_channel.values()))
        loop: Any = asyncio.get_running_loop()
        return streams, subscriptions, len(loop._selector.get_map())


async def a_stream_of_its_own(world: World) -> None:
    async with world.stream() as stream, stream.fills() as fills, stream.trades(TICKER) as trades:
        await stream.live()
        world.happen()
        await anext(fills)
        async with stream.book_updates(OTHER) as books:
            await anext(books)
        world.happen()
        await anext(trades)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                async for _ in fills:
                    pass


async def readers_of_a_shared_stream(world: World) -> None:
    async with world.shared.trades([TICKER, OTHER]) as trades, world.shared.orders() as orders:
        world.happen()
        await anext(trades)
        await anext(orders)
        async with world.shared.trades(OTHER) as others, world.shared.tickers() as tickers:
            world.happen()
            await anext(others)
            await anext(tickers)
        async with world.shared.trades() as all_trades:  # instead of some: the subscription is made anew
            world.happen()
            await anext(all_trades)
    await world.shared.live()


async def tasks_that_read(world: World) -> None:
    async def read(reader: Any) -> None:
        async with reader as events:
            await anext(events)

    async with world.stream() as stream, asyncio.TaskGroup() as group:
        for reader in (stream.fills(), stream.positions(), stream.book_updates(TICKER)):
            group.create_task(read(reader))
        await stream.live()
        await asyncio.sleep(0.01)
        world.happen()


async def a_stream_that_another_task_reads(world: World) -> None:
    async with world.stream() as stream, stream.fills() as fills:
        reading = asyncio.create_task(_read_to_the_end(fills), name="another")
        await stream.live()
        world.happen()
        await asyncio.sleep(0.01)
        await stream.aclose()
        await reading


async def _read_to_the_end(reader: Any) -> None:
    with suppress(KalshiError):
        async for _ in reader:
            pass


Program: TypeAlias = Callable[[World], Coroutine[Any, Any, None]]

PROGRAMS: tuple[Program, ...] = (
    a_stream_of_its_own,
    readers_of_a_shared_stream,
    tasks_that_read,
    a_stream_that_another_task_reads,
)
