"""What callers build: requests that are checked when they are made, not when they fail.

Attributes bear the wire's names, so that a request encodes as it stands. Money and
counts are ``Decimal`` with exactly the decimals that are sent (4 and 2). A field
that was not given is absent from the wire, never null and never 0.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from secrets import token_hex
from typing import Literal, Self

from msgspec import UNSET, UnsetType

from kalshi_async.contract.fields import (
    EXACT,
    BookSide,
    ExchangeInstance,
    RestingMarginReservation,
    SelfTradePreventionType,
    TimeInForce,
)
from kalshi_async.direction import to_yes_book
from kalshi_async.errors import InvalidRequest
from kalshi_async.rules import (
    SUBACCOUNTS,
    Number,
    checked_amount,
    checked_count,
    checked_id,
    checked_index,
    checked_price,
    checked_reference,
    checked_subaccount,
    checked_ticker,
    checked_whole,
    checked_word,
    unix_seconds,
)


def cents(price: int) -> Decimal:
    """Return a price in whole cents, 1 to 99, as dollars: ``cents(44)`` is 0.44."""
    if isinstance(price, bool) or not isinstance(price, int) or not 1 <= price <= 99:
        raise InvalidRequest(f"cents takes a whole number from 1 to 99, was {price!r}")
    return EXACT.divide(Decimal(price), Decimal(100))


@dataclass(frozen=True, slots=True, init=False)
class CreateOrder:
    """An order to place. ``price`` is the YES price in dollars whatever the ``side``.

    ``bid`` buys YES, ``ask`` sells YES, which is the same as buying NO at 1 - price.
    The ``client_order_id`` is made here, when none is given, so that whoever holds
    the request can find the order even if the answer is lost; sending one request
    object twice is therefore a ``Conflict``. Body of POST /portfolio/events/orders.
    """

    ticker: str
    side: BookSide
    count: Decimal
    price: Decimal
    time_in_force: TimeInForce
    self_trade_prevention_type: SelfTradePreventionType
    client_order_id: str
    expiration_time: int | UnsetType
    post_only: bool | UnsetType
    cancel_order_on_pause: bool | UnsetType
    reduce_only: bool | UnsetType
    subaccount: int | UnsetType
    order_group_id: str | UnsetType
    exchange_index: int | UnsetType

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
        """Check every field; raises InvalidRequest naming the value and the rule.

        ``expiration_time`` is Unix seconds or an aware datetime and goes with
        good_till_canceled alone; ``reduce_only`` needs immediate_or_cancel;
        ``post_only`` needs an order that can rest. Costs 10 write tokens.
        """
        in_force = checked_word("time_in_force", time_in_force, TimeInForce)
        _check_options(in_force, expiration_time is not None, post_only, reduce_only)
        prevention = checked_word(
            "self_trade_prevention_type", self_trade_prevention_type, SelfTradePreventionType
        )
        if client_order_id is None:
            key: str | UnsetType = _fresh_uuid()
        else:
            key = checked_id("client_order_id", client_order_id)
        _fill(
            self,
            ticker=checked_ticker(ticker),
            side=checked_word("side", side, BookSide),
            count=checked_count(count),
            price=checked_price(price),
            time_in_force=in_force,
            self_trade_prevention_type=prevention,
            client_order_id=key,
            expiration_time=unix_seconds("expiration_time", expiration_time),
            **_flags(
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
        """Translate the 2025 idiom, with the price of either leg, to the one YES book."""
        side, price = to_yes_book(action, outcome, yes_price=yes_price, no_price=no_price)
        return cls(ticker, side, count, price)

    def replace(self, **changes: object) -> Self:
        """Return a checked copy with other options; the client_order_id stays the same.

        Scope is what one usually changes: ``order.replace(subaccount=3)``.
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
    """New price and total count of a resting order.

    ``count`` is the new total: what is filled already plus what shall rest, ``price`` the new
    YES price in dollars. ``ticker`` and ``side`` are checks, not changes. With
    ``updated_client_order_id`` the order goes by a new key. Body of POST …/orders/{order_id}/amend.
    """

    ticker: str
    side: BookSide
    price: Decimal
    count: Decimal
    client_order_id: str | UnsetType
    updated_client_order_id: str | UnsetType
    expiration_time: int | UnsetType
    exchange_index: int | UnsetType

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
        _fill(
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
    reduce_to: Decimal | UnsetType
    exchange_index: int | UnsetType
    market_ticker: str | UnsetType

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
        _fill(
            self,
            reduce_by=UNSET if reduce_by is None else checked_count(reduce_by, "reduce_by"),
            reduce_to=UNSET if reduce_to is None else checked_count(reduce_to, "reduce_to", zero=True),
            exchange_index=checked_index("exchange_index", exchange_index),
            market_ticker=UNSET if market_ticker is None else checked_ticker(market_ticker, "market_ticker"),
        )


@dataclass(frozen=True, slots=True, init=False)
class CancelItem:
    """One order of a batch cancel, with the routing that finds it."""

    order_id: str
    subaccount: int | UnsetType
    exchange_index: int | UnsetType
    market_ticker: str | UnsetType

    def __init__(
        self,
        order_id: str,
        *,
        subaccount: int | None = None,
        exchange_index: int | None = None,
        market_ticker: str | None = None,
    ) -> None:
        """Check every field; what is None is not sent."""
        if order_id is None:
            raise InvalidRequest("order_id must be given, was None")
        _fill(
            self,
            order_id=checked_reference("order_id", order_id),
            subaccount=checked_subaccount("subaccount", subaccount),
            exchange_index=checked_index("exchange_index", exchange_index),
            market_ticker=UNSET if market_ticker is None else checked_ticker(market_ticker, "market_ticker"),
        )


@dataclass(frozen=True, slots=True)
class BatchCreate:
    """Body of a batch create."""

    orders: tuple[CreateOrder, ...]


@dataclass(frozen=True, slots=True)
class BatchCancel:
    """Body of a batch cancel."""

    orders: tuple[CancelItem, ...]


@dataclass(frozen=True, slots=True, init=False)
class OrderGroupLimit:
    """Contracts that a group may fill within 15 s, 1 to 1,000,000 (docs order_groups).

    One of ``contracts_limit`` and ``contracts_limit_fp`` is sent: the latter has decimals.
    """

    contracts_limit: int | UnsetType
    contracts_limit_fp: Decimal | UnsetType
    subaccount: int | UnsetType
    exchange_index: int | UnsetType

    def __init__(
        self, limit: Number, *, subaccount: int | None = None, exchange_index: int | None = None
    ) -> None:
        """Send whole limits as an integer, others as fixed point."""
        count = checked_count(limit, "contracts_limit")
        if not 1 <= count <= 1_000_000:
            raise InvalidRequest(f"contracts_limit must be from 1 to 1000000, was {limit!r}")
        whole = count == count.to_integral_value()
        _fill(
            self,
            contracts_limit=int(count) if whole else UNSET,
            contracts_limit_fp=UNSET if whole else count,
            subaccount=checked_subaccount("subaccount", subaccount),
            exchange_index=checked_index("exchange_index", exchange_index),
        )


@dataclass(frozen=True, slots=True)
class CreateSubaccount:
    """Body of POST /portfolio/subaccounts."""

    exchange_index: int | UnsetType = UNSET


@dataclass(frozen=True, slots=True, init=False)
class SubaccountTransferOrder:
    """Cents to move between two subaccounts of one shard, once per ``client_transfer_id``."""

    client_transfer_id: str
    from_subaccount: int
    to_subaccount: int
    amount_cents: int
    exchange_index: int | UnsetType

    def __init__(
        self,
        from_subaccount: int,
        to_subaccount: int,
        amount_cents: int,
        *,
        client_transfer_id: str | None = None,
        exchange_index: int | None = None,
    ) -> None:
        """Check the numbers; the id is made here when none is given."""
        if from_subaccount == to_subaccount:
            raise InvalidRequest(f"from_subaccount and to_subaccount are both {to_subaccount}")
        _fill(
            self,
            client_transfer_id=checked_uuid("client_transfer_id", client_transfer_id),
            from_subaccount=checked_whole("from_subaccount", from_subaccount, least=0, most=SUBACCOUNTS),
            to_subaccount=checked_whole("to_subaccount", to_subaccount, least=0, most=SUBACCOUNTS),
            amount_cents=checked_amount("amount_cents", amount_cents),
            exchange_index=checked_index("exchange_index", exchange_index),
        )


@dataclass(frozen=True, slots=True)
class SubaccountNettingSetting:
    """Body of PUT /portfolio/subaccounts/netting: whether netting is ``enabled``."""

    subaccount_number: int
    enabled: bool

    def __post_init__(self) -> None:
        checked_whole("subaccount", self.subaccount_number, least=0, most=SUBACCOUNTS)
        _flags(enabled=self.enabled)


@dataclass(frozen=True, slots=True)
class AllocationShare:
    """Percent of the cash to keep on one shard."""

    exchange_index: int
    percent: int


@dataclass(frozen=True, slots=True, init=False)
class TargetAllocation:
    """Body of POST /portfolio/target_balance_allocation; it replaces what is stored."""

    allocations: tuple[AllocationShare, ...]
    resting_margin_reservation: RestingMarginReservation | UnsetType

    def __init__(
        self,
        percent_by_shard: dict[int, int],
        *,
        resting_margin_reservation: RestingMarginReservation | str | None = None,
    ) -> None:
        """Take percents that total 100; an empty dict turns rebalancing off."""
        shares = tuple(
            AllocationShare(
                checked_whole("exchange_index", shard, least=0),
                checked_whole("percent", percent, least=0, most=100),
            )
            for shard, percent in percent_by_shard.items()
        )
        total = sum(share.percent for share in shares)
        if shares and total != 100:
            raise InvalidRequest(f"percents must total 100, was {total}")
        _fill(
            self,
            allocations=shares,
            resting_margin_reservation=UNSET
            if resting_margin_reservation is None
            else checked_word(
                "resting_margin_reservation", resting_margin_reservation, RestingMarginReservation
            ),
        )


@dataclass(frozen=True, slots=True, init=False)
class TransferOrder:
    """Money to move between shards or exchange instances. ``amount`` is in centicents."""

    source: ExchangeInstance
    destination: ExchangeInstance
    amount: int
    client_transfer_id: str | UnsetType
    source_exchange_shard: int | UnsetType
    destination_exchange_shard: int | UnsetType
    source_subaccount: int | UnsetType
    destination_subaccount: int | UnsetType

    def __init__(
        self,
        amount_centicents: int,
        *,
        source: ExchangeInstance | str = ExchangeInstance.EVENT_CONTRACT,
        destination: ExchangeInstance | str = ExchangeInstance.EVENT_CONTRACT,
        source_exchange_shard: int | None = None,
        destination_exchange_shard: int | None = None,
        source_subaccount: int | None = None,
        destination_subaccount: int | None = None,
        client_transfer_id: str | None = None,
    ) -> None:
        """Check the numbers. $1 is 10,000 centicents.

        The exchange takes a ``client_transfer_id`` for primary accounts alone and
        refuses it next to a numbered subaccount: there it is left out.
        """
        numbered = bool(source_subaccount or destination_subaccount)
        if numbered and client_transfer_id is not None:
            raise InvalidRequest("client_transfer_id is refused when a numbered subaccount is involved")
        _fill(
            self,
            source=checked_word("source", source, ExchangeInstance),
            destination=checked_word("destination", destination, ExchangeInstance),
            amount=checked_amount("amount_centicents", amount_centicents),
            client_transfer_id=UNSET if numbered else checked_uuid("client_transfer_id", client_transfer_id),
            source_exchange_shard=checked_index("source_exchange_shard", source_exchange_shard, least=0),
            destination_exchange_shard=checked_index(
                "destination_exchange_shard", destination_exchange_shard, least=0
            ),
            source_subaccount=checked_subaccount("source_subaccount", source_subaccount),
            destination_subaccount=checked_subaccount("destination_subaccount", destination_subaccount),
        )


def checked_uuid(name: str, value: str | None) -> str:
    """Return a UUID as the exchange wants it, a fresh one when none is given."""
    if value is None:
        return _fresh_uuid()
    try:
        return str(uuid.UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise InvalidRequest(f"{name} must be a UUID, was {value!r}") from error


def _fresh_uuid() -> str:
    """Return a random UUID of version 4, without the object that ``uuid.uuid4`` makes."""
    digits = token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _check_options(in_force: TimeInForce, expires: bool, post_only: bool, reduce_only: bool) -> None:
    rests = in_force is TimeInForce.GOOD_TILL_CANCELED
    if expires and not rests:
        raise InvalidRequest(f"expiration_time goes with good_till_canceled only, not {in_force}")
    if post_only and not rests:
        raise InvalidRequest(f"post_only needs an order that can rest, not {in_force}")
    if reduce_only and in_force is not TimeInForce.IMMEDIATE_OR_CANCEL:
        raise InvalidRequest(f"reduce_only goes with immediate_or_cancel only, not {in_force}")


def _flags(**flags: bool) -> dict[str, bool | UnsetType]:
    """Return flags as they are sent: those that are False are not."""
    for name, value in flags.items():
        if value is not True and value is not False:
            raise InvalidRequest(f"{name} must be True or False, was {value!r}")
    return {name: value or UNSET for name, value in flags.items()}


def _fill(request: object, **values: object) -> None:
    """Set the fields of a frozen request, once, from its own ``__init__``."""
    for name, value in values.items():
        object.__setattr__(request, name, value)
