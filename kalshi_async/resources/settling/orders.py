"""Settle a change of an order in doubt: one settler per kind of change.

Each holds what was asked for, looks once, and says what the rows prove. The pipeline looks
again until the deadline of the call, because reads lag behind writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kalshi_async.calls.call import Doubt, Refused, Settled, Settlement, Unprovable
from kalshi_async.calls.context import Context
from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.orders import (
    GET_ORDER,
    AmendOrderReply,
    CancelOrderReply,
    CreateOrderReply,
    DecreaseOrderReply,
    Order,
)
from kalshi_async.errors import ApiError, KalshiError, NotFound
from kalshi_async.requests.orders import AmendOrder, CreateOrder
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.resolve import (
    Fate,
    PendingOrder,
    look,
    matches,
    other_order,
    read_as_of_ms,
)
from kalshi_async.signing.skew import parse_date_ms

TERMINAL = frozenset({OrderStatus.CANCELED, OrderStatus.EXECUTED})
"""Statuses after which nothing happens to an order. One that is not known yet is not among them."""


@dataclass(frozen=True, slots=True)
class CreateSettler:
    """Look for the order by its key; only one of the right shape counts."""

    context: Context
    order: CreateOrder

    async def look(self, doubt: Doubt) -> Settlement[CreateOrderReply]:
        """Look once, through the live and the historical orders."""
        order = self.order
        pending = PendingOrder(
            order.client_order_id,
            order.ticker,
            given(order.subaccount),
            doubt.first_sent_ms,
            doubt.last_signed_ms,
            refused_ms=_key_taken_ms(doubt.refusal),
        )
        resolution = await look(self.context, pending)
        found = resolution.order
        if found is None:
            return None if resolution.fate is Fate.UNKNOWN else Refused(doubt.refusal)
        if resolution.fate is Fate.PLACED and matches(found, order):
            return Settled(as_created(found))
        return Refused(other_order(found, order.client_order_id))


@dataclass(frozen=True, slots=True)
class CancelSettler:
    """A canceled order settles a cancel; an executed one makes the refusal certain.

    The number that rested until then is not certain: after an amend or a decrease the
    initial count less the fills is another number (get_order, read 2026-11-22).
    """

    context: Context
    order_id: str

    async def look(self, doubt: Doubt) -> Settlement[CancelOrderReply]:
        """Read the order once."""
        order = await _read(self.context, self.order_id)
        if order is None or order.status not in TERMINAL:
            return None
        if order.status is not OrderStatus.CANCELED:
            return Refused(_advised(doubt.refusal, f"the order reads {order.status}"))
        return Settled(
            CancelOrderReply(
                order_id=self.order_id,
                client_order_id=order.client_order_id,
                reduced_by=None,
                ts_ms=_changed_ms(order),
            )
        )


@dataclass(frozen=True, slots=True)
class AmendSettler:
    """Settle an amend by how the order reads, where that tells whether it was applied.

    A resting order is believed only once reads are younger than the last attempt: before
    that it may still show the effect of an earlier amend.
    """

    context: Context
    order_id: str
    amend: AmendOrder

    async def look(self, doubt: Doubt) -> Settlement[AmendOrderReply]:
        """Read the order once."""
        as_of_ms = await read_as_of_ms(self.context.urgent())
        order = await _read(self.context, self.order_id)
        if order is None or (as_of_ms <= doubt.last_signed_ms and order.status not in TERMINAL):
            return None
        if self._is_applied(order):
            return Settled(
                AmendOrderReply(
                    order_id=self.order_id,
                    client_order_id=order.client_order_id,
                    remaining_count=order.remaining_count,
                    ts_ms=_changed_ms(order),
                )
            )
        if order.status not in TERMINAL:
            return None
        if order.yes_price != self.amend.price:
            return Refused(_advised(doubt.refusal, f"the order reads {order.status} at {order.yes_price}"))
        return Unprovable()

    def _is_applied(self, order: Order) -> bool:
        amend = self.amend
        expiry_s, key = given(amend.expiration_time), given(amend.updated_client_order_id)
        # A canceled order has no total any more; its initial count is then the amended one.
        is_over = order.status in TERMINAL
        return (
            order.yes_price == amend.price
            and amend.count in (order.total_count, order.initial_count if is_over else None)
            and (expiry_s is None or _seconds(order.expiration_time) == (expiry_s or None))
            and key in (None, order.client_order_id)
        )


@dataclass(frozen=True, slots=True)
class DecreaseSettler:
    """No more resting than was asked for settles a decrease, whoever took the rest.

    Only an order that was filled to its full size was certainly never decreased.
    """

    context: Context
    order_id: str
    reduce_to: Decimal

    async def look(self, doubt: Doubt) -> Settlement[DecreaseOrderReply]:
        """Read the order once."""
        order = await _read(self.context, self.order_id)
        if order is None or order.remaining_count > self.reduce_to:
            return None
        if order.status is OrderStatus.EXECUTED and order.fill_count >= order.initial_count:
            return Refused(_advised(doubt.refusal, f"the order reads {order.status}"))
        return Settled(
            DecreaseOrderReply(
                order_id=self.order_id,
                client_order_id=order.client_order_id,
                remaining_count=order.remaining_count,
                ts_ms=_changed_ms(order),
            )
        )


def as_created(order: Order) -> CreateOrderReply:
    """Say of an order that was found what the lost reply would have said."""
    created = order.created_time
    return CreateOrderReply(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        fill_count=order.fill_count,
        remaining_count=order.remaining_count,
        ts_ms=int(created.timestamp() * 1000) if created is not None else 0,
    )


async def _read(context: Context, order_id: str) -> Order | None:
    try:
        return (await context.urgent().call(GET_ORDER, path={"order_id": order_id})).order
    except NotFound:
        return None


def _key_taken_ms(refusal: KalshiError) -> int | None:
    """Return when, at the latest, the exchange said that the key is taken; None if it did not."""
    if not isinstance(refusal, ApiError) or refusal.code != "order_already_exists":
        return None
    said_ms = parse_date_ms(refusal.header(b"date"))
    return None if said_ms is None else said_ms + 1_000  # the header is cut to whole seconds


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def _changed_ms(order: Order) -> int:
    changed = order.last_update_time or order.created_time
    return int(changed.timestamp() * 1000) if changed is not None else 0


def _advised(refusal: KalshiError, advice: str) -> KalshiError:
    return refusal.with_advice(advice) if isinstance(refusal, ApiError) else refusal
