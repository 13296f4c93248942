"""The vocabulary of the wire: open enums, and fixed-point numbers both ways.

An enum here is open: a value that the exchange adds later decodes and keeps its raw
text, so that one new word on one order never hides a whole page.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Context, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias

import msgspec

# The caller's own decimal context may round: money is never computed in it.
EXACT = Context(prec=60)

Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone. One without is refused: it could mean any of a day's hours."""

# Numbers as the exchange writes them; without bounds a reply could make one that takes seconds to print.
PLAIN_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)


if TYPE_CHECKING:
    FixedPoint: TypeAlias = Decimal
    Factor: TypeAlias = Decimal
    JsonValue: TypeAlias = object
else:
    JsonValue = Any  # msgspec's name for it: for an ``object`` it would call ``fixed_point``

    class _DecimalByAnotherName(type):
        # Decimal's own check, written in C: msgspec calls it once per number of a reply.
        __instancecheck__ = Decimal.__instancecheck__

    class FixedPoint(metaclass=_DecimalByAnotherName):
        """Money or a count in a reply: a ``Decimal``, read by ``fixed_point``.

        msgspec reads a Decimal by itself, and then also "NaN", "1_000" and " 1".
        """

    class Factor(metaclass=_DecimalByAnotherName):
        """A plain JSON number in a reply, as the ``Decimal`` that was written: read by ``fixed_point``."""


@lru_cache(8192, typed=True)  # prices and counts repeat
def fixed_point(kind: type, value: object) -> Decimal:
    """Read a plain decimal number, as msgspec's ``dec_hook``; raise ValueError for anything else."""
    if kind is not FixedPoint and kind is not Factor:
        raise NotImplementedError(f"nothing here reads {kind!r}")
    if kind is Factor and isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{Decimal(repr(value)):f}"  # repr writes the shortest number that means this float
    if isinstance(value, str) and PLAIN_DECIMAL.fullmatch(value):
        return Decimal(value)
    raise ValueError(f"{value!r} is not a plain decimal number")


class OpenEnum(StrEnum):
    """A string enum that accepts words it does not know; ``is_known`` is False for those."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether this version of the package knows the word."""
        return type(self).__members__.get(self.name) is self


class BookSide(OpenEnum):
    """Direction on the one YES book: ``bid`` buys YES, ``ask`` sells YES (= buys NO)."""

    BID = "bid"
    ASK = "ask"


class OutcomeSide(OpenEnum):
    """Outcome that a trade gains: ``yes`` is a bid, ``no`` is an ask."""

    YES = "yes"
    NO = "no"


class Action(OpenEnum):
    """Deprecated half of the direction of 2025; on a fill it says nothing about the direction."""

    BUY = "buy"
    SELL = "sell"


class OrderStatus(OpenEnum):
    """Where an order stands. A partly filled order that was canceled is ``canceled``."""

    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"


class OrderType(OpenEnum):
    """Kind of an order: always ``limit`` in the current API."""

    LIMIT = "limit"
    MARKET = "market"


class TimeInForce(OpenEnum):
    """How long an order may live. Only these full words; the exchange refuses ``gtc``.

    ``good_till_canceled`` rests. ``immediate_or_cancel`` drops the contracts that are not filled
    at once. ``fill_or_kill`` is filled at once in full, or refused.
    """

    GOOD_TILL_CANCELED = "good_till_canceled"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    FILL_OR_KILL = "fill_or_kill"


class SelfTradePreventionType(OpenEnum):
    """Order to cancel when two orders of one account would trade with each other.

    ``taker_at_cross`` cancels the incoming order, ``maker`` the resting one.
    """

    TAKER_AT_CROSS = "taker_at_cross"
    MAKER = "maker"


class MarketResult(OpenEnum):
    """How a market was decided; the empty text means that it is not decided yet."""

    YES = "yes"
    NO = "no"
    SCALAR = "scalar"
    UNDETERMINED = ""


class MarketStatus(OpenEnum):
    """State of a market, in the order of its life (docs market_lifecycle, 2026-08)."""

    INITIALIZED = "initialized"
    INACTIVE = "inactive"
    ACTIVE = "active"
    CLOSED = "closed"
    DETERMINED = "determined"
    DISPUTED = "disputed"
    AMENDED = "amended"
    FINALIZED = "finalized"


class MarketType(OpenEnum):
    """Kind of a market: what a contract may pay."""

    BINARY = "binary"
    SCALAR = "scalar"


class StrikeType(OpenEnum):
    """How the underlying is compared with the strikes of a market."""

    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    BETWEEN = "between"
    FUNCTIONAL = "functional"
    CUSTOM = "custom"
    STRUCTURED = "structured"


class SettlementBoundsType(OpenEnum):
    """Whether a market can have a settlement floor (docs settlement_bounds, 2026-10; not live yet).

    ``default``: never. ``floor``: YES pays at least the floor, which the exchange raises when a part
    of the outcome is certain.
    """

    DEFAULT = "default"
    FLOOR = "floor"


class FeeType(OpenEnum):
    """Formula of the trading fees of a series. ``flat`` is a schedule without a published formula."""

    QUADRATIC = "quadratic"
    QUADRATIC_WITH_MAKER_FEES = "quadratic_with_maker_fees"
    QUADRATIC_WITH_COMBO_MAKER_FEES = "quadratic_with_combo_maker_fees"
    FLAT = "flat"


class SettlementStatus(OpenEnum):
    """Which positions a list returns; settled ones page by event."""

    UNSETTLED = "unsettled"
    SETTLED = "settled"
    ALL = "all"


class ExchangeInstance(OpenEnum):
    """The two exchanges of the venue between which cash can move."""

    EVENT_CONTRACT = "event_contract"
    MARGINED = "margined"


class TransferStatus(OpenEnum):
    """State of an intra-exchange transfer."""

    PENDING = "pending"
    COMPLETE = "complete"


class RestingMarginReservation(OpenEnum):
    """Cash that the rebalancer keeps back for resting orders."""

    NONE = "none"
    MAX = "max"
    SUM = "sum"


class PaymentStatus(OpenEnum):
    """State of a deposit or withdrawal."""

    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    RETURNED = "returned"


class PaymentType(OpenEnum):
    """Rail of a deposit or withdrawal."""

    ACH = "ach"
    WIRE = "wire"
    CRYPTO = "crypto"
    DEBIT = "debit"
    APM = "apm"


class ReplyStruct(msgspec.Struct, frozen=True, gc=False):
    """Base of every reply: immutable, and free of reference cycles (hence ``gc=False``)."""
