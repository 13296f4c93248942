"""Settlers for changes of orders: one class per kind of change.

A settler holds the request. Its ``look`` reads once and returns what the rows prove. Reads lag behind
writes, so the pipeline lets it look again until the deadline of the call.
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
from kalshi_async.resources.settling.proof import SECOND_MS, Span, read_as_of_ms, refused_at_ms
from kalshi_async.resources.settling.resolve import (
    Fate,
    PendingOrder,
    Resolution,
    look,
    matches,
    other_order,
)

TERMINAL = frozenset({OrderStatus.CANCELED, OrderStatus.EXECUTED})
"""Statuses that are final. A status that this version does not know is not among them."""


@dataclass(frozen=True, slots=True)
class CreateSettler:
    """Settle a create by the order with its key; an order of another shape or time is a Conflict."""

    context: Context
    order: CreateOrder

    async def look(self, doubt: Doubt) -> Settlement[CreateOrderReply]:
        """Look once, through the live and the historical orders."""
        resolution = await look(self.context.settling(doubt), pending(self.order, doubt))
        return created(self.order, resolution, doubt)


@dataclass(frozen=True, slots=True)
class CancelSettler:
    """Settle a cancel by reading the order: canceled is done, executed is refused.

    ``reduced_by`` of the reply is None, because rows do not show it: after an amend or a decrease it
    is not the initial count less the fills (get_order, read 2026-11-22).
    """

    context: Context
    order_id: str

    async def look(self, doubt: Doubt) -> Settlement[CancelOrderReply]:
        """Read the order once."""
        order = await read_order(self.context.settling(doubt), self.order_id, doubt)
        if order is None:
            order = await _read_proven(self.context, self.order_id, doubt)
        return canceled(order, doubt) if isinstance(order, Order) else order


@dataclass(frozen=True, slots=True)
class AmendSettler:
    """Settle an amend by reading the order.

    A resting order counts only once reads are younger than the last attempt: an older row may show
    the effect of an earlier amend.
    """

    context: Context
    order_id: str
    amend: AmendOrder

    async def look(self, doubt: Doubt) -> Settlement[AmendOrderReply]:
        """Read the order once."""
        order = await _read_proven(self.context, self.order_id, doubt)
        if not isinstance(order, Order):
            return order
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
            return Refused(_over(doubt.refusal, f"the order reads {order.status} at {order.yes_price}"))
        if not self._is_named_as_asked(order):
            return Refused(_over(doubt.refusal, f"the order reads {order.status}, with its expiry and key"))
        return Unprovable()

    def _is_applied(self, order: Order) -> bool:
        amend = self.amend
        # A canceled order has no total any more; its initial count is then the amended one.
        is_over = order.status in TERMINAL
        return (
            order.yes_price == amend.price
            and amend.count in (order.total_count, order.initial_count if is_over else None)
            and self._is_named_as_asked(order)
        )

    def _is_named_as_asked(self, order: Order) -> bool:
        """Whether expiry and key read as asked; nothing but an amend changes them."""
        expiry_s, key = given(self.amend.expiration_time), given(self.amend.updated_client_order_id)
        is_expiry = expiry_s is None or _seconds(order.expiration_time) == (expiry_s or None)
        return is_expiry and key in (None, order.client_order_id)


@dataclass(frozen=True, slots=True)
class DecreaseSettler:
    """Settle a decrease by reading the order: it is done if no more rests than was asked for.

    Fills may have taken the difference. An order that was filled to its initial count was never
    decreased: the refusal holds. A resting order counts only once reads are younger than the last
    attempt: an older row may show fewer contracts than an amend has made of them since.
    """

    context: Context
    order_id: str
    reduce_to: Decimal

    async def look(self, doubt: Doubt) -> Settlement[DecreaseOrderReply]:
        """Read the order once."""
        order = await _read_proven(self.context, self.order_id, doubt)
        if not isinstance(order, Order):
            return order
        if order.remaining_count > self.reduce_to:
            return None
        if order.status is OrderStatus.EXECUTED and order.fill_count >= order.initial_count:
            return Refused(_over(doubt.refusal, f"the order reads {order.status}"))
        return Settled(
            DecreaseOrderReply(
                order_id=self.order_id,
                client_order_id=order.client_order_id,
                remaining_count=order.remaining_count,
                ts_ms=_changed_ms(order),
            )
        )


def pending(order: CreateOrder, doubt: Doubt) -> PendingOrder:
    """Return what to look for after a create in doubt."""
    span = Span.of(doubt)
    return PendingOrder(
        order.client_order_id,
        order.ticker,
        given(order.subaccount),
        span.first_ms,
        span.last_ms,
        slack_ms=span.slack_ms,
        refused_ms=_key_taken_ms(doubt),
    )


def created(order: CreateOrder, resolution: Resolution, doubt: Doubt) -> Settlement[CreateOrderReply]:
    """Judge a create by what was found under its key."""
    found = resolution.order
    if found is None:
        return None if resolution.fate is Fate.UNKNOWN else Refused(doubt.refusal)
    if resolution.fate is Fate.PLACED and matches(found, order):
        return Settled(as_created(found))
    return Refused(other_order(found, order.client_order_id))


def canceled(order: Order, doubt: Doubt) -> Settlement[CancelOrderReply]:
    """Judge a cancel by its order."""
    if order.status not in TERMINAL:
        return None
    if order.status is not OrderStatus.CANCELED:
        return Refused(_over(doubt.refusal, f"the order reads {order.status}"))
    return Settled(
        CancelOrderReply(
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            reduced_by=None,
            ts_ms=_changed_ms(order),
        )
    )


def as_created(order: Order) -> CreateOrderReply:
    """Return the reply that was lost, as far as the order shows it."""
    made = order.created_time
    return CreateOrderReply(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        fill_count=order.fill_count,
        remaining_count=order.remaining_count,
        ts_ms=int(made.timestamp() * 1000) if made is not None else 0,
    )


async def read_order(
    context: Context, order_id: str, doubt: Doubt, as_of_ms: float = 0.0
) -> Order | Refused | None:
    """Return an order as it is shown; Refused if reads younger than the last attempt know no such order.

    None if it is not shown yet, and if the reply is about another order. What does not exist, no late
    copy can change either.

    * ``as_of_ms``: up to when reads show everything, read before this; 0 if it was not read
    """
    try:
        order = (await context.call(GET_ORDER, path={"order_id": order_id})).order
    except NotFound as error:
        # Without a code they are not the exchange's words: a gateway knows no such path.
        is_absent = as_of_ms > Span.of(doubt).proof_ms and error.code is not None
        return Refused(_over(doubt.refusal, "reads know no such order")) if is_absent else None
    return order if order.order_id == order_id else None


async def _read_proven(context: Context, order_id: str, doubt: Doubt) -> Order | Refused | None:
    """Read as ``read_order``; None also for an order that may still change, in reads that are too old."""
    context = context.settling(doubt)
    # Read before the order: a time that is read afterwards may be newer than the row.
    as_of_ms = await read_as_of_ms(context)
    order = await read_order(context, order_id, doubt, as_of_ms)
    is_old = as_of_ms <= Span.of(doubt).proof_ms
    return None if isinstance(order, Order) and is_old and order.status not in TERMINAL else order


def _key_taken_ms(doubt: Doubt) -> int | None:
    """Return when, at the latest, the exchange said that the key is taken; None if it did not."""
    refusal = doubt.refusal
    if not isinstance(refusal, ApiError) or refusal.code != "order_already_exists":
        return None
    said_ms = refused_at_ms(doubt)
    return None if said_ms is None else said_ms + SECOND_MS  # the header is cut to whole seconds


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def _changed_ms(order: Order) -> int:
    changed = order.last_update_time or order.created_time
    return int(changed.timestamp() * 1000) if changed is not None else 0


def _over(refusal: KalshiError, advice: str) -> KalshiError:
    """Return the refusal with what the order reads; a refusal of its own if no answer came."""
    if isinstance(refusal, ApiError) and refusal.status < 500:
        return refusal.with_advice(advice)
    return NotFound(404, code="not_found", message=advice)
