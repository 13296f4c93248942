"""Fee terms over time, and what a session remembers of fees."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kalshi_async.contract.events import Event, EventFeeChange
from kalshi_async.contract.fields import BookSide, FeeType, MarketStatus, OutcomeSide
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.markets import Market
from kalshi_async.contract.series import Series, SeriesFeeChange
from kalshi_async.requests.fee_terms import (
    KEPT_S,
    MOST,
    EventTerms,
    FeeTerms,
    KnownFees,
    MarketTerms,
    Remembered,
    series_schedule,
    terms_at,
)

D = Decimal
PLAIN, MAKER = FeeType.QUADRATIC, FeeType.QUADRATIC_WITH_MAKER_FEES


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def change(seconds: int, multiplier: str, series_ticker: str = "KX") -> SeriesFeeChange:
    return SeriesFeeChange(
        id=f"{seconds}",
        series_ticker=series_ticker,
        fee_type=MAKER,
        fee_multiplier=D(multiplier),
        scheduled_ts=at(seconds),
    )


def override(seconds: int, multiplier: str | None, event_ticker: str = "KX-1") -> EventFeeChange:
    return EventFeeChange(
        id=f"{seconds}",
        event_ticker=event_ticker,
        series_ticker="KX",
        fee_multiplier_override=None if multiplier is None else D(multiplier),
        scheduled_ts=at(seconds),
    )


SERIES = Series(ticker="KX", fee_type=PLAIN, fee_multiplier=D(1))
EVENT = Event(event_ticker="KX-1", series_ticker="KX")


@pytest.mark.parametrize(
    ("now_ms", "terms"),
    [
        (10_000, FeeTerms(PLAIN, D(1))),
        (19_999, FeeTerms(PLAIN, D(1))),
        (20_000, FeeTerms(MAKER, D(2))),
        (30_000, FeeTerms(MAKER, D(3))),
    ],
)
def test_a_planned_change_holds_from_its_time_on(now_ms: int, terms: FeeTerms) -> None:
    # In no order; one is of another series, one was in the row already when that was read.
    changes = [change(30, "3"), change(20, "2"), change(15, "9", "KXOTHER"), change(10, "8")]
    assert series_schedule(SERIES, changes, read_ms=10_000).at(now_ms) == terms


@pytest.mark.parametrize(
    ("now_ms", "terms"),
    [
        (10_000, (PLAIN, D(1))),
        (20_000, (PLAIN, D("0.5"))),
        (30_000, (MAKER, D("0.5"))),
        (40_000, (MAKER, D(7))),
    ],
)
def test_an_event_overrides_what_it_names_and_leaves_the_rest(
    now_ms: int, terms: tuple[FeeType, Decimal]
) -> None:
    event = EventTerms.of(EVENT, [override(20, "0.5"), override(40, None), override(15, "9", "KX-2")], 10_000)
    series = series_schedule(SERIES, [change(30, "7")], 10_000)
    assert terms_at(now_ms, event, series) == terms


def test_an_event_may_have_a_fee_type_of_its_own() -> None:
    event = EventTerms.of(Event(event_ticker="KX-1", series_ticker="KX", fee_type_override=MAKER), [], 0)
    assert terms_at(1, event, series_schedule(SERIES, [], 0)) == (MAKER, D(1))


def market(**fields: object) -> Market:
    return Market(ticker="KX-1-A", event_ticker="KX-1", status=MarketStatus.ACTIVE, **fields)  # type: ignore[arg-type]


def test_a_waiver_has_an_end() -> None:
    assert MarketTerms.of(market(fee_waiver_expiration_time=at(60))).waived_ms == 60_000
    assert MarketTerms.of(market()).waived_ms == 0


def test_what_is_remembered_is_forgotten_in_time() -> None:
    table = Remembered[int]()
    assert table.get("A", 0.0) is None
    assert table.put("A", 1, 100.0) == 1
    assert table.get("A", 99.0 + KEPT_S) == 1
    assert table.get("A", 100.0 + KEPT_S) is None


def test_what_is_remembered_is_bounded_and_the_newest() -> None:
    table = Remembered[int]()
    for number in range(MOST):
        table.put(str(number), number, 0.0)
    table.put("0", 7, 0.0)
    table.put("new", 8, 0.0)
    assert [table.get(name, 0.0) for name in ("0", "1", "2", "new")] == [7, None, 2, 8]


def fill(count: str, yes_price: str, fee: str, side: BookSide = BookSide.BID) -> Fill:
    return Fill(
        fill_id="f",
        order_id="o",
        ticker="KX-1-A",
        book_side=side,
        outcome_side=OutcomeSide.YES if side is BookSide.BID else OutcomeSide.NO,
        count=D(count),
        yes_price=D(yes_price),
        no_price=1 - D(yes_price),
        is_taker=True,
        fee_cost=D(fee),
    )


@pytest.mark.parametrize(
    ("fills", "precision"),
    [
        ([fill("1.00", "0.5200", "0.017500")], "0.0001"),
        ([fill("1.00", "0.5200", "0.017500", BookSide.ASK)], "0.0001"),
        ([fill("1.00", "0.0550", "0.005000")], None),
        ([fill("1.00", "0.0550", "0.005000"), fill("1.00", "0.0550", "0.003700")], "0.0001"),
        ([fill("0.03", "0.3301", "0.000497")], None),  # a part of a contract proves nothing
        ([], None),
    ],
)
def test_fills_show_the_precision_of_the_cash(fills: list[Fill], precision: str | None) -> None:
    known = KnownFees()
    known.saw_fills(fills)
    assert known.precision == (None if precision is None else D(precision))


def test_a_balance_with_broken_cents_shows_it_for_good() -> None:
    known = KnownFees()
    known.saw_balance(D("98.01"))
    assert known.precision is None
    known.saw_balance(D("98.0186"))
    known.saw_balance(D("98.01"))
    assert known.precision == D("0.0001")
