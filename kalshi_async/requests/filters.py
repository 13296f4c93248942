"""The checks of list filters: tickers, and words of a closed set.

The exchange answers a filter that matches nothing with an empty list. A misspelt filter would
therefore look like "no orders rest": the status "open", or a ticker in lower case, as web
addresses have it. So filters are checked here, when the list is made. Knows no operation and
no session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from kalshi_async.contract.fields import OpenEnum
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.validation import checked_ticker, shown

Value = TypeVar("Value")

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


def checked_most(name: str, value: object, most: int) -> None:
    """Refuse a filter of more than ``most`` values, joined by commas or in a sequence."""
    count = len(_parts(name, value, several=True))
    if count > most:
        raise InvalidRequest(f"{name} takes at most {most} values, was given {count}: make several lists")


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
