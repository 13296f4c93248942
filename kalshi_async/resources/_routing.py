"""Address an order: its subaccount and shard, looked up where only its id is known.

A change of an order names a subaccount and a shard. Without them the exchange searches shard 0
of the primary subaccount, and answers 404 for an order that rests somewhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kalshi_async.calls.call import Call
from kalshi_async.calls.context import Context
from kalshi_async.contract.fields import OrderStatus
from kalshi_async.contract.orders import GET_ORDER, Order
from kalshi_async.errors import InvalidRequest, NotFound
from kalshi_async.requests.validation import checked_subaccount, checked_ticker, shown
from kalshi_async.resources.results import OrderReference


class _Answer(Protocol):
    @property
    def order_id(self) -> str: ...


Answer = TypeVar("Answer", bound=_Answer)


@dataclass(frozen=True, slots=True)
class Target:
    """An order with its subaccount and shard; None leaves the choice to the exchange."""

    order_id: str
    ticker: str | None = None
    subaccount: int | None = None
    exchange_index: int | None = None

    @classmethod
    def of(
        cls, context: Context, order: OrderReference | str, ticker: str | None, subaccount: int | None
    ) -> Target:
        """Return the target of a call: from the caller's arguments, else from the order.

        For a bare id the view's subaccount and shard are used. An order that names no subaccount
        is in the primary one, whatever the subaccount of the view.
        """
        checked_subaccount("subaccount", subaccount)
        if ticker is not None:
            checked_ticker(ticker)
        if isinstance(order, str):
            return cls(order, ticker, context.scope(subaccount), context.exchange_index)
        if not all(isinstance(getattr(order, name, None), str) for name in ("order_id", "ticker")):
            raise InvalidRequest(
                f"an order, the result of a create or an order_id is needed, was {shown(order)}"
            )
        own = order.subaccount if subaccount is None else subaccount
        return cls(order.order_id, ticker or order.ticker, own, order.exchange_index)


async def targeted(
    context: Context, target: Target, prepare: Callable[[Context, Target], Call[Answer]]
) -> Answer:
    """Send a change of an order; if a bare id is not found, look the order up and send once more.

    The look-up and the second request must end by the deadline of the first.
    """
    call = prepare(context, target)
    try:
        return await call
    except NotFound as error:
        if target.ticker is not None:
            raise
        context = context.until(call.ends_s)
        order = await _look_up(context, target.order_id)
        if order is None:
            raise
        if order.status in (OrderStatus.CANCELED, OrderStatus.EXECUTED):
            raise error.with_advice(f"the order reads {order.status}") from error
    found = Target(order.order_id, order.ticker, order.subaccount, order.exchange_index)
    return await prepare(context, found)


def about_another(order_id: str) -> Callable[[_Answer], str | None]:
    """Return the check that an answer is about the order that was addressed.

    In May 2026 the exchange answered some cancels with another order's numbers
    (changelog 2026-05-21): such an answer proves nothing about the order.
    """

    def flaw(answer: _Answer) -> str | None:
        if answer.order_id == order_id:
            return None
        return f"order {order_id} was asked for, the reply is about {answer.order_id}"

    return flaw


async def _look_up(context: Context, order_id: str) -> Order | None:
    try:
        return (await context.urgent().call(GET_ORDER, path={"order_id": order_id})).order
    except NotFound:
        return None
