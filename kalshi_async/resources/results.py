"""What changing orders gives back: a created order that knows its scope, and batches.

A batch never raises for one of its items: every request has its result, in order,
so that no leg can be lost between the good and the bad ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

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
    """Whatever says where an order lives: an ``Order``, or a ``CreatedOrder``."""

    @property
    def order_id(self) -> str:
        """The exchange's id."""
        ...

    @property
    def ticker(self) -> str:
        """Its market."""
        ...

    @property
    def subaccount(self) -> int | None:
        """Its subaccount, None for the primary."""
        ...

    @property
    def exchange_index(self) -> int | None:
        """Its shard, None to route by ticker."""
        ...


class AmendableOrder(OrderReference, Protocol):
    """An order reference that also says what an amend must repeat."""

    @property
    def book_side(self) -> BookSide:
        """Its side."""
        ...

    @property
    def yes_price(self) -> Decimal:
        """Its limit price in dollars, YES leg."""
        ...

    @property
    def total_count(self) -> Decimal:
        """Contracts filled plus resting."""
        ...


class CreatedOrder(ReplyStruct, frozen=True, kw_only=True):
    """An order that the exchange accepted, with the scope that reaches it again.

    ``fill_count`` was filled at once, ``remaining_count`` rests (0 for an
    immediate_or_cancel whose rest was dropped). ``average_fill_price`` is dollars on
    the YES leg and ``average_fee_paid`` dollars per contract, both None without a
    fill. ``ts_ms`` is matching time in Unix milliseconds.
    """

    order_id: str
    client_order_id: str
    ticker: str
    book_side: BookSide
    yes_price: Decimal
    count: Decimal
    fill_count: Decimal
    remaining_count: Decimal
    ts_ms: int
    average_fill_price: Decimal | None = None
    average_fee_paid: Decimal | None = None
    order_group_id: str | None = None
    subaccount: int | None = None
    exchange_index: int | None = None

    @classmethod
    def of(cls, order: CreateOrder, reply: CreateOrderReply) -> CreatedOrder:
        """Join what was asked and what was answered."""
        # Written out: a call per field would be counted on every create.
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
        """Filled plus resting: what ``amend`` calls count."""
        return EXACT.add(self.fill_count, self.remaining_count)


class BatchLeg(Generic[Request, Reply]):
    """One ``request`` of a batch with its ``reply``, or the ``error`` that stands in its place."""

    __slots__ = ("error", "reply", "request")

    def __init__(self, request: Request, reply: Reply | None, error: KalshiError | None) -> None:
        self.request = request
        self.reply = reply
        self.error = error

    def __repr__(self) -> str:
        return f"BatchLeg({self.request!r}, {self.error or self.reply!r})"


class BatchResult(Generic[Request, Reply]):
    """Results of a batch: ``legs``, one per request and in the order of the requests."""

    __slots__ = ("legs",)

    def __init__(self, legs: Sequence[BatchLeg[Request, Reply]]) -> None:
        self.legs = tuple(legs)

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
        """Legs that certainly were not executed, each with its error."""
        return [
            leg for leg in self.legs if leg.error is not None and not isinstance(leg.error, OutcomeUnknown)
        ]

    @property
    def unknown(self) -> list[BatchLeg[Request, Reply]]:
        """Legs whose fate nobody knows; find them by their client_order_id."""
        return [leg for leg in self.legs if isinstance(leg.error, OutcomeUnknown)]

    def raise_for_errors(self) -> None:
        """Raise the first error of a leg, an unknown one before any other."""
        errors = [leg.error for leg in (*self.unknown, *self.failed) if leg.error is not None]
        if errors:
            raise errors[0]

    def __repr__(self) -> str:
        return f"BatchResult({len(self.ok)} ok, {len(self.failed)} failed, {len(self.unknown)} unknown)"


def about(order: CreateOrder) -> About:
    """Say what a create is about: key, scope and group. That shard's bucket pays for it."""
    group, subaccount, shard = order.order_group_id, order.subaccount, order.exchange_index
    return {
        "client_order_ids": (order.client_order_id,),
        "ticker": order.ticker,
        "subaccount": None if subaccount is UNSET else subaccount,  # no call: this path is measured
        "order_group_ids": () if group is UNSET else (group,),
        "shard": None if shard is UNSET else shard,
    }


def about_all(orders: Sequence[CreateOrder]) -> About:
    """Say the same of a batch, as far as its orders agree; it names no shard."""
    tickers = {order.ticker for order in orders}
    subaccounts = {given(order.subaccount) for order in orders}
    groups = {given(order.order_group_id) for order in orders}
    return About(
        client_order_ids=tuple(order.client_order_id for order in orders),
        ticker=tickers.pop() if len(tickers) == 1 else None,
        subaccount=subaccounts.pop() if len(subaccounts) == 1 else None,
        order_group_ids=tuple(sorted(group for group in groups if group)),
    )
