"""Settle a write in doubt by reading.

Theory of operation. Reads come from a replica that lags behind the matching engine: an order that
a read does not show may exist all the same. These facts are proof:

* an order with our client_order_id, of the right shape and created no earlier than
  our first attempt, is ours: ``placed``;
* a terminal status is final: no later change can follow it;
* absence counts only once the replica's own timestamp has passed the last moment at
  which a delayed request of ours could still have been accepted (the timestamp it
  was signed with, plus the horizon, plus two seconds), with every page read and no
  row rejected.

Everything else is "still unknown": it is read again until the time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum

from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.exchange import GET_USER_DATA_TIMESTAMP
from kalshi_async.contract.historical import GET_HISTORICAL_ORDERS
from kalshi_async.contract.orders import GET_ORDERS, Order
from kalshi_async.errors import Conflict, InvalidRequest, OutcomeUnknown, RejectedRows
from kalshi_async.requests.orders import CreateOrder

HORIZON_S = 30.0
"""How long a signed request stays acceptable: +30 s was accepted, -30 s refused (demo, 2026-06)."""

MARGIN_MS = 2_000  # ours: on top of the horizon, for the replica's own granularity


class Fate(Enum):
    """What is certain about an order."""

    PLACED = "placed"
    ABSENT = "absent"
    UNKNOWN = "still unknown"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The ``fate`` of an order that was in doubt, with the ``order`` itself when it was placed."""

    fate: Fate
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """An order in doubt: its key, where to look for it, and when it was sent, in exchange time.

    ``client_order_id``, ``ticker``, ``subaccount``, ``first_sent_ms`` and ``last_signed_ms`` are
    those of ``OutcomeUnknown``; ``horizon_s`` is how long a signed request stays acceptable.
    ``refused_ms`` is when the exchange said that the key is taken: no copy of ours can
    be accepted any more, and if one was, it was before that.
    """

    client_order_id: str
    ticker: str | None
    subaccount: int | None
    first_sent_ms: int
    last_signed_ms: int
    horizon_s: float = HORIZON_S
    refused_ms: int | None = None

    @classmethod
    def of(cls, error: OutcomeUnknown, horizon_s: float = HORIZON_S) -> PendingOrder:
        """Read it from an error; raises InvalidRequest for a write that has no such key."""
        if error.client_order_id is None or error.first_sent_ms is None:
            raise InvalidRequest(
                f"{error.operation or 'this write'} has no client_order_id to look for: read what it changes"
            )
        return cls(
            error.client_order_id,
            error.ticker,
            error.subaccount,
            error.first_sent_ms,
            error.last_signed_ms or error.first_sent_ms,
            horizon_s,
        )

    @property
    def earliest_ms(self) -> int:
        """No request of ours can have been executed before this, whatever the clocks' skew."""
        return self.first_sent_ms - int(self.horizon_s * 1000)

    @property
    def proof_ms(self) -> int:
        """Once reads are valid up to here, an order that is not seen does not exist."""
        if self.refused_ms is not None:
            return self.refused_ms + MARGIN_MS
        return self.last_signed_ms + int(self.horizon_s * 1000) + MARGIN_MS


async def look(context: Context, pending: PendingOrder) -> Resolution:
    """Look once, through the live and the historical orders."""
    context = context.urgent()
    as_of_ms = await read_as_of_ms(context)
    try:
        async for order in _candidates(context, pending):
            if order.client_order_id == pending.client_order_id:
                return _judged(order, pending)
    except RejectedRows:
        return Resolution(Fate.UNKNOWN)  # the row that did not decode may be the one
    return Resolution(Fate.ABSENT if as_of_ms > pending.proof_ms else Fate.UNKNOWN)


async def read_as_of_ms(context: Context) -> float:
    """Return up to when reads show everything, in Unix milliseconds of the exchange."""
    as_of = (await context.call(GET_USER_DATA_TIMESTAMP)).as_of_time
    return as_of.timestamp() * 1000


async def look_until(context: Context, pending: PendingOrder, timeout_s: float) -> Resolution:
    """Look until something is certain or the time is over. Zero means to look just once."""
    clock = context.pipeline.clock
    ends_s = clock.monotonic() + timeout_s

    async def look_once() -> Resolution | None:
        # One look is several reads: their time is limited together.
        left_s = None if timeout_s == 0 else ends_s - clock.monotonic()
        try:
            async with asyncio.timeout(left_s):
                resolution = await look(context, pending)
        except TimeoutError:
            return Resolution(Fate.UNKNOWN)
        return None if resolution.fate is Fate.UNKNOWN else resolution

    return await poll(look_once, clock, ends_s=ends_s) or Resolution(Fate.UNKNOWN)


def matches(order: Order, request: CreateOrder) -> bool:
    """Whether an order that was found is the one that was asked for."""
    return (
        order.ticker == request.ticker
        and order.book_side == request.side
        and order.yes_price == request.price
        and order.initial_count == request.count
    )


def other_order(order: Order, key: str) -> Conflict:
    """Return the error of a key that an order of another shape or time holds."""
    return Conflict(
        409,
        code="order_already_exists",
        message=f"client_order_id {key} belongs to another order, {order.order_id}",
        details=f"{order.book_side} {order.initial_count} {order.ticker} at {order.yes_price}, "
        f"created {order.created_time}",
    )


def _judged(order: Order, pending: PendingOrder) -> Resolution:
    # An order older than our first attempt is not ours, so ours was refused for it.
    created = order.created_time
    if created is not None and created.timestamp() * 1000 < pending.earliest_ms:
        return Resolution(Fate.ABSENT, order)
    return Resolution(Fate.PLACED, order)


async def _candidates(context: Context, pending: PendingOrder) -> AsyncIterator[Order]:
    query = {
        "ticker": pending.ticker,
        "min_ts": max(0, pending.earliest_ms // 1000 - 1),
        "limit": 1000,
        "subaccount": pending.subaccount,
    }
    for operation in (GET_ORDERS, GET_HISTORICAL_ORDERS):
        rows = context.paginate(operation, query)
        async for order in rows:
            yield order
