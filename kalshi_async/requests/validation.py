"""The checks of single values: one small function per rule. Errors name the value and the rule.

No I/O. They are called while a request is built: a mistake costs no token and no round trip.
The returned values have plain types. A value of a subclass, such as numpy's str, is copied
into the plain type: the caches here would otherwise use its ``__eq__`` and ``__hash__``, and
msgspec does not encode it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TypeAlias, TypeVar

from msgspec import UNSET, UnsetType

from kalshi_async.contract.fields import EXACT, OpenEnum
from kalshi_async.contract.subject import shown as shown
from kalshi_async.errors import InvalidRequest

Number: TypeAlias = Decimal | int | str

Word = TypeVar("Word", bound=OpenEnum)
Value = TypeVar("Value")

PRICE_STEP = Decimal("0.0001")  # at most 4 decimals (contract: fixed-point dollars, 2026-11-22)
COUNT_STEP = Decimal("0.01")  # at most 2 decimals (contract: fixed-point count, 2026-11-22)
COUNT_CEILING = Decimal(10) ** 12  # ours: far beyond any market, within Decimal's precision
ID_LENGTH = 64  # FIX order entry caps client ids at 64 characters (docs fix order-entry, 2026-11-22)
LARGEST_WHOLE = 2**63 - 1  # the largest integer of the exchange (Go int64)
SUBACCOUNTS = 63  # numbered 1 to 63, 0 is the primary (docs subaccounts, 2026-11-22)

CACHED = 4096  # ours: more than the different prices, counts and tickers of a busy program

_PLAIN = (Decimal, int, str)
_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)
# Ids and tickers: visible ASCII without a quote (" ' `) at either end, and not "name=…". Neither "."
# nor "..": proxies normalise paths, and DELETE …/orders/. would cancel every order.
_CLEAN = re.compile(r"(?!\w+=[^=]|\.\.?\Z)[!#-&(-_a-~]([!-~]*[!#-&(-_a-~])?", re.ASCII)
_NAMED = re.compile(r"\w+=[^=]", re.ASCII)  # "=" at the end alone is the padding of base64
_QUOTES = ("'", '"', "`")


def checked_request(name: str, value: object, kind: type[Value]) -> Value:
    """Return a request object; the error for a dict shows how to make one of it."""
    if not isinstance(value, kind):
        make = getattr(kind, "from_record", None)  # of an error that was kept as a record
        cure = f": write {kind.__name__}{'.from_record(' if make else '(**'}{name})"
        cure = cure if isinstance(value, dict) else ""
        raise InvalidRequest(f"{name} must be of the type {kind.__name__}, was {shown(value)}{cure}")
    return value


def checked_items(name: str, values: Sequence[Value]) -> Sequence[Value]:
    """Return a list or tuple; a single text, a mapping or a coroutine is refused."""
    if not isinstance(values, (list, tuple)) and (
        isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Sequence)
    ):
        raise InvalidRequest(f"{name} must be a list, also of one item, was {shown(values)}")
    return values


def checked_text_id(name: str, value: object) -> str:
    """Return an id that some order, group or transfer may have; None is refused.

    An id in quotes, or with half of them, is refused, and so is ``order_id=…``: so it is copied from
    JSON, from a chat or from a file of settings. The exchange finds nothing under such an id, and
    "no such order" is an answer that programs act upon.
    """
    text = value if type(value) is str else _plain_text(value)
    if text is None or not _CLEAN.fullmatch(text):
        raise InvalidRequest(_unclean(name, value, "must be visible ASCII characters without blanks"))
    return text


def _unclean(name: str, value: object, rule: str) -> str:
    if isinstance(value, str) and (value[:1] in _QUOTES or value[-1:] in _QUOTES):
        return f"{name} is in quotes, was {shown(value)}: write it without them"
    if isinstance(value, str) and _NAMED.match(value):
        return f"{name} must be the bare id, was {shown(value)}: write it without the name and '='"
    if value in (".", ".."):
        return f"{name} must be an id other than '.' and '..', was {shown(value)}"
    return f"{name} {rule}, was {shown(value)}"


def checked_price(value: Number | None, name: str = "price") -> Decimal:
    """Return a price with exactly 4 decimals; 0 < price < 1."""
    return _price(name, value if type(value) is str else _number(name, value))


@lru_cache(CACHED, typed=True)
def _price(name: str, value: Number) -> Decimal:
    price = _decimal(name, value)
    if not 0 < price < 1:
        raise InvalidRequest(f"{name} must be above 0 and below 1 dollar, was {shown(value)}")
    return _scaled(name, value, price, PRICE_STEP, "at most 4 decimals")


# api2025: from here
def checked_cents(name: str, value: Number) -> int:
    """Return a price in whole cents, 1 to 99, as the 2025 API has it."""
    number = _decimal(name, _number(name, value))
    if not 1 <= number <= 99 or number != number.to_integral_value():
        raise InvalidRequest(f"{name} must be whole cents from 1 to 99, was {shown(value)}")
    return int(number)


# api2025: to here
def checked_count(value: Number, name: str = "count", *, zero: bool = False) -> Decimal:
    """Return a count with exactly 2 decimals; positive, or 0 as well with ``zero``."""
    return _count(name, _number(name, value), zero)


@lru_cache(CACHED, typed=True)
def _count(name: str, value: Number, zero: bool) -> Decimal:
    count = _decimal(name, value)
    if count < 0 or (count == 0 and not zero):
        raise InvalidRequest(f"{name} must be {'0 or more' if zero else 'positive'}, was {shown(value)}")
    if count >= COUNT_CEILING:
        raise InvalidRequest(f"{name} must be below {COUNT_CEILING}, was {shown(value)}")
    return _scaled(name, value, count, COUNT_STEP, "at most 2 decimals")


def checked_ticker(value: str, name: str = "ticker") -> str:
    """Return a ticker; it must be visible ASCII without blanks."""
    text = value if type(value) is str else _plain_text(value)
    if text is None or not _is_clean(text):
        raise InvalidRequest(_unclean(name, value, "must be a market ticker without blanks"))
    return text


@lru_cache(CACHED)  # a program repeats its tickers
def _is_clean(text: str) -> bool:
    return _CLEAN.fullmatch(text) is not None


def checked_reference(name: str, value: str | None) -> str | UnsetType:
    """Return an id that the exchange gave, or UNSET for None; an empty text is refused."""
    return UNSET if value is None else checked_text_id(name, value)


def checked_id(name: str, value: str | None) -> str | UnsetType:
    """Return a client's own order id, or UNSET for None."""
    if value is None:
        return UNSET
    text = _plain_text(value)
    if text is None or not _CLEAN.fullmatch(text) or len(text) > ID_LENGTH:
        raise InvalidRequest(_unclean(name, value, f"must be 1 to {ID_LENGTH} visible ASCII characters"))
    if "." in text:
        raise InvalidRequest(f"{name} must not contain a full stop, was {shown(value)}")
    return text


