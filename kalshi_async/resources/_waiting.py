"""Wait until an order has reached a state. Looks repeatedly; changes nothing.

Reads trail writes. An order that is not found may be too new: NotFound is final only once the
exchange's reads are valid beyond the order's placement. An old state does no harm: a later look
shows the newer one. A terminal status is final: a canceled or executed order changes no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.orders import GET_ORDER, Order
from kalshi_async.errors import InvalidRequest, KalshiError, NotFound, NotReached
from kalshi_async.requests.validation import shown
from kalshi_async.resources._routing import Target, about_another
from kalshi_async.resources.results import CreatedOrder, OrderReference
from kalshi_async.resources.settling.patience import passes, to_the_end
from kalshi_async.resources.settling.proof import MARGIN_MS, read_as_of_ms

Until: TypeAlias = Literal["executed", "canceled", "resting", "done"] | Callable[[Order], bool]
"""A state of an order (``done``: executed or canceled), or a function that tells whether it is reached."""

_ENDED = (OrderStatus.EXECUTED, OrderStatus.CANCELED)
_WORDS = MappingProxyType(
    {
        "executed": (OrderStatus.EXECUTED,),
        "canceled": (OrderStatus.CANCELED,),
        "resting": (OrderStatus.RESTING,),
        "done": _ENDED,
    }
)


@dataclass(frozen=True, slots=True)
class Awaited:
    """An order and the state to wait for.

    ``born_ms`` is the latest time, in exchange time, at which the order was placed.
    """

    order_id: str
    born_ms: int
    until: Until
    timeout_s: float

    @classmethod
    def of(cls, context: Context, order: OrderReference | str, until: Until, timeout_s: float) -> Awaited:
        """Check it; raises InvalidRequest for a word that stands for no state."""
        order_id = Target.of(context, order, None, None).order_id
        if not callable(until) and not (isinstance(until, str) and until in _WORDS):
            words = ", ".join(_WORDS)
            raise InvalidRequest(f"until must be one of {words} or a function, was {shown(until)}")
        born_ms = order.ts_ms if isinstance(order, CreatedOrder) else context.pipeline.skew.now_ms()
        return cls(order_id, born_ms, until, timeout_s)

    def is_reached(self, order: Order) -> bool:
        """Tell whether the order has reached the state."""
        return self.until(order) if callable(self.until) else order.status in _WORDS[self.until]

    def missed(self, order: Order | None) -> NotReached:
        """Return the error for a state that was not reached in time, or cannot be reached any more."""
        wanted = "what was asked for" if callable(self.until) else self.until
        if order is not None and order.status in _ENDED:
            text = f"order {self.order_id} is {order.status} and will never be {wanted}"
        else:
            state = "not shown" if order is None else str(order.status)
            text = f"order {self.order_id} was still {state} after {self.timeout_s:g} s, not {wanted}"
        return NotReached(text, order)


async def wait_for(context: Context, awaited: Awaited) -> Order:
    """Wait as ``Orders.wait`` describes. The last look comes one short interval before the end."""
    clock = context.pipeline.clock
    ends_s = clock.monotonic() + awaited.timeout_s
    context = context.until(ends_s)
    seen = _Seen()

    async def look() -> Order | None:
        seen.failure = None
        try:
            order = await _look(context, awaited, seen.is_missing)
            seen.order, seen.is_missing = order or seen.order, order is None
        except KalshiError as error:  # one look failed; the next may succeed
            if not passes(error):
                raise
            seen.failure = error
        if seen.order is not None and awaited.is_reached(seen.order):
            return seen.order
        if seen.order is not None and seen.order.status in _ENDED:
            raise awaited.missed(seen.order) from seen.failure
        return None

    order = await poll(look, clock, ends_s=ends_s, wait_s=to_the_end(clock, ends_s))
    if order is None:
        raise awaited.missed(seen.order) from seen.failure
    return order


@dataclass(slots=True)
class _Seen:
    """The state of one wait: the order as it was last shown, and the error of the last look."""

    order: Order | None = None
    is_missing: bool = False
    failure: KalshiError | None = None


async def _look(context: Context, awaited: Awaited, is_missing: bool) -> Order | None:
    """Return the order, or None where it may be too new to be shown."""
    # Read before the order: a time that is read afterwards may be newer than the look.
    as_of_ms = await read_as_of_ms(context) if is_missing else 0.0
    try:
        return await order_of(context, awaited.order_id)
    except NotFound as error:
        if as_of_ms <= awaited.born_ms + MARGIN_MS:
            return None
        raise error.with_advice(
            "reads include the time it was placed; one that ended long ago is in historical.orders"
        ) from error


async def order_of(context: Context, order_id: str) -> Order:
    """Return one order; raises UnexpectedReply if the reply is about another one."""
    flaw = about_another(order_id)
    reply = await context.call(GET_ORDER, path={"order_id": order_id}, flaw=lambda reply: flaw(reply.order))
    return reply.order
