"""Rows for data frames: plain, flat, exact, and accepted by pandas and polars as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext

import msgspec
import pytest

from kalshi_async import Fill, InvalidRequest, Order, Settlement, rows
from kalshi_async.contract.fields import BookSide, MarketResult, OrderStatus, OutcomeSide, ReplyStruct
from kalshi_async.contract.fills import GET_FILLS
from kalshi_async.contract.markets import GET_MARKETS, PriceRange
from kalshi_async.contract.orders import GET_ORDERS
from kalshi_async.contract.portfolio import IndexedBalance
from tests.stages.replies import decoded, order, sample

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_fill(**changes: object) -> Fill:
    known: dict[str, object] = {
        "fill_id": "f1",
        "order_id": "o1",
        "ticker": "T",
        "book_side": BookSide.BID,
        "outcome_side": OutcomeSide.YES,
        "count": Decimal("3.00"),
        "yes_price": Decimal("0.4400"),
        "no_price": Decimal("0.5600"),
        "is_taker": True,
        "fee_cost": Decimal("0.01"),
        "created_time": NOON,
    }
    return Fill(**{**known, **changes})  # type: ignore[arg-type]  # a table of changes


def orders_of_the_samples() -> list[Order]:
    return decoded(GET_ORDERS, {"orders": [order(), order(status="executed")], "cursor": ""}).rows


def test_a_row_has_our_names_in_our_order() -> None:
    [row] = rows([a_fill()])
    assert tuple(row) == Fill.__struct_fields__
    assert (row["yes_price"], row["is_taker"], row["trade_id"]) == (Decimal("0.4400"), True, None)


def test_enums_are_plain_text_also_where_the_word_is_new() -> None:
    [known, new] = rows([a_fill(), a_fill(book_side=BookSide("diagonal"))])
    assert (known["book_side"], new["book_side"]) == ("bid", "diagonal")
    assert {type(known["book_side"]), type(new["book_side"])} == {str}


def test_times_are_aware_and_in_utc() -> None:
    # A column of mixed offsets is none that pandas or polars would take.
    there = timezone(timedelta(hours=-5))
    [row] = rows([a_fill(created_time=NOON.astimezone(there))])
    assert row["created_time"] == NOON
    assert isinstance(row["created_time"], datetime)
    assert row["created_time"].tzinfo is UTC


def test_the_decimals_of_a_column_get_one_scale_and_keep_their_values() -> None:
    fees = [Decimal("0.01"), Decimal("0.017500"), Decimal(0)]
    table = rows([a_fill(fee_cost=fee) for fee in fees])
    assert [str(row["fee_cost"]) for row in table] == ["0.010000", "0.017500", "0.000000"]
    assert [row["fee_cost"] for row in table] == fees


def test_the_callers_decimal_context_rounds_nothing() -> None:
    with localcontext(prec=3):
        [big, _] = rows([a_fill(count=Decimal("123456789.25")), a_fill(count=Decimal("0.1250"))])
    assert big["count"] == Decimal("123456789.25")


class Nested(ReplyStruct, frozen=True, kw_only=True):
    """A reply with a struct inside, which the exchange may send tomorrow."""

    name: str
    balance: IndexedBalance
    parts: dict[str, IndexedBalance]


def test_a_struct_inside_becomes_columns_of_its_own() -> None:
    inner = IndexedBalance(exchange_index=2, balance=Decimal("1.5"))
    [row] = rows([Nested(name="n", balance=inner, parts={"a": inner})])
    assert row == {
        "name": "n",
        "balance_exchange_index": 2,
        "balance_balance": Decimal("1.5"),
        "parts": {"a": {"exchange_index": 2, "balance": Decimal("1.5")}},
    }


def test_lists_stay_lists_of_plain_values() -> None:
    market = decoded(
        GET_MARKETS, {"markets": [{"ticker": "T", "event_ticker": "E", "status": "active"}]}
    ).rows[0]
    ranges = [PriceRange(start=Decimal(0), end=Decimal(1), step=Decimal("0.001"))]
    [row] = rows([msgspec.structs.replace(market, price_ranges=ranges)])
    assert [{key: str(value) for key, value in each.items()} for each in list_of(row["price_ranges"])] == [
        {"start": "0.000", "end": "1.000", "step": "0.001"}
    ]


def list_of(cell: object) -> list[dict[str, object]]:
    assert isinstance(cell, list)
    return cell


def test_what_is_no_reply_is_refused_by_its_value() -> None:
    with pytest.raises(InvalidRequest, match=r"rows need fills, orders or other replies, was 'f1'"):
        rows(["f1"])  # type: ignore[list-item]  # on purpose
    assert rows([]) == []


def test_pandas_takes_rows_in_one_call() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed: nox -s frames has it")
    fills = decoded(GET_FILLS, sample("get_fills")["current"][0]["response"]["body"]).rows  # type: ignore[index]
    frame = pandas.DataFrame(rows(fills))
    assert list(frame.columns) == list(Fill.__struct_fields__)
    assert len(frame) == len(fills) > 0
    assert str(frame["created_time"].dtype).endswith("UTC]")
    exact = sum((fill.count * fill.yes_price for fill in fills), Decimal(0))
    assert (frame["count"] * frame["yes_price"]).sum() == exact
    assert set(pandas.DataFrame(rows(orders_of_the_samples()))["status"]) >= {"executed"}


def test_polars_takes_rows_in_one_call() -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed: nox -s frames has it")
    fills = [a_fill(fill_id=str(number)) for number in range(300)]
    frame = polars.DataFrame(rows(fills))
    assert frame.schema["count"].is_decimal()
    assert frame.schema["created_time"] == polars.Datetime("us", "UTC")
    assert frame.schema["book_side"] == polars.String
    assert frame["yes_price"].sum() == 300 * Decimal("0.44")
    settled = Settlement(
        ticker="T",
        event_ticker="E",
        market_result=MarketResult.UNDETERMINED,
        yes_count=Decimal(1),
        no_count=Decimal(0),
        yes_total_cost=Decimal("0.4"),
        no_total_cost=Decimal(0),
        revenue_cents=100,
        fee_cost=Decimal("0.02"),
        settled_time=NOON,
    )
    assert polars.DataFrame(rows([settled]))["revenue_cents"].to_list() == [100]


def test_polars_rounds_no_money_that_comes_late() -> None:
    # It takes the scale of a column from its first hundred cells, and rounds the rest to it.
    polars = pytest.importorskip("polars", reason="polars is not installed: nox -s frames has it")
    fills = [a_fill()] * 200 + [a_fill(fee_cost=Decimal("0.017500"))]
    assert polars.DataFrame(rows(fills))["fee_cost"][200] == Decimal("0.0175")


def test_polars_takes_a_column_that_begins_with_nothing_if_it_looks_at_all_of_it() -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed: nox -s frames has it")
    [plain, _] = orders_of_the_samples()
    grouped = msgspec.structs.replace(plain, order_group_id="g", status=OrderStatus.CANCELED)
    table = rows([msgspec.structs.replace(plain, order_group_id=None)] * 200 + [grouped])
    assert polars.DataFrame(table, infer_schema_length=None)["order_group_id"][200] == "g"