def checked_word(name: str, value: object, words: type[Word]) -> Word:
    """Return a member of a closed set of words; abbreviations are refused."""
    text = value if type(value) is words or type(value) is str else _plain_text(value)
    member: Word | None = None if text is None else _members(words).get(text)
    if member is None:
        allowed = ", ".join(word.value for word in words)
        raise InvalidRequest(f"{name} must be one of {allowed}, was {shown(value)}")
    return member


def checked_whole(name: str, value: int, *, least: int, most: int | None = None) -> int:
    """Return an int from ``least`` to ``most``; True and False are refused."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRequest(f"{name} must be a whole number, was {shown(value)}")
    if type(value) is not int:
        value = int.__index__(value)
    if value < least or (most is not None and value > most):
        bounds = f"{least} or more" if most is None else f"from {least} to {most}"
        raise InvalidRequest(f"{name} must be {bounds}, was {shown(value)}")
    return value


def checked_amount(name: str, value: int) -> int:
    """Return an amount of money as an int: 1 or more, and at most ``LARGEST_WHOLE``."""
    # Two checks, so that the message about 0 names the lower bound alone.
    amount = checked_whole(name, value, least=1)
    return checked_whole(name, amount, least=1, most=LARGEST_WHOLE)


def checked_subaccount(name: str, value: int | None) -> int | UnsetType:
    """Return a subaccount number, or UNSET for None, which is left out of the request."""
    return UNSET if value is None else checked_whole(name, value, least=0, most=SUBACCOUNTS)


def checked_index(name: str, value: int | None, *, least: int = -1) -> int | UnsetType:
    """Return a shard, or UNSET for None. -1 means 'route by ticker'."""
    return UNSET if value is None else checked_whole(name, value, least=least, most=100)


def checked_seconds(name: str, value: float, *, zero: bool = False) -> float:
    """Return a duration in seconds: above 0, or 0 as well with ``zero``."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not (value >= 0 if zero else value > 0):
        raise InvalidRequest(
            f"{name} must be {'0 or more' if zero else 'above 0 seconds'}, was {shown(value)}"
        )
    return value


