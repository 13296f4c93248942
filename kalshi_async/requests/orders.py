"""Requests about orders: create, amend, decrease, cancel, and batches of them.

Attributes have the names of the JSON fields, so a request is encoded without a mapping.
Prices and counts are ``Decimal`` with exactly the decimals that are sent (4 and 2). A field
that was not given is left out of the JSON; it is never null and never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Self

from msgspec import UNSET, UnsetType

from kalshi_async.contract.fields import EXACT, BookSide, SelfTradePreventionType, TimeInForce
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests._fields import checked_flags, fresh_uuid, set_fields
from kalshi_async.requests.cancels import BatchCancel as BatchCancel, CancelItem as CancelItem
from kalshi_async.requests.direction import to_yes_book
from kalshi_async.requests.validation import (
    Number,
    checked_count,
    checked_id,
    checked_index,
    checked_price,
    checked_reference,
    checked_subaccount,
    checked_ticker,
    checked_word,
    shown,
    unix_seconds,
)


def cents(price: int) -> Decimal:
    """Return a price in whole cents, 1 to 99, as dollars: ``cents(44)`` is 0.44."""
    if isinstance(price, bool) or not isinstance(price, int) or not 1 <= price <= 99:
        raise InvalidRequest(f"cents takes a whole number from 1 to 99, was {shown(price)}")
    return EXACT.divide(Decimal(price), Decimal(100))


@dataclass(frozen=True, slots=True, init=False)
class CreateOrder:
    """An order to place; ``price`` is the YES price in dollars, of a bid and of an ask alike.

    A request object stands for one order: to place two, make two. It gets its
    ``client_order_id`` when it is made, so that the order can be found by it even if the
    answer is lost; sending the same object twice is a ``Conflict``.
    """

    ticker: str
    """Ticker of the market."""
    side: BookSide
    """Direction on the YES book: a bid buys YES, an ask sells it."""
    count: Decimal
    """Contracts to trade, to a hundredth."""
    price: Decimal
    """Limit price on the YES leg, in dollars, also of an ask."""
    time_in_force: TimeInForce
    """How long the order may live."""
    self_trade_prevention_type: SelfTradePreventionType
    """Order to cancel when this one would meet another of the account."""
    client_order_id: str
    """The caller's id of the order, unique within the account."""
    expiration_time: int | UnsetType
    """When the order ends by itself, in Unix seconds."""
    post_only: bool | UnsetType
    """Whether the exchange refuses the order instead of letting it take."""
    cancel_order_on_pause: bool | UnsetType
    """Whether a pause of trading cancels the order."""
    reduce_only: bool | UnsetType
    """Whether the order may only reduce the position."""
    subaccount: int | UnsetType
    """Subaccount that trades: 0 or UNSET for the primary, 1 to 63 for the others."""
    order_group_id: str | UnsetType
    """Group that the order joins, of the same subaccount and shard."""
    exchange_index: int | UnsetType
    """Shard, from 0; -1 or UNSET: the exchange routes by ``ticker``."""

    def __init__(
        self,
        ticker: str,
        side: BookSide | Literal["bid", "ask"],
        count: Number,
        price: Number,
        *,
        time_in_force: TimeInForce | str = TimeInForce.GOOD_TILL_CANCELED,
        self_trade_prevention_type: SelfTradePreventionType | str = SelfTradePreventionType.TAKER_AT_CROSS,
        client_order_id: str | None = None,
        expiration_time: datetime | int | None = None,
        post_only: bool = False,
        cancel_order_on_pause: bool = False,
        reduce_only: bool = False,
        subaccount: int | None = None,
        order_group_id: str | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Check every field; raises InvalidRequest naming the value and the rule. Costs 10 write tokens.

        * ``expiration_time``: Unix seconds or an aware datetime; only with good_till_canceled
        * ``post_only``: refuse the order rather than take; only with good_till_canceled
        * ``reduce_only``: never open or enlarge a position; only with immediate_or_cancel
        * ``subaccount``: 0 is the primary account; None is that of the session's view
        * ``exchange_index``: the shard; -1 means 'route by ticker'; None is that of the view
        """
        in_force = checked_word("time_in_force", time_in_force, TimeInForce)
        _check_options(in_force, expiration_time is not None, post_only, reduce_only)
        prevention = checked_word(
            "self_trade_prevention_type", self_trade_prevention_type, SelfTradePreventionType
        )
        if client_order_id is None:
            key: str | UnsetType = fresh_uuid()
        else:
            key = checked_id("client_order_id", client_order_id)
        set_fields(
            self,
            ticker=checked_ticker(ticker),
            side=checked_word("side", side, BookSide),
            count=checked_count(count),
            price=checked_price(price),
            time_in_force=in_force,
            self_trade_prevention_type=prevention,
            client_order_id=key,
            expiration_time=unix_seconds("expiration_time", expiration_time),
            **checked_flags(
                post_only=post_only, cancel_order_on_pause=cancel_order_on_pause, reduce_only=reduce_only
            ),
            subaccount=checked_subaccount("subaccount", subaccount),
            order_group_id=checked_reference("order_group_id", order_group_id),
            exchange_index=checked_index("exchange_index", exchange_index),
        )

    @classmethod
    def buy_yes(cls, ticker: str, count: Number, price: Number) -> Self:
        """Buy YES at a YES price: a bid at that price."""
        return cls.from_direction("buy", "yes", ticker, count, yes_price=price)

    @classmethod
    def sell_yes(cls, ticker: str, count: Number, price: Number) -> Self:
        """Sell YES at a YES price: an ask at that price."""
        return cls.from_direction("sell", "yes", ticker, count, yes_price=price)

    @classmethod
    def buy_no(cls, ticker: str, count: Number, price: Number) -> Self:
        """Buy NO at a NO price: an ask at 1 - price."""
        return cls.from_direction("buy", "no", ticker, count, no_price=price)

    @classmethod
    def sell_no(cls, ticker: str, count: Number, price: Number) -> Self:
        """Sell NO at a NO price: a bid at 1 - price."""
        return cls.from_direction("sell", "no", ticker, count, no_price=price)

    @classmethod
    def from_direction(
        cls,
        action: Literal["buy", "sell"],
        outcome: Literal["yes", "no"],
        ticker: str,
        count: Number,
        *,
        yes_price: Number | None = None,
        no_price: Number | None = None,
    ) -> Self:
        """Make an order from action and outcome, as the 2025 API has them; give one of the prices."""
        side, price = to_yes_book(action, outcome, yes_price=yes_price, no_price=no_price)
        return cls(ticker, side, count, price)

    def replace(self, **changes: object) -> Self:
        """Return a checked copy with other fields, such as ``order.replace(subaccount=3)``.

        The client_order_id stays the same: the copy stands for the same order.
        """
        given = {
            name: value for name in self.__dataclass_fields__ if (value := getattr(self, name)) is not UNSET
        }
        unknown = changes.keys() - self.__dataclass_fields__.keys()
        if unknown:
            raise TypeError(f"CreateOrder has no {', '.join(sorted(unknown))}")
        return type(self)(**{**given, **changes})


@dataclass(frozen=True, slots=True, init=False)
class AmendOrder:
    """New price and total count of a resting order. Body of POST …/orders/{order_id}/amend.

    ``ticker`` and ``side`` must be those of the order: they are checked and cannot be changed.
    """

    ticker: str
    """Ticker of the order's market: a check."""
    side: BookSide
    """Side of the order: a check."""
    price: Decimal
    """New limit price on the YES leg, in dollars."""
    count: Decimal
    """New total of contracts, to a hundredth: filled plus resting."""
    client_order_id: str | UnsetType
    """The caller's id that the order must have: a check."""
    updated_client_order_id: str | UnsetType
    """The caller's new id of the order."""
    expiration_time: int | UnsetType
    """When the order ends by itself, in Unix seconds; 0 removes an expiry, UNSET keeps it."""
    exchange_index: int | UnsetType
    """Shard, from 0; -1 or UNSET: the exchange routes by ``ticker``."""

    def __init__(
        self,
        ticker: str,
        side: BookSide | Literal["bid", "ask"],
        *,
        price: Number,
        count: Number,
        client_order_id: str | None = None,
        updated_client_order_id: str | None = None,
        expiration_time: datetime | int | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Check every field. ``expiration_time`` 0 removes an expiry, None keeps it."""
        set_fields(
            self,
            ticker=checked_ticker(ticker),
            side=checked_word("side", side, BookSide),
            price=checked_price(price),
            count=checked_count(count),
            client_order_id=checked_id("client_order_id", client_order_id),
            updated_client_order_id=checked_id("updated_client_order_id", updated_client_order_id),
            expiration_time=unix_seconds("expiration_time", expiration_time, zero=True),
            exchange_index=checked_index("exchange_index", exchange_index),
        )


@dataclass(frozen=True, slots=True, init=False)
class DecreaseOrder:
    """Take contracts off a resting order: by a number, or down to a number."""

    reduce_by: Decimal | UnsetType
    """Contracts to take off, to a hundredth."""
    reduce_to: Decimal | UnsetType
    """Contracts that shall rest, to a hundredth; 0 cancels."""
    exchange_index: int | UnsetType
    """Shard, from 0; -1 or UNSET: the exchange routes by ``market_ticker``."""
    market_ticker: str | UnsetType
    """Ticker of the order's market; without it and a shard the exchange looks on shard 0."""

    def __init__(
        self,
        *,
        reduce_by: Number | None = None,
        reduce_to: Number | None = None,
        exchange_index: int | None = None,
        market_ticker: str | None = None,
    ) -> None:
        """Take exactly one of ``reduce_by`` (> 0) and ``reduce_to`` (>= 0)."""
        if (reduce_by is None) == (reduce_to is None):
            raise InvalidRequest("give exactly one of reduce_by and reduce_to")
        set_fields(
            self,
            reduce_by=UNSET if reduce_by is None else checked_count(reduce_by, "reduce_by"),
            reduce_to=UNSET if reduce_to is None else checked_count(reduce_to, "reduce_to", zero=True),
            exchange_index=checked_index("exchange_index", exchange_index),
            market_ticker=UNSET if market_ticker is None else checked_ticker(market_ticker, "market_ticker"),
        )


@dataclass(frozen=True, slots=True)
class BatchCreate:
    """Body of a batch create."""

    orders: tuple[CreateOrder, ...]
    """Orders to place."""


def _check_options(in_force: TimeInForce, expires: bool, post_only: bool, reduce_only: bool) -> None:
    rests = in_force is TimeInForce.GOOD_TILL_CANCELED
    if expires and not rests:
        raise InvalidRequest(f"expiration_time goes with good_till_canceled only, not {in_force}")
    if post_only and not rests:
        raise InvalidRequest(f"post_only needs an order that can rest, not {in_force}")
    if reduce_only and in_force is not TimeInForce.IMMEDIATE_OR_CANCEL:
        raise InvalidRequest(f"reduce_only goes with immediate_or_cancel only, not {in_force}")
