"""The connections to one origin, and which request gets one next.

A request takes the connection that became idle last: its caches are warm, and the others may
then expire. If none is idle, it opens one. At most ``limits.most`` are in use at a time, and
the last ``limits.reserved`` of these are for requests that reduce risk, so that a cancel
never waits behind quotes that the exchange is slow to answer. Other requests are queued by
priority, then by arrival. Every step costs the same however many connections there are.

A path may die without notice: a router has forgotten its connections, a laptop has slept, a route has
changed. When one connection turns out dead, the pool closes every idle one on which nothing has
happened since the dead one was last alive. So one request finds out, and the others, like its own
next attempt, open new connections.

A *slot* is the right to use one connection. All changes of state happen on the event loop
between awaits. A slot that was granted to a task which is canceled in the same pass of the
loop is released again.
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
"""Opens a connection: takes the callback for its end, and the seconds that connecting may take."""


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """The size of a pool."""

    most: int
    """Connections in use at a time, at most."""
    reserved: int
    """How many of these only requests that reduce risk may use."""
    expiry_s: float
    """Seconds after which an idle connection is closed."""


class Pool:
    """Connections of one origin. Owner of the idle ones, and of the count in use."""

    def __init__(self, connect: Connect, limits: PoolLimits) -> None:
        self._connect = connect
        self._limits = limits
        self.in_use = 0
        self._idle: dict[Connection, None] = {}  # in the order in which they became idle
        self._all: set[Connection] = set()
        self._waiters = PriorityQueue[None]()
        self._is_queued = False  # False proves that the queue is empty, without a look at it
        self._is_closed: bool = False

    async def take(self, priority: Priority, pool_s: float | None, connect_s: float | None) -> Connection:
        """Return a connection on which no request is under way.

        Raises PoolTimeout, ConnectTimeout or ConnectError: certainly nothing was sent.

        * ``pool_s``: the longest wait for a slot
        * ``connect_s``: the longest time to open a connection
        """
        # Invariant: while a slot is free, no request that may use it is queued. So taking a free
        # slot overtakes no request that could have it.
        if self.in_use < self._slots_for(priority):
            self.in_use += 1
        else:
            await self._wait_for_slot(priority, pool_s)
        try:
            while self._idle:
                connection, _ = self._idle.popitem()
                if connection.is_usable():
                    return connection
                connection.abort()
            if self._is_closed:
                raise httpx.ConnectError("the transport was closed")
            return self._register(await self._connect(self._remove, connect_s))
        except BaseException:  # also a task that is canceled while it connects
            self._release_slot()
            raise

    def give_back(self, connection: Connection) -> None:
        """Keep a connection if it can be used again, and release its slot."""
        if connection.is_open:
            self._idle[connection] = None
            connection.stay_idle(self._limits.expiry_s)
        elif connection.is_dead:
            self._close_older(connection.last_event_s)
        self._release_slot()

    def close(self) -> list[asyncio.Future[None]]:
        """Close every connection; requests under way fail. Returns the ``closed`` future of each."""
        self._is_closed = True
        # A copy: a connection that ends is removed from the set.
        connections = list(self._all)
        for connection in connections:
            connection.abort()
        return [connection.closed for connection in connections]

    def _slots_for(self, priority: Priority) -> int:
        limits = self._limits
        return limits.most if priority <= Priority.RISK_REDUCING else limits.most - limits.reserved

    async def _wait_for_slot(self, priority: Priority, pool_s: float | None) -> None:
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.join(Waiter(1.0, priority, granted))
        self._is_queued = True
        try:
            async with asyncio.timeout(pool_s):
                await granted
        except (asyncio.CancelledError, TimeoutError) as error:
            # Canceling this task cancels the future too, unless the slot was granted in the same
            # pass of the loop: then this task owns a slot that it will not use.
            if not granted.cancelled():
                self._release_slot()
            if isinstance(error, TimeoutError):
                raise httpx.PoolTimeout(f"no connection became free in {pool_s} s") from None
            raise

    def _release_slot(self) -> None:
        self.in_use -= 1
        if not self._is_queued:
            return
        # In order: if the head must not use the slot, none behind it may, for the queue is
        # ordered by priority and lower priorities have fewer slots.
        while (waiter := self._waiters.head()) is not None:
            if self.in_use >= self._slots_for(waiter.priority):
                return
            self.in_use += 1
            waiter.granted.set_result(None)
        self._is_queued = False

    def _register(self, connection: Connection) -> Connection:
        # The transport may have been closed while this connection was being opened.
        if self._is_closed:
            connection.abort()
        if not connection.is_open:
            raise httpx.ConnectError("the connection was closed before the request")
        self._all.add(connection)
        return connection

    def _remove(self, connection: Connection) -> None:
        # Called when a connection has ended, for any reason.
        self._idle.pop(connection, None)
        self._all.discard(connection)
        if connection.is_dead:  # also an idle one, whose TCP keep-alive has failed
            self._close_older(connection.last_event_s)

    def _close_older(self, alive_s: float) -> None:
        """Close the idle connections on which nothing has happened since ``alive_s``."""
        for connection in list(self._idle):  # in the order in which they became idle
            if connection.last_event_s > alive_s:
                return
            del self._idle[connection]
            connection.abort()
