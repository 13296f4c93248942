"""An ASGI application that wraps the exchange's and injects scripted faults.

    client -> ASGI server or in-process transport -> FaultLayer -> faults -> application

While the script is empty, a request passes straight through. Otherwise the layer reads its
body and delivers it in a task of its own: a client that disconnects does not cancel a request
that it has already sent.
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
from kalshi_async.sandbox.settings import BODY_BYTES

_Onward = Callable[[], Awaitable[Answer]]


class SkewedClock:
    """The clock of the exchange: ``clock`` with its Unix time shifted by ``ahead_ms``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead_ms = 0
        """How far the exchange's Unix time is ahead of ``clock``; negative if it is behind."""

    def now_ms(self) -> int:
        """Return the exchange's Unix time in milliseconds."""
        return self._clock.now_ms() + self.ahead_ms

    def monotonic(self) -> float:
        """Return seconds; the shift does not apply to them."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of ``clock``."""
        await self._clock.sleep(seconds)


class Faults(Script[Fault]):
    """The script of one exchange's faults, and two settings: clock skew and read lag."""

    def __init__(
        self, reads: Reads, clock: SkewedClock, seed: int, generation: Generation = "current"
    ) -> None:
        super().__init__(OPERATION_NAMES[generation], seed)
        self.generation = generation
        """The generation of the API whose operations the script names."""
        self._reads = reads
        self._clock = clock
        self.aliases: dict[str, str] = {}
        """The cursors that ``faults.EmptyPage`` has sent, each with the exchange's cursor it stands for."""

    def skew_clock(self, ahead_ms: int) -> None:
        """Set the exchange's clock ``ahead_ms`` ahead of the client's, from now on."""
        self._clock.ahead_ms = ahead_ms

    def lag_reads(self, lag_ms: int) -> None:
        """Let reads lag behind writes by ``lag_ms`` from now on; 0 ends the lag."""
        self._reads.set_lag(lag_ms)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the exchange's clock."""
        await self._clock.sleep(seconds)

    def alias(self, cursor: str) -> str:
        """Return a new cursor for the page of ``cursor`` ("": the first page)."""
        name = f"alias-{len(self.aliases) + 1}"
        self.aliases[name] = cursor
        return name


class FaultLayer:
    """The exchange's application with the faults around it. Owns the requests in flight."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults
        self._in_flight: set[asyncio.Task[Answer]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises ``ReplyDropped`` where a fault drops the reply."""
        faults = self._faults
        if scope["type"] != "http" or (faults.is_empty and not faults.aliases):
            await self._app(scope, receive, send)
            return
        path = scope.get("raw_path") or scope["path"].encode()
        drawn = faults.draw(operation_of(scope["method"], path.decode("latin-1"), faults.generation))
        body = await _read(receive)
        if body is None:
            return
        await _reply(send, await self._deliver(self._with_faults(scope, body, drawn)))

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of an ASGI server, which closes the connection of a dropped reply."""
        with suppress(ReplyDropped):
            await self(scope, receive, send)

    async def close(self) -> None:
        """Cancel every request in flight; the connection of its client ends without a reply."""
        for task in list(self._in_flight):
            task.cancel()
        if self._in_flight:
            await asyncio.wait(self._in_flight)

    async def _deliver(self, onward: _Onward) -> Answer | ReplyDropped:
        task = asyncio.ensure_future(_call(onward))
        self._in_flight.add(task)
        task.add_done_callback(self._delivered)
        # asyncio.wait and not ``await task``: a canceled client must not cancel the delivery.
        await asyncio.wait({task})
        if task.cancelled():
            # ``close`` canceled it. The client gets this head and no body.
            return ReplyDropped(Answer(502, ((b"content-length", b"1"),), b"-"))
        error = task.exception()
        if error is None or isinstance(error, ReplyDropped):
            return error or task.result()
        raise error

    def _delivered(self, task: asyncio.Task[Answer]) -> None:
        self._in_flight.discard(task)
        if not task.cancelled():
            # Read the exception: asyncio logs an error for one that is never read, which is the
            # case here once the client has disconnected.
            task.exception()

    def _with_faults(self, scope: Scope, body: bytes, drawn: list[Fault]) -> _Onward:
        # Each fault wraps the one after it: the last calls the application, the first answers.
        cursor = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("cursor", "")
        onward: _Onward = partial(self._apply, self._resolved(scope, cursor), body)
        for fault in reversed(drawn):
            onward = partial(fault.deliver, Delivery(onward, cursor, self._faults))
        return onward

    def _resolved(self, scope: Scope, cursor: str) -> Scope:
        # The signature does not cover the query, so the alias can be replaced in it.
        if cursor not in self._faults.aliases:
            return scope
        original = self._faults.aliases[cursor]
        pairs = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "cursor"]
        query = urlencode([*pairs, ("cursor", original)] if original else pairs)
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


async def _call(onward: _Onward) -> Answer:
    return await onward()


async def _read(receive: Receive) -> bytes | None:
    # None if the client hangs up before the end: half a request is none. A body over the limit is
    # cut one byte beyond it, which the application refuses.
    parts: list[bytes] = []
    size = 0
    while size <= BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body", False):
            break
    return b"".join(parts)


async def _reply(send: Send, outcome: Answer | ReplyDropped) -> None:
    answer = outcome.answer if isinstance(outcome, ReplyDropped) else outcome
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    if isinstance(outcome, ReplyDropped):
        raise outcome  # after the head: a server then closes the connection in mid-reply
    await send({"type": "http.response.body", "body": answer.body})
