"""Results of creates and batches: a created order with its scope, and one leg per item.

A batch never raises for one of its items: every request has its leg, in the order of the
requests, so that the errors of some never hide the results of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

import msgspec
from msgspec import UNSET

from kalshi_async.contract.fields import EXACT, BookSide, ReplyStruct
from kalshi_async.contract.orders import CreateOrderReply
from kalshi_async.errors import KalshiError, OutcomeUnknown
from kalshi_async.requests.orders import CreateOrder
from kalshi_async.requests.validation import given
from kalshi_async.wire.outgoing import About

Request = TypeVar("Request", covariant=True)
Reply = TypeVar("Reply", covariant=True)


class OrderReference(Protocol):
    """Anything that names an order and its scope: an ``Order`` or a ``CreatedOrder``."""

    @property
    def order_id(self) -> str:
        """The exchange's id of the order."""
        ...

    @property
    def ticker(self) -> str:
        """Ticker of the market."""
        ...

    @property
    def subaccount(self) -> int | None:
        """Subaccount of the order; 0 or None for the primary."""
        ...

    @property
    def exchange_index(self) -> int | None:
        """Shard of the order, from 0; None routes by ticker."""
        ...


class AmendableOrder(OrderReference, Protocol):
    """An order reference with the fields that an amend repeats."""

    @property
    def book_side(self) -> BookSide:
        """Direction on the YES book: a bid buys YES, an ask sells it."""
        ...

    @property
    def yes_price(self) -> Decimal:
        """Limit price on the YES leg, in dollars."""
        ...

    @property
    def total_count(self) -> Decimal:
        """Contracts filled plus resting: the ``count`` of an amend."""
        ...


class CreatedOrder(ReplyStruct, frozen=True, kw_only=True):
    """An order that the exchange accepted, with the scope that reaches it again."""

    order_id: str
    """The exchange's id of the order."""
    client_order_id: str
    """The caller's id of the order, unique within the account."""
    ticker: str
    """Ticker of the market."""
    book_side: BookSide
    """Direction on the YES book: a bid buys YES, an ask sells it."""
    yes_price: Decimal
    """Limit price on the YES leg, in dollars."""
    count: Decimal
    """Contracts that were ordered, to a hundredth."""
    fill_count: Decimal
    """Contracts that were filled at once, to a hundredth."""
    remaining_count: Decimal
    """Contracts that rest, to a hundredth; 0 if the rest of an immediate_or_cancel was canceled."""
    ts_ms: int
    """Time of the placement in the matching engine, in Unix milliseconds."""
    average_fill_price: Decimal | None = None
    """Average price of the fills on the YES leg, in dollars; None without a fill."""
    average_fee_paid: Decimal | None = None
    """Average fee in dollars per contract; None without a fill."""
    order_group_id: str | None = None
    """Group to which the order belongs; None without one."""
    subaccount: int | None = None
    """Subaccount of the order: 0 or None for the primary, 1 to 63 for the others."""
    exchange_index: int | None = None
    """Shard that was asked for, from 0; -1 or None routes by ticker."""

    @classmethod
    def of(cls, order: CreateOrder, reply: CreateOrderReply) -> CreatedOrder:
        """Return the order of a request and of the reply to it."""
        # No call of given() per field: every create passes here, and function calls are measured.
        group, subaccount, shard = order.order_group_id, order.subaccount, order.exchange_index
        return cls(
            order_id=reply.order_id,
            client_order_id=order.client_order_id,
            ticker=order.ticker,
            book_side=order.side,
            yes_price=order.price,
            count=order.count,
            fill_count=reply.fill_count,
            remaining_count=reply.remaining_count,
            ts_ms=reply.ts_ms,
            average_fill_price=reply.average_fill_price,
            average_fee_paid=reply.average_fee_paid,
            order_group_id=None if group is UNSET else group,
            subaccount=None if subaccount is UNSET else subaccount,
            exchange_index=None if shard is UNSET else shard,
        )

    @property
    def total_count(self) -> Decimal:
        """Contracts filled plus resting: the ``count`` of an amend."""
        return EXACT.add(self.fill_count, self.remaining_count)


