"""The 2025 idiom on one YES book, and prices that no decimal context can bend."""

from __future__ import annotations

from decimal import ROUND_UP, Context, Decimal, Inexact, localcontext
from typing import Literal

import pytest
from hypothesis import given, settings, strategies as st

from kalshi_async import CreateOrder, cents
from kalshi_async.contract.markets import OrderBookLevels
from kalshi_async.contract.orders import GET_ORDER
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests import OrderGroupLimit
from tests.stages.replies import decoded, on_the_wire, order

# semantics.md 4.1 (docs order_direction): action, outcome, leg, price given -> side, YES price
DIRECTIONS: list[tuple[Literal["buy", "sell"], Literal["yes", "no"], str, str, str, str]] = [
    ("buy", "yes", "yes_price", "0.44", "bid", "0.4400"),
    ("buy", "yes", "no_price", "0.44", "bid", "0.5600"),
    ("sell", "no", "no_price", "0.44", "bid", "0.5600"),
    ("sell", "no", "yes_price", "0.44", "bid", "0.4400"),
    ("buy", "no", "no_price", "0.44", "ask", "0.5600"),
    ("buy", "no", "yes_price", "0.44", "ask", "0.4400"),
    ("sell", "yes", "yes_price", "0.44", "ask", "0.4400"),
    ("sell", "yes", "no_price", "0.44", "ask", "0.5600"),
]


@pytest.mark.parametrize(("action", "outcome", "leg", "given_price", "side", "price"), DIRECTIONS)
def test_a_direction_of_2025_is_a_side_of_the_one_book(
    action: Literal["buy", "sell"],
    outcome: Literal["yes", "no"],
    leg: str,
    given_price: str,
    side: str,
    price: str,
) -> None:
    # Inverting one of these buys the wrong side.
    made = CreateOrder.from_direction(action, outcome, "T", 1, **{leg: given_price})
    assert (on_the_wire(made)["side"], on_the_wire(made)["price"]) == (side, price)


def test_the_four_short_names_price_their_own_leg() -> None:
    for make, side, price in (
        (CreateOrder.buy_yes, "bid", "0.44"),
        (CreateOrder.sell_no, "bid", "0.56"),
        (CreateOrder.buy_no, "ask", "0.56"),
        (CreateOrder.sell_yes, "ask", "0.44"),
    ):
        made = make("T", 5, "0.44")
        assert (str(made.side), made.price, int(made.count)) == (side, Decimal(price), 5)


def test_a_direction_needs_one_price_and_known_words() -> None:
    with pytest.raises(InvalidRequest, match="exactly one of yes_price and no_price"):
        CreateOrder.from_direction("buy", "yes", "T", 1)
    with pytest.raises(InvalidRequest, match="exactly one of yes_price and no_price"):
        CreateOrder.from_direction("buy", "yes", "T", 1, yes_price="0.4", no_price="0.6")
    with pytest.raises(InvalidRequest, match="'hold' 'yes'"):
        CreateOrder.from_direction("hold", "yes", "T", 1, yes_price="0.4")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(InvalidRequest, match="price must be above 0"):
        CreateOrder.buy_no("T", 1, 44)


def test_cents_are_whole_and_tradable() -> None:
    assert [cents(1), cents(44), cents(99)] == [Decimal("0.01"), Decimal("0.44"), Decimal("0.99")]
    for price in (0, 100, -1, "44", 44.0, True):
        with pytest.raises(InvalidRequest, match="whole number from 1 to 99"):
            cents(price)  # type: ignore[arg-type]  # on purpose


HOSTILE = Context(prec=1, rounding=ROUND_UP, Emin=-1, Emax=1, traps=[Inexact])


def test_the_decimal_context_of_the_caller_does_not_matter() -> None:
    calm = on_the_wire(CreateOrder.buy_no("T", "123456.78", "0.1234").replace(client_order_id="k"))
    with localcontext(HOSTILE):
        made = CreateOrder.buy_no("T", "123456.78", "0.1234").replace(client_order_id="k")
        assert on_the_wire(made) == calm
        assert str(cents(44)) == "0.44"
        assert on_the_wire(OrderGroupLimit("123456.78"))["contracts_limit_fp"] == "123456.78"
        partly = decoded(
            GET_ORDER, {"order": order(fill_count_fp="1234.56", remaining_count_fp="0.04")}
        ).order
        assert str(partly.total_count) == "1234.60"  # what an amend sends as its count
        book = OrderBookLevels(no=[(Decimal("0.1234"), Decimal(1))])
        assert str(book.best_ask) == "0.8766"
    assert calm["price"] == "0.8766"


PRICES = st.integers(1, 9_999).map(lambda steps: Decimal(steps).scaleb(-4))
COUNTS = st.integers(1, 10**14 - 1).map(lambda steps: Decimal(steps).scaleb(-2))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(PRICES, COUNTS, st.sampled_from(["bid", "ask"]), st.integers(0, 6))
def test_a_request_goes_there_and_comes_back(
    price: Decimal, count: Decimal, side: Literal["bid", "ask"], zeros: int
) -> None:
    # Trailing zeros and exponents of the caller's Decimal change nothing on the wire.
    padded = price.quantize(Decimal(1).scaleb(-4 - zeros)).normalize() if zeros % 2 else price
    made = CreateOrder("T", side, count, padded)
    text = on_the_wire(made)
    assert (text["price"], text["count"]) == (f"{price:.4f}", f"{count:.2f}")
    assert "E" not in f"{text['price']}{text['count']}"
    again = CreateOrder(
        "T", side, str(text["count"]), str(text["price"]), client_order_id=made.client_order_id
    )
    assert again == made


@settings(derandomize=True, deadline=None, max_examples=100)
@given(PRICES)
def test_the_other_leg_of_the_other_leg_is_the_price(price: Decimal) -> None:
    ask = CreateOrder.buy_no("T", 1, price)
    assert CreateOrder.buy_no("T", 1, ask.price).price == price
    assert ask.price + price == 1
