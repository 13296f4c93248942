"""Wait for an order by a stream that tells of it; read only where the stream may have missed something.

A reader of orders tells every change from the moment at which it is subscribed. What happened before is
read: looks are repeated as without a stream, until one is known to be valid beyond that moment. From then
on nothing is read, until the stream tells of a break. While a gap is open, looks go on as without a stream.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Protocol, Self

from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import doubling_s
from kalshi_async.clock import Clock
from kalshi_async.contract.frames.private import OrderEvent
from kalshi_async.contract.orders import Order
from kalshi_async.errors import InvalidRequest, KalshiError
from kalshi_async.resources._waiting import Awaited, Looks
from kalshi_async.resources.settling.patience import pause_s
from kalshi_async.resources.settling.proof import MARGIN_MS

_log = logging.getLogger("kalshi_async")


class OrderReader(Protocol):
    """A reader of ``user_orders``: an ``OrderEvent`` for each change, anything else for a break."""

    @property
    def is_current(self) -> bool:
        """Whether changes are told at this moment: the channel is subscribed, and no gap is open."""
        ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    async def __anext__(self) -> object: ...


class OrderStream(Protocol):
    """What tells of orders: an open ``session.stream()``, or another object with this method."""

    def orders(self, markets: str | None = None, *, subaccount: int | None = None) -> OrderReader:
        """Return a reader of the changes of orders, in one market or in all."""
        ...


async def follow(context: Context, awaited: Awaited, stream: OrderStream) -> Order:
    """Wait as ``Orders.wait`` describes, with an open stream."""
    ends_s = context.pipeline.clock.monotonic() + awaited.timeout_s
    following = _Following(context, awaited, ends_s)
    reader = stream.orders(awaited.target.ticker, subaccount=awaited.target.subaccount)
    telling = asyncio.create_task(following.told_by(reader), name="orders.wait: stream")
    looking = asyncio.create_task(following.looked_up(), name="orders.wait: looks")
    try:
        await asyncio.wait({telling, looking}, return_when=asyncio.FIRST_COMPLETED)
        if telling.done() and (order := telling.result()) is not None:
            return order
        return await looking
    finally:
        telling.cancel()
        looking.cancel()
        await asyncio.gather(telling, looking, return_exceptions=True)


class _Following:
    """The state of one wait, which its two tasks share: what was shown, and what may have been missed."""

    def __init__(self, context: Context, awaited: Awaited, ends_s: float) -> None:
        self._skew, self._clock = context.pipeline.skew, context.pipeline.clock
        self._awaited = awaited
        self._ends_s = ends_s
        self._looks = Looks(context.until(ends_s), awaited)
        # Up to when, in exchange time, changes may not have been told; infinite while none are told.
        # None: all were told, or read.
        self._untold_ms: float | None = math.inf
        self._is_in_doubt = asyncio.Event()
        self._is_in_doubt.set()

    async def told_by(self, reader: OrderReader) -> Order | None:
        """Return the order once the stream has told that it has the state; None if the stream has ended."""
        has_entered = False
        try:
            async with reader:
                has_entered = True
                self._doubt(reader)
                while True:
                    event = await anext(reader)
                    if not isinstance(event, OrderEvent):
                        self._doubt(reader)
                    elif event.order_id == self._awaited.order_id and (
                        order := self._looks.tell(event.order)
                    ):
                        return order
        except KalshiError as error:
            if isinstance(error, InvalidRequest) and not has_entered:
                raise  # the stream is not open
            _log.info("the stream of orders ended, the wait goes on by reading: %s", error)
            self._doubt(None)
            return None

    async def looked_up(self) -> Order:
        """Return the order once a read shows that it has the state; raise NotReached at the end."""
        number = 0
        while True:
            order = await self._look()
            if order is not None:
                return order
            if self._untold_ms is None:
                number = 0  # looks begin anew after the next break
            wanted_s = math.inf if self._untold_ms is None else doubling_s(number)
            wait_s = pause_s(wanted_s, self._ends_s - self._clock.monotonic())
            if wait_s == math.inf:
                raise self._looks.missed()
            number += 1
            if self._untold_ms is None:
                await _either(self._is_in_doubt, self._clock, wait_s)
            else:
                await self._clock.sleep(wait_s)

    async def _look(self) -> Order | None:
        untold_ms = math.inf if self._untold_ms is None else self._untold_ms
        proof_ms = untold_ms + MARGIN_MS
        order = await self._looks.look(is_dated=self._skew.now_ms() > proof_ms)
        if self._looks.as_of_ms > proof_ms and self._untold_ms == untold_ms:
            self._untold_ms = None
            self._is_in_doubt.clear()
        return order

    def _doubt(self, reader: OrderReader | None) -> None:
        is_told = reader is not None and reader.is_current
        self._untold_ms = self._skew.now_ms() if is_told else math.inf
        self._is_in_doubt.set()


async def _either(event: asyncio.Event, clock: Clock, seconds: float) -> None:
    """Wait for an event, at most so many seconds of the clock."""
    both = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(seconds))}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in both:
            each.cancel()
