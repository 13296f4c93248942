"""Values of subclasses, such as numpy's str: what they hold is checked, kept and sent, and no more.

Prices, counts and tickers are checked once and looked up afterwards, by equality and
hash; those of a subclass are its author's and must not lend a value to another.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
import pytest

from kalshi_async import BookSide, CreateOrder


class Text(str):
    """Text that takes itself for any other."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


class Mute(str):
    """Text that cannot be looked up."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # the point of it


class Amount(Decimal):
    """A number that takes itself for any other."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


class Whole(int):
    """An int, and not quite."""

    __hash__ = None  # type: ignore[assignment]  # the point of it


class Ticker(StrEnum):
    """What a program may name its markets with."""

    RAIN = "KXRAIN-26"


def body(**changes: Any) -> dict[str, object]:
    fields: dict[str, Any] = {"ticker": "T-1", "side": "bid", "count": 10, "price": "0.44"}
    order = CreateOrder(**fields | changes)
    return msgspec.json.decode(msgspec.json.encode(order), type=dict[str, object])


@pytest.mark.parametrize("kind", [Text, Mute, Amount])
def test_a_price_is_its_own_and_never_that_of_one_before(kind: Any) -> None:
    assert [body(price=kind(price))["price"] for price in ("0.9", "0.1")] == ["0.9000", "0.1000"]


@pytest.mark.parametrize("kind", [Text, Mute, Amount, Whole])
def test_a_count_is_its_own_and_never_that_of_one_before(kind: Any) -> None:
    assert [body(count=kind(count))["count"] for count in (7, 3)] == ["7.00", "3.00"]


@pytest.mark.parametrize("kind", [Text, Mute])
@pytest.mark.parametrize("name", ["ticker", "client_order_id", "order_group_id"])
def test_a_text_of_another_type_is_sent_as_text(name: str, kind: Any) -> None:
    assert body(**{name: kind("X-1")})[name] == "X-1"


def test_a_word_of_another_type_is_that_word() -> None:
    assert CreateOrder("T-1", Mute("ask"), 1, "0.44").side is BookSide.ASK  # type: ignore[arg-type]


def test_a_word_of_an_enum_is_sent_as_its_value() -> None:
    assert body(ticker=Ticker.RAIN)["ticker"] == "KXRAIN-26"


def test_a_whole_number_of_another_type_is_sent_as_a_number() -> None:
    assert body(subaccount=Whole(3))["subaccount"] == 3
