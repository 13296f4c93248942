"""The checks of list filters: tickers, and words of a closed set.

The exchange answers a filter that matches nothing with an empty list. A misspelt filter would
therefore look like "no orders rest": the status "open", or a ticker in lower case, as web
addresses have it. So filters are checked here, when the list is made. Knows no operation and
no session.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from kalshi_async.contract.fields import OpenEnum
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.validation import checked_ticker, checked_whole, shown

Value = TypeVar("Value")

_LATEST_S = 10**11  # ours: as seconds it is the year 5138, as milliseconds 1973

MOST_EVENTS = 100
"""Events that one list of orders can be for (update 2026-11-28 §1.8)."""


def checked_ticker_filter(name: str, value: object, *, several: bool = False) -> object:
    """Return the ticker of a filter; with ``several`` also some, joined by commas or in a sequence.

    A ticker with a lower-case letter is refused. All published tickers are upper-case letters,
    digits, ``-``, ``.`` and ``_`` (docs, 2026-11-22). Other visible characters pass, because no
    document gives a rule.
    """
    for part in _parts(name, value, several):
        if not part or not part.isprintable():
            raise InvalidRequest(f"{name} must not be empty or unprintable, was {shown(value)}")
        ticker = checked_ticker(part, name)
        if ticker != ticker.upper():
            raise InvalidRequest(
                f"{name} must be in upper case, was {shown(value)}: did you mean {shown(ticker.upper())}?"
            )
    return value


def checked_word_filter(name: str, value: Value, words: Sequence[str], *, several: bool = False) -> Value:
    """Return the word of a filter; with ``several`` also some, joined by commas or in a sequence.

    * ``value``: None is returned as it is
    * ``words``: the words that the exchange knows; abbreviations and capitals are refused
    """
    for part in () if value is None else _parts(name, value, several):
        if str(part) not in words:
            raise InvalidRequest(f"{name} must be one of {', '.join(words)}, was {shown(value)}")
    return value


def checked_number_filter(name: str, value: object, numbers: Sequence[int]) -> None:
    """Refuse a number that the exchange does not know; True is not 1."""
    if type(value) is not int or value not in numbers:
        known = ", ".join(map(str, numbers))
        raise InvalidRequest(f"{name} must be one of {known}, was {shown(value)}")


def checked_most(name: str, value: object, most: int) -> None:
    """Refuse a filter of more than ``most`` values, joined by commas or in a sequence."""
    count = len(_parts(name, value, several=True))
    if count > most:
        raise InvalidRequest(f"{name} takes at most {most} values, was given {count}: make several lists")


def rfc_3339(name: str, value: datetime | None) -> str | None:
    """Return an aware datetime as RFC 3339; None is returned as it is."""
    if value is None:
        return None
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise InvalidRequest(f"{name} must be a datetime with a time zone, was {shown(value)}")
    return value.isoformat()


def unix_milliseconds(name: str, value: datetime | int | None) -> int | None:
    """Return Unix milliseconds from an aware datetime or an int; None is returned as it is."""
    if value is None:
        return None
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise InvalidRequest(f"{name} needs a datetime with a time zone, was {shown(value)}")
        value = int(value.timestamp() * 1_000)
    if checked_whole(name, value, least=0) < _LATEST_S:
        raise InvalidRequest(f"{name} is in milliseconds, {shown(value)} looks like seconds")
    return value


def words_of(kind: type[OpenEnum]) -> tuple[str, ...]:
    """Return the words that an enum of the contract knows."""
    return tuple(member.value for member in kind)


def _parts(name: str, value: object, several: bool) -> Sequence[str]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
        raise InvalidRequest(f"{name} must be text, or a list of texts, was {shown(value)}")
    if not parts:
        raise InvalidRequest(f"{name} must not be empty or unprintable, was {shown(value)}")
    if not several and (len(parts) > 1 or not isinstance(value, str)):
        # The exchange takes "A,B" for one name, finds nothing and answers with an empty list.
        raise InvalidRequest(f"{name} takes one value, was {shown(value)}: make a list for each")
    return parts
