"""What a request must be: every rule, and an error that names the value and the rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kalshi_async import CancelItem, CreateOrder, SubaccountTransferOrder, TargetAllocation, TransferOrder
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests import AmendOrder, DecreaseOrder, OrderGroupLimit
from tests.stages.served import TICKER

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def create(**changes: Any) -> CreateOrder:
    fields: dict[str, Any] = {"ticker": "T-1", "side": "bid", "count": 10, "price": "0.44"}
    return CreateOrder(**fields | changes)


def amend(**changes: Any) -> AmendOrder:
    fields: dict[str, Any] = {"ticker": "T-1", "side": "bid", "count": 10, "price": "0.44"}
    return AmendOrder(**fields | changes)


def refused(make: Any, *arguments: Any, **keywords: Any) -> str:
    with pytest.raises(InvalidRequest) as caught:
        make(*arguments, **keywords)
    assert caught.value.sent is False
    return str(caught.value)


PRICES = [
    ("0", "above 0 and below 1"),
    (0, "above 0 and below 1"),
    ("1", "above 0 and below 1"),
    (1, "above 0 and below 1"),
    (44, "above 0 and below 1"),  # cents, as in 2025
    ("-0.44", "above 0 and below 1"),
    ("1.0001", "above 0 and below 1"),
    ("0.12345", "at most 4 decimals"),
    (Decimal("0.99999"), "at most 4 decimals"),
    (Decimal("1E-999999"), "at most 4 decimals"),
    (0.44, "a float cannot hold money exactly"),
    (float("nan"), "a float cannot hold money exactly"),
    (True, "must be a Decimal, an int or a str"),
    (None, "must be a Decimal, an int or a str"),
    (b"0.44", "must be a Decimal, an int or a str"),
    (Decimal("NaN"), "must be finite"),
    (Decimal("sNaN"), "must be finite"),
    (Decimal("Infinity"), "must be finite"),
    ("NaN", "plain decimal number"),
    ("4.4e-1", "plain decimal number"),
    ("0_1", "plain decimal number"),
    (" 0.44", "plain decimal number"),
    ("0.44\n", "plain decimal number"),
    (".44", "plain decimal number"),
    ("\u0660.44", "plain decimal number"),
    ("", "plain decimal number"),
]


@pytest.mark.parametrize(("price", "rule"), PRICES)
def test_a_price_that_breaks_a_rule_is_refused_by_name(price: object, rule: str) -> None:
    for make in (create, amend):
        message = refused(make, price=price)
        assert message.startswith("price ")
        assert repr(price) in message
        assert rule in message


COUNTS = [
    (0, "positive"),
    ("0.00", "positive"),
    (-5, "positive"),
    ("0.001", "at most 2 decimals"),
    (Decimal("1.005"), "at most 2 decimals"),
    (10**12, "below 1000000000000"),
    (Decimal("1E+999999"), "below 1000000000000"),
    (1.0, "a float cannot hold money exactly"),
    (False, "must be a Decimal, an int or a str"),
    (Decimal("-Infinity"), "must be finite"),
    ("1e3", "plain decimal number"),
    ("1,000", "plain decimal number"),
]


@pytest.mark.parametrize(("count", "rule"), COUNTS)
def test_a_count_that_breaks_a_rule_is_refused_by_name(count: object, rule: str) -> None:
    for make, name in ((create, "count"), (amend, "count")):
        message = refused(make, **{name: count})
        assert message.startswith("count ")
        assert repr(count) in message
        assert rule in message
    assert rule in refused(DecreaseOrder, reduce_by=count)
    assert rule in refused(OrderGroupLimit, count)


# (changed field, bad value, what the message must say)
FIELDS: list[tuple[str, object, str]] = [
    ("ticker", "", "ticker must be a market ticker"),
    ("ticker", "A B", "'A B'"),
    ("ticker", "A\n", "without blanks"),
    ("ticker", None, "None"),
    ("side", "buy", "side must be one of bid, ask, was 'buy'"),
    ("side", "BID", "'BID'"),
    ("side", "yes", "side must be one of bid, ask"),
    ("side", None, "None"),
    ("time_in_force", "gtc", "good_till_canceled, immediate_or_cancel, fill_or_kill, was 'gtc'"),
    ("time_in_force", "GOOD_TILL_CANCELED", "time_in_force must be one of"),
    ("self_trade_prevention_type", "taker", "must be one of taker_at_cross, maker, was 'taker'"),
    ("client_order_id", "", "1 to 64 visible ASCII characters, was ''"),
    ("client_order_id", "x" * 65, "1 to 64 visible"),
    ("client_order_id", "a b", "'a b'"),
    ("client_order_id", "\u00e9", "visible ASCII"),
    ("client_order_id", "a.b", "must not contain a full stop, was 'a.b'"),
    ("client_order_id", 7, "client_order_id must be"),
    ("expiration_time", 0, "expiration_time must be 1 or more, was 0"),
    ("expiration_time", -1, "was -1"),
    ("expiration_time", 1_795_348_800_000, "in seconds, 1795348800000 looks like milliseconds"),
    ("expiration_time", NOON.replace(tzinfo=None), "time zone"),
    ("expiration_time", 1.5, "whole number, was 1.5"),
    ("expiration_time", True, "whole number, was True"),
    ("post_only", "yes", "post_only must be True or False, was 'yes'"),
    ("cancel_order_on_pause", 1, "cancel_order_on_pause must be True or False, was 1"),
    ("reduce_only", None, "reduce_only must be True or False, was None"),
    ("subaccount", -1, "subaccount must be from 0 to 63, was -1"),
    ("subaccount", 64, "was 64"),
    ("subaccount", "7", "subaccount must be a whole number, was '7'"),
    ("subaccount", True, "was True"),
    ("exchange_index", -2, "exchange_index must be from -1 to 100, was -2"),
    ("exchange_index", 1.0, "whole number"),
    ("order_group_id", "", "order_group_id must be visible ASCII characters without blanks, was ''"),
    ("order_group_id", 7, "was 7"),
]


@pytest.mark.parametrize(("name", "value", "said"), FIELDS)
def test_a_field_that_breaks_a_rule_is_refused_by_name(name: str, value: object, said: str) -> None:
    message = refused(create, **{name: value})
    assert name in message
    assert said in message


@pytest.mark.parametrize("in_force", ["immediate_or_cancel", "fill_or_kill"])
def test_an_order_that_cannot_rest_takes_no_option_of_resting(in_force: str) -> None:
    expiring = refused(create, time_in_force=in_force, expiration_time=NOON)
    assert expiring == f"expiration_time goes with good_till_canceled only, not {in_force}"
    assert refused(create, time_in_force=in_force, post_only=True) == (
        f"post_only needs an order that can rest, not {in_force}"
    )


@pytest.mark.parametrize("in_force", ["good_till_canceled", "fill_or_kill"])
def test_reduce_only_goes_with_immediate_or_cancel_alone(in_force: str) -> None:
    message = refused(create, time_in_force=in_force, reduce_only=True)
    assert message == f"reduce_only goes with immediate_or_cancel only, not {in_force}"
    assert create(time_in_force="immediate_or_cancel", reduce_only=True).reduce_only is True


def test_a_misspelt_option_is_a_type_error() -> None:
    # Dropped silently it would send an order that may take.
    with pytest.raises(TypeError, match="post_onlyy"):
        create(post_onlyy=True)
    with pytest.raises(TypeError, match="post_onlyy"):
        create().replace(post_onlyy=True)


def test_a_decrease_says_one_thing() -> None:
    assert refused(DecreaseOrder) == "give exactly one of reduce_by and reduce_to"
    assert refused(DecreaseOrder, reduce_by=1, reduce_to=1) == "give exactly one of reduce_by and reduce_to"
    assert refused(DecreaseOrder, reduce_by=0) == "reduce_by must be positive, was 0"
    assert refused(DecreaseOrder, reduce_to=-1) == "reduce_to must be 0 or more, was -1"
    assert DecreaseOrder(reduce_to=0).reduce_to == 0


def test_an_amend_may_clear_an_expiry_and_not_set_one_in_milliseconds() -> None:
    assert amend(expiration_time=0).expiration_time == 0
    assert amend(expiration_time=NOON + timedelta(seconds=1)).expiration_time == 1_795_348_801
    assert "milliseconds" in refused(amend, expiration_time=1_795_348_800_000)
    assert "full stop" in refused(amend, updated_client_order_id="a.b")


@pytest.mark.parametrize("limit", ["0.50", 1_000_001, "1000000.01"])
def test_a_group_limit_has_bounds(limit: object) -> None:
    assert f"contracts_limit must be from 1 to 1000000, was {limit!r}" in refused(OrderGroupLimit, limit)


@pytest.mark.parametrize("order_id", ["", " ", "a b", None, 7])
def test_a_batch_cancel_addresses_something(order_id: object) -> None:
    assert f"was {order_id!r}" in refused(CancelItem, order_id)


def test_money_moves_in_whole_cents_between_different_places() -> None:
    assert "amount_cents must be 1 or more, was 0" in refused(SubaccountTransferOrder, 0, 1, 0)
    assert "was 1.5" in refused(SubaccountTransferOrder, 0, 1, 1.5)
    assert "are both 1" in refused(SubaccountTransferOrder, 1, 1, 100)
    assert "from_subaccount must be from 0 to 63, was 64" in refused(SubaccountTransferOrder, 64, 1, 100)
    assert "must be a UUID, was 'x'" in refused(SubaccountTransferOrder, 0, 1, 5, client_transfer_id="x")
    assert "amount_centicents must be 1 or more" in refused(TransferOrder, 0)
    assert "'perps'" in refused(TransferOrder, 1, source="perps")
    key = "00000000-0000-4000-8000-000000000000"
    assert "numbered subaccount" in refused(TransferOrder, 1, source_subaccount=1, client_transfer_id=key)


def test_an_allocation_is_the_whole_of_the_cash() -> None:
    assert refused(TargetAllocation, {0: 50, 1: 49}) == "percents must total 100, was 99"
    assert "percent must be from 0 to 100, was 101" in refused(TargetAllocation, {0: 101})
    assert "exchange_index must be 0 or more, was -1" in refused(TargetAllocation, {-1: 100})
    assert "'all'" in refused(TargetAllocation, {0: 100}, resting_margin_reservation="all")
    assert TargetAllocation({}).allocations == ()


@pytest.mark.parametrize("count", [10**5_000, -(10**5_000)], ids=["huge", "hugely negative"])
def test_a_count_too_long_to_print_is_refused_like_any_other(count: int) -> None:
    with pytest.raises(InvalidRequest, match="count"):
        CreateOrder(TICKER, "bid", count, "0.5")
