"""Faults of whole requests and replies, as values for the script of a sandbox.

    sandbox.faults.on("create_order", LoseReply())
    sandbox.faults.on("get_orders", EmptyPage(), call=2)

``applied`` tells exactly whether the exchange processes the request: True also covers a
request that the exchange refuses. A request that is delayed or delivered twice reaches the
exchange even if its client has disconnected. Faults of the connection are in ``wire``.

A fault of your own implements ``Fault``: it gets a ``Delivery`` and returns the ``Answer``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

from kalshi_async.sandbox.edge import error_views
from kalshi_async.sandbox.edge.rejections import REJECTIONS
from kalshi_async.sandbox.engine.state import Rejected


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete HTTP reply: ``status``, ``headers`` and ``body``."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class ReplyDropped(ConnectionError):
    """Raised in place of a reply that a fault drops."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("the reply was dropped by a scripted fault")
        self.answer = answer
        """The exchange's reply. A served client gets its head, and no body."""


class Stage(Protocol):
    """The exchange's side of a fault: its clock, its read lag and its cursors."""

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the exchange's clock."""
        ...

    def skew_clock(self, ahead_ms: int) -> None:
        """Set the exchange's clock ``ahead_ms`` ahead of the client's."""
        ...

    def lag_reads(self, lag_ms: int) -> None:
        """Let reads lag behind writes by ``lag_ms``."""
        ...

    def alias(self, cursor: str) -> str:
        """Return a new cursor for the page of ``cursor`` ("": the first page)."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request, as a fault gets it."""

    onward: Callable[[], Awaitable[Answer]]
    """Delivers the request to the exchange, once per call, and returns the reply."""
    cursor: str
    """The cursor in the query of the request; "" without one."""
    stage: Stage
    """The exchange's clock, read lag and cursors."""


class Fault(Protocol):
    """A fault of one request or reply."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Return the reply to the client. Raises ``ReplyDropped`` to drop it."""
        ...


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """A 429 in place of the exchange's reply. Not applied, and no tokens are charged."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Refuse the request."""
        return _refusal("too_many_requests")


@dataclass(frozen=True, slots=True)
class ServerFailure:
    """A 5xx in place of the exchange's reply."""

    status: int = 503
    """The status. 503 has a JSON body (contract §14.3), any other a gateway's HTML page."""
    applied: bool = False
    """Whether the exchange processes the request all the same."""

    def __post_init__(self) -> None:
        if not 500 <= self.status <= 599:
            raise ValueError(f"status must be 500 to 599, was {self.status}")

    async def deliver(self, delivery: Delivery) -> Answer:
        """Deliver the request if ``applied``, and answer with the failure."""
        if self.applied:
            await delivery.onward()
        return _refusal("service_unavailable") if self.status == 503 else html(self.status)


@dataclass(frozen=True, slots=True)
class Delay:
    """A delay of the request, or of the reply.

    The exchange refuses a request that is delayed for longer than it accepts timestamps.
    """

    seconds: float
    """The length of the delay, on the exchange's clock."""
    applied: bool = False
    """True delays the reply, False the request."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Wait before or after the request is delivered."""
        if not self.applied:
            await delivery.stage.sleep(self.seconds)
            return await delivery.onward()
        answer = await delivery.onward()
        await delivery.stage.sleep(self.seconds)
        return answer


@dataclass(frozen=True, slots=True)
class Stall:
    """No reply at all, on a connection that stays open."""

    applied: bool = False
    """Whether the exchange processes the request."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Deliver the request if ``applied``, and wait until the exchange is stopped."""
        if self.applied:
            await delivery.onward()
        never: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        return await never


@dataclass(frozen=True, slots=True)
class LoseReply:
    """A connection that ends before the reply is complete.

    A client over a socket gets the head of the reply; a client in the same process gets nothing.
    """

    applied: bool = True
    """Whether the exchange processes the request."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Deliver the request if ``applied``, and drop the reply."""
        raise ReplyDropped(await delivery.onward() if self.applied else html(502))


@dataclass(frozen=True, slots=True)
class DeliverTwice:
    """A request that reaches the exchange twice, as a proxy that retries delivers it."""

    answer: Literal["first", "second"] = "second"
    """The reply that the client gets: to the first delivery or to the second."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Deliver the request twice."""
        first = await delivery.onward()
        second = await delivery.onward()
        return first if self.answer == "first" else second


@dataclass(frozen=True, slots=True)
class SkewClock:
    """A change of the exchange's clock that starts with this call and stays."""

    ahead_ms: int
    """How far the exchange's clock is ahead of the client's; negative if it is behind."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Set the clock, then deliver the request."""
        delivery.stage.skew_clock(self.ahead_ms)
        return await delivery.onward()


@dataclass(frozen=True, slots=True)
class LagReads:
    """A lag of reads behind writes that starts with this call and stays."""

    lag_ms: int
    """The lag in milliseconds; 0 ends it."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Set the lag, then deliver the request."""
        delivery.stage.lag_reads(self.lag_ms)
        return await delivery.onward()


@dataclass(frozen=True, slots=True)
class RepeatCursor:
    """A page with the cursor of its own request: a client that follows it gets the page again.

    The request for a first page has no cursor: its reply is not changed.
    """

    async def deliver(self, delivery: Delivery) -> Answer:
        """Replace the cursor of the reply by that of the request."""
        answer = await delivery.onward()
        return _repaged(answer, delivery.cursor) if delivery.cursor else answer


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """A page without rows, with a new cursor under which its rows follow."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Remove the rows of the reply and replace its cursor."""
        answer = await delivery.onward()
        return _repaged(answer, delivery.stage.alias(delivery.cursor), keeps_rows=False)


@dataclass(frozen=True, slots=True)
class GarbageCursor:
    """A page with a cursor that does not decode; the exchange answers it with page one."""

    cursor: str = "%00 not a cursor \N{SNOWMAN}"
    """The cursor that the client gets."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Replace the cursor of the reply."""
        return _repaged(await delivery.onward(), self.cursor)


def html(status: int) -> Answer:
    """Return a reply with an HTML page, like a gateway's."""
    body = f"<html><body><h1>{status}</h1></body></html>".encode()
    return _answer(status, b"text/html", body)


def _refusal(code: str) -> Answer:
    body = msgspec.json.encode(error_views.body(Rejected(code)))
    return _answer(REJECTIONS[code].status, b"application/json", body)


def _answer(status: int, content_type: bytes, body: bytes) -> Answer:
    headers = ((b"content-type", content_type), (b"content-length", str(len(body)).encode()))
    return Answer(status, headers, body)


def _repaged(answer: Answer, cursor: str, *, keeps_rows: bool = True) -> Answer:
    # A refusal, or a reply without a cursor, is no page and stays unchanged.
    if answer.status != 200:
        return answer
    document = msgspec.json.decode(answer.body)
    if not isinstance(document, dict) or "cursor" not in document:
        return answer
    if not keeps_rows:
        document = {key: [] if isinstance(rows, list) else rows for key, rows in document.items()}
    return _answer(200, b"application/json", msgspec.json.encode(document | {"cursor": cursor}))
