"""What the careful way of decoding forgives, what it refuses, and what it keeps."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from kalshi_async.contract import Operation
from kalshi_async.contract.account import GET_ENDPOINT_COSTS, GET_VOLUME_PROGRESS
from kalshi_async.contract.fields import FixedPoint, OrderStatus, fixed_point
from kalshi_async.contract.fills import GET_FILLS
from kalshi_async.contract.markets import GET_MARKET_ORDERBOOK
from kalshi_async.contract.order_groups import GET_ORDER_GROUPS
from kalshi_async.contract.orders import (
    BATCH_CREATE_ORDERS,
    CREATE_ORDER,
    GET_ORDER,
    GET_ORDERS,
    Order,
    OrdersPage,
)
from kalshi_async.contract.portfolio import GET_BALANCE
from kalshi_async.contract.positions import GET_POSITIONS
from kalshi_async.contract.series import GET_SERIES
from kalshi_async.errors import RejectedRows, UnexpectedReply
from tests.stages.replies import CREATED, body_of, decoded, failure, order

NOT_MONEY = [
    "NaN", "-NaN", "sNaN", "NaN123", "Infinity", "-Infinity", "inf", "1_000", "1_000.5", "", " ", " 1", "1 ",
    "\t1", "\n1", "1e5", "1E5", "1e+5", "-1e-5", "1e99999999999999999999", "+1", "-", "0x10", "1,000", "$1",
    "\u0661", "\uff11", "1\u00a0", "one", "--1", "1.2.3", "\u22121",
]  # fmt: skip


def one(row: dict[str, object]) -> Order:
    return decoded(GET_ORDER, {"order": row}).order


@pytest.mark.parametrize("text", NOT_MONEY)
@pytest.mark.parametrize("escaped", [True, False])
def test_text_that_no_exchange_writes_is_no_money(text: str, escaped: bool) -> None:
    # Decimal itself accepts most of these; a balance of NaN compares to nothing.
    body = json.dumps(CREATED | {"fill_count": text}, ensure_ascii=escaped).encode()
    failure(UnexpectedReply, CREATE_ORDER, body)
    body = json.dumps({"balance": 1, "balance_dollars": text}, ensure_ascii=escaped).encode()
    failure(UnexpectedReply, GET_BALANCE, body)


@pytest.mark.parametrize(
    "number", ["1e5", "-1E5", "1e99999999999999999999", "-1e-400", "true", "[]", "{}", "NaN"]
)
@pytest.mark.parametrize("blank", ["", " "])
def test_json_that_no_exchange_writes_is_no_money(number: str, blank: str) -> None:
    body = f'{{"order_id":"a","remaining_count":"1","ts_ms":1,"fill_count":{blank}{number}}}'
    failure(UnexpectedReply, CREATE_ORDER, body.encode())
    for level in (f"[{blank}{number},1]", f'["0.5",{blank}{number}]'):
        failure(
            UnexpectedReply, GET_MARKET_ORDERBOOK, f'{{"orderbook_fp":{{"yes_dollars":[{level}]}}}}'.encode()
        )


@pytest.mark.parametrize("number", ["1", "0", "0.5", "1.25"])
def test_a_factor_is_the_same_number_whichever_way_was_taken(number: str) -> None:
    # A blank field elsewhere in the row must not cost the fees of a whole series.
    row = f'"ticker":"S","fee_type":"quadratic","fee_multiplier":{number}'
    fast, careful = (
        decoded(GET_SERIES, f'{{"series":{{{row}{more}}}}}'.encode()).series.fee_multiplier
        for more in ("", ',"volume_fp":""')
    )
    assert fast == careful == Decimal(number)


@pytest.mark.parametrize("number", ["true", '"NaN"', "[]", "1e400"])
def test_what_is_no_number_is_no_factor(number: str) -> None:
    body = f'{{"series":{{"ticker":"S","fee_type":"flat","fee_multiplier":{number},"volume_fp":""}}}}'
    failure(UnexpectedReply, GET_SERIES, body.encode())


@pytest.mark.parametrize("number", ["9" * 5000, "1e400"])
def test_a_huge_number_is_unexpected(number: str) -> None:
    body = f'{{"order_id":"a","fill_count":"1","remaining_count":"1","ts_ms":{number}}}'
    failure(UnexpectedReply, CREATE_ORDER, body.encode())


@pytest.mark.parametrize("number", ["9" * 5000, "1e99999999999999999999", "[" * 50_000])
def test_a_huge_thing_that_nobody_asked_for_still_raises_no_other_error(number: str) -> None:
    # Such an error escaped once: Decimal raises ArithmeticError, which is no ValueError.
    for body in (
        f'{{"extra":{number}}}',
        f'{{"orders":[{{"extra":{number}}}]}}',
        f'{{"order":{{"x":{number}}}}}',
    ):
        for operation in (CREATE_ORDER, GET_ORDER):
            failure(UnexpectedReply, operation, body.encode())


def test_deep_nesting_is_unexpected_wherever_it_is() -> None:
    deep = "[" * 100_000
    for body in (deep, f'{{"order_id":{deep}', f'{{"orders":[{deep}', f'{{"a":{deep + "]" * 100_000}}}'):
        failure(UnexpectedReply, CREATE_ORDER, body.encode())
        failure(UnexpectedReply, GET_ORDERS, body.encode())


def test_invalid_utf_8_is_unexpected() -> None:
    failure(UnexpectedReply, CREATE_ORDER, body_of(CREATED).replace(b"7c9e", b"7c\xff\xfe"))
    failure(UnexpectedReply, CREATE_ORDER, body_of(CREATED).decode().encode("utf-16"))


def test_a_truncated_reply_is_unexpected_at_any_length() -> None:
    body = body_of(CREATED)
    for length in range(len(body)):
        failure(UnexpectedReply, CREATE_ORDER, body[:length])


@pytest.mark.parametrize("blank", [None, ""])
@pytest.mark.parametrize(
    "name", ["expiration_time", "created_time", "subaccount_number", "cancel_order_on_pause"]
)
def test_a_blank_optional_field_is_absent(name: str, blank: str | None) -> None:
    # Servers write "" or null where the schema leaves the field out.
    assert one(order(**{name: blank})) == one(order(**{name: ...}))


@pytest.mark.parametrize("blank", [None, ""])
def test_a_blank_optional_field_of_the_reply_itself_is_absent(blank: str | None) -> None:
    assert decoded(CREATE_ORDER, CREATED | {"average_fill_price": blank}) == decoded(CREATE_ORDER, CREATED)


@pytest.mark.parametrize("blank", [None, "", ...])
def test_a_blank_text_is_false_whichever_way_was_taken(blank: object) -> None:
    for row in (order(order_group_id=blank), order(order_group_id=blank, created_time="")):
        assert not one(row).order_group_id


@pytest.mark.parametrize("blank", [None, "", ...])
@pytest.mark.parametrize("name", ["order_id", "yes_price_dollars", "fill_count_fp", "status"])
def test_a_required_field_is_not_guessed(name: str, blank: object) -> None:
    if blank == "" and name in ("order_id", "status"):
        assert getattr(one(order(**{name: ""})), name) == ""
    else:
        failure(UnexpectedReply, GET_ORDER, {"order": order(**{name: blank})})


def test_numbers_that_the_exchange_leaves_null_on_flat_rows_stay_none() -> None:
    row = {"ticker": "T", "position_fp": None, "market_exposure_dollars": None, "total_traded_dollars": None}
    row |= {"realized_pnl_dollars": None, "fees_paid_dollars": None, "last_updated_ts": ""}
    page = decoded(GET_POSITIONS, {"market_positions": [row], "event_positions": None})
    assert page.rows[0].position is None
    assert page.event_positions == []


@pytest.mark.parametrize(
    ("operation", "name", "attribute"),
    [
        (GET_ORDERS, "orders", "rows"),
        (GET_FILLS, "fills", "rows"),
        (BATCH_CREATE_ORDERS, "orders", "orders"),
        (GET_VOLUME_PROGRESS, "volume_progress", "volume_progress"),
    ],
)
def test_a_list_that_is_null_is_empty_and_one_that_is_missing_is_not(
    operation: Operation[object], name: str, attribute: str
) -> None:
    assert getattr(decoded(operation, {name: None}), attribute) == []
    failure(UnexpectedReply, operation, {"cursor": ""})


def test_a_list_deeper_down_may_be_null_too() -> None:
    assert decoded(GET_ENDPOINT_COSTS, {"default_cost": 10, "endpoint_costs": None}).endpoint_costs == []
    assert not decoded(GET_ORDER_GROUPS, {}).order_groups
    assert not decoded(GET_ORDER_GROUPS, {"order_groups": None}).order_groups
    assert decoded(GET_MARKET_ORDERBOOK, {"orderbook_fp": {"yes_dollars": None}}).orderbook.best_bid is None


@pytest.mark.parametrize("word", ["haunted", "RESTING", "", "\u00e9"])
def test_a_word_that_is_not_known_is_kept_as_text(word: str) -> None:
    # One new status on one order must not hide the page.
    page = decoded(GET_ORDERS, {"orders": [order(status=word), order()], "cursor": ""})
    assert page.rows[0].status == word
    assert isinstance(page.rows[0].status, OrderStatus)
    assert not page.rows[0].status.is_known
    assert page.rows[1].status.is_known


def test_a_bad_row_in_the_middle_hides_no_good_one() -> None:
    rows = [order(order_id=str(number)) for number in range(5)]
    rows[2]["yes_price_dollars"] = "NaN"
    error = failure(RejectedRows, GET_ORDERS, {"orders": rows, "cursor": "next"})
    assert isinstance(error.page, OrdersPage)
    assert [row.order_id for row in error.page.rows] == ["0", "1", "3", "4"]
    assert error.page.cursor == "next"
    assert [json.loads(row)["order_id"] for row in error.rows] == ["2"]
    assert "1 of the rows did not decode: 'NaN' is not a plain decimal number" in str(error)


@pytest.mark.parametrize("row", [None, 7, "row", [], {}, {"order_id": 1}, {"x": 1e300}])
def test_a_row_that_is_none_is_rejected_alone(row: object) -> None:
    error = failure(RejectedRows, GET_ORDERS, {"orders": [row, order()], "cursor": ""})
    assert isinstance(error.page, OrdersPage)
    assert error.page.rows == [one(order())]
    assert error.rows == (json.dumps(row).encode(),)


def test_a_page_whose_cursor_is_no_text_is_unexpected() -> None:
    # Without its cursor the rest of the list cannot be found.
    failure(UnexpectedReply, GET_ORDERS, {"orders": [order()], "cursor": 7})


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text(alphabet="0123456789.-+eE_ naNifINTY\u0661\\\t", max_size=12))
def test_the_fast_way_never_accepts_what_the_careful_one_was_made_for(text: str) -> None:
    try:
        number = fixed_point(FixedPoint, text)
    except ValueError:
        return
    assert number.is_finite()
    assert set(text) <= set("0123456789.-")


def test_a_type_that_nobody_reads_is_no_reply_that_is_wrong() -> None:
    # A mistake in the contract must not look like one of the exchange's: it is found by the first test.
    with pytest.raises(NotImplementedError, match="nothing here reads <class 'complex'>"):
        fixed_point(complex, "1")