class BatchLeg(Generic[Request, Reply]):
    """One request of a batch, with its reply or its error."""

    __slots__ = ("error", "reply", "request")

    def __init__(self, request: Request, reply: Reply | None, error: KalshiError | None) -> None:
        self.request = request
        """The request, as it was sent."""
        self.reply = reply
        """The reply; None where there is an ``error``."""
        self.error = None if error is None else _naming(error, request)
        """The error of this item; None where there is a ``reply``."""

    def __repr__(self) -> str:
        return f"BatchLeg({self.request!r}, {self.error or self.reply!r})"


class BatchResult(Generic[Request, Reply]):
    """Results of a batch, one leg per request."""

    __slots__ = ("legs",)

    def __init__(self, legs: Sequence[BatchLeg[Request, Reply]]) -> None:
        self.legs = tuple(legs)
        """One leg per request, in the order of the requests."""

    def __len__(self) -> int:
        return len(self.legs)

    def __iter__(self) -> Iterator[BatchLeg[Request, Reply]]:
        return iter(self.legs)

    @property
    def ok(self) -> list[Reply]:
        """Replies of the legs that were executed."""
        return [leg.reply for leg in self.legs if leg.reply is not None]

    @property
    def failed(self) -> list[BatchLeg[Request, Reply]]:
        """Legs that were certainly not executed, each with its error."""
        return [
            leg for leg in self.legs if leg.error is not None and not isinstance(leg.error, OutcomeUnknown)
        ]

    @property
    def unknown(self) -> list[BatchLeg[Request, Reply]]:
        """Legs that may or may not have been executed; find them by their client_order_id."""
        return [leg for leg in self.legs if isinstance(leg.error, OutcomeUnknown)]

    def raise_for_errors(self) -> None:
        """Raise the first error of a leg, an OutcomeUnknown before any other."""
        errors = [leg.error for leg in (*self.unknown, *self.failed) if leg.error is not None]
        if errors:
            raise errors[0]

    def __repr__(self) -> str:
        return f"BatchResult({len(self.ok)} ok, {len(self.failed)} failed, {len(self.unknown)} unknown)"


def _naming(error: KalshiError, request: object) -> KalshiError:
    """Return the error of a batch with the one order that this leg is about as its subject."""
    if error.subject is None:
        return error
    fields = {name: getattr(request, name, UNSET) for name in _NAMED}
    fields["ticker"] = getattr(request, "market_ticker", fields["ticker"])
    shown = {
        name: None if value is UNSET else str(getattr(value, "value", value))
        for name, value in fields.items()
    }
    return error.replace(subject=msgspec.structs.replace(error.subject, orders=None, **shown))


# The fields of a request that its leg's error names.
_NAMED = ("ticker", "client_order_id", "order_id", "side", "count", "price", "subaccount")


def under_another_key(client_order_id: str, reply: CreateOrderReply) -> str | None:
    """Say what is wrong with a reply that is not about the order with this key; None if nothing is."""
    answered = reply.client_order_id
    is_ours = answered in (None, "", client_order_id)
    return None if is_ours else f"order {client_order_id} was sent, the reply is about {answered}"


def about(order: CreateOrder) -> About:
    """Return key, scope and group of a create. The bucket of its shard is charged."""
    group, subaccount, shard = order.order_group_id, order.subaccount, order.exchange_index
    return {
        "client_order_ids": (order.client_order_id,),
        "ticker": order.ticker,
        "subaccount": None if subaccount is UNSET else subaccount,  # as in CreatedOrder.of
        "order_group_ids": () if group is UNSET else (group,),
        "shard": None if shard is UNSET else shard,
    }


def about_all(orders: Sequence[CreateOrder]) -> About:
    """Return the keys of a batch, and ticker and subaccount where all its orders agree; no shard."""
    tickers = {order.ticker for order in orders}
    subaccounts = {given(order.subaccount) for order in orders}
    groups = {given(order.order_group_id) for order in orders}
    return About(
        client_order_ids=tuple(order.client_order_id for order in orders),
        ticker=tickers.pop() if len(tickers) == 1 else None,
        subaccounts=tuple(sorted({each or 0 for each in subaccounts})) if len(subaccounts) > 1 else (),
        subaccount=subaccounts.pop() if len(subaccounts) == 1 else None,
        order_group_ids=tuple(sorted(group for group in groups if group)),
    )
