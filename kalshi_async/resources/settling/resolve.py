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
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.historical import GET_HISTORICAL_ORDERS
from kalshi_async.contract.orders import GET_ORDERS, Order
from kalshi_async.errors import Conflict, InvalidRequest, OutcomeUnknown, RejectedRows
from kalshi_async.requests.orders import CreateOrder
from kalshi_async.resources.settling.patience import through_failures, to_the_end
from kalshi_async.resources.settling.proof import HORIZON_S, MARGIN_MS, SECOND_MS, read_as_of_ms

Shared = TypeVar("Shared")


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
    ``slack_ms`` is how much earlier than ``first_sent_ms`` the first attempt may have been; None
    means ``horizon_s``. ``refused_ms`` is when, at the latest, the exchange said that the key is
    taken: no copy of ours can be accepted any more, and if one was, it was before that.
    """

    client_order_id: str
    ticker: str | None
    subaccount: int | None
    first_sent_ms: int
    last_signed_ms: int
    horizon_s: float = HORIZON_S
    slack_ms: int | None = None
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
        slack_ms = int(self.horizon_s * SECOND_MS) if self.slack_ms is None else self.slack_ms
        return self.first_sent_ms - slack_ms

    @property
    def proof_ms(self) -> int:
        """Once reads are valid up to here, an order that is not seen does not exist."""
        if self.refused_ms is not None:
            return self.refused_ms + MARGIN_MS
        return self.last_signed_ms + int(self.horizon_s * 1000) + MARGIN_MS


async def look(context: Context, pending: PendingOrder) -> Resolution:
    """Look once for one order, through the live and the historical orders."""
    return (await look_for_all(context, [pending]))[pending.client_order_id]


async def look_for_all(context: Context, pending: Sequence[PendingOrder]) -> Mapping[str, Resolution]:
    """Look once for several orders, with one scan for all of them; by client_order_id."""
    context = context.urgent()
    missing = {order.client_order_id: order for order in pending}
    as_of_ms = await read_as_of_ms(context)
    found: dict[str, Resolution] = {}
    is_complete = True
    try:
        async for order in _candidates(context, pending):
            wanted = missing.pop(order.client_order_id or "", None)
            if wanted is not None:
                found[wanted.client_order_id] = _judged(order, wanted)
            if not missing:
                return found
    except RejectedRows:
        is_complete = False  # the row that did not decode may be one of them
    for key, wanted in missing.items():
        is_absent = is_complete and as_of_ms > wanted.proof_ms
        found[key] = Resolution(Fate.ABSENT if is_absent else Fate.UNKNOWN)
    return found


async def look_until(context: Context, pending: PendingOrder, timeout_s: float) -> Resolution:
    """Look until something is certain or the time is over. Zero means to look just once.

    With a time limit, looks that fail are repeated; a single look raises its error.
    """
    clock = context.pipeline.clock
    ends_s = clock.monotonic() + timeout_s
    if timeout_s:
        context = context.until(ends_s)

    async def look_once() -> Resolution | None:
        # One look is several reads: their time is limited together.
        left_s = None if timeout_s == 0 else ends_s - clock.monotonic()
        try:
            async with asyncio.timeout(left_s):
                resolution = await look(context, pending)
        except TimeoutError:
            return Resolution(Fate.UNKNOWN)
        return None if resolution.fate is Fate.UNKNOWN else resolution

    patient = through_failures(look_once) if timeout_s else look_once

    wait_s = to_the_end(clock, ends_s)
    return await poll(patient, clock, ends_s=ends_s, wait_s=wait_s) or Resolution(Fate.UNKNOWN)


def shared(values: Sequence[Shared | None]) -> Shared | None:
    """Return the value that all agree on, else None: then the list is not filtered by it."""
    return values[0] if len(set(values)) == 1 else None


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


async def _candidates(context: Context, pending: Sequence[PendingOrder]) -> AsyncIterator[Order]:
    earliest_ms = min(order.first_sent_ms - int(order.horizon_s * SECOND_MS) for order in pending)
    query = {
        "ticker": shared([order.ticker for order in pending]),
        "min_ts": max(0, earliest_ms // SECOND_MS - 1),
        "limit": 1000,
        "subaccount": shared([order.subaccount for order in pending]),
    }
    for operation in (GET_ORDERS, GET_HISTORICAL_ORDERS):
        rows = context.paginate(operation, query)
        async for order in rows:
            yield order