def unix_seconds(name: str, value: datetime | int | None, *, zero: bool = False) -> int | UnsetType:
    """Return Unix seconds from an aware datetime or an int, or UNSET for None.

    ``zero``: 0 is allowed, because it has a meaning of its own in this field.
    """
    if value is None:
        return UNSET
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise InvalidRequest(f"{name} needs a datetime with a time zone, was {shown(value)}")
        value = int(value.timestamp())
    if not isinstance(value, bool) and isinstance(value, int) and value > 10**11:
        raise InvalidRequest(f"{name} is in seconds, {shown(value)} looks like milliseconds")
    return checked_whole(name, value, least=0 if zero else 1)


def given(value: Value | UnsetType) -> Value | None:
    """Return the value, or None for UNSET."""
    return None if value is UNSET else value


def complement(price: Decimal) -> Decimal:
    """Return the price of the other leg: 1 - price."""
    return EXACT.subtract(Decimal(1), price)


@cache
def _members(words: type[Word]) -> Mapping[str, Word]:
    return {member.value: member for member in words}


def _number(name: str, value: Number | None) -> Number:
    """Return a value that can be a number and a key of the cache: a signaling NaN cannot be hashed."""
    if type(value) is str or type(value) is int:  # nearly always: no further checks
        return value
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, str)):
        raise InvalidRequest(
            f"{name} must be a Decimal, an int or a str, was {shown(value)} ({type(value).__name__}): "
            "a float cannot hold money exactly"
        )
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidRequest(f"{name} must be finite, was {shown(value)}")
    return value if type(value) in _PLAIN else _plain_number(value)


def _plain_number(value: Number) -> Number:
    if isinstance(value, Decimal):
        return Decimal(value)
    return str.__str__(value) if isinstance(value, str) else int.__index__(value)


def _plain_text(value: object) -> str | None:
    """Return a text as a plain ``str``, also if it is of a subclass; None for other values."""
    if type(value) is str:
        return value
    return str.__str__(value) if isinstance(value, str) else None


def _decimal(name: str, value: Number) -> Decimal:
    if isinstance(value, str) and not _PLAIN_NUMBER.fullmatch(value):
        # Decimal alone would accept "1_000", " 1", "1e3" and digits of other scripts.
        raise InvalidRequest(f"{name} must be a plain decimal number, was {shown(value)}")
    return Decimal(value)


def _scaled(name: str, given: object, number: Decimal, step: Decimal, rule: str) -> Decimal:
    scaled = number.quantize(step, context=EXACT)
    if scaled != number:
        raise InvalidRequest(f"{name} must have {rule}, was {shown(given)}")
    return scaled if scaled else scaled.copy_abs()  # -0 becomes 0
