"""What can go wrong between the exchange and its client, as values to be scripted.

    sandbox.faults.on("create_order", LoseReply())
    sandbox.faults.on("get_orders", EmptyPage(), call=2)

``applied`` says whether the exchange has processed the request, whatever came of it;
it is exact. A request that is delayed or doubled reaches the exchange even when its
client has given up meanwhile. Below HTTP there are ``wire_faults``. A fault gets the
request and a way onward, and answers; the engine knows nothing of it.
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
    """One HTTP reply, whole: ``status``, ``headers`` and ``body``."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class ReplyDropped(ConnectionError):
    """The client gets no usable reply; ``answer`` is what the exchange has said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("the reply was dropped by a scripted fault")
        self.answer = answer


class Stage(Protocol):
    """What a fault may use besides the request itself."""

    async def sleep(self, seconds: float) -> None:
        """Wait in the time of the exchange."""
        ...

    def skew_clock(self, ahead_ms: int) -> None:
        """Set the clock of the exchange off."""
        ...

    def lag_reads(self, lag_ms: int) -> None:
        """Let reads trail writes."""
        ...

    def alias(self, cursor: str) -> str:
        """Return a fresh cursor that leads where ``cursor`` does ("": the first page)."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request on its way. ``onward`` takes it to the exchange, each time it is called.

    ``cursor`` is that of its query, "" without; ``stage`` is what else a fault may use.
    """

    onward: Callable[[], Awaitable[Answer]]
    cursor: str
    stage: Stage


class Fault(Protocol):
    """One way in which a call goes wrong."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Answer in the place of the exchange."""
        ...


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """429, not applied; no tokens are charged."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Refuse."""
        return _refusal("too_many_requests")


@dataclass(frozen=True, slots=True)
class ServerFailure:
    """A 5xx. 503 speaks JSON (contract §14.3), any other ``status`` the HTML of a gateway.

    With ``applied`` the exchange has processed the request all the same.
    """

    status: int = 503
    applied: bool = False

    def __post_init__(self) -> None:
        if not 500 <= self.status <= 599:
            raise ValueError(f"status must be 500 to 599, was {self.status}")

    async def deliver(self, delivery: Delivery) -> Answer:
        """Apply or not, and fail."""
        if self.applied:
            await delivery.onward()
        return _refusal("service_unavailable") if self.status == 503 else html(self.status)


@dataclass(frozen=True, slots=True)
class Delay:
    """``seconds`` late: the request, or with ``applied`` the reply.

    A request that is later than the exchange's window for timestamps arrives expired.
    """

    seconds: float
    applied: bool = False

    async def deliver(self, delivery: Delivery) -> Answer:
        """Wait before or after."""
        if not self.applied:
            await delivery.stage.sleep(self.seconds)
            return await delivery.onward()
        answer = await delivery.onward()
        await delivery.stage.sleep(self.seconds)
        return answer


@dataclass(frozen=True, slots=True)
class Stall:
    """No answer, ever, ``applied`` or not; the connection stays open."""

    applied: bool = False

    async def deliver(self, delivery: Delivery) -> Answer:
        """Wait until the exchange is stopped."""
        if self.applied:
            await delivery.onward()
        never: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        return await never


@dataclass(frozen=True, slots=True)
class LoseReply:
    """The connection ends in the reply: after its head, in-process without any byte.

    By default the request was ``applied``.
    """

    applied: bool = True

    async def deliver(self, delivery: Delivery) -> Answer:
        """Apply or not, and hang up."""
        raise ReplyDropped(await delivery.onward() if self.applied else html(502))


@dataclass(frozen=True, slots=True)
class DeliverTwice:
    """The request is applied twice, as by a proxy that repeats; one ``answer`` comes back."""

    answer: Literal["first", "second"] = "second"

    async def deliver(self, delivery: Delivery) -> Answer:
        """Deliver, and deliver again."""
        first = await delivery.onward()
        second = await delivery.onward()
        return first if self.answer == "first" else second


@dataclass(frozen=True, slots=True)
class SkewClock:
    """From this call on, the clock of the exchange is ``ahead_ms`` ahead (negative: behind)."""

    ahead_ms: int

    async def deliver(self, delivery: Delivery) -> Answer:
        """Set the clock, then go on."""
        delivery.stage.skew_clock(self.ahead_ms)
        return await delivery.onward()


@dataclass(frozen=True, slots=True)
class LagReads:
    """From this call on, reads trail writes by ``lag_ms``."""

    lag_ms: int

    async def deliver(self, delivery: Delivery) -> Answer:
        """Set the lag, then go on."""
        delivery.stage.lag_reads(self.lag_ms)
        return await delivery.onward()


@dataclass(frozen=True, slots=True)
class RepeatCursor:
    """A page hands back the cursor that asked for it. A first page has none and is left alone."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Answer with the cursor of the request."""
        answer = await delivery.onward()
        return _repaged(answer, delivery.cursor) if delivery.cursor else answer


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """A page without rows but with a fresh cursor, which leads to the rows held back."""

    async def deliver(self, delivery: Delivery) -> Answer:
        """Answer without rows."""
        answer = await delivery.onward()
        return _repaged(answer, delivery.stage.alias(delivery.cursor), keeps_rows=False)


@dataclass(frozen=True, slots=True)
class GarbageCursor:
    """A page whose ``cursor`` means nothing; the exchange takes it for page one."""

    cursor: str = "%00 not a cursor \N{SNOWMAN}"

    async def deliver(self, delivery: Delivery) -> Answer:
        """Answer with that cursor."""
        return _repaged(await delivery.onward(), self.cursor)


def html(status: int) -> Answer:
    """Return the page of a gateway."""
    body = f"<html><body><h1>{status}</h1></body></html>".encode()
    return _answer(status, b"text/html", body)


def _refusal(code: str) -> Answer:
    body = msgspec.json.encode(error_views.body(Rejected(code)))
    return _answer(REJECTIONS[code].status, b"application/json", body)


def _answer(status: int, content_type: bytes, body: bytes) -> Answer:
    headers = ((b"content-type", content_type), (b"content-length", str(len(body)).encode()))
    return Answer(status, headers, body)


def _repaged(answer: Answer, cursor: str, *, keeps_rows: bool = True) -> Answer:
    # Only a page can be paged wrongly: a refusal, or a reply without a cursor, stays.
    if answer.status != 200:
        return answer
    document = msgspec.json.decode(answer.body)
    if not isinstance(document, dict) or "cursor" not in document:
        return answer
    if not keeps_rows:
        document = {key: [] if isinstance(rows, list) else rows for key, rows in document.items()}
    return _answer(200, b"application/json", msgspec.json.encode(document | {"cursor": cursor}))
