"""Plays scripted faults around the application: ASGI outside, ASGI inside.

    client -> ASGI server or in-process transport -> FaultLayer -> faults -> application

Without a line in the script a request passes straight through. Otherwise its body is
read, and it travels in a task of its own: a client that gives up does not take back
what is already on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kalshi_async.clock import Clock
from kalshi_async.environment import Generation
from kalshi_async.sandbox.edge.operations import OPERATION_NAMES, operation_of
from kalshi_async.sandbox.faults.replies import Answer, Delivery, Fault, ReplyDropped
from kalshi_async.sandbox.faults.script import Script
from kalshi_async.sandbox.reads.reads import Reads

_Onward = Callable[[], Awaitable[Answer]]


class SkewedClock:
    """The clock of the exchange: the given one, and how far it is ahead of it, ``ahead_ms``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead_ms = 0

    def now_ms(self) -> int:
        """Return what the exchange takes for Unix time, in milliseconds."""
        return self._clock.now_ms() + self.ahead_ms

    def monotonic(self) -> float:
        """Return seconds that no skew touches."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._clock.sleep(seconds)


class Faults(Script[Fault]):
    """The faults of one exchange: ``on``, ``every``, ``sometimes``, and two settings.

    ``generation`` is that of its operations; ``aliases`` are the cursors that it made up.
    """

    def __init__(
        self, reads: Reads, clock: SkewedClock, seed: int, generation: Generation = "current"
    ) -> None:
        super().__init__(OPERATION_NAMES[generation], seed)
        self.generation = generation
        self._reads = reads
        self._clock = clock
        # Handed out by EmptyPage, and where each of them leads.
        self.aliases: dict[str, str] = {}

    def skew_clock(self, ahead_ms: int) -> None:
        """Set the clock of the exchange ``ahead_ms`` ahead of the client's, from now on."""
        self._clock.ahead_ms = ahead_ms

    def lag_reads(self, lag_ms: int) -> None:
        """Let reads trail writes by ``lag_ms`` from now on; 0 shows everything at once."""
        self._reads.set_lag(lag_ms)

    async def sleep(self, seconds: float) -> None:
        """Wait in the time of the exchange."""
        await self._clock.sleep(seconds)

    def alias(self, cursor: str) -> str:
        """Return a fresh cursor that leads where ``cursor`` does."""
        name = f"alias-{len(self.aliases) + 1}"
        self.aliases[name] = cursor
        return name


class FaultLayer:
    """The application as clients meet it. Owns the requests that are under way."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults
        self._under_way: set[asyncio.Task[Answer]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        faults = self._faults
        if scope["type"] != "http" or (faults.is_empty and not faults.aliases):
            await self._app(scope, receive, send)
            return
        path = scope.get("raw_path") or scope["path"].encode()
        drawn = faults.draw(operation_of(scope["method"], path.decode("latin-1"), faults.generation))
        body = await _read(receive)
        await _reply(send, await self._travel(self._way(scope, body, drawn)))

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request from a server, which hangs up on a reply that stays unfinished."""
        with suppress(ReplyDropped):
            await self(scope, receive, send)

    async def close(self) -> None:
        """Drop every request under way; its client sees the connection end."""
        for task in list(self._under_way):
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _travel(self, way: _Onward) -> Answer | ReplyDropped:
        task = asyncio.ensure_future(_drive(way))
        self._under_way.add(task)
        task.add_done_callback(self._arrived)
        # Not awaited itself: to cancel the waiting must not cancel the travel.
        await asyncio.wait({task})
        if task.cancelled():
            return ReplyDropped(Answer(502, ((b"content-length", b"1"),), b"-"))
        error = task.exception()
        if error is None or isinstance(error, ReplyDropped):
            return error or task.result()
        raise error

    def _arrived(self, task: asyncio.Task[Answer]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, lest asyncio complain when nobody waits any more

    def _way(self, scope: Scope, body: bytes, drawn: list[Fault]) -> _Onward:
        cursor = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("cursor", "")
        way: _Onward = partial(self._apply, self._resolved(scope, cursor), body)
        for fault in reversed(drawn):
            way = partial(fault.deliver, Delivery(way, cursor, self._faults))
        return way

    def _resolved(self, scope: Scope, cursor: str) -> Scope:
        # The query is not signed, so an alias can be swapped for what it stands for.
        if cursor not in self._faults.aliases:
            return scope
        meant = self._faults.aliases[cursor]
        pairs = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "cursor"]
        query = urlencode([*pairs, ("cursor", meant)] if meant else pairs)
        return {**scope, "query_string": query.encode("latin-1")}

    async def _apply(self, scope: Scope, body: bytes) -> Answer:
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self._app(dict(scope), receive, send)
        start, *rest = messages
        return Answer(start["status"], tuple(start["headers"]), b"".join(part["body"] for part in rest))


async def _drive(way: _Onward) -> Answer:
    return await way()


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _reply(send: Send, outcome: Answer | ReplyDropped) -> None:
    answer = outcome.answer if isinstance(outcome, ReplyDropped) else outcome
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    if isinstance(outcome, ReplyDropped):
        raise outcome
    await send({"type": "http.response.body", "body": answer.body})
