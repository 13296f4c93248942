"""What a request of 2025 refuses to be; every message names the value and the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kalshi_async import InvalidRequest
from kalshi_async.api2025 import requests as legacy

ORDER: dict[str, Any] = {
    "ticker": "T-1",
    "side": "yes",
    "action": "buy",
    "count": 10,
    "type": "limit",
    "yes_price": 44,
}
SELL = {"action": "sell"}
MARKET = {"type": "market", "yes_price": None}


def order(**changes: Any) -> legacy.CreateOrderRequest:
    return legacy.CreateOrderRequest(**{**ORDER, **changes})


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"ticker": ""}, "ticker must be a market ticker"),
        ({"side": "bid"}, "side must be one of yes, no, was 'bid'"),
        ({"action": "short"}, "action must be one of buy, sell, was 'short'"),
        ({"type": "stop"}, "type must be one of limit, market, was 'stop'"),
        ({"count": 0}, "count must be 1 or more, was 0"),
        ({"count": Decimal("1.5")}, "count must be a whole number, was Decimal"),
        ({"count": True}, "count must be a whole number, was True"),
        ({"yes_price": 0}, "yes_price must be whole cents from 1 to 99, was 0"),
        ({"yes_price": 100}, "was 100"),
        ({"yes_price": "44.5"}, "whole cents from 1 to 99, was '44.5'"),
        ({"yes_price": 44.0}, "a float cannot hold money exactly"),
        ({"yes_price": "0.44"}, "whole cents from 1 to 99, was '0.44'"),
        ({"yes_price": None}, "exactly one of yes_price and no_price, was given []"),
        ({"no_price": 56}, "exactly one of yes_price and no_price"),
        ({"type": "market"}, "a market order has no price, was given ['yes_price']"),
        ({**MARKET, "expiration_ts": 1_800_000_000}, "a market order has no expiration_ts"),
        ({"client_order_id": ""}, "client_order_id must be 1 to 64"),
        ({"client_order_id": "a.b"}, "must not contain a full stop"),
        ({"expiration_ts": 1_800_000_000_000}, "looks like milliseconds"),
        ({"expiration_ts": datetime(2026, 1, 1)}, "needs a datetime with a time zone"),
        ({"buy_max_cost": 0}, "buy_max_cost must be 1 or more, was 0"),
        ({"buy_max_cost": 500, **SELL}, "buy_max_cost goes with action buy, not sell"),
        ({"buy_max_cost": 500, "expiration_ts": 1_800_000_000}, "it has no expiration_ts"),
        ({"sell_position_floor": 0}, "sell_position_floor goes with action sell, not buy"),
        ({"sell_position_floor": 3, **SELL}, "sell_position_floor must be from 0 to 0, was 3"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_by_value_and_rule(
    changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        order(**changes)
    assert complaint in str(caught.value)
    assert caught.value.sent is False


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: legacy.AmendOrderRequest(), "needs yes_price, no_price or count"),
        (lambda: legacy.AmendOrderRequest(yes_price=1, no_price=99), "not both"),
        (lambda: legacy.AmendOrderRequest(count=0), "count must be 1 or more, was 0"),
        (lambda: legacy.DecreaseOrderRequest(reduce_by=0), "reduce_by must be 1 or more, was 0"),
        (lambda: legacy.CreateOrderGroupRequest(name="  "), "printable text that is not blank, was '  '"),
        (lambda: legacy.CreateOrderGroupRequest(name=None), "was None"),  # type: ignore[arg-type]  # on purpose
        (lambda: legacy.GetQueuePositionsRequest(order_ids=[]), "at least one order"),
        (lambda: legacy.GetQueuePositionsRequest(order_ids="abc"), "must be a list of ids, was 'abc'"),
        (lambda: legacy.BatchCancelOrdersRequest(order_ids=[]), "a batch has 1 to 20 items, had 0"),
        (lambda: legacy.BatchCancelOrdersRequest(order_ids=["a", "a"]), "order_id 'a' is in the batch twice"),
        (lambda: legacy.BatchCancelOrdersRequest(order_ids=[""]), "order_id must be visible"),
        (lambda: legacy.BatchCancelOrdersRequest(order_ids=[None]), "was None"),  # type: ignore[list-item]  # on purpose
        (lambda: legacy.BatchCreateOrdersRequest(orders=[order() for _ in range(21)]), "had 21"),
        (
            lambda: legacy.BatchCreateOrdersRequest(orders=[order(client_order_id="k")] * 2),
            "'k' is in the batch",
        ),
    ],
)
def test_any_other_request_that_breaks_a_rule_is_refused_too(
    make: Callable[[], object], complaint: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        make()
    assert complaint in str(caught.value)


def test_a_misspelt_field_is_a_mistake_and_not_dropped() -> None:
    with pytest.raises(TypeError, match="yes_prise"):
        order(yes_prise=44)


def test_the_key_of_an_order_is_made_with_it() -> None:
    # Whoever holds the request can find the order even if the answer is lost.
    first, second = order(), order()
    assert first.client_order_id
    assert first.client_order_id != second.client_order_id
    assert order(client_order_id="mine").client_order_id == "mine"


def test_a_request_stays_as_it_was_checked() -> None:
    request = order()
    with pytest.raises(FrozenInstanceError):
        request.count = 99  # type: ignore[misc]  # on purpose


def test_a_time_may_be_seconds_or_a_datetime() -> None:
    moment = datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert order(expiration_ts=moment).expiration_ts == order(expiration_ts=1_800_000_000).expiration_ts


def test_cents_may_be_an_int_a_text_or_a_decimal() -> None:
    assert [order(yes_price=price).yes_price for price in (44, "44", Decimal("44.0"))] == [44, 44, 44]
