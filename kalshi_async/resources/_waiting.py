"""Wait until an order has reached a state. Looks repeatedly; changes nothing.

Reads trail writes. An order that is not found may be too new: NotFound is final only once the
exchange's reads are valid beyond the order's placement. An old state does no harm: a later look
shows the newer one. A terminal status is final: a canceled or executed order changes no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

from msgspec.structs import replace

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

_MILLISECOND = timedelta(milliseconds=1)
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

    target: Target
    born_ms: int
    until: Until
    timeout_s: float

    @classmethod
    def of(cls, context: Context, order: OrderReference | str, until: Until, timeout_s: float) -> Awaited:
        """Check it; raises InvalidRequest for a word that stands for no state."""
        target = Target.of(context, order, None, None)
        if not callable(until) and not (isinstance(until, str) and until in _WORDS):
            words = ", ".join(_WORDS)
            raise InvalidRequest(f"until must be one of {words} or a function, was {shown(until)}")
        born_ms = order.ts_ms if isinstance(order, CreatedOrder) else context.pipeline.skew.now_ms()
        return cls(target, born_ms, until, timeout_s)

    @property
    def order_id(self) -> str:
        """The exchange's id of the order."""
        return self.target.order_id

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
    looks = Looks(context.until(ends_s), awaited)
    order = await poll(looks.look, clock, ends_s=ends_s, wait_s=to_the_end(clock, ends_s))
    if order is None:
        raise looks.missed()
    return order


class Looks:
    """The state of one wait: the order as it was last shown, and the error of the last look."""

    def __init__(self, context: Context, awaited: Awaited) -> None:
        self.order: Order | None = None
        self.as_of_ms = 0.0
        """Up to when, in exchange time, the last look that read it is known to show everything."""
        self._context, self._awaited = context, awaited
        self._is_missing = False
        self._failure: KalshiError | None = None

    async def look(self, *, is_dated: bool = False) -> Order | None:
        """Read once; return the order if it has reached the state. Raises NotReached if it never will.

        is_dated: read first up to when reads show everything.
        """
        self._failure = None
        order: Order | None = None
        try:
            order = await self._read(is_dated or self._is_missing)
            self._is_missing = order is None
        except KalshiError as error:  # one look failed; the next may succeed
            if not passes(error):
                raise
            self._failure = error
        return self._judge(order)

    def _judge(self, order: Order | None) -> Order | None:
        """Take what was shown of the order; return it, or raise, as ``look`` does."""
        if order is not None and (self.order is None or not _is_older(order, self.order)):
            self.order = order
        if self.order is not None and self._awaited.is_reached(self.order):
            return self.order
        if self.order is not None and self.order.status in _ENDED:
            raise self.missed()
        return None

    def tell(self, order: Order) -> Order | None:
        """Take what a stream told of the order; return it, or raise, as ``look`` does."""
        if self.order is not None:  # what a stream does not tell was read
            known = self.order
            order = replace(
                order,
                action=known.action,
                cancel_order_on_pause=known.cancel_order_on_pause,
                created_time=known.created_time,  # exact: the stream cuts it to milliseconds
            )
        return self._judge(order)

    def missed(self) -> NotReached:
        """Return the error, with the failure of the last look as its cause."""
        error = self._awaited.missed(self.order)
        error.__cause__ = self._failure
        return error

    async def _read(self, is_dated: bool) -> Order | None:
        """Return the order, or None where it may be too new to be shown."""
        # Read before the order: a time that is read afterwards may be newer than the look.
        self.as_of_ms = 0.0
        as_of_ms = await read_as_of_ms(self._context) if is_dated else 0.0
        try:
            order = await order_of(self._context, self._awaited.order_id)
        except NotFound as error:
            if as_of_ms <= self._awaited.born_ms + MARGIN_MS:
                return None
            raise error.with_advice(
                "reads include the time it was placed; one that ended long ago is in historical.orders"
            ) from error
        self.as_of_ms = as_of_ms
        return order


def _is_older(order: Order, known: Order) -> bool:
    """Whether a row shows an earlier state than one that is known: reads lag behind the stream."""
    if (order.status in _ENDED) is not (known.status in _ENDED):
        return known.status in _ENDED
    if order.fill_count != known.fill_count:
        return order.fill_count < known.fill_count
    if order.last_update_time is None or known.last_update_time is None:
        return False
    # The stream tells milliseconds: what differs less may be newer.
    return known.last_update_time - order.last_update_time >= _MILLISECOND


async def order_of(context: Context, order_id: str) -> Order:
    """Return one order; raises UnexpectedReply if the reply is about another one."""
    flaw = about_another(order_id)
    reply = await context.call(GET_ORDER, path={"order_id": order_id}, flaw=lambda reply: flaw(reply.order))
    return reply.order
