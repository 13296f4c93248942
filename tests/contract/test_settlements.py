"""What a market has brought, from one row of its settlement."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext

import pytest

from kalshi_async import Settlement
from kalshi_async.contract.fields import MarketResult
from kalshi_async.contract.portfolio import GET_SETTLEMENTS

# 168 YES bought for 97.08 and sold again: which is 168 NO bought for 151.34.
ROW: dict[str, object] = {
    "ticker": "KXHIGHNY-26NOV23-B52.5",
    "event_ticker": "KXHIGHNY-26NOV23",
    "market_result": "yes",
    "yes_count_fp": "168.00",
    "yes_total_cost_dollars": "97.080000",
    "no_count_fp": "168.00",
    "no_total_cost_dollars": "151.340000",
    "revenue": 0,
    "fee_cost": "0.000000",
    "settled_time": "2026-11-24T15:00:05Z",
}


def settlement(**changes: object) -> Settlement:
    page = GET_SETTLEMENTS.decoder.decode(json.dumps({"settlements": [ROW | changes], "cursor": ""}))
    return page.rows[0]


@pytest.mark.parametrize("result", ["yes", "no"])
@pytest.mark.parametrize("value", [None, 0, 100, 55])
def test_a_position_that_was_closed_by_trading_counts_its_pairs(result: str, value: int | None) -> None:
    # The value of a binary row may be 0 whatever the result: it is never read.
    assert settlement(market_result=result, value=value).profit_and_loss == Decimal("-80.42")


def test_fees_are_deducted() -> None:
    assert settlement(fee_cost="1.234567").profit_and_loss == Decimal("-81.654567")


@pytest.mark.parametrize(
    ("result", "value", "brought"),
    [("yes", 0, "6.00"), ("no", 0, "-4.00"), ("scalar", 0, "-4.00"), ("scalar", 37, "-0.30")],
)
def test_a_position_that_was_held_is_paid_by_the_result(result: str, value: int, brought: str) -> None:
    held = {"yes_count_fp": "10.00", "yes_total_cost_dollars": "4.00"}
    none = {"no_count_fp": "0.00", "no_total_cost_dollars": "0.00"}
    row = settlement(market_result=result, value=value, revenue=1, **held, **none)
    assert row.profit_and_loss == Decimal(brought)


@pytest.mark.parametrize(("result", "value"), [("scalar", None), ("", 55), ("void", 55)])
def test_a_row_that_does_not_tell_the_payout_is_refused(result: str, value: int | None) -> None:
    row = settlement(market_result=result, value=value)
    with pytest.raises(ValueError, match=rf"was '{result}' with {value} in KXHIGHNY"):
        _ = row.profit_and_loss


def test_a_rough_decimal_context_of_the_caller_rounds_nothing() -> None:
    with localcontext(prec=3):
        assert settlement(fee_cost="1.234567").profit_and_loss == Decimal("-81.654567")


def test_a_result_is_compared_as_a_word_that_is_known() -> None:
    assert settlement().market_result is MarketResult.YES
