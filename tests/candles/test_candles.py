"""Candles are what the trades and the best prices of their period say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kalshi_async.sandbox.engine.candles import Candles, Span
from tests.candles import model
from tests.candles.lives import check

LIVES = 12
"""A slice: ``python -m tests.candles`` lives 1,000."""
MINUTE_US = 60_000_000


async def test_the_candles_of_random_lives_are_those_of_the_model() -> None:
    tally = await check(LIVES, seed=0)
    assert tally.wrong == []
    assert tally.trades > 10 * LIVES
    assert tally.candles > 30 * LIVES


async def test_a_candle_that_forgets_its_lowest_price_would_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(span: Span, price_e4: int) -> None:
        span.high_e4, span.close_e4 = max(span.high_e4, price_e4), price_e4

    monkeypatch.setattr(Span, "reach", forgetful)
    assert (await check(2, seed=0)).wrong != []


def test_a_trade_at_the_very_end_of_a_minute_belongs_to_it() -> None:
    candles = Candles()
    candles.trade(2 * MINUTE_US, 4_800, 100, 100)
    candles.trade(2 * MINUTE_US + 1, 4_900, 100, 200)
    assert [(row.end_s, row.open_interest_e2) for row in candles.of(1)] == [(120, 100), (180, 200)]
    (hour,) = candles.of(60)
    assert (hour.end_s, hour.volume_e2, hour.price) == (3_600, 200, Span(4_800, 4_800, 4_900, 4_900))


def test_a_minute_in_which_nothing_moved_has_no_candle() -> None:
    candles = Candles()
    candles.quote(1, 4_800, None)
    candles.quote(3 * MINUTE_US, 4_800, None)
    assert [row.end_s for row in candles.of(1)] == [60]


def test_the_model_takes_the_mean_by_contracts_and_rounds_it() -> None:
    trades = [model.Traded(1, Decimal("0.40"), Decimal(1)), model.Traded(2, Decimal("0.41"), Decimal(2))]
    (candle,) = model.candles(model.Tape(trades, [], []), 1)
    price = candle["price"]
    assert isinstance(price, dict)
    assert price["mean"] == Decimal("0.4067")
