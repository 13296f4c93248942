"""Arguments of the reads of market data: what is wrong is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kalshi_async import InvalidRequest
from kalshi_async.requests.filters import rfc_3339, unix_milliseconds
from tests.stages.served import EVENT, TICKER, Stage

NO_ZONE = datetime.fromisoformat("2026-01-01T00:00:00")
TIMES = {"start_ts": 1_795_348_800, "end_ts": 1_795_352_400}
Ask = Callable[[Any], object]  # a session, untyped: mypy refuses the wrong words before they run

WRONG: list[tuple[Ask, str]] = [
    (lambda s: s.markets.candlesticks(TICKER, **TIMES, period_interval=5), "one of 1, 60, 1440, was 5"),
    (lambda s: s.markets.candlesticks(TICKER, **TIMES, period_interval=True), "was True"),
    (
        lambda s: s.markets.candlesticks(TICKER, start_ts=1_795_348_800_000, end_ts=1, period_interval=1),
        "start_ts is in seconds",
    ),
    (lambda s: s.markets.candlesticks_of([], **TIMES, period_interval=1), "market_tickers must not be empty"),
    (
        lambda s: s.markets.candlesticks_of([TICKER] * 101, **TIMES, period_interval=1),
        "market_tickers takes at most 100 values",
    ),
    (lambda s: s.markets.orderbooks([TICKER] * 101), "tickers takes at most 100 values, was given 101"),
    (lambda s: s.markets.orderbooks([TICKER.lower()]), "tickers must be in upper case"),
    (lambda s: s.markets.orderbooks([]), "tickers must not be empty"),
    (lambda s: s.structured_targets.list(ids=[]), "ids must be a list that is not empty"),
    (lambda s: s.live_data.get_many([]), "milestone_ids must not be empty"),
    (lambda s: s.live_data.get_many(["a b\n"]), "milestone_ids must not be empty or unprintable"),
    (lambda s: s.live_data.weather_index("miami", from_ms=1_795_348_800), "looks like seconds"),
    (lambda s: s.live_data.weather_index("miami", from_ms=NO_ZONE), "a time zone"),
    (lambda s: s.milestones.list(minimum_start_date=NO_ZONE), "a time zone"),
    (lambda s: s.milestones.list(minimum_start_date="2026-01-01"), "minimum_start_date must be a datetime"),
    (lambda s: s.milestones.list(limit=501), "limit must be from 1 to 500"),
    (lambda s: s.structured_targets.list(page_size=2_001), "page_size must be from 1 to 2000"),
    (lambda s: s.incentive_programs.list(status="open"), "status must be one of all, active"),
    (lambda s: s.events.list(status="paused"), "unopened, open, closed, settled, was 'paused'"),
    (lambda s: s.events.list(min_close_ts=1_795_348_800_000), "min_close_ts is in seconds"),
    (lambda s: forecast(s, percentiles=[10_000]), "percentiles must be from 0 to 9999"),
    (lambda s: forecast(s, percentiles=[1] * 11), "the number of percentiles must be from 1 to 10"),
    (lambda s: forecast(s, percentiles=[]), "the number of percentiles must be from 1 to 10"),
    (lambda s: forecast(s, percentiles=5000), "percentiles must be a list"),
    (lambda s: forecast(s, period_interval=2), "one of 0, 1, 60, 1440, was 2"),
]  # fmt: skip


async def asked(answer: object) -> None:
    """Await what is awaited; a list is refused when it is made."""
    if isinstance(answer, Awaitable):
        await answer


def forecast(session: Any, **wrong: object) -> object:
    right = {**TIMES, "percentiles": [5000], "period_interval": 60}
    return session.events.forecast_percentile_history(EVENT, **{**right, **wrong})


@pytest.mark.parametrize(("ask", "words"), WRONG, ids=[words for _, words in WRONG])
async def test_what_is_wrong_is_named_and_not_sent(ask: Ask, words: str, stage: Stage) -> None:
    stage.wire.clear()
    with pytest.raises(InvalidRequest, match=words):
        await asked(ask(stage.session))
    assert stage.wire == []


async def test_repeated_parameters_may_be_a_text_with_commas(stage: Stage) -> None:
    books: Any = stage.session.markets.orderbooks
    assert list(await books(f"{TICKER},KXNOBODY-1")) == [TICKER]


def test_times_are_written_as_the_exchange_reads_them() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert (rfc_3339("a", noon), rfc_3339("a", None)) == ("2026-11-22T12:00:00+00:00", None)
    assert unix_milliseconds("a", noon) == unix_milliseconds("a", 1_795_348_800_000) == 1_795_348_800_000
    assert unix_milliseconds("a", None) is None
