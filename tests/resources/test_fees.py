"""session.fees: the quote is what the exchange then charges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kalshi_async import CreateOrder, FeeQuote, FeeUnknown, InvalidRequest, NotFound
from kalshi_async.contract.fields import BookSide
from kalshi_async.requests.fee_terms import KEPT_S
from tests.stages.served import EVENT, OTHER_TICKER, TICKER, D, Stage

SERIES = "KXHIGHNY"
PUBLIC = ("/markets", "/events", "/series")


async def charged(stage: Stage, *, maker: bool) -> list[Decimal]:
    fills = await stage.session.fills.list().collect()
    return [fill.fee_cost for fill in reversed(fills) if fill.is_taker is not maker]


async def quote(stage: Stage, price: str = "0.40", count: str = "3", **options: Any) -> FeeQuote:
    options = {"maker": False, "precision": "0.0001", **options}
    return await stage.session.fees.quote(TICKER, "bid", price, count, **options)


def reads(stage: Stage) -> int:
    return sum(len(stage.requests("GET", path)) for path in PUBLIC)


@pytest.mark.parametrize("maker", [False, True])
@pytest.mark.parametrize("side", ["bid", "ask"])
async def test_an_order_is_charged_as_quoted_for_its_cut(stage: Stage, side: str, maker: bool) -> None:
    stage.sandbox.exchange.fees.change_series(SERIES, "quadratic_with_maker_fees", D("0.5"))
    pieces = ["2.03", "0.5", "4"]
    expected = await stage.session.fees.quote(
        TICKER, BookSide(side), "0.37", "6.53", maker=maker, precision="0.0001", fills=pieces
    )
    opposite = "ask" if side == "bid" else "bid"
    mine = CreateOrder(TICKER, BookSide(side), "6.53", "0.37")
    if maker:
        await stage.session.orders.create(mine)
    for piece in pieces:
        await stage.other.orders.create(CreateOrder(TICKER, BookSide(opposite), piece, "0.37"))
    if not maker:
        await stage.session.orders.create(mine)
    fees = await charged(stage, maker=maker)
    assert len(fees) == 3
    assert sum(fees) == expected.charged <= expected.most
    assert expected.model == D("0.07") / (4 if maker else 1) / 2 * D("6.53") * D("0.37") * D("0.63")


async def test_a_number_of_fills_is_a_cut_into_equal_parts(stage: Stage) -> None:
    assert await quote(stage, fills=3) == await quote(stage, fills=[1, 1, 1])


async def test_the_precision_is_a_cent_until_a_finer_one_was_observed(stage: Stage) -> None:
    fine, coarse = await quote(stage), await quote(stage, precision="0.01")
    assert fine.charged < coarse.charged
    assert await quote(stage, precision=None) == coarse
    await stage.session.portfolio.balance()
    assert await quote(stage, precision=None) == coarse, "whole cents prove nothing"
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 1, "0.37"))
    await stage.session.orders.create(CreateOrder(TICKER, "bid", 1, "0.37"))
    await stage.session.portfolio.balance()
    assert await quote(stage, precision=None) == fine
    view = stage.session.with_options(deadline_s=5)
    assert (await view.fees.quote(TICKER, "bid", "0.40", 3, maker=False)) == fine


async def test_fills_show_the_precision_too(stage: Stage) -> None:
    await stage.other.orders.create(CreateOrder(TICKER, "ask", 1, "0.37"))
    await stage.session.orders.create(CreateOrder(TICKER, "bid", 1, "0.37"))
    await stage.session.fills.list().collect()
    assert await quote(stage, precision=None) == await quote(stage)


async def test_terms_are_read_once_in_ten_minutes(stage: Stage) -> None:
    await quote(stage)
    assert reads(stage) == 5
    await quote(stage)
    assert reads(stage) == 5
    await stage.session.fees.quote(OTHER_TICKER, "bid", "0.40", 3, maker=False)
    assert reads(stage) == 6, "the event is the same"
    await stage.clock.sleep(KEPT_S)
    await quote(stage)
    assert reads(stage) == 11


async def test_a_planned_change_takes_effect_without_another_read(stage: Stage) -> None:
    fees = stage.sandbox.exchange.fees
    fees.change_series(SERIES, "quadratic", D(2), in_s=60)
    fees.override_event(EVENT, multiplier=D(3), in_s=120)
    fees.override_event(EVENT, in_s=180)
    models = []
    for _ in range(4):
        models.append((await quote(stage)).model)
        await stage.clock.sleep(60)
    assert [model / models[0] for model in models] == [1, 2, 3, 2]
    assert reads(stage) == 5


async def test_an_override_of_the_event_counts(stage: Stage) -> None:
    stage.sandbox.exchange.fees.override_event(EVENT, "quadratic_with_maker_fees")
    assert (await quote(stage, maker=True)).model == D("0.0175") * 3 * D("0.40") * D("0.60")


async def test_a_fee_type_without_a_formula_cannot_be_quoted(stage: Stage) -> None:
    stage.sandbox.exchange.fees.change_series(SERIES, "flat")
    with pytest.raises(FeeUnknown, match="'flat' has no published formula"):
        await quote(stage)


async def test_while_fees_are_waived_the_model_is_nothing(stage: Stage) -> None:
    usual = await quote(stage)
    terms = stage.session._context.fees.markets
    known = terms.get(TICKER, stage.clock.monotonic())
    assert known is not None
    object.__setattr__(known, "waived_ms", stage.clock.now_ms() + 60_000)
    assert await quote(stage) == FeeQuote(D(0), D(0), usual.most)
    await stage.clock.sleep(60)
    assert await quote(stage) == usual


async def test_an_unknown_market_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await stage.session.fees.quote("KXNONE-1", "bid", "0.40", 1, maker=False)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"side": "buy"}, "side must be one of bid, ask, was 'buy'"),
        ({"price": "1"}, "price must be above 0 and below 1 dollar"),
        ({"count": 0}, "count must be positive"),
        ({"maker": 1}, "maker must be True or False, was 1"),
        ({"fills": 101}, "fills must be from 1 to 100, was 101"),
        ({"precision": "0.03"}, "precision must be 0.01 dollars or divide it"),
        ({"ticker": "A B"}, "ticker must be a market ticker without blanks"),
    ],
)
async def test_a_mistake_is_refused_before_anything_is_read(
    stage: Stage, changes: dict[str, Any], rule: str
) -> None:
    asked: dict[str, Any] = {"ticker": TICKER, "side": "bid", "price": "0.40", "count": 1, "maker": True}
    with pytest.raises(InvalidRequest, match=rule):
        await stage.session.fees.quote(**(asked | changes))
    assert reads(stage) == 0
