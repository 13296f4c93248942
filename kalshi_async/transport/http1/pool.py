"""Who gets a connection next: one pool per origin.

A request takes the connection that rested last (its caches are warm, and the others
may expire), else opens one, as long as fewer than ``limits.most`` are in use. The last
``limits.reserved`` of these are for requests that reduce risk: a cancel never waits behind
quotes that the exchange is slow to answer. Whoever must wait is served by priority,
then arrival. Every step costs the same however many connections there are.

All state changes happen on the event loop between awaits; a place that was granted to
a task which was canceled meanwhile is handed on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from kalshi_async.account.priority_queue import PriorityQueue, Waiter
from kalshi_async.contract.operation import Priority
from kalshi_async.transport.http1._connection import Connection

Connect = Callable[[Callable[[Connection], None], float | None], Awaitable[Connection]]


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """Connections in use at most, how many of these reduce risk only, seconds that one may rest."""

    most: int
    reserved: int
    expiry_s: float


class Pool:
    """Connections of one origin. Owner of those that rest, and of the count in use."""

    def __init__(self, connect: Connect, limits: PoolLimits) -> None:
        self._connect = connect
        self._limits = limits
        self.in_use = 0
        self._idle: dict[Connection, None] = {}
        self._all: set[Connection] = set()
        self._line = PriorityQueue[None]()
        self._is_queued = False
        self._is_closed: bool = False

    async def take(self, priority: Priority, pool_s: float | None, connect_s: float | None) -> Connection:
        """Return a connection on which nothing was written yet; raises PoolTimeout and the like."""
        # Nobody waits who could be served: a place that becomes free is granted at once.
        if self.in_use < self._room(priority):
            self.in_use += 1
        else:
            await self._turn(priority, pool_s)
        try:
            while self._idle:
                connection, _ = self._idle.popitem()
                if connection.is_usable():
                    return connection
                connection.abort()
            if self._is_closed:
                raise httpx.ConnectError("the transport was closed")
            return self._welcome(await self._connect(self._lost, connect_s))
        except BaseException:
            self._free_a_place()
            raise

    def give_back(self, connection: Connection) -> None:
        """Let a connection rest if it can be used again, and serve who waits."""
        if connection.is_open:
            self._idle[connection] = None
            connection.rest(self._limits.expiry_s)
        self._free_a_place()

    def close(self) -> list[asyncio.Future[None]]:
        """Close every connection, of which requests under way hear; return what is done once they end."""
        self._is_closed = True
        connections = list(self._all)
        for connection in connections:
            connection.abort()
        return [connection.closed for connection in connections]

    def _room(self, priority: Priority) -> int:
        limits = self._limits
        return limits.most if priority is Priority.RISK_REDUCING else limits.most - limits.reserved

    async def _turn(self, priority: Priority, pool_s: float | None) -> None:
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.join(Waiter(1.0, priority, granted))
        self._is_queued = True
        try:
            async with asyncio.timeout(pool_s):
                await granted
        except (asyncio.CancelledError, TimeoutError) as error:
            if not granted.cancelled():
                self._free_a_place()  # granted as the wait ended
            if isinstance(error, TimeoutError):
                raise httpx.PoolTimeout(f"no connection became free in {pool_s} s") from None
            raise

    def _free_a_place(self) -> None:
        self.in_use -= 1
        if not self._is_queued:
            return
        while (waiter := self._line.head()) is not None:
            if self.in_use >= self._room(waiter.priority):
                return
            self.in_use += 1
            waiter.granted.set_result(None)
        self._is_queued = False

    def _welcome(self, connection: Connection) -> Connection:
        if self._is_closed:
            connection.abort()
        if not connection.is_open:
            raise httpx.ConnectError("the connection was closed before the request")
        self._all.add(connection)
        return connection

    def _lost(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
        self._all.discard(connection)
